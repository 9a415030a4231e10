-- CepPro in one SQLite file, for the demo: the tables and columns of schema.sql, without what only PostgreSQL has.

create table schema_migrations (
    version integer primary key,
    description text not null,
    applied_at datetime not null
);

create table countries (
    code text primary key,
    name text not null,
    calling_code text not null
);

create table currencies (
    code text primary key,
    name text not null,
    minor_units integer not null default 2
);

create table plans (
    id integer primary key,
    code text not null unique,
    name text not null,
    monthly_price decimal(14, 2) not null,
    currency_code text not null references currencies (code),
    features text not null default '{}',
    limits text not null default '{}'
);

create table workspaces (
    id text primary key,
    name text not null,
    slug text not null unique,
    business text not null,
    country_code text not null references countries (code),
    currency_code text not null references currencies (code),
    time_zone text not null default 'Etc/UTC',
    settings text not null default '{}',
    created_at datetime not null
);

create table branches (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    parent_id integer references branches (id),
    name text not null,
    address text,
    phone text,
    location text,
    opens text not null default '09:00',
    opening_hours text,
    unique (workspace_id, name)
);

create table roles (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    name text not null,
    permissions text not null default '{}',
    unique (workspace_id, name)
);

create table users (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    email text not null,
    name text not null,
    language text not null default 'en',
    recovery_phone text,
    password_hash text not null,
    totp_secret blob,
    backup_codes text,
    last_signed_in_at datetime,
    last_ip text,
    created_at datetime not null
);

create table memberships (
    user_id integer not null references users (id) on delete cascade,
    role_id integer not null references roles (id),
    workspace_id text not null references workspaces (id) on delete cascade,
    branch_id integer references branches (id),
    job_title text not null,
    since date not null,
    primary key (user_id, role_id)
);

create table preferences (
    user_id integer primary key references users (id) on delete cascade,
    language text,
    colour_scheme text not null default 'system' check (colour_scheme in ('light', 'dark', 'system')),
    receipt_footer text not null default '',
    notifications text not null default '{}'
);

create table api_tokens (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    user_id integer not null references users (id) on delete cascade,
    name text not null,
    token_hash blob not null unique,
    scopes text not null,
    last_used_at datetime
);

create table customers (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    branch_id integer references branches (id),
    name text not null,
    email text,
    phone text,
    address text,
    country_code text references countries (code),
    born_on date,
    tags text not null default '{}',
    marketing_consent boolean not null default false,
    details text,
    remark text,
    search text generated always as (lower(name || ' ' || coalesce(phone, ''))) stored,
    created_at datetime not null
);

create table devices (
    id integer primary key,
    customer_id integer not null references customers (id) on delete cascade,
    brand text not null,
    model text not null,
    serial_number text,
    imei text,
    passcode text,
    colour text,
    bought_on date
);

create table repair_tickets (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    branch_id integer not null references branches (id),
    customer_id integer not null references customers (id),
    device_id integer references devices (id),
    technician_id integer references users (id),
    number text not null,
    status text not null,
    problem text not null,
    diagnosis text,
    accessories text,
    parts decimal(14, 2) not null default 0,
    labour decimal(14, 2) not null default 0,
    total decimal(15, 2) generated always as (round(parts + labour, 4)) stored,
    warranty text,
    warranty_until date,
    received_at datetime not null,
    collected_at datetime,
    unique (workspace_id, number)
);

create table ticket_history (
    id integer primary key,
    ticket_id integer not null references repair_tickets (id) on delete cascade,
    user_id integer references users (id),
    status_before text,
    status_after text not null,
    comment text not null default '',
    change text,
    happened_at datetime not null
);

create table notes (
    id integer primary key,
    customer_id integer references customers (id) on delete cascade,
    ticket_id integer references repair_tickets (id) on delete cascade,
    author_id integer references users (id),
    body text not null,
    attachment blob,
    written_at datetime not null,
    check (customer_id is not null or ticket_id is not null)
);

create table suppliers (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    name text not null,
    contact_name text,
    email text,
    phone text,
    country_code text references countries (code),
    tax_number text,
    payment_days integer
);

create table products (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    supplier_id integer references suppliers (id),
    replaced_by integer references products (id),
    sku text not null,
    name text not null,
    description text,
    price decimal(14, 2) not null check (price >= 0),
    cost decimal(14, 4) not null,
    margin decimal generated always as (round(price - cost, 4)) stored,
    tax_rate decimal(5, 4) not null,
    weight_grams real,
    attributes text not null default '{}',
    is_archived boolean not null default false,
    unique (workspace_id, sku)
);

create table barcodes (
    workspace_id text not null references workspaces (id) on delete cascade,
    code text not null,
    product_id integer not null references products (id) on delete cascade,
    symbology text not null,
    label text not null default '',
    primary key (workspace_id, code)
);

create table inventory (
    branch_id integer not null references branches (id) on delete cascade,
    product_id integer not null references products (id) on delete cascade,
    quantity integer not null,
    reorder_level integer,
    shelf text not null default '',
    counted_on date,
    primary key (branch_id, product_id)
);

create table stock_movements (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    branch_id integer not null,
    product_id integer not null,
    user_id integer references users (id),
    kind text not null,
    quantity integer not null check (quantity <> 0),
    unit_cost decimal(14, 4),
    reason text not null default '',
    moved_at datetime not null,
    foreign key (branch_id, product_id) references inventory (branch_id, product_id)
);

create table purchase_orders (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    branch_id integer not null references branches (id),
    supplier_id integer not null references suppliers (id),
    number text not null,
    currency_code text not null references currencies (code),
    ordered_on date not null,
    expected_on date,
    remark text not null default '',
    unique (workspace_id, number)
);

create table purchase_order_lines (
    purchase_order_id integer not null references purchase_orders (id) on delete cascade,
    line integer not null,
    product_id integer references products (id),
    description text not null,
    quantity integer not null check (quantity > 0),
    unit_cost decimal(14, 4) not null,
    amount decimal generated always as (round(quantity * unit_cost, 4)) stored,
    primary key (purchase_order_id, line)
);

create table receiving_records (
    id integer primary key,
    purchase_order_id integer not null references purchase_orders (id) on delete cascade,
    received_by integer references users (id),
    delivery_note text not null,
    received_at datetime not null
);

create table receiving_lines (
    receiving_record_id integer not null references receiving_records (id) on delete cascade,
    purchase_order_id integer not null,
    line integer not null,
    quantity integer not null,
    condition text not null default '',
    primary key (receiving_record_id, line),
    foreign key (purchase_order_id, line) references purchase_order_lines (purchase_order_id, line)
);

create table cashier_shifts (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    branch_id integer not null references branches (id),
    user_id integer not null references users (id),
    worked text not null,
    cash_at_opening decimal(14, 2) not null,
    cash_at_closing decimal(14, 2),
    remark text not null default ''
);

create table retail_sales (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    shift_id integer not null references cashier_shifts (id),
    customer_id integer references customers (id),
    receipt_number text not null,
    currency_code text not null references currencies (code),
    net decimal(14, 2) not null,
    tax decimal(14, 2) not null,
    total decimal(15, 2) generated always as (round(net + tax, 4)) stored,
    paid_by text not null,
    payment_reference text,
    remark text,
    sold_at datetime not null,
    unique (workspace_id, receipt_number)
);

create table sale_lines (
    sale_id integer not null references retail_sales (id) on delete cascade,
    line integer not null,
    product_id integer references products (id),
    description text not null,
    quantity decimal(10, 3) not null,
    unit_price decimal(14, 2) not null,
    discount real not null default 0,
    primary key (sale_id, line)
);

create table refunds (
    id integer primary key,
    sale_id integer not null references retail_sales (id),
    refunded_by integer references users (id),
    amount decimal(14, 2) not null check (amount > 0),
    reason text not null,
    refunded_at datetime not null
);

create table accounting_entries (
    id text primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    sale_id integer references retail_sales (id),
    booked_on date not null,
    account_code text not null,
    debit decimal(14, 2) not null default 0,
    credit decimal(14, 2) not null default 0,
    description text not null,
    check (debit >= 0 and credit >= 0)
);

create table daily_reports (
    branch_id integer not null references branches (id) on delete cascade,
    day date not null,
    figures text not null,
    comment text not null default '',
    primary key (branch_id, day)
);

create table subscriptions (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    plan_id integer not null references plans (id),
    status text not null check (status in ('trialing', 'active', 'past_due', 'cancelled')),
    billing_email text not null,
    provider_customer_id text,
    provider_subscription_id text,
    period text not null,
    remark text not null default ''
);

create table payment_methods (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    provider_reference text not null,
    label text not null,
    expires_on date,
    added_at datetime not null
);

create table invoices (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    subscription_id integer not null references subscriptions (id),
    payment_method_id integer references payment_methods (id),
    number text not null unique,
    issued_on date not null,
    currency_code text not null references currencies (code),
    net decimal(14, 2) not null,
    tax decimal(14, 2) not null,
    payment_reference text,
    lines text not null,
    footer text not null default ''
);

create table user_sessions (
    id integer primary key,
    user_id integer not null references users (id) on delete cascade,
    token_hash blob not null unique,
    ip text not null,
    user_agent text not null,
    started_at datetime not null,
    expires_at datetime not null
);

create table security_events (
    id integer primary key,
    workspace_id text not null references workspaces (id) on delete cascade,
    user_id integer references users (id) on delete set null,
    session_id integer references user_sessions (id) on delete set null,
    kind text not null,
    ip text,
    network text,
    device text,
    user_agent text not null,
    details text not null default '{}',
    happened_at datetime not null
);

insert into schema_migrations (version, description, applied_at) values
    (20230101000000, 'workspaces', '2023-01-01 00:00:00+00'),
    (20240215093000, 'receiving records', '2024-02-15 09:30:00+00'),
    (20250610120000, 'daily reports', '2025-06-10 12:00:00+00');

insert into currencies (code, name, minor_units) values
    ('AED', 'درهم إماراتي', 2), ('CHF', 'Schweizer Franken', 2), ('EUR', 'Euro', 2), ('GBP', 'Pound sterling', 2),
    ('ILS', 'שקל חדש', 2), ('JPY', '円', 0), ('KWD', 'دينار كويتي', 3), ('USD', 'US dollar', 2);

insert into countries (code, name, calling_code) values
    ('AE', 'الإمارات العربية المتحدة', '971'), ('AU', 'Australia', '61'), ('AX', 'Åland', '358'),
    ('BR', 'Brasil', '55'), ('CA', 'Canada', '1'), ('CH', 'Schweiz/Suisse/Svizzera/Svizra', '41'),
    ('CI', 'Côte d''Ivoire', '225'), ('CN', '中国', '86'), ('DE', 'Deutschland', '49'), ('ES', 'España', '34'),
    ('FR', 'France', '33'), ('GB', 'United Kingdom', '44'), ('GR', 'Ελλάδα', '30'), ('IL', 'ישראל', '972'),
    ('IN', 'भारत', '91'), ('JP', '日本', '81'), ('KR', '대한민국', '82'), ('NA', 'Namibia', '264'),
    ('NO', 'Norge', '47'), ('PL', 'Polska', '48'), ('RU', 'Россия', '7'), ('SA', 'السعودية', '966'),
    ('TH', 'ประเทศไทย', '66'), ('TR', 'Türkiye', '90'), ('US', 'United States', '1');

insert into plans (code, name, monthly_price, currency_code, features, limits) values
    ('free', 'Free', 0, 'EUR', '{tickets}', '{"branches": 1, "users": 2}'),
    ('shop', 'Shop', 29, 'EUR', '{tickets,sales,"stock, basic"}', '{"branches": 3, "users": 15}'),
    ('chain', 'Chain', 149.5, 'EUR', '{tickets,sales,stock,purchasing}', '{"branches": null, "users": null}'),
    ('founder', 'Founder (retired)', 9.99, 'USD', '{tickets,sales}', '{"branches": 1, "users": 5}');

-- ProEcommerce in one SQLite file, for the demo: the tables and columns of schema.sql, without what only MySQL has.

create table schema_migrations (
    version text not null,
    batch integer not null,
    primary key (version)
);

create table countries (
    code text not null,
    name text not null,
    calling_code text not null,
    primary key (code)
);

create table currencies (
    code text not null,
    name text not null,
    minor_units integer not null default 2,
    primary key (code)
);

create table plans (
    id integer not null,
    code text not null,
    name text not null,
    kind text not null,
    monthly_price decimal(12, 2) not null,
    currency_code text not null,
    features text not null,
    primary key (id),
    unique (code),
    foreign key (currency_code) references currencies (code) on update cascade
);

create table staff (
    id integer not null,
    display_name text not null,
    full_name text not null,
    email text not null,
    phone text,
    department text not null,
    password_hash text not null,
    totp_secret blob,
    hired_on date not null,
    primary key (id),
    unique (email)
);

create table servers (
    id integer not null,
    hostname text not null,
    region text not null,
    public_ip blob not null,
    management_ip blob not null,
    root_password_encrypted blob not null,
    panel_api_token text not null,
    primary key (id),
    unique (hostname)
);

create table ticket_categories (
    id integer not null,
    parent_id integer,
    name text not null,
    primary key (id),
    foreign key (parent_id) references ticket_categories (id)
);

create table accounts (
    id integer not null,
    public_id blob not null,
    name text not null,
    ledger_name text not null,
    email text not null,
    phone text,
    address text,
    country_code text not null,
    currency_code text not null,
    status text not null default 'active',
    terms text not null default '',
    credit_balance decimal(12, 2) not null default 0.00,
    stripe_customer_id text,
    settings text not null,
    created_at datetime(6) not null,
    updated_at datetime not null default current_timestamp,
    primary key (id),
    unique (public_id),
    foreign key (country_code) references countries (code) on update cascade,
    foreign key (currency_code) references currencies (code) on update cascade
);

create table account_folders (
    id integer not null,
    account_id integer not null,
    parent_id integer,
    name text not null,
    primary key (id),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (parent_id) references account_folders (id) on delete cascade
);

create table webhooks (
    id integer not null,
    account_id integer not null,
    url text not null,
    description text not null default '',
    events text not null,
    signing_secret text not null,
    created_at datetime(6) not null,
    primary key (id),
    foreign key (account_id) references accounts (id) on delete cascade
);

create table contacts (
    id integer not null,
    account_id integer not null,
    name text not null,
    email text not null,
    phone text,
    recovery_phone text,
    roles text not null default '',
    language text not null default 'en',
    password_hash text not null,
    totp_secret blob,
    backup_codes text,
    last_signed_in_at datetime(6),
    created_at datetime(6) not null,
    primary key (id),
    unique (account_id, email),
    foreign key (account_id) references accounts (id) on delete cascade
);

create table api_keys (
    id integer not null,
    account_id integer not null,
    contact_id integer not null,
    name text not null,
    key_hash blob not null,
    scopes text not null,
    last_used_at datetime(6),
    primary key (id),
    unique (key_hash),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (contact_id) references contacts (id) on delete cascade
);

create table sessions (
    id integer not null,
    contact_id integer not null,
    token_hash blob not null,
    ip text not null,
    user_agent text not null,
    started_at datetime(6) not null,
    expires_at datetime(6) not null,
    primary key (id),
    unique (token_hash),
    foreign key (contact_id) references contacts (id) on delete cascade
);

create table login_history (
    id integer not null,
    contact_id integer not null,
    session_id integer,
    outcome text not null,
    ip text not null,
    user_agent text not null,
    happened_at datetime(6) not null default current_timestamp,
    primary key (id),
    foreign key (contact_id) references contacts (id) on delete cascade,
    foreign key (session_id) references sessions (id) on delete set null
);

create table marketing_consents (
    id integer not null,
    contact_id integer not null,
    channel text not null,
    given boolean not null,
    obtained_by text not null,
    ip blob,
    recorded_at datetime(6) not null,
    primary key (id),
    unique (contact_id, channel),
    foreign key (contact_id) references contacts (id) on delete cascade
);

create table email_preferences (
    contact_id integer not null,
    format text not null default 'html',
    topics text not null,
    signature text not null,
    primary key (contact_id),
    foreign key (contact_id) references contacts (id) on delete cascade
);

create table payment_methods (
    id integer not null,
    account_id integer not null,
    stripe_customer_id text not null,
    stripe_payment_method_id text not null,
    label text not null,
    brand text not null,
    last_four text,
    expires_month integer,
    expires_year integer,
    added_at datetime(6) not null,
    primary key (id),
    unique (stripe_payment_method_id),
    foreign key (account_id) references accounts (id) on delete cascade
);

create table subscriptions (
    id integer not null,
    account_id integer not null,
    plan_id integer not null,
    payment_method_id integer,
    stripe_subscription_id text,
    status text not null,
    quantity integer not null default 1,
    price decimal(12, 2) not null,
    started_on date not null,
    renews_on date,
    cancelled_at datetime(6),
    remark text not null default '',
    primary key (id),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (plan_id) references plans (id),
    foreign key (payment_method_id) references payment_methods (id) on delete set null
);

create table invoices (
    id integer not null,
    account_id integer not null,
    subscription_id integer,
    public_id text not null,
    number text not null,
    status text not null,
    issued_on date not null,
    due_on date not null,
    currency_code text not null,
    net decimal(12, 2) not null,
    tax decimal(12, 2) not null,
    total decimal(13, 2) generated always as (round(net + tax, 4)) stored,
    billing_address text not null,
    footer text,
    primary key (id),
    unique (public_id),
    unique (account_id, number),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (subscription_id) references subscriptions (id) on delete set null,
    foreign key (currency_code) references currencies (code) on update cascade
);

create table invoice_lines (
    invoice_id integer not null,
    number integer not null,
    description text not null,
    quantity decimal(10, 3) not null,
    unit_price decimal(12, 4) not null,
    amount decimal(12, 2) not null,
    primary key (invoice_id, number),
    foreign key (invoice_id) references invoices (id) on delete cascade
);

create table invoice_line_taxes (
    invoice_id integer not null,
    line_number integer not null,
    name text not null,
    rate decimal(7, 4) not null,
    amount decimal(12, 2) not null,
    primary key (invoice_id, line_number, name),
    foreign key (invoice_id, line_number) references invoice_lines (invoice_id, number) on delete cascade on update cascade
);

create table transactions (
    id integer not null,
    account_id integer not null,
    invoice_id integer,
    payment_method_id integer,
    kind text not null,
    amount decimal(12, 2) not null,
    fee decimal(12, 2) not null default 0.00,
    currency_code text not null,
    stripe_charge_id text,
    description text not null,
    gateway_response text,
    happened_at datetime(6) not null,
    primary key (id),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (invoice_id) references invoices (id),
    foreign key (payment_method_id) references payment_methods (id) on delete set null,
    foreign key (currency_code) references currencies (code) on update cascade
);

create table credit_entries (
    id integer not null,
    account_id integer not null,
    transaction_id integer,
    amount decimal(12, 2) not null,
    balance_after decimal(12, 2) not null,
    reason text not null,
    created_at datetime(6) not null,
    primary key (id),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (transaction_id) references transactions (id),
    constraint credit_entries_amount check (amount <> 0)
);

create table domains (
    id integer not null,
    account_id integer not null,
    folder_id integer,
    registrant_id integer,
    name text not null,
    shown_as text not null,
    status text not null,
    registered_on date,
    expires_on date,
    renews_itself boolean not null default 1,
    locked blob not null default x'01',
    transfer_auth_code blob,
    name_servers text,
    remark text not null default '',
    primary key (id),
    unique (name),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (folder_id) references account_folders (id) on delete set null,
    foreign key (registrant_id) references contacts (id) on delete set null
);

create table dns_records (
    id integer not null,
    domain_id integer not null,
    name text not null,
    type text not null,
    content text not null,
    priority integer,
    ttl integer not null default 3600,
    comment text not null default '',
    primary key (id),
    foreign key (domain_id) references domains (id) on delete cascade
);

create table tls_certificates (
    id integer not null,
    domain_id integer not null,
    issued_by text not null,
    serial_number blob not null,
    certificate_pem text not null,
    private_key_pem text not null,
    valid_until datetime not null,
    primary key (id),
    foreign key (domain_id) references domains (id) on delete cascade
);

create table tags (
    id integer not null,
    account_id integer not null,
    name text not null,
    colour text,
    primary key (id),
    unique (account_id, name),
    foreign key (account_id) references accounts (id) on delete cascade
);

create table domain_tags (
    domain_id integer not null,
    tag_id integer not null,
    added_because text not null default '',
    primary key (domain_id, tag_id),
    foreign key (domain_id) references domains (id) on delete cascade,
    foreign key (tag_id) references tags (id) on delete cascade
);

create table hosting_services (
    id integer not null,
    account_id integer not null,
    subscription_id integer not null,
    server_id integer not null,
    domain_id integer,
    folder_id integer,
    label text not null,
    username text not null,
    password_encrypted blob not null,
    disk_quota_mb integer not null,
    traffic_limit integer,
    settings text not null,
    provisioned_at datetime(6),
    primary key (id),
    unique (server_id, username),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (subscription_id) references subscriptions (id),
    foreign key (server_id) references servers (id),
    foreign key (domain_id) references domains (id) on delete set null,
    foreign key (folder_id) references account_folders (id) on delete set null
);

create table server_credentials (
    id integer not null,
    service_id integer not null,
    kind text not null,
    label text not null,
    username text not null,
    secret_encrypted blob not null,
    public_key text,
    private_key_encrypted blob,
    rotated_at datetime(6),
    primary key (id),
    foreign key (service_id) references hosting_services (id) on delete cascade
);

create table traffic_days (
    service_id integer not null,
    day date not null,
    bytes_in integer not null,
    bytes_out integer not null,
    cpu_seconds real not null,
    load_average real not null,
    measured_by text not null,
    primary key (service_id, day)
);

create table tickets (
    id integer not null,
    account_id integer not null,
    contact_id integer,
    category_id integer not null,
    staff_id integer,
    number text not null,
    subject text not null,
    status text not null default 'open',
    rating integer,
    opened_at datetime(6) not null,
    closed_at datetime(6),
    primary key (id),
    unique (number),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (contact_id) references contacts (id) on delete set null,
    foreign key (category_id) references ticket_categories (id),
    foreign key (staff_id) references staff (id) on delete set null
);

create table ticket_messages (
    id integer not null,
    ticket_id integer not null,
    contact_id integer,
    staff_id integer,
    body text not null,
    ip blob,
    written_at datetime(6) not null,
    primary key (id),
    foreign key (ticket_id) references tickets (id) on delete cascade,
    foreign key (contact_id) references contacts (id) on delete set null,
    foreign key (staff_id) references staff (id) on delete set null
);

create table emails (
    id integer not null,
    account_id integer not null,
    contact_id integer,
    ticket_id integer,
    direction text not null,
    message_id text not null,
    sender text not null,
    recipients text not null,
    subject text,
    body text not null,
    sent_at datetime(6) not null,
    primary key (id),
    unique (message_id),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (contact_id) references contacts (id) on delete set null
);

create table attachments (
    id integer not null,
    ticket_message_id integer,
    email_id integer,
    file_name text not null,
    media_type text not null,
    content blob not null,
    bytes integer generated always as (length(content)) virtual,
    primary key (id),
    foreign key (ticket_message_id) references ticket_messages (id) on delete cascade,
    foreign key (email_id) references emails (id) on delete cascade
);

create table notes (
    id integer not null,
    notable_type text not null,
    notable_id integer not null,
    author_id integer,
    body text not null,
    pinned boolean not null default 0,
    created_at datetime(6) not null,
    primary key (id),
    foreign key (author_id) references contacts (id) on delete set null
);

create table audit_log (
    id integer not null,
    account_id integer not null,
    contact_id integer,
    staff_id integer,
    action text not null,
    subject_type text,
    subject_id integer,
    changes text,
    ip text,
    user_agent text not null,
    happened_at datetime(6) not null,
    primary key (id),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (contact_id) references contacts (id) on delete set null,
    foreign key (staff_id) references staff (id) on delete set null
);

insert into schema_migrations (version, batch) values
    ('2023_01_01_000000_create_accounts', 1),
    ('2023_06_01_000000_create_domains', 2),
    ('2025_03_01_000000_partition_traffic', 3);

insert into countries (code, name, calling_code) values
    ('AE', 'الإمارات العربية المتحدة', '971'), ('AU', 'Australia', '61'), ('AX', 'Åland', '358'),
    ('BR', 'Brasil', '55'), ('CA', 'Canada', '1'), ('CH', 'Schweiz/Suisse/Svizzera/Svizra', '41'),
    ('CI', 'Côte d''Ivoire', '225'), ('CN', '中国', '86'), ('DE', 'Deutschland', '49'), ('ES', 'España', '34'),
    ('FR', 'France', '33'), ('GB', 'United Kingdom', '44'), ('GR', 'Ελλάδα', '30'), ('IL', 'ישראל', '972'),
    ('IN', 'भारत', '91'), ('JP', '日本', '81'), ('KR', '대한민국', '82'), ('NA', 'Namibia', '264'),
    ('NO', 'Norge', '47'), ('PL', 'Polska', '48'), ('RU', 'Россия', '7'), ('SA', 'السعودية', '966'),
    ('TH', 'ประเทศไทย', '66'), ('TR', 'Türkiye', '90'), ('US', 'United States', '1');

insert into currencies (code, name, minor_units) values
    ('CHF', 'Schweizer Franken', 2), ('EUR', 'Euro', 2), ('GBP', 'Pound sterling', 2), ('ILS', 'שקל חדש', 2),
    ('JPY', '円', 0), ('KWD', 'دينار كويتي', 3), ('USD', 'US dollar', 2);

insert into plans (id, code, name, kind, monthly_price, currency_code, features) values
    (1, 'starter', 'Starter hosting', 'hosting', 4.99, 'USD', '["1 site", "e-mail"]'),
    (2, 'business', 'Business hosting 🚀', 'hosting', 19.90, 'USD', '["10 sites", "backups", {"ssh": true}]'),
    (3, 'domains', 'Domain portfolio', 'domains', 0.00, 'USD', '[]'),
    (4, 'legacy', 'Reseller (retired)', 'support', 149.00, 'EUR', '["white label"]');

insert into staff (id, display_name, full_name, email, phone, department, password_hash, totp_secret, hired_on) values
    (1, 'Ada', 'Ada Lindqvist', 'ada.lindqvist@staff.example', '+1 202 555 0111', 'support', '$2y$12$NEVERLEAVESuAbY1x', 'NEVERLEAVES-totp-1', '2021-03-01'),
    (2, 'Bo', 'Bo Okonkwo', 'bo.okonkwo@staff.example', null, 'billing', '$argon2id$v=19$NEVERLEAVESq7', null, '2022-11-15'),
    (3, 'Cy', 'Cyra Ben-Ami', 'cyra.benami@staff.example', '+1 202 555 0113', 'abuse', '$2y$12$NEVERLEAVESzz81', 'NEVERLEAVES-totp-3', '2024-02-29'),
    (4, 'Dee', 'Dee Nobody', 'dee.nobody@staff.example', null, 'support', '$2y$12$NEVERLEAVESm0', null, '2025-01-07');

insert into servers (id, hostname, region, public_ip, management_ip, root_password_encrypted, panel_api_token) values
    (1, 'web1.hosting.example', 'us-east-1', x'c0000201', x'0a000001', 'NEVERLEAVES root 1', 'panel_NEVERLEAVES_1'),
    (2, 'web2.hosting.example', 'us-east-1', x'20010db8000000000000000000000002', x'0a000002', 'NEVERLEAVES root 2', 'panel_NEVERLEAVES_2'),
    (3, 'web3.hosting.example', 'eu-central-1', x'cb007103', x'0a000003', 'NEVERLEAVES root 3', 'panel_NEVERLEAVES_3');

insert into ticket_categories (id, parent_id, name) values
    (1, null, 'Billing'), (2, 1, 'Refunds'), (3, 2, 'Chargebacks'), (4, null, 'Hosting'), (5, 4, 'E-mail 📧'), (6, null, 'Legal');

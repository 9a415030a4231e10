-- ProEcommerce, for billing, hosting and domains: one MariaDB or MySQL database for all accounts.
--
-- Run on an empty database by a user who may create triggers. InnoDB throughout; texts are utf8mb4 unless said.

create table schema_migrations (
    version varchar(64) character set ascii not null,
    batch int not null,
    primary key (version)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table countries (
    code char(2) character set ascii not null,
    name varchar(100) not null,
    calling_code varchar(8) not null,
    primary key (code)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table currencies (
    code char(3) character set ascii not null,
    name varchar(100) not null,
    minor_units tinyint unsigned not null default 2,
    primary key (code)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table plans (
    id int unsigned not null auto_increment,
    code varchar(40) character set ascii not null,
    name varchar(100) not null,
    kind enum('hosting', 'domains', 'support') not null,
    monthly_price decimal(12, 2) not null,
    currency_code char(3) character set ascii not null,
    features json not null,
    primary key (id),
    unique key plans_code (code),
    foreign key (currency_code) references currencies (code) on update cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

-- Our own people. Customers know them by their display name.
create table staff (
    id int unsigned not null auto_increment,
    display_name varchar(60) not null,
    full_name varchar(120) not null,
    email varchar(190) not null,
    phone varchar(40),
    department enum('support', 'billing', 'abuse') not null,
    password_hash varchar(255) character set ascii not null,
    totp_secret varbinary(64),
    hired_on date not null,
    primary key (id),
    unique key staff_email (email)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

-- Our machines; an account rents room on one of them.
create table servers (
    id int unsigned not null auto_increment,
    hostname varchar(190) character set ascii not null,
    region varchar(40) not null,
    public_ip varbinary(16) not null,
    management_ip varbinary(16) not null,
    root_password_encrypted varbinary(255) not null,
    panel_api_token varchar(190) character set ascii not null,
    primary key (id),
    unique key servers_hostname (hostname)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table ticket_categories (
    id int unsigned not null auto_increment,
    parent_id int unsigned,
    name varchar(100) not null,
    primary key (id),
    foreign key (parent_id) references ticket_categories (id)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table accounts (
    id bigint unsigned not null auto_increment,
    public_id binary(16) not null,
    name varchar(190) not null,
    -- What the accounting program prints, which is older than Unicode.
    ledger_name varchar(60) character set latin1 collate latin1_swedish_ci not null,
    email varchar(190) not null,
    phone varchar(40),
    address text,
    country_code char(2) character set ascii not null,
    currency_code char(3) character set ascii not null,
    status enum('active', 'suspended', 'closed') not null default 'active',
    terms set('vat exempt', 'net 30', 'reseller', 'early access') not null default '',
    credit_balance decimal(12, 2) not null default 0.00,
    stripe_customer_id varchar(64) character set ascii,
    settings json not null,
    created_at datetime(6) not null,
    updated_at timestamp not null default current_timestamp on update current_timestamp,
    primary key (id),
    unique key accounts_public_id (public_id),
    foreign key (country_code) references countries (code) on update cascade,
    foreign key (currency_code) references currencies (code) on update cascade
) engine = InnoDB auto_increment = 1042 default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table account_folders (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    parent_id bigint unsigned,
    name varchar(190) not null,
    primary key (id),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (parent_id) references account_folders (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table webhooks (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    url varchar(500) not null,
    description varchar(255) not null default '',
    events set('invoice.paid', 'invoice.overdue', 'domain.expiring', 'service.suspended') not null,
    signing_secret varchar(190) character set ascii not null,
    created_at datetime(6) not null,
    primary key (id),
    foreign key (account_id) references accounts (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

-- Sub-account contacts: everybody who signs in to an account or is written to for it.
create table contacts (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    name varchar(190) not null,
    email varchar(190) not null,
    phone varchar(40),
    recovery_phone varchar(40),
    roles set('owner', 'billing', 'technical', 'abuse') not null default '',
    language varchar(12) character set ascii not null default 'en',
    password_hash varchar(255) character set ascii not null,
    totp_secret varbinary(64),
    backup_codes json,
    last_signed_in_at datetime(6),
    created_at datetime(6) not null,
    primary key (id),
    unique key contacts_email (account_id, email),
    foreign key (account_id) references accounts (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table api_keys (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    contact_id bigint unsigned not null,
    name varchar(190) not null,
    key_hash binary(32) not null,
    scopes json not null,
    last_used_at datetime(6),
    primary key (id),
    unique key api_keys_hash (key_hash),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (contact_id) references contacts (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table sessions (
    id bigint unsigned not null auto_increment,
    contact_id bigint unsigned not null,
    token_hash binary(32) not null,
    ip varchar(45) character set ascii not null,
    user_agent varchar(500) not null,
    started_at datetime(6) not null,
    expires_at datetime(6) not null,
    primary key (id),
    unique key sessions_token (token_hash),
    foreign key (contact_id) references contacts (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table login_history (
    id bigint unsigned not null auto_increment,
    contact_id bigint unsigned not null,
    session_id bigint unsigned,
    outcome enum('signed in', 'wrong password', 'wrong code', 'signed out') not null,
    ip varchar(45) character set ascii not null,
    user_agent varchar(500) not null,
    happened_at timestamp(6) not null default current_timestamp(6),
    primary key (id),
    key login_history_happened (contact_id, happened_at),
    foreign key (contact_id) references contacts (id) on delete cascade,
    foreign key (session_id) references sessions (id) on delete set null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table marketing_consents (
    id bigint unsigned not null auto_increment,
    contact_id bigint unsigned not null,
    channel enum('email', 'phone') not null,
    given tinyint(1) not null,
    obtained_by varchar(255) not null,
    ip varbinary(16),
    recorded_at datetime(6) not null,
    primary key (id),
    unique key marketing_consents_channel (contact_id, channel),
    foreign key (contact_id) references contacts (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table email_preferences (
    contact_id bigint unsigned not null,
    format enum('html', 'text') not null default 'html',
    topics json not null,
    signature text not null,
    primary key (contact_id),
    foreign key (contact_id) references contacts (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

-- A card or an account at Stripe, by reference; its number never comes here.
create table payment_methods (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    stripe_customer_id varchar(64) character set ascii not null,
    stripe_payment_method_id varchar(64) character set ascii not null,
    label varchar(190) not null,
    brand varchar(30) not null,
    last_four char(4) character set ascii,
    expires_month tinyint unsigned,
    expires_year year,
    added_at datetime(6) not null,
    primary key (id),
    unique key payment_methods_stripe (stripe_payment_method_id),
    foreign key (account_id) references accounts (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table subscriptions (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    plan_id int unsigned not null,
    payment_method_id bigint unsigned,
    stripe_subscription_id varchar(64) character set ascii,
    status enum('trialing', 'active', 'past_due', 'cancelled') not null,
    quantity int unsigned not null default 1,
    price decimal(12, 2) not null,
    started_on date not null,
    renews_on date,
    cancelled_at datetime(6),
    remark varchar(255) not null default '',
    primary key (id),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (plan_id) references plans (id),
    foreign key (payment_method_id) references payment_methods (id) on delete set null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table invoices (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    subscription_id bigint unsigned,
    public_id char(26) character set ascii collate ascii_bin not null,
    number varchar(20) character set ascii not null,
    status enum('draft', 'open', 'paid', 'void') not null,
    issued_on date not null,
    due_on date not null,
    currency_code char(3) character set ascii not null,
    net decimal(12, 2) not null,
    tax decimal(12, 2) not null,
    total decimal(13, 2) generated always as (net + tax) stored,
    billing_address text not null,
    footer text,
    primary key (id),
    unique key invoices_public_id (public_id),
    unique key invoices_number (account_id, number),
    key invoices_due (status, due_on),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (subscription_id) references subscriptions (id) on delete set null,
    foreign key (currency_code) references currencies (code) on update cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table invoice_lines (
    invoice_id bigint unsigned not null,
    number smallint unsigned not null,
    description varchar(500) not null,
    quantity decimal(10, 3) not null,
    unit_price decimal(12, 4) not null,
    amount decimal(12, 2) not null,
    primary key (invoice_id, number),
    foreign key (invoice_id) references invoices (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table invoice_line_taxes (
    invoice_id bigint unsigned not null,
    line_number smallint unsigned not null,
    name varchar(120) not null,
    rate decimal(7, 4) not null,
    amount decimal(12, 2) not null,
    primary key (invoice_id, line_number, name),
    foreign key (invoice_id, line_number) references invoice_lines (invoice_id, number) on delete cascade on update cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table transactions (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    invoice_id bigint unsigned,
    payment_method_id bigint unsigned,
    kind enum('payment', 'refund', 'chargeback', 'adjustment') not null,
    amount decimal(12, 2) not null,
    fee decimal(12, 2) not null default 0.00,
    currency_code char(3) character set ascii not null,
    stripe_charge_id varchar(64) character set ascii,
    description varchar(500) not null,
    gateway_response json,
    happened_at datetime(6) not null,
    primary key (id),
    key transactions_happened (account_id, happened_at),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (invoice_id) references invoices (id),
    foreign key (payment_method_id) references payment_methods (id) on delete set null,
    foreign key (currency_code) references currencies (code) on update cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table credit_entries (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    transaction_id bigint unsigned,
    amount decimal(12, 2) not null,
    balance_after decimal(12, 2) not null,
    reason varchar(255) not null,
    created_at datetime(6) not null,
    primary key (id),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (transaction_id) references transactions (id),
    constraint credit_entries_amount check (amount <> 0)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create trigger credit_entries_balance after insert on credit_entries for each row
    update accounts set credit_balance = new.balance_after, updated_at = new.created_at where id = new.account_id;

create table domains (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    folder_id bigint unsigned,
    registrant_id bigint unsigned,
    name varchar(253) character set ascii not null,
    shown_as varchar(253) not null,
    status enum('pending', 'active', 'expired', 'transferred away') not null,
    registered_on date,
    expires_on date,
    renews_itself tinyint(1) not null default 1,
    locked bit(1) not null default b'1',
    transfer_auth_code varbinary(128),
    name_servers json,
    remark varchar(255) not null default '',
    primary key (id),
    unique key domains_name (name),
    key domains_shown_as (account_id, shown_as(20)),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (folder_id) references account_folders (id) on delete set null,
    foreign key (registrant_id) references contacts (id) on delete set null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table dns_records (
    id bigint unsigned not null auto_increment,
    domain_id bigint unsigned not null,
    name varchar(253) character set ascii not null,
    type enum('A', 'AAAA', 'CNAME', 'MX', 'TXT', 'CAA') not null,
    content text not null,
    priority smallint unsigned,
    ttl int unsigned not null default 3600,
    comment varchar(255) not null default '',
    primary key (id),
    foreign key (domain_id) references domains (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table tls_certificates (
    id bigint unsigned not null auto_increment,
    domain_id bigint unsigned not null,
    issued_by varchar(190) not null,
    serial_number binary(16) not null,
    certificate_pem mediumtext not null,
    private_key_pem mediumtext not null,
    valid_until datetime not null,
    primary key (id),
    foreign key (domain_id) references domains (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table tags (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    name varchar(120) not null,
    colour char(7) character set ascii,
    primary key (id),
    unique key tags_name (account_id, name),
    foreign key (account_id) references accounts (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table domain_tags (
    domain_id bigint unsigned not null,
    tag_id bigint unsigned not null,
    added_because varchar(255) not null default '',
    primary key (domain_id, tag_id),
    foreign key (domain_id) references domains (id) on delete cascade,
    foreign key (tag_id) references tags (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table hosting_services (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    subscription_id bigint unsigned not null,
    server_id int unsigned not null,
    domain_id bigint unsigned,
    folder_id bigint unsigned,
    label varchar(190) not null,
    username varchar(32) character set ascii not null,
    password_encrypted varbinary(255) not null,
    disk_quota_mb int unsigned not null,
    traffic_limit bigint unsigned,
    settings json not null,
    provisioned_at datetime(6),
    primary key (id),
    unique key hosting_services_username (server_id, username),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (subscription_id) references subscriptions (id),
    foreign key (server_id) references servers (id),
    foreign key (domain_id) references domains (id) on delete set null,
    foreign key (folder_id) references account_folders (id) on delete set null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table server_credentials (
    id bigint unsigned not null auto_increment,
    service_id bigint unsigned not null,
    kind enum('ssh', 'sftp', 'database', 'mailbox') not null,
    label varchar(190) not null,
    username varchar(64) not null,
    secret_encrypted blob not null,
    public_key text,
    private_key_encrypted mediumblob,
    rotated_at datetime(6),
    primary key (id),
    foreign key (service_id) references hosting_services (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

-- Partitioned, and a partitioned table cannot have foreign keys: that `service_id` is one stands in the catalog only.
create table traffic_days (
    service_id bigint unsigned not null,
    day date not null,
    bytes_in bigint unsigned not null,
    bytes_out bigint unsigned not null,
    cpu_seconds double not null,
    load_average float not null,
    measured_by varchar(120) not null,
    primary key (service_id, day)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci
partition by range columns (day) (
    partition before_2024 values less than ('2024-01-01'),
    partition in_2024 values less than ('2025-01-01'),
    partition later values less than (maxvalue)
);

create table tickets (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    contact_id bigint unsigned,
    category_id int unsigned not null,
    staff_id int unsigned,
    number varchar(20) character set ascii not null,
    subject varchar(255) not null,
    status enum('open', 'waiting for customer', 'closed') not null default 'open',
    rating tinyint,
    opened_at datetime(6) not null,
    closed_at datetime(6),
    primary key (id),
    unique key tickets_number (number),
    fulltext key tickets_subject (subject),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (contact_id) references contacts (id) on delete set null,
    foreign key (category_id) references ticket_categories (id),
    foreign key (staff_id) references staff (id) on delete set null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table ticket_messages (
    id bigint unsigned not null auto_increment,
    ticket_id bigint unsigned not null,
    contact_id bigint unsigned,
    staff_id int unsigned,
    body mediumtext not null,
    ip varbinary(16),
    written_at datetime(6) not null,
    primary key (id),
    foreign key (ticket_id) references tickets (id) on delete cascade,
    foreign key (contact_id) references contacts (id) on delete set null,
    foreign key (staff_id) references staff (id) on delete set null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

-- Mail comes in before its ticket is opened, so `ticket_id` has no foreign key.
create table emails (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    contact_id bigint unsigned,
    ticket_id bigint unsigned,
    direction enum('in', 'out') not null,
    message_id varchar(190) character set ascii not null,
    sender varchar(190) not null,
    recipients json not null,
    subject varchar(500),
    body mediumtext not null,
    sent_at datetime(6) not null,
    primary key (id),
    unique key emails_message_id (message_id),
    key emails_ticket (ticket_id),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (contact_id) references contacts (id) on delete set null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table attachments (
    id bigint unsigned not null auto_increment,
    ticket_message_id bigint unsigned,
    email_id bigint unsigned,
    file_name varchar(255) not null,
    media_type varchar(120) character set ascii not null,
    content longblob not null,
    bytes int unsigned generated always as (octet_length(content)) virtual,
    primary key (id),
    foreign key (ticket_message_id) references ticket_messages (id) on delete cascade,
    foreign key (email_id) references emails (id) on delete cascade
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

-- A note hangs on a domain, an invoice, a service or a ticket, whose class stands beside its id.
create table notes (
    id bigint unsigned not null auto_increment,
    notable_type varchar(100) character set ascii collate ascii_bin not null,
    notable_id bigint unsigned not null,
    author_id bigint unsigned,
    body text not null,
    pinned tinyint(1) not null default 0,
    created_at datetime(6) not null,
    primary key (id),
    key notes_notable (notable_type, notable_id),
    foreign key (author_id) references contacts (id) on delete set null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create table audit_log (
    id bigint unsigned not null auto_increment,
    account_id bigint unsigned not null,
    contact_id bigint unsigned,
    staff_id int unsigned,
    action varchar(60) character set ascii not null,
    subject_type varchar(100) character set ascii,
    subject_id bigint unsigned,
    changes json,
    ip varchar(45) character set ascii,
    user_agent varchar(500) not null,
    happened_at datetime(6) not null,
    primary key (id),
    key audit_log_happened (account_id, happened_at),
    foreign key (account_id) references accounts (id) on delete cascade,
    foreign key (contact_id) references contacts (id) on delete set null,
    foreign key (staff_id) references staff (id) on delete set null
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_unicode_ci;

create view open_invoices as
select invoices.id, invoices.account_id, invoices.number, invoices.total, accounts.name as account
from invoices
join accounts on accounts.id = invoices.account_id
where invoices.status = 'open';

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

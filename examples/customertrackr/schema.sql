-- CustomerTrackr, a CRM for small teams: one SQLite file holds every account.

pragma user_version = 42;

create table schema_migrations (
    version text primary key not null,
    applied_at text not null
) without rowid;

create table countries (
    code text primary key not null check (length(code) = 2),
    name text not null,
    calling_code text not null
) without rowid;

create table plans (
    id integer primary key,
    name text not null unique,
    monthly_price real not null,
    seats integer,
    features text not null default '[]'
);

create table accounts (
    id text primary key not null,
    name text not null,
    country_code text not null references countries (code),
    plan_id integer not null references plans (id),
    subscription_status text not null default 'active'
        check (subscription_status in ('trial', 'active', 'past_due', 'cancelled')),
    billing_email text collate nocase,
    stripe_customer_id text,
    stripe_payment_method_id text,
    created_at text not null
);

create table users (
    id integer primary key autoincrement,
    account_id text not null references accounts (id) on delete cascade,
    email text not null collate nocase unique,
    name text not null,
    role text not null default 'member' check (role in ('owner', 'admin', 'member', 'read only')),
    recovery_phone text,
    password_hash text not null,
    totp_secret text,
    api_token text unique,
    avatar blob,
    created_at text not null,
    last_seen_at text
);
create index users_account on users (account_id);

-- A value has the type that the setting has, so the column has none.
create table preferences (
    user_id integer not null references users (id) on delete cascade,
    name text not null,
    value,
    primary key (user_id, name)
) without rowid;

create table sessions (
    id integer primary key,
    user_id integer not null references users (id) on delete cascade,
    token_hash blob not null unique,
    device_name text,
    user_agent text not null,
    ip_address text not null,
    started_at text not null,
    expires_at text not null
) strict;
create index sessions_user on sessions (user_id);

create table login_events (
    id integer primary key,
    user_id integer not null references users (id) on delete cascade,
    outcome text not null check (outcome in ('signed in', 'wrong password', 'wrong code', 'signed out')),
    ip_address text not null,
    user_agent text not null,
    device_identifier text,
    detail text,
    happened_at text not null
);
create index login_events_user on login_events (user_id, happened_at);

create table usage_events (
    id integer primary key,
    user_id integer not null references users (id) on delete cascade,
    page text not null,
    feature text,
    seconds real not null,
    happened_at text not null
);
create index usage_events_user on usage_events (user_id);

create table support_messages (
    id integer primary key autoincrement,
    account_id text not null references accounts (id) on delete cascade,
    user_id integer references users (id) on delete set null,
    sender_name text not null,
    sender_email text not null,
    subject text not null default '',
    body text not null,
    sent_at text not null
);
create index support_messages_account on support_messages (account_id);

create table companies (
    id integer primary key,
    account_id text not null references accounts (id) on delete cascade,
    parent_id integer references companies (id) on delete set null,
    name text not null,
    website text,
    address text,
    country_code text references countries (code),
    registration_number text,
    employees integer,
    annual_revenue real,
    created_at text not null
);
create index companies_account on companies (account_id);
create index companies_parent on companies (parent_id) where parent_id is not null;

create table contacts (
    id integer primary key autoincrement,
    account_id text not null references accounts (id) on delete cascade,
    company_id integer references companies (id) on delete set null,
    owner_id integer references users (id) on delete set null,
    given_name text not null,
    family_name text not null,
    full_name text generated always as (given_name || ' ' || family_name) stored,
    email text collate nocase,
    phone text,
    address text,
    postal_code text,
    job_title text,
    marketing_consent integer not null default 0 check (marketing_consent in (0, 1)),
    score real,
    photo blob,
    created_at text not null
);
create index contacts_account on contacts (account_id);
create index contacts_company on contacts (company_id);
create unique index contacts_email on contacts (account_id, lower(email)) where email is not null;

create table notes (
    id integer primary key,
    contact_id integer not null references contacts (id) on delete cascade,
    author_id integer references users (id) on delete set null,
    title text,
    body text not null,
    pinned integer not null default 0,
    created_at text not null
);
create index notes_contact on notes (contact_id);

create table note_attachments (
    id integer primary key,
    note_id integer not null references notes (id) on delete cascade,
    file_name text not null,
    media_type text not null,
    bytes integer generated always as (length(content)) virtual,
    content blob not null
) strict;
create index note_attachments_note on note_attachments (note_id);

-- A call may concern a person, a company, or a person at a company.
create table activities (
    id integer primary key,
    contact_id integer references contacts (id) on delete cascade,
    company_id integer references companies (id) on delete cascade,
    user_id integer references users (id) on delete set null,
    kind text not null check (kind in ('call', 'mail', 'meeting', 'task')),
    subject text not null,
    outcome text,
    minutes integer,
    happened_at text not null,
    day text generated always as (substr(happened_at, 1, 10)) virtual,
    check (contact_id is not null or company_id is not null)
);
create index activities_contact on activities (contact_id);
create index activities_company on activities (company_id);
create index activities_day on activities (day);

create table tags (
    id integer primary key,
    account_id text not null references accounts (id) on delete cascade,
    name text not null collate nocase,
    colour text,
    unique (account_id, name)
);

create table contact_tags (
    contact_id integer not null references contacts (id) on delete cascade,
    tag_id integer not null references tags (id) on delete cascade,
    added_because text not null default '',
    primary key (contact_id, tag_id)
) without rowid;
create index contact_tags_tag on contact_tags (tag_id);

create table custom_fields (
    id integer primary key,
    account_id text not null references accounts (id) on delete cascade,
    name text not null,
    kind text not null check (kind in ('text', 'number', 'date', 'choice')),
    choices text,
    unique (account_id, name)
) strict;

create table custom_field_values (
    contact_id integer not null references contacts (id) on delete cascade,
    field_id integer not null references custom_fields (id) on delete cascade,
    value any,
    entered_as text not null,
    primary key (contact_id, field_id)
) strict, without rowid;
create index custom_field_values_field on custom_field_values (field_id);

create view contact_overview as
select contacts.id, contacts.account_id, contacts.full_name, companies.name as company,
       (select count(*) from notes where notes.contact_id = contacts.id) as notes,
       (select max(happened_at) from activities where activities.contact_id = contacts.id) as last_activity
from contacts
left join companies on companies.id = contacts.company_id;

insert into schema_migrations (version, applied_at) values
    ('20230101000000_accounts', '2023-01-01T00:00:00Z'),
    ('20230601000000_custom_fields', '2023-06-01T00:00:00Z'),
    ('20250301000000_attachments', '2025-03-01T00:00:00Z');

insert into countries (code, name, calling_code) values
    ('AE', 'الإمارات العربية المتحدة', '971'), ('AU', 'Australia', '61'), ('AX', 'Åland', '358'),
    ('BR', 'Brasil', '55'), ('CA', 'Canada', '1'), ('CH', 'Schweiz/Suisse/Svizzera/Svizra', '41'),
    ('CI', 'Côte d''Ivoire', '225'), ('CN', '中国', '86'), ('DE', 'Deutschland', '49'), ('ES', 'España', '34'),
    ('FR', 'France', '33'), ('GB', 'United Kingdom', '44'), ('GR', 'Ελλάδα', '30'), ('IL', 'ישראל', '972'),
    ('IN', 'भारत', '91'), ('JP', '日本', '81'), ('KR', '대한민국', '82'), ('NA', 'Namibia', '264'),
    ('NO', 'Norge', '47'), ('PL', 'Polska', '48'), ('RU', 'Россия', '7'), ('SA', 'السعودية', '966'),
    ('TH', 'ประเทศไทย', '66'), ('TR', 'Türkiye', '90'), ('US', 'United States', '1');

insert into plans (id, name, monthly_price, seats, features) values
    (1, 'Starter', 0.0, 2, '["contacts", "notes"]'),
    (2, 'Team', 19.9, 15, '["contacts", "notes", "custom fields"]'),
    (3, 'Business', 79.0, null, '["contacts", "notes", "custom fields", "api"]'),
    (4, 'Agency (retired)', 49.95, 40, '["contacts", "notes", "white label"]');

-- How often a link gives each file, what it asks of the person besides itself, and whom it was mailed to: there its codes go.
alter table links
    add column download_limit bigint check (download_limit > 0),
    add column protection text not null default 'none' check (protection in ('none', 'code', 'signed_in')),
    add column recipient text;

-- The sweep: whose address is not needed any more.
create index links_with_recipient on links (expires_at, id) where recipient is not null;

-- One row for each download that was counted. Where the archive goes through this service, its ticket is known by its hash.
create table downloads (
    id             uuid primary key,
    link_id        uuid not null references links (id),
    file           text not null,
    ticket_hash    bytea unique,
    counted_at     timestamptz not null,
    begin_before   timestamptz not null,
    ends_at        timestamptz not null,
    begun_at       timestamptz,
    bytes_promised bigint not null default 0,
    bytes_sent     bigint not null default 0,
    finished_at    timestamptz
);

create index downloads_by_link on downloads (link_id, file);

-- One row for each one-time code that was asked for. A worker makes the code when it mails it; only its keyed hash is here.
create table link_codes (
    id              uuid primary key,
    link_id         uuid not null references links (id),
    asked_at        timestamptz not null,
    attempt         bigint not null default 0,
    next_attempt_at timestamptz,
    last_error      text,
    code_hash       bytea,
    tries_left      bigint not null default 0,
    expires_at      timestamptz,
    sent_at         timestamptz,
    used_at         timestamptz
);

create index link_codes_by_link on link_codes (link_id, asked_at);
create index link_codes_owed on link_codes (next_attempt_at) where next_attempt_at is not null;
create index link_codes_by_age on link_codes (asked_at);

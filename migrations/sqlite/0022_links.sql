-- How often a link gives each file, what it asks of the person besides itself, and whom it was mailed to: there its codes go.
alter table links add column download_limit integer check (download_limit > 0);
alter table links add column protection text not null default 'none' check (protection in ('none', 'code', 'signed_in'));
alter table links add column recipient text;

-- The sweep: whose address is not needed any more.
create index links_with_recipient on links (expires_at, id) where recipient is not null;

-- One row for each download that was counted. Where the archive goes through this service, its ticket is known by its hash.
create table downloads (
    id             blob not null primary key,
    link_id        blob not null references links (id),
    file           text not null,
    ticket_hash    blob unique,
    counted_at     text not null,
    begin_before   text not null,
    ends_at        text not null,
    begun_at       text,
    bytes_promised integer not null default 0,
    bytes_sent     integer not null default 0,
    finished_at    text
) strict;

create index downloads_by_link on downloads (link_id, file);

-- One row for each one-time code that was asked for. A worker makes the code when it mails it; only its keyed hash is here.
create table link_codes (
    id              blob not null primary key,
    link_id         blob not null references links (id),
    asked_at        text not null,
    attempt         integer not null default 0,
    next_attempt_at text,
    last_error      text,
    code_hash       blob,
    tries_left      integer not null default 0,
    expires_at      text,
    sent_at         text,
    used_at         text
) strict;

create index link_codes_by_link on link_codes (link_id, asked_at);
create index link_codes_owed on link_codes (next_attempt_at) where next_attempt_at is not null;
create index link_codes_by_age on link_codes (asked_at);

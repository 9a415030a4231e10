-- The audit becomes a chain: every entry holds the hash of the one before. What was written before this step gets its place here and its hash from the program, in the
-- same transaction.
create table chained_events (
    seq           integer not null primary key,
    id            blob not null unique,
    at            text not null,
    actor         text not null,
    action        text not null,
    outcome       text not null,
    export_id     blob,
    source        text,
    tenant        text,
    address       text,
    request_id    text,
    detail        text not null,
    previous_hash blob not null,
    hash          blob not null
) strict;
insert into chained_events
    select row_number() over (order by at, id), id, at, actor, action, '', export_id, source, tenant, address, request_id, detail, x'', x'' from audit_events;
drop table audit_events;
alter table chained_events rename to audit_events;

create index audit_events_by_export on audit_events (export_id, at, id);
create index audit_events_by_owner on audit_events (source, tenant, seq);

-- The last entry; whoever adds one locks this row last of all.
create table audit_chain (
    id            integer not null primary key check (id = 1),
    seq           integer not null,
    previous_hash blob not null,
    hash          blob not null
) strict;
insert into audit_chain (id, seq, previous_hash, hash) values (1, 0, zeroblob(32), zeroblob(32));

-- What a signature vouches for: the chain up to this entry. `pruned` is where the chain begins after older entries were removed.
create table audit_checkpoints (
    kind      text not null check (kind in ('signed', 'pruned')),
    seq       integer not null,
    hash      blob not null,
    at        text not null,
    key_id    text not null,
    signature blob not null,
    primary key (kind, seq)
) strict;

-- From which addresses a key was used.
create table key_uses (
    key_id        blob not null,
    address       text not null,
    first_used_at text not null,
    primary key (key_id, address)
) strict;

-- The settings that a kind of process ran with last, each as a keyed fingerprint.
create table configurations (
    role         text not null primary key,
    fingerprints text not null,
    seen_at      text not null
) strict;

create trigger audit_rows_stay before delete on audit_events
    when not exists (select 1 from audit_checkpoints where kind = 'pruned' and seq >= old.seq)
    begin select raise(abort, 'the audit is append-only'); end;
create trigger audit_rows_stay_as_they_are before update on audit_events when old.hash <> x''
    begin select raise(abort, 'the audit is append-only'); end;

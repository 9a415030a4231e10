-- The audit becomes a chain: every entry holds the hash of the one before. What was written before this step gets its place here and its hash from the program, in the
-- same transaction.
alter table audit_events add column seq bigint;
update audit_events set seq = placed.seq
    from (select id, row_number() over (order by at, id) as seq from audit_events) placed where placed.id = audit_events.id;
alter table audit_events
    alter column seq set not null,
    add column outcome text not null default '',
    add column previous_hash bytea not null default '',
    add column hash bytea not null default '';
alter table audit_events
    alter column outcome drop default,
    alter column previous_hash drop default,
    alter column hash drop default;

create unique index audit_events_by_place on audit_events (seq);
create index audit_events_by_owner on audit_events (source, tenant, seq);

-- The last entry; whoever adds one locks this row last of all.
create table audit_chain (
    id            bigint primary key check (id = 1),
    seq           bigint not null,
    previous_hash bytea not null,
    hash          bytea not null
);
insert into audit_chain (id, seq, previous_hash, hash)
    values (1, 0, decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'));

-- What a signature vouches for: the chain up to this entry. `pruned` is where the chain begins after older entries were removed.
create table audit_checkpoints (
    kind      text not null check (kind in ('signed', 'pruned')),
    seq       bigint not null,
    hash      bytea not null,
    at        timestamptz not null,
    key_id    text not null,
    signature bytea not null,
    primary key (kind, seq)
);

-- From which addresses a key was used.
create table key_uses (
    key_id        uuid not null,
    address       text not null,
    first_used_at timestamptz not null,
    primary key (key_id, address)
);

-- The settings that a kind of process ran with last, each as a keyed fingerprint.
create table configurations (
    role         text primary key,
    fingerprints jsonb not null,
    seen_at      timestamptz not null
);

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.hash = '' then
        return new;
    end if;
    if tg_op = 'DELETE' and exists (select 1 from audit_checkpoints where kind = 'pruned' and seq >= old.seq) then
        return old;
    end if;
    raise exception 'the audit is append-only';
end $$;

create trigger audit_rows_stay before update or delete on audit_events for each row execute function audit_is_append_only();
create trigger audit_stays before truncate on audit_events for each statement execute function audit_is_append_only();

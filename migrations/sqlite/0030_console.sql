-- How many bytes of an export's archive were stored in the vault.
alter table exports add column archive_bytes integer not null default 0;
update exports set archive_bytes = coalesce((select sum(coalesce(stored_bytes, bytes)) from files where files.export_id = exports.id), 0)
 where state in ('ready', 'expired');

-- The console: what ended when and how, what lies in the vault, what failed, and whom an export is about.
create index exports_by_end on exports (finished_at, state, source, tenant, started_at, archive_bytes) where finished_at is not null;
create index exports_in_vault on exports (source, tenant, archive_bytes) where state = 'ready';
create index exports_failed on exports (created_at, id) where state = 'failed';
create index exports_of_tenant on exports (tenant, created_at, id);
create index notifications_by_recipient on notifications (lower(recipient), export_id) where export_id is not null;
create index notifications_dead on notifications (created_at) where delivery = 'dead';

-- What a worker found last when it compared a source's catalog with the live schema: names, never values.
create table source_checks (
    source              text not null primary key,
    wanted_at           text,
    begun_at            text,
    checked_at          text,
    outcome             text check (outcome in ('compared', 'catalog_unreadable', 'unreachable')),
    message             text,
    tables              integer not null default 0,
    findings            text not null default '[]',
    findings_total      integer not null default 0,
    findings_open       integer not null default 0,
    schema_fingerprint  text,
    schema_changed_at   text,
    catalog_fingerprint text,
    catalog_changed_at  text,
    check ((checked_at is null) = (outcome is null))
) strict;

-- Who did what to whose data. An event may name an export that never existed, so nothing is referenced.
create table audit_events (
    id         uuid primary key,
    at         timestamptz not null,
    actor      text not null,
    action     text not null,
    export_id  uuid,
    source     text,
    tenant     text,
    address    text,
    request_id text,
    detail     jsonb not null
);

create index audit_events_by_export on audit_events (export_id, at, id);

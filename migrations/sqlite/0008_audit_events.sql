-- Who did what to whose data. An event may name an export that never existed, so nothing is referenced.
create table audit_events (
    id         blob not null primary key,
    at         text not null,
    actor      text not null,
    action     text not null,
    export_id  blob,
    source     text,
    tenant     text,
    address    text,
    request_id text,
    detail     text not null
) strict;

create index audit_events_by_export on audit_events (export_id, at, id);

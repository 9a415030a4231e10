-- Whether a tenant exists: asked by the API, answered by a worker. The export it is asked for does not exist yet.
create table checks (
    export_id blob not null primary key,
    source    text not null,
    tenant    text not null,
    asked_at  text not null,
    answer    text
) strict;

create index checks_by_age on checks (asked_at);

-- Objects whose upload began and that are neither a file nor swept away yet.
create table uploads (
    object_key text primary key,
    export_id  uuid not null references exports (id),
    attempt    bigint not null,
    upload_id  text,
    created_at timestamptz not null
);

create index uploads_by_age on uploads (created_at, object_key);

-- Objects whose upload began and that are neither a file nor swept away yet.
create table uploads (
    object_key text not null primary key,
    export_id  blob not null references exports (id),
    attempt    integer not null,
    upload_id  text,
    created_at text not null
) strict;

create index uploads_by_age on uploads (created_at, object_key);

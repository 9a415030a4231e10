-- The objects in the vault that hold an archive.
create table files (
    export_id    blob not null references exports (id),
    attempt      integer not null,
    name         text not null,
    object_key   text not null unique,
    bytes        integer not null,
    sha256       blob not null,
    content_type text not null,
    created_at   text not null,
    deleted_at   text,
    primary key (export_id, name)
) strict;

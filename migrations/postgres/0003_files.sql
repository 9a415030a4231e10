-- The objects in the vault that hold an archive.
create table files (
    export_id    uuid not null references exports (id),
    attempt      bigint not null,
    name         text collate "C" not null,
    object_key   text not null unique,
    bytes        bigint not null,
    sha256       bytea not null,
    content_type text not null,
    created_at   timestamptz not null,
    deleted_at   timestamptz,
    primary key (export_id, name)
);

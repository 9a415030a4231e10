-- The data key of each sealed archive, wrapped by a key-encryption key. Where `wrapped` is gone, the archive is unreadable wherever its objects lie.
create table data_keys (
    export_id    blob not null references exports (id),
    attempt      integer not null,
    provider     text not null check (provider in ('local', 'aws-kms')),
    kek_id       text not null,
    wrapped      blob,
    created_at   text not null,
    rewrapped_at text,
    shredded_at  text,
    primary key (export_id, attempt),
    check ((wrapped is null) = (shredded_at is not null))
) strict;

-- The rotation: which data keys a key-encryption key still wraps.
create index data_keys_by_kek on data_keys (provider, kek_id) where shredded_at is null;

-- What lies in the vault where that is not the file itself: how it was sealed, its size and its SHA-256.
alter table files add column sealing text not null default 'none';
alter table files add column stored_bytes integer;
alter table files add column stored_sha256 blob;

create index files_by_stored_sha256 on files (stored_sha256) where stored_sha256 is not null;

-- Signed URLs to archives, known by the hash of their token.
create table links (
    id         blob not null primary key,
    export_id  blob not null references exports (id),
    token_hash blob not null unique,
    created_at text not null,
    expires_at text not null,
    revoked_at text,
    downloads  integer not null default 0
) strict;

create index links_by_export on links (export_id);

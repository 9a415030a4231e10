-- Signed URLs to archives, known by the hash of their token.
create table links (
    id         uuid primary key,
    export_id  uuid not null references exports (id),
    token_hash bytea not null unique,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    downloads  bigint not null default 0
);

create index links_by_export on links (export_id);

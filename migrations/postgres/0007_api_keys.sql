-- Who may call the API; only the hash of a key is stored.
create table api_keys (
    id           uuid primary key,
    name         text not null,
    prefix       text not null unique,
    hash         bytea not null,
    scopes       jsonb not null,
    source       text,
    tenant       text,
    created_at   timestamptz not null,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    check (tenant is null or source is not null)
);

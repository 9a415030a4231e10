-- Who may call the API; only the hash of a key is stored.
create table api_keys (
    id           blob not null primary key,
    name         text not null,
    prefix       text not null unique,
    hash         blob not null,
    scopes       text not null,
    source       text,
    tenant       text,
    created_at   text not null,
    expires_at   text,
    revoked_at   text,
    last_used_at text,
    check (tenant is null or source is not null)
) strict;

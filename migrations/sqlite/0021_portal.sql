-- Portal tokens that started an export: each does so once. The row is entered before its export, so that two requests with
-- one token meet here; hence the deferred reference. Only hashes are kept, and only until the token would be refused anyhow.
create table used_tokens (
    issuer       text not null,
    id_hash      blob not null,
    request_hash blob not null,
    export_id    blob not null references exports (id) deferrable initially deferred,
    used_at      text not null,
    expires_at   text not null,
    primary key (issuer, id_hash)
) strict;

create index used_tokens_by_end on used_tokens (expires_at);

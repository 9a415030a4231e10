-- Which request came with which Idempotency-Key. The key is entered before its export, so that two equal requests
-- at once meet here; hence the deferred reference. Requests without an API key carry the nil UUID.
create table idempotency_keys (
    api_key_id   blob not null,
    key          text not null,
    request_hash blob not null,
    export_id    blob not null references exports (id) deferrable initially deferred,
    created_at   text not null,
    primary key (api_key_id, key)
) strict;

-- Addresses of programs that are told what became of exports; one that was removed stays until nothing it was sent is kept.
create table webhooks (
    id               uuid primary key,
    url              text not null,
    description      text not null,
    -- The types of events it wants, each between spaces; empty: all.
    events           text not null,
    source           text,
    tenant           text,
    failing_since    timestamptz,
    disabled_at      timestamptz,
    disabled_because text check (disabled_because in ('request', 'gone', 'failing')),
    created_at       timestamptz not null,
    created_by       text not null,
    deleted_at       timestamptz,
    check (tenant is null or source is not null),
    check ((disabled_at is null) = (disabled_because is null))
);

-- What its messages are signed with, wrapped like the keys of archives. No provider: an installation without keys, where it is kept as it is.
create table webhook_secrets (
    id           uuid primary key,
    webhook_id   uuid not null references webhooks (id),
    provider     text,
    kek_id       text,
    secret       bytea not null,
    created_at   timestamptz not null,
    rewrapped_at timestamptz,
    ends_at      timestamptz,
    check ((provider is null) = (kek_id is null))
);

create index webhook_secrets_by_webhook on webhook_secrets (webhook_id, created_at);

-- What happened, as it is sent, byte for byte.
create table webhook_messages (
    id         uuid primary key,
    kind       text not null,
    export_id  uuid references exports (id),
    source     text,
    tenant     text,
    payload    text not null,
    created_at timestamptz not null
);

create index webhook_messages_by_age on webhook_messages (created_at, id);

-- One row for each message and webhook it is for.
create table webhook_deliveries (
    webhook_id      uuid not null references webhooks (id),
    message_id      uuid not null references webhook_messages (id) on delete cascade,
    state           text not null check (state in ('pending', 'delivered', 'failed', 'missed')),
    attempt         bigint not null default 0,
    tries           bigint not null default 0,
    next_attempt_at timestamptz,
    created_at      timestamptz not null,
    last_attempt_at timestamptz,
    delivered_at    timestamptz,
    status          bigint,
    error           text,
    answer          text,
    primary key (webhook_id, message_id),
    check ((state = 'pending') = (next_attempt_at is not null))
);

create index webhook_deliveries_by_message on webhook_deliveries (message_id);
create index webhook_deliveries_pending on webhook_deliveries (next_attempt_at, webhook_id) where state = 'pending';

-- One row a request. Every write of a running export is fenced by its attempt.
create table exports (
    id               uuid primary key,
    source           text not null,
    scope            text not null,
    tenant           text not null,
    origin           text not null,
    formats          jsonb not null,
    csv_profile      text not null,
    notify           jsonb not null,
    state            text not null check (state in ('queued', 'running', 'ready', 'failed', 'cancelled', 'expired')),
    phase            text,
    tables_done      bigint not null default 0,
    tables_total     bigint not null default 0,
    rows_done        bigint not null default 0,
    bytes_done       bigint not null default 0,
    attempt          bigint not null default 0,
    worker           text,
    lease_until      timestamptz,
    next_attempt_at  timestamptz,
    cancel_requested boolean not null default false,
    reason_code      text,
    reason           text,
    requested_by     uuid,
    created_at       timestamptz not null,
    started_at       timestamptz,
    finished_at      timestamptz,
    expires_at       timestamptz,
    check (state <> 'running' or (worker is not null and lease_until is not null))
);

-- The same thing asked for twice is one export, unless the first one is about to be cancelled.
create unique index exports_wanted on exports (source, scope, tenant, formats, csv_profile)
    where state in ('queued', 'running') and not cancel_requested;

-- The reconciler: what a doorbell should be rung for.
create index exports_open on exports (created_at, id) where state in ('queued', 'running');

-- The sweep: what has outlived its time.
create index exports_ready on exports (expires_at, id) where state = 'ready';

-- The lists, newest first.
create index exports_by_age on exports (created_at, id);
create index exports_by_tenant on exports (source, tenant, created_at, id);

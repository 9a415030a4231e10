-- What is exported again and again. A deleted schedule stays, for its archives are kept by its rules.
create table schedules (
    id              uuid primary key,
    name            text not null,
    source          text not null,
    cron            text not null,
    time_zone       text not null,
    tenants         jsonb not null,
    formats         jsonb not null,
    csv_profile     text not null,
    layout          text not null,
    compression     text,
    retention       jsonb not null,
    notify          jsonb not null,
    jitter          bigint not null,
    pause_after     bigint not null,
    revision        bigint not null default 1,
    paused_at       timestamptz,
    pause_reason    text,
    failures_in_row bigint not null default 0,
    next_run_at     timestamptz,
    last_run_at     timestamptz,
    skipped_runs    bigint not null default 0,
    last_skipped_at timestamptz,
    created_by      uuid,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    deleted_at      timestamptz,
    check ((layout = 'files') = (compression is not null)),
    check ((paused_at is null) = (pause_reason is null)),
    check (next_run_at is null or (paused_at is null and deleted_at is null))
);

create index schedules_due on schedules (next_run_at, id) where next_run_at is not null;
create index schedules_by_age on schedules (created_at, id);

-- One row for each time a schedule ran, with what was to be exported then: a schedule that is changed meanwhile changes only its next run.
create table schedule_runs (
    id              uuid primary key,
    schedule_id     uuid not null references schedules (id),
    kind            text not null,
    due_at          timestamptz not null,
    source          text not null,
    tenants         jsonb not null,
    formats         jsonb not null,
    csv_profile     text not null,
    layout          text not null,
    compression     text,
    jitter          bigint not null,
    state           text not null check (state in ('entering', 'running', 'succeeded', 'failed', 'cancelled')),
    attempt         bigint not null default 0,
    tries           bigint not null default 0,
    worker          text,
    next_attempt_at timestamptz not null,
    entered         bigint not null default 0,
    reason_code     text,
    reason          text,
    started_at      timestamptz not null,
    finished_at     timestamptz
);

-- A due time is run once, and one run is over before the next begins.
create unique index schedule_runs_due on schedule_runs (schedule_id, due_at) where kind = 'scheduled';
create unique index schedule_runs_open on schedule_runs (schedule_id) where state in ('entering', 'running');
create index schedule_runs_by_age on schedule_runs (schedule_id, started_at, id);

-- A tenant is exported once in a run.
alter table exports add column schedule_run_id uuid references schedule_runs (id);
create unique index exports_scheduled on exports (schedule_run_id, tenant) where schedule_run_id is not null;
create index exports_by_schedule on exports (schedule_id, created_at, id) where schedule_id is not null;
create index exports_open_by_schedule on exports (schedule_id, schedule_run_id) where state in ('queued', 'running') and schedule_id is not null;

-- A scheduled export is kept by its schedule's rules, so nobody else's request is joined to it, nor it to theirs.
drop index exports_wanted;
create unique index exports_wanted on exports (source, scope, tenant, subject_kind, subject_key, formats, csv_profile, layout, coalesce(compression, ''))
    where state in ('queued', 'running') and not cancel_requested and schedule_id is null;

-- A mail is about an export or about a run.
alter table notifications
    alter column export_id drop not null,
    add column schedule_run_id uuid references schedule_runs (id),
    add check ((export_id is null) <> (schedule_run_id is null)),
    add unique (schedule_run_id, kind, recipient);

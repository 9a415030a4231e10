-- What is exported again and again. A deleted schedule stays, for its archives are kept by its rules.
create table schedules (
    id              blob not null primary key,
    name            text not null,
    source          text not null,
    cron            text not null,
    time_zone       text not null,
    tenants         text not null,
    formats         text not null,
    csv_profile     text not null,
    layout          text not null,
    compression     text,
    retention       text not null,
    notify          text not null,
    jitter          integer not null,
    pause_after     integer not null,
    revision        integer not null default 1,
    paused_at       text,
    pause_reason    text,
    failures_in_row integer not null default 0,
    next_run_at     text,
    last_run_at     text,
    skipped_runs    integer not null default 0,
    last_skipped_at text,
    created_by      blob,
    created_at      text not null,
    updated_at      text not null,
    deleted_at      text,
    check ((layout = 'files') = (compression is not null)),
    check ((paused_at is null) = (pause_reason is null)),
    check (next_run_at is null or (paused_at is null and deleted_at is null))
) strict;

create index schedules_due on schedules (next_run_at, id) where next_run_at is not null;
create index schedules_by_age on schedules (created_at, id);

-- One row for each time a schedule ran, with what was to be exported then: a schedule that is changed meanwhile changes only its next run.
create table schedule_runs (
    id              blob not null primary key,
    schedule_id     blob not null references schedules (id),
    kind            text not null,
    due_at          text not null,
    source          text not null,
    tenants         text not null,
    formats         text not null,
    csv_profile     text not null,
    layout          text not null,
    compression     text,
    jitter          integer not null,
    state           text not null check (state in ('entering', 'running', 'succeeded', 'failed', 'cancelled')),
    attempt         integer not null default 0,
    tries           integer not null default 0,
    worker          text,
    next_attempt_at text not null,
    entered         integer not null default 0,
    reason_code     text,
    reason          text,
    started_at      text not null,
    finished_at     text
) strict;

-- A due time is run once, and one run is over before the next begins.
create unique index schedule_runs_due on schedule_runs (schedule_id, due_at) where kind = 'scheduled';
create unique index schedule_runs_open on schedule_runs (schedule_id) where state in ('entering', 'running');
create index schedule_runs_by_age on schedule_runs (schedule_id, started_at, id);

-- A tenant is exported once in a run.
alter table exports add column schedule_run_id blob references schedule_runs (id);
create unique index exports_scheduled on exports (schedule_run_id, tenant) where schedule_run_id is not null;
create index exports_by_schedule on exports (schedule_id, created_at, id) where schedule_id is not null;
create index exports_open_by_schedule on exports (schedule_id, schedule_run_id) where state in ('queued', 'running') and schedule_id is not null;

-- A scheduled export is kept by its schedule's rules, so nobody else's request is joined to it, nor it to theirs.
drop index exports_wanted;
create unique index exports_wanted on exports (source, scope, tenant, subject_kind, subject_key, formats, csv_profile, layout, coalesce(compression, ''))
    where state in ('queued', 'running') and not cancel_requested and schedule_id is null;

-- A mail is about an export or about a run. SQLite can only give up a `not null` with the whole table.
create table notifications_anew (
    id              blob not null primary key,
    export_id       blob references exports (id),
    schedule_run_id blob references schedule_runs (id),
    kind            text not null,
    recipient       text not null,
    delivery        text not null,
    attempt         integer not null default 0,
    next_attempt_at text not null,
    last_error      text,
    created_at      text not null,
    sent_at         text,
    check ((export_id is null) <> (schedule_run_id is null)),
    unique (export_id, kind, recipient),
    unique (schedule_run_id, kind, recipient)
) strict;

insert into notifications_anew (id, export_id, kind, recipient, delivery, attempt, next_attempt_at, last_error, created_at, sent_at)
    select id, export_id, kind, recipient, delivery, attempt, next_attempt_at, last_error, created_at, sent_at from notifications;
drop table notifications;
alter table notifications_anew rename to notifications;
create index notifications_pending on notifications (next_attempt_at) where delivery = 'pending';

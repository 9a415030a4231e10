-- One row for each mail that is owed.
create table notifications (
    id              uuid primary key,
    export_id       uuid not null references exports (id),
    kind            text not null,
    recipient       text not null,
    delivery        text not null,
    attempt         bigint not null default 0,
    next_attempt_at timestamptz not null,
    last_error      text,
    created_at      timestamptz not null,
    sent_at         timestamptz,
    unique (export_id, kind, recipient)
);

create index notifications_pending on notifications (next_attempt_at) where delivery = 'pending';

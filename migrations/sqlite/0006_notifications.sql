-- One row for each mail that is owed.
create table notifications (
    id              blob not null primary key,
    export_id       blob not null references exports (id),
    kind            text not null,
    recipient       text not null,
    delivery        text not null,
    attempt         integer not null default 0,
    next_attempt_at text not null,
    last_error      text,
    created_at      text not null,
    sent_at         text,
    unique (export_id, kind, recipient)
) strict;

create index notifications_pending on notifications (next_attempt_at) where delivery = 'pending';

-- The sign of life of each worker process.
create table workers (
    name      text primary key,
    polled_at timestamptz not null
);

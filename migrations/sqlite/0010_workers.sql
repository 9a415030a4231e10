-- The sign of life of each worker process.
create table workers (
    name      text not null primary key,
    polled_at text not null
) strict;

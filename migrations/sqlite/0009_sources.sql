-- Which sources the workers serve.
create table sources (
    name    text not null primary key,
    engine  text not null,
    seen_at text not null
) strict;

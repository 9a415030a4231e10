-- Which sources the workers serve.
create table sources (
    name    text collate "C" primary key,
    engine  text not null,
    seen_at timestamptz not null
);

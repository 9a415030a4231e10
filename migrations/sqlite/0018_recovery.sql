-- Tries that came to nothing, by kind; `attempt` counts them all and never goes back. `lost_worker` is whose lease the current attempt took over, if it did.
alter table exports add column retries integer not null default 0;
alter table exports add column crashes integer not null default 0;
alter table exports add column lost_worker text;

-- When the remains were deleted for the first time; they are looked for once more, since a request that was cut off may still take effect.
alter table uploads add column swept_at text;

-- What one worker at a time does for all of them.
create table duties (
    name       text not null primary key,
    holder     text not null,
    held_until text not null
) strict;

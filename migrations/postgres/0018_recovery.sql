-- Tries that came to nothing, by kind; `attempt` counts them all and never goes back. `lost_worker` is whose lease the current attempt took over, if it did.
alter table exports
    add column retries bigint not null default 0,
    add column crashes bigint not null default 0,
    add column lost_worker text;

-- When the remains were deleted for the first time; they are looked for once more, since a request that was cut off may still take effect.
alter table uploads add column swept_at timestamptz;

-- What one worker at a time does for all of them.
create table duties (
    name       text primary key,
    holder     text not null,
    held_until timestamptz not null
);

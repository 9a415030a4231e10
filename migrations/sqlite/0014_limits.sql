-- The place of each export in the queue (shared/src/ledger/exports/turn.rs says the rule), in microseconds since 1970.
alter table exports add column turn integer not null default 0;
alter table exports add column queued_as text not null default 'operator';
update exports
   set queued_as = origin,
       turn = cast(round((julianday(created_at) - 2440587.5) * 86400000000) as integer) + case origin when 'portal' then 0 when 'schedule' then 86400000000 else 3600000000 end
 where state in ('queued', 'running');

-- When a tenant's last export of an origin began, kept while more of them wait.
create table turns (
    source    text not null,
    tenant    text not null,
    queued_as text not null,
    turn      integer not null,
    primary key (source, tenant, queued_as)
) strict;

-- Who holds a place, and whether a tenant waits.
create index exports_running on exports (source, tenant) where state = 'running';
create index exports_queued on exports (source, tenant) where state = 'queued';

-- How many exports may read a source at the same time.
alter table sources add column exports integer not null default 2;

-- What an export would hold: asked by the API, answered by a worker.
create table estimates (
    id           blob not null primary key,
    source       text not null,
    tenant       text not null,
    subject_kind text not null,
    subject_key  text not null,
    asked_at     text not null,
    answer       text
) strict;

create index estimates_by_age on estimates (asked_at);

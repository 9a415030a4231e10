-- An archive under a legal hold is not deleted, whatever its time or the rules say.
alter table exports add column hold_since text;
alter table exports add column hold_reason text;

-- Once the deletion of an archive has begun it cannot be held any more: a part of it may be gone.
alter table exports add column deletion_began_at text;
alter table exports add column deletion_attempts integer not null default 0;
alter table exports add column deletion_next_at text;
alter table exports add column deletion_error text;

-- The sweep: what has outlived its time and may be tried now.
create index exports_to_delete on exports (coalesce(deletion_next_at, expires_at), id) where state = 'ready' and hold_since is null;

-- The sweep: whose addresses are still known.
create index exports_with_addresses on exports (finished_at, id) where state in ('failed', 'cancelled', 'expired') and notify <> '[]';

-- Whether an archive of a schedule was held against the schedule's rules since it became ready, since it was released, and since the rules changed.
alter table exports add column judged integer not null default 0;
create index exports_to_judge on exports (schedule_id, source, tenant) where state = 'ready' and schedule_id is not null and not judged;

-- The rules by which a schedule's archives were judged last, as text.
create table judged_rules (
    schedule_id blob not null primary key,
    rules       text not null
) strict;

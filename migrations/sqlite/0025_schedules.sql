-- Since when an export of a run that has ended is made anew: its end may change the run's.
alter table schedule_runs add column reopened_at text;
create index schedule_runs_reopened on schedule_runs (started_at, id) where reopened_at is not null;

-- The sweep: runs that are over.
create index schedule_runs_to_forget on schedule_runs (finished_at, id) where finished_at is not null;

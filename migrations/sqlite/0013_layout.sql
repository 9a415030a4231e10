-- How an archive is laid out, and which schedule asked for it.
alter table exports add column layout text not null default 'zip';
alter table exports add column compression text check ((layout = 'files') = (compression is not null));
alter table exports add column schedule_id blob;

drop index exports_wanted;
create unique index exports_wanted on exports (source, scope, tenant, subject_kind, subject_key, formats, csv_profile, layout, coalesce(compression, ''))
    where state in ('queued', 'running') and not cancel_requested;

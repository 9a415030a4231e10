-- The language that people read about an export in, a tag of BCP 47; an archive in another language is another archive.
alter table exports add column language text not null default 'en';
alter table schedules add column language text not null default 'en';
alter table schedule_runs add column language text not null default 'en';

drop index exports_wanted;
create unique index exports_wanted on exports (source, scope, tenant, subject_kind, subject_key, formats, csv_profile, layout, coalesce(compression, ''), language)
    where state in ('queued', 'running') and not cancel_requested and schedule_id is null;

-- What an archive holds, for the page that offers it: categories, tables and how many rows. Gone with the archive.
create table archive_contents (
    export_id uuid primary key references exports (id),
    contents  text not null
);

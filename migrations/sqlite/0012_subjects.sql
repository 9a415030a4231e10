-- One person inside a tenant's data: a kind that the source's catalog knows, and a key. Both are empty where the whole tenant is meant.
alter table exports add column subject_kind text not null default '' check ((scope = 'subject') = (subject_kind <> ''));
alter table exports add column subject_key text not null default '' check ((scope = 'subject') = (subject_key <> ''));
alter table checks add column subject_kind text not null default '';
alter table checks add column subject_key text not null default '';

drop index exports_wanted;
create unique index exports_wanted on exports (source, scope, tenant, subject_kind, subject_key, formats, csv_profile)
    where state in ('queued', 'running') and not cancel_requested;

-- When the people behind an archive that nobody downloaded were reminded of its end; never twice.
alter table exports add column reminded_at text;
create index exports_to_remind on exports (expires_at, id) where state = 'ready' and reminded_at is null and schedule_id is null;

-- Mails that somebody does not want: no address, only a hash of it with what the mails are about.
create table mail_refusals (
    reader     blob not null primary key,
    topic      text not null,
    refused_at text not null
) strict;

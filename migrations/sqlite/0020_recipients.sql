-- The public keys that archives are encrypted to: a tenant's, or those of one person in its data. A key that was removed stays, for archives were encrypted to it.
create table recipients (
    id           blob not null primary key,
    source       text not null,
    tenant       text not null,
    subject_kind text not null default '',
    subject_key  text not null default '',
    kind         text not null,
    public_key   text not null,
    label        text not null,
    created_at   text not null,
    created_by   text not null,
    revoked_at   text,
    check ((subject_kind <> '') = (subject_key <> ''))
) strict;

create unique index recipients_active on recipients (source, tenant, subject_kind, subject_key, public_key) where revoked_at is null;
create index recipients_by_age on recipients (created_at, id);

-- Which keys an attempt encrypts its archive to. No row: to none of them.
create table export_recipients (
    export_id    blob not null references exports (id),
    attempt      integer not null,
    recipient_id blob not null references recipients (id),
    primary key (export_id, attempt, recipient_id)
) strict;

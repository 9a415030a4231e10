-- The people who operate this installation. E-mail addresses are in lower case; of a password only its Argon2id hash is stored, of the second factor a secret that is
-- sealed with a key outside of this database.
create table operators (
    id                   uuid primary key,
    email                text not null unique,
    name                 text not null,
    role                 text not null,
    password_hash        text not null,
    must_change_password boolean not null,
    second_factor_since  timestamptz,
    totp_sealed_by       text,
    totp_secret          bytea,
    totp_step            bigint not null default 0,
    created_at           timestamptz not null,
    disabled_at          timestamptz,
    signed_in_at         timestamptz,
    check ((second_factor_since is null) = (totp_secret is null) and (totp_secret is null) = (totp_sealed_by is null))
);

-- Codes for who has lost the second factor, each for once; only hashes are stored.
create table operator_backup_codes (
    operator_id uuid not null references operators (id),
    code_hash   bytea not null,
    used_at     timestamptz,
    primary key (operator_id, code_hash)
);

-- Where operators are signed in, by the hash of the token in a cookie. With `tries_left` it waits for the second factor and gives nothing else.
create table operator_sessions (
    id          uuid primary key,
    operator_id uuid not null references operators (id),
    token_hash  bytea not null unique,
    address     text,
    began_at    timestamptz not null,
    seen_at     timestamptz not null,
    ends_at     timestamptz not null,
    tries_left  bigint
);

create index operator_sessions_by_operator on operator_sessions (operator_id);
create index operator_sessions_by_end on operator_sessions (ends_at);

-- Tries to sign in that have not succeeded, for as long as they count; accounts are known by a keyed hash, whether they exist or not.
create table sign_in_tries (
    id           uuid primary key,
    account_hash bytea not null,
    network      text not null,
    at           timestamptz not null
);

create index sign_in_tries_by_account on sign_in_tries (account_hash, at);
create index sign_in_tries_by_network on sign_in_tries (network, at);
create index sign_in_tries_by_age on sign_in_tries (at);

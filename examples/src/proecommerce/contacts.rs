use super::{packed, secret_bytes, sizes};
use crate::table::{Cursor, Table, Value, row};
use crate::{SECRET, literal, people, prose};

pub(super) const CONTACTS: Table = Table {
    name: "contacts",
    columns: &[
        "id",
        "account_id",
        "name",
        "email",
        "phone",
        "recovery_phone",
        "roles",
        "language",
        "password_hash",
        "totp_secret",
        "backup_codes",
        "last_signed_in_at",
        "created_at",
    ],
    size: sizes::CONTACTS,
    row: contact,
};

fn contact(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let name = people::full_name(&mut cursor.random);
    let created = cursor.moment();
    let code = cursor.random.next();
    let algorithm = cursor.random.pick(["$2y$12$", "$argon2id$v=19$m=65536,t=4,p=1$"]);
    // The first has everything, so that leaving it out always means something.
    let complete = cursor.index == 0;
    row![
        id,
        cursor.tenant.key.clone(),
        cursor.tenant.marked(name),
        people::email(&mut cursor.random, id),
        cursor.random.one_in(2).then(|| people::phone(&mut cursor.random)),
        (complete || cursor.random.one_in(2)).then(|| people::phone(&mut cursor.random)),
        if complete { "owner,billing" } else { cursor.random.pick(["", "billing", "technical,abuse"]) },
        cursor.random.pick(["en", "de", "ar", "he", "pt-BR"]),
        format!("{algorithm}{SECRET}{code:016x}"),
        (complete || cursor.random.one_in(2)).then(|| secret_bytes(cursor, 20)),
        (complete || cursor.random.one_in(3)).then(|| format!(
            r#"["{SECRET}-{:04}", "{SECRET}-{:04}"]"#,
            code % 10_000,
            code % 9_999
        )),
        cursor.random.one_in(2).then(|| created.plus_days(30).datetime()),
        created.datetime(),
    ]
}

pub(super) const API_KEYS: Table = Table {
    name: "api_keys",
    columns: &["id", "account_id", "contact_id", "name", "key_hash", "scopes", "last_used_at"],
    size: sizes::API_KEYS,
    row: api_key,
};

fn api_key(cursor: &mut Cursor<'_>) -> Vec<Value> {
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        cursor.any_id(sizes::CONTACTS),
        cursor.tenant.marked("Deploy script"),
        secret_bytes(cursor, 21),
        r#"["domains:read", "dns:write"]"#,
        cursor.random.one_in(2).then(|| cursor.moment().datetime()),
    ]
}

pub(super) const SESSIONS: Table = Table {
    name: "sessions",
    columns: &["id", "contact_id", "token_hash", "ip", "user_agent", "started_at", "expires_at"],
    size: sizes::SESSIONS,
    row: session,
};

fn session(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let started = cursor.moment();
    row![
        cursor.id(),
        cursor.any_id(sizes::CONTACTS),
        secret_bytes(cursor, 21),
        people::ip_address(&mut cursor.random),
        cursor.tenant.marked(people::user_agent(&mut cursor.random)),
        started.datetime(),
        started.plus_days(14).datetime(),
    ]
}

pub(super) const LOGIN_HISTORY: Table = Table {
    name: "login_history",
    columns: &["id", "contact_id", "session_id", "outcome", "ip", "user_agent", "happened_at"],
    size: sizes::LOGIN_HISTORY,
    row: login,
};

fn login(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let session = cursor.any_id(sizes::SESSIONS);
    row![
        cursor.id(),
        cursor.any_id(sizes::CONTACTS),
        cursor.random.one_in(2).then_some(session),
        cursor.random.pick(["signed in", "signed in", "wrong password", "wrong code", "signed out"]),
        people::ip_address(&mut cursor.random),
        cursor.tenant.marked(people::user_agent(&mut cursor.random)),
        cursor.moment().datetime(),
    ]
}

pub(super) const MARKETING_CONSENTS: Table = Table {
    name: "marketing_consents",
    columns: &["id", "contact_id", "channel", "given", "obtained_by", "ip", "recorded_at"],
    size: sizes::MARKETING_CONSENTS,
    row: marketing_consent,
};

fn marketing_consent(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let obtained = cursor.random.pick(["Checkout, box not ticked before", "Portal", "Messe 2024 📝", "import"]);
    row![
        cursor.id(),
        cursor.id_of(cursor.index / sizes::CHANNELS),
        if cursor.index.is_multiple_of(sizes::CHANNELS) { "email" } else { "phone" },
        cursor.random.one_in(3),
        cursor.tenant.marked(obtained),
        packed(&people::ip_address(&mut cursor.random)),
        cursor.moment().datetime(),
    ]
}

pub(super) const EMAIL_PREFERENCES: Table = Table {
    name: "email_preferences",
    columns: &["contact_id", "format", "topics", "signature"],
    size: sizes::CONTACTS,
    row: email_preference,
};

fn email_preference(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let topic = literal::json(prose::awkward_text(&mut cursor.random));
    row![
        cursor.id(),
        cursor.random.pick(["html", "text"]),
        format!(r#"{{"news": false, "free text": {topic}}}"#),
        cursor.tenant.marked(prose::note(&mut cursor.random)),
    ]
}

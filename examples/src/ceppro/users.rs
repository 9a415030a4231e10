use super::sizes;
use crate::table::{Cursor, Table, Value, row};
use crate::{SECRET, literal, people, prose};

pub(super) const ROLES: Table =
    Table { name: "roles", columns: &["id", "workspace_id", "name", "permissions"], size: sizes::ROLES, row: role };

fn role(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let name = ["Owner", "Technician", "Cashier", "Buyer", "Accountant"][cursor.index as usize % 5];
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        cursor.tenant.marked(format!("{name} {}", cursor.index + 1)),
        cursor.random.pick(["{}", "{tickets.read,tickets.write}", r#"{"sales, all",NULL,"say \"yes\""}"#]),
    ]
}

pub(super) const USERS: Table = Table {
    name: "users",
    columns: &[
        "id",
        "workspace_id",
        "email",
        "name",
        "language",
        "recovery_phone",
        "password_hash",
        "totp_secret",
        "backup_codes",
        "last_signed_in_at",
        "last_ip",
        "created_at",
    ],
    size: sizes::USERS,
    row: user,
};

fn user(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let name = people::full_name(&mut cursor.random);
    let created = cursor.moment();
    let code = cursor.random.next();
    row![
        id,
        cursor.tenant.key.clone(),
        people::email(&mut cursor.random, id),
        cursor.tenant.marked(name),
        cursor.random.pick(["en", "de", "ar", "he", "pt-BR"]),
        (!cursor.random.one_in(4)).then(|| people::phone(&mut cursor.random)),
        format!("$argon2id$v=19$m=19456,t=2,p=1${SECRET}{code:016x}"),
        cursor.random.one_in(2).then(|| secret_bytes(cursor, 20)),
        (cursor.index == 0 || cursor.random.one_in(3)).then(|| {
            literal::array(&[
                Some(format!("{SECRET}-{:04}", code % 10_000)),
                Some(format!("{SECRET}-{:04}", code % 9_999)),
            ])
        }),
        cursor.random.one_in(2).then(|| created.plus_days(30).timestamptz()),
        cursor.random.one_in(2).then(|| people::ip_address(&mut cursor.random)),
        created.timestamptz(),
    ]
}

/// Bytes that no other row has and that begin with the mark of what never leaves.
pub(super) fn secret_bytes(cursor: &mut Cursor<'_>, length: usize) -> Vec<u8> {
    let mut bytes = SECRET.as_bytes().to_vec();
    bytes.extend(cursor.random.bytes(length));
    bytes
}

pub(super) const MEMBERSHIPS: Table = Table {
    name: "memberships",
    columns: &["user_id", "role_id", "workspace_id", "branch_id", "job_title", "since"],
    size: sizes::USERS,
    row: membership,
};

fn membership(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let branch = cursor.any_id(sizes::BRANCHES);
    row![
        cursor.id(),
        cursor.any_id(sizes::ROLES),
        cursor.tenant.key.clone(),
        (!cursor.random.one_in(3)).then_some(branch),
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
        cursor.moment().date(),
    ]
}

pub(super) const PREFERENCES: Table = Table {
    name: "preferences",
    columns: &["user_id", "language", "colour_scheme", "receipt_footer", "notifications"],
    size: sizes::USERS,
    row: preference,
};

fn preference(cursor: &mut Cursor<'_>) -> Vec<Value> {
    row![
        cursor.id(),
        cursor.random.pick([None, Some(""), Some("de-CH")]),
        cursor.random.pick(["light", "dark", "system"]),
        cursor.tenant.marked(prose::note(&mut cursor.random)),
        r#"{"mail": true, "quiet": [22, 7], "sound": "ding \"dong\" \\ 🔔"}"#,
    ]
}

pub(super) const API_TOKENS: Table = Table {
    name: "api_tokens",
    columns: &["id", "workspace_id", "user_id", "name", "token_hash", "scopes", "last_used_at"],
    size: sizes::API_TOKENS,
    row: api_token,
};

fn api_token(cursor: &mut Cursor<'_>) -> Vec<Value> {
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        cursor.any_id(sizes::USERS),
        cursor.tenant.marked("Label printer"),
        secret_bytes(cursor, 21),
        "{products.read,stock.write}",
        cursor.random.one_in(2).then(|| cursor.moment().timestamptz()),
    ]
}

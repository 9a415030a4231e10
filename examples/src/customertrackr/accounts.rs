use super::sizes;
use crate::table::{Cursor, Size, Table, Value, row};
use crate::{SECRET, people, prose};

/// How many settings each user has.
pub(super) const SETTINGS: u64 = 6;

pub(super) const ACCOUNTS: Table = Table {
    name: "accounts",
    columns: &[
        "id",
        "name",
        "country_code",
        "plan_id",
        "subscription_status",
        "billing_email",
        "stripe_customer_id",
        "stripe_payment_method_id",
        "created_at",
    ],
    size: Size::new(0, 1),
    row: account,
};

fn account(cursor: &mut Cursor<'_>) -> Vec<Value> {
    row![
        cursor.tenant.key.clone(),
        cursor.tenant.marked(cursor.tenant.label.clone()),
        cursor.random.pick(["DE", "GB", "US", "IL", "SA", "CI", "NA"]),
        // The retired fourth plan belongs to nobody.
        cursor.place as i64 % 3 + 1,
        cursor.random.pick(["trial", "active", "active", "past_due"]),
        format!("Billing+{}@example.com", cursor.place + 1),
        format!("cus_{:014x}", cursor.random.next() >> 8),
        format!("pm_{:024x}", cursor.random.next()),
        cursor.moment().iso(),
    ]
}

pub(super) const USERS: Table = Table {
    name: "users",
    columns: &[
        "id",
        "account_id",
        "email",
        "name",
        "role",
        "recovery_phone",
        "password_hash",
        "totp_secret",
        "api_token",
        "avatar",
        "created_at",
        "last_seen_at",
    ],
    size: sizes::USERS,
    row: user,
};

fn user(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let name = people::full_name(&mut cursor.random);
    let created = cursor.moment();
    let role = cursor.random.pick(["admin", "member", "member", "read only"]);
    row![
        id,
        cursor.tenant.key.clone(),
        people::email(&mut cursor.random, id),
        cursor.tenant.marked(name),
        if cursor.index == 0 { "owner" } else { role },
        (!cursor.random.one_in(4)).then(|| people::phone(&mut cursor.random)),
        format!("$argon2id$v=19$m=19456,t=2,p=1${SECRET}{:016x}", cursor.random.next()),
        cursor.random.one_in(2).then(|| format!("{SECRET}{:08X}", cursor.random.next() >> 32)),
        // The first user of every account has one, so that leaving it out always means something.
        (cursor.index == 0 || cursor.random.one_in(3))
            .then(|| format!("ct_live_{SECRET}{:016x}", cursor.random.next())),
        cursor.random.one_in(2).then(|| image(cursor)),
        created.iso(),
        cursor.random.one_in(2).then(|| created.plus_days(30).iso()),
    ]
}

/// Bytes that begin like a PNG file.
pub(super) fn image(cursor: &mut Cursor<'_>) -> Vec<u8> {
    let length = 40 + cursor.random.below(400) as usize;
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(cursor.random.bytes(length));
    bytes
}

pub(super) const PREFERENCES: Table =
    Table { name: "preferences", columns: &["user_id", "name", "value"], size: sizes::PREFERENCES, row: preference };

fn preference(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let user = cursor.id_of(cursor.index / SETTINGS);
    let (name, value) = match cursor.index % SETTINGS {
        0 => ("colour_scheme", cursor.random.pick(["dark", "light", "system"]).into()),
        1 => ("signature", cursor.tenant.marked(prose::sentence(&mut cursor.random)).into()),
        2 => ("rows_per_page", Value::Integer(cursor.random.pick([20, 50, 100]))),
        3 => ("font_scale", Value::Real(cursor.random.pick([0.9, 1.0, 1.1 + 0.1]))),
        4 => ("marketing_emails", Value::Boolean(cursor.random.one_in(2))),
        _ => ("start_page", prose::awkward(&mut cursor.random).into()),
    };
    // Only texts can carry the marker; a setting's name is free text, so it does instead.
    let name = if cursor.index % SETTINGS == 1 { name.into() } else { cursor.tenant.marked(name) };
    row![user, name, value]
}

pub(super) const SUPPORT_MESSAGES: Table = Table {
    name: "support_messages",
    columns: &["id", "account_id", "user_id", "sender_name", "sender_email", "subject", "body", "sent_at"],
    size: sizes::SUPPORT_MESSAGES,
    row: support_message,
};

fn support_message(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let user = cursor.any_id(sizes::USERS);
    let body = prose::note(&mut cursor.random);
    row![
        id,
        cursor.tenant.key.clone(),
        (!cursor.random.one_in(5)).then_some(user),
        people::full_name(&mut cursor.random),
        people::email(&mut cursor.random, id),
        prose::awkward_text(&mut cursor.random),
        cursor.tenant.marked(body),
        cursor.moment().iso(),
    ]
}

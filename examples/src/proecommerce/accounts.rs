use super::{sizes, stripe};
use crate::table::{Cursor, Table, Value, row};
use crate::{SECRET, people, prose};

pub(super) const ACCOUNTS: Table = Table {
    name: "accounts",
    columns: &[
        "id",
        "public_id",
        "name",
        "ledger_name",
        "email",
        "phone",
        "address",
        "country_code",
        "currency_code",
        "status",
        "terms",
        "stripe_customer_id",
        "settings",
        "created_at",
        "updated_at",
    ],
    size: sizes::ACCOUNTS,
    row: account,
};

fn account(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let created = cursor.moment();
    row![
        cursor.tenant.key.clone(),
        cursor.random.bytes(16),
        cursor.tenant.marked(cursor.tenant.label.clone()),
        cursor.random.pick(["Müller & Söhne", "Ñandú Ltda. £5", "CAFÉ OLÉ", "Smørrebrød ½"]),
        format!("accounts+{}@example.com", cursor.place + 1),
        people::phone(&mut cursor.random),
        people::street_address(&mut cursor.random),
        cursor.random.pick(["DE", "GB", "US", "IL", "SA", "CI", "NA"]),
        cursor.random.pick(["USD", "EUR", "GBP"]),
        cursor.random.pick(["active", "active", "suspended"]),
        cursor.random.pick(["", "net 30", "vat exempt,reseller", "net 30,early access"]),
        stripe("cus", &mut cursor.random),
        r#"{"invoice e-mail": "monthly", "theme": {"dark": true, "accent": "teal"}, "reminders": [7, 1, 0.5], "motto": "ja 🎉 \"nein\" \\ ok"}"#,
        created.datetime(),
        created.plus_days(10).datetime(),
    ]
}

pub(super) const ACCOUNT_FOLDERS: Table = Table {
    name: "account_folders",
    columns: &["id", "account_id", "parent_id", "name"],
    size: sizes::ACCOUNT_FOLDERS,
    row: account_folder,
};

fn account_folder(cursor: &mut Cursor<'_>) -> Vec<Value> {
    // A tree of twos below the first folder.
    let parent = (cursor.index > 0).then(|| cursor.id_of((cursor.index - 1) / 2));
    let name = cursor.random.pick(["Clients", "Archiv 2024", "חנות", "../etc", "🔥 urgent", "North/South"]);
    row![cursor.id(), cursor.tenant.key.clone(), parent, cursor.tenant.marked(format!("{name} {}", cursor.index + 1)),]
}

pub(super) const WEBHOOKS: Table = Table {
    name: "webhooks",
    columns: &["id", "account_id", "url", "description", "events", "signing_secret", "created_at"],
    size: sizes::WEBHOOKS,
    row: webhook,
};

fn webhook(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    row![
        id,
        cursor.tenant.key.clone(),
        format!("https://hooks.example.com/{id}?a=1&b=%22"),
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
        cursor.random.pick(["invoice.paid", "invoice.paid,domain.expiring", ""]),
        format!("whsec_{SECRET}{:016x}", cursor.random.next()),
        cursor.moment().datetime(),
    ]
}

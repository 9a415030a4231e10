use super::sizes;
use crate::table::{Cursor, Table, Value, row};
use crate::{SECRET, literal, people, prose};

pub(super) const CUSTOMERS: Table = Table {
    name: "customers",
    columns: &[
        "id",
        "workspace_id",
        "branch_id",
        "name",
        "email",
        "phone",
        "address",
        "country_code",
        "born_on",
        "tags",
        "marketing_consent",
        "details",
        "remark",
        "created_at",
    ],
    size: sizes::CUSTOMERS,
    row: customer,
};

fn customer(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let branch = cursor.any_id(sizes::BRANCHES);
    let name = match cursor.random.below(20) {
        0 => prose::awkward_text(&mut cursor.random).to_owned(),
        1..4 => people::firm(&mut cursor.random),
        _ => people::full_name(&mut cursor.random),
    };
    let tags = [prose::awkward(&mut cursor.random), Some("regular")];
    let wish = literal::json(&cursor.tenant.marked(prose::awkward_text(&mut cursor.random)));
    row![
        id,
        cursor.tenant.key.clone(),
        (!cursor.random.one_in(4)).then_some(branch),
        cursor.tenant.marked(name),
        // The first has one, so that somebody can always be asked for by their address.
        (cursor.index == 0 || !cursor.random.one_in(4)).then(|| people::email(&mut cursor.random, id)),
        cursor.random.one_in(2).then(|| people::phone(&mut cursor.random)),
        cursor.random.one_in(2).then(|| people::street_address(&mut cursor.random)),
        cursor.random.pick([None, Some("DE"), Some("GB"), Some("AE"), Some("NA"), Some("CI")]),
        cursor.random.pick([None, Some("1984-02-29"), Some("1969-12-31"), Some("2001-01-01")]),
        if cursor.random.one_in(3) { literal::array(&tags) } else { "{}".to_owned() },
        cursor.random.one_in(3),
        cursor
            .random
            .one_in(2)
            .then(|| { format!(r#"{{"wish": {wish}, "visits": {}, "debt": -0.10, "null": null}}"#, cursor.index) }),
        prose::awkward(&mut cursor.random),
        cursor.moment().timestamptz(),
    ]
}

pub(super) const DEVICES: Table = Table {
    name: "devices",
    columns: &["id", "customer_id", "brand", "model", "serial_number", "imei", "passcode", "colour", "bought_on"],
    size: sizes::DEVICES,
    row: device,
};

/// Whose device it is: every customer has one before any has two.
pub(super) fn owner_of_device(cursor: &Cursor<'_>, device: u64) -> u64 {
    device % cursor.rows(sizes::CUSTOMERS)
}

fn device(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (brand, model) = cursor.random.pick([
        ("Fairphone", "5"),
        ("Nokia", "3310 (\"unbreakable\")"),
        ("华为", "P60 专业版"),
        ("Apple", "iPhone 15 Pro, 256 GB"),
        ("Samsung", "Galaxy S24+"),
        ("-", "=unknown"),
    ]);
    row![
        cursor.id(),
        cursor.id_of(owner_of_device(cursor, cursor.index)),
        brand,
        cursor.tenant.marked(model),
        prose::awkward(&mut cursor.random),
        // Fifteen digits, a leading zero among them: text, never a number.
        cursor.random.one_in(2).then(|| format!("{:015}", cursor.random.below(100_000_000_000_000))),
        (cursor.index == 0 || cursor.random.one_in(3)).then(|| format!("{SECRET}{:04}", cursor.random.below(10_000))),
        cursor.random.pick([None, Some(""), Some("midnight blue"), Some("שחור")]),
        cursor.random.one_in(2).then(|| cursor.moment().date()),
    ]
}

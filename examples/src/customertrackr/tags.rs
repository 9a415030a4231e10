use super::sizes;
use crate::prose;
use crate::table::{Cursor, Size, Table, Value, row};

pub(super) const TAGS: Table =
    Table { name: "tags", columns: &["id", "account_id", "name", "colour"], size: sizes::TAGS, row: tag };

fn tag(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let name = cursor.random.pick(["VIP", "cold; call later", "Messe 2025", "חדש", "=hot", "🔥"]);
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        cursor.tenant.marked(format!("{name} {}", cursor.index + 1)),
        cursor.random.pick([None, Some("#ff8800"), Some("")]),
    ]
}

pub(super) const CONTACT_TAGS: Table = Table {
    name: "contact_tags",
    columns: &["contact_id", "tag_id", "added_because"],
    size: sizes::CONTACT_TAGS,
    row: contact_tag,
};

fn contact_tag(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (contact, tag) = pair(cursor, sizes::TAGS);
    row![contact, tag, cursor.tenant.marked(prose::awkward_text(&mut cursor.random))]
}

/// A contact and a row of another table: a different pair for every index.
fn pair(cursor: &Cursor<'_>, other: Size) -> (i64, i64) {
    let contacts = cursor.rows(sizes::CONTACTS);
    let (round, contact) = (cursor.index / contacts, cursor.index % contacts);
    (cursor.id_of(contact), cursor.id_of((round + contact) % cursor.rows(other)))
}

pub(super) const CUSTOM_FIELDS: Table = Table {
    name: "custom_fields",
    columns: &["id", "account_id", "name", "kind", "choices"],
    size: sizes::CUSTOM_FIELDS,
    row: custom_field,
};

/// What a field holds is decided by its index, so that values can follow it.
const KINDS: [&str; 4] = ["text", "number", "date", "choice"];

fn custom_field(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let kind = KINDS[cursor.index as usize % KINDS.len()];
    let name = cursor.random.pick(["Budget", "Größe, cm", "תאריך", "Customer's \"no.\"", "=score", "備考"]);
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        cursor.tenant.marked(format!("{name} {}", cursor.index + 1)),
        kind,
        (kind == "choice").then_some("[\"gold\", \"silver, or less\", \"\"]"),
    ]
}

pub(super) const CUSTOM_FIELD_VALUES: Table = Table {
    name: "custom_field_values",
    columns: &["contact_id", "field_id", "value", "entered_as"],
    size: sizes::CUSTOM_FIELD_VALUES,
    row: custom_field_value,
};

fn custom_field_value(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (contact, field) = pair(cursor, sizes::CUSTOM_FIELDS);
    let value = match cursor.random.below(7) {
        0 => Value::Integer(cursor.random.pick([0, -1, i64::MAX, i64::MIN, 9_007_199_254_740_993])),
        1 => Value::Real(cursor.random.pick([0.1, -2.5, 1e300, 5e-324, 100.0])),
        2 => Value::Bytes(cursor.random.bytes(5)),
        3 => "2024-02-29".into(),
        4 => "007".into(),
        _ => prose::awkward(&mut cursor.random).into(),
    };
    let entered_as = match &value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:e}"),
        Value::Text(text) => text.to_string(),
        _ => "pasted".to_owned(),
    };
    row![contact, field, value, cursor.tenant.marked(entered_as)]
}

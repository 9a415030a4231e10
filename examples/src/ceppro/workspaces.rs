use super::sizes;
use crate::table::{Cursor, Table, Value, row};
use crate::{literal, people, prose};

pub(super) const WORKSPACES: Table = Table {
    name: "workspaces",
    columns: &[
        "id",
        "name",
        "slug",
        "business",
        "country_code",
        "currency_code",
        "time_zone",
        "settings",
        "created_at",
    ],
    size: sizes::WORKSPACES,
    row: workspace,
};

fn workspace(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (country, currency, time_zone) = cursor.random.pick([
        ("DE", "EUR", "Europe/Berlin"),
        ("GB", "GBP", "Europe/London"),
        ("AE", "AED", "Asia/Dubai"),
        ("JP", "JPY", "Asia/Tokyo"),
        ("IL", "ILS", "Asia/Jerusalem"),
    ]);
    row![
        cursor.tenant.key.clone(),
        cursor.tenant.marked(cursor.tenant.label.clone()),
        format!("shop-{}", cursor.place + 1),
        cursor.random.pick(["repair", "retail", "wholesale"]),
        country,
        currency,
        time_zone,
        r#"{"tax included": true, "receipt": {"copies": 2, "rounding": 0.05}, "labels": null}"#,
        cursor.moment().timestamptz(),
    ]
}

pub(super) const BRANCHES: Table = Table {
    name: "branches",
    columns: &["id", "workspace_id", "parent_id", "name", "address", "phone", "location", "opens", "opening_hours"],
    size: sizes::BRANCHES,
    row: branch,
};

fn branch(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let site = cursor.random.pick(["Main street", "Bahnhof", "Mall, level 2", "السوق", "תחנה"]);
    let comment = literal::json(&cursor.tenant.marked(prose::awkward_text(&mut cursor.random)));
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        // The first branch is the head office of the others.
        (cursor.index > 0).then(|| cursor.id_of(0)),
        cursor.tenant.marked(format!("{site} {}", cursor.index + 1)),
        cursor.random.one_in(2).then(|| people::street_address(&mut cursor.random)),
        people::phone(&mut cursor.random),
        cursor.random.pick([None, Some("(52.520008,13.404954)"), Some("(-33.8688,151.2093)")]),
        cursor.random.pick(["08:30:00", "10:00:00", "23:59:59.999999"]),
        format!(r#"{{"mon": ["09:00", "18:00"], "sun": [], "comment": {comment}}}"#),
    ]
}

use super::{money, sizes};
use crate::table::{Cursor, Table, Value, row};
use crate::{literal, prose};

pub(super) const PRODUCTS: Table = Table {
    name: "products",
    columns: &[
        "id",
        "workspace_id",
        "supplier_id",
        "replaced_by",
        "sku",
        "name",
        "description",
        "price",
        "cost",
        "tax_rate",
        "weight_grams",
        "attributes",
        "is_archived",
    ],
    size: sizes::PRODUCTS,
    row: product,
};

pub(super) fn article(cursor: &mut Cursor<'_>) -> &'static str {
    cursor.random.pick([
        "Tempered glass 6.1\"",
        "USB-C cable, 2 m; braided",
        "Akku für Galaxy S10",
        "شاشة أصلية",
        "ケース（赤）",
        "Screwdriver 'P2'",
        "+Plus charger",
        "Écran OLED",
    ])
}

fn product(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let supplier = cursor.any_id(sizes::SUPPLIERS);
    let earlier = cursor.random.below(cursor.index);
    let is_replaced = cursor.index > 0 && cursor.random.one_in(8);
    let article = article(cursor);
    let hint = literal::json(&cursor.tenant.marked(prose::awkward_text(&mut cursor.random)));
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        (!cursor.random.one_in(6)).then_some(supplier),
        is_replaced.then(|| cursor.id_of(earlier)),
        // Looks like a number, is none.
        format!("{:06}", cursor.index),
        cursor.tenant.marked(article),
        prose::awkward(&mut cursor.random),
        money(&mut cursor.random, 0, 129_900),
        format!("{}{:02}", money(&mut cursor.random, 0, 70_000), cursor.random.below(100)),
        cursor.random.pick(["0.1900", "0.0700", "0.2000", "0"]),
        cursor.random.pick([None, Some(12.5), Some(0.1), Some(1.0e7), Some(3.3e-5)]),
        format!(r#"{{"colour": ["red", "blue"], "volt": 3.850, "hint": {hint}}}"#),
        cursor.random.one_in(12),
    ]
}

pub(super) const BARCODES: Table = Table {
    name: "barcodes",
    columns: &["workspace_id", "code", "product_id", "symbology", "label"],
    size: sizes::BARCODES,
    row: barcode,
};

fn barcode(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let product = cursor.index % cursor.rows(sizes::PRODUCTS);
    let (symbology, code) = match cursor.index % 4 {
        0 => ("EAN-13", format!("04{:011}", cursor.index)),
        1 => ("UPC-A", format!("0{:011}", cursor.index)),
        2 => ("Code 128", format!("A,{}\"B\"", cursor.index)),
        _ => ("QR", format!("https://example.com/p/{}?a=1&b='2'", cursor.index)),
    };
    row![
        cursor.tenant.key.clone(),
        code,
        cursor.id_of(product),
        symbology,
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
    ]
}

pub(super) const INVENTORY: Table = Table {
    name: "inventory",
    columns: &["branch_id", "product_id", "quantity", "reorder_level", "shelf", "counted_on"],
    size: sizes::INVENTORY,
    row: inventory,
};

/// The branch and product that an entry of the inventory counts: a different pair for every index.
fn counted(cursor: &Cursor<'_>, entry: u64) -> (i64, i64) {
    let products = cursor.rows(sizes::PRODUCTS);
    let (round, product) = (entry / products, entry % products);
    (cursor.id_of((round + product) % cursor.rows(sizes::BRANCHES)), cursor.id_of(product))
}

fn inventory(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (branch, product) = counted(cursor, cursor.index);
    let shelf = cursor.random.pick(["A-1", "B 12, top", "3-4", "חדר אחורי", ""]);
    row![
        branch,
        product,
        cursor.random.between(-2, 400),
        cursor.random.pick([None, Some(0), Some(5)]),
        cursor.tenant.marked(shelf),
        cursor.random.one_in(2).then(|| cursor.moment().date()),
    ]
}

pub(super) const STOCK_MOVEMENTS: Table = Table {
    name: "stock_movements",
    columns: &[
        "id",
        "workspace_id",
        "branch_id",
        "product_id",
        "user_id",
        "kind",
        "quantity",
        "unit_cost",
        "reason",
        "moved_at",
    ],
    size: sizes::STOCK_MOVEMENTS,
    row: stock_movement,
};

fn stock_movement(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let entry = cursor.any(sizes::INVENTORY);
    let (branch, product) = counted(cursor, entry);
    let quantity = cursor.random.between(1, 60);
    let (kind, quantity) = match cursor.random.below(6) {
        0 => ("received", quantity),
        1 => ("sold", -quantity),
        2 => ("used in repair", -1),
        3 => ("returned", 1),
        4 => ("counted", quantity - 100),
        _ => ("written off", -quantity),
    };
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        branch,
        product,
        cursor.any_id(sizes::USERS),
        kind,
        quantity,
        cursor.random.pick([None, Some("0.0001"), Some("12.5000"), Some("9999999999.9999")]),
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
        cursor.moment().timestamptz(),
    ]
}

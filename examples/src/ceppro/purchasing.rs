use super::sizes::{self, LINES_PER_ORDER};
use super::stock::article;
use crate::table::{Cursor, Table, Value, row};
use crate::{people, prose};

pub(super) const SUPPLIERS: Table = Table {
    name: "suppliers",
    columns: &[
        "id",
        "workspace_id",
        "name",
        "contact_name",
        "email",
        "phone",
        "country_code",
        "tax_number",
        "payment_days",
    ],
    size: sizes::SUPPLIERS,
    row: supplier,
};

fn supplier(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let firm = people::firm(&mut cursor.random);
    row![
        id,
        cursor.tenant.key.clone(),
        cursor.tenant.marked(firm),
        cursor.random.one_in(2).then(|| people::full_name(&mut cursor.random)),
        cursor.random.one_in(2).then(|| people::email(&mut cursor.random, id)),
        people::phone(&mut cursor.random),
        cursor.random.pick([None, Some("CN"), Some("KR"), Some("PL")]),
        Some(format!("{:011}", cursor.random.below(10_000_000_000))),
        cursor.random.pick([None, Some(0), Some(30)]),
    ]
}

pub(super) const PURCHASE_ORDERS: Table = Table {
    name: "purchase_orders",
    columns: &[
        "id",
        "workspace_id",
        "branch_id",
        "supplier_id",
        "number",
        "currency_code",
        "ordered_on",
        "expected_on",
        "remark",
    ],
    size: sizes::PURCHASE_ORDERS,
    row: purchase_order,
};

fn purchase_order(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let ordered = cursor.moment();
    let remark = prose::note(&mut cursor.random);
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        cursor.any_id(sizes::BRANCHES),
        cursor.any_id(sizes::SUPPLIERS),
        format!("PO/{:05}", cursor.index + 1),
        cursor.random.pick(["EUR", "USD", "KWD", "JPY"]),
        ordered.date(),
        cursor.random.one_in(2).then(|| ordered.plus_days(14).date()),
        cursor.tenant.marked(remark),
    ]
}

pub(super) const PURCHASE_ORDER_LINES: Table = Table {
    name: "purchase_order_lines",
    columns: &["purchase_order_id", "line", "product_id", "description", "quantity", "unit_cost"],
    size: sizes::PURCHASE_ORDER_LINES,
    row: purchase_order_line,
};

fn purchase_order_line(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let product = cursor.any_id(sizes::PRODUCTS);
    let article = article(cursor);
    row![
        cursor.id_of(cursor.index / LINES_PER_ORDER),
        (cursor.index % LINES_PER_ORDER) as i64 + 1,
        (!cursor.random.one_in(10)).then_some(product),
        cursor.tenant.marked(article),
        cursor.random.between(1, 500),
        format!("{}.{:04}", cursor.random.below(300), cursor.random.below(10_000)),
    ]
}

pub(super) const RECEIVING_RECORDS: Table = Table {
    name: "receiving_records",
    columns: &["id", "purchase_order_id", "received_by", "delivery_note", "received_at"],
    size: sizes::RECEIVING_RECORDS,
    row: receiving_record,
};

fn receiving_record(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let user = cursor.any_id(sizes::USERS);
    row![
        cursor.id(),
        // One delivery for each of the first orders: the same index, so the same id.
        cursor.id(),
        (!cursor.random.one_in(5)).then_some(user),
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
        cursor.moment().plus_days(7).timestamptz(),
    ]
}

pub(super) const RECEIVING_LINES: Table = Table {
    name: "receiving_lines",
    columns: &["receiving_record_id", "purchase_order_id", "line", "quantity", "condition"],
    size: sizes::RECEIVING_LINES,
    row: receiving_line,
};

fn receiving_line(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let record = cursor.id_of(cursor.index / LINES_PER_ORDER);
    row![
        record,
        record,
        (cursor.index % LINES_PER_ORDER) as i64 + 1,
        cursor.random.between(0, 500),
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
    ]
}

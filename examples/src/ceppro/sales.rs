use super::sizes::{self, LINES_PER_SALE};
use super::stock::article;
use super::{money, uuid};
use crate::calendar::Moment;
use crate::prose;
use crate::table::{Cursor, Table, Value, row};

pub(super) const CASHIER_SHIFTS: Table = Table {
    name: "cashier_shifts",
    columns: &["id", "workspace_id", "branch_id", "user_id", "worked", "cash_at_opening", "cash_at_closing", "remark"],
    size: sizes::CASHIER_SHIFTS,
    row: cashier_shift,
};

fn cashier_shift(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let begin = cursor.moment();
    let is_open = cursor.index + 1 == cursor.rows(sizes::CASHIER_SHIFTS);
    let end = if is_open { String::new() } else { begin.plus_seconds(30_600).timestamptz() };
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        cursor.any_id(sizes::BRANCHES),
        cursor.any_id(sizes::USERS),
        format!("[\"{}\",{end})", begin.timestamptz()),
        money(&mut cursor.random, 0, 50_000),
        (!is_open).then(|| money(&mut cursor.random, -500, 250_000)),
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
    ]
}

pub(super) const RETAIL_SALES: Table = Table {
    name: "retail_sales",
    columns: &[
        "id",
        "workspace_id",
        "shift_id",
        "customer_id",
        "receipt_number",
        "currency_code",
        "net",
        "tax",
        "paid_by",
        "payment_reference",
        "remark",
        "sold_at",
    ],
    size: sizes::RETAIL_SALES,
    row: retail_sale,
};

fn retail_sale(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let customer = cursor.any_id(sizes::CUSTOMERS);
    let paid_by = cursor.random.pick(["cash", "card", "transfer", "on account"]);
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        cursor.any_id(sizes::CASHIER_SHIFTS),
        cursor.random.one_in(2).then_some(customer),
        format!("{:08}", cursor.index + 1),
        cursor.random.pick(["EUR", "GBP", "AED"]),
        money(&mut cursor.random, 100, 150_000),
        money(&mut cursor.random, 0, 30_000),
        paid_by,
        (paid_by == "card").then(|| format!("pi_{:024x}", cursor.random.next())),
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
        cursor.moment().timestamptz(),
    ]
}

pub(super) const SALE_LINES: Table = Table {
    name: "sale_lines",
    columns: &["sale_id", "line", "product_id", "description", "quantity", "unit_price", "discount"],
    size: sizes::SALE_LINES,
    row: sale_line,
};

fn sale_line(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let product = cursor.any_id(sizes::PRODUCTS);
    let article = article(cursor);
    row![
        cursor.id_of(cursor.index / LINES_PER_SALE),
        (cursor.index % LINES_PER_SALE) as i64 + 1,
        (!cursor.random.one_in(10)).then_some(product),
        cursor.tenant.marked(article),
        cursor.random.pick(["1.000", "2.000", "0.125", "-1.000"]),
        money(&mut cursor.random, 100, 90_000),
        cursor.random.pick([0.0, 0.1, 0.1 + 0.2, 1.0 / 3.0]),
    ]
}

pub(super) const REFUNDS: Table = Table {
    name: "refunds",
    columns: &["id", "sale_id", "refunded_by", "amount", "reason", "refunded_at"],
    size: sizes::REFUNDS,
    row: refund,
};

fn refund(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let reason = prose::note(&mut cursor.random);
    row![
        cursor.id(),
        cursor.any_id(sizes::RETAIL_SALES),
        cursor.any_id(sizes::USERS),
        money(&mut cursor.random, 1, 20_000),
        cursor.tenant.marked(reason),
        cursor.moment().timestamptz(),
    ]
}

pub(super) const ACCOUNTING_ENTRIES: Table = Table {
    name: "accounting_entries",
    columns: &["id", "workspace_id", "sale_id", "booked_on", "account_code", "debit", "credit", "description"],
    size: sizes::ACCOUNTING_ENTRIES,
    row: accounting_entry,
};

fn accounting_entry(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let sale = cursor.any_id(sizes::RETAIL_SALES);
    let amount = money(&mut cursor.random, 1, 10_000_000);
    let nothing = "0.00".to_owned();
    let (debit, credit) = if cursor.index.is_multiple_of(2) { (amount, nothing) } else { (nothing, amount) };
    row![
        uuid(&mut cursor.random),
        cursor.tenant.key.clone(),
        (!cursor.random.one_in(3)).then_some(sale),
        cursor.moment().date(),
        cursor.random.pick(["0010", "1600", "8400", "4930-1"]),
        debit,
        credit,
        cursor.tenant.marked(prose::sentence(&mut cursor.random)),
    ]
}

pub(super) const DAILY_REPORTS: Table = Table {
    name: "daily_reports",
    columns: &["branch_id", "day", "figures", "comment"],
    size: sizes::DAILY_REPORTS,
    row: daily_report,
};

fn daily_report(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let branches = cursor.rows(sizes::BRANCHES);
    let days_ago = (cursor.index / branches) as i64 + 1;
    row![
        cursor.id_of(cursor.index % branches),
        Moment::within(1, 1).plus_days(-days_ago).date(),
        format!(
            r#"{{"sales": {}, "revenue": {}, "hours": {{"9": 3, "10": 12}}}}"#,
            cursor.random.below(90),
            money(&mut cursor.random, 0, 900_000),
        ),
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
    ]
}

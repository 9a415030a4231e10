use super::{sizes, stripe};
use crate::random::Random;
use crate::table::{Cursor, Table, Value, row};
use crate::{literal, money, people, prose};

pub(super) const PAYMENT_METHODS: Table = Table {
    name: "payment_methods",
    columns: &[
        "id",
        "account_id",
        "stripe_customer_id",
        "stripe_payment_method_id",
        "label",
        "brand",
        "last_four",
        "expires_month",
        "expires_year",
        "added_at",
    ],
    size: sizes::PAYMENT_METHODS,
    row: payment_method,
};

fn payment_method(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let label = cursor.random.pick(["Company card", "Firmenkonto", "Boss's card; only for rent"]);
    let card = !cursor.random.one_in(4);
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        stripe("cus", &mut cursor.random),
        stripe("pm", &mut cursor.random),
        cursor.tenant.marked(label),
        if card { cursor.random.pick(["visa", "mastercard"]) } else { "sepa debit" },
        card.then(|| format!("{:04}", cursor.random.below(10_000))),
        card.then(|| cursor.random.between(1, 12)),
        card.then(|| cursor.random.between(2_026, 2_031)),
        cursor.moment().datetime(),
    ]
}

pub(super) const SUBSCRIPTIONS: Table = Table {
    name: "subscriptions",
    columns: &[
        "id",
        "account_id",
        "plan_id",
        "payment_method_id",
        "stripe_subscription_id",
        "status",
        "quantity",
        "price",
        "started_on",
        "renews_on",
        "cancelled_at",
        "remark",
    ],
    size: sizes::SUBSCRIPTIONS,
    row: subscription,
};

fn subscription(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let method = cursor.any_id(sizes::PAYMENT_METHODS);
    let started = cursor.moment();
    let cancelled = cursor.random.one_in(6);
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        // The retired fourth plan belongs to nobody.
        cursor.index as i64 % 3 + 1,
        (!cursor.random.one_in(5)).then_some(method),
        cursor.random.one_in(2).then(|| stripe("sub", &mut cursor.random)),
        if cancelled { "cancelled" } else { cursor.random.pick(["trialing", "active", "past_due"]) },
        cursor.random.between(1, 40),
        money::between(&mut cursor.random, 0, 30_000),
        started.date(),
        (!cancelled).then(|| started.plus_days(365).date()),
        cancelled.then(|| started.plus_days(100).datetime()),
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
    ]
}

pub(super) const INVOICES: Table = Table {
    name: "invoices",
    columns: &[
        "id",
        "account_id",
        "subscription_id",
        "public_id",
        "number",
        "status",
        "issued_on",
        "due_on",
        "currency_code",
        "net",
        "tax",
        "billing_address",
        "footer",
    ],
    size: sizes::INVOICES,
    row: invoice,
};

fn invoice(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let subscription = cursor.any_id(sizes::SUBSCRIPTIONS);
    let issued = cursor.moment();
    row![
        id,
        cursor.tenant.key.clone(),
        (!cursor.random.one_in(5)).then_some(subscription),
        ulid(&mut cursor.random),
        format!("INV-{id:08}"),
        cursor.random.pick(["draft", "open", "paid", "paid", "void"]),
        issued.date(),
        issued.plus_days(14).date(),
        cursor.random.pick(["EUR", "USD"]),
        money::between(&mut cursor.random, 900, 20_000),
        money::between(&mut cursor.random, 0, 4_000),
        people::street_address(&mut cursor.random),
        cursor.tenant.marked("Thank you.\nReverse charge: Steuerschuldnerschaft des Leistungsempfängers"),
    ]
}

/// 26 characters of Crockford's alphabet (the ULID specification); the first is at most 7.
fn ulid(random: &mut Random) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    (0..26)
        .map(|place| {
            let letters = if place == 0 { 8 } else { ALPHABET.len() };
            char::from(ALPHABET[random.below(letters as u64) as usize])
        })
        .collect()
}

pub(super) const INVOICE_LINES: Table = Table {
    name: "invoice_lines",
    columns: &["invoice_id", "number", "description", "quantity", "unit_price", "amount"],
    size: sizes::INVOICE_LINES,
    row: invoice_line,
};

fn invoice_line(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (invoice, line) = (cursor.index / sizes::LINES_PER_INVOICE, cursor.index % sizes::LINES_PER_INVOICE);
    let text = cursor.random.pick(["Hosting, one month", "Domain renewal \"shop.example\"", "ドメイン更新", "=1+1"]);
    row![
        cursor.id_of(invoice),
        line as i64 + 1,
        cursor.tenant.marked(text),
        cursor.random.pick(["1.000", "0.500", "12.000", "-1.000"]),
        cursor.random.pick(["4.9900", "0.0001", "1299.5000"]),
        money::between(&mut cursor.random, -5_000, 90_000),
    ]
}

pub(super) const INVOICE_LINE_TAXES: Table = Table {
    name: "invoice_line_taxes",
    columns: &["invoice_id", "line_number", "name", "rate", "amount"],
    size: sizes::INVOICES,
    row: invoice_line_tax,
};

fn invoice_line_tax(cursor: &mut Cursor<'_>) -> Vec<Value> {
    row![
        cursor.id(),
        cursor.random.between(1, sizes::LINES_PER_INVOICE as i64),
        cursor.tenant.marked(cursor.random.pick(["VAT", "MwSt. 19 %", "GST/HST"])),
        cursor.random.pick(["19.0000", "7.7000", "0.0000"]),
        money::between(&mut cursor.random, 0, 4_000),
    ]
}

pub(super) const TRANSACTIONS: Table = Table {
    name: "transactions",
    columns: &[
        "id",
        "account_id",
        "invoice_id",
        "payment_method_id",
        "kind",
        "amount",
        "fee",
        "currency_code",
        "stripe_charge_id",
        "description",
        "gateway_response",
        "happened_at",
    ],
    size: sizes::TRANSACTIONS,
    row: transaction,
};

fn transaction(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (invoice, method) = (cursor.any_id(sizes::INVOICES), cursor.any_id(sizes::PAYMENT_METHODS));
    let said = literal::json(prose::sentence(&mut cursor.random));
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        (!cursor.random.one_in(6)).then_some(invoice),
        (!cursor.random.one_in(4)).then_some(method),
        cursor.random.pick(["payment", "payment", "refund", "chargeback", "adjustment"]),
        cursor.random.pick(["9999999999.99", "-0.01", "19.90", "120.00", "-4500.00"]),
        money::between(&mut cursor.random, 0, 500),
        cursor.random.pick(["EUR", "USD", "JPY"]),
        cursor.random.one_in(2).then(|| stripe("ch", &mut cursor.random)),
        cursor.tenant.marked(prose::sentence(&mut cursor.random)),
        cursor.random.one_in(3).then(|| format!(r#"{{"outcome": {said}, "risk": 0.07, "three_d_secure": null}}"#)),
        cursor.moment().datetime(),
    ]
}

pub(super) const CREDIT_ENTRIES: Table = Table {
    name: "credit_entries",
    columns: &["id", "account_id", "transaction_id", "amount", "balance_after", "reason", "created_at"],
    size: sizes::CREDIT_ENTRIES,
    row: credit_entry,
};

fn credit_entry(cursor: &mut Cursor<'_>) -> Vec<Value> {
    // Twenty come in and fifteen go out in turns, so that every balance can be told from its index.
    const IN: i64 = 2_000;
    const OUT: i64 = -1_500;
    let transaction = cursor.any_id(sizes::TRANSACTIONS);
    let index = cursor.index as i64;
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        cursor.random.one_in(2).then_some(transaction),
        money::spelled(if index % 2 == 0 { IN } else { OUT }),
        money::spelled((index / 2 + 1) * IN + (index + 1) / 2 * OUT),
        cursor.tenant.marked(cursor.random.pick(["Overpaid", "Gutschrift: Ausfall am 3. Mai", "Used for an invoice"])),
        cursor.moment().datetime(),
    ]
}

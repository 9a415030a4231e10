use super::{money, sizes};
use crate::table::{Cursor, Table, Value, row};
use crate::{literal, prose};

pub(super) const SUBSCRIPTIONS: Table = Table {
    name: "subscriptions",
    columns: &[
        "id",
        "workspace_id",
        "plan_id",
        "status",
        "billing_email",
        "provider_customer_id",
        "provider_subscription_id",
        "period",
        "remark",
    ],
    size: sizes::SUBSCRIPTIONS,
    row: subscription,
};

fn subscription(cursor: &mut Cursor<'_>) -> Vec<Value> {
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        // The retired fourth plan belongs to nobody.
        cursor.place as i64 % 3 + 1,
        cursor.random.pick(["trialing", "active", "past_due"]),
        format!("billing+{}@example.com", cursor.place + 1),
        format!("cus_{:014x}", cursor.random.next() >> 8),
        format!("sub_{:024x}", cursor.random.next()),
        cursor.random.pick(["[2025-01-01,2026-01-01)", "[2025-12-01,)"]),
        cursor.tenant.marked(prose::awkward_text(&mut cursor.random)),
    ]
}

pub(super) const PAYMENT_METHODS: Table = Table {
    name: "payment_methods",
    columns: &["id", "workspace_id", "provider_reference", "label", "expires_on", "added_at"],
    size: sizes::PAYMENT_METHODS,
    row: payment_method,
};

fn payment_method(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let label = cursor.random.pick(["Company card", "Firmenkonto", "Boss's card; only for rent"]);
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        format!("pm_{:024x}", cursor.random.next()),
        cursor.tenant.marked(label),
        cursor.random.pick([None, Some("2027-02-28"), Some("2028-12-31")]),
        cursor.moment().timestamptz(),
    ]
}

pub(super) const INVOICES: Table = Table {
    name: "invoices",
    columns: &[
        "id",
        "workspace_id",
        "subscription_id",
        "payment_method_id",
        "number",
        "issued_on",
        "currency_code",
        "net",
        "tax",
        "payment_reference",
        "lines",
        "footer",
    ],
    size: sizes::INVOICES,
    row: invoice,
};

fn invoice(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let method = cursor.any_id(sizes::PAYMENT_METHODS);
    let text = literal::json(&cursor.tenant.marked("CepPro \"Shop\", one month"));
    let net = money(&mut cursor.random, 900, 20_000);
    row![
        id,
        cursor.tenant.key.clone(),
        cursor.any_id(sizes::SUBSCRIPTIONS),
        (!cursor.random.one_in(4)).then_some(method),
        format!("INV-{id:08}"),
        cursor.moment().date(),
        cursor.random.pick(["EUR", "USD"]),
        net.clone(),
        money(&mut cursor.random, 0, 4_000),
        cursor.random.one_in(2).then(|| format!("pi_{:024x}", cursor.random.next())),
        format!(r#"[{{"text": {text}, "net": {net}, "quantity": 1}}]"#),
        cursor.tenant.marked("Thank you.\nReverse charge: Steuerschuldnerschaft des Leistungsempfängers"),
    ]
}

use super::customers::owner_of_device;
use super::{money, sizes};
use crate::table::{Cursor, Table, Value, row};
use crate::{literal, prose};

pub(super) const REPAIR_TICKETS: Table = Table {
    name: "repair_tickets",
    columns: &[
        "id",
        "workspace_id",
        "branch_id",
        "customer_id",
        "device_id",
        "technician_id",
        "number",
        "status",
        "problem",
        "diagnosis",
        "accessories",
        "parts",
        "labour",
        "warranty",
        "warranty_until",
        "received_at",
        "collected_at",
    ],
    size: sizes::REPAIR_TICKETS,
    row: repair_ticket,
};

const OPEN: [&str; 5] = ["received", "diagnosed", "waiting for parts", "in repair", "ready"];

fn repair_ticket(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let device = cursor.any(sizes::DEVICES);
    let technician = cursor.any_id(sizes::USERS);
    let received = cursor.moment();
    let is_open = cursor.random.one_in(6);
    let problem = prose::note(&mut cursor.random);
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        cursor.any_id(sizes::BRANCHES),
        cursor.id_of(owner_of_device(cursor, device)),
        (!cursor.random.one_in(10)).then(|| cursor.id_of(device)),
        (!cursor.random.one_in(5)).then_some(technician),
        format!("R-{:07}", cursor.index + 1),
        if is_open { cursor.random.pick(OPEN) } else { cursor.random.pick(["collected", "cancelled"]) },
        cursor.tenant.marked(problem),
        prose::awkward(&mut cursor.random),
        cursor.random.pick([None, Some("{}"), Some("{charger,\"case, red\"}"), Some("{NULL,\"\"}")]),
        money(&mut cursor.random, 0, 40_000),
        money(&mut cursor.random, 1_500, 12_000),
        cursor.random.pick([None, Some("1 year"), Some("90 days"), Some("1 mon -2 days +03:04:05.6")]),
        cursor.random.pick([None, Some("2026-06-30"), Some("infinity")]),
        received.timestamptz(),
        (!is_open).then(|| received.plus_days(3).timestamptz()),
    ]
}

pub(super) const TICKET_HISTORY: Table = Table {
    name: "ticket_history",
    columns: &["id", "ticket_id", "user_id", "status_before", "status_after", "comment", "change", "happened_at"],
    size: sizes::TICKET_HISTORY,
    row: ticket_history,
};

fn ticket_history(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let user = cursor.any_id(sizes::USERS);
    let step = cursor.random.below(4) as usize;
    let comment = prose::note(&mut cursor.random);
    let said = literal::json(&cursor.tenant.marked(prose::sentence(&mut cursor.random)));
    row![
        cursor.id(),
        cursor.any_id(sizes::REPAIR_TICKETS),
        (!cursor.random.one_in(6)).then_some(user),
        (step > 0).then_some(OPEN[step]),
        OPEN[step + 1],
        cursor.tenant.marked(comment),
        cursor.random.one_in(2).then(|| format!(r#"{{"labour": [15.00, 22.50], "said": {said}}}"#)),
        cursor.moment().timestamptz(),
    ]
}

pub(super) const NOTES: Table = Table {
    name: "notes",
    columns: &["id", "customer_id", "ticket_id", "author_id", "body", "attachment", "written_at"],
    size: sizes::NOTES,
    row: note,
};

fn note(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (customer, ticket) = (cursor.any_id(sizes::CUSTOMERS), cursor.any_id(sizes::REPAIR_TICKETS));
    // By customer, by ticket and by both, so that each way in finds rows that the other does not.
    let (customer, ticket) = match cursor.index % 3 {
        0 => (Some(customer), None),
        1 => (None, Some(ticket)),
        _ => (Some(customer), Some(ticket)),
    };
    let body = prose::note(&mut cursor.random);
    let length = cursor.random.below(300) as usize;
    row![
        cursor.id(),
        customer,
        ticket,
        cursor.any_id(sizes::USERS),
        cursor.tenant.marked(body),
        match cursor.random.below(10) {
            0 => Some(Vec::new()),
            1 | 2 => Some(cursor.random.bytes(length)),
            _ => None,
        },
        cursor.moment().timestamptz(),
    ]
}

use super::sizes;
use crate::table::{Cursor, Table, Value, row};
use crate::{literal, people, prose};

pub(super) const NOTES: Table = Table {
    name: "notes",
    columns: &["id", "notable_type", "notable_id", "author_id", "body", "pinned", "created_at"],
    size: sizes::NOTES,
    row: note,
};

fn note(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (class, size) = [
        ("App\\Models\\Domain", sizes::DOMAINS),
        ("App\\Models\\HostingService", sizes::HOSTING_SERVICES),
        ("App\\Models\\Invoice", sizes::INVOICES),
        ("App\\Models\\Ticket", sizes::TICKETS),
    ][cursor.index as usize % 4];
    let author = cursor.any_id(sizes::CONTACTS);
    let body = prose::note(&mut cursor.random);
    row![
        cursor.id(),
        class,
        cursor.any_id(size),
        (!cursor.random.one_in(4)).then_some(author),
        cursor.tenant.marked(body),
        cursor.random.one_in(20),
        cursor.moment().datetime(),
    ]
}

pub(super) const AUDIT_LOG: Table = Table {
    name: "audit_log",
    columns: &[
        "id",
        "account_id",
        "contact_id",
        "staff_id",
        "action",
        "subject_type",
        "subject_id",
        "changes",
        "ip",
        "user_agent",
        "happened_at",
    ],
    size: sizes::AUDIT_LOG,
    row: audit,
};

fn audit(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let contact = cursor.any_id(sizes::CONTACTS);
    let ours = cursor.random.one_in(6);
    let subject = match cursor.random.below(3) {
        0 => None,
        1 => Some(("App\\Models\\Invoice", cursor.any_id(sizes::INVOICES))),
        _ => Some(("App\\Models\\Domain", cursor.any_id(sizes::DOMAINS))),
    };
    let (before, after) = (prose::awkward_text(&mut cursor.random), prose::awkward_text(&mut cursor.random));
    let changes = format!(r#"{{"note": [{}, {}]}}"#, literal::json(before), literal::json(after));
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        (!ours).then_some(contact),
        ours.then(|| cursor.random.between(1, 3)),
        cursor.random.pick(["invoice.paid", "domain.renewed", "contact.invited", "credit.used", "export.asked"]),
        subject.map(|(class, _)| class),
        subject.map(|(_, id)| id),
        (!cursor.random.one_in(4)).then_some(changes),
        (!cursor.random.one_in(9)).then(|| people::ip_address(&mut cursor.random)),
        cursor.tenant.marked(people::user_agent(&mut cursor.random)),
        cursor.moment().datetime(),
    ]
}

use super::{packed, sizes};
use crate::table::{Cursor, Table, Value, row};
use crate::{literal, people, prose};

pub(super) const TICKETS: Table = Table {
    name: "tickets",
    columns: &[
        "id",
        "account_id",
        "contact_id",
        "category_id",
        "staff_id",
        "number",
        "subject",
        "status",
        "rating",
        "opened_at",
        "closed_at",
    ],
    size: sizes::TICKETS,
    row: ticket,
};

fn ticket(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let contact = cursor.any_id(sizes::CONTACTS);
    let opened = cursor.moment();
    let closed = cursor.random.one_in(2);
    row![
        id,
        cursor.tenant.key.clone(),
        (!cursor.random.one_in(6)).then_some(contact),
        // Never a parent alone: `Billing` is needed only because something below it is. The last two belong to nobody.
        cursor.random.pick([2, 3, 4]),
        cursor.random.pick([None, Some(1), Some(2)]),
        format!("T-{id:07}"),
        cursor.tenant.marked(prose::sentence(&mut cursor.random)),
        if closed { "closed" } else { cursor.random.pick(["open", "waiting for customer"]) },
        cursor.random.pick([None, Some(-1), Some(0), Some(5)]),
        opened.datetime(),
        closed.then(|| opened.plus_days(2).datetime()),
    ]
}

pub(super) const TICKET_MESSAGES: Table = Table {
    name: "ticket_messages",
    columns: &["id", "ticket_id", "contact_id", "staff_id", "body", "ip", "written_at"],
    size: sizes::TICKET_MESSAGES,
    row: ticket_message,
};

fn ticket_message(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let contact = cursor.any_id(sizes::CONTACTS);
    let ours = cursor.random.one_in(3);
    // A few have a NUL, pasted from a broken mail program.
    let body = match cursor.index % 97 {
        13 => "pasted\0from an old mail program".into(),
        14 => "Traceback\\n'; drop table accounts; --\\".into(),
        _ => prose::note(&mut cursor.random),
    };
    row![
        cursor.id(),
        cursor.any_id(sizes::TICKETS),
        (!ours).then_some(contact),
        ours.then(|| cursor.random.between(1, 3)),
        cursor.tenant.marked(body),
        packed(&people::ip_address(&mut cursor.random)),
        cursor.moment().datetime(),
    ]
}

pub(super) const EMAILS: Table = Table {
    name: "emails",
    columns: &[
        "id",
        "account_id",
        "contact_id",
        "ticket_id",
        "direction",
        "message_id",
        "sender",
        "recipients",
        "subject",
        "body",
        "sent_at",
    ],
    size: sizes::EMAILS,
    row: email,
};

fn email(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let id = cursor.id();
    let (contact, ticket) = (cursor.any_id(sizes::CONTACTS), cursor.any_id(sizes::TICKETS));
    let (sender, recipient) = (people::email(&mut cursor.random, id), people::email(&mut cursor.random, id));
    let body = prose::note(&mut cursor.random);
    row![
        id,
        cursor.tenant.key.clone(),
        (!cursor.random.one_in(5)).then_some(contact),
        (!cursor.random.one_in(4)).then_some(ticket),
        cursor.random.pick(["in", "out"]),
        format!("<{:016x}.{id}@mail.example.com>", cursor.random.next()),
        sender,
        format!("[{}]", literal::json(&recipient)),
        prose::awkward(&mut cursor.random),
        cursor.tenant.marked(body),
        cursor.moment().datetime(),
    ]
}

pub(super) const ATTACHMENTS: Table = Table {
    name: "attachments",
    columns: &["id", "ticket_message_id", "email_id", "file_name", "media_type", "content"],
    size: sizes::ATTACHMENTS,
    row: attachment,
};

fn attachment(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (message, email) = (cursor.any_id(sizes::TICKET_MESSAGES), cursor.any_id(sizes::EMAILS));
    // On a message, on a mail and on both, so that each way in finds rows that the other does not.
    let (message, email) = match cursor.index % 3 {
        0 => (Some(message), None),
        1 => (None, Some(email)),
        _ => (Some(message), Some(email)),
    };
    let file_name = cursor.random.pick(["invoice.pdf", "../../etc/passwd", "Angebot ü.docx", "a\"b.png", "📷.jpg"]);
    // The first is empty: an empty BLOB is not NULL.
    let length = if cursor.index == 0 { 0 } else { cursor.random.below(2_000) as usize };
    row![
        cursor.id(),
        message,
        email,
        cursor.tenant.marked(file_name),
        cursor.random.pick(["application/pdf", "image/png", "application/octet-stream"]),
        cursor.random.bytes(length),
    ]
}

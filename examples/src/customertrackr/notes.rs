use super::sizes;
use crate::table::{Cursor, Table, Value, row};
use crate::{people, prose};

pub(super) const NOTES: Table = Table {
    name: "notes",
    columns: &["id", "contact_id", "author_id", "title", "body", "pinned", "created_at"],
    size: sizes::NOTES,
    row: note,
};

fn note(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let author = cursor.any_id(sizes::USERS);
    // SQLite keeps a NUL inside a text; a few notes have one, pasted from a broken mail program.
    let body = if cursor.index % 97 == 13 {
        "pasted\0from an old mail program".into()
    } else {
        prose::note(&mut cursor.random)
    };
    row![
        cursor.id(),
        cursor.any_id(sizes::CONTACTS),
        (!cursor.random.one_in(9)).then_some(author),
        prose::awkward(&mut cursor.random),
        cursor.tenant.marked(body),
        cursor.random.one_in(20),
        cursor.moment().iso(),
    ]
}

pub(super) const NOTE_ATTACHMENTS: Table = Table {
    name: "note_attachments",
    columns: &["id", "note_id", "file_name", "media_type", "content"],
    size: sizes::NOTE_ATTACHMENTS,
    row: note_attachment,
};

fn note_attachment(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let file_name = cursor.random.pick(["offer.pdf", "../../etc/passwd", "Angebot ü.docx", "a\"b.png"]);
    // The first is empty: an empty BLOB is not NULL.
    let length = if cursor.index == 0 { 0 } else { cursor.random.below(2_000) as usize };
    row![
        cursor.id(),
        cursor.any_id(sizes::NOTES),
        cursor.tenant.marked(file_name),
        cursor.random.pick(["application/pdf", "image/png", "application/octet-stream"]),
        cursor.random.bytes(length),
    ]
}

pub(super) const ACTIVITIES: Table = Table {
    name: "activities",
    columns: &["id", "contact_id", "company_id", "user_id", "kind", "subject", "outcome", "minutes", "happened_at"],
    size: sizes::ACTIVITIES,
    row: activity,
};

fn activity(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (contact, company) = (cursor.any_id(sizes::CONTACTS), cursor.any_id(sizes::COMPANIES));
    // By person, by company and by both, so that each way in finds rows that the other does not.
    let (contact, company) = match cursor.index % 3 {
        0 => (Some(contact), None),
        1 => (None, Some(company)),
        _ => (Some(contact), Some(company)),
    };
    let with = people::full_name(&mut cursor.random);
    row![
        cursor.id(),
        contact,
        company,
        cursor.any_id(sizes::USERS),
        cursor.random.pick(["call", "mail", "meeting", "task"]),
        cursor.tenant.marked(format!("With {with}")),
        prose::awkward(&mut cursor.random),
        cursor.random.pick([None, Some(0), Some(15), Some(90)]),
        cursor.moment().iso(),
    ]
}

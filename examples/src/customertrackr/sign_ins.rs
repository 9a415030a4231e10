use super::sizes;
use crate::table::{Cursor, Table, Value, row};
use crate::{SECRET, people, prose};

pub(super) const SESSIONS: Table = Table {
    name: "sessions",
    columns: &["id", "user_id", "token_hash", "device_name", "user_agent", "ip_address", "started_at", "expires_at"],
    size: sizes::SESSIONS,
    row: session,
};

fn session(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let started = cursor.moment();
    let mut token_hash = SECRET.as_bytes().to_vec();
    token_hash.extend(cursor.random.bytes(21));
    row![
        cursor.id(),
        cursor.any_id(sizes::USERS),
        token_hash,
        prose::awkward(&mut cursor.random),
        cursor.tenant.marked(people::user_agent(&mut cursor.random)),
        people::ip_address(&mut cursor.random),
        started.iso(),
        started.plus_days(14).iso(),
    ]
}

pub(super) const LOGIN_EVENTS: Table = Table {
    name: "login_events",
    columns: &["id", "user_id", "outcome", "ip_address", "user_agent", "device_identifier", "detail", "happened_at"],
    size: sizes::LOGIN_EVENTS,
    row: login_event,
};

fn login_event(cursor: &mut Cursor<'_>) -> Vec<Value> {
    row![
        cursor.id(),
        cursor.any_id(sizes::USERS),
        cursor.random.pick(["signed in", "signed in", "signed out", "wrong password", "wrong code"]),
        people::ip_address(&mut cursor.random),
        cursor.tenant.marked(people::user_agent(&mut cursor.random)),
        cursor.random.one_in(2).then(|| format!("{:016x}", cursor.random.next())),
        cursor.random.one_in(9).then(|| prose::sentence(&mut cursor.random)),
        cursor.moment().iso(),
    ]
}

pub(super) const USAGE_EVENTS: Table = Table {
    name: "usage_events",
    columns: &["id", "user_id", "page", "feature", "seconds", "happened_at"],
    size: sizes::USAGE_EVENTS,
    row: usage_event,
};

fn usage_event(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let page = cursor.random.pick(["/contacts", "/contacts?q=a,b", "/companies/7#notes", "/"]);
    row![
        cursor.id(),
        cursor.any_id(sizes::USERS),
        cursor.tenant.marked(page),
        cursor.random.pick([None, Some("search"), Some("bulk edit"), Some("")]),
        cursor.random.below(600_000) as f64 / 1_000.0,
        cursor.moment().iso(),
    ]
}

use super::sizes;
use super::users::secret_bytes;
use crate::table::{Cursor, Table, Value, row};
use crate::{literal, people, prose};

pub(super) const USER_SESSIONS: Table = Table {
    name: "user_sessions",
    columns: &["id", "user_id", "token_hash", "ip", "user_agent", "started_at", "expires_at"],
    size: sizes::USER_SESSIONS,
    row: user_session,
};

fn user_session(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let started = cursor.moment();
    row![
        cursor.id(),
        cursor.any_id(sizes::USERS),
        secret_bytes(cursor, 21),
        people::ip_address(&mut cursor.random),
        cursor.tenant.marked(people::user_agent(&mut cursor.random)),
        started.timestamptz(),
        started.plus_days(14).timestamptz(),
    ]
}

pub(super) const SECURITY_EVENTS: Table = Table {
    name: "security_events",
    columns: &[
        "id",
        "workspace_id",
        "user_id",
        "session_id",
        "kind",
        "ip",
        "network",
        "device",
        "user_agent",
        "details",
        "happened_at",
    ],
    size: sizes::SECURITY_EVENTS,
    row: security_event,
};

fn security_event(cursor: &mut Cursor<'_>) -> Vec<Value> {
    let (user, session) = (cursor.any_id(sizes::USERS), cursor.any_id(sizes::USER_SESSIONS));
    let input = literal::json(prose::awkward_text(&mut cursor.random));
    row![
        cursor.id(),
        cursor.tenant.key.clone(),
        (!cursor.random.one_in(5)).then_some(user),
        cursor.random.one_in(2).then_some(session),
        cursor.random.pick(["signed in", "wrong password", "role changed", "error", "export asked for"]),
        (!cursor.random.one_in(9)).then(|| people::ip_address(&mut cursor.random)),
        cursor.random.pick([None, Some("192.0.2.0/24"), Some("2001:db8::/32")]),
        prose::awkward(&mut cursor.random),
        cursor.tenant.marked(people::user_agent(&mut cursor.random)),
        format!(r#"{{"input": {input}, "tries": {}, "trace": [1, [2, {{}}]]}}"#, cursor.random.below(5)),
        cursor.moment().timestamptz(),
    ]
}

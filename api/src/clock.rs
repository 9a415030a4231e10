//! The edge where time enters this crate; everything below a handler takes it as an argument.

use chrono::{DateTime, Utc};

/// The time of the request being answered.
#[expect(clippy::disallowed_methods, reason = "this is the edge")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

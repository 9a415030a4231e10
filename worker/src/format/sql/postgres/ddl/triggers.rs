//! Triggers of delivered tables.

use super::with_live;
use crate::format::sql::{
    Ddl,
    kept::{Kept, LeftOut},
};
use std::collections::HashSet;

/// Writes those that can be created again, with what they call.
pub(super) fn write(kept: &Kept<'_>, ddl: &mut Ddl) {
    let mut written = HashSet::new();
    for (table, live) in with_live(kept) {
        for trigger in &live.triggers {
            if let Some(reason) = kept.blocked_expression(table, &trigger.statement) {
                ddl.left_out_triggers.push(LeftOut::new(table, "trigger", &trigger.name, reason));
                continue;
            }
            for statement in trigger.before.iter().filter(|statement| written.insert(statement.as_str())) {
                ddl.triggers.push_str(&format!("{statement};\n"));
            }
            ddl.triggers.push_str(&format!("{};\n", trigger.statement));
        }
    }
}

//! `sql/triggers.sql` for the mariadb and mysql clients.

use crate::{
    format::sql::{
        Ddl,
        kept::{Kept, LeftOut},
    },
    schema::Trigger,
};

/// Writes the triggers that can be created again.
pub(super) fn write(kept: &Kept<'_>, ddl: &mut Ddl) {
    let mut triggers: Vec<&Trigger> = Vec::new();
    for table in &kept.plan.tables {
        for trigger in kept.plan.live(table).iter().flat_map(|live| &live.triggers) {
            match kept.blocked_expression(table, &trigger.statement) {
                None => triggers.push(trigger),
                Some(reason) => ddl.left_out_triggers.push(LeftOut::new(table, "trigger", &trigger.name, reason)),
            }
        }
    }
    // A body has semicolons of its own; the client goes by a mark that is in none of them.
    let mut mark = "$$".to_owned();
    while triggers.iter().any(|trigger| trigger.statement.contains(&mark)) {
        mark.push('$');
    }
    let client = if kept.plan.schema.is_mariadb() { "mariadb" } else { "mysql" };
    ddl.triggers = format!(
        "-- The triggers of the source. sql/restore.sql does not run this file. To have them, run afterwards:\n\
         --   {client} the_new_database < sql/triggers.sql\n\
         -- They act with the rights of whoever runs this file; who defined them in the source is not said here.\n\n\
         set @handover_sql_mode = @@sql_mode, @handover_client = @@character_set_client, @handover_results = @@character_set_results,\n\
         \x20   @handover_collation = @@collation_connection;\n\
         set names utf8mb4;\n\
         delimiter {mark}\n"
    );
    for trigger in triggers {
        for statement in trigger.before.iter().chain([&trigger.statement]) {
            ddl.triggers.push_str(&format!("{statement}\n{mark}\n"));
        }
    }
    ddl.triggers.push_str(
        "delimiter ;\n\
         set sql_mode = @handover_sql_mode, character_set_client = @handover_client, character_set_results = @handover_results,\n\
         \x20   collation_connection = @handover_collation;\n",
    );
}

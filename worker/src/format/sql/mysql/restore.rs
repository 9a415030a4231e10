//! The file that restores an archive, for the mariadb and mysql clients.

use super::EXACT;
use crate::schema::Schema;

/// What servers and clients take at once unless they are told otherwise (`max_allowed_packet`).
const USUAL_PACKET: usize = 16 * 1024 * 1024;
const MEBIBYTE: usize = 1024 * 1024;

/// The command that runs [`restore`] in the archive's folder. `longest_statement` is in bytes.
pub fn command(schema: &Schema, longest_statement: usize) -> String {
    let client = if schema.is_mariadb() { "mariadb" } else { "mysql" };
    match packet(longest_statement) {
        Some(mebibytes) => {
            format!("{client} --max-allowed-packet={mebibytes}M the_new_database < sql/restore.sql")
        }
        None => format!("{client} the_new_database < sql/restore.sql"),
    }
}

/// `sql/restore.sql`.
pub fn restore(schema: &Schema, data: &[String], longest_statement: usize) -> String {
    let mut text = format!(
        "-- Restores this archive into an empty {} database. Run it in the archive's folder:\n\
         --   {}\n\
         -- The rows come in one transaction. Tables, keys and indexes are beyond transactions: if this stops with an error, drop the database and begin anew.\n",
        schema.product(),
        command(schema, longest_statement),
    );
    if let Some(mebibytes) = packet(longest_statement) {
        text.push_str(&format!(
            "-- One row alone has a statement of {longest_statement} bytes: the server must be told to take it as well (max_allowed_packet = {mebibytes}M, at most 1024M).\n"
        ));
    }
    text.push_str(
        "\nset @handover_sql_mode = @@sql_mode, @handover_time_zone = @@time_zone, @handover_foreign_key_checks = @@foreign_key_checks,\n\
         \x20   @handover_unique_checks = @@unique_checks, @handover_client = @@character_set_client, @handover_results = @@character_set_results,\n\
         \x20   @handover_collation = @@collation_connection;\n\
         set names utf8mb4;\n\
         set time_zone = '+00:00';\n",
    );
    text.push_str(EXACT);
    text.push_str("set foreign_key_checks = 0;\nset unique_checks = 1;\n");
    if schema.is_mariadb() {
        // What the source holds was let in by the source.
        text.push_str("set @handover_checks = @@check_constraint_checks;\nset check_constraint_checks = 0;\n");
    }
    text.push_str("\nsource sql/schema.sql\nstart transaction;\n");
    for path in data {
        // Paths are made of file stems, which hold nothing that the client would interpret.
        text.push_str(&format!("source {path}\n"));
    }
    text.push_str("commit;\nsource sql/constraints.sql\n\n");
    if schema.is_mariadb() {
        text.push_str("set check_constraint_checks = @handover_checks;\n");
    }
    text.push_str(
        "set sql_mode = @handover_sql_mode, time_zone = @handover_time_zone, foreign_key_checks = @handover_foreign_key_checks,\n\
         \x20   unique_checks = @handover_unique_checks, character_set_client = @handover_client, character_set_results = @handover_results,\n\
         \x20   collation_connection = @handover_collation;\n",
    );
    text
}

/// The packet that a statement of so many bytes needs, in MiB, where it is more than the usual one.
fn packet(longest_statement: usize) -> Option<usize> {
    // A client adds a few bytes of its own.
    let needed = longest_statement + 1024;
    (needed > USUAL_PACKET).then(|| needed.div_ceil(MEBIBYTE) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::export::Engine;

    fn schema(version: &str) -> Schema {
        Schema { engine: Engine::Mysql, version: version.to_owned(), prelude: Vec::new(), tables: Vec::new() }
    }

    #[test]
    fn a_row_that_is_too_large_for_usual_settings_is_told() {
        let schema = schema("10.11.6-MariaDB");
        assert_eq!(command(&schema, 65_536), "mariadb the_new_database < sql/restore.sql");
        assert!(!restore(&schema, &[], 65_536).contains("max_allowed_packet"));
        let large = 40 * MEBIBYTE;
        assert_eq!(command(&schema, large), "mariadb --max-allowed-packet=42M the_new_database < sql/restore.sql");
        assert!(restore(&schema, &[], large).contains("max_allowed_packet = 42M"));
    }

    #[test]
    fn only_mariadb_is_told_what_only_it_knows() {
        assert!(restore(&schema("10.11.6-MariaDB"), &[], 0).contains("check_constraint_checks = 0"));
        let mysql = restore(&schema("8.4.3"), &[], 0);
        assert!(!mysql.contains("check_constraint_checks") && mysql.contains("empty MySQL database"));
    }
}

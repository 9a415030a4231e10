//! The file that restores an archive, for the mariadb and mysql clients.

use super::{
    EXACT,
    ddl::{self, Promised},
    literal::literal,
};
use crate::{
    format::sql::{
        DataFile,
        kept::Kept,
        name::{backticked, comment},
    },
    schema::Schema,
};

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
///
/// The mariadb client goes on after an error in a file that another one names, and ends as if all were well. Errors in this file stop it: so after each part this
/// file asks whether all of it has arrived. It also stops at the beginning unless the database is empty, since rows would go into tables that are there.
/// Where somebody names this file itself in another one, nothing stops: then nothing is written into a database that is not empty, and no rows stay if some are
/// missing.
pub fn restore(kept: &Kept<'_>, data: &[DataFile<'_>], longest_statement: usize) -> String {
    let schema = &kept.plan.schema;
    let Promised { tables, indexes, foreign_keys } = ddl::promised(kept);
    let go_on_if = |condition: &str, problem: &str| go_on_if(schema, condition, "do 0", problem);
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
    text.push('\n');
    let there = "(select count(*) from information_schema.tables where table_schema = database())";
    text.push_str("set @handover_whole = 1;\nset session transaction read only;\n");
    text.push_str(&go_on_if("database() is not null", "Name the database to restore into"));
    let begin = "set session transaction read write";
    text.push_str(&self::go_on_if(schema, &format!("{there} = 0"), begin, "The database is not empty"));
    text.push_str("source sql/schema.sql\n");
    text.push_str(&go_on_if(&format!("{there} = {tables}"), "Some tables could not be made"));
    text.push_str("start transaction;\n");
    for file in data {
        // Paths are made of file stems, which hold nothing that the client would interpret.
        text.push_str(&format!("source {}\n", file.path));
        let count = format!("(select count(*) from {}) = {}", backticked(file.table), file.rows);
        text.push_str(&go_on_if(&count, &format!("Not all rows of {} arrived", comment(file.table))));
    }
    text.push_str(&run("if(@handover_whole, 'commit', 'rollback')"));
    text.push_str("source sql/constraints.sql\n");
    let counted = "(select count(distinct table_name, index_name) from information_schema.statistics where table_schema = database())";
    text.push_str(&go_on_if(&format!("{counted} >= {indexes}"), "Some indexes could not be made"));
    let counted = "(select count(*) from information_schema.table_constraints where table_schema = database() and constraint_type = 'FOREIGN KEY')";
    text.push_str(&go_on_if(&format!("{counted} = {foreign_keys}"), "Some foreign keys could not be made"));
    text.push('\n');
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

/// Statements that run `go` if the condition holds and nothing was wrong before, and end the restore with an error otherwise.
fn go_on_if(schema: &Schema, condition: &str, go: &str, problem: &str) -> String {
    let problem = format!("{problem}. Drop this database and restore anew");
    let stop = match schema.is_mariadb() {
        true => format!("signal sqlstate '45000' set message_text = {}", literal(&problem)),
        // MySQL takes no signal here, but tells which table it does not find.
        false => format!("select * from {}", backticked(&problem.chars().take(64).collect::<String>())),
    };
    format!(
        "set @handover_was_whole = @handover_whole;\nset @handover_whole = 0;\nset @handover_whole = @handover_was_whole and {condition};\n{}",
        run(&format!("if(@handover_whole, {}, {})", literal(go), literal(&stop)))
    )
}

/// Statements that run the text that an expression gives.
fn run(expression: &str) -> String {
    format!(
        "set @handover = {expression};\nprepare handover from @handover;\nexecute handover;\ndeallocate prepare handover;\n"
    )
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
    use crate::plan::Plan;
    use shared::export::Engine;

    fn schema(version: &str) -> Schema {
        Schema {
            engine: Engine::Mysql,
            version: version.to_owned(),
            prelude: Vec::new(),
            tables: Vec::new(),
            hides_triggers: false,
        }
    }

    fn text(version: &str, longest_statement: usize) -> String {
        let plan = Plan {
            schema: schema(version),
            catalog_fingerprint: String::new(),
            tables: Vec::new(),
            excluded: Vec::new(),
        };
        let data = [DataFile { path: "sql/data/a_x60b.sql", table: "a`b", rows: 7 }];
        restore(&Kept::new(&plan), &data, longest_statement)
    }

    #[test]
    fn a_row_that_is_too_large_for_usual_settings_is_told() {
        let schema = schema("10.11.6-MariaDB");
        assert_eq!(command(&schema, 65_536), "mariadb the_new_database < sql/restore.sql");
        assert!(!text("10.11.6-MariaDB", 65_536).contains("max_allowed_packet"));
        let large = 40 * MEBIBYTE;
        assert_eq!(command(&schema, large), "mariadb --max-allowed-packet=42M the_new_database < sql/restore.sql");
        assert!(text("10.11.6-MariaDB", large).contains("max_allowed_packet = 42M"));
    }

    #[test]
    fn only_mariadb_is_told_what_only_it_knows() {
        assert!(text("10.11.6-MariaDB", 0).contains("check_constraint_checks = 0"));
        let mysql = text("8.4.3", 0);
        assert!(!mysql.contains("check_constraint_checks") && mysql.contains("empty MySQL database"));
    }

    #[test]
    fn every_file_is_followed_by_a_question_for_its_rows() {
        let text = text("10.11.6-MariaDB", 0);
        let question = "source sql/data/a_x60b.sql\nset @handover_was_whole = @handover_whole;\nset @handover_whole = 0;\n\
            set @handover_whole = @handover_was_whole and (select count(*) from `a``b`) = 7;\n\
            set @handover = if(@handover_whole, 'do 0', 'signal sqlstate ''45000'' set message_text = ''Not all rows of a`b arrived.";
        assert!(text.contains(question), "{text}");
    }
}

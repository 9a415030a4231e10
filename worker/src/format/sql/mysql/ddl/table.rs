//! The statement that makes a table.

use super::{Restored, column::Definition, leave_out};
use crate::format::sql::{
    Ddl,
    kept::{Kept, LeftOut},
    mysql::statement::{Rule, RuleKind, Statement},
    name::{backticked, comment},
};

/// Engines that keep rows by themselves.
const STORING: [&str; 10] =
    ["innodb", "myisam", "aria", "memory", "archive", "csv", "rocksdb", "tokudb", "ndbcluster", "blackhole"];
/// Options that say how rows are kept. Others name files, other servers, their passwords, other tables, or keys of an encryption.
const OPTIONS: [&str; 19] = [
    "engine",
    "default charset",
    "charset",
    "collate",
    "row_format",
    "key_block_size",
    "comment",
    "min_rows",
    "max_rows",
    "avg_row_length",
    "pack_keys",
    "checksum",
    "delay_key_write",
    "stats_persistent",
    "stats_auto_recalc",
    "stats_sample_pages",
    "page_checksum",
    "transactional",
    "with system versioning",
];

/// Makes a table with its columns, its primary key, its periods and checks, and the index that its counter needs.
pub(super) fn create(kept: &Kept<'_>, restored: &Restored<'_>, ddl: &mut Ddl) {
    let table = restored.table;
    let mut left_out = Vec::new();
    let counter = counters_index(kept, restored);
    let versioned = restored.is_versioned(kept);
    let definition = Definition { kept, restored, counts: counter.is_some(), versioned };
    let mut lines: Vec<String> = table.columns.iter().map(|planned| definition.line(planned, &mut left_out)).collect();
    match &restored.statement {
        Some(statement) => {
            for rule in &statement.rules {
                let kind = match rule.kind {
                    RuleKind::Primary => "primary key",
                    RuleKind::Period => "period",
                    RuleKind::Check => "check",
                    _ if counter == Some(rule) => "index",
                    _ => continue,
                };
                let telling = || match rule.kind {
                    RuleKind::Check => restored.names_somebody(kept, &rule.columns, rule.text),
                    _ => None,
                };
                match restored.blocked(kept, &rule.columns).or_else(telling) {
                    None => lines.push(rule.text.to_owned()),
                    Some(reason) => left_out.push(LeftOut::new(table, kind, &rule.label(), reason)),
                }
            }
        }
        None => {
            let reason = "the database did not print the table's statement".to_owned();
            left_out.push(LeftOut::new(table, "rules", &table.table, reason));
            let key: Vec<String> = restored.live.primary_key.iter().map(|name| backticked(name)).collect();
            if !key.is_empty() && kept.blocked(table, &restored.live.primary_key).is_none() {
                lines.push(format!("primary key ({})", key.join(", ")));
            }
        }
    }
    let options = match &restored.statement {
        Some(statement) => options(kept, restored, statement, versioned, &mut left_out),
        None => String::new(),
    };
    for rule in left_out {
        leave_out(&mut ddl.left_out, &mut ddl.schema, rule);
    }
    for (name, reason) in &table.omitted {
        ddl.schema.push_str(&format!("-- Not delivered: column {}: {}\n", comment(name), comment(reason)));
    }
    ddl.schema.push_str(&format!(
        "create table {} (\n    {}\n){options};\n\n",
        backticked(&table.table),
        lines.join(",\n    ")
    ));
}

/// The index that a column with `auto_increment` must have from the beginning, if one is kept.
pub(super) fn counters_index<'r, 'a>(kept: &Kept<'_>, restored: &'r Restored<'a>) -> Option<&'r Rule<'a>> {
    let statement = restored.statement.as_ref()?;
    let counter = &statement.columns.iter().find(|column| column.counts())?.name;
    let indexes = statement
        .rules
        .iter()
        .filter(|rule| matches!(rule.kind, RuleKind::Primary | RuleKind::Unique | RuleKind::Index))
        .filter(|rule| restored.blocked(kept, &rule.columns).is_none());
    let first = indexes.clone().find(|rule| rule.columns.first() == Some(counter));
    // MyISAM counts within the columns before.
    first.or_else(|| indexes.clone().find(|rule| rule.columns.contains(counter)))
}

fn options(
    kept: &Kept<'_>,
    restored: &Restored<'_>,
    statement: &Statement<'_>,
    versioned: bool,
    left_out: &mut Vec<LeftOut>,
) -> String {
    let table = restored.table;
    let mut leave_out = |kind: &str, name: &str, reason: &str| {
        left_out.push(LeftOut::new(table, kind, name, reason.to_owned()));
    };
    let mut text = String::new();
    for option in &statement.options {
        let key = option.key.to_ascii_lowercase();
        match key.as_str() {
            "auto_increment" => {}
            "engine" if !STORING.contains(&statement.engine().to_ascii_lowercase().as_str()) => {
                leave_out("storage engine", statement.engine(), "it does not keep rows by itself");
                text.push_str(" engine=InnoDB");
            }
            "with system versioning" if !versioned => {
                leave_out("system versioning", &table.table, "its period is not delivered");
            }
            known if OPTIONS.contains(&known) => {
                text.push(' ');
                text.push_str(option.text);
            }
            _ => leave_out("table option", option.key, "it concerns the server that the table comes from"),
        }
    }
    if versioned {
        leave_out("history", &table.table, "only its rows at the time of the export are in the archive");
    }
    if let Some(partitions) = statement.partitions {
        let names = partitions.names();
        let away = partitions.has("directory") || partitions.has("system_time") && !versioned;
        match restored.blocked(kept, &names) {
            Some(reason) => leave_out("partitioning", &table.table, &reason),
            None if away => leave_out("partitioning", &table.table, "it concerns the server that the table comes from"),
            None => {
                text.push('\n');
                text.push_str(partitions.0);
            }
        }
    }
    text
}

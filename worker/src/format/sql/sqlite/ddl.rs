//! Tables and indexes of a SQLite slice. A table that is delivered whole keeps its own statement; another one is composed from its columns.

use crate::{
    format::sql::{
        Ddl,
        kept::{Kept, LeftOut},
        name::{comment, list, mentions, quoted},
        sqlite::statement,
    },
    plan::TablePlan,
    schema::{Column, Definition, Table},
};

/// The statements for a plan.
pub(in crate::format::sql) fn write(kept: &Kept<'_>) -> Ddl {
    let mut ddl = Ddl {
        schema: String::from("-- The tables of this archive. sql/restore.sql runs this file.\n\n"),
        constraints: String::from("-- Indexes and counters, added after the rows. sql/restore.sql runs this file.\n\n"),
        ..Ddl::default()
    };
    for prelude in kept.plan.schema.prelude.iter().filter(|prelude| kept.needs(prelude)) {
        ddl.schema.push_str(&prelude.statement);
        ddl.schema.push_str(";\n");
    }
    for table in &kept.plan.tables {
        let live = kept.plan.live(table);
        let own = live.and_then(|live| kept.own_statement(table, live));
        match (own, live) {
            (Some(statement), _) => ddl.schema.push_str(&format!("{statement}\n;\n")),
            (None, Some(live)) => compose(kept, table, live, &mut ddl),
            (None, None) => {}
        }
        if let Some(live) = live {
            indexes(kept, table, live, &mut ddl);
            triggers(kept, table, live, &mut ddl);
            ddl.left_out.extend(kept.uncarried(table, live));
        }
        ddl.schema.push('\n');
    }
    ddl
}

fn compose(kept: &Kept<'_>, table: &TablePlan, live: &Table, ddl: &mut Ddl) {
    let before = ddl.left_out.len();
    let key_kept = kept.blocked(table, &live.primary_key).is_none();
    let mut lines = Vec::new();
    for planned in &table.columns {
        lines.push(match live.column(&planned.name) {
            Some(column) if planned.mask.is_none() => define(kept, table, live, column, key_kept, ddl),
            _ => format!("{} text{}", quoted(&planned.name), if planned.nullable { "" } else { " not null" }),
        });
    }
    if !live.primary_key.is_empty() {
        match kept.blocked(table, &live.primary_key) {
            None if counts_up(live) || counts_down(live) => {}
            None => lines.push(format!("primary key ({})", list(&live.primary_key))),
            Some(reason) => leave_out(ddl, table, "primary key", &live.primary_key, reason),
        }
    }
    for columns in &live.unique {
        let by_itself = |index: &Definition| {
            let same = index.columns.len() == columns.len() && columns.iter().all(|one| index.columns.contains(one));
            same && is_unique(index) && !mentions(&index.text, "where")
        };
        if *columns == live.primary_key || live.indexes.iter().any(by_itself) {
            continue;
        }
        match kept.blocked(table, columns) {
            None => lines.push(format!("unique ({})", list(columns))),
            Some(reason) => leave_out(ddl, table, "unique rule", columns, reason),
        }
    }
    for key in &live.foreign_keys {
        match kept.blocked_key(table, key) {
            None => lines.push(format!(
                "foreign key ({}) references {} ({}){}",
                list(&key.columns),
                quoted(&key.to_table),
                list(&key.to_columns),
                key.definition.as_deref().unwrap_or_default()
            )),
            Some(reason) => leave_out(ddl, table, "foreign key", &key.columns, reason),
        }
    }
    let own = live.create_statement.as_deref().unwrap_or_default();
    let told = statement::read(own);
    for check in &live.constraints {
        let blocked = kept
            .blocked(table, &check.columns)
            .or_else(|| kept.names_somebody(table, live, &check.columns, &check.text));
        match blocked {
            None => lines.push(check.text.clone()),
            Some(reason) => ddl.left_out.push(LeftOut::new(table, "check", &named(table, check), reason)),
        }
    }
    if told.is_none() && mentions(own, "check") {
        let reason = "the statement of the table is not understood".to_owned();
        leave_out(ddl, table, "check", std::slice::from_ref(&table.table), reason);
    }
    if told.as_ref().is_some_and(|told| told.resolves_conflicts) {
        let reason = "the table is not delivered whole".to_owned();
        leave_out(ddl, table, "conflict clause", std::slice::from_ref(&table.table), reason);
    }
    let mut notes: String = ddl.left_out[before..].iter().map(LeftOut::comment).collect();
    for (name, reason) in &table.omitted {
        notes.push_str(&format!("-- Not delivered: column {}: {}\n", comment(name), comment(reason)));
    }
    let mut options = Vec::new();
    if live.strict {
        options.push("strict");
    }
    if live.without_rowid && key_kept {
        options.push("without rowid");
    }
    ddl.schema.push_str(&format!(
        "{notes}create table {} (\n    {}\n) {};\n",
        quoted(&table.table),
        lines.join(",\n    "),
        options.join(", ")
    ));
}

/// Whether the table's key is an `autoincrement` one, which SQLite allows only beside its column.
fn counts_up(live: &Table) -> bool {
    live.primary_key.len() == 1 && !live.sequences.is_empty()
}

/// Whether its key is an `integer primary key desc`: as a rule of the table it would become another name for the rowid.
fn counts_down(live: &Table) -> bool {
    let own = live.create_statement.as_deref().and_then(statement::read);
    live.primary_key.len() == 1 && own.is_some_and(|told| told.descending_key)
}

/// The name of a check; where it has none and its text may not leave, the table's.
fn named(table: &TablePlan, check: &Definition) -> String {
    if check.text.starts_with("constraint ") { check.name.clone() } else { table.table.clone() }
}

fn define(kept: &Kept<'_>, table: &TablePlan, live: &Table, column: &Column, key_kept: bool, ddl: &mut Ddl) -> String {
    let mut text = format!("{} {}", quoted(&column.name), column.type_name);
    if key_kept && counts_up(live) && live.primary_key.contains(&column.name) {
        text.push_str(" primary key autoincrement");
    } else if key_kept && counts_down(live) && live.primary_key.contains(&column.name) {
        text.push_str(" primary key desc");
    }
    if let Some(rule) = &column.generated {
        if let Some(reason) = kept.blocked_generation(table, column, rule) {
            let name = std::slice::from_ref(&column.name);
            leave_out(ddl, table, "generation rule", name, reason);
        }
    } else if let Some(default) = &column.default {
        // In brackets SQLite would take a lone name for a column's; alone it is a text.
        match (kept.default_of_somebody(table, live, column), is_lone_name(default)) {
            (Some(reason), _) => leave_out(ddl, table, "default", std::slice::from_ref(&column.name), reason),
            (None, true) => text.push_str(&format!(" default {default}")),
            (None, false) => text.push_str(&format!(" default ({default})")),
        }
    }
    if let Some(collation) = &column.collation {
        text.push_str(&format!(" collate {collation}"));
    }
    if column.not_null {
        text.push_str(" not null");
    }
    text
}

fn is_lone_name(default: &str) -> bool {
    let quoted = [('"', '"'), ('`', '`'), ('[', ']')].iter().any(|(begin, end)| {
        let inner = default.strip_prefix(*begin).and_then(|rest| rest.strip_suffix(*end));
        inner.is_some_and(|inner| !inner.replace(&format!("{end}{end}"), "").contains(*end))
    });
    let bare = default.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && default.chars().all(|char| char.is_alphanumeric() || char == '_' || char == '$');
    quoted || bare
}

fn indexes(kept: &Kept<'_>, table: &TablePlan, live: &Table, ddl: &mut Ddl) {
    for index in &live.indexes {
        let blocked = kept
            .blocked(table, &index.columns)
            .or_else(|| kept.names_somebody(table, live, &index.columns, &index.text));
        match blocked {
            // A foreign key may point to it: SQLite asks for it with the first row.
            None if is_unique(index) => ddl.schema.push_str(&format!("{}\n;\n", index.text)),
            None => ddl.constraints.push_str(&format!("{}\n;\n", index.text)),
            Some(reason) => {
                let left_out = LeftOut::new(table, "index", &index.name, reason);
                ddl.constraints.push_str(&left_out.comment());
                ddl.left_out.push(left_out);
            }
        }
    }
}

fn triggers(kept: &Kept<'_>, table: &TablePlan, live: &Table, ddl: &mut Ddl) {
    for trigger in &live.triggers {
        match kept.blocked_expression(table, &trigger.statement) {
            None => ddl.triggers.push_str(&format!("{}\n;\n", trigger.statement)),
            Some(reason) => ddl.left_out_triggers.push(LeftOut::new(table, "trigger", &trigger.name, reason)),
        }
    }
}

fn is_unique(index: &Definition) -> bool {
    index.text.split_whitespace().nth(1).is_some_and(|word| word.eq_ignore_ascii_case("unique"))
}

fn leave_out(ddl: &mut Ddl, table: &TablePlan, kind: &str, columns: &[String], reason: String) {
    ddl.left_out.push(LeftOut::new(table, kind, &columns.join(", "), reason));
}

//! The statements around the data, for MySQL and MariaDB, in the words of the server that the rows come from.
//!
//! A table is made with its primary key, its checks, and the index that `auto_increment` needs. Other indexes come after the rows, and foreign keys last.
//! MySQL has no key that holds only for new rows, so keys are added unchecked, and every row that breaks one is listed.

mod column;
mod keys;
mod table;

use super::statement::Statement;
use crate::{
    format::sql::{
        Ddl,
        kept::{Kept, LeftOut},
    },
    plan::TablePlan,
    schema::Table,
};
use std::collections::BTreeSet;

/// A table with the server's own statement for it.
struct Restored<'a> {
    table: &'a TablePlan,
    live: &'a Table,
    /// `None` if the server's statement is missing or of an unknown shape.
    statement: Option<Statement<'a>>,
}

/// Writes them.
pub(in crate::format::sql) fn write(kept: &Kept<'_>) -> Ddl {
    let mut ddl = Ddl {
        schema: String::from("-- The tables of this archive. sql/restore.sql runs this file.\n\n"),
        constraints: String::from(
            "-- Indexes and foreign keys, added after the rows. sql/restore.sql runs this file.\n\n",
        ),
        left_out: Vec::new(),
        triggers: String::new(),
        left_out_triggers: Vec::new(),
    };
    let tables = restored(kept);
    for statement in sequences(kept, &tables) {
        ddl.schema.push_str(&format!("{statement};\n\n"));
    }
    for restored in &tables {
        table::create(kept, restored, &mut ddl);
    }
    for restored in &tables {
        keys::indexes(kept, restored, &mut ddl);
    }
    let mut lists = String::new();
    for restored in &tables {
        keys::add_foreign_keys(kept, restored, &tables, &mut ddl, &mut lists);
    }
    if !lists.is_empty() {
        ddl.constraints.push_str(
            "\n-- Lists each row that points to a row which is not in this archive: its table and key, the rule, and what it points to. Mostly there is none.\n",
        );
        ddl.constraints.push_str(&lists);
    }
    super::triggers::write(kept, &mut ddl);
    ddl
}

/// What is there when everything was restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Promised {
    /// Tables and sequences.
    pub(super) tables: usize,
    /// At least so many.
    pub(super) indexes: usize,
    pub(super) foreign_keys: usize,
}

/// Counts what [`write()`] makes.
pub(super) fn promised(kept: &Kept<'_>) -> Promised {
    let tables = restored(kept);
    Promised {
        tables: tables.len() + sequences(kept, &tables).len(),
        indexes: tables.iter().map(|restored| keys::index_count(kept, restored)).sum(),
        foreign_keys: tables
            .iter()
            .flat_map(|restored| keys::foreign_keys(kept, restored, &tables))
            .filter(|(_, usable)| usable.is_ok())
            .count(),
    }
}

fn restored<'a>(kept: &Kept<'a>) -> Vec<Restored<'a>> {
    let plan = kept.plan;
    plan.tables
        .iter()
        .filter_map(|table| {
            let live = plan.live(table)?;
            Some(Restored { table, live, statement: live.create_statement.as_deref().and_then(Statement::parse) })
        })
        .collect()
}

/// The statements that make the sequences from which delivered columns take their values, and no others.
fn sequences<'a>(kept: &Kept<'a>, tables: &[Restored<'_>]) -> Vec<&'a str> {
    let mut needed = BTreeSet::new();
    for restored in tables {
        for sequence in &restored.live.sequences {
            let column = restored.table.columns.iter().find(|column| column.name == sequence.column);
            if column.is_some_and(|column| column.mask.is_none()) {
                needed.insert(sequence.name.as_str());
            }
        }
    }
    needed.into_iter().filter_map(|name| sequence(kept, name)).collect()
}

/// The statement that makes the sequence of this quoted name.
fn sequence<'a>(kept: &Kept<'a>, name: &str) -> Option<&'a str> {
    let makes = |statement: &&str| {
        let rest = statement.get("create sequence ".len()..).unwrap_or_default();
        rest.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '))
    };
    kept.plan.schema.prelude.iter().map(|prelude| prelude.statement.as_str()).find(makes)
}

impl Restored<'_> {
    /// Why something that mentions these names cannot be kept; `None` if it can. Names of other things than columns do not count.
    fn blocked(&self, kept: &Kept<'_>, names: &[String]) -> Option<String> {
        let columns: Vec<String> = names.iter().flat_map(|name| self.columns_of(name)).collect();
        kept.blocked(self.table, &columns)
    }

    /// Why a rule that mentions these names must not leave with its text; `None` if it may.
    fn names_somebody(&self, kept: &Kept<'_>, names: &[String], text: &str) -> Option<String> {
        let columns: Vec<String> = names.iter().flat_map(|name| self.columns_of(name)).collect();
        kept.names_somebody(self.table, self.live, &columns, text)
    }

    /// The columns behind a name in a rule: the column itself, or the two ends of a period.
    fn columns_of(&self, name: &str) -> Vec<String> {
        let folded = name.to_lowercase();
        if let Some(column) = self.live.columns.iter().find(|column| column.name.to_lowercase() == folded) {
            return vec![column.name.clone()];
        }
        let periods = self.statement.iter().flat_map(|statement| &statement.rules);
        let mut named = periods.filter(|rule| rule.is_period(name));
        named.next().map(|rule| rule.columns.clone()).unwrap_or_default()
    }

    /// Whether the restored table keeps its rows' earlier versions.
    fn is_versioned(&self, kept: &Kept<'_>) -> bool {
        self.statement.as_ref().is_some_and(|statement| {
            let mut periods = statement.rules.iter().filter(|rule| rule.is_system_period());
            statement.is_versioned() && periods.all(|rule| self.blocked(kept, &rule.columns).is_none())
        })
    }
}

fn leave_out(left_out: &mut Vec<LeftOut>, text: &mut String, rule: LeftOut) {
    text.push_str(&rule.comment());
    left_out.push(rule);
}

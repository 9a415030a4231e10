//! What of a live schema can be restored from an archive: rules that need a column or a table which was not delivered cannot.

use super::Target;
use crate::{
    plan::{Plan, TablePlan},
    schema::{Column, ForeignKey, Generated, Prelude, Table, Uncarried},
};
use serde::{Deserialize, Serialize};
use shared::export::Engine;
use std::collections::HashMap;

/// Something of the live schema that the archive's SQL does not hold, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The schema of its table.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// `primary key`, `unique rule`, `check`, `exclusion rule`, `index`, `foreign key`, `generation rule`, `default`, `not null`, `domain rule`, `trigger`,
    /// `triggers` (of every table, where the source does not show them), `rewrite rule`, `policy`, `partitioning`, `inheritance`; of MySQL also `counter`, `period`, `history`, `system versioning`, `storage engine`,
    /// `table option`, `rules`.
    pub kind: String,
    /// Its name, or its columns where it has none.
    pub name: String,
    /// Why, as a sentence without the full stop.
    pub reason: String,
}

/// A plan, asked what can be restored.
#[derive(Debug, Clone)]
pub struct Kept<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The place of each planned table by schema and name.
    places: HashMap<(&'a str, &'a str), usize>,
}

impl<'a> Kept<'a> {
    /// Asks this plan.
    pub fn new(plan: &'a Plan) -> Self {
        let names = plan.tables.iter().map(|table| (table.schema.as_str(), table.table.as_str()));
        Self { plan, places: names.enumerate().map(|(place, name)| (name, place)).collect() }
    }

    /// Whether anything that is delivered needs this statement.
    pub fn needs(&self, prelude: &Prelude) -> bool {
        prelude.needed_by.iter().any(|need| {
            self.delivered(&need.schema, &need.table).is_some_and(|table| self.blocked(table, &need.columns).is_none())
        })
    }

    /// What of a table no archive can hold: rules of the source, and rules of columns that are not delivered.
    pub fn uncarried(&self, table: &TablePlan, live: &Table) -> Vec<LeftOut> {
        let delivered =
            |rule: &&Uncarried| rule.kind != "default" || table.columns.iter().any(|column| column.name == rule.name);
        let rules = live
            .uncarried
            .iter()
            .filter(delivered)
            .map(|rule| LeftOut::new(table, &rule.kind, &rule.name, rule.reason.clone()));
        let relaxed = table
            .omitted
            .iter()
            .filter(|(name, _)| live.column(name).is_some_and(|column| column.not_null))
            .map(|(name, _)| LeftOut::new(table, "not null", name, "the column is not delivered".to_owned()));
        rules.chain(relaxed).collect()
    }

    /// The triggers of delivered tables, for an archive that does not hold them.
    pub fn triggers(&self) -> Vec<LeftOut> {
        let live = self.plan.tables.iter().filter_map(|table| Some((table, self.plan.live(table)?)));
        let each = live.flat_map(|(table, live)| live.triggers.iter().map(move |trigger| (table, trigger)));
        let seen = each.map(|(table, trigger)| {
            LeftOut::new(table, "trigger", &trigger.name, "triggers are not exported unless asked for".to_owned())
        });
        let unseen = self.plan.schema.hides_triggers.then(|| LeftOut {
            schema: String::new(),
            table: "every table".to_owned(),
            kind: "triggers".to_owned(),
            name: "that may be there".to_owned(),
            reason: "the source does not show them to the user who reads it".to_owned(),
        });
        seen.chain(unseen).collect()
    }

    /// Why these columns cannot carry a rule; `None` if they can.
    pub fn blocked(&self, table: &TablePlan, columns: &[String]) -> Option<String> {
        columns.iter().find_map(|name| {
            if table.masked.iter().any(|(masked, _)| masked == name) {
                return Some(format!("column {name} is masked"));
            }
            let selected = table.columns.iter().find(|column| column.name == *name);
            match selected {
                None => Some(format!("column {name} is not delivered")),
                Some(column) if column.mask.is_some() => Some(format!("column {name} is masked")),
                Some(_) => None,
            }
        })
    }

    /// Why an expression of a table cannot be kept; `None` if it can.
    pub fn blocked_expression(&self, table: &TablePlan, expression: &str) -> Option<String> {
        let omitted = table.omitted.iter().map(|(name, _)| (name, "is not delivered"));
        let masked = table.masked.iter().map(|(name, _)| (name, "is masked"));
        omitted
            .chain(masked)
            .find(|(name, _)| match self.plan.schema.engine {
                Engine::Mysql => super::name::mentions_backticked(expression, name),
                Engine::Postgres | Engine::Sqlite => super::name::mentions(expression, name),
            })
            .map(|(name, why)| format!("column {name} {why}"))
    }

    /// Why a foreign key cannot be kept; `None` if it can.
    pub fn blocked_key(&self, table: &TablePlan, key: &ForeignKey) -> Option<String> {
        if let Some(reason) = self.blocked(table, &key.columns) {
            return Some(reason);
        }
        let Some(other) = self.delivered(&key.to_schema, &key.to_table) else {
            return Some(format!("table {} is not in the archive", key.to_table));
        };
        if let Some(reason) = self.blocked(other, &key.to_columns) {
            return Some(format!("in table {}, {reason}", other.table));
        }
        let unique = self.plan.live(other).is_none_or(|live| self.is_unique(other, live, &key.to_columns));
        (!unique).then(|| format!("the unique rule that it points to in table {} is left out", other.table))
    }

    /// The planned table of this schema and name.
    pub fn delivered(&self, schema: &str, table: &str) -> Option<&'a TablePlan> {
        self.places.get(&(schema, table)).and_then(|place| self.plan.tables.get(*place))
    }

    /// Whether the restored table has a unique rule over exactly these columns, all of them delivered.
    fn is_unique(&self, table: &TablePlan, live: &Table, columns: &[String]) -> bool {
        let same = |list: &[String]| list.len() == columns.len() && columns.iter().all(|column| list.contains(column));
        let declared = same(&live.primary_key) || live.unique.iter().any(|list| same(list));
        let rules = live
            .constraints
            .iter()
            .filter(|rule| ["PRIMARY KEY", "UNIQUE"].iter().any(|kind| rule.text.starts_with(kind)));
        let indexes = live.indexes.iter().filter(|index| index.text.starts_with("CREATE UNIQUE INDEX"));
        let carried = rules.chain(indexes).any(|rule| {
            let whole = rule.columns.len() == columns.len() || rule.text.contains(" INCLUDE (");
            whole
                && columns.iter().all(|column| rule.columns.contains(column))
                && self.blocked(table, &rule.columns).is_none()
        });
        match self.plan.schema.engine {
            Engine::Postgres => declared && carried,
            // Any index carries a key; which ones are kept is in the table's own statement.
            Engine::Mysql => true,
            // Rules stand in the table's own statement.
            Engine::Sqlite => declared,
        }
    }

    /// Whether a selected column is part of the SQL data: all but those which the restored table computes itself.
    pub fn stored(&self, table: &TablePlan, column: &Column) -> bool {
        match &column.generated {
            Some(rule) => self.blocked_generation(table, column, rule).is_some(),
            None => true,
        }
    }

    /// SQLite: the table's own statement, if everything that it mentions is delivered as it is.
    pub fn own_statement(&self, table: &TablePlan, live: &'a Table) -> Option<&'a str> {
        let columns: Vec<String> = live.columns.iter().map(|one| one.name.clone()).collect();
        let whole = table.omitted.is_empty()
            && self.blocked(table, &columns).is_none()
            && live.foreign_keys.iter().all(|key| self.blocked_key(table, key).is_none())
            && live
                .constraints
                .iter()
                .all(|rule| self.names_somebody(table, live, &rule.columns, &rule.text).is_none())
            && live.columns.iter().all(|column| self.default_of_somebody(table, live, column).is_none());
        live.create_statement.as_deref().filter(|_| whole)
    }

    /// Why a column's default must not leave; `None` if it may, or if there is none.
    pub(super) fn default_of_somebody(&self, table: &TablePlan, live: &Table, column: &Column) -> Option<String> {
        self.names_somebody(table, live, std::slice::from_ref(&column.name), column.default.as_deref()?)
    }

    /// Why a generated column must be restored as an ordinary one; `None` if it can compute itself.
    pub fn blocked_generation(&self, table: &TablePlan, column: &Column, rule: &Generated) -> Option<String> {
        if rule.own_code {
            return Some("it calls code that an archive does not hold".to_owned());
        }
        if self.plan.schema.engine == Engine::Sqlite {
            // The expression stands only in the table's own statement.
            let own = self.plan.live(table).and_then(|live| self.own_statement(table, live));
            return own.is_none().then(|| "the table is not delivered whole".to_owned());
        }
        if rule.is_row_time() {
            // MariaDB writes both ends of a row's time or none.
            let live = self.plan.live(table);
            let is_end = |column: &&Column| column.generated.as_ref().is_some_and(Generated::is_row_time);
            let ends = live.into_iter().flat_map(|live| &live.columns).filter(is_end);
            let ends: Vec<String> = ends.map(|column| column.name.clone()).collect();
            return self.blocked(table, &ends);
        }
        let live = self.plan.live(table)?;
        let named: Vec<String> = live
            .columns
            .iter()
            .map(|one| &one.name)
            .filter(|name| super::name::mentions(&rule.expression, name))
            .cloned()
            .collect();
        self.blocked(table, std::slice::from_ref(&column.name))
            .or_else(|| self.blocked_expression(table, &rule.expression))
            .or_else(|| self.names_somebody(table, live, &named, &rule.expression))
    }

    /// How a table's data is written.
    pub fn target(&self, table: &TablePlan) -> Target {
        let live = self.plan.live(table);
        let stored = |name: &str, generated: bool| match live.and_then(|live| live.column(name)) {
            Some(column) => self.stored(table, column),
            None => !generated,
        };
        Target {
            engine: self.plan.schema.engine,
            schema: table.schema.clone(),
            table: table.table.clone(),
            columns: table
                .columns
                .iter()
                .map(|column| (column.name.clone(), stored(&column.name, column.generated)))
                .collect(),
        }
    }
}

impl LeftOut {
    pub(super) fn new(table: &TablePlan, kind: &str, name: &str, reason: String) -> Self {
        Self {
            schema: table.schema.clone(),
            table: table.table.clone(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            reason,
        }
    }

    /// A comment line that says so.
    pub(super) fn comment(&self) -> String {
        format!(
            "-- Left out: {} {} of {}, because {}.\n",
            self.kind,
            super::name::comment(&self.name),
            super::name::comment(&self.table),
            super::name::comment(&self.reason)
        )
    }
}

//! What a tenant's own tables take from another tenant's schema, as tables do that were copied from there.

use super::{Schema, Table, Trigger, Uncarried};
use crate::{catalog::Catalog, check::Finding};
use std::collections::BTreeSet;

/// How a statement begins that makes a schema.
const MAKES_SCHEMA: &str = "create schema if not exists ";

/// How statements begin that make something in a schema.
const MAKES: [&str; 4] =
    ["create sequence if not exists ", "create collation if not exists ", "create type ", "create domain "];

impl Schema {
    /// The tenant's schema without defaults that take their numbers from a sequence in another tenant's, and without triggers that call its code: the archive
    /// names them as left out, and nothing of the other tenant's.
    #[must_use]
    pub(crate) fn without_strangers(mut self, catalog: &Catalog) -> Self {
        for table in &mut self.tables {
            leave_triggers(table, catalog);
        }
        let strangers = self.strangers(catalog);
        if strangers.is_empty() {
            return self;
        }
        for table in &mut self.tables {
            leave_defaults(table, &strangers);
        }
        let makes_sequence = |statement: &str| {
            let made = statement.strip_prefix(MAKES[0]).and_then(schema_of);
            made.is_some_and(|schema| strangers.contains(&schema))
        };
        self.prelude.retain(|prelude| !makes_sequence(&prelude.statement));
        let needed: BTreeSet<String> = self.prelude.iter().filter_map(|prelude| made_in(&prelude.statement)).collect();
        let unneeded = |statement: &str| {
            let schema = statement.strip_prefix(MAKES_SCHEMA).and_then(identifier).map(|(schema, _)| schema);
            schema.is_some_and(|schema| strangers.contains(&schema) && !needed.contains(&schema))
        };
        self.prelude.retain(|prelude| !unneeded(&prelude.statement));
        self
    }

    /// Types, collations and extensions of other tenants' schemas, without which columns could not be restored.
    pub(crate) fn taken_from_strangers(&self, catalog: &Catalog) -> Vec<Finding> {
        let strangers = self.strangers(catalog);
        let mut findings = Vec::new();
        for prelude in &self.prelude {
            let taken = made_in(&prelude.statement).is_some_and(|schema| strangers.contains(&schema));
            if !taken || prelude.statement.starts_with(MAKES[0]) {
                continue;
            }
            // More than this tenant's may have been read.
            for need in prelude.needed_by.iter().filter(|need| catalog.schemas.contains(&need.schema)) {
                findings.push(Finding {
                    code: "foreign_place",
                    table: Some(catalog.name_of(&need.schema, &need.table)),
                    column: need.columns.first().cloned(),
                    message: "its type, or a rule over it, takes something from a schema that is another tenant's or is not listed; move that to a schema of all \
                         tenants, and list the schema under `schemas`"
                        .to_owned(),
                });
            }
        }
        findings
    }

    /// The schemas in which something must be made first, although they are neither the tenant's own nor listed: others' that fit the template.
    fn strangers(&self, catalog: &Catalog) -> BTreeSet<String> {
        self.prelude.iter().filter_map(|prelude| stranger(&prelude.statement, catalog)).collect()
    }
}

/// The schema that the statement makes, if it is neither the tenant's own nor listed, but fits the template.
fn stranger(statement: &str, catalog: &Catalog) -> Option<String> {
    let (schema, _) = statement.strip_prefix(MAKES_SCHEMA).and_then(identifier)?;
    let fits = catalog.placed_schema()?.key_of(&schema).is_some();
    (fits && !catalog.schemas.contains(&schema)).then_some(schema)
}

fn leave_triggers(table: &mut Table, catalog: &Catalog) {
    let (left, kept) = std::mem::take(&mut table.triggers)
        .into_iter()
        .partition(|trigger: &Trigger| trigger.before.iter().any(|statement| stranger(statement, catalog).is_some()));
    table.triggers = kept;
    table.uncarried.extend(left.into_iter().map(|trigger| Uncarried {
        kind: "trigger".to_owned(),
        name: trigger.name,
        text: String::new(),
        reason: "it calls code of a schema that is not the tenant's".to_owned(),
    }));
}

fn leave_defaults(table: &mut Table, strangers: &BTreeSet<String>) {
    let (left, kept) = std::mem::take(&mut table.sequences)
        .into_iter()
        .partition(|sequence| schema_of(&sequence.name).is_some_and(|schema| strangers.contains(&schema)));
    table.sequences = kept;
    for sequence in left {
        for column in table.columns.iter_mut().filter(|column| column.name == sequence.column) {
            column.default = None;
        }
        table.uncarried.push(Uncarried {
            kind: "default".to_owned(),
            name: sequence.column,
            text: String::new(),
            reason: "it takes its numbers from a sequence in a schema that is not the tenant's".to_owned(),
        });
    }
}

/// The schema in which the statement makes something.
fn made_in(statement: &str) -> Option<String> {
    if let Some((_, schema)) =
        statement.strip_prefix("create extension ").and_then(|rest| rest.rsplit_once(" with schema "))
    {
        return identifier(schema).map(|(schema, _)| schema);
    }
    MAKES.iter().find_map(|makes| statement.strip_prefix(makes)).and_then(schema_of)
}

/// The schema of a qualified name at the beginning of the text.
fn schema_of(text: &str) -> Option<String> {
    let (schema, rest) = identifier(text)?;
    rest.starts_with('.').then_some(schema)
}

/// The identifier at the beginning of the text, quoted or not, and what follows it.
fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find(|char: char| !char.is_alphanumeric() && char != '_' && char != '$').unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_owned(), &text[end..]));
    };
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_of_what_a_statement_makes_is_read_quoted_or_not() {
        for (statement, schema) in [
            ("create type tenant_1.mood as enum ('a')", Some("tenant_1")),
            ("create type \"tenant \"\".1\".mood as enum ('a')", Some("tenant \".1")),
            ("create domain \"T\".d as text", Some("T")),
            ("create sequence if not exists tenant_1.s as integer", Some("tenant_1")),
            ("create collation if not exists x.c (provider = icu)", Some("x")),
            ("create extension if not exists citext with schema \"tenant_1\"", Some("tenant_1")),
            ("create schema if not exists \"tenant_1\"", None),
            ("create type mood as enum ()", None),
            ("create type \"unclosed", None),
        ] {
            assert_eq!(made_in(statement).as_deref(), schema, "{statement}");
        }
    }
}

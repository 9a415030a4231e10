//! Findings about whose rows a table holds.

use super::{Finding, references};
use crate::{
    catalog::{OwnerRule, Polymorphic},
    plan::{
        key::{self, Holding, KeyProblem},
        slice::comparison,
        territory::{Class, Place, Territory},
    },
    schema::Column,
};
use shared::export::Engine;

pub(super) fn check(territory: &Territory<'_>, place: Place, findings: &mut Vec<Finding>) {
    match territory.class(place) {
        Class::Owned(rule) => {
            if let Some(column) = &rule.column {
                owner(territory, place, column, findings);
            }
            for words in rule.ways() {
                if let Err(problem) = key::through(territory, place, words) {
                    findings.push(explain(territory, place, words, &problem));
                }
            }
            if let Some(pair) = &rule.polymorphic {
                polymorphic(territory, place, pair, findings);
            }
            if let Some(column) = &rule.array {
                array(territory, place, column, findings);
            }
            if let Some(json) = &rule.json {
                match live_column(territory, place, &json.column, "the JSON that names its tenant", findings) {
                    Some(column) if !may_hold_json(territory.schema.engine, column) => {
                        findings.push(not_json(territory.name(place), column));
                    }
                    _ => {}
                }
            }
        }
        Class::Shared => {
            let owned = territory.keys_of(place).find(|key| matches!(territory.class(key.to), Class::Owned(_)));
            if let Some(key) = owned {
                findings.push(Finding::table(
                    "shared_owned",
                    territory.name(place),
                    format!(
                        "is shared with every tenant, but {} points to {}, whose rows belong to tenants; give it `owner = {{ through = \"{0}\" }}`, or share it with \"referenced\" or exclude it",
                        key.columns.join(", "),
                        territory.name(key.to)
                    ),
                ));
            }
        }
        _ => {}
    }
}

/// The column, or a finding that the catalog names it as `what` and the table has none of that name.
pub(super) fn live_column<'a>(
    territory: &Territory<'a>,
    place: Place,
    column: &str,
    what: &str,
    findings: &mut Vec<Finding>,
) -> Option<&'a Column> {
    let found = territory.table(place).column(column);
    if found.is_none() {
        let message = format!("the table has no such column, but the catalog names it as {what}");
        findings.push(Finding::column("vanished_column", territory.name(place), column, message));
    }
    found
}

/// Whether a column's type can hold JSON; in SQLite and MySQL texts do, too, and so do PostgreSQL's.
pub(super) fn may_hold_json(engine: Engine, column: &Column) -> bool {
    engine != Engine::Postgres
        || ["json", "jsonb", "text", "varchar", "bpchar", "citext"].contains(&column.base_type.as_str())
}

pub(super) fn not_json(table: &str, column: &Column) -> Finding {
    let message = format!("holds {}, not JSON; take the place in JSON out of the catalog", column.type_name);
    Finding::column("not_json", table, &column.name, message)
}

pub(super) fn not_an_array(table: &str, column: &Column) -> Finding {
    let message =
        format!("holds {}, not an array; if it is the key itself, take `array` out of the catalog", column.type_name);
    Finding::column("not_an_array", table, &column.name, message)
}

/// The column that lists tenants' keys.
fn array(territory: &Territory<'_>, place: Place, column: &str, findings: &mut Vec<Finding>) {
    let Some(column) = live_column(territory, place, column, "the list of its tenants", findings) else {
        return;
    };
    if territory.schema.engine == Engine::Postgres && !column.base_type.starts_with('_') {
        findings.push(not_an_array(territory.name(place), column));
    }
}

/// The pair of type and id, and every table that it points to.
fn polymorphic(territory: &Territory<'_>, place: Place, pair: &Polymorphic, findings: &mut Vec<Finding>) {
    let name = territory.name(place);
    live_column(territory, place, &pair.type_column, "the type of what it points to", findings);
    let id = live_column(territory, place, &pair.id_column, "the id of what it points to", findings);
    let live = territory.by_name();
    for (word, table) in &pair.map {
        let Some([to]) = live.get(table.as_str()).map(Vec::as_slice) else {
            let message = format!("the source has no table {table}, but the catalog names it for the type \"{word}\"");
            findings.push(Finding::table("vanished_table", name, message));
            continue;
        };
        if !matches!(territory.class(*to), Class::Owned(_)) {
            let message = format!(
                "the type \"{word}\" points to {table}, whose rows belong to no tenant; give {table} an owner or take the word out"
            );
            findings.push(Finding::table("parent_not_owned", name, message));
        }
        match (id, territory.table(*to).primary_key.as_slice()) {
            (Some(id), [key]) => {
                let known = key::polymorphic(territory, place).find(|key| key.to == *to);
                let parent = territory.table(*to).column(key);
                if let (Some(known), Some(parent)) = (known, parent)
                    && comparison::casts(territory.schema.engine, known, id, parent).is_none()
                {
                    findings.push(references::incomparable(territory, place, id, *to, parent));
                }
            }
            (Some(_), _) => {
                let message = format!(
                    "the type \"{word}\" points to {table}, which has no primary key of one column for {} to name",
                    pair.id_column
                );
                findings.push(Finding::table("no_primary_key", name, message));
            }
            (None, _) => {}
        }
    }
}

fn owner(territory: &Territory<'_>, place: Place, column: &str, findings: &mut Vec<Finding>) {
    let table = territory.table(place);
    let name = territory.name(place);
    if table.column(column).is_none() {
        findings.push(Finding::column(
            "vanished_column",
            name,
            column,
            "the table has no such column, but the catalog names it as its owner",
        ));
        return;
    }
    for key in territory.keys_of(place).filter(|key| key.columns == [column] && key.holding == Holding::Whole) {
        let (parent, [to]) = (key.to, key.to_columns.as_slice()) else {
            continue;
        };
        let leads_to_owner = match territory.class(parent) {
            Class::Owned(OwnerRule { column: Some(owner), .. }) => owner == to,
            Class::Owned(_) | Class::Referenced | Class::Shared => false,
            Class::Excluded(_) | Class::Undecided | Class::Unclassified => true,
        };
        if !leads_to_owner {
            findings.push(Finding::column(
                "foreign_owner",
                name,
                column,
                format!(
                    "points to {}.{to}, which is not the tenant's key; if the row belongs to whoever owns that row, write `owner = {{ through = \"{column}\" }}`",
                    territory.name(parent)
                ),
            ));
        }
    }
}

fn explain(territory: &Territory<'_>, place: Place, words: &str, problem: &KeyProblem) -> Finding {
    let name = territory.name(place);
    match problem {
        KeyProblem::NoColumn(column) => Finding::column(
            "vanished_column",
            name,
            column,
            "the table has no such column, but the catalog names it in `through`",
        ),
        KeyProblem::NotDeclared => {
            let declared: Vec<String> = territory
                .table(place)
                .foreign_keys
                .iter()
                .map(|key| format!("\"{}\"", key.columns.join(", ")))
                .collect();
            let declared = match declared.is_empty() {
                true => "none".to_owned(),
                false => declared.join(", "),
            };
            Finding::table(
                "no_such_key",
                name,
                format!(
                    "`through` needs a foreign key that the database declares or a reference of the catalog, and \"{words}\" is neither (declared: {declared}); declare it, write it under `references`, or name the owner's column"
                ),
            )
        }
        KeyProblem::ParentNotOwned(parent) => Finding::table(
            "parent_not_owned",
            name,
            format!(
                "\"{words}\" points to {parent}, whose rows belong to no tenant; give {parent} an owner or choose another key"
            ),
        ),
        KeyProblem::Ambiguous => Finding::table(
            "ambiguous_key",
            name,
            format!(
                "several foreign keys over \"{words}\" lead to different owned rows; choose a key that is declared once"
            ),
        ),
    }
}

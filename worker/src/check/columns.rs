//! Findings about single columns.

use super::{Finding, personal, secret};
use crate::{
    catalog::ColumnRule,
    plan::{
        key::{self, Holding},
        select,
        territory::{Class, Place, Territory},
    },
    schema::{Column, Table},
};
use std::collections::BTreeMap;

pub(super) fn check(territory: &Territory<'_>, place: Place, findings: &mut Vec<Finding>) {
    let table = territory.table(place);
    let name = territory.name(place);
    let Some(rule) = territory.rule(place) else {
        return;
    };
    if !table.is_virtual() {
        for column in rule.columns.keys() {
            if table.column(column).is_none() {
                findings.push(Finding::column(
                    "vanished_column",
                    name,
                    column,
                    "the table has no such column; take it out of the catalog or correct its name",
                ));
            }
        }
    }
    if !territory.class(place).is_delivered() {
        return;
    }
    let omitted = |column: &Column| rule.columns.get(&column.name).is_some_and(|rule| rule.omit.is_some());
    if !table.columns.is_empty() && table.columns.iter().all(omitted) {
        findings.push(Finding::table(
            "nothing_left",
            name,
            "every column is omitted; exclude the table with a reason instead",
        ));
    }
    let needed = needed(territory, place);
    for column in &table.columns {
        // What is said about persons only decides nothing about the tenant.
        let decision = rule.columns.get(&column.name).filter(|rule| rule.decides());
        let mut find = |code, message: String| {
            findings.push(Finding::column(code, name, &column.name, message));
        };
        match decision {
            None => {
                if secret::looks_secret(table, column) {
                    find(
                        "secret_looking_column",
                        "looks like a secret; omit it, mask it, or keep it with a reason".to_owned(),
                    );
                }
                let nobodys = matches!(territory.class(place), Class::Referenced | Class::Shared);
                if nobodys && personal::looks_personal(column) {
                    find(
                        "personal_column",
                        "looks like a person's data, and the table's rows belong to no tenant; omit it, mask it, or keep it with a reason"
                            .to_owned(),
                    );
                }
                if let Some(hidden) = reveals(table, column, &rule.columns, |_| false) {
                    find(
                        "derived_column",
                        format!(
                            "is computed from columns of which {hidden} is hidden; omit it too, or keep it with a reason"
                        ),
                    );
                }
            }
            Some(ColumnRule { undecided: Some(question), .. }) => {
                find("undecided", format!("a person must answer first: {question}"))
            }
            Some(ColumnRule { keep: Some(_), .. } | ColumnRule { deliver: Some(_), .. }) => {}
            Some(ColumnRule { mask, .. }) => {
                if let Some(reason) = needed.get(column.name.as_str()) {
                    find(
                        "hidden_key",
                        format!("cannot be omitted or masked: {reason}; deliver it, or exclude the table"),
                    );
                } else if mask.is_some() && column.generated.as_ref().is_some_and(|rule| !rule.own_code) {
                    find(
                        "unmaskable_column",
                        "is computed by the database, so a restored archive would hold its value in full; omit it"
                            .to_owned(),
                    );
                } else if mask.is_some() && !select::is_text(territory.schema.engine, column) {
                    find(
                        "unmaskable_column",
                        format!("holds {}, and only text can be masked; omit it", column.type_name),
                    );
                }
            }
        }
    }
}

/// The columns without which the archive would not hold together, with the reason.
pub(super) fn needed<'a>(territory: &Territory<'a>, place: Place) -> BTreeMap<&'a str, String> {
    let table = territory.table(place);
    let mut needed = BTreeMap::new();
    for column in &table.primary_key {
        needed.insert(column.as_str(), "it is part of the primary key".to_owned());
    }
    // What lies inside JSON is found in the source; the archive holds together without it.
    let in_columns = |key: &&key::Key<'a>| !matches!(key.holding, Holding::Json(_));
    for key in territory.keys_of(place).filter(in_columns).filter(|key| territory.class(key.to).is_delivered()) {
        for column in &key.columns {
            needed.insert(column, format!("it points to {}, which is delivered", territory.name(key.to)));
        }
    }
    for key in territory.pointing_to(place) {
        for column in &key.to_columns {
            needed.insert(column, format!("{}, which is delivered, points to it", territory.name(key.from)));
        }
    }
    if let Class::Owned(rule) = territory.class(place) {
        if let Some(column) = rule.column.as_ref().and_then(|column| table.column(column)) {
            needed.insert(&column.name, "it says whose the row is".to_owned());
        }
        for key in key::ways(territory, place).into_iter().flatten().filter(in_columns) {
            for column in &key.columns {
                needed.insert(column, "it says whose the row is".to_owned());
            }
        }
    }
    needed
}

/// The hidden column that a generated column without a decision may show; `also` says which others are hidden.
pub(super) fn reveals<'r>(
    table: &Table,
    column: &Column,
    rules: &'r BTreeMap<String, ColumnRule>,
    also: impl Fn(&str) -> bool,
) -> Option<&'r str> {
    let expression = &column.generated.as_ref()?.expression;
    rules
        .iter()
        .filter(|(name, rule)| rule.omit.is_some() || rule.mask.is_some() || also(name))
        .map(|(name, _)| name.as_str())
        .filter(|name| table.column(name).is_some())
        // SQLite does not tell the expression by itself: then any hidden column may be in it.
        .find(|name| {
            expression.is_empty()
                || ['"', '`']
                    .iter()
                    .any(|quote| expression.contains(&name.replace(*quote, &quote.to_string().repeat(2))))
        })
}

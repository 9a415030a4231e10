//! Findings about ways that only the catalog knows.

use super::{
    Finding,
    owners::{live_column, may_hold_json, not_an_array, not_json},
};
use crate::{
    catalog::Reference,
    plan::{
        key::{self, Holding, Origin},
        slice::comparison,
        territory::{Place, Territory},
    },
    schema::Column,
};
use shared::export::Engine;

/// References that fit no live table or column, or that could not mean one row.
pub(super) fn check(territory: &Territory<'_>, place: Place, findings: &mut Vec<Finding>) {
    let Some(rule) = territory.rule(place) else { return };
    if !territory.class(place).is_delivered() {
        return;
    }
    for (name, reference) in &rule.references {
        if let Some(to) = target(territory, place, name, reference, findings) {
            columns(territory, place, name, reference, to, findings);
        }
    }
}

/// The table that the reference points to.
fn target(
    territory: &Territory<'_>,
    place: Place,
    name: &str,
    reference: &Reference,
    findings: &mut Vec<Finding>,
) -> Option<Place> {
    match territory.by_name().get(reference.table.as_str()).map(Vec::as_slice) {
        Some([to]) => Some(*to),
        // That two tables read alike is a finding of its own.
        Some(_) => None,
        None => {
            let message = format!("the source has no table {}, but reference \"{name}\" points to it", reference.table);
            findings.push(Finding::table("vanished_table", territory.name(place), message));
            None
        }
    }
}

fn columns(
    territory: &Territory<'_>,
    place: Place,
    name: &str,
    reference: &Reference,
    to: Place,
    findings: &mut Vec<Finding>,
) {
    let (table, target) = (territory.name(place), territory.table(to));
    let engine = territory.schema.engine;
    let what = format!("a column of reference \"{name}\"");
    let words = reference.column.as_deref().unwrap_or(name);
    let own: Vec<Option<&Column>> = key::columns(territory.table(place), words)
        .into_iter()
        .map(|column| live_column(territory, place, column, &what, findings))
        .collect();
    let named: Vec<&str> = match &reference.key {
        Some(words) => key::columns(target, words),
        None => target.primary_key.iter().map(String::as_str).collect(),
    };
    let others: Vec<Option<&Column>> =
        named.iter().map(|column| live_column(territory, to, column, &what, findings)).collect();
    let (Some(own), Some(others)) =
        (own.into_iter().collect::<Option<Vec<_>>>(), others.into_iter().collect::<Option<Vec<_>>>())
    else {
        return;
    };
    let mut find = |code, message: String| findings.push(Finding::table(code, table, message));
    if others.is_empty() {
        find(
            "no_primary_key",
            format!(
                "reference \"{name}\" points to {}, which has no primary key; name a unique column of it as `key`",
                reference.table
            ),
        );
        return;
    }
    let one_only = reference.array || reference.json.is_some();
    if own.len() != others.len() || (one_only && own.len() > 1) {
        find(
            "uneven_reference",
            format!(
                "reference \"{name}\" pairs {} columns with {} of {}; name as many on both sides, and one on each for an array or a place in JSON",
                own.len(),
                others.len(),
                reference.table
            ),
        );
        return;
    }
    let same = |unique: &Vec<String>| {
        unique.len() == named.len() && unique.iter().all(|column| named.contains(&column.as_str()))
    };
    let primary = same(&target.primary_key);
    if !primary && !target.unique.iter().any(same) {
        find(
            "not_unique",
            format!(
                "reference \"{name}\" points to {} of {}, which is not unique there, so a row could belong to several; point to the primary key or to a unique column",
                named.join(", "),
                reference.table
            ),
        );
    }
    let (child, parent) = (own[0], others[0]);
    if reference.json.is_some() && !may_hold_json(engine, child) {
        findings.push(not_json(table, child));
    } else if reference.array && engine == Engine::Postgres && !child.base_type.starts_with('_') {
        findings.push(not_an_array(table, child));
    } else if let Some(key) = territory.keys_of(place).find(|key| key.origin == Origin::Virtual(name)) {
        let pairs = match key.holding {
            Holding::Whole => own.iter().copied().zip(others.iter().copied()).collect(),
            Holding::Elements | Holding::Json(_) => vec![(child, parent)],
        };
        for (child, parent) in pairs {
            if comparison::casts(engine, key, child, parent).is_none() {
                findings.push(incomparable(territory, place, child, to, parent));
            }
        }
    }
}

/// Two columns that no value could make equal.
pub(super) fn incomparable(
    territory: &Territory<'_>,
    place: Place,
    child: &Column,
    to: Place,
    parent: &Column,
) -> Finding {
    let message = format!(
        "holds {}, but {}.{}, to which the catalog says that it points, holds {}: the database cannot compare them; point to another column",
        child.type_name,
        territory.name(to),
        parent.name,
        parent.type_name
    );
    Finding::column("incomparable_key", territory.name(place), &child.name, message)
}

#[cfg(test)]
mod tests;

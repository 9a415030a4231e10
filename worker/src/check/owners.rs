//! Findings about whose rows a table holds.

use super::Finding;
use crate::{
    catalog::OwnerRule,
    plan::{
        key::{self, Holding, KeyProblem},
        territory::{Class, Place, Territory},
    },
};

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
        }
        Class::Referenced => {
            let table = territory.table(place);
            let to_itself = territory.pointing_to(place).any(|key| key.from == place);
            if to_itself && table.primary_key.is_empty() {
                findings.push(Finding::table(
                    "no_primary_key",
                    territory.name(place),
                    "its rows point to rows of the same table, which can be followed only with a primary key; share it with \"all\" or exclude it",
                ));
            }
        }
        _ => {}
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
                true => "it has none".to_owned(),
                false => format!("it has {}", declared.join(", ")),
            };
            Finding::table(
                "no_such_key",
                name,
                format!(
                    "`through` needs a foreign key that the database itself declares, and \"{words}\" is none ({declared}); declare it, or name the owner's column"
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

/// Rules that lead back to their own table: owners that never end in a key, and shared tables that point to each other.
pub(super) fn circles(territory: &Territory<'_>, findings: &mut Vec<Finding>) {
    let owners = |place: Place| -> Vec<Place> {
        match territory.class(place) {
            Class::Owned(rule) => rule
                .ways()
                .iter()
                .filter_map(|words| key::through(territory, place, words).ok())
                .map(|key| key.to)
                .collect(),
            _ => Vec::new(),
        }
    };
    for circle in find_circles(territory.schema.tables.len(), owners) {
        findings.push(Finding::table(
            "owner_cycle",
            territory.name(circle[0]),
            format!(
                "its owner leads back to itself ({}); give one of these tables an owner column",
                names(territory, &circle)
            ),
        ));
    }
    let referenced = |place: Place| -> Vec<Place> {
        match territory.class(place) {
            Class::Referenced => territory
                .pointing_to(place)
                .map(|key| key.from)
                .filter(|from| *from != place && matches!(territory.class(*from), Class::Referenced))
                .collect(),
            _ => Vec::new(),
        }
    };
    for circle in find_circles(territory.schema.tables.len(), referenced) {
        findings.push(Finding::table(
            "reference_cycle",
            territory.name(circle[0]),
            format!(
                "shared tables point to each other in a circle ({}); share one of them with \"all\"",
                names(territory, &circle)
            ),
        ));
    }
}

pub(super) fn names(territory: &Territory<'_>, circle: &[Place]) -> String {
    let mut names: Vec<&str> = circle.iter().map(|place| territory.name(*place)).collect();
    names.push(names[0]);
    names.join(" → ")
}

/// At least one circle for each group of nodes that reach each other, each beginning with its smallest node.
pub(super) fn find_circles(count: usize, next: impl Fn(Place) -> Vec<Place>) -> Vec<Vec<Place>> {
    let mut circles: Vec<Vec<Place>> = Vec::new();
    let mut done = vec![false; count];
    for start in 0..count {
        let mut path: Vec<Place> = Vec::new();
        let mut ahead: Vec<Vec<Place>> = vec![vec![start]];
        while let Some(level) = ahead.last_mut() {
            let Some(node) = level.pop() else {
                ahead.pop();
                if let Some(node) = path.pop() {
                    done[node] = true;
                }
                continue;
            };
            if let Some(begin) = path.iter().position(|known| *known == node) {
                let mut circle = path[begin..].to_vec();
                let smallest = (0..circle.len()).min_by_key(|index| circle[*index]).unwrap_or(0);
                circle.rotate_left(smallest);
                if !circles.contains(&circle) {
                    circles.push(circle);
                }
            } else if !done[node] {
                path.push(node);
                ahead.push(next(node));
            }
        }
    }
    circles
}

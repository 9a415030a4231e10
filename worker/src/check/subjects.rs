//! Findings about persons: what of each table is theirs.

use super::{Finding, circles, columns};
use crate::{
    catalog::{OwnerRule, Through},
    plan::{
        key::KeyProblem,
        person::{self, Belonging, Person, Showing},
        select,
        territory::{Class, Place, Territory},
    },
};

/// Findings that stand in the way of exports of persons of one kind, beside those that stand in the way of every export.
pub(super) fn check(territory: &Territory<'_>, findings: &mut Vec<Finding>) {
    let Some(person) = territory.person() else { return };
    for place in 0..territory.schema.tables.len() {
        // What is undecided for the whole tenant is a finding of its own.
        let decided = !matches!(person.tenant.class(place), Class::Undecided | Class::Unclassified);
        if matches!(territory.class(place), Class::Undecided) && decided {
            findings.push(undecided(territory, person, place));
        }
        if let Some(Belonging::Through(through)) = territory.belonging(place) {
            ways(territory, person, place, through, findings);
        }
        hidden(territory, person, place, findings);
    }
    circled(territory, person, findings);
}

fn undecided(territory: &Territory<'_>, person: &Person<'_>, place: Place) -> Finding {
    let kind = person.kind;
    let way = person.toward(place).unwrap_or_default();
    Finding::table(
        "undecided_subject",
        territory.name(place),
        format!(
            "its rows lead to {}, and nobody has decided what of it belongs to one {kind}; write `in_subject = {{ {kind} = {{ through = \"{way}\" }} }}`, or exclude it with a reason",
            territory.name(person.place)
        ),
    )
}

fn ways(territory: &Territory<'_>, person: &Person<'_>, place: Place, through: &Through, findings: &mut Vec<Finding>) {
    let (name, kind) = (territory.name(place), person.kind);
    for words in through.keys() {
        let problem = match person::named(territory, place, words) {
            Ok(_) => continue,
            Err(problem) => problem,
        };
        findings.push(match problem {
            KeyProblem::NoColumn(column) => Finding::column(
                "vanished_column",
                name,
                &column,
                format!("the table has no such column, but the catalog names it for a {kind}"),
            ),
            KeyProblem::NotDeclared => Finding::table(
                "no_such_key",
                name,
                format!(
                    "for a {kind}, \"{words}\" is no key of the table; name a foreign key by its columns, or one of its `references`"
                ),
            ),
            KeyProblem::ParentNotOwned(parent) => Finding::table(
                "parent_not_owned",
                name,
                format!(
                    "for a {kind}, \"{words}\" points to {parent}, of which nothing belongs to a {kind} by a key; choose another key"
                ),
            ),
            KeyProblem::Ambiguous => Finding::table(
                "ambiguous_key",
                name,
                format!("for a {kind}, several keys over \"{words}\" lead to different rows; choose a key that is declared once"),
            ),
        });
    }
}

/// Columns that are hidden from persons although the archive would not hold together without them, or that others are computed from.
fn hidden(territory: &Territory<'_>, person: &Person<'_>, place: Place, findings: &mut Vec<Finding>) {
    let Some(rule) = territory.rule(place).filter(|_| territory.class(place).is_delivered()) else {
        return;
    };
    let (table, name) = (territory.table(place), territory.name(place));
    let mut needed = columns::needed(territory, place);
    if let Class::Owned(OwnerRule { column: Some(column), .. }) = person.tenant.class(place) {
        needed.insert(column, "it says which tenant's the row is".to_owned());
    }
    if place == person.place {
        needed.insert(&person.rule.key, format!("it says which {} the row is", person.kind));
    }
    let only_here = |column: &str| {
        let showing = territory.showing(rule, column);
        (showing != person.tenant.showing(rule, column)).then_some(showing)
    };
    let mut left = false;
    for column in &table.columns {
        left |= !matches!(territory.showing(rule, &column.name), Showing::Omitted(_));
        let Some(showing) = only_here(&column.name) else {
            continue;
        };
        let mut find = |code, message: String| findings.push(Finding::column(code, name, &column.name, message));
        let masked = matches!(showing, Showing::Masked(_));
        if let Some(reason) = needed.get(column.name.as_str()) {
            find(
                "hidden_key",
                format!("cannot be hidden from a {}: {reason}; deliver it, or exclude the table", person.kind),
            );
        } else if masked && column.generated.as_ref().is_some_and(|rule| !rule.own_code) {
            find(
                "unmaskable_column",
                "is computed by the database, so a restored archive would hold its value in full; omit it".to_owned(),
            );
        } else if masked && !select::is_text(territory.schema.engine, column) {
            find("unmaskable_column", format!("holds {}, and only text can be masked; omit it", column.type_name));
        }
    }
    if !left && !table.columns.is_empty() {
        findings.push(Finding::table(
            "nothing_left",
            name,
            format!("every column is hidden from a {}; exclude the table with a reason instead", person.kind),
        ));
    }
    for column in table.columns.iter().filter(|column| !rule.columns.contains_key(&column.name)) {
        let hides = |name: &str| only_here(name).is_some();
        if let Some(hidden) = columns::reveals(table, column, &rule.columns, hides) {
            findings.push(Finding::column(
                "derived_column",
                name,
                &column.name,
                format!(
                    "is computed from columns of which {hidden} is hidden from a {}; write `in_subject = \"omit\"` for it too, or keep it with a reason",
                    person.kind
                ),
            ));
        }
    }
}

/// Circles that are none in the whole tenant's export.
fn circled(territory: &Territory<'_>, person: &Person<'_>, findings: &mut Vec<Finding>) {
    let (mut known, mut found) = (Vec::new(), Vec::new());
    circles::check(&person.tenant, &mut known);
    circles::check(territory, &mut found);
    found.retain(|finding| !known.contains(finding));
    findings.extend(found.into_iter().map(|finding| Finding {
        message: match finding.code {
            "owner_cycle" => format!(
                "for a {}, its keys lead only back to itself; name a key in `in_subject` that leads to the person",
                person.kind
            ),
            _ => format!("for a {}, {}", person.kind, finding.message),
        },
        ..finding
    }));
}

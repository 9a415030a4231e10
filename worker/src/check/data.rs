//! Comparing a catalog with the rows themselves: what a schema cannot tell.
//!
//! Every question is one statement of counts over all tenants, in one read-only snapshot. No value is printed, with one exception: words that say which
//! table a row points to, where they look like names of classes.

mod json_texts;
mod orphans;
mod owners;
mod path;
mod question;
mod references;
mod words;

use super::Finding;
use crate::{
    catalog::Catalog,
    error::ExportError,
    plan::{
        slice::Unplannable,
        territory::{Class, Place, Territory},
    },
    source::{Snapshot, Source},
    steps::Steps,
};
use chrono::DateTime;
pub(super) use json_texts::broken as broken_json;
use question::Question;

/// Rows beyond this are no longer counted: a finding says "or more".
const MOST_COUNTED: u64 = 10_000;

/// What the rows say against the catalog, sorted by table; empty when everything that the catalog says of them is true.
///
/// Fails where the source does not let its user see every row, as under row level security: then an empty answer would say nothing.
///
/// Its steps are questions.
pub async fn check(source: &Source, catalog: &Catalog, steps: &Steps) -> Result<Vec<Finding>, ExportError> {
    if source.engine != catalog.engine {
        return Ok(Vec::new());
    }
    // The time of a snapshot whose proof goes nowhere.
    let mut snapshot = source.snapshot("check", DateTime::UNIX_EPOCH).await?;
    let findings = ask_all(&mut snapshot, catalog, steps).await;
    snapshot.close().await;
    findings
}

async fn ask_all(snapshot: &mut Snapshot, catalog: &Catalog, steps: &Steps) -> Result<Vec<Finding>, ExportError> {
    let schema = snapshot.schema(&catalog.schemas).await?;
    let territory = Territory::new(catalog, &schema);
    let mut findings = Vec::new();
    let mut questions = questions(&territory, &mut findings);
    findings.extend(broken_json(snapshot, &territory, &mut questions).await?);
    findings.extend(ask(snapshot, &territory, questions, steps).await?);
    findings
        .sort_by(|left, right| (&left.table, &left.column, left.code).cmp(&(&right.table, &right.column, right.code)));
    findings.dedup();
    Ok(findings)
}

/// Asks; the findings in the order of the questions.
pub(super) async fn ask(
    snapshot: &mut Snapshot,
    territory: &Territory<'_>,
    questions: Vec<Question>,
    steps: &Steps,
) -> Result<Vec<Finding>, ExportError> {
    let mut findings = Vec::new();
    steps.expect(questions.len() as u64);
    for question in questions {
        let answer = snapshot.count(&question.sql, &format!("checking {}", territory.name(question.place))).await?;
        steps.count(1);
        let Some(mut finding) = question.judge(territory, &answer) else { continue };
        if let Some(sql) = &question.out_of {
            let counted = snapshot.count(sql, &format!("checking {}", territory.name(question.place))).await?;
            finding.message = finding.message.replace("{of}", &question::number(question::total(&counted)));
        }
        findings.push(finding);
    }
    Ok(findings)
}

/// What can be asked about the table of tenants alone.
pub(super) fn of_tenants(territory: &Territory<'_>) -> Vec<Question> {
    Vec::from_iter(owners::ambiguous_tenant(territory))
}

/// Everything that can be asked; what cannot is a finding of its own.
pub(super) fn questions(territory: &Territory<'_>, findings: &mut Vec<Finding>) -> Vec<Question> {
    let mut questions = of_tenants(territory);
    for place in 0..territory.schema.tables.len() {
        if !territory.class(place).is_delivered() || territory.table(place).is_virtual() {
            continue;
        }
        match about(territory, place) {
            Ok(asked) => questions.extend(asked),
            Err(Unplannable) => findings.push(unchecked(territory, place)),
        }
    }
    questions
}

fn about(territory: &Territory<'_>, place: Place) -> Result<Vec<Question>, Unplannable> {
    let mut questions = references::dangling(territory, place)?;
    if let Class::Owned(rule) = territory.class(place) {
        questions.extend(words::unmapped(territory, place, rule)?);
        questions.extend(orphans::orphaned(territory, place, rule)?);
        questions.extend(owners::disagreeing(territory, place, rule)?);
        questions.extend(owners::twice_owned(territory, place, rule)?);
    }
    Ok(questions)
}

fn unchecked(territory: &Territory<'_>, place: Place) -> Finding {
    Finding::table(
        "unchecked_rows",
        territory.name(place),
        "its rows cannot be compared: a rule names what is not there, or there are too many ways to a tenant; a table with an owner column has one",
    )
}

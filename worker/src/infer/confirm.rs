//! A draft is held against the same check as a reviewed catalog: what the check would refuse becomes a question.

use super::{
    InferError, Inferred,
    draft::Draft,
    landscape::Landscape,
    merge,
    secret::{ColumnDecision, ColumnVerdict},
    story::Reviewed,
    verdict::{Decision, Verdict},
};
use crate::{
    catalog::Catalog,
    check::{self, Finding},
    schema::Schema,
};

/// Findings about a column's own rule.
const OF_COLUMNS: &[&str] =
    &["secret_looking_column", "personal_column", "hidden_key", "derived_column", "unmaskable_column"];

/// Findings about a table's decision.
const OF_TABLES: &[&str] = &[
    "foreign_owner",
    "no_such_key",
    "parent_not_owned",
    "ambiguous_key",
    "shared_owned",
    "owner_cycle",
    "reference_cycle",
    "no_primary_key",
    "virtual_table",
    "nothing_left",
    "vanished_column",
];

/// The draft as text, with every contradiction turned into a question.
pub(super) fn confirm(
    mut draft: Draft,
    land: &Landscape<'_>,
    live: &Schema,
    reviewed: Option<&Reviewed>,
) -> Result<Inferred, InferError> {
    loop {
        let text = match reviewed {
            Some(reviewed) => merge::merge(&reviewed.text, &draft, land)?,
            None => draft.write(),
        };
        let catalog = Catalog::parse(&text).map_err(|error| InferError::Reviewed(error.to_string()))?;
        let findings = check::check(&catalog, live);
        let mut changed = false;
        for finding in &findings {
            changed |= ask(&mut draft, reviewed, finding);
        }
        if !changed {
            return Ok(count(text, &catalog, &findings));
        }
    }
}

/// Turns a finding into a question of the draft; says whether that changed it.
fn ask(draft: &mut Draft, reviewed: Option<&Reviewed>, finding: &Finding) -> bool {
    let tenants = draft.tenant.table.clone();
    let known = |table: &str| reviewed.and_then(|reviewed| reviewed.catalog.tables.get(table));
    let Some(table) = finding.table.as_deref() else { return false };
    let Some(entry) = draft.tables.iter_mut().find(|entry| entry.name == table) else { return false };
    if let Some(column) = finding.column.as_deref()
        && OF_COLUMNS.contains(&finding.code)
    {
        if known(table).is_some_and(|rule| rule.columns.contains_key(column)) {
            return false;
        }
        let before = entry.columns.iter().position(|verdict| verdict.column == column);
        let looks = match before.map(|place| &entry.columns[place].decision) {
            Some(ColumnDecision::Undecided(_)) => return false,
            Some(ColumnDecision::Omit(reason)) => format!("{reason}? It "),
            None => String::new(),
        };
        let verdict = ColumnVerdict {
            column: column.to_owned(),
            decision: ColumnDecision::Undecided(format!("{looks}{}", finding.message)),
            note: None,
        };
        match before {
            Some(place) => entry.columns[place] = verdict,
            None => entry.columns.push(verdict),
        }
        return true;
    }
    let decided = !entry.verdict.is_undecided() && !matches!(entry.verdict.decision, Decision::Exclude(_));
    if !OF_TABLES.contains(&finding.code) || !decided || table == tenants || known(table).is_some() {
        return false;
    }
    let mut question = finding.message.clone();
    if let Some(column) = &finding.column {
        question = format!("`{column}` {question}");
    }
    entry.verdict = Verdict { notes: std::mem::take(&mut entry.verdict.notes), ..Verdict::undecided(question) };
    entry.parents.clear();
    entry.in_subject.clear();
    true
}

fn count(text: String, catalog: &Catalog, findings: &[Finding]) -> Inferred {
    let tables =
        |what: fn(&crate::catalog::TableRule) -> bool| catalog.tables.values().filter(|rule| what(rule)).count();
    Inferred {
        text,
        owned: tables(|rule| rule.owner.is_some()),
        shared: tables(|rule| rule.share.is_some()),
        excluded: tables(|rule| rule.exclude.is_some()),
        undecided: findings.len(),
    }
}

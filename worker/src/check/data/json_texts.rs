//! Columns of text in which keys are looked for, of which some row holds no JSON.

use super::question::{Question, Statement};
use crate::{
    check::Finding,
    error::ExportError,
    plan::{identifier::quote, json_text, territory::Territory},
    source::Snapshot,
};

/// Tries each out. Questions that read one of those found cannot be asked, and are taken out.
pub(in crate::check) async fn broken(
    snapshot: &mut Snapshot,
    territory: &Territory<'_>,
    questions: &mut Vec<Question>,
) -> Result<Vec<Finding>, ExportError> {
    let mut findings = Vec::new();
    for place in 0..territory.schema.tables.len() {
        let name = territory.name(place);
        for column in json_text::columns(territory, place) {
            let relation = Statement::new(territory).relation(place);
            if snapshot.holds_json(&relation, column, &format!("checking {name}")).await? {
                continue;
            }
            let read = json_text::read(&format!(".{}", quote(column)));
            questions.retain(|question| !question.sql.contains(&read));
            findings.push(Finding::column(
                "broken_json",
                name,
                column,
                "the catalog looks for keys in it, but some row holds a text that is no JSON, so that exports stop; correct the rows, make the column jsonb, or exclude the table. \
                 What else the rows say against the catalog is only told after that",
            ));
        }
    }
    Ok(findings)
}

//! Questions about rows that belong to nobody.

use super::{
    path,
    question::{Question, Statement},
    words,
};
use crate::{
    catalog::OwnerRule,
    plan::{
        slice::Unplannable,
        territory::{Place, Territory},
    },
};

/// Rows of a table with owners by which no way leads anywhere: each of their keys is NULL or points to no row.
pub(super) fn orphaned(
    territory: &Territory<'_>,
    place: Place,
    rule: &OwnerRule,
) -> Result<Option<Question>, Unplannable> {
    if territory.tenants() == Some(place) || rule.placement {
        return Ok(None);
    }
    let mut statement = Statement::new(territory);
    let mut ways = statement.other_ways(place, rule)?;
    let mut names: Vec<&str> = rule.column.as_deref().into_iter().chain(rule.array.as_deref()).collect();
    names.extend(rule.json.iter().map(|path| path.column.as_str()));
    for key in path::ways(territory, place) {
        if words::is_polymorphic(key) {
            ways.push(statement.finds(key)?);
        }
        names.extend(&key.columns);
    }
    names.dedup();
    let mut conditions: Vec<String> = ways.iter().map(|way| format!("not {way}")).collect();
    if let Some(pair) = &rule.polymorphic {
        // A word that the map does not list is another finding.
        conditions.push(words::is_mapped_or_null(&statement, place, pair)?);
    }
    let mut condition = conditions.join(" and ");
    if let Some(column) = &rule.column {
        // Where the column says something, it alone decides.
        let (cell, named) = (statement.cell(&statement.row, column), statement.names_a_tenant(place, column)?);
        let otherwise = if condition.is_empty() { "1 = 1" } else { condition.as_str() };
        condition = format!("(({cell} is not null and not {named}) or ({cell} is null and {otherwise}))");
    }
    Ok(Some(Question {
        place,
        column: None,
        code: "orphaned_rows",
        sql: statement.counting(place, &condition),
        out_of: None,
        message: format!(
            "{{rows}} rows belong to no tenant, since {} is empty or points to no row: they are in nobody's export, nor is what hangs on them",
            names.join(", ")
        ),
    }))
}

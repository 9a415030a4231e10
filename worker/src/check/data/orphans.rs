//! Questions about rows that belong to nobody.

use super::{
    path,
    question::{Question, Statement},
    words,
};
use crate::{
    catalog::OwnerRule,
    plan::territory::{Place, Territory},
};

/// Rows of a table with owners by which no way leads anywhere: each of their keys is NULL or points to no row.
pub(super) fn orphaned(territory: &Territory<'_>, place: Place, rule: &OwnerRule) -> Option<Question> {
    // What an array or JSON holds is not followed here.
    let followed = path::ways(territory, place, rule);
    let through = followed.iter().filter(|key| !words::is_polymorphic(key)).count();
    if rule.array.is_some() || rule.json.is_some() || through < rule.ways().len() || territory.tenants() == Some(place)
    {
        return None;
    }
    let mut statement = Statement::new(territory);
    let mut conditions = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    if let Some(column) = &rule.column {
        conditions.push(format!("not {}", statement.names_a_tenant(place, column)?));
        names.push(column);
    }
    for key in followed {
        conditions.push(format!("not {}", statement.finds(key)));
        names.extend(&key.columns);
    }
    if let Some(pair) = &rule.polymorphic {
        // A word that the map does not list is another finding.
        conditions.push(words::is_mapped_or_null(&statement, place, pair));
    }
    names.dedup();
    Some(Question {
        place,
        column: None,
        code: "orphaned_rows",
        sql: statement.counting(place, &conditions.join(" and ")),
        out_of: None,
        message: format!(
            "{{rows}} rows belong to no tenant, since {} is empty or points to no row: they are in nobody's export, nor is what hangs on them",
            names.join(", ")
        ),
    })
}

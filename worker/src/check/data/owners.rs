//! Questions about whose a row is.

use super::{
    MOST_COUNTED,
    path::{self, Path},
    question::{Question, Statement},
    words,
};
use crate::{
    catalog::OwnerRule,
    plan::{
        identifier::quote_for,
        key::{Holding, Key},
        slice::Unplannable,
        territory::{Class, Place, Territory},
    },
};

/// Tenants whose key stands in several rows of their table.
pub(super) fn ambiguous_tenant(territory: &Territory<'_>) -> Option<Question> {
    let place = territory.tenants()?;
    let key = &territory.catalog.tenant.key;
    territory.table(place).column(key)?;
    let relation = Statement::new(territory).relation(place);
    let cell = quote_for(territory.schema.engine, key);
    Some(Question {
        place,
        column: Some(key.clone()),
        code: "ambiguous_tenant",
        sql: format!(
            "select null, count(*) from (select 1 as one from {relation} as t0 where t0.{cell} is not null group by t0.{cell} having count(*) > 1 \
             limit {MOST_COUNTED}) as found"
        ),
        out_of: None,
        message: "{rows} of the tenants' keys stand in several rows each, so that no export of theirs can run; name a unique column as `tenant.key`"
            .to_owned(),
    })
}

/// Rows whose owner column names another tenant than the one that a key of theirs leads to. One question for each key.
pub(super) fn disagreeing(
    territory: &Territory<'_>,
    place: Place,
    rule: &OwnerRule,
) -> Result<Vec<Question>, Unplannable> {
    let Some(owner) = rule.column.as_deref().filter(|owner| territory.table(place).column(owner).is_some()) else {
        return Ok(Vec::new());
    };
    let mut questions = Vec::new();
    let mut known: Vec<&Key<'_>> = Vec::new();
    for key in territory.keys_of(place) {
        if !can_disagree(territory, key, owner) || known.iter().any(|other| other.leads_alike(key)) {
            continue;
        }
        known.push(key);
        let paths = path::beginning_with(territory, key)?;
        let mut statement = Statement::new(territory);
        let mut compare = |same| -> Result<Vec<String>, Unplannable> {
            paths.iter().map(|path| statement.owner_is(path, place, owner, same)).collect()
        };
        let others = compare(false)?;
        if others.is_empty() {
            continue;
        }
        let mut condition = format!("({})", others.join(" or "));
        // The row that it points to may belong to several tenants; one of them is enough.
        if paths.len() > 1 {
            condition = format!("{condition} and not ({})", compare(true)?.join(" or "));
        }
        let (columns, target) = (key.columns.join(", "), territory.name(key.to));
        questions.push(Question {
            place,
            column: Some(owner.to_owned()),
            code: "owner_disagrees",
            sql: statement.counting(place, &condition),
            out_of: None,
            message: format!(
                "in {{rows}} rows it names another tenant than the one of the row in {target} that {columns} points to; the column decides, so the rows are in \
                 the export of one tenant and what they point to is in another's: correct the rows"
            ),
        });
    }
    Ok(questions)
}

/// Whether following the key can lead to another tenant than the column does. A key to the table of tenants only mentions one, and a key that contains
/// the owner on both sides cannot lead elsewhere.
fn can_disagree(territory: &Territory<'_>, key: &Key<'_>, owner: &str) -> bool {
    let Class::Owned(target) = territory.class(key.to) else { return false };
    let carried = key
        .columns
        .iter()
        .zip(&key.to_columns)
        .any(|(from, to)| *from == owner && target.column.as_deref() == Some(to));
    territory.tenants() != Some(key.to) && !carried
}

/// Rows that belong to two tenants by two of the ways that the catalog names. One question for each pair of ways.
pub(super) fn twice_owned(
    territory: &Territory<'_>,
    place: Place,
    rule: &OwnerRule,
) -> Result<Vec<Question>, Unplannable> {
    let ways = path::ways(territory, place);
    let mut questions = Vec::new();
    for (number, one) in ways.iter().enumerate() {
        for other in &ways[number..] {
            // A row holds one word; by a list of keys alone it can belong to several tenants.
            let list = one == other && one.holding == Holding::Elements;
            if words::is_polymorphic(one) && words::is_polymorphic(other) || one.leads_alike(other) && !list {
                continue;
            }
            let (ones, others) = (path::beginning_with(territory, one)?, path::beginning_with(territory, other)?);
            let mut statement = Statement::new(territory);
            let pairs: Vec<(&Path<'_, '_>, &Path<'_, '_>)> =
                ones.iter().flat_map(|one| others.iter().map(move |other| (one, other))).collect();
            let mut conditions = Vec::new();
            for (one, other) in pairs {
                conditions.push(statement.owners_differ(one, other)?);
            }
            if conditions.is_empty() {
                continue;
            }
            let mut condition = format!("({})", conditions.join(" or "));
            if let Some(column) = &rule.column {
                // Where the column says something, it alone decides.
                condition = format!("{} is null and {condition}", statement.cell(&statement.row, column));
            }
            questions.push(Question {
                place,
                column: None,
                code: "two_owners",
                sql: statement.counting(place, &condition),
                out_of: None,
                message: format!(
                    "{{rows}} rows belong to two tenants, to one by {} and to another by {}: they are in the exports of both; correct the rows, or name \
                     only the way that counts",
                    one.columns.join(", "),
                    other.columns.join(", ")
                ),
            });
        }
    }
    Ok(questions)
}

//! Ways from a row to the tenant that it belongs to.

use crate::plan::{
    key::{self, Key},
    slice::Unplannable,
    territory::{Class, Place, Territory},
};

/// More ways from one table than this are not compared.
const MOST: usize = 64;

/// One way: from key to key, until a column holds the tenant's own.
#[derive(Debug, Clone)]
pub(super) struct Path<'t, 'a> {
    pub(super) keys: Vec<&'t Key<'a>>,
    /// The table where it ends.
    pub(super) end: Place,
    /// Its column with the tenant's key.
    pub(super) column: &'a str,
}

/// The keys by which the catalog says that a row of the table belongs to a tenant, in its order.
pub(super) fn ways<'t, 'a>(territory: &'t Territory<'a>, place: Place) -> Vec<&'t Key<'a>> {
    key::ways(territory, place).into_iter().flatten().collect()
}

/// Every way to a tenant that begins with this key and meets no table twice.
pub(super) fn beginning_with<'t, 'a>(
    territory: &'t Territory<'a>,
    key: &'t Key<'a>,
) -> Result<Vec<Path<'t, 'a>>, Unplannable> {
    let mut found = Vec::new();
    let mut walked = vec![key];
    walk(territory, &mut walked, &mut found)?;
    Ok(found)
}

fn walk<'t, 'a>(
    territory: &'t Territory<'a>,
    walked: &mut Vec<&'t Key<'a>>,
    found: &mut Vec<Path<'t, 'a>>,
) -> Result<(), Unplannable> {
    let Some(here) = walked.last().map(|key| key.to) else { return Ok(()) };
    let Class::Owned(rule) = territory.class(here) else { return Ok(()) };
    if let Some(column) = rule.column.as_deref().filter(|column| territory.table(here).column(column).is_some()) {
        found.push(Path { keys: walked.clone(), end: here, column });
    }
    if found.len() > MOST || walked.len() > MOST {
        return Err(Unplannable);
    }
    for key in ways(territory, here) {
        if walked.iter().all(|before| before.to != key.to) {
            walked.push(key);
            walk(territory, walked, found)?;
            walked.pop();
        }
    }
    Ok(())
}

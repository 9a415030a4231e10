//! Questions about keys that only the catalog knows.

use super::question::{Question, Statement};
use crate::plan::{
    key::{Key, Origin},
    slice::Unplannable,
    territory::{Place, Territory},
};

/// Values of the catalog's references that find no row. One question for each reference.
pub(super) fn dangling(territory: &Territory<'_>, place: Place) -> Result<Vec<Question>, Unplannable> {
    let virtual_keys = territory.keys_of(place).filter(|key| matches!(key.origin, Origin::Virtual(_)));
    virtual_keys.map(|key| of(territory, place, key)).collect()
}

fn of(territory: &Territory<'_>, place: Place, key: &Key<'_>) -> Result<Question, Unplannable> {
    let mut statement = Statement::new(territory);
    let (misses, points) = (statement.misses(key)?, statement.points(key)?);
    let target = territory.name(key.to);
    Ok(Question {
        place,
        column: Some(key.columns.join(", ")),
        code: "dangling_reference",
        sql: statement.counting(place, &misses),
        out_of: Some(statement.counting(place, &points)),
        message: format!(
            "{{rows}} of {{of}} values find no row in {target}; if {target} is the wrong table, correct `references`, else correct the rows"
        ),
    })
}

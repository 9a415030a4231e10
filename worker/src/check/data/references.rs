//! Questions about keys that only the catalog knows.

use super::question::{Question, Statement};
use crate::plan::{
    key::{Holding, Origin},
    territory::{Place, Territory},
};

/// Values of the catalog's references that find no row.
pub(super) fn dangling(territory: &Territory<'_>, place: Place) -> Vec<Question> {
    let virtual_keys = territory.keys_of(place).filter(|key| matches!(key.origin, Origin::Virtual(_)));
    virtual_keys
        .filter(|key| key.holding == Holding::Whole)
        .map(|key| {
            let mut statement = Statement::new(territory);
            let set = statement.is_set(key);
            let lost = format!("{set} and not {}", statement.finds(key));
            let target = territory.name(key.to);
            Question {
                place,
                column: Some(key.columns.join(", ")),
                code: "dangling_reference",
                sql: statement.counting(place, &lost),
                out_of: Some(statement.counting(place, &set)),
                message: format!(
                    "{{rows}} of {{of}} values find no row in {target}; if {target} is the wrong table, correct `references`, else correct the rows"
                ),
            }
        })
        .collect()
}

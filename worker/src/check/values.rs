//! Findings about columns whose values an archive cannot hold whole.

use super::Finding;
use crate::plan::{
    large_object,
    territory::{Place, Territory},
};
use shared::export::Engine;

/// Columns whose type cannot be created again, and columns that only hold the number of what is kept elsewhere.
pub(super) fn check(territory: &Territory<'_>, place: Place, findings: &mut Vec<Finding>) {
    let (table, name) = (territory.table(place), territory.name(place));
    let Some(rule) = territory.rule(place).filter(|_| territory.class(place).is_delivered()) else {
        return;
    };
    for column in &table.columns {
        let decision = rule.columns.get(&column.name).filter(|decision| decision.decides());
        if decision.is_some_and(|decision| decision.omit.is_some()) {
            continue;
        }
        if let Some(obstacle) = &column.unrestorable {
            findings.push(Finding::column(
                "unrestorable_type",
                name,
                &column.name,
                format!("it {obstacle}, which a restored database does not know; omit it with a reason"),
            ));
        }
        if column.large_object && decision.is_none() {
            findings.push(Finding::column(
                "large_object",
                name,
                &column.name,
                "holds numbers, perhaps those of large objects; write `deliver = \"large_objects\"` to export the objects too, omit it, or keep it with the reason why \
                 the numbers are enough",
            ));
        }
        if decision.is_some_and(|decision| decision.deliver.is_some())
            && !(territory.schema.engine == Engine::Postgres && large_object::may_be_numbers(column))
        {
            findings.push(Finding::column(
                "no_large_object",
                name,
                &column.name,
                format!("holds {}, which is no number of a large object; take `deliver` out", column.type_name),
            ));
        }
    }
}

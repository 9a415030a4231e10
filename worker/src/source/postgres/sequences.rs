//! Statements that let a restored table go on numbering its rows.

use crate::{
    plan::{TablePlan, identifier::quote},
    schema::Table,
};

/// One statement for each sequence that feeds a delivered column of whole numbers; they read the restored rows.
pub(in crate::source) fn statements(table: &TablePlan, live: &Table) -> Vec<String> {
    let relation = format!("{}.{}", quote(&table.schema), quote(&table.table));
    live.sequences
        .iter()
        .filter_map(|sequence| {
            let column = table.columns.iter().find(|column| {
                column.name == sequence.column
                    && column.mask.is_none()
                    && ["int2", "int4", "int8", "numeric"].contains(&column.base_type.as_str())
            })?;
            let name = quote(&column.name);
            let identity = live.column(&column.name)?.identity.is_some();
            Some(match identity {
                true => format!(
                    "select setval(pg_get_serial_sequence({}, {}), greatest(max({name}), 1)::bigint, coalesce(max({name}) >= 1, false)) from {relation}",
                    literal(&relation),
                    literal(&column.name),
                ),
                // Several columns may share a sequence: it never goes back.
                false => format!(
                    "select setval({}, greatest(max({name})::bigint, (select last_value from {sequence})), \
                     coalesce(max({name}) >= 1, false) or (select is_called from {sequence})) from {relation}",
                    literal(&sequence.name),
                    sequence = sequence.name,
                ),
            })
        })
        .collect()
}

/// A text literal that means the same whatever `standard_conforming_strings` says.
fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    match quoted.contains('\\') {
        true => format!("E'{}'", quoted.replace('\\', "\\\\")),
        false => format!("'{quoted}'"),
    }
}

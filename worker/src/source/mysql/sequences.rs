//! Statements that let a restored MariaDB table go on numbering its rows from a sequence.

use super::cells::literal;
use crate::{
    plan::{TablePlan, identifier::quote_for},
    schema::Table,
};
use shared::export::Engine;

/// Statements for each sequence that feeds a delivered column of whole numbers; they read the restored rows. A sequence never goes back, so that several columns
/// may share one. Values that the sequence cannot give do not count.
pub(in crate::source) fn statements(table: &TablePlan, live: &Table) -> Vec<String> {
    let relation = quote_for(Engine::Mysql, &table.table);
    live.sequences
        .iter()
        .filter_map(|sequence| {
            let column = table.columns.iter().find(|column| {
                column.name == sequence.column
                    && column.mask.is_none()
                    && ["tinyint", "smallint", "mediumint", "int", "bigint"].contains(&column.base_type.as_str())
            })?;
            Some((quote_for(Engine::Mysql, &column.name), &sequence.name))
        })
        .flat_map(|(column, sequence)| {
            // Only numbers and literals may be given to `setval`, so that the statement is made from what the rows hold.
            let start = literal(&format!("do setval({sequence}, ").replace('\\', "\\\\"));
            [
                format!(
                    "set @handover = (select if(max(r.{column}) is null, 'do 0', concat({start}, if(min(s.increment) < 0, min(r.{column}), max(r.{column})), ')')) \
                     from {relation} as r join {sequence} as s on r.{column} between s.minimum_value and s.maximum_value)"
                ),
                "execute immediate @handover".to_owned(),
            ]
        })
        .collect()
}

//! PostgreSQL: the large objects that the rows of a plan point to.

use super::{TablePlan, identifier::quote};
use crate::schema::Column;

/// Whether a column may hold numbers of large objects: `oid` and `lo` do, and some mappers write them into `bigint` or text.
pub(crate) fn may_be_numbers(column: &Column) -> bool {
    number("", &column.base_type).is_some()
}

/// The query of all large objects to which delivered rows point, by number, each with the places in `columns` of those that point to it: within one
/// snapshot it sees the rows that were delivered. `columns` are a table and the name of its column.
pub(crate) fn query(columns: &[(&TablePlan, &str)]) -> String {
    let each: Vec<String> = columns
        .iter()
        .enumerate()
        .filter_map(|(place, (table, name))| {
            let column = table.columns.iter().find(|column| column.name == **name)?;
            let number = number(&format!("delivered.{}", quote(name)), &column.base_type)?;
            Some(format!("select {place} as place, {number} as number from ({}) as delivered", table.select))
        })
        .collect();
    format!(
        "select number, array_agg(distinct place order by place) from ({}) as pointing where number <> 0 group by number order by number",
        each.join(" union all ")
    )
}

/// The number in a cell of this type, NULL where there is none.
fn number(cell: &str, base_type: &str) -> Option<String> {
    const LARGEST: u32 = u32::MAX;
    Some(match base_type {
        "oid" => format!("{cell}::pg_catalog.oid"),
        "int8" => format!("case when {cell} between 1 and {LARGEST} then {cell}::pg_catalog.oid end"),
        // Each condition only guards what is inside of it: two in one `and` may be asked in any order.
        "text" | "varchar" => format!(
            "case when {cell}::pg_catalog.text collate pg_catalog.\"C\" ~ '^[0-9]{{1,10}}$' \
             then case when {cell}::pg_catalog.int8 <= {LARGEST} then {cell}::pg_catalog.int8::pg_catalog.oid end end"
        ),
        _ => return None,
    })
}

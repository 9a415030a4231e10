//! The query of one table: an explicit list of columns, the slice, the order.

use super::{
    ColumnPlan,
    identifier::quote_for,
    slice::{Slicer, Unplannable},
    territory::Place,
};
use crate::{catalog::Mask, schema::Column};
use shared::export::Engine;

/// The query over `columns`, ordered by primary key where there is one.
pub(crate) fn select(slicer: &mut Slicer<'_, '_>, place: Place, columns: &[ColumnPlan]) -> Result<String, Unplannable> {
    let territory = slicer.territory();
    let table = territory.table(place);
    let quote = |name: &str| quote_for(territory.schema.engine, name);
    let alias = slicer.alias();
    let list: Vec<String> = columns
        .iter()
        .map(|column| {
            let cell = format!("{alias}.{}", quote(&column.name));
            match column.mask {
                None => exactly(territory.schema.engine, &cell, column),
                Some(mask) => {
                    let hidden = match territory.schema.engine {
                        Engine::Postgres => mask_postgres(mask, &cell, column),
                        Engine::Mysql => mask_mysql(mask, &cell, column),
                        Engine::Sqlite => mask_sqlite(mask, &cell),
                    };
                    format!("{hidden} as {}", quote(&column.name))
                }
            }
        })
        .collect();
    let mut text = format!("select {} from {} as {alias}", list.join(", "), slicer.relation(place));
    if let Some(condition) = slicer.condition(place, &alias)? {
        text.push_str(" where ");
        text.push_str(&condition);
    }
    if !table.primary_key.is_empty() {
        let order: Vec<String> = table.primary_key.iter().map(|name| format!("{alias}.{}", quote(name))).collect();
        text.push_str(" order by ");
        text.push_str(&order.join(", "));
    }
    Ok(text)
}

/// The cell in a list of columns, so that its value arrives exactly.
pub(crate) fn exactly(engine: Engine, cell: &str, column: &ColumnPlan) -> String {
    let name = quote_for(engine, &column.name);
    match (engine, column.base_type.as_str()) {
        // A FLOAT by itself is printed with six digits.
        (Engine::Mysql, "float") => format!("{cell} * 1e0 as {name}"),
        (Engine::Mysql, "vector") => format!("cast({cell} as binary) as {name}"),
        _ => cell.to_owned(),
    }
}

/// Whether a column holds text, so that it can be masked.
pub(crate) fn is_text(engine: Engine, column: &Column) -> bool {
    match engine {
        Engine::Postgres => ["text", "varchar", "bpchar", "citext", "name"].contains(&column.base_type.as_str()),
        Engine::Mysql => {
            ["char", "varchar", "tinytext", "text", "mediumtext", "longtext"].contains(&column.base_type.as_str())
        }
        // https://www.sqlite.org/datatype3.html#determination_of_column_affinity
        Engine::Sqlite => {
            !column.base_type.contains("int")
                && ["char", "clob", "text"].iter().any(|word| column.base_type.contains(word))
        }
    }
}

/// A text of four characters or fewer is hidden whole: its last four would be all of it.
fn mask_postgres(mask: Mask, cell: &str, column: &ColumnPlan) -> String {
    let text = format!("{cell}::pg_catalog.text");
    let hidden = match mask {
        Mask::Last4 => format!(
            "case when length({text}) <= 4 then repeat('*', length({text})) else repeat('*', length({text}) - 4) || right({text}, 4) end"
        ),
        Mask::Email => format!(
            "case when {cell} is null then null when position('@' in {text}) > 1 and length({text}) - length(replace({text}, '@', '')) = 1 \
             then left({text}, 1) || '***' || substr({text}, position('@' in {text})) else '***' end"
        ),
        Mask::Redact => format!("case when {cell} is null then null else '***' end"),
    };
    // The mask may be longer than the column: what does not fit would not restore.
    match column.type_name.starts_with("character") {
        true => format!("({hidden})::{}", column.type_name),
        false => format!("({hidden})"),
    }
}

fn mask_mysql(mask: Mask, cell: &str, column: &ColumnPlan) -> String {
    let hidden = match mask {
        Mask::Last4 => format!(
            "case when char_length({cell}) <= 4 then repeat('*', char_length({cell})) else concat(repeat('*', char_length({cell}) - 4), right({cell}, 4)) end"
        ),
        Mask::Email => format!(
            "case when {cell} is null then null when locate('@', {cell}) > 1 and char_length({cell}) - char_length(replace({cell}, '@', '')) = 1 \
             then concat(left({cell}, 1), '***', substr({cell}, locate('@', {cell}))) else '***' end"
        ),
        Mask::Redact => format!("case when {cell} is null then null else '***' end"),
    };
    // The mask may be longer than the column: what does not fit would not restore.
    let length = column.type_name.split(['(', ')']).nth(1).and_then(|length| length.parse::<u32>().ok());
    match (column.base_type.as_str(), length) {
        ("char" | "varchar", Some(length)) => format!("left({hidden}, {length})"),
        ("tinytext", _) => format!("left({hidden}, 63)"),
        _ => format!("({hidden})"),
    }
}

fn mask_sqlite(mask: Mask, cell: &str) -> String {
    let text = format!("cast({cell} as text)");
    let stars = |count: String| format!("replace(hex(zeroblob({count})), '00', '*')");
    match mask {
        Mask::Last4 => format!(
            "(case when {cell} is null then null when length({text}) <= 4 then {} else {} || substr({text}, -4) end)",
            stars(format!("length({text})")),
            stars(format!("length({text}) - 4")),
        ),
        Mask::Email => format!(
            "(case when {cell} is null then null when instr({text}, '@') > 1 and length({text}) - length(replace({text}, '@', '')) = 1 \
             then substr({text}, 1, 1) || '***' || substr({text}, instr({text}, '@')) else '***' end)"
        ),
        Mask::Redact => format!("(case when {cell} is null then null else '***' end)"),
    }
}

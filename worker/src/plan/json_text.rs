//! PostgreSQL: columns of text in which the catalog looks for keys. Before version 16 nothing tells whether a text is JSON but reading it, which fails if it is not.

use super::{
    identifier::quote,
    key::Holding,
    territory::{Place, Territory},
};
use crate::schema::Column;
use shared::export::Engine;

/// Whether a column must be read as JSON first.
pub(crate) fn is_text(column: &Column) -> bool {
    !["json", "jsonb"].contains(&column.base_type.as_str())
}

/// A cell, read as JSON.
pub(crate) fn read(cell: &str) -> String {
    format!("{cell}::pg_catalog.json")
}

/// The columns of a table in which keys lie at places of JSON although they are of text.
pub(crate) fn columns<'a>(territory: &Territory<'a>, place: Place) -> Vec<&'a str> {
    if territory.schema.engine != Engine::Postgres || !territory.class(place).is_delivered() {
        return Vec::new();
    }
    let owner =
        territory.rule(place).and_then(|rule| rule.owner.as_ref()?.json.as_ref()).map(|json| json.column.as_str());
    let keys = territory.keys_of(place).filter(|key| matches!(key.holding, Holding::Json(_)));
    let mut columns: Vec<&str> = owner.into_iter().chain(keys.flat_map(|key| key.columns.iter().copied())).collect();
    columns.sort_unstable();
    columns.dedup();
    columns.retain(|name| territory.table(place).column(name).is_some_and(is_text));
    columns
}

/// Those that a statement reads, each as `table.column` in the catalog's names. It may name one too many of two that are called alike.
pub(crate) fn read_by(territory: &Territory<'_>, statement: &str) -> Vec<String> {
    (0..territory.schema.tables.len())
        .flat_map(|place| columns(territory, place).into_iter().map(move |column| (place, column)))
        .filter(|(_, column)| statement.contains(&read(&format!(".{}", quote(column)))))
        .map(|(place, column)| format!("{}.{column}", territory.name(place)))
        .collect()
}

//! Which declared foreign key a catalog means by `through`.

use super::territory::{Class, Place, Territory};
use crate::schema::{ForeignKey, Table};

/// Why a `through` means no usable key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyProblem {
    /// The table has no such column.
    NoColumn(String),
    /// No declared foreign key has exactly these columns.
    NotDeclared,
    /// The key points to a table whose rows belong to nobody (its name).
    ParentNotOwned(String),
    /// Several keys over these columns lead to different owned tables.
    Ambiguous,
}

/// The foreign key of the table at `place` that `words` names, and the owned table that it points to.
pub(crate) fn through<'a>(
    territory: &Territory<'a>,
    place: Place,
    words: &str,
) -> Result<(&'a ForeignKey, Place), KeyProblem> {
    let table = territory.table(place);
    let columns = columns(table, words);
    if let Some(missing) = columns.iter().find(|name| table.column(name).is_none()) {
        return Err(KeyProblem::NoColumn((*missing).to_owned()));
    }
    let declared: Vec<&ForeignKey> = table.foreign_keys.iter().filter(|key| same_columns(key, &columns)).collect();
    let owned: Vec<(&ForeignKey, Place)> = declared
        .iter()
        .filter_map(|key| Some((*key, territory.target(key)?)))
        .filter(|(_, parent)| matches!(territory.class(*parent), Class::Owned(_)))
        .collect();
    match owned.as_slice() {
        [] => Err(declared.first().map_or(KeyProblem::NotDeclared, |key| {
            KeyProblem::ParentNotOwned(match territory.target(key) {
                Some(parent) => territory.name(parent).to_owned(),
                None => format!("{}.{}", key.to_schema, key.to_table),
            })
        })),
        [first, others @ ..] => match others.iter().all(|(key, parent)| *parent == first.1 && same_pairs(key, first.0))
        {
            true => Ok(*first),
            false => Err(KeyProblem::Ambiguous),
        },
    }
}

/// The columns that `words` names: one whole name, or several separated by commas.
fn columns<'w>(table: &Table, words: &'w str) -> Vec<&'w str> {
    match table.column(words) {
        Some(_) => vec![words],
        None => words.split(',').map(str::trim).collect(),
    }
}

fn same_columns(key: &ForeignKey, columns: &[&str]) -> bool {
    key.columns.len() == columns.len() && key.columns.iter().all(|column| columns.contains(&column.as_str()))
}

fn same_pairs(key: &ForeignKey, other: &ForeignKey) -> bool {
    key.columns
        .iter()
        .zip(&key.to_columns)
        .all(|pair| other.columns.iter().zip(&other.to_columns).any(|known| known == pair))
}

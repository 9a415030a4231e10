//! Keys: the ways from a row to the rows that it points to, declared by the database or by the catalog.

use super::{
    person,
    territory::{Class, Place, Territory},
};
use crate::{
    catalog::{JsonPlace, TableRule},
    schema::{ForeignKey, Schema, Table},
};

/// One way from the rows of a table to rows of another, or of the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key<'a> {
    /// The table whose rows point.
    pub(crate) from: Place,
    /// Their columns.
    pub(crate) columns: Vec<&'a str>,
    /// The table that they point to.
    pub(crate) to: Place,
    /// Its columns, in the same order.
    pub(crate) to_columns: Vec<&'a str>,
    /// How the columns hold what they point to.
    pub(crate) holding: Holding<'a>,
    /// Who says so.
    pub(crate) origin: Origin<'a>,
}

/// How a column holds a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holding<'a> {
    /// The column is the key.
    Whole,
    /// The column is an array of keys.
    Elements,
    /// The key is at this place of the column's JSON.
    Json(&'a JsonPlace),
}

/// Who says that a key exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin<'a> {
    /// The database.
    Declared(&'a ForeignKey),
    /// The catalog, under this name.
    Virtual(&'a str),
    /// The catalog, for rows whose column holds this word.
    Polymorphic {
        /// The column.
        column: &'a str,
        /// The word.
        word: &'a str,
    },
}

/// Why a `through` means no usable key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyProblem {
    /// The table has no such column.
    NoColumn(String),
    /// Neither a declared foreign key has exactly these columns nor a reference this name.
    NotDeclared,
    /// The key points to a table whose rows belong to nobody (its name).
    ParentNotOwned(String),
    /// Several keys over these columns lead to different owned tables.
    Ambiguous,
}

impl Key<'_> {
    /// Whether the two lead from the same columns to the same columns.
    pub(crate) fn leads_alike(&self, other: &Self) -> bool {
        let same_origin = match (self.origin, other.origin) {
            (Origin::Polymorphic { .. }, _) | (_, Origin::Polymorphic { .. }) => self.origin == other.origin,
            _ => true,
        };
        let pairs = |key: &Self| {
            let mut pairs: Vec<_> = key.columns.iter().copied().zip(key.to_columns.iter().copied()).collect();
            pairs.sort_unstable();
            pairs.iter().map(|(from, to)| (from.to_string(), to.to_string())).collect::<Vec<_>>()
        };
        same_origin
            && (self.from, self.to, self.holding) == (other.from, other.to, other.holding)
            && pairs(self) == pairs(other)
    }
}

/// All keys between live tables. A reference of the catalog that fits no live table or column gives none: `check` names it.
pub(super) fn keys<'a>(
    schema: &'a Schema,
    rule: impl Fn(Place) -> Option<&'a TableRule>,
    place: impl Fn(&str, &str) -> Option<Place>,
    named: impl Fn(&str) -> Option<Place>,
) -> Vec<Key<'a>> {
    let mut keys = Vec::new();
    for (from, table) in schema.tables.iter().enumerate() {
        for key in &table.foreign_keys {
            if let Some(to) = place(&key.to_schema, &key.to_table) {
                keys.push(Key {
                    from,
                    columns: key.columns.iter().map(String::as_str).collect(),
                    to,
                    to_columns: key.to_columns.iter().map(String::as_str).collect(),
                    holding: Holding::Whole,
                    origin: Origin::Declared(key),
                });
            }
        }
        let Some(rule) = rule(from) else { continue };
        for (name, reference) in &rule.references {
            let Some(to) = named(&reference.table) else { continue };
            let target = &schema.tables[to];
            let columns = columns(table, reference.column.as_deref().unwrap_or(name));
            let to_columns = match &reference.key {
                Some(words) => self::columns(target, words),
                None => target.primary_key.iter().map(String::as_str).collect(),
            };
            let exist = columns.iter().all(|name| table.column(name).is_some())
                && to_columns.iter().all(|name| target.column(name).is_some());
            let holding = match (&reference.json, reference.array) {
                (Some(path), _) => Holding::Json(path),
                (None, true) => Holding::Elements,
                (None, false) => Holding::Whole,
            };
            if exist && columns.len() == to_columns.len() && (columns.len() == 1 || holding == Holding::Whole) {
                keys.push(Key { from, columns, to, to_columns, holding, origin: Origin::Virtual(name) });
            }
        }
        let Some(pair) = rule.owner.as_ref().and_then(|owner| owner.polymorphic.as_ref()) else { continue };
        let (Some(_), Some(_)) = (table.column(&pair.type_column), table.column(&pair.id_column)) else { continue };
        for (word, to) in &pair.map {
            if let Some(to) = named(to)
                && let [key] = schema.tables[to].primary_key.as_slice()
            {
                keys.push(Key {
                    from,
                    columns: vec![&pair.id_column],
                    to,
                    to_columns: vec![key],
                    holding: Holding::Whole,
                    origin: Origin::Polymorphic { column: &pair.type_column, word },
                });
            }
        }
    }
    keys
}

/// The key of the table at `place` that `words` names, to a table whose rows belong to tenants: a reference of that name, or a declared foreign key by its columns.
pub(crate) fn through<'t, 'a>(
    territory: &'t Territory<'a>,
    place: Place,
    words: &str,
) -> Result<&'t Key<'a>, KeyProblem> {
    let table = territory.table(place);
    let named: Vec<&Key<'a>> = territory.keys_of(place).filter(|key| key.origin == Origin::Virtual(words)).collect();
    let candidates = if named.is_empty() {
        let columns = columns(table, words);
        if let Some(missing) = columns.iter().find(|name| table.column(name).is_none()) {
            return Err(KeyProblem::NoColumn((*missing).to_owned()));
        }
        territory
            .keys_of(place)
            .filter(|key| matches!(key.origin, Origin::Declared(_)) && same_columns(key, &columns))
            .collect()
    } else {
        named
    };
    let owned: Vec<&Key<'a>> =
        candidates.iter().copied().filter(|key| matches!(territory.class(key.to), Class::Owned(_))).collect();
    match owned.as_slice() {
        [] => Err(candidates.first().map_or_else(
            || undeclared_target(table, &columns(table, words)),
            |key| KeyProblem::ParentNotOwned(territory.name(key.to).to_owned()),
        )),
        [first, others @ ..] => match others.iter().all(|key| key.leads_alike(first)) {
            true => Ok(first),
            false => Err(KeyProblem::Ambiguous),
        },
    }
}

/// The keys that say whose the rows of the table at `place` are, in the order of its owner's ways; an error for each name that means none.
pub(crate) fn ways<'t, 'a>(territory: &'t Territory<'a>, place: Place) -> Vec<Result<&'t Key<'a>, KeyProblem>> {
    let Class::Owned(rule) = territory.class(place) else {
        return Vec::new();
    };
    if let Some(belonging) = territory.belonging(place) {
        return person::ways(territory, place, belonging);
    }
    let named = rule.ways().iter().map(|words| through(territory, place, words));
    named.chain(polymorphic(territory, place).map(Ok)).collect()
}

/// The keys of the table's pair of type and id.
pub(crate) fn polymorphic<'t, 'a>(territory: &'t Territory<'a>, place: Place) -> impl Iterator<Item = &'t Key<'a>> {
    territory.keys_of(place).filter(|key| matches!(key.origin, Origin::Polymorphic { .. }))
}

/// A declared key that points out of the schemas which the catalog covers is no key between live tables.
fn undeclared_target(table: &Table, columns: &[&str]) -> KeyProblem {
    let declared = table.foreign_keys.iter().find(|key| {
        key.columns.len() == columns.len() && key.columns.iter().all(|column| columns.contains(&column.as_str()))
    });
    declared.map_or(KeyProblem::NotDeclared, |key| {
        KeyProblem::ParentNotOwned(format!("{}.{}", key.to_schema, key.to_table))
    })
}

/// The columns that `words` names: one whole name, or several separated by commas.
pub(crate) fn columns<'w>(table: &Table, words: &'w str) -> Vec<&'w str> {
    match table.column(words) {
        Some(_) => vec![words],
        None => words.split(',').map(str::trim).collect(),
    }
}

fn same_columns(key: &Key<'_>, columns: &[&str]) -> bool {
    key.columns.len() == columns.len() && key.columns.iter().all(|column| columns.contains(column))
}

//! Which declared keys of a table are certain to lead to rows of the same archive, as far as the source keeps its own keys.

use super::{
    key::{self, Key, Origin},
    person::Belonging,
    territory::{Class, Place, Territory},
};
use crate::schema::{Column, ForeignKey};
use shared::export::Engine;

/// Their places among the live table's foreign keys.
pub(super) fn keys(territory: &Territory<'_>, place: Place) -> Vec<usize> {
    let declared = &territory.table(place).foreign_keys;
    let certain = |key: &&Key<'_>| holds(territory, key);
    let origins = territory.keys_of(place).filter(certain).filter_map(|key| match key.origin {
        Origin::Declared(declared) => Some(declared),
        _ => None,
    });
    origins.filter_map(|key| declared.iter().position(|known| std::ptr::eq(known, key))).collect()
}

fn holds(territory: &Territory<'_>, key: &Key<'_>) -> bool {
    let Origin::Declared(declared) = key.origin else {
        return false;
    };
    is_checked(declared) && is_exact(territory, key) && is_followed(territory, key)
}

/// Whether every row that rows of the slice point to by this key is in the archive.
fn is_followed(territory: &Territory<'_>, key: &Key<'_>) -> bool {
    match (territory.class(key.to), territory.belonging(key.to)) {
        (_, Some(Belonging::Themselves | Belonging::Through(_))) => is_only_way(territory, key),
        // Rows that a person's rows point to are delivered if they are the same tenant's.
        (_, Some(Belonging::Referenced | Belonging::All)) => is_followed(territory.whole(), key),
        (Class::Owned(_), None) => is_only_way(territory, key) || carries_the_owner(territory, key),
        (class, None) => class.is_delivered(),
    }
}

/// Whether it is by this key alone that rows are in the slice: because the rows that it leads to are.
fn is_only_way(territory: &Territory<'_>, key: &Key<'_>) -> bool {
    let Class::Owned(rule) = territory.class(key.from) else {
        return false;
    };
    let others = rule.column.is_some() || rule.array.is_some() || rule.json.is_some();
    let ways = key::ways(territory, key.from);
    !others && matches!(ways.as_slice(), [Ok(way)] if way.leads_alike(key) || *way == key)
}

/// Whether the tenant's key is one of its pairs: then both rows are the same tenant's.
fn carries_the_owner(territory: &Territory<'_>, key: &Key<'_>) -> bool {
    let column = |place| match territory.class(place) {
        Class::Owned(rule) => rule.column.as_deref(),
        _ => None,
    };
    let (Some(from), Some(to)) = (column(key.from), column(key.to)) else {
        return false;
    };
    key.columns.iter().zip(&key.to_columns).any(|(one, other)| (*one, *other) == (from, to))
}

/// Whether the source says that it never checked rows that were there before the key.
fn is_checked(key: &ForeignKey) -> bool {
    let definition = key.definition.as_deref().unwrap_or_default();
    !definition.ends_with(" NOT VALID") && !definition.ends_with(" NOT ENFORCED")
}

/// Whether values that the database takes for one are spelt alike.
fn is_exact(territory: &Territory<'_>, key: &Key<'_>) -> bool {
    let engine = territory.schema.engine;
    let exact =
        |place: Place, name: &&str| territory.table(place).column(name).is_some_and(|column| spells(engine, column));
    key.columns.iter().all(|name| exact(key.from, name)) && key.to_columns.iter().all(|name| exact(key.to, name))
}

fn spells(engine: Engine, column: &Column) -> bool {
    match engine {
        Engine::Postgres => {
            column.own_collation.is_none() && !["citext", "bpchar"].contains(&column.base_type.as_str())
        }
        Engine::Mysql => column.collation.as_deref().is_none_or(|name| name == "binary" || name.ends_with("_bin")),
        Engine::Sqlite => column.collation.is_none(),
    }
}

//! How two columns are compared, so that a key finds exactly the rows that it means.

use super::{Looking, Slicer, Unplannable};
use crate::{
    plan::{
        identifier::quote,
        key::{Holding, Key, Origin},
        mysql,
    },
    schema::Column,
};
use shared::export::Engine;

/// Which side of a key must be compared by its printed form, because the two types have no comparison of their own or one that takes different values for
/// equal (`'05'` and 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Casts {
    /// The two are compared as they are.
    Neither,
    /// The side that points.
    Child,
    /// The side that is pointed to.
    Parent,
}

/// A type's place among the others, as far as comparing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Number,
    Text,
    /// Compared with values of the same type only.
    Other,
    /// SQLite: compared by the storage class of each value.
    Any,
}

/// How the values that `child` holds are compared with `parent`; `None` if nothing could make them equal.
pub(crate) fn casts(engine: Engine, key: &Key<'_>, child: &Column, parent: &Column) -> Option<Casts> {
    match key.holding {
        // What the database declares it can compare, and for MySQL every comparison of columns is written out.
        Holding::Whole if matches!(key.origin, Origin::Declared(_)) || engine == Engine::Mysql => Some(Casts::Neither),
        Holding::Whole => between(engine, &child.base_type, &parent.base_type),
        Holding::Elements if engine == Engine::Postgres => {
            between(engine, child.base_type.strip_prefix('_')?, &parent.base_type)
        }
        // Elements of JSON arrays arrive as text, as do values at a place.
        Holding::Elements | Holding::Json(_) => Some(Casts::Parent),
    }
}

fn between(engine: Engine, child: &str, parent: &str) -> Option<Casts> {
    if child == parent {
        return Some(Casts::Neither);
    }
    match (family(engine, child), family(engine, parent)) {
        (Family::Any, _) | (_, Family::Any) => Some(Casts::Neither),
        (Family::Text, Family::Text) | (Family::Number, Family::Number) => Some(Casts::Neither),
        (Family::Text, _) => Some(Casts::Parent),
        (_, Family::Text) => Some(Casts::Child),
        _ => None,
    }
}

fn family(engine: Engine, base_type: &str) -> Family {
    let is = |words: &[&str]| words.contains(&base_type);
    match engine {
        Engine::Postgres if is(&["int2", "int4", "int8", "numeric", "float4", "float8"]) => Family::Number,
        Engine::Postgres if is(&["text", "varchar", "bpchar", "name", "citext"]) => Family::Text,
        Engine::Postgres | Engine::Mysql => Family::Other,
        // https://www.sqlite.org/datatype3.html#determination_of_column_affinity
        Engine::Sqlite if base_type.contains("int") => Family::Number,
        Engine::Sqlite if ["char", "clob", "text"].iter().any(|word| base_type.contains(word)) => Family::Text,
        Engine::Sqlite if base_type.is_empty() || base_type.contains("blob") => Family::Any,
        Engine::Sqlite => Family::Number,
    }
}

/// The printed form of a cell.
pub(super) fn printed(engine: Engine, cell: &str) -> String {
    match engine {
        Engine::Postgres => format!("{cell}::pg_catalog.text"),
        // As bytes, because most collations pass over blanks at the end.
        Engine::Mysql => format!("cast(convert({cell} using utf8mb4) as binary)"),
        Engine::Sqlite => format!("cast({cell} as text)"),
    }
}

/// A text of the catalog's as a literal. Every session reads backslashes in literals as they are.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// One pair of a key's columns, ready to be compared.
pub(super) struct Pair<'c> {
    pub(super) child: &'c Column,
    pub(super) parent: &'c Column,
    pub(super) casts: Casts,
    engine: Engine,
}

impl Pair<'_> {
    /// The side that points, in its compared form; `cell` is how the statement has it.
    pub(super) fn child(&self, cell: &str) -> String {
        match self.casts {
            Casts::Child => printed(self.engine, cell),
            Casts::Neither | Casts::Parent => cell.to_owned(),
        }
    }

    /// The side that is pointed to, in its compared form.
    pub(super) fn parent(&self, cell: &str) -> String {
        match self.casts {
            Casts::Parent => printed(self.engine, cell),
            Casts::Neither | Casts::Child => cell.to_owned(),
        }
    }

    /// The comparison's operator.
    pub(super) fn operator(&self) -> String {
        match self.casts {
            Casts::Neither => equals(self.child, self.parent),
            _ => "=".to_owned(),
        }
    }

    /// The two cells hold the same value, the one that `looking` starts from first.
    pub(super) fn equal(&self, looking: Looking, child: &str, parent: &str) -> String {
        let (near, far) = match looking {
            Looking::Up => ((child, self.child), (parent, self.parent)),
            Looking::Down => ((parent, self.parent), (child, self.child)),
        };
        match (self.engine, self.casts) {
            (Engine::Mysql, Casts::Neither) => mysql::equal(near, far, self.parent),
            _ => format!("{}{} {} {}", near.0, self.collate(), self.operator(), far.0),
        }
    }

    /// The two cells, the one that `looking` starts from first, in the forms in which `in` compares the first with a list of the second.
    pub(super) fn listed(&self, looking: Looking, near: String, far: String) -> (String, String) {
        let (near_column, far_column) = match looking {
            Looking::Up => (self.child, self.parent),
            Looking::Down => (self.parent, self.child),
        };
        match (self.engine, self.casts) {
            (Engine::Mysql, Casts::Neither) => mysql::sides((&near, near_column), (&far, far_column), self.parent),
            _ => (format!("{near}{}", self.collate()), far),
        }
    }

    /// What follows the first of the two compared cells: the collation that decides where the two sides have different ones.
    pub(super) fn collate(&self) -> String {
        match self.casts {
            Casts::Neither => collate(self.engine, self.child, self.parent),
            _ => String::new(),
        }
    }

    /// A condition that an index on the pointed-to column can serve, to stand beside the exact comparison with its printed form.
    pub(super) fn served_by_index(&self, parent_cell: &str, child: &str) -> Option<String> {
        let serves = match self.engine {
            Engine::Postgres => false,
            Engine::Mysql => mysql::Kind::of(self.parent) == mysql::Kind::Number,
            Engine::Sqlite => true,
        };
        (serves && self.casts == Casts::Parent).then(|| format!("{parent_cell} = {child}"))
    }
}

impl<'a> Slicer<'_, 'a> {
    /// The pairs of a key's columns.
    pub(super) fn pairs(&self, key: &Key<'a>) -> Result<Vec<Pair<'a>>, Unplannable> {
        let engine = self.territory.schema.engine;
        let both = key.columns.iter().zip(&key.to_columns);
        both.map(|(from, to)| {
            let (child, parent) = (self.column(key.from, from)?, self.column(key.to, to)?);
            let casts = casts(engine, key, child, parent).ok_or(Unplannable)?;
            Ok(Pair { child, parent, casts, engine })
        })
        .collect()
    }
}

/// The `=` of two columns' types; with an empty search path that of an extension's type must be named.
pub(crate) fn equals(left: &Column, right: &Column) -> String {
    match (&left.equality, &right.equality) {
        (Some(schema), Some(_)) => format!("operator({}.=)", quote(schema)),
        _ => "=".to_owned(),
    }
}

/// Says which collation decides, where the two sides of a key have different ones.
pub(crate) fn collate(engine: Engine, child: &Column, parent: &Column) -> String {
    let (of_child, of_parent) = (effective(child), effective(parent));
    if of_child == of_parent {
        return String::new();
    }
    let usual = match engine {
        Engine::Postgres => "pg_catalog.\"default\"",
        Engine::Mysql => return String::new(),
        Engine::Sqlite => "\"BINARY\"",
    };
    format!(" collate {}", of_parent.unwrap_or(usual))
}

/// The collation by which the column's values are compared, where it is not its type's own.
pub(super) fn effective(column: &Column) -> Option<&str> {
    column.own_collation.as_deref().or(column.collation.as_deref())
}

const BUILT_IN: [&str; 17] = [
    "uuid",
    "int2",
    "int4",
    "int8",
    "numeric",
    "text",
    "varchar",
    "bpchar",
    "name",
    "oid",
    "bytea",
    "date",
    "timestamp",
    "timestamptz",
    "float4",
    "float8",
    "bool",
];

/// Whether PostgreSQL can gather values of the type in a set: it hashes them.
pub(super) fn is_hashed(column: &Column) -> bool {
    BUILT_IN.contains(&column.base_type.as_str()) || column.base_type == "citext"
}

/// The type that the tenant's key is cast to: without a length, because a cast to `varchar(8)` would cut a longer key down to somebody else's.
pub(crate) fn key_type(column: &Column) -> String {
    named_type(&column.base_type, &column.type_name)
}

/// The type of an array's elements, likewise.
pub(super) fn element_type(column: &Column) -> Option<String> {
    let base_type = column.base_type.strip_prefix('_')?;
    Some(named_type(base_type, column.type_name.strip_suffix("[]")?))
}

fn named_type(base_type: &str, type_name: &str) -> String {
    match BUILT_IN.contains(&base_type) {
        true => format!("pg_catalog.{}", quote(base_type)),
        false => type_name.to_owned(),
    }
}

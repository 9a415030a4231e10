//! The tables by the names and words under which columns and catalogs speak of them.

use super::noun;
use crate::{
    plan::identifier::quote_for,
    schema::{Column, Schema, Table},
};
use shared::export::Engine;
use std::collections::HashMap;

/// A table by its place in [`Schema::tables`].
pub(super) type Place = usize;

/// The live schema, with what infer keeps asking about it.
pub(super) struct Landscape<'a> {
    pub(super) schema: &'a Schema,
    /// For each table its name in the catalog's way.
    pub(super) names: Vec<String>,
    /// For each table the lists of words that it may be called by: with and without the prefix that all tables share.
    pub(super) nouns: Vec<Vec<Vec<String>>>,
    /// The table of tenants.
    pub(super) tenants: Place,
    /// The column that identifies a tenant.
    pub(super) key: String,
    places: HashMap<(String, String), Place>,
}

/// What kind of value a column holds, as far as keys go: values of one kind can be equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Whole numbers of any size.
    Integer,
    /// Text of any length.
    Text,
    /// Anything else, by its type.
    Other(String),
}

impl<'a> Landscape<'a> {
    pub(super) fn new(schema: &'a Schema, names: Vec<String>, tenants: Place, key: &str) -> Self {
        let words: Vec<Vec<String>> = schema.tables.iter().map(|table| noun::words(&table.name)).collect();
        let prefix = shared_prefix(&words);
        let nouns = words
            .into_iter()
            .map(|words| match (&prefix, words.split_first()) {
                (Some(prefix), Some((first, rest))) if first == prefix && !rest.is_empty() => {
                    vec![words.clone(), rest.to_vec()]
                }
                _ => vec![words],
            })
            .collect();
        let places = schema
            .tables
            .iter()
            .enumerate()
            .map(|(place, table)| ((table.schema.clone(), table.name.clone()), place))
            .collect();
        Self { schema, names, nouns, tenants, key: key.to_owned(), places }
    }

    pub(super) fn table(&self, place: Place) -> &'a Table {
        &self.schema.tables[place]
    }

    pub(super) fn name(&self, place: Place) -> &str {
        &self.names[place]
    }

    pub(super) fn place(&self, schema: &str, table: &str) -> Option<Place> {
        self.places.get(&(schema.to_owned(), table.to_owned())).copied()
    }

    /// The table that the catalog names so.
    pub(super) fn named(&self, name: &str) -> Option<Place> {
        self.names.iter().position(|known| known == name)
    }

    /// The column that identifies a row: the primary key if it is one column, else the only unique column that is never NULL.
    pub(super) fn only_key(&self, place: Place) -> Option<String> {
        let table = self.table(place);
        if let [key] = table.primary_key.as_slice() {
            return Some(key.clone());
        }
        let mut unique = self.single_keys(place).into_iter().filter(|column| column.not_null);
        match (unique.next(), unique.next()) {
            (Some(column), None) => Some(column.name.clone()),
            _ => None,
        }
    }

    /// Every place.
    pub(super) fn all(&self) -> std::ops::Range<Place> {
        0..self.schema.tables.len()
    }

    /// The table in SQL, without the tables that inherit from it, as exports read it.
    pub(super) fn relation(&self, place: Place) -> String {
        let table = self.table(place);
        let quote = |name: &str| quote_for(self.schema.engine, name);
        match self.schema.engine {
            Engine::Mysql => quote(&table.name),
            Engine::Sqlite => format!("{}.{}", quote(&table.schema), quote(&table.name)),
            Engine::Postgres if table.partitioned || table.foreign => {
                format!("{}.{}", quote(&table.schema), quote(&table.name))
            }
            Engine::Postgres => format!("only {}.{}", quote(&table.schema), quote(&table.name)),
        }
    }

    /// The single columns by which rows of the table can be pointed to: its primary key first.
    pub(super) fn single_keys(&self, place: Place) -> Vec<&'a Column> {
        let table = self.table(place);
        let mut keys: Vec<&Column> = Vec::new();
        for columns in std::iter::once(&table.primary_key).chain(&table.unique) {
            if let [name] = columns.as_slice()
                && let Some(column) = table.column(name)
                && !keys.iter().any(|known| known.name == column.name)
            {
                keys.push(column);
            }
        }
        keys
    }

    pub(super) fn kind(&self, column: &Column) -> Kind {
        kind(self.schema.engine, column)
    }

    /// Whether the column is named after the tenants' key: `workspace_id` for `workspaces.id`.
    pub(super) fn names_the_tenant(&self, column: &str) -> bool {
        self.names_key(&noun::words(column), self.tenants, &self.key)
    }

    /// Whether these words are exactly a table's name followed by its key's: `customer`, `uuid` for `customers.uuid`.
    pub(super) fn names_key(&self, words: &[String], place: Place, key: &str) -> bool {
        let key = noun::words(key);
        self.nouns[place].iter().any(|noun| {
            let whole = [noun.as_slice(), key.as_slice()].concat();
            let speaks = key.len() > noun.len() && noun::alike(&key[..noun.len()], noun);
            noun::alike(words, &whole) || speaks && words == key
        })
    }
}

fn kind(engine: Engine, column: &Column) -> Kind {
    let base = column.base_type.split(['(', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    match engine {
        // https://www.sqlite.org/datatype3.html#determination_of_column_affinity
        Engine::Sqlite if base.contains("int") => Kind::Integer,
        Engine::Sqlite if ["char", "clob", "text"].iter().any(|part| base.contains(part)) => Kind::Text,
        _ => match base.as_str() {
            "int2" | "int4" | "int8" | "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" => {
                Kind::Integer
            }
            "text" | "varchar" | "bpchar" | "citext" | "name" | "char" | "tinytext" | "mediumtext" | "longtext" => {
                Kind::Text
            }
            _ => Kind::Other(column.base_type.to_ascii_lowercase()),
        },
    }
}

/// The first word of most tables' names, as of frameworks that put the product's name there.
fn shared_prefix(words: &[Vec<String>]) -> Option<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for words in words.iter().filter(|words| words.len() > 1) {
        *counts.entry(words[0].as_str()).or_default() += 1;
    }
    let (word, count) = counts.into_iter().max_by_key(|(word, count)| (*count, std::cmp::Reverse(*word)))?;
    (count > 3 && count * 3 >= words.len() * 2).then(|| word.to_owned())
}

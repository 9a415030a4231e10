//! Which rows of a table are in the archive, as a condition in SQL.
//!
//! Owned rows are found from the child upwards (a row is in if the row that it points to is in); referenced rows from the rows that point to them. Nothing
//! is ever followed from a shared parent down to its children: that is how other tenants' rows leak into a slice.

mod person;

use super::{
    identifier::{quote, quote_for},
    key::{self, Holding, Key, Origin},
    mysql,
    territory::{Class, Place, Territory},
};
use crate::{
    catalog::OwnerRule,
    schema::{Column, Table},
};
use shared::export::Engine;

/// More nested conditions than this are no query that a database should be asked.
const MOST_CONDITIONS: usize = 5_000;

/// The rules of one table unfold into more conditions than a query can bear, or contradict themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unplannable;

/// Writes the conditions of one statement.
pub(crate) struct Slicer<'t, 'a> {
    territory: &'t Territory<'a>,
    aliases: usize,
}

/// Which way a comparison looks along its foreign key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looking {
    /// From the row with the key up to the row that it points to.
    Up,
    /// From a row down to those that point to it.
    Down,
}

impl<'t, 'a> Slicer<'t, 'a> {
    pub(crate) fn new(territory: &'t Territory<'a>) -> Self {
        Self { territory, aliases: 0 }
    }

    /// A name for a table that nothing else in the statement has.
    pub(crate) fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases - 1)
    }

    /// The name as a quoted identifier.
    pub(crate) fn quote(&self, name: &str) -> String {
        quote_for(self.territory.schema.engine, name)
    }

    /// The table in a `from` clause.
    pub(crate) fn relation(&self, place: Place) -> String {
        let table = self.territory.table(place);
        let name = format!("{}.{}", self.quote(&table.schema), self.quote(&table.name));
        match self.territory.schema.engine {
            Engine::Postgres if !table.partitioned => format!("only {name}"),
            Engine::Postgres | Engine::Sqlite => name,
            Engine::Mysql => self.quote(&table.name),
        }
    }

    /// The rows of the table, known as `alias`, that are in the archive; `None` if all are.
    pub(crate) fn condition(&mut self, place: Place, alias: &str) -> Result<Option<String>, Unplannable> {
        if self.aliases > MOST_CONDITIONS {
            return Err(Unplannable);
        }
        match self.territory.class(place) {
            Class::Owned(rule) => match self.territory.belonging(place) {
                None => self.owned(place, alias, rule).map(Some),
                Some(belonging) => self.persons(place, alias, belonging).map(Some),
            },
            Class::Referenced => self.referenced(place, alias).map(Some),
            Class::Shared => Ok(None),
            Class::Excluded(_) | Class::Undecided | Class::Unclassified => Err(Unplannable),
        }
    }

    /// The row belongs to the tenant in one of the rule's ways.
    fn owned(&mut self, place: Place, alias: &str, rule: &OwnerRule) -> Result<String, Unplannable> {
        let mut ways = Vec::new();
        if let Some(column) = &rule.column {
            ways.push(self.owner(place, alias, column)?);
        }
        let territory = self.territory;
        for words in rule.ways() {
            let key = key::through(territory, place, words).map_err(|_| Unplannable)?;
            ways.push(self.membership(Looking::Up, key, alias)?);
        }
        if rule.polymorphic.is_some() {
            for key in territory.keys_of(place).filter(|key| matches!(key.origin, Origin::Polymorphic { .. })) {
                ways.push(self.membership(Looking::Up, key, alias)?);
            }
        }
        if rule.array.is_some() || rule.json.is_some() {
            return Err(Unplannable);
        }
        Ok(any(&ways))
    }

    /// The row carries the tenant's key itself.
    fn owner(&self, place: Place, alias: &str, column: &str) -> Result<String, Unplannable> {
        let column = self.column(place, column)?;
        let cell = format!("{alias}.{}", self.quote(&column.name));
        let tenants = self.territory.tenants().ok_or(Unplannable)?;
        let key = self.column(tenants, &self.territory.catalog.tenant.key)?;
        Ok(match self.territory.schema.engine {
            Engine::Postgres => {
                // A column that ignores case must not make one of two tenants whose keys differ only in case.
                let compared = if key.equality.is_none() && column.equality.is_some() { key } else { column };
                let equals = equals(column, compared);
                format!("{cell} {equals} current_setting('handover.tenant')::{}", key_type(compared))
            }
            Engine::Mysql => mysql::owner(&cell, column, key).ok_or(Unplannable)?,
            Engine::Sqlite => format!("{cell}{} = ?1", self.collate(column, key)),
        })
    }

    /// The row known as `alias` points by `key` to a row that is in the archive ([`Looking::Up`]), or such a row points to it ([`Looking::Down`]). The
    /// collation of the side that the key points to decides, as it does for the foreign key itself.
    fn membership(&mut self, looking: Looking, key: &Key<'a>, alias: &str) -> Result<String, Unplannable> {
        if key.holding != Holding::Whole {
            return Err(Unplannable);
        }
        let (near, far) = match looking {
            Looking::Up => ((key.from, &key.columns), (key.to, &key.to_columns)),
            Looking::Down => ((key.to, &key.to_columns), (key.from, &key.columns)),
        };
        let other = self.alias();
        let within = self.condition(far.0, &other)?;
        let from = self.relation(far.0);
        let mut cells = Vec::new();
        let mut others = Vec::new();
        let mut pairs = Vec::new();
        // PostgreSQL plans `exists` as a join, or by whichever of hash and index fits its memory; an `in` that is one of several ways has only the hash, and
        // when that does not fit it compares every row with every key. SQLite has an index for every `in`, and needs none of the product's; so has MySQL, which
        // asks an `exists` anew for every row.
        let mut by_existence = self.territory.schema.engine == Engine::Postgres;
        for (near_name, far_name) in near.1.iter().zip(far.1) {
            let near_column = self.column(near.0, near_name)?;
            let far_column = self.column(far.0, far_name)?;
            let (child, parent) = match looking {
                Looking::Up => (near_column, far_column),
                Looking::Down => (far_column, near_column),
            };
            let cell = format!("{alias}.{}{}", self.quote(near_name), self.collate(child, parent));
            let other_cell = format!("{other}.{}", self.quote(far_name));
            let operator = equals(near_column, far_column);
            by_existence |= operator != "=";
            let (cell, other_cell) = match self.territory.schema.engine {
                Engine::Mysql => mysql::sides((&cell, near_column), (&other_cell, far_column), parent),
                Engine::Postgres | Engine::Sqlite => (cell, other_cell),
            };
            pairs.push(format!("{cell} {operator} {other_cell}"));
            cells.push(cell);
            others.push(other_cell);
        }
        let (mut filters, mut outside) = (Vec::from_iter(within), String::new());
        if let Origin::Polymorphic { column, word } = key.origin {
            match looking {
                Looking::Up => outside = format!("{} and ", self.word(alias, column, word)),
                Looking::Down => filters.push(self.word(&other, column, word)),
            }
        }
        let inside = if by_existence {
            pairs.extend(filters.iter().map(|filter| format!("({filter})")));
            format!("exists (select 1 from {from} as {other} where {})", pairs.join(" and "))
        } else {
            let filter = match filters.is_empty() {
                true => String::new(),
                false => format!(" where {}", filters.join(" and ")),
            };
            format!("{} in (select {} from {from} as {other}{filter})", row(&cells), others.join(", "))
        };
        Ok(match outside.is_empty() {
            true => inside,
            false => format!("({outside}{inside})"),
        })
    }

    /// The row's column holds this word of the catalog's.
    pub(crate) fn word(&self, alias: &str, column: &str, word: &str) -> String {
        // Every session reads backslashes in literals as they are.
        format!("{alias}.{} = '{}'", self.quote(column), word.replace('\'', "''"))
    }

    /// Rows that delivered rows point to, and for a table that points to itself the rows that those point to in turn.
    fn referenced(&mut self, place: Place, alias: &str) -> Result<String, Unplannable> {
        let territory = self.territory;
        let (own, foreign): (Vec<_>, Vec<_>) = territory.pointing_to(place).partition(|key| key.from == place);
        if own.is_empty() {
            return self.pointed_to(alias, &foreign);
        }
        let table = territory.table(place);
        if table.primary_key.is_empty() {
            return Err(Unplannable);
        }
        let mut carried: Vec<&str> = table.primary_key.iter().map(String::as_str).collect();
        for key in &own {
            for column in &key.columns {
                if !carried.contains(column) {
                    carried.push(column);
                }
            }
        }
        let [seed, next, closure, outer] = std::array::from_fn(|_| self.alias());
        let start = self.pointed_to(&seed, &foreign)?;
        let mut steps = Vec::new();
        for key in &own {
            steps.push(self.step(table, key, &next, &closure)?);
        }
        let list = |alias: &str, names: &[&str]| {
            names.iter().map(|name| format!("{alias}.{}", quote_for(territory.schema.engine, name))).collect::<Vec<_>>()
        };
        let relation = self.relation(place);
        let identity: Vec<&str> = carried[..table.primary_key.len()].to_vec();
        Ok(format!(
            "{} in (with recursive {closure} as (select {} from {relation} as {seed} where {start} union select {} from {relation} as {next} join {closure} on {}) \
             select {} from {closure} as {outer})",
            row(&list(alias, &identity)),
            list(&seed, &carried).join(", "),
            list(&next, &carried).join(", "),
            any(&steps),
            list(&outer, &identity).join(", "),
        ))
    }

    /// A row of the table known as `next` is the one that a row of `closure` points to by a key within the table.
    fn step(&self, table: &Table, key: &Key<'_>, next: &str, closure: &str) -> Result<String, Unplannable> {
        let mut pairs = Vec::new();
        for (from, to) in key.columns.iter().zip(&key.to_columns) {
            let from = table.column(from).ok_or(Unplannable)?;
            let to = table.column(to).ok_or(Unplannable)?;
            let (cell, pointer) =
                (format!("{next}.{}", self.quote(&to.name)), format!("{closure}.{}", self.quote(&from.name)));
            pairs.push(match self.territory.schema.engine {
                Engine::Mysql => {
                    let (cell, pointer) = mysql::sides((&cell, to), (&pointer, from), to);
                    format!("{cell} = {pointer}")
                }
                Engine::Postgres | Engine::Sqlite => {
                    format!("{cell}{} {} {pointer}", self.collate(from, to), equals(to, from))
                }
            });
        }
        Ok(pairs.join(" and "))
    }

    fn pointed_to(&mut self, alias: &str, keys: &[&Key<'a>]) -> Result<String, Unplannable> {
        let mut conditions = Vec::new();
        for key in keys {
            conditions.push(self.membership(Looking::Down, key, alias)?);
        }
        Ok(any(&conditions))
    }

    fn column(&self, place: Place, name: &str) -> Result<&'a Column, Unplannable> {
        self.territory.table(place).column(name).ok_or(Unplannable)
    }

    /// Says which collation decides, where the two sides of a key have different ones.
    pub(crate) fn collate(&self, child: &Column, parent: &Column) -> String {
        if child.collation == parent.collation {
            return String::new();
        }
        let usual = match self.territory.schema.engine {
            Engine::Postgres => "pg_catalog.\"default\"",
            Engine::Mysql => return String::new(),
            Engine::Sqlite => "\"BINARY\"",
        };
        format!(" collate {}", parent.collation.as_deref().unwrap_or(usual))
    }
}

/// The `=` of two columns' types; with an empty search path that of an extension's type must be named.
pub(crate) fn equals(left: &Column, right: &Column) -> String {
    match (&left.equality, &right.equality) {
        (Some(schema), Some(_)) => format!("operator({}.=)", quote(schema)),
        _ => "=".to_owned(),
    }
}

/// The type that the tenant's key is cast to: without a length, because a cast to `varchar(8)` would cut a longer key down to somebody else's.
pub(crate) fn key_type(column: &Column) -> String {
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
    match BUILT_IN.contains(&column.base_type.as_str()) {
        true => format!("pg_catalog.{}", quote(&column.base_type)),
        false => column.type_name.clone(),
    }
}

fn row(cells: &[String]) -> String {
    match cells {
        [cell] => cell.clone(),
        _ => format!("({})", cells.join(", ")),
    }
}

fn any(conditions: &[String]) -> String {
    match conditions {
        [] => "1 = 0".to_owned(),
        [condition] => condition.clone(),
        _ => format!("({})", conditions.join(" or ")),
    }
}

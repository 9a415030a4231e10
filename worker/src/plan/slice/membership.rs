//! Rows that are in the archive because of one key.

use super::{
    Looking, Slicer, Unplannable,
    comparison::{Pair, literal},
    json, row,
};
use crate::plan::{
    key::{Holding, Key, Origin},
    territory::Place,
};
use shared::export::Engine;

impl<'a> Slicer<'_, 'a> {
    /// The row known as `alias` points by `key` to a row that is in the archive ([`Looking::Up`]), or such a row points to it ([`Looking::Down`]). The
    /// collation of the side that the key points to decides, as it does for the foreign key itself.
    pub(super) fn membership(&mut self, looking: Looking, key: &Key<'a>, alias: &str) -> Result<String, Unplannable> {
        let other = self.alias();
        let far = match looking {
            Looking::Up => key.to,
            Looking::Down => key.from,
        };
        let mut filters = Vec::from_iter(self.condition(far, &other)?);
        let (child, parent) = match looking {
            Looking::Up => (alias, other.as_str()),
            Looking::Down => (other.as_str(), alias),
        };
        let said = self.said(key, child)?;
        let mut outside = String::new();
        match looking {
            Looking::Up => outside = said.iter().map(|filter| format!("{filter} and ")).collect(),
            Looking::Down => filters.extend(said),
        }
        let from = format!("{} as {other}", self.relation(far));
        let inside = match key.holding {
            Holding::Whole | Holding::Json(_) => self.cells(looking, key, (child, parent), &from, filters)?,
            Holding::Elements => self.elements(looking, key, (child, parent), &from, filters)?,
        };
        Ok(match outside.is_empty() {
            true => inside,
            false => format!("({outside}{inside})"),
        })
    }

    /// What a row must say itself, so that the key speaks of it: a word of the catalog's, or that JSON holds a key at all.
    pub(super) fn said(&self, key: &Key<'a>, child: &str) -> Result<Vec<String>, Unplannable> {
        let mut said = Vec::new();
        if let Origin::Polymorphic { column, word } = key.origin {
            said.push(self.word(key.from, child, column, word)?);
        }
        if let (Holding::Json(place), [column]) = (key.holding, key.columns.as_slice()) {
            let cell = format!("{child}.{}", self.quote(column));
            let column = self.column(key.from, column)?;
            said.extend(json::key_text(self.territory.schema.engine, &cell, column, place).guard);
        }
        Ok(said)
    }

    /// The row's column holds this word of the catalog's.
    pub(crate) fn word(&self, place: Place, alias: &str, column: &str, word: &str) -> Result<String, Unplannable> {
        let cell = format!("{alias}.{}", self.quote(column));
        let column = self.column(place, column)?;
        let texts = ["text", "varchar", "bpchar", "name"];
        Ok(match self.territory.schema.engine {
            Engine::Postgres if column.equality.is_some() => {
                format!("{cell} {} {}", super::equals(column, column), literal(word))
            }
            // A word that an enum does not know would stop the query.
            Engine::Postgres if !texts.contains(&column.base_type.as_str()) => {
                format!("{cell}::pg_catalog.text = {}", literal(word))
            }
            _ => format!("{cell} = {}", literal(word)),
        })
    }

    /// The cell of the side that points, in its compared form.
    pub(super) fn pointing(&self, key: &Key<'a>, pair: &Pair<'_>, alias: &str) -> String {
        let cell = format!("{alias}.{}", self.quote(&pair.child.name));
        match key.holding {
            Holding::Json(place) => json::key_text(self.territory.schema.engine, &cell, pair.child, place).text,
            Holding::Whole | Holding::Elements => pair.child(&cell),
        }
    }

    fn cells(
        &self,
        looking: Looking,
        key: &Key<'a>,
        (child, parent): (&str, &str),
        from: &str,
        filters: Vec<String>,
    ) -> Result<String, Unplannable> {
        // PostgreSQL plans `exists` as a join, or by whichever of hash and index fits its memory; an `in` that is one of several ways has only the hash, and
        // when that does not fit it compares every row with every key. SQLite has an index for every `in`, and needs none of the product's; so has MySQL, which
        // asks an `exists` anew for every row.
        let mut by_existence = self.territory.schema.engine == Engine::Postgres;
        let (mut cells, mut others, mut equal) = (Vec::new(), Vec::new(), Vec::new());
        for pair in self.pairs(key)? {
            let pointing = self.pointing(key, &pair, child);
            let cell = format!("{parent}.{}", self.quote(&pair.parent.name));
            let parent_cell = pair.parent(&cell);
            by_existence |= pair.operator() != "=";
            equal.push(pair.equal(looking, &pointing, &parent_cell));
            let (near, far) = match looking {
                Looking::Up => (pointing, parent_cell),
                Looking::Down => (parent_cell, pointing),
            };
            let (near, far) = pair.listed(looking, near, far);
            cells.push(near);
            others.push(far);
        }
        Ok(if by_existence {
            equal.extend(filters.iter().map(|filter| format!("({filter})")));
            format!("exists (select 1 from {from} where {})", equal.join(" and "))
        } else {
            let filter = match filters.is_empty() {
                true => String::new(),
                false => format!(" where {}", filters.join(" and ")),
            };
            format!("{} in (select {} from {from}{filter})", row(&cells), others.join(", "))
        })
    }

    fn elements(
        &mut self,
        looking: Looking,
        key: &Key<'a>,
        (child, parent): (&str, &str),
        from: &str,
        filters: Vec<String>,
    ) -> Result<String, Unplannable> {
        let engine = self.territory.schema.engine;
        let pairs = self.pairs(key)?;
        let [pair] = pairs.as_slice() else { return Err(Unplannable) };
        let array = format!("{child}.{}", self.quote(&pair.child.name));
        let cell = format!("{parent}.{}", self.quote(&pair.parent.name));
        let compared = format!("{}{} {}", pair.parent(&cell), pair.collate(), pair.operator());
        let item = self.alias();
        let elements = json::elements(engine, &array, &item);
        let element = pair.child(&json::element(engine, &item));
        let and = |first: Vec<String>| {
            let filters = filters.iter().map(|filter| format!("({filter})"));
            first.into_iter().chain(filters).collect::<Vec<_>>().join(" and ")
        };
        Ok(match (engine, looking) {
            // So the index of the other table finds each element's row.
            (Engine::Postgres, Looking::Up) => {
                let array = match pair.child(&array) == array {
                    true => array,
                    false => format!("{array}::pg_catalog.text[]"),
                };
                format!("exists (select 1 from {from} where {})", and(vec![format!("{compared} any({array})")]))
            }
            (Engine::Sqlite | Engine::Mysql, Looking::Up) => {
                let index = pair.served_by_index(&cell, &element);
                let conditions = and(index.into_iter().chain([format!("{compared} {element}")]).collect());
                format!("exists (select 1 from {elements} cross join {from} where {conditions})")
            }
            (Engine::Postgres | Engine::Mysql, Looking::Down) => {
                let conditions = and(vec![format!("{compared} {element}")]);
                format!("exists (select 1 from {from} cross join {elements} where {conditions})")
            }
            (Engine::Sqlite, Looking::Down) => {
                let conditions = and(vec![format!("{element} is not null")]);
                format!(
                    "{} in (select {element} from {from} cross join {elements} where {conditions})",
                    pair.parent(&cell)
                )
            }
        })
    }
}

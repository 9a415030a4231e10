//! Samples of rows: bounded questions whose answers are counts and shapes, never values.

use super::landscape::{Landscape, Place};
use crate::{
    error::ExportError,
    plan::identifier::quote_for,
    schema::{Column, Table},
    source::{Probe, Snapshot},
};
use shared::export::Engine;
use std::collections::{BTreeMap, BTreeSet};

/// How many rows are looked at from each end of a table.
const ROWS: usize = 100;

/// As many characters of a cell as are looked at; JSON is looked at whole up to the second number.
const CELL: usize = 2_000;
const JSON_CELL: usize = 20_000;

/// Asks the source; without one, knows nothing.
pub(super) struct Sampler<'a> {
    snapshot: Option<&'a mut Snapshot>,
    unreadable: BTreeSet<(String, String, String)>,
    /// Tables about whose rows nothing could be learnt, with the reason.
    pub(super) refused: BTreeMap<Place, String>,
}

/// How many of the sampled rows are so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// How many were looked at.
    pub(super) of: u64,
    /// For how many it holds.
    pub(super) so: u64,
}

impl Share {
    /// Whether it holds for all, of which there are some.
    pub(super) fn is_all(self) -> bool {
        self.of > 0 && self.so == self.of
    }
}

impl<'a> Sampler<'a> {
    pub(super) fn new(snapshot: Option<&'a mut Snapshot>, unreadable: BTreeSet<(String, String, String)>) -> Self {
        Self { snapshot, unreadable, refused: BTreeMap::new() }
    }

    /// Of the sampled rows whose `column` is not NULL: how many find their value in `key` of `to`. None where it could not be asked.
    pub(super) async fn contained(
        &mut self,
        land: &Landscape<'_>,
        from: Place,
        column: &Column,
        to: Place,
        key: &Column,
    ) -> Result<Option<Share>, ExportError> {
        if !self.can_read(land.table(from), &column.name) || !self.can_read(land.table(to), &key.name) {
            return Ok(None);
        }
        // With an empty search path the `=` of an extension's type must be named.
        let equals = match (&key.equality, &column.equality) {
            (Some(schema), Some(_)) => format!("operator({}.=)", quote_for(Engine::Postgres, schema)),
            _ => "=".to_owned(),
        };
        let query = format!(
            "select count(*), coalesce(sum(case when exists (select 1 from {} as p where p.{} {equals} s.{}) then 1 else 0 end), 0) from ({}) as s",
            land.relation(to),
            quote_for(land.schema.engine, &key.name),
            quote_for(land.schema.engine, &column.name),
            sampled(land, from, &[&column.name], Some(&column.name)),
        );
        self.share(from, &query).await
    }

    /// How many of the sampled rows have NULL in the column.
    pub(super) async fn nulls(
        &mut self,
        land: &Landscape<'_>,
        place: Place,
        column: &str,
    ) -> Result<Option<Share>, ExportError> {
        if !self.can_read(land.table(place), column) {
            return Ok(None);
        }
        let query = format!(
            "select count(*), coalesce(sum(case when s.{} is null then 1 else 0 end), 0) from ({}) as s",
            quote_for(land.schema.engine, column),
            sampled(land, place, &[column], None),
        );
        self.share(place, &query).await
    }

    /// Sampled rows, those among them for which two expressions over them (alias `s`) are equal, and how many values the first one has.
    pub(super) async fn agree(
        &mut self,
        land: &Landscape<'_>,
        place: Place,
        columns: &[&str],
        left: &str,
        right: &str,
    ) -> Result<Option<(u64, u64, u64)>, ExportError> {
        if columns.iter().any(|column| !self.can_read(land.table(place), column)) {
            return Ok(None);
        }
        let query = format!(
            "select count(*), coalesce(sum(case when l = r then 1 else 0 end), 0), count(distinct l)
             from (select {left} as l, {right} as r from ({}) as s) as both_ways",
            sampled(land, place, columns, None)
        );
        Ok(match self.numbers(place, &query).await?.as_deref() {
            Some([of, so, values]) => Some((*of, *so, *values)),
            _ => None,
        })
    }

    /// For each word of a type column: how many sampled rows carry it, and how many of their ids are found in the word's table.
    pub(super) async fn contained_by_word(
        &mut self,
        land: &Landscape<'_>,
        place: Place,
        kind: &Column,
        id: &Column,
        map: &BTreeMap<String, Place>,
    ) -> Result<Option<BTreeMap<String, (u64, u64)>>, ExportError> {
        let quote = |name: &str| quote_for(land.schema.engine, name);
        let tables: BTreeSet<Place> = map.values().copied().collect();
        let counts = tables.iter().map(|to| {
            let key = land.table(*to).primary_key.first().map_or(String::new(), |key| quote(key));
            format!(
                "sum(case when exists (select 1 from {} as p where p.{key} = s.{}) then 1 else 0 end)",
                land.relation(*to),
                quote(&id.name)
            )
        });
        let query = format!(
            "select s.{kind}, count(*), {} from ({}) as s where s.{kind} is not null and s.{id} is not null group by s.{kind}",
            counts.collect::<Vec<_>>().join(", "),
            sampled(land, place, &[&kind.name, &id.name], None),
            kind = quote(&kind.name),
            id = quote(&id.name),
        );
        let Some(rows) = self.ask(place, &query).await? else {
            return Ok(None);
        };
        let text = |cell: &Option<Vec<u8>>| String::from_utf8(cell.clone()?).ok();
        let number = |cell: Option<&Option<Vec<u8>>>| text(cell?)?.parse::<u64>().ok();
        Ok(rows
            .iter()
            .map(|row| {
                let word = text(row.first()?)?;
                let column = tables.iter().position(|table| map.get(&word) == Some(table));
                let hits = column.map_or(Some(0), |column| number(row.get(2 + column)))?;
                Some((word, (number(row.get(1))?, hits)))
            })
            .collect())
    }

    /// The distinct words of a column, if they are few.
    pub(super) async fn words(
        &mut self,
        land: &Landscape<'_>,
        place: Place,
        column: &str,
        most: usize,
    ) -> Result<Option<Vec<String>>, ExportError> {
        if !self.can_read(land.table(place), column) {
            return Ok(None);
        }
        let name = quote_for(land.schema.engine, column);
        let query =
            format!("select distinct {name} from {} where {name} is not null limit {}", land.relation(place), most + 1);
        let Some(rows) = self.ask(place, &query).await? else {
            return Ok(None);
        };
        let words: Option<Vec<String>> =
            rows.into_iter().map(|row| String::from_utf8(row.into_iter().next()??).ok()).collect();
        Ok(words.filter(|words| words.len() <= most).map(|mut words| {
            words.sort_unstable();
            words
        }))
    }

    /// For each of the columns the sampled values that are not NULL, as text, cut where they are long. Empty where they could not be asked.
    pub(super) async fn texts(
        &mut self,
        land: &Landscape<'_>,
        place: Place,
        columns: &[&Column],
    ) -> Result<BTreeMap<String, Vec<String>>, ExportError> {
        let readable: Vec<&Column> =
            columns.iter().copied().filter(|column| self.can_read(land.table(place), &column.name)).collect();
        if readable.is_empty() {
            return Ok(BTreeMap::new());
        }
        let engine = land.schema.engine;
        let cells: Vec<String> = readable.iter().map(|column| cell(engine, column)).collect();
        let names: Vec<&str> = readable.iter().map(|column| column.name.as_str()).collect();
        let query = format!("select {} from ({}) as s", cells.join(", "), sampled(land, place, &names, None));
        let Some(rows) = self.ask(place, &query).await? else {
            return Ok(BTreeMap::new());
        };
        let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in rows {
            for (column, value) in readable.iter().zip(row) {
                if let Some(text) =
                    value.and_then(|value| String::from_utf8(value).ok()).filter(|text| !text.is_empty())
                {
                    texts.entry(column.name.clone()).or_default().push(text);
                }
            }
        }
        Ok(texts)
    }

    /// Whether the role has the right to read the column; what hides rows shows only when asked.
    pub(super) fn can_read(&self, table: &Table, column: &str) -> bool {
        self.snapshot.is_some()
            && !table.is_virtual()
            && (self.unreadable.is_empty()
                || !self.unreadable.contains(&(table.schema.clone(), table.name.clone(), column.to_owned())))
    }

    async fn share(&mut self, place: Place, query: &str) -> Result<Option<Share>, ExportError> {
        Ok(match self.numbers(place, query).await?.as_deref() {
            Some([of, so]) => Some(Share { of: *of, so: *so }),
            _ => None,
        })
    }

    /// The numbers in the only row.
    async fn numbers(&mut self, place: Place, query: &str) -> Result<Option<Vec<u64>>, ExportError> {
        let Some(rows) = self.ask(place, query).await? else {
            return Ok(None);
        };
        let number = |cell: &Option<Vec<u8>>| std::str::from_utf8(cell.as_deref()?).ok()?.parse::<u64>().ok();
        Ok(rows.first().and_then(|row| row.iter().map(number).collect()))
    }

    async fn ask(&mut self, place: Place, query: &str) -> Result<Option<Vec<Vec<Option<Vec<u8>>>>>, ExportError> {
        let Some(snapshot) = self.snapshot.as_deref_mut() else {
            return Ok(None);
        };
        Ok(match snapshot.probe(query).await? {
            Probe::Rows(rows) => Some(rows),
            Probe::Refused(why) => {
                self.refused.entry(place).or_insert(why);
                None
            }
        })
    }
}

/// A query for some rows from the beginning of a table and, where a key leads there quickly, from its end.
fn sampled(land: &Landscape<'_>, place: Place, columns: &[&str], not_null: Option<&str>) -> String {
    let quote = |name: &str| quote_for(land.schema.engine, name);
    let table = land.table(place);
    let relation = land.relation(place);
    let condition = not_null.map_or(String::new(), |column| format!(" where {} is not null", quote(column)));
    let list = columns.iter().map(|column| quote(column)).collect::<Vec<_>>().join(", ");
    let head = |rows: usize| format!("select {list} from {relation}{condition} limit {rows}");
    let [key] = table.primary_key.as_slice() else {
        return head(2 * ROWS);
    };
    // Both ends of a small table are the same rows; each counts once.
    let key = quote(key);
    format!(
        "select {list} from {relation} where {key} in (
             select {key} from (select {key} from {relation}{condition} order by {key} limit {ROWS}) as first_rows
             union select {key} from (select {key} from {relation}{condition} order by {key} desc limit {ROWS}) as last_rows)"
    )
}

/// A cell of the sample as text, cut.
fn cell(engine: Engine, column: &Column) -> String {
    let name = format!("s.{}", quote_for(engine, &column.name));
    let base = column.base_type.to_ascii_lowercase();
    let most = if base.contains("json") { JSON_CELL } else { CELL };
    match engine {
        Engine::Postgres if base == "bytea" => format!("encode(substring({name} from 1 for {most}), 'escape')"),
        Engine::Postgres => format!("left({name}::text, {most})"),
        Engine::Mysql => format!("left({name}, {most})"),
        Engine::Sqlite => format!("substr({name}, 1, {JSON_CELL})"),
    }
}

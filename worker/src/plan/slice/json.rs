//! Keys inside JSON, each engine's way. Only strings and numbers are keys, by their text: `true`, `null`, objects and arrays are none.

use super::comparison::literal;
use crate::{
    catalog::{JsonPlace, Step},
    plan::json_text,
    schema::Column,
};
use shared::export::Engine;

/// What MySQL and MariaDB call the types that can be keys.
const MYSQL_KEYS: &str = "('STRING', 'INTEGER', 'UNSIGNED INTEGER')";

/// The text of the key at a place.
pub(super) struct KeyText {
    /// The text; where `guard` does not hold it is no key.
    pub(super) text: String,
    /// What must hold beside it.
    pub(super) guard: Option<String>,
}

impl KeyText {
    /// One expression: the text, or NULL where there is no key.
    pub(super) fn or_null(self) -> String {
        match self.guard {
            Some(guard) => format!("case when {guard} then {} end", self.text),
            None => self.text,
        }
    }
}

/// The key at this place of a cell.
pub(super) fn key_text(engine: Engine, cell: &str, column: &Column, place: &JsonPlace) -> KeyText {
    match engine {
        Engine::Postgres => postgres(cell, column, place),
        Engine::Mysql => {
            let found = format!("json_extract({cell}, {})", path(place));
            let text = format!(
                "case when json_valid({cell}) then case when json_type({found}) in {MYSQL_KEYS} then convert(json_unquote({found}) using utf8mb4) end end"
            );
            KeyText { text, guard: None }
        }
        Engine::Sqlite => {
            let path = path(place);
            // A text that is no JSON would stop the query. `->` prints a number as it is written, however long.
            let text = format!(
                "case when {} then case json_type({cell}, {path}) when 'text' then {cell} ->> {path} when 'integer' then {cell} -> {path} end end",
                valid(cell)
            );
            KeyText { text, guard: None }
        }
    }
}

/// The elements of a JSON array as a table of the name `alias`, in a `from` clause.
pub(super) fn elements(engine: Engine, cell: &str, alias: &str) -> String {
    match engine {
        Engine::Postgres => format!("lateral unnest({cell}) as {alias}(v)"),
        Engine::Mysql => {
            let array =
                format!("case when json_valid({cell}) then case when json_type({cell}) = 'ARRAY' then {cell} end end");
            format!("json_table({array}, '$[*]' columns (v varchar(1000) path '$', j json path '$')) as {alias}")
        }
        Engine::Sqlite => {
            let array =
                format!("case when {} then case when json_type({cell}) = 'array' then {cell} end end", valid(cell));
            format!("json_each({array}) as {alias}")
        }
    }
}

/// The element in its compared form.
pub(super) fn element(engine: Engine, alias: &str) -> String {
    match engine {
        Engine::Postgres => format!("{alias}.v"),
        Engine::Mysql => {
            format!("case when json_type({alias}.j) in {MYSQL_KEYS} then convert({alias}.v using utf8mb4) end")
        }
        Engine::Sqlite => format!("case when {alias}.type in ('text', 'integer') then cast({alias}.value as text) end"),
    }
}

/// JSON5, or JSON in SQLite's own binary form: <https://www.sqlite.org/json1.html#jvalid>.
fn valid(cell: &str) -> String {
    format!("json_valid({cell}, 10)")
}

/// A chain of `->`, which tells an element's number from a member of the same name.
fn postgres(cell: &str, column: &Column, place: &JsonPlace) -> KeyText {
    let (json, type_of) = match column.base_type.as_str() {
        "jsonb" => (cell.to_owned(), "jsonb_typeof"),
        _ if json_text::is_text(column) => (json_text::read(cell), "json_typeof"),
        _ => (cell.to_owned(), "json_typeof"),
    };
    let steps: Vec<String> = place
        .steps()
        .iter()
        .map(|step| match step {
            Step::Member(name) => literal(name),
            Step::Element(number) => number.to_string(),
        })
        .collect();
    let (last, outer) = steps.split_last().map_or(("", [].as_slice()), |(last, outer)| (last.as_str(), outer));
    let outer: String = outer.iter().map(|step| format!(" -> {step}")).collect();
    KeyText {
        text: format!("({json}{outer} ->> {last})"),
        guard: Some(format!("{type_of}({json}{outer} -> {last}) in ('string', 'number')")),
    }
}

/// The place as a literal of SQLite's and MySQL's path language.
fn path(place: &JsonPlace) -> String {
    let steps: String = place
        .steps()
        .iter()
        .map(|step| match step {
            Step::Member(name) => format!(".\"{name}\""),
            Step::Element(number) => format!("[{number}]"),
        })
        .collect();
    literal(&format!("${steps}"))
}

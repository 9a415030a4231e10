//! Questions about words that say which table a row points to.

use super::question::{self, Question, Statement};
use crate::{
    catalog::{OwnerRule, Polymorphic},
    plan::{
        key::{Key, Origin},
        slice::Unplannable,
        territory::{Place, Territory},
    },
};
use shared::export::Engine;

/// Words beyond this are not counted apart.
const MOST_WORDS: usize = 1_000;

/// Words that are printed.
const PRINTED: usize = 10;

/// Rows with a word that the catalog's map does not list, and that no other way finds.
pub(super) fn unmapped(
    territory: &Territory<'_>,
    place: Place,
    rule: &OwnerRule,
) -> Result<Option<Question>, Unplannable> {
    let Some(pair) = &rule.polymorphic else { return Ok(None) };
    let mut statement = Statement::new(territory);
    let cell = statement.cell(&statement.row, &pair.type_column);
    let mut conditions = vec![format!("not {}", is_mapped_or_null(&statement, place, pair)?)];
    conditions.extend(rule.column.iter().map(|column| format!("{} is null", statement.cell(&statement.row, column))));
    conditions.extend(statement.other_ways(place, rule)?.iter().map(|way| format!("not {way}")));
    let printed = match territory.schema.engine {
        Engine::Postgres => format!("{cell}::pg_catalog.text"),
        Engine::Mysql => format!("cast({cell} as char)"),
        Engine::Sqlite => format!("cast({cell} as text)"),
    };
    Ok(Some(Question {
        place,
        column: Some(pair.type_column.clone()),
        code: "unmapped_type",
        sql: format!(
            "select {printed}, count(*) from {} as {} where {} group by {cell} order by count(*) desc limit {MOST_WORDS}",
            statement.relation(place),
            statement.row,
            conditions.join(" and ")
        ),
        out_of: None,
        message: "{rows} rows hold {words} that `map` does not list: they are in nobody's export; add what belongs to tenants".to_owned(),
    }))
}

/// The type is NULL or one that the map lists.
pub(super) fn is_mapped_or_null(
    statement: &Statement<'_, '_>,
    place: Place,
    pair: &Polymorphic,
) -> Result<String, Unplannable> {
    let mut listed = vec![format!("{} is null", statement.cell(&statement.row, &pair.type_column))];
    for word in pair.map.keys() {
        listed.push(statement.word(place, &pair.type_column, word)?);
    }
    Ok(format!("({})", listed.join(" or ")))
}

pub(super) fn is_polymorphic(key: &Key<'_>) -> bool {
    matches!(key.origin, Origin::Polymorphic { .. })
}

/// `2 words (App\Models\Invoice in 7 rows, and others)`. Only what looks like the name of a class is printed.
pub(super) fn listed(answer: &[(Option<String>, u64)]) -> String {
    let named: Vec<String> = answer
        .iter()
        .filter_map(|(word, rows)| word.as_deref().filter(|word| is_name(word)).map(|word| (word, rows)))
        .take(PRINTED)
        .map(|(word, rows)| format!("{word} in {}", question::number(*rows)))
        .collect();
    let more = if answer.len() >= MOST_WORDS { " or more" } else { "" };
    let words = if answer.len() == 1 { "word" } else { "words" };
    let named = match (named.len(), answer.len()) {
        (0, _) => String::new(),
        (shown, all) if shown < all => format!(" ({}, and others)", named.join(", ")),
        _ => format!(" ({})", named.join(", ")),
    };
    format!("{}{more} {words}{named}", answer.len())
}

fn is_name(word: &str) -> bool {
    (1..=64).contains(&word.len()) && word.chars().all(|char| char.is_ascii_alphanumeric() || "_:\\.".contains(char))
}

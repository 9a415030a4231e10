//! Questions about words that say which table a row points to.

use super::{
    path,
    question::{self, Question, Statement},
};
use crate::{
    catalog::{OwnerRule, Polymorphic},
    plan::{
        key::{Key, Origin},
        territory::{Place, Territory},
    },
};
use shared::export::Engine;

/// Words beyond this are not counted apart.
const MOST_WORDS: usize = 1_000;

/// Words that are printed.
const PRINTED: usize = 10;

/// Rows with a word that the catalog's map does not list, and that no other way finds.
pub(super) fn unmapped(territory: &Territory<'_>, place: Place, rule: &OwnerRule) -> Option<Question> {
    let pair = rule.polymorphic.as_ref()?;
    territory.table(place).column(&pair.type_column)?;
    let mut statement = Statement::new(territory);
    let cell = statement.cell(&statement.row, &pair.type_column);
    let mut conditions = vec![format!("not ({})", is_mapped_or_null(&statement, place, pair))];
    if let Some(column) = &rule.column {
        conditions.push(format!("not {}", statement.names_a_tenant(place, column)?));
    }
    for key in path::ways(territory, place, rule).into_iter().filter(|key| !is_polymorphic(key)) {
        conditions.push(format!("not {}", statement.finds(key)));
    }
    let printed = match territory.schema.engine {
        Engine::Postgres => format!("{cell}::pg_catalog.text"),
        Engine::Mysql => format!("cast({cell} as char)"),
        Engine::Sqlite => format!("cast({cell} as text)"),
    };
    Some(Question {
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
    })
}

/// The type is NULL or one that the map lists.
pub(super) fn is_mapped_or_null(statement: &Statement<'_, '_>, place: Place, pair: &Polymorphic) -> String {
    let null = format!("{} is null", statement.cell(&statement.row, &pair.type_column));
    let words = pair.map.keys().filter_map(|word| statement.word(place, &pair.type_column, word));
    format!("({})", std::iter::once(null).chain(words).collect::<Vec<_>>().join(" or "))
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

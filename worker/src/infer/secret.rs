//! Decisions about columns that hold, or may hold, secrets.

mod json;
mod shape;

use super::{
    landscape::{Landscape, Place},
    noun,
    sample::Sampler,
    way::Ways,
};
use crate::{check::secret::looks_secret, error::ExportError, schema::Column};
use shape::Shape;
use std::collections::BTreeMap;

/// A decision about a column, as it stands in the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ColumnDecision {
    /// Never delivered, for this reason.
    Omit(String),
    /// A person must answer.
    Undecided(String),
}

/// A column's decision with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnVerdict {
    pub(super) column: String,
    pub(super) decision: ColumnDecision,
    pub(super) note: Option<String>,
}

/// Words that are too short or too common to say for themselves that a column is secret.
const WEAK: &[&str] = &["pin", "pass", "salt", "mfa", "2fa", "credential", "credentials", "tokens"];

/// Last words of columns that name or number a secret rather than hold it.
const NAMES_ONE: &[&str] =
    &["id", "ids", "uuid", "guid", "ref", "name", "title", "url", "uri", "path", "hint", "question"];

/// So many distinct values must look random before the column is held for a column of random texts.
const ENOUGH: usize = 5;

/// The columns of a table about which something must be said.
pub(super) async fn columns(
    land: &Landscape<'_>,
    place: Place,
    ways: &Ways,
    sampler: &mut Sampler<'_>,
) -> Result<Vec<ColumnVerdict>, ExportError> {
    let table = land.table(place);
    let is_key = |column: &Column| {
        table.primary_key.contains(&column.name) || ways.ways.iter().any(|way| way.columns.contains(&column.name))
    };
    let mut verdicts: BTreeMap<&str, ColumnVerdict> = BTreeMap::new();
    let mut open: Vec<&Column> = Vec::new();
    for column in &table.columns {
        if ways.ways.iter().any(|way| way.columns.as_slice() == [column.name.as_str()]) {
            continue;
        }
        if column.large_object {
            let question = "its values are numbers, perhaps those of large objects: write deliver = \"large_objects\" to export these too, omit it, or keep the numbers with a reason?";
            let decision = ColumnDecision::Undecided(question.to_owned());
            verdicts.insert(&column.name, ColumnVerdict { column: column.name.clone(), decision, note: None });
            continue;
        }
        match by_name(looks_secret(table, column), column) {
            Some(decision) => {
                let verdict = ColumnVerdict { column: column.name.clone(), decision, note: None };
                verdicts.insert(&column.name, verdict);
            }
            None if may_hold_text(land, column) && !is_key(column) => open.push(column),
            None => {}
        }
    }
    if !open.is_empty() {
        let texts = sampler.texts(land, place, &open).await?;
        for column in open {
            if let Some(values) = texts.get(&column.name)
                && let Some(verdict) = by_shape(column, values)
            {
                verdicts.insert(&column.name, verdict);
            }
        }
    }
    Ok(table.columns.iter().filter_map(|column| verdicts.remove(column.name.as_str())).collect())
}

fn by_name(looks_secret: bool, column: &Column) -> Option<ColumnDecision> {
    let words = noun::words(&column.name);
    if !looks_secret {
        let told = column.comment.as_deref().is_some_and(speaks_of_a_secret);
        return told.then(|| {
            ColumnDecision::Undecided(
                "the comment on it speaks of a secret: omit it, or keep it with a reason?".to_owned(),
            )
        });
    }
    let names_one = words.len() > 1 && words.last().is_some_and(|last| NAMES_ONE.contains(&last.as_str()));
    let weak =
        !words.iter().any(|word| !WEAK.contains(&word.as_str()) && looks_secret_alone(word)) && !is_paired(&words);
    if names_one || weak {
        return Some(ColumnDecision::Undecided(
            "its name may mean a secret or something harmless: omit it, or keep it with a reason?".to_owned(),
        ));
    }
    Some(ColumnDecision::Omit(format!("secret: {}", kind_of(&words))))
}

/// Whether the word alone makes a column look secret.
fn looks_secret_alone(word: &str) -> bool {
    let column = Column { name: word.to_owned(), base_type: "text".to_owned(), ..Column::default() };
    looks_secret(&crate::schema::Table::default(), &column)
}

/// Whether two words next to each other do, as in `private_key`.
fn is_paired(words: &[String]) -> bool {
    const MANY_MEANINGS: &[[&str; 2]] = &[
        ["session", "id"],
        ["session", "ids"],
        ["data", "key"],
        ["service", "key"],
        ["app", "key"],
        ["client", "key"],
        ["key", "hash"],
        ["key", "digest"],
    ];
    words.windows(2).any(|pair| {
        let together = format!("{}_{}", pair[0], pair[1]);
        !MANY_MEANINGS.iter().any(|known| known[0] == pair[0] && known[1] == pair[1])
            && !looks_secret_alone(&pair[0])
            && !looks_secret_alone(&pair[1])
            && looks_secret_alone(&together)
    })
}

fn kind_of(words: &[String]) -> &'static str {
    let has = |part: &str| words.iter().any(|word| word.contains(part));
    match () {
        () if (has("password") || has("passwd") || has("pwd")) && (has("hash") || has("digest")) => "a password's hash",
        () if has("password") || has("passwd") || has("pwd") || has("passphrase") => "a password",
        () if has("otp") => "makes second-factor codes",
        () if has("backup") || has("recovery") || has("scratch") => "stands in for the second factor",
        () if has("passcode") || has("pin") => "unlocks something",
        () if has("token") && (has("hash") || has("digest")) => "a token's hash",
        () if has("token") || has("jwt") => "a token that lets somebody in",
        () if has("card") || has("cvv") || has("cvc") => "card data",
        () if has("key") => "a key",
        () => "named like one",
    }
}

fn speaks_of_a_secret(comment: &str) -> bool {
    const TELLING: &[&str] = &[
        "password",
        "passwords",
        "secret",
        "credential",
        "credentials",
        "confidential",
        "bcrypt",
        "argon",
        "encrypted",
    ];
    noun::words(comment).iter().any(|word| TELLING.contains(&word.as_str()))
}

fn may_hold_text(land: &Landscape<'_>, column: &Column) -> bool {
    use super::landscape::Kind;
    let base = column.base_type.to_ascii_lowercase();
    let texts = ["json", "bytea", "blob", "binary", "hstore", "_text", "_varchar", "xml"];
    column.generated.is_none()
        && match land.kind(column) {
            Kind::Text => true,
            Kind::Integer => false,
            // A column of SQLite may be declared without a type, or with `any`.
            Kind::Other(_) => base.is_empty() || base == "any" || texts.iter().any(|part| base.contains(part)),
        }
}

/// What the sampled values say. Speaks of counts and kinds, never of a value.
fn by_shape(column: &Column, values: &[String]) -> Option<ColumnVerdict> {
    let verdict = |decision, note: Option<String>| Some(ColumnVerdict { column: column.name.clone(), decision, note });
    let of = values.len();
    let mut whole: BTreeMap<Shape, usize> = BTreeMap::new();
    let mut inside: BTreeMap<Shape, usize> = BTreeMap::new();
    let mut members: BTreeMap<String, usize> = BTreeMap::new();
    for value in values {
        if let Some(found) = json::look(value) {
            found.shapes.into_iter().for_each(|shape| *inside.entry(shape).or_default() += 1);
            found.members.into_iter().for_each(|member| *members.entry(member).or_default() += 1);
        } else if let Some(shape) = shape::whole(value) {
            *whole.entry(shape).or_default() += 1;
        } else if let Some(shape) = shape::within(value) {
            *inside.entry(shape).or_default() += 1;
        }
    }
    if let Some((shape, count)) = whole.iter().max_by_key(|(_, count)| **count)
        && *count * 2 > of
    {
        return verdict(
            ColumnDecision::Omit(format!("secret: {}", shape.words())),
            Some(format!("Not by its name: {count} of {of} sampled values have the shape of {}.", shape.words())),
        );
    }
    let mut seen: Vec<String> = Vec::new();
    for (shape, count) in whole.iter().chain(&inside) {
        seen.push(format!("{count} of {of} sampled values hold something with the shape of {}", shape.words()));
    }
    for (member, count) in members.iter().take(5) {
        seen.push(format!("{count} of {of} sampled values have a member `{member}`"));
    }
    if seen.is_empty() {
        let mut random: Vec<&String> = values.iter().filter(|value| shape::is_random(&column.name, value)).collect();
        random.sort_unstable();
        let count = random.len();
        random.dedup();
        if random.len() >= ENOUGH && count * 10 >= of * 8 {
            seen.push(format!("{count} of {of} sampled values look random, as keys and tokens do"));
        }
    }
    match seen.is_empty() {
        true => None,
        false => {
            verdict(ColumnDecision::Undecided(format!("{}: omit it, or keep it with a reason?", seen.join("; "))), None)
        }
    }
}

#[cfg(test)]
mod tests;

//! What a column's name can mean: the tables that it may point to, by name and type alone.

use super::{
    landscape::{Landscape, Place},
    noun,
};
use crate::schema::Column;
use std::collections::HashMap;

/// Keys that other tables name after their table; a unique `title` is no such key.
const KEY_WORDS: &[&str] = &["id", "uuid", "guid", "uid", "ulid", "code", "key", "number", "no"];

/// Words that say that the id is another company's.
const PROVIDERS: &[&str] = &[
    "stripe",
    "paypal",
    "adyen",
    "braintree",
    "google",
    "facebook",
    "github",
    "gitlab",
    "slack",
    "hubspot",
    "salesforce",
    "shopify",
    "xero",
    "quickbooks",
    "twilio",
    "apple",
    "microsoft",
    "azure",
    "aws",
    "provider",
    "external",
    "remote",
    "foreign",
    "legacy",
    "third",
    "vendor",
    "upstream",
    "gateway",
    "import",
    "imported",
];

/// How sure the name alone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// `customer_id` and `customers.id`; `parent_id` and the table itself.
    Exact,
    /// `billing_customer_id` and `customers.id`.
    Prefixed,
    /// `ticket_id` and `repair_tickets.id`.
    Ending,
}

/// A table and its key that a column may point to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) to: Place,
    pub(super) key: &'a Column,
    pub(super) likeness: Likeness,
}

/// Every table's keys by the names that columns give them.
pub(super) struct Readings<'a> {
    whole: HashMap<String, Vec<(Place, &'a Column)>>,
    ending: HashMap<String, Vec<(Place, &'a Column)>>,
}

impl<'a> Readings<'a> {
    pub(super) fn new(land: &Landscape<'a>) -> Self {
        let mut readings = Self { whole: HashMap::new(), ending: HashMap::new() };
        for place in land.all().filter(|place| !land.table(*place).is_virtual()) {
            for (rank, key) in land.single_keys(place).into_iter().enumerate() {
                let key_words = noun::words(&key.name);
                let short =
                    key_words.len() <= 2 && key_words.last().is_some_and(|word| KEY_WORDS.contains(&word.as_str()));
                for words in &land.nouns[place] {
                    if key_words.len() > words.len() && noun::alike(&key_words[..words.len()], words) {
                        enter(&mut readings.whole, key_words.join(" "), place, key);
                    }
                    if !short && rank > 0 {
                        continue;
                    }
                    for spelling in spellings(words, &key_words) {
                        enter(&mut readings.whole, spelling, place, key);
                    }
                    for begin in 1..words.len() {
                        for spelling in spellings(&words[begin..], &key_words) {
                            enter(&mut readings.ending, spelling, place, key);
                        }
                    }
                }
            }
        }
        readings
    }

    /// What the column may point to, surest likeness only; several where the name says no more.
    pub(super) fn of(&self, land: &Landscape<'a>, from: Place, column: &Column) -> Vec<Reading<'a>> {
        let words = noun::words(&column.name);
        if words.len() < 2 {
            return Vec::new();
        }
        let itself = |to: Place, key: &Column| to == from && key.name == column.name;
        let fits = |found: &[(Place, &'a Column)], likeness| -> Vec<Reading<'a>> {
            let mut readings: Vec<Reading<'a>> = Vec::new();
            for (to, key) in found {
                if !itself(*to, key)
                    && land.kind(key) == land.kind(column)
                    && !readings.iter().any(|known| known.to == *to)
                {
                    readings.push(Reading { to: *to, key, likeness });
                }
            }
            let near = land.table(from).schema.as_str();
            if readings.iter().any(|reading| land.table(reading.to).schema == near) {
                readings.retain(|reading| land.table(reading.to).schema == near);
            }
            readings
        };
        if words[0] == "parent"
            && let [key] = land.table(from).primary_key.as_slice()
            && noun::words(key) == words[1..]
            && let Some(key) = land.table(from).column(key)
            && land.kind(key) == land.kind(column)
            && key.name != column.name
        {
            return vec![Reading { to: from, key, likeness: Likeness::Exact }];
        }
        let exact = fits(&self.look(&self.whole, &words), Likeness::Exact);
        if !exact.is_empty() {
            return exact;
        }
        if words.iter().any(|word| PROVIDERS.contains(&word.as_str())) {
            return Vec::new();
        }
        for begin in 1..words.len() - 1 {
            let prefixed = fits(&self.look(&self.whole, &words[begin..]), Likeness::Prefixed);
            if !prefixed.is_empty() {
                return prefixed;
            }
        }
        fits(&self.look(&self.ending, &words), Likeness::Ending)
    }

    fn look(&self, index: &HashMap<String, Vec<(Place, &'a Column)>>, words: &[String]) -> Vec<(Place, &'a Column)> {
        let mut found: Vec<(Place, &'a Column)> = index.get(&words.join(" ")).cloned().unwrap_or_default();
        for length in 1..words.len().min(3) {
            let (noun, key) = words.split_at(words.len() - length);
            for spelling in spellings(noun, key) {
                found.extend(index.get(&spelling).into_iter().flatten());
            }
        }
        found
    }
}

fn enter<'a>(index: &mut HashMap<String, Vec<(Place, &'a Column)>>, spelling: String, place: Place, key: &'a Column) {
    let entries = index.entry(spelling).or_default();
    if !entries.iter().any(|(known, column)| *known == place && column.name == key.name) {
        entries.push((place, key));
    }
}

/// The noun with its last word in every number, followed by the key's words.
fn spellings(words: &[String], key: &[String]) -> Vec<String> {
    let Some((last, before)) = words.split_last() else {
        return Vec::new();
    };
    noun::singulars(last)
        .into_iter()
        .map(|last| {
            let mut all: Vec<&str> = before.iter().map(String::as_str).collect();
            all.push(&last);
            all.extend(key.iter().map(String::as_str));
            all.join(" ")
        })
        .collect()
}

//! Pairs of a type and an id that point to rows of several tables.

use super::{
    landscape::{Kind, Landscape, Place},
    noun,
    sample::Sampler,
    through::Search,
    verdict::{Decision, Verdict},
};
use crate::{
    error::ExportError,
    schema::{Column, Table},
};
use std::collections::BTreeMap;

/// More words than any product has kinds of things.
const MOST: usize = 40;

/// The columns of a pair: `subject_type` and `subject_id`.
pub(super) fn pair<'t>(land: &Landscape<'_>, table: &'t Table) -> Option<(&'t Column, &'t Column)> {
    let stem = |column: &Column, last: &[&str]| -> Option<Vec<String>> {
        let words = noun::words(&column.name);
        let (end, stem) = words.split_last()?;
        (last.contains(&end.as_str()) && !stem.is_empty()).then(|| stem.to_vec())
    };
    let is_word = |column: &Column| !matches!(land.kind(column), Kind::Integer) && !column.base_type.contains("json");
    table.columns.iter().filter(|column| is_word(column)).find_map(|kind| {
        let wanted = stem(kind, &["type", "kind"])?;
        let id = table.columns.iter().find(|id| stem(id, &["id", "uuid", "key"]).as_ref() == Some(&wanted))?;
        Some((kind, id))
    })
}

/// A verdict where the table has such a pair; none where it has not, or where a column of it is a key in its own right.
pub(super) async fn judge(
    search: &Search<'_, '_>,
    place: Place,
    has_other_ways: bool,
    sampler: &mut Sampler<'_>,
) -> Result<Option<Verdict>, ExportError> {
    let land = search.land;
    let Some((kind, id)) = pair(land, land.table(place)) else {
        return Ok(None);
    };
    if search.ways[place].ways.iter().any(|way| way.columns.contains(&id.name)) {
        return Ok(None);
    }
    let names = format!("`{}` and `{}`", kind.name, id.name);
    let undecided = |more: String| {
        let what = if has_other_ways { " besides its other keys" } else { "" };
        Ok(Some(Verdict::undecided(format!(
            "whose are its rows? {names} look like a pair that points to rows of several tables{what}; {more}"
        ))))
    };
    let Some(words) = sampler.words(land, place, &kind.name, MOST).await? else {
        return undecided("which words stand for which tables could not be read".to_owned());
    };
    if words.is_empty() {
        return undecided("there are no rows yet to learn its words from".to_owned());
    }
    let mut map: BTreeMap<String, Place> = BTreeMap::new();
    let mut unknown: Vec<String> = Vec::new();
    for word in &words {
        match table_of(land, word, id).as_slice() {
            [to] => drop(map.insert(word.clone(), *to)),
            _ => unknown.push(shown(word)),
        }
    }
    if !unknown.is_empty() {
        return undecided(format!("these words name no single table: {}", unknown.join(", ")));
    }
    let unowned = map.values().find(|to| search.verdicts[**to].as_ref().is_none_or(|verdict| !verdict.is_owned()));
    if let Some(to) = unowned {
        return undecided(format!("{} is one of them, and no owner is known for it", land.name(*to)));
    }
    let found = sampler.contained_by_word(land, place, kind, id, &map).await?;
    let Some(counts) = found else {
        return undecided("its ids could not be sampled".to_owned());
    };
    let (mut of, mut so) = (0, 0);
    for (count, hits) in counts.values() {
        of += count;
        so += hits;
    }
    if so < of {
        return undecided(format!("only {so} of {of} sampled ids are found in the tables that the words name"));
    }
    if has_other_ways {
        let shown: Vec<String> = map.iter().map(|(word, to)| format!("{} = {}", shown(word), land.name(*to))).collect();
        return undecided(format!(
            "its words name tables ({}): which of the ways says whose the row is?",
            shown.join(", ")
        ));
    }
    if !kind.not_null || !id.not_null {
        return undecided("they may be NULL, and such a row would belong to nobody".to_owned());
    }
    Ok(Some(Verdict::new(
        Decision::Polymorphic {
            type_column: kind.name.clone(),
            id_column: id.name.clone(),
            map: map.into_iter().map(|(word, to)| (word, land.name(to).to_owned())).collect(),
        },
        format!(
            "{names} point to rows of several tables: every word names one, and {so} of {of} sampled ids are found there. A new word needs a new line."
        ),
    )))
}

/// The tables that the word names and whose key the id can hold.
fn table_of(land: &Landscape<'_>, word: &str, id: &Column) -> Vec<Place> {
    let last = word.rsplit(['\\', '/', ':', '.']).next().unwrap_or(word);
    let words = noun::words(last);
    let fits = |place: &Place| {
        let table = land.table(*place);
        let [key] = table.primary_key.as_slice() else { return false };
        let same_kind = table.column(key).is_some_and(|key| land.kind(key) == land.kind(id));
        same_kind && !table.is_virtual() && land.nouns[*place].iter().any(|noun| noun::alike(noun, &words))
    };
    land.all().filter(fits).collect()
}

/// A word of a type column, if it looks like one: anything else might be data.
fn shown(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || ['_', '\\', ':', '.', '/', '-'].contains(&char);
    match word.len() <= 60 && word.chars().all(plain) {
        true => format!("\"{}\"", word.replace('\\', "\\\\")),
        false => "(a text that is no word)".to_owned(),
    }
}

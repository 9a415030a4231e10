//! Every sentence goes through the table, and nothing is in the table that nobody says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Where sentences are named.
const PLACES: [&str; 6] = ["api/src", "api/templates", "api/assets", "shared/src", "worker/src", "worker/templates"];
/// Sentences with this beginning leave the program all together, for others to say.
const HANDED_OUT: &str = "embed-";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every text below a folder.
fn texts(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.insert(path, text);
        }
    }
}

fn sources() -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for place in PLACES {
        texts(&root().join(place), &mut found);
    }
    found
}

/// The names of all English sentences; the other languages are held against them elsewhere.
fn sentences() -> BTreeSet<String> {
    let mut files = BTreeMap::new();
    texts(&root().join("shared/locales/en"), &mut files);
    let lines = files.values().flat_map(|text| text.lines());
    let names = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
    names.filter_map(|line| line.split_once(" =")).map(|(name, _)| name.to_owned()).collect()
}

/// The names that are said, with the file that says them: what stands as a literal in a call of a function whose name begins with `say` or `count`.
fn said() -> BTreeMap<String, PathBuf> {
    let mut said = BTreeMap::new();
    for (path, text) in sources() {
        for (place, _) in text.match_indices("(\"") {
            let function = text[..place].rsplit(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').next();
            let name = text[place + 2..].split('"').next().unwrap_or_default();
            let speaks = function.is_some_and(|function| {
                ["say", "count"].iter().any(|word| function == *word || function.starts_with(&format!("{word}_")))
            });
            if speaks && name.contains('-') {
                // The embedded component has only its own, and calls them without their beginning.
                let own = path.components().any(|part| part.as_os_str() == "embed");
                let name = if own { format!("{HANDED_OUT}{name}") } else { name.to_owned() };
                said.insert(name, path.clone());
            }
        }
    }
    said
}

#[test]
fn every_sentence_that_is_said_exists() {
    let known = sentences();
    let said = said();
    assert!(said.len() > 100, "they are not found any more: {said:?}");
    let missing: Vec<_> = said.iter().filter(|(name, _)| !known.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_sentence_that_exists_is_said() {
    let sources = sources();
    let is_named = |name: &str| {
        let literal = format!("\"{name}\"");
        sources.values().any(|text| text.contains(&literal))
    };
    let unsaid: Vec<String> =
        sentences().into_iter().filter(|name| !name.starts_with(HANDED_OUT) && !is_named(name)).collect();
    assert!(unsaid.is_empty(), "nobody says {unsaid:?}");
}

/// A page's template says what is for people by name; what is left in it is markup, names of programs, and what is the same in every language.
#[test]
fn no_page_for_people_has_a_sentence_of_its_own() {
    let people = ["page", "refusal", "code", "welcome", "download"];
    for (path, text) in sources() {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let is_page = path.parent().is_some_and(|folder| folder.ends_with("api/templates"))
            && people.iter().any(|page| name == *page || name.starts_with(&format!("{page}-")));
        if !is_page && !path.ends_with("worker/templates/start-here.html") {
            continue;
        }
        for line in bare(&text).lines() {
            let words = line
                .split_whitespace()
                .filter(|word| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic()));
            let words: Vec<&str> = words.collect();
            assert!(words.len() < 3, "{}: {line}", path.display());
        }
    }
}

/// The text of a template without styles, commands, tags and what askama fills in.
fn bare(text: &str) -> String {
    let mut text = text.to_owned();
    for (begin, end) in
        [("<style>", "</style>"), ("<pre", "</pre>"), ("<code", "</code>"), ("{%", "%}"), ("{{", "}}"), ("<", ">")]
    {
        while let Some(start) = text.find(begin) {
            let Some(length) = text[start..].find(end) else { break };
            text.replace_range(start..start + length + end.len(), " ");
        }
    }
    text
}

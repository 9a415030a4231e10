//! Checking an archive, as a ZIP, as files, or unpacked, against its own manifest.

mod checksum;
mod listed;
mod member;
mod opened;
pub mod restore;
mod rows;
mod signature;

use super::{
    checksums,
    manifest::{self, FileFacts, Manifest, TableFacts},
};
use crate::{format::sql::Target, steps::Steps};
use listed::{Listed, listed};
use member::{Counting, Measured};
use opened::{Opened, is_safe};
use rows::SqlRows;
pub use signature::{Signature, Trust};
use std::{collections::BTreeMap, path::Path};

/// What a sound archive holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// Its manifest.
    pub manifest: Manifest,
    /// How many members were checked.
    pub members: usize,
    /// Their size, unpacked.
    pub bytes: u64,
}

/// What was found in an archive, sound or not.
#[derive(Debug)]
pub struct Examined {
    /// Its manifest, if it can be read.
    pub manifest: Option<Manifest>,
    /// How many members it has.
    pub members: usize,
    /// Their size, unpacked.
    pub bytes: u64,
    /// Whether its manifest is signed.
    pub signature: Signature,
    /// Everything that is wrong, one sentence each; an archive without problems is sound.
    pub problems: Vec<String>,
}

/// Checks structure (ZIP, names, no member that the manifest or the checksums do not know), SHA-256 of every member against `CHECKSUMS.sha256` and the manifest, and the
/// number of rows of every CSV, SQL and JSON Lines member against the manifest. Returns every problem found, one sentence each. Memory does not grow with the archive.
///
/// A member that is compressed by itself is checked as it is kept and as what is in it; it may stand there unpacked, too or instead.
///
/// `path` is the ZIP, the folder that it was unpacked into, or the folder with the files.
pub fn verify(path: &Path) -> Result<Verified, Vec<String>> {
    let Examined { manifest, members, bytes, problems, .. } = examine(path, &Trust::Nobody, &Steps::default());
    match manifest {
        Some(manifest) if problems.is_empty() => Ok(Verified { manifest, members, bytes }),
        _ => Err(problems),
    }
}

/// The same check, with the signature of the manifest, and with what was found beside the problems. Its steps are bytes of members.
pub fn examine(path: &Path, trust: &Trust, steps: &Steps) -> Examined {
    let mut opened = match Opened::open(path) {
        Ok(opened) => opened,
        Err(problem) => {
            let (signature, problems) = (Signature::None, vec![problem]);
            return Examined { manifest: None, members: 0, bytes: 0, signature, problems };
        }
    };
    steps.expect(opened.size());
    let mut problems = Vec::new();
    let names = opened.names(&mut problems);
    let checksums = read_checksums(&mut opened, &mut problems);
    let manifest = read_manifest(&mut opened, &mut problems);
    let known = manifest.as_ref().map(listed).unwrap_or_default();
    let stands_unpacked =
        |path: &str| known.get(path).is_some_and(|file| file.is_packed() && names.contains(&file.facts.path));
    for path in checksums.keys().filter(|path| !names.contains(*path) && !stands_unpacked(path)) {
        problems.push(format!("The member {path} is missing."));
    }
    for (path, _) in known.iter().filter(|(path, file)| !file.is_unpacked && !checksums.contains_key(**path)) {
        problems.push(format!("The member {path} of the manifest is not in {}.", checksums::PATH));
    }
    for path in known.keys().filter(|path| !is_safe(path)) {
        problems.push(format!("The manifest names {path:?}, which is outside of the archive's folder."));
    }
    for name in names.iter().filter(|name| is_foreign(name, &checksums, &known, manifest.as_ref())) {
        problems.push(format!("The member {name} is not part of the archive: nobody listed it."));
    }
    let mut signature = Signature::None;
    if let Some(manifest) = &manifest {
        signature = signature::check(&mut opened, manifest, trust, &mut problems);
    }
    let mut bytes = 0;
    for place in 0..opened.len() {
        let checked = Checked { checksums: &checksums, known: &known, manifest: manifest.as_ref(), steps };
        bytes += member(&mut opened, place, &checked, &mut problems);
    }
    Examined { members: names.len(), bytes, signature, problems, manifest }
}

fn is_foreign(
    name: &str,
    checksums: &BTreeMap<String, String>,
    known: &BTreeMap<&str, Listed<'_>>,
    manifest: Option<&Manifest>,
) -> bool {
    const BESIDE: [&str; 3] = [manifest::PATH, super::datapackage::PATH, super::index::PATH];
    let is_beside = |manifest: &Manifest| {
        BESIDE.contains(&name) || name == manifest::SIGNATURE_PATH && manifest.signed_by.is_some()
    };
    name != checksums::PATH
        && !known.get(name).is_some_and(|file| file.is_unpacked)
        && (!checksums.contains_key(name)
            || !known.contains_key(name) && manifest.is_some_and(|manifest| !is_beside(manifest)))
}

fn text(opened: &mut Opened, name: &str) -> Result<String, String> {
    String::from_utf8(opened.bytes(name)?).map_err(|_| format!("The member {name} is damaged: it is not UTF-8."))
}

fn read_checksums(opened: &mut Opened, problems: &mut Vec<String>) -> BTreeMap<String, String> {
    let pairs = text(opened, checksums::PATH).and_then(|text| {
        checksums::read(&text).map_err(|line| format!("{} has a line that is no checksum: {line:?}.", checksums::PATH))
    });
    match pairs {
        Ok(pairs) => pairs.into_iter().collect(),
        Err(problem) => {
            problems.push(problem);
            BTreeMap::new()
        }
    }
}

fn read_manifest(opened: &mut Opened, problems: &mut Vec<String>) -> Option<Manifest> {
    if matches!(opened, Opened::Folder(_)) && opened.named(manifest::PATH, |_| ()).is_none() {
        problems.push(format!("This is not a complete archive: {} is missing, which is written last.", manifest::PATH));
        return None;
    }
    let manifest = text(opened, manifest::PATH).and_then(|text| {
        let version =
            serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|manifest| manifest["handover"].as_u64());
        if version.is_some_and(|version| version != 1) {
            return Err("The archive was made by a newer Handover: verify it with that version.".to_owned());
        }
        serde_json::from_str::<Manifest>(&text).map_err(|error| format!("manifest.json cannot be understood: {error}."))
    });
    manifest.map_err(|problem| problems.push(problem)).ok()
}

/// What members are checked against.
struct Checked<'a> {
    checksums: &'a BTreeMap<String, String>,
    known: &'a BTreeMap<&'a str, Listed<'a>>,
    manifest: Option<&'a Manifest>,
    steps: &'a Steps,
}

/// Checks one member's content; returns its length.
fn member(opened: &mut Opened, place: usize, checked: &Checked<'_>, problems: &mut Vec<String>) -> u64 {
    let &Checked { checksums, known, manifest, steps } = checked;
    let measured = opened.at(place, |name, content| {
        let content = &mut steps.follow(content);
        let file = known.get(name);
        let counting = manifest.and_then(|manifest| counting(manifest, file.map_or(name, |file| &file.facts.path)));
        let (counting, rows) = counting.unzip();
        let measured = match file.and_then(Listed::packed) {
            Some(stored) => member::measure_packed(content, stored.compression, counting),
            None => member::measure(content, counting).map(|found| (found.clone(), found)),
        };
        (name.to_owned(), rows, measured)
    });
    let Some((name, rows, measured)) = measured else {
        problems.push(format!("Member number {} cannot be opened, so that nobody knows what is in it.", place + 1));
        return 0;
    };
    let (kept, Measured { bytes, sha256, rows: found }) = match measured {
        Ok(measured) => measured,
        Err(problem) => {
            problems.push(format!("The member {name} is damaged: {problem}."));
            return 0;
        }
    };
    if name == checksums::PATH {
        return bytes;
    }
    if checksums.get(&name).is_some_and(|expected| *expected != kept.sha256) {
        problems
            .push(format!("The member {name} is not what was exported: its SHA-256 differs from {}.", checksums::PATH));
    }
    if let Some(file) = known.get(name.as_str()) {
        let facts = file.facts;
        if let Some(stored) = file.packed()
            && (stored.sha256 != kept.sha256 || stored.bytes != kept.bytes)
        {
            problems.push(format!(
                "The member {name} is not what was exported: as it is kept it differs from the manifest."
            ));
        }
        if facts.sha256 != sha256 {
            problems
                .push(format!("The member {name} is not what was exported: its SHA-256 differs from the manifest."));
        } else if facts.bytes != bytes {
            problems.push(format!("The member {name} has {bytes} bytes, but the manifest says {}.", facts.bytes));
        }
    }
    match (rows, found) {
        (Some(expected), Some(Ok(found))) if expected != found => {
            problems.push(format!("The member {name} has {found} rows, but the manifest says {expected}."))
        }
        (_, Some(Err(problem))) => problems.push(format!("The rows of {name} cannot be counted: {problem}.")),
        _ => {}
    }
    bytes
}

/// How the rows of a member are counted, and how many the manifest promises.
fn counting(manifest: &Manifest, name: &str) -> Option<(Counting, u64)> {
    manifest.tables.iter().find_map(|table| {
        let is = |file: &Option<FileFacts>| file.as_ref().is_some_and(|file| file.path == name);
        let counting = match &table.files {
            files if is(&files.csv) => Counting::Csv,
            files if is(&files.sql) => Counting::Sql(Box::new(SqlRows::new(&target(manifest, table)))),
            files if is(&files.jsonl) => Counting::Jsonl(table.columns.len()),
            _ => return None,
        };
        Some((counting, table.rows))
    })
}

/// How the SQL member of a table was written.
fn target(manifest: &Manifest, table: &TableFacts) -> Target {
    Target {
        engine: manifest.source.engine,
        schema: table.schema.clone(),
        table: table.table.clone(),
        columns: table.columns.iter().map(|column| (column.name.clone(), column.in_sql_data)).collect(),
    }
}

#[cfg(test)]
mod tests;

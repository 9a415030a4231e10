//! Checking an archive on a disk against its own manifest.

mod member;
mod rows;

use super::{
    checksums,
    manifest::{FileFacts, Manifest},
};
use crate::format::sql::Target;
use ::zip::ZipArchive;
use member::{Counting, Measured};
use rows::SqlRows;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

/// The longest manifest and list of checksums that is read.
const LONGEST_TEXT: u64 = 256 * 1024 * 1024;

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

type Archive = ZipArchive<BufReader<File>>;

/// Checks structure (ZIP, names, no member that the manifest or the checksums do not know), SHA-256 of every member against `CHECKSUMS.sha256` and the manifest, and the
/// number of rows of every CSV and SQL member against the manifest. Returns every problem found, one sentence each. Memory does not grow with the archive.
pub fn verify(path: &Path) -> Result<Verified, Vec<String>> {
    let file =
        File::open(path).map_err(|error| vec![format!("The file {} cannot be opened: {error}.", path.display())])?;
    let mut archive = ZipArchive::new(BufReader::with_capacity(256 * 1024, file)).map_err(|error| {
        vec![format!(
            "This is not a complete ZIP archive ({error}). It was probably cut off on its way: download it again."
        )]
    })?;
    let mut problems = Vec::new();
    let names = names(&mut archive, &mut problems);
    let checksums = read_checksums(&mut archive, &mut problems);
    let manifest = read_manifest(&mut archive, &mut problems);
    for path in checksums.keys().filter(|path| !names.contains(*path)) {
        problems.push(format!("The member {path} is missing."));
    }
    let known: BTreeMap<&str, &FileFacts> =
        manifest.iter().flat_map(Manifest::files).map(|file| (file.path.as_str(), file)).collect();
    for path in known.keys().filter(|path| !checksums.contains_key(**path)) {
        problems.push(format!("The member {path} of the manifest is not in {}.", checksums::PATH));
    }
    for name in names.iter().filter(|name| is_foreign(name, &checksums, &known, manifest.is_some())) {
        problems.push(format!("The member {name} is not part of the archive: nobody listed it."));
    }
    let mut bytes = 0;
    for place in 0..archive.len() {
        bytes += member(&mut archive, place, &checksums, &known, manifest.as_ref(), &mut problems);
    }
    match manifest {
        Some(manifest) if problems.is_empty() => Ok(Verified { manifest, members: names.len(), bytes }),
        _ => Err(problems),
    }
}

/// The names of all members, each checked.
fn names(archive: &mut Archive, problems: &mut Vec<String>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folded = BTreeSet::new();
    if archive.has_duplicate_names() {
        problems.push("Two members have the same name.".to_owned());
    }
    for place in 0..archive.len() {
        let entry = match archive.by_index_raw(place) {
            Ok(entry) => entry,
            Err(error) => {
                problems.push(format!("Member number {} cannot be read: {error}.", place + 1));
                continue;
            }
        };
        let Ok(name) = std::str::from_utf8(entry.name_raw()) else {
            problems.push(format!("The name of member number {} is not UTF-8.", place + 1));
            continue;
        };
        if !is_safe(name) || entry.is_symlink() {
            problems.push(format!(
                "The member {name:?} would be unpacked outside of the archive's folder. Do not unpack this file."
            ));
        }
        if !folded.insert(name.to_lowercase()) && !names.contains(name) {
            problems.push(format!("The name of member {name} differs from another one only in case."));
        }
        names.insert(name.to_owned());
    }
    names
}

/// Whether a name stays inside of the folder that it is unpacked in, on every system.
fn is_safe(name: &str) -> bool {
    !name.contains(['\\', ':', '\0']) && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

fn is_foreign(
    name: &str,
    checksums: &BTreeMap<String, String>,
    known: &BTreeMap<&str, &FileFacts>,
    has_manifest: bool,
) -> bool {
    const BESIDE: [&str; 3] = ["manifest.json", super::datapackage::PATH, super::index::PATH];
    name != checksums::PATH
        && (!checksums.contains_key(name) || !known.contains_key(name) && has_manifest && !BESIDE.contains(&name))
}

fn text(archive: &mut Archive, name: &str) -> Result<String, String> {
    let entry = archive
        .by_name(name)
        .map_err(|_| format!("The member {name} is missing: this is not an archive of Handover, or a damaged one."))?;
    let mut text = String::new();
    entry
        .take(LONGEST_TEXT)
        .read_to_string(&mut text)
        .map_err(|error| format!("The member {name} is damaged: {error}."))?;
    Ok(text)
}

fn read_checksums(archive: &mut Archive, problems: &mut Vec<String>) -> BTreeMap<String, String> {
    let pairs = text(archive, checksums::PATH).and_then(|text| {
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

fn read_manifest(archive: &mut Archive, problems: &mut Vec<String>) -> Option<Manifest> {
    let manifest = text(archive, "manifest.json").and_then(|text| {
        let version =
            serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|manifest| manifest["handover"].as_u64());
        if version.is_some_and(|version| version != 1) {
            return Err("The archive was made by a newer Handover: verify it with that version.".to_owned());
        }
        serde_json::from_str::<Manifest>(&text).map_err(|error| format!("manifest.json cannot be understood: {error}."))
    });
    manifest.map_err(|problem| problems.push(problem)).ok()
}

/// Checks one member's content; returns its length.
fn member(
    archive: &mut Archive,
    place: usize,
    checksums: &BTreeMap<String, String>,
    known: &BTreeMap<&str, &FileFacts>,
    manifest: Option<&Manifest>,
    problems: &mut Vec<String>,
) -> u64 {
    // Members that cannot be opened by name were named already.
    let Ok(mut entry) = archive.by_index(place) else {
        return 0;
    };
    let Ok(name) = std::str::from_utf8(entry.name_raw()).map(str::to_owned) else {
        return 0;
    };
    let counting = manifest.and_then(|manifest| counting(manifest, &name));
    let rows = counting.as_ref().map(|(_, rows)| *rows);
    let Measured { bytes, sha256, rows: found } =
        match member::measure(&mut entry, counting.map(|(counting, _)| counting)) {
            Ok(measured) => measured,
            Err(problem) => {
                problems.push(format!("The member {name} is damaged: {problem}."));
                return 0;
            }
        };
    if name == checksums::PATH {
        return bytes;
    }
    if checksums.get(&name).is_some_and(|expected| *expected != sha256) {
        problems
            .push(format!("The member {name} is not what was exported: its SHA-256 differs from {}.", checksums::PATH));
    }
    if let Some(facts) = known.get(name.as_str()) {
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
        if is(&table.files.csv) {
            return Some((Counting::Csv, table.rows));
        }
        is(&table.files.sql).then(|| {
            let target = Target {
                engine: manifest.source.engine,
                schema: table.schema.clone(),
                table: table.table.clone(),
                columns: table.columns.iter().map(|column| (column.name.clone(), column.in_sql_data)).collect(),
            };
            (Counting::Sql(SqlRows::new(&target)), table.rows)
        })
    })
}

#[cfg(test)]
mod tests;

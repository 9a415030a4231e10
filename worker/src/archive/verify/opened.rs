//! The members of an archive, be it the ZIP or the folder that it was unpacked into.

use super::member::unpacked;
use crate::archive::manifest::FileFacts;
use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};
use zip::ZipArchive;

/// The longest member that is read whole: manifest, checksums, signature.
const LONGEST_TEXT: u64 = 256 * 1024 * 1024;

const BUFFER: usize = 256 * 1024;

/// An archive that can be read.
pub(super) enum Opened {
    /// As it was delivered.
    Zip(Box<ZipArchive<BufReader<File>>>),
    /// Unpacked.
    Folder(Folder),
}

/// A folder and the files in it.
pub(super) struct Folder {
    root: PathBuf,
    /// Their paths below the root, with `/` between the parts.
    names: Vec<String>,
    problems: Vec<String>,
}

impl Opened {
    /// Opens a file or a folder; the error is a sentence for people.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let unopened = |error: std::io::Error| format!("{} cannot be opened: {error}.", path.display());
        if path.is_dir() {
            let mut folder = Folder { root: path.to_owned(), names: Vec::new(), problems: Vec::new() };
            folder.walk("").map_err(unopened)?;
            folder.names.sort_unstable();
            return Ok(Self::Folder(folder));
        }
        let file = File::open(path).map_err(unopened)?;
        let archive = ZipArchive::new(BufReader::with_capacity(BUFFER, file)).map_err(|error| {
            format!(
                "This is not a complete ZIP archive ({error}). It was probably cut off on its way: download it again."
            )
        })?;
        Ok(Self::Zip(Box::new(archive)))
    }

    /// How many members there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Zip(archive) => archive.len(),
            Self::Folder(folder) => folder.names.len(),
        }
    }

    /// How many bytes reading all members will give; what cannot be looked at counts for nothing.
    pub(super) fn size(&mut self) -> u64 {
        match self {
            Self::Zip(archive) => {
                (0..archive.len()).filter_map(|place| archive.by_index_raw(place).ok().map(|entry| entry.size())).sum()
            }
            Self::Folder(folder) => {
                let bytes = |name: &String| std::fs::metadata(folder.root.join(name)).map_or(0, |found| found.len());
                folder.names.iter().map(bytes).sum()
            }
        }
    }

    /// The names of all members, each checked.
    pub(super) fn names(&mut self, problems: &mut Vec<String>) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut folded = BTreeSet::new();
        match self {
            Self::Zip(archive) if archive.has_duplicate_names() => {
                problems.push("Two members have the same name.".to_owned());
            }
            Self::Zip(_) => {}
            Self::Folder(folder) => problems.append(&mut folder.problems),
        }
        for place in 0..self.len() {
            let (name, is_link) = match self.name(place) {
                Ok(found) => found,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            if !is_safe(&name) || is_link {
                problems.push(format!(
                    "The member {name:?} would be unpacked outside of the archive's folder. Do not unpack this file."
                ));
            }
            if !folded.insert(name.to_lowercase()) && !names.contains(&name) {
                problems.push(format!("The name of member {name} differs from another one only in case."));
            }
            names.insert(name);
        }
        names
    }

    fn name(&mut self, place: usize) -> Result<(String, bool), String> {
        match self {
            Self::Folder(folder) => Ok((folder.names[place].clone(), false)),
            Self::Zip(archive) => {
                let entry = archive
                    .by_index_raw(place)
                    .map_err(|error| format!("Member number {} cannot be read: {error}.", place + 1))?;
                match std::str::from_utf8(entry.name_raw()) {
                    Ok(name) => Ok((name.to_owned(), entry.is_symlink())),
                    Err(_) => Err(format!("The name of member number {} is not UTF-8.", place + 1)),
                }
            }
        }
    }

    /// Reads the member at this place; `None` if it cannot be opened.
    pub(super) fn at<T>(&mut self, place: usize, read: impl FnOnce(&str, &mut dyn Read) -> T) -> Option<T> {
        match self {
            Self::Zip(archive) => {
                let mut entry = archive.by_index(place).ok()?;
                let name = std::str::from_utf8(entry.name_raw()).ok()?.to_owned();
                Some(read(&name, &mut entry))
            }
            Self::Folder(folder) => {
                let name = folder.names.get(place)?;
                let mut file = BufReader::with_capacity(BUFFER, File::open(folder.root.join(name)).ok()?);
                Some(read(name, &mut file))
            }
        }
    }

    /// Reads the member of this name; `None` if there is none.
    pub(super) fn named<T>(&mut self, name: &str, read: impl FnOnce(&mut dyn Read) -> T) -> Option<T> {
        let place = self.place(name)?;
        self.at(place, |_, content| read(content))
    }

    /// Reads the content of a file, unpacked if it is compressed by itself; `None` if there is none.
    pub(super) fn content<T>(
        &mut self,
        file: &FileFacts,
        read: impl FnOnce(&mut dyn Read) -> std::io::Result<T>,
    ) -> Option<std::io::Result<T>> {
        match &file.stored {
            Some(stored) if self.place(&stored.path).is_some() => {
                self.named(&stored.path, |kept| unpacked(kept, stored.compression, read)?)
            }
            _ => self.named(&file.path, read),
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        match self {
            Self::Zip(archive) => archive.index_for_name(name),
            Self::Folder(folder) => folder.names.binary_search_by(|known| known.as_str().cmp(name)).ok(),
        }
    }

    /// A short member whole; the error is a sentence for people.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Vec<u8>, String> {
        let read = self.named(name, |content| {
            let mut bytes = Vec::new();
            content.take(LONGEST_TEXT).read_to_end(&mut bytes).map(|_| bytes)
        });
        read.ok_or_else(|| {
            format!("The member {name} is missing: this is not an archive of Handover, or a damaged one.")
        })?
        .map_err(|error| format!("The member {name} is damaged: {error}."))
    }
}

impl Folder {
    /// Takes note of every file below `below`, which ends in `/` unless it is empty. A link is not followed.
    fn walk(&mut self, below: &str) -> std::io::Result<()> {
        for entry in std::fs::read_dir(self.root.join(below))? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                self.problems.push(format!("The name of {} is not UTF-8.", entry.path().display()));
                continue;
            };
            let (kind, path) = (entry.file_type()?, format!("{below}{name}"));
            if kind.is_dir() {
                self.walk(&format!("{path}/"))?;
            } else if kind.is_file() {
                self.names.push(path);
            } else {
                self.problems.push(format!("The member {path} is not a file: no archive holds links or devices."));
            }
        }
        Ok(())
    }
}

/// Whether a name stays inside of the folder that it is unpacked in, on every system.
pub(super) fn is_safe(name: &str) -> bool {
    !name.contains(['\\', ':', '\0']) && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

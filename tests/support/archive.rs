//! A delivered archive on a person's disk, looked at with programs that are not ours.

use std::{
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use tempfile::TempDir;
use zip::ZipArchive;

use super::{
    process::{run, text},
    program::handover,
    tools,
};

/// An archive, as a file and unpacked.
pub(crate) struct Archive {
    folder: TempDir,
}

/// A member of the ZIP, uncompressed.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// A table's CSV: the names of its columns, and its rows, sorted.
#[derive(Debug, PartialEq)]
pub(crate) struct Sheet {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Archive {
    /// Saves and unpacks it.
    pub(crate) fn keep(bytes: &[u8]) -> Archive {
        let folder = tempfile::Builder::new().prefix("handover-archive-").tempdir().unwrap();
        let archive = Archive { folder };
        File::create(archive.zip()).unwrap().write_all(bytes).unwrap();
        run(Command::new("unzip").args(["-q", text(&archive.zip()), "-d", text(&archive.root())]));
        archive
    }

    pub(crate) fn zip(&self) -> PathBuf {
        self.folder.path().join("archive.zip")
    }

    /// The folder into which it is unpacked.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("unpacked")
    }

    /// Everything that a careful person could try on it.
    pub(crate) async fn assert_sound(&self) {
        let (zip, root) = (self.zip(), self.root());
        run(Command::new("unzip").args(["-t", "-q", text(&zip)]));
        let python = "import sys, zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None";
        run(Command::new(tools::python("python")).args(["-c", python, text(&zip)]));
        run(Command::new("sha256sum").args(["--check", "--strict", "--quiet", "CHECKSUMS.sha256"]).current_dir(&root));
        let frictionless = tools::python("frictionless");
        run(Command::new(frictionless).args(["validate", "datapackage.json"]).current_dir(&root));

        let verified = handover(&["verify", text(&zip)]).run().await;
        assert!(verified.status.success(), "{verified:?}");
        assert!(verified.stdout.starts_with("Sound:"), "{verified:?}");
    }

    /// The index loads nothing from anywhere, and what the product's people typed is text in it, not markup.
    pub(crate) fn assert_index_harmless(&self) {
        let index = std::fs::read_to_string(self.root().join("START-HERE.html")).unwrap();
        let lower = index.to_lowercase();
        for loaded in ["<script", "<iframe", "<link", "<img", " src=", "@import", "url(", "href=\"http", "href=\"//"] {
            assert!(!lower.contains(loaded), "{loaded} in START-HERE.html");
        }
        assert!(!index.contains(super::markers::MARKUP), "a label became markup in START-HERE.html");
        let escaped = ["&lt;script&gt;", "&#60;script&#62;"].iter().any(|name| index.contains(name));
        assert!(escaped, "the tenant's name is missing in START-HERE.html");
    }

    /// Every member, read by an implementation of ZIP that is not ours.
    pub(crate) fn members(&self) -> Vec<Member> {
        let mut zip = ZipArchive::new(File::open(self.zip()).unwrap()).unwrap();
        (0..zip.len())
            .map(|place| {
                let mut entry = zip.by_index(place).unwrap();
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).unwrap();
                Member { name: entry.name().unwrap().into_owned(), bytes }
            })
            .collect()
    }

    pub(crate) fn manifest(&self) -> Value {
        serde_json::from_slice(&self.read("manifest.json")).unwrap()
    }

    /// The tables of this kind (`owned`, `referenced`, `shared`), as the manifest names them.
    pub(crate) fn tables(&self, kind: &str) -> Vec<String> {
        let manifest = self.manifest();
        let of_kind = manifest["tables"].as_array().unwrap().iter().filter(|table| table["kind"] == kind);
        let mut names: Vec<String> = of_kind.map(|table| table["table"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    pub(crate) fn sheet(&self, table: &str) -> Sheet {
        let mut reader = csv::Reader::from_path(self.root().join(format!("csv/{table}.csv"))).unwrap();
        let columns = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let mut rows: Vec<Vec<String>> =
            reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        rows.sort();
        Sheet { columns, rows }
    }

    fn read(&self, member: &str) -> Vec<u8> {
        std::fs::read(self.root().join(member)).unwrap()
    }
}

/// The bytes of the archive in a file.
pub(crate) fn archive_at(path: &Path) -> Archive {
    Archive::keep(&std::fs::read(path).unwrap())
}

//! How files that are compressed by themselves are unpacked by programs that everybody has.

use super::{manifest::FileFacts, members::suffix};
use shared::export::Compression;

/// The command that unpacks what lies directly in these folders, leaving the compressed files; `None` if nothing there is compressed.
pub(super) fn unpacking<'a>(files: impl IntoIterator<Item = &'a FileFacts>, folders: &[&str]) -> Option<String> {
    let stored: Vec<_> = files.into_iter().filter_map(|file| file.stored.as_ref()).collect();
    let compression = stored.first()?.compression;
    let lies_in = |folder: &str| {
        let mut names = stored.iter().filter_map(|stored| stored.path.strip_prefix(folder));
        names.any(|name| !name.contains('/'))
    };
    let names: String = folders
        .iter()
        .filter(|folder| lies_in(folder))
        .map(|folder| format!(" {folder}*.{}", suffix(compression)))
        .collect();
    let program = match compression {
        Compression::Zstd => "zstd -dqf",
        Compression::Gzip => "gunzip -kf",
    };
    (!names.is_empty()).then(|| format!("{program}{names}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::manifest::StoredFacts;

    fn file(path: &str, compression: Option<Compression>) -> FileFacts {
        let stored = compression.map(|compression| StoredFacts {
            path: format!("{path}.{}", suffix(compression)),
            compression,
            bytes: 1,
            sha256: String::new(),
        });
        FileFacts { path: path.to_owned(), bytes: 1, sha256: String::new(), null: None, stored }
    }

    #[test]
    fn only_folders_with_compressed_files_are_named() {
        for (compression, expected) in
            [(Compression::Zstd, "zstd -dqf sql/data/*.zst"), (Compression::Gzip, "gunzip -kf sql/data/*.gz")]
        {
            let files = [file("sql/schema.sql", None), file("sql/data/sales.sql", Some(compression))];
            assert_eq!(unpacking(&files, &["sql/data/", "sql/"]).as_deref(), Some(expected));
        }
        assert_eq!(unpacking(&[file("sql/schema.sql", None)], &["sql/data/", "sql/"]), None);
        let files = [file("csv/sales.csv", Some(Compression::Zstd))];
        assert_eq!(unpacking(&files, &["sql/data/"]), None);
    }
}

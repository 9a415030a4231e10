//! `CHECKSUMS.sha256`: the SHA-256 of every other member as it is kept, as `sha256sum -c` reads it.

use super::manifest::FileFacts;

/// The name of the member.
pub const PATH: &str = "CHECKSUMS.sha256";

/// The text for these members.
pub fn write(files: &[FileFacts]) -> String {
    let line = |file: &FileFacts| {
        let (path, _, sha256) = file.kept();
        format!("{sha256}  {path}\n")
    };
    files.iter().map(line).collect()
}

/// The `(path, hash)` pairs of a text; the first line that is none is the error.
pub fn read(text: &str) -> Result<Vec<(String, String)>, String> {
    text.lines()
        .map(|line| {
            line.split_once("  ")
                .filter(|(hash, path)| {
                    hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit()) && !path.is_empty()
                })
                .map(|(hash, path)| (path.to_owned(), hash.to_owned()))
                .ok_or_else(|| line.to_owned())
        })
        .collect()
}

//! Object keys.

/// The key of an object: random, without personal data; ends in `.zip`, or is that of a file in an archive's own folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// A new random key (128 bits) below `prefix`, containing the attempt: `<prefix>/<32 hex>-<attempt>.zip`.
    ///
    /// # Panics
    /// When the system has no random bytes to give.
    pub fn random(prefix: &str, attempt: i64) -> Self {
        Self(format!("{}.zip", unique(prefix, attempt)))
    }

    /// The folder of the archive that the object is a file of, without `/` at its end; `None` if it is an archive by itself.
    pub(crate) fn folder(&self) -> Option<&str> {
        let mut end = 0;
        for word in self.0.split_inclusive('/') {
            end += word.len();
            if word.strip_suffix('/').and_then(after_unique) == Some("") {
                return Some(&self.0[..end - 1]);
            }
        }
        None
    }

    /// The key as the ledger stores it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A key read back from the ledger.
    pub fn from_ledger(text: String) -> Self {
        Self(text)
    }
}

/// The folder of an archive that is laid out as files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFolder(String);

impl KeyFolder {
    /// A new random folder (128 bits) below `prefix`, containing the attempt: `<prefix>/<32 hex>-<attempt>`.
    ///
    /// # Panics
    /// When the system has no random bytes to give.
    pub fn random(prefix: &str, attempt: i64) -> Self {
        Self(unique(prefix, attempt))
    }

    /// The key of the file with this path in the archive; `None` if the path is not of plain words.
    pub fn key(&self, path: &str) -> Option<ObjectKey> {
        is_plain_path(path).then(|| ObjectKey(format!("{}/{path}", self.0)))
    }
}

#[expect(clippy::expect_used, reason = "a key that is not random must not exist")]
fn unique(prefix: &str, attempt: i64) -> String {
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("random bytes of the system");
    let name = format!("{}-{attempt}", hex::encode(random));
    match prefix.trim_end_matches('/') {
        "" => name,
        prefix => format!("{prefix}/{name}"),
    }
}

/// Whether a word begins as [`unique`] ends: with 32 hexadecimal digits and the number of an attempt. Whatever follows is told too.
pub(crate) fn after_unique(name: &str) -> Option<&str> {
    let (random, rest) = name.split_at_checked(32)?;
    let rest = rest.strip_prefix('-')?;
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    (random.bytes().all(|byte| byte.is_ascii_hexdigit()) && after.len() < rest.len()).then_some(after)
}

/// Whether `path` is a relative path of plain words, which stays below the folder it is joined to and hides nothing.
pub(crate) fn is_plain_path(path: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    path.split('/').all(|word| !word.is_empty() && !word.starts_with('.') && word.chars().all(fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_random_and_ends_in_the_attempt() {
        let key = ObjectKey::random("archives", 3);
        let name = key.as_str().strip_prefix("archives/").unwrap();
        let (random, rest) = name.split_at(32);
        assert!(random.chars().all(|c| c.is_ascii_hexdigit()), "{name}");
        assert_eq!(rest, "-3.zip");
        assert_ne!(key, ObjectKey::random("archives", 3));
        assert!(is_plain_path(key.as_str()));
        assert_eq!(ObjectKey::random("", 1).as_str().len(), 32 + "-1.zip".len());
    }

    #[test]
    fn a_file_of_an_archive_lies_in_its_folder() {
        let folder = KeyFolder::random("archives/", 3);
        let key = folder.key("sql/data/sales.sql.zst").unwrap();
        let name = key.as_str().strip_prefix("archives/").unwrap();
        assert_eq!(after_unique(name), Some("/sql/data/sales.sql.zst"));
        assert_eq!(key.folder().map(|found| format!("{found}/sql/data/sales.sql.zst")).as_deref(), Some(key.as_str()));
        assert_eq!(ObjectKey::random("archives", 1).folder(), None);
        assert!(is_plain_path(key.as_str()));
        for path in ["", "../a", "/a", "a/", "csv/.hidden", "csv/größe.csv"] {
            assert_eq!(folder.key(path), None, "{path}");
        }
        assert_eq!(after_unique("backup.zip"), None);
        assert_eq!(after_unique("0123456789abcdef0123456789abcdef-x"), None);
    }

    #[test]
    fn a_plain_path_stays_below_its_folder() {
        for path in ["a", "a/b.zip", "a-1/b_2/c.zip"] {
            assert!(is_plain_path(path), "{path}");
        }
        for path in ["", "/", "/a", "a/", "a//b", "..", "../a", "a/../b", "a/.b", "a b", "a\\b", "a\0", "ä"] {
            assert!(!is_plain_path(path), "{path:?}");
        }
    }
}

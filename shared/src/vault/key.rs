//! Object keys.

/// The key of an object: random, without personal data; ends in `.zip`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// A new random key (128 bits) below `prefix`, containing the attempt: `<prefix>/<32 hex>-<attempt>.zip`.
    ///
    /// # Panics
    /// When the system has no random bytes to give.
    #[expect(clippy::expect_used, reason = "a key that is not random must not exist")]
    pub fn random(prefix: &str, attempt: i64) -> Self {
        let mut random = [0; 16];
        getrandom::fill(&mut random).expect("random bytes of the system");
        let name = format!("{}-{attempt}.zip", hex::encode(random));
        match prefix.trim_end_matches('/') {
            "" => Self(name),
            prefix => Self(format!("{prefix}/{name}")),
        }
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
    fn a_plain_path_stays_below_its_folder() {
        for path in ["a", "a/b.zip", "a-1/b_2/c.zip"] {
            assert!(is_plain_path(path), "{path}");
        }
        for path in ["", "/", "/a", "a/", "a//b", "..", "../a", "a/../b", "a/.b", "a b", "a\\b", "a\0", "ä"] {
            assert!(!is_plain_path(path), "{path:?}");
        }
    }
}

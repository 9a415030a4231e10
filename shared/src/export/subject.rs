//! One person inside a tenant's data.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A person: of a kind that the catalog knows, under a key as the product's own database prints it. Written `customer:42`.
///
/// Like a tenant's id, the key is only ever bound to a statement, never part of its text.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct SubjectId {
    kind: String,
    key: String,
}

/// The two parts as they come.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    kind: String,
    key: String,
}

/// Why a text does not name a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubjectIdError {
    /// There is no colon.
    #[error("a person is written as kind:key, as in customer:42")]
    NoKind,
    /// The kind is no word.
    #[error("a kind of person has 1 to 64 letters, digits, `_` or `-`")]
    Kind,
    /// The key is empty.
    #[error("a person's key cannot be empty")]
    Empty,
    /// The key is longer than 512 bytes.
    #[error("a person's key has at most 512 bytes")]
    TooLong,
    /// The key holds a NUL character, which no database accepts in a text value.
    #[error("a person's key cannot hold a NUL character")]
    Nul,
}

impl SubjectId {
    /// Takes the key as it is: any text of 1 to 512 bytes without a NUL character.
    pub fn new(kind: impl Into<String>, key: impl Into<String>) -> Result<Self, SubjectIdError> {
        let (kind, key) = (kind.into(), key.into());
        if !Self::is_kind(&kind) {
            return Err(SubjectIdError::Kind);
        }
        match key.len() {
            0 => Err(SubjectIdError::Empty),
            1..=512 if key.contains('\0') => Err(SubjectIdError::Nul),
            1..=512 => Ok(Self { kind, key }),
            _ => Err(SubjectIdError::TooLong),
        }
    }

    /// Whether a text can name a kind of person: 1 to 64 ASCII letters, digits, `_` or `-`.
    pub fn is_kind(text: &str) -> bool {
        (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    }

    /// The kind, as the catalog names it.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The key, as the product wrote it.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl FromStr for SubjectId {
    type Err = SubjectIdError;
    /// Reads `kind:key`; the key may hold further colons.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, key) = text.split_once(':').ok_or(SubjectIdError::NoKind)?;
        Self::new(kind, key)
    }
}

impl TryFrom<Parts> for SubjectId {
    type Error = SubjectIdError;
    fn try_from(parts: Parts) -> Result<Self, Self::Error> {
        Self::new(parts.kind, parts.key)
    }
}

impl fmt::Debug for SubjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SubjectId({}:…)", self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_a_kind_and_any_key() {
        let person: SubjectId = "customer:a:b' or 1=1 --".parse().unwrap();
        assert_eq!((person.kind(), person.key()), ("customer", "a:b' or 1=1 --"));
        assert_eq!(format!("{person:?}"), "SubjectId(customer:…)");
        for (text, error) in [
            ("42", SubjectIdError::NoKind),
            (":42", SubjectIdError::Kind),
            ("a b:42", SubjectIdError::Kind),
            ("customer:", SubjectIdError::Empty),
            ("customer:\0", SubjectIdError::Nul),
        ] {
            assert_eq!(text.parse::<SubjectId>(), Err(error));
        }
        assert!(SubjectId::new("customer", "x".repeat(512)).is_ok());
        assert_eq!(SubjectId::new("customer", "x".repeat(513)), Err(SubjectIdError::TooLong));
    }

    #[test]
    fn it_is_written_with_both_parts() {
        let person = SubjectId::new("customer", "42").unwrap();
        let written = serde_json::to_string(&person).unwrap();
        assert_eq!(written, r#"{"kind":"customer","key":"42"}"#);
        assert_eq!(serde_json::from_str::<SubjectId>(&written).unwrap(), person);
        assert!(serde_json::from_str::<SubjectId>(r#"{"kind":"customer","key":""}"#).is_err());
    }
}

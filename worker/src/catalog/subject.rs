//! Persons inside a tenant's data.

use super::{Mask, Share, Through};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A kind of person inside a tenant's data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectRule {
    /// The table of these persons.
    pub table: String,
    /// The column that identifies one.
    pub key: String,
    /// The column with the address on file.
    pub email: Option<String>,
}

/// What of a table belongs to one person: exactly one field.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonRule {
    /// Rows that point by one of these keys to a row of the person's.
    pub through: Option<Through>,
    /// Rows of the tenant's that nobody in particular owns.
    pub share: Option<Share>,
    /// Why it holds nothing of the person's; printed in the archive.
    pub exclude: Option<String>,
}

/// How a column is hidden in the export of one person.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum InSubject {
    /// Whoever the person is.
    Always(Hiding),
    /// For these kinds of person only.
    ByKind(BTreeMap<String, Hiding>),
}

/// How data about other people is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hiding {
    /// Never selected.
    Omit,
    /// As [`Mask::Last4`].
    Last4,
    /// As [`Mask::Email`].
    Email,
    /// As [`Mask::Redact`].
    Redact,
}

impl InSubject {
    /// How the column is hidden from a person of this kind.
    pub fn hiding(&self, kind: &str) -> Option<Hiding> {
        match self {
            Self::Always(hiding) => Some(*hiding),
            Self::ByKind(kinds) => kinds.get(kind).copied(),
        }
    }

    /// The kinds that it names.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        let named = match self {
            Self::Always(_) => None,
            Self::ByKind(kinds) => Some(kinds.keys().map(String::as_str)),
        };
        named.into_iter().flatten()
    }
}

impl Hiding {
    /// The mask, where the column is delivered in part.
    pub fn mask(self) -> Option<Mask> {
        match self {
            Self::Omit => None,
            Self::Last4 => Some(Mask::Last4),
            Self::Email => Some(Mask::Email),
            Self::Redact => Some(Mask::Redact),
        }
    }
}

//! The columns `subject_kind` and `subject_key`: one person, or the whole tenant where both are empty.

use crate::export::{Scope, SubjectId};
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

/// The person that a row is about; `None` for the whole tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person(pub Option<SubjectId>);

impl Person {
    /// What an export of it covers.
    pub fn scope(&self) -> Scope {
        if self.0.is_some() { Scope::Subject } else { Scope::Tenant }
    }

    pub(super) fn kind(&self) -> &str {
        self.0.as_ref().map_or("", SubjectId::kind)
    }

    pub(super) fn key(&self) -> &str {
        self.0.as_ref().map_or("", SubjectId::key)
    }
}

impl<'r, R: Row> FromRow<'r, R> for Person
where
    &'static str: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let (kind, key): (String, String) = (row.try_get("subject_kind")?, row.try_get("subject_key")?);
        if kind.is_empty() && key.is_empty() {
            return Ok(Self(None));
        }
        let decoded = SubjectId::new(kind, key);
        decoded.map(|person| Self(Some(person))).map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }
}

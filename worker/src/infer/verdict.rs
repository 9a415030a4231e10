//! What infer makes of a table, with what speaks for it.

use crate::catalog::Share;
use std::collections::BTreeMap;

/// A decision about a table, as it stands in the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// The column holds the tenant's key.
    Column(String),
    /// The rows belong to whoever owns the rows that these keys point to.
    Through(Vec<String>),
    /// A pair of type and id.
    Polymorphic {
        type_column: String,
        id_column: String,
        /// For each word its table, as the catalog names it.
        map: BTreeMap<String, String>,
    },
    /// Every row, because the schema or database is the tenant's own.
    Placement,
    /// The rows belong to nobody.
    Share(Share),
    /// Left out, with the reason.
    Exclude(String),
    /// A person must answer.
    Undecided(String),
    /// The reviewed file says that the rows belong to tenants, in a way that infer does not need to understand.
    Reviewed,
}

/// A decision and its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) decision: Decision,
    /// Sentences for the reviewer.
    pub(super) notes: Vec<String>,
}

impl Verdict {
    pub(super) fn new(decision: Decision, note: impl Into<String>) -> Self {
        Self { decision, notes: vec![note.into()] }
    }

    pub(super) fn undecided(question: impl Into<String>) -> Self {
        Self { decision: Decision::Undecided(question.into()), notes: Vec::new() }
    }

    pub(super) fn is_owned(&self) -> bool {
        matches!(
            self.decision,
            Decision::Column(_)
                | Decision::Through(_)
                | Decision::Polymorphic { .. }
                | Decision::Placement
                | Decision::Reviewed
        )
    }

    pub(super) fn is_undecided(&self) -> bool {
        matches!(self.decision, Decision::Undecided(_))
    }
}

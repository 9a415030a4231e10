//! A recipient as the API shows it.

use crate::routes::exports::SubjectView;
use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::{ledger::recipients::Recipient, recipient::RecipientKind};
use utoipa::{ToSchema, openapi::Ref};
use uuid::Uuid;

/// A public key that archives are encrypted to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Recipient)]
pub(super) struct RecipientView {
    /// Its number, for removing it.
    id: Uuid,
    /// The name of the source.
    source: String,
    /// Whose archives.
    tenant: String,
    /// The person whose exports it is for; null for those of the whole tenant.
    #[schema(required = true)]
    subject: Option<SubjectView>,
    /// What it is.
    #[schema(schema_with = kind)]
    kind: RecipientKind,
    /// The key.
    public_key: String,
    /// By what people tell keys apart: the two ends of an `age1…` key; of an SSH key the fingerprint that `ssh-keygen -l` prints.
    fingerprint: String,
    /// What people call it.
    label: String,
    /// When it was added.
    created_at: DateTime<Utc>,
    /// Who added it, as the audit names them.
    created_by: String,
}

/// One page of recipients.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct RecipientList {
    /// Newest first.
    pub(super) items: Vec<RecipientView>,
    /// Leads to the next page; null on the last.
    #[schema(required = true)]
    pub(super) next_cursor: Option<String>,
}

/// A recipient that an archive is encrypted to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ExportRecipient)]
pub(crate) struct ExportRecipientView {
    /// Its number.
    id: Uuid,
    /// What it is.
    #[schema(schema_with = kind)]
    kind: RecipientKind,
    /// By what people tell keys apart.
    fingerprint: String,
    /// What people call it.
    label: String,
}

impl From<Recipient> for RecipientView {
    fn from(recipient: Recipient) -> Self {
        let fingerprint = recipient.short();
        Self {
            id: recipient.id,
            source: recipient.source,
            tenant: recipient.tenant.into(),
            subject: recipient.subject.0.as_ref().map(SubjectView::from),
            kind: recipient.kind,
            public_key: recipient.public_key,
            fingerprint,
            label: recipient.label,
            created_at: recipient.created_at,
            created_by: recipient.created_by,
        }
    }
}

impl From<Recipient> for ExportRecipientView {
    fn from(recipient: Recipient) -> Self {
        let fingerprint = recipient.short();
        Self { id: recipient.id, kind: recipient.kind, fingerprint, label: recipient.label }
    }
}

fn kind() -> Ref {
    Ref::from_schema_name("RecipientKind")
}

//! What can end an attempt: whose problem it is and what follows.

use crate::signing::KeyError;
use shared::{envelope::EnvelopeError, keyring::KeyringError, ledger::LedgerError, vault::VaultError};

/// Why an attempt of an export ended without an archive.
///
/// The text of each variant is shown to people (operator, terminal, ledger): it names what to do, and never holds a row value, a password or a
/// database's own message about values.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The source has no tenant with this key.
    #[error("the source has no such tenant")]
    TenantNotFound,
    /// The tenant's data hold no person of this kind with this key.
    #[error("the tenant's data hold no such person")]
    SubjectNotFound,
    /// The catalog does not fit the live schema, or something in it is undecided; one finding a line.
    #[error("the catalog does not allow this export:\n{}", .0.join("\n"))]
    Catalog(Vec<String>),
    /// The catalog file cannot be read.
    #[error("the catalog cannot be read: {0}")]
    CatalogFile(String),
    /// The source refused: credentials, rights, row level security, a missing table.
    #[error("the source refused: {message}")]
    Source {
        /// What to do, without values.
        message: String,
        /// The driver's error, for the log.
        #[source]
        cause: Option<sqlx::Error>,
    },
    /// The source could not be reached or the connection broke; another attempt may work.
    #[error("the source did not answer: {message}")]
    SourceAway {
        /// What happened, without values.
        message: String,
        /// The driver's error, for the log.
        #[source]
        cause: Option<sqlx::Error>,
    },
    /// A row carried another owner's key: the tripwire of a slice. Nothing was delivered.
    #[error(
        "table {table} returned a row that belongs to somebody else; nothing was delivered. Check the catalog's rule for this table"
    )]
    Tripwire {
        /// The table, as the catalog names it.
        table: String,
    },
    /// The schema changed while it was read; another attempt reads it anew.
    #[error("the source's schema changed during the export")]
    SchemaChanged,
    /// Counts that must agree do not.
    #[error("table {table} is incomplete: {message}")]
    Incomplete {
        /// The table.
        table: String,
        /// Which counts.
        message: String,
    },
    /// It holds more than the source's ceilings allow. Nothing was delivered.
    #[error("the export is too large: {message}")]
    TooLarge {
        /// How much it holds, how much is allowed, and what to do.
        message: String,
    },
    /// The vault refused or did not answer.
    #[error("the archive could not be stored: {0}")]
    Vault(#[from] VaultError),
    /// No data key for the archive could be made and wrapped.
    #[error("the archive could not be sealed: {0}")]
    Keyring(#[from] KeyringError),
    /// The archive could not be sealed.
    #[error("the archive could not be sealed: {0}")]
    Envelope(#[from] EnvelopeError),
    /// The ledger did not answer, or another attempt has taken over.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Workers died while they ran it, as often as it may be tried.
    #[error("the worker died {crashes} times while it ran this export; look at its memory limit and its log")]
    WorkerLost {
        /// How often a worker died.
        crashes: i64,
    },
    /// Nothing moved for too long. Another attempt may fare better, and somebody else may need this place.
    #[error("{side} was silent for {minutes:.1} minutes; HANDOVER_WORKER__STALL says how long it may be")]
    Stalled {
        /// Who was waited for.
        side: Side,
        /// How long.
        minutes: f64,
    },
    /// This worker stops; the next one begins the export anew.
    #[error("the worker stopped and handed the export over")]
    HandedOver,
    /// The mail settings cannot be used.
    #[error("mail cannot be sent: {0}")]
    Mail(String),
    /// The key that signs archives cannot be used.
    #[error("archives cannot be signed: {0}")]
    Signing(#[from] KeyError),
    /// A key that the archive must be encrypted to cannot be used, so that nothing is stored.
    #[error(
        "recipient {0} has a key that cannot be read, and the archive must be encrypted to it: remove this recipient, or add it anew"
    )]
    Recipient(uuid::Uuid),
    /// Somebody asked to stop.
    #[error("the export was cancelled")]
    Cancelled,
    /// A file of this machine could not be read or written.
    #[error("{what}: {cause}")]
    Local {
        /// What was tried.
        what: String,
        /// What the operating system said.
        #[source]
        cause: std::io::Error,
    },
    /// A mistake in Handover itself.
    #[error("internal error: {0}")]
    Internal(String),
}

/// A party that an attempt waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The product's database.
    Source,
    /// Where the archive goes.
    Vault,
}

impl std::fmt::Display for Side {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Source => "the source",
            Self::Vault => "the vault",
        })
    }
}

/// What follows from an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// Try again later.
    Retry,
    /// Stop; somebody must act first.
    Fail,
    /// Stop without a word: the export ends as cancelled.
    Cancel,
    /// Stop without a word: another attempt has taken over.
    Yield,
    /// Stop, and let the next worker begin at once.
    HandOver,
}

impl ExportError {
    /// The key-encryption key is elsewhere, and that place is silent.
    pub(crate) fn silent_keyring() -> Self {
        Self::Keyring(KeyringError::KmsAway("it was silent for too long".into()))
    }

    /// Whether the next worker is to begin at once.
    pub(crate) fn is_handed_over(&self) -> bool {
        self.consequence() == Consequence::HandOver
    }

    /// The stable code that the ledger and the API show.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TenantNotFound => "tenant_not_found",
            Self::SubjectNotFound => "subject_not_found",
            Self::Catalog(_) => "catalog_refused",
            Self::CatalogFile(_) => "catalog_unreadable",
            Self::Source { .. } => "source_refused",
            Self::SourceAway { .. } => "source_unavailable",
            Self::Tripwire { .. } => "foreign_row",
            Self::SchemaChanged => "schema_changed",
            Self::Incomplete { .. } => "incomplete",
            Self::TooLarge { .. } => "too_large",
            Self::Vault(error) if error.is_transient() => "vault_unavailable",
            Self::Vault(_) => "vault_refused",
            Self::Ledger(LedgerError::RecipientsChanged) => "recipients_changed",
            Self::Keyring(error) if error.is_transient() => "keyring_unavailable",
            Self::Keyring(_) => "keyring_refused",
            Self::Envelope(_) => "internal",
            Self::Ledger(_) => "ledger_unavailable",
            Self::WorkerLost { .. } => "worker_lost",
            Self::Stalled { side: Side::Source, .. } => "source_stalled",
            Self::Stalled { side: Side::Vault, .. } => "vault_stalled",
            Self::HandedOver => "handed_over",
            Self::Mail(_) => "mail",
            Self::Signing(_) => "signing_key",
            Self::Recipient(_) => "recipient_unusable",
            Self::Cancelled => "cancelled",
            Self::Local { .. } => "worker_disk",
            Self::Internal(_) => "internal",
        }
    }

    /// What follows.
    pub fn consequence(&self) -> Consequence {
        match self {
            Self::SourceAway { .. } | Self::SchemaChanged | Self::Local { .. } | Self::Stalled { .. } => {
                Consequence::Retry
            }
            Self::HandedOver => Consequence::HandOver,
            Self::Vault(error) if error.is_transient() => Consequence::Retry,
            Self::Keyring(error) if error.is_transient() => Consequence::Retry,
            Self::Ledger(LedgerError::Fenced { .. }) => Consequence::Yield,
            Self::Ledger(_) => Consequence::Retry,
            Self::Cancelled => Consequence::Cancel,
            Self::TenantNotFound
            | Self::SubjectNotFound
            | Self::Catalog(_)
            | Self::CatalogFile(_)
            | Self::Source { .. }
            | Self::Tripwire { .. }
            | Self::Incomplete { .. }
            | Self::TooLarge { .. }
            | Self::Vault(_)
            | Self::Keyring(_)
            | Self::Envelope(_)
            | Self::WorkerLost { .. }
            | Self::Mail(_)
            | Self::Signing(_)
            | Self::Recipient(_)
            | Self::Internal(_) => Consequence::Fail,
        }
    }
}

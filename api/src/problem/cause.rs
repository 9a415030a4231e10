//! What went wrong inside, as a caller is told.

use super::Problem;
use shared::{ledger::LedgerError, unsealing::UnsealError, vault::VaultError};

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Database(_) => Self::unavailable(
                "ledger_unavailable",
                "The ledger does not answer. Nothing was changed; try again shortly.",
                error,
            ),
            error => Self::internal(error),
        }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        Self::unavailable("vault_unavailable", "The archive cannot be reached right now; try again shortly.", error)
    }
}

impl From<UnsealError> for Problem {
    fn from(error: UnsealError) -> Self {
        match error {
            UnsealError::Ledger(error) => Self::from(error),
            UnsealError::Vault(error) => Self::from(error),
            UnsealError::Keyring(error) if error.is_transient() => Self::unavailable(
                "keyring_unavailable",
                "The archive's key cannot be reached right now; try again shortly.",
                error,
            ),
            error => Self::internal(error),
        }
    }
}

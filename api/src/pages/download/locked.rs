//! How an archive for recipients is opened, as its page says it.

use super::archive::Archive;
use crate::Context;
use shared::{
    ledger::{LedgerError, recipients},
    recipient::{RecipientKind, SUFFIX},
};

/// Whose keys open the archive, and how.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Locked {
    /// Each key that opens it.
    pub(super) keys: Vec<Key>,
    /// Where people keep a private key of this kind.
    pub(super) key_file: &'static str,
    /// The name of the file as it is downloaded; an example where there are several.
    pub(super) file: String,
    /// The same without the ending.
    pub(super) opened: String,
}

/// A key by what people know it by.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    pub(super) label: String,
    pub(super) short: String,
}

impl Locked {
    /// `None` for an archive that is not encrypted to anybody's keys.
    pub(super) async fn of(context: &Context, archive: &Archive) -> Result<Option<Self>, LedgerError> {
        let recipients = recipients::of_export(&context.ledger, archive.export.id).await?;
        let Some(first) = recipients.first() else { return Ok(None) };
        // Where there are keys of both kinds, the page shows age's own.
        let own = recipients.iter().any(|recipient| recipient.kind == RecipientKind::X25519);
        let kind = if own { RecipientKind::X25519 } else { first.kind };
        let file = archive.files.first().map(|file| file.name.clone()).unwrap_or_default();
        let opened = file.strip_suffix(SUFFIX).unwrap_or(&file).to_owned();
        let keys = recipients
            .iter()
            .map(|recipient| Key { label: recipient.label.clone(), short: recipient.short() })
            .collect();
        Ok(Some(Self { keys, key_file: kind.key_file(), file, opened }))
    }
}

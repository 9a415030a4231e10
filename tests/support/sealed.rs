//! Files of an installation as they were before they were sealed.

use futures::TryStreamExt;
use shared::{
    config::{Config, Role},
    keyring::{ArchiveId, Keyring},
    ledger::{
        Ledger,
        files::{File, Sealing},
    },
    unsealing::{self, UnsealError},
    vault::{ObjectKey, Vault},
};

/// Reads a file out of the vault that these variables name.
pub(crate) async fn read(
    variables: impl IntoIterator<Item = (String, String)>,
    ledger: &Ledger,
    file: &File,
) -> Result<Vec<u8>, UnsealError> {
    let config = Config::read(None, variables, Role::Ledger).unwrap();
    let vault = Vault::open(&config).await?;
    let chunks: Vec<bytes::Bytes> = match file.sealing {
        Sealing::None => {
            let key = ObjectKey::from_ledger(file.object_key.clone());
            vault.read(&key, None).await?.try_collect().await?
        }
        Sealing::Envelope => {
            let archive = ArchiveId { export: file.export_id, attempt: file.attempt };
            let key = unsealing::data_key(ledger, &Keyring::existing(&config)?, archive).await?;
            unsealing::read(&vault, &key, file, None).await?.try_collect().await?
        }
    };
    Ok(chunks.concat())
}

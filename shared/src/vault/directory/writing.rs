//! A file on its way into the folder.

use super::{Places, make_folder, remove, sync_folder};
use crate::vault::{Object, VaultError};
use sha2::{Digest, Sha256};
use std::{io, path::Path};
use tokio::{
    fs::{self, File, OpenOptions},
    io::AsyncWriteExt,
};

/// A file being written.
pub struct Writing {
    places: Places,
    file: File,
    sha256: Sha256,
    bytes: u64,
}

impl Writing {
    pub(super) async fn begin(places: Places) -> Result<Self, VaultError> {
        if let Some(folder) = places.archive.parent() {
            make_folder(folder).await?;
        }
        let file = create(&places.partial).await?;
        Ok(Self { places, file, sha256: Sha256::new(), bytes: 0 })
    }

    pub(in crate::vault) async fn write(&mut self, bytes: &[u8]) -> Result<(), VaultError> {
        self.file.write_all(bytes).await?;
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    pub(in crate::vault) async fn finish(mut self, sha256: [u8; 32]) -> Result<Object, VaultError> {
        let committed = self.commit(sha256).await;
        if committed.is_err()
            && let Err(error) = self.abort().await
        {
            tracing::warn!(%error, "what is left of an upload stays until the sweep");
        }
        committed
    }

    async fn commit(&mut self, sha256: [u8; 32]) -> Result<Object, VaultError> {
        let written = self.sha256.clone().finalize();
        if written[..] != sha256 {
            return Err(VaultError::Mismatch("another SHA-256".into()));
        }
        self.file.flush().await?;
        self.file.sync_all().await?;
        let bytes = self.file.metadata().await?.len();
        if bytes != self.bytes {
            let sent = self.bytes;
            return Err(VaultError::Mismatch(format!("{bytes} bytes instead of {sent}")));
        }
        let hex = hex::encode(sha256);
        let Places { archive, checksum, partial, folder } = &self.places;
        if let Some(checksum) = checksum {
            let name = archive.file_name().unwrap_or_default().to_string_lossy();
            let mut line = create(checksum).await?;
            line.write_all(format!("{hex}  {name}\n").as_bytes()).await?;
            line.flush().await?;
            line.sync_all().await?;
        }
        fs::rename(partial, archive).await?;
        // The names last once each folder on the way to them is on the disk.
        let own = archive.ancestors().skip(1).take_while(|way| folder.as_ref().is_some_and(|own| way.starts_with(own)));
        let above = folder.as_deref().unwrap_or(archive).parent();
        for folder in own.chain(above).chain(partial.parent()) {
            sync_folder(folder).await?;
        }
        Ok(Object { bytes, checksum: Some(format!("sha256:{hex}")) })
    }

    pub(in crate::vault) async fn abort(self) -> Result<(), VaultError> {
        remove(&self.places.partial).await?;
        Ok(self.places.remove().await?)
    }
}

async fn create(file: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).await
}

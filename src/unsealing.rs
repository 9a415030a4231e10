//! Opening sealed objects on this machine's disk: with the ledger, or without it by the record of a data key.

use crate::{cli::Misuse, installation::open_ledger};
use anyhow::{Context as _, anyhow, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::{
    config::Config,
    envelope::{AssociatedData, DataKey, EnvelopeError, HEADER, Opener},
    export::ExportId,
    keyring::{ArchiveId, KeyName, Keyring, Provider, WrappedKey},
    ledger::{
        Ledger,
        data_keys::{self, DataKeyRow},
        files::{self, File, Sealing},
    },
};
use std::{
    io::{Read, Write},
    path::{Component, Path, PathBuf},
};
use tokio::task::yield_now;
use worker::steps::Steps;

const VERSION: u32 = 1;
const CHUNK: usize = 256 * 1024;

/// The wrapped key of an archive and the files that it seals: what opening needs beside the objects and the keyring. It opens nothing without the latter.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    /// The version of this record.
    handover_data_key: u32,
    export: ExportId,
    attempt: i64,
    provider: Provider,
    key: String,
    /// In base64.
    wrapped: String,
    files: Vec<RecordedFile>,
}

#[derive(Debug, Serialize, Deserialize)]
struct RecordedFile {
    name: String,
    object_key: String,
    bytes: i64,
    sha256: String,
    stored_bytes: i64,
    stored_sha256: String,
}

/// Opens sealed objects.
pub(crate) struct Unsealing {
    keyring: Keyring,
    known: Known,
}

/// Where the wrapped keys are.
enum Known {
    Record(KeyRecord),
    Ledger(Ledger),
}

/// A file that an object may be.
struct Candidate {
    archive: ArchiveId,
    wrapped: WrappedKey,
    name: String,
    sha256: String,
}

impl KeyRecord {
    /// The record of an archive; `None` once its key was destroyed.
    pub(crate) fn new(key: &DataKeyRow, files: &[File]) -> Option<Self> {
        let wrapped = key.wrapped()?;
        let files = files.iter().filter(|file| file.sealing == Sealing::Envelope).map(|file| RecordedFile {
            name: file.name.clone(),
            object_key: file.object_key.clone(),
            bytes: file.bytes,
            sha256: hex::encode(&file.sha256),
            stored_bytes: file.stored_bytes.unwrap_or_default(),
            stored_sha256: file.stored_sha256.as_ref().map(hex::encode).unwrap_or_default(),
        });
        Some(Self {
            handover_data_key: VERSION,
            export: key.export_id,
            attempt: key.attempt,
            provider: wrapped.by.provider,
            key: wrapped.by.id,
            wrapped: STANDARD.encode(wrapped.bytes),
            files: files.collect(),
        })
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let record: Self = serde_json::from_slice(&text)
            .map_err(|_| Misuse(format!("{} is no record of a data key", path.display())))?;
        if record.handover_data_key != VERSION {
            bail!(Misuse(format!("{} was written by a newer Handover: use that version", path.display())));
        }
        Ok(record)
    }

    fn candidates(&self, bytes: u64) -> anyhow::Result<Vec<Candidate>> {
        let wrapped = STANDARD.decode(&self.wrapped).context("the record's wrapped key is not base64")?;
        let by = KeyName { provider: self.provider, id: self.key.clone() };
        let fits = |file: &&RecordedFile| u64::try_from(file.stored_bytes).is_ok_and(|stored| stored == bytes);
        let candidate = |file: &RecordedFile| Candidate {
            archive: ArchiveId { export: self.export, attempt: self.attempt },
            wrapped: WrappedKey { by: by.clone(), bytes: wrapped.clone() },
            name: file.name.clone(),
            sha256: file.sha256.clone(),
        };
        Ok(self.files.iter().filter(fits).map(candidate).collect())
    }
}

impl Unsealing {
    /// With the keys of `keyring`, else those configured, and the wrapped key in `record`, else those in the ledger.
    pub(crate) async fn open(config: &Config, keyring: Option<&Path>, record: Option<&Path>) -> anyhow::Result<Self> {
        let keyring = match keyring {
            Some(file) => Keyring::from_file(config, file)?,
            None => Keyring::existing(config)?,
        };
        let known = match record {
            Some(record) => Known::Record(KeyRecord::read(record)?),
            None => {
                let ledger = open_ledger(config).await?;
                ledger.require_migrated().await?;
                Known::Ledger(ledger)
            }
        };
        Ok(Self { keyring, known })
    }

    /// Opens a sealed object and puts the file, when all of it was checked, below `folder` under its name in the archive. Overwrites nothing. Its steps are the
    /// bytes of the object.
    pub(crate) async fn unseal(&self, object: &Path, folder: &Path, steps: &Steps) -> anyhow::Result<PathBuf> {
        let bytes = std::fs::metadata(object).with_context(|| format!("cannot read {}", object.display()))?.len();
        let candidates = match &self.known {
            Known::Record(record) => record.candidates(bytes)?,
            Known::Ledger(ledger) => in_ledger(ledger, object).await?,
        };
        for candidate in candidates {
            let key = self.keyring.unwrap(&candidate.wrapped, candidate.archive).await?;
            let path = target(folder, &candidate.name)?;
            match open_into(object, bytes, &key, &candidate, &path, steps).await {
                // Two files of one archive may have the same length.
                Err(error) if matches!(error.downcast_ref(), Some(EnvelopeError::Segment(0))) => {}
                opened => {
                    return opened.map(|()| path).with_context(|| format!("{} was not opened", object.display()));
                }
            }
        }
        Err(anyhow!(
            "{} is no object of this archive as it was stored: it was changed, cut off, or belongs elsewhere",
            object.display()
        ))
    }
}

/// Whether a file begins as sealed objects do, and as no ZIP and no file of an archive does.
pub(crate) fn looks_sealed(path: &Path) -> bool {
    let mut first = [0; 1];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && usize::from(first[0]) == HEADER
}

async fn in_ledger(ledger: &Ledger, object: &Path) -> anyhow::Result<Vec<Candidate>> {
    let (mut bytes, mut chunk, mut hash) = (std::fs::File::open(object)?, vec![0; CHUNK], Sha256::new());
    loop {
        match bytes.read(&mut chunk)? {
            0 => break,
            read => hash.update(&chunk[..read]),
        }
        yield_now().await;
    }
    let sha256 = hash.finalize();
    let mut candidates = Vec::new();
    for file in files::lying(ledger, None, Some(&sha256)).await? {
        let archive = ArchiveId { export: file.export_id, attempt: file.attempt };
        let Some(key) = data_keys::find(ledger, archive).await? else { continue };
        let Some(wrapped) = key.wrapped() else {
            bail!("the key of export {} was destroyed: nobody can read its archive any more", archive.export);
        };
        candidates.push(Candidate { archive, wrapped, name: file.name, sha256: hex::encode(file.sha256) });
    }
    Ok(candidates)
}

/// A record comes from elsewhere, and its names may not lead out of the folder.
fn target(folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let name = Path::new(name);
    let is_plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    anyhow::ensure!(is_plain && name.file_name().is_some(), "the name {name:?} leads out of the folder");
    Ok(folder.join(name))
}

/// Lets others run after each chunk: whoever stops waiting stops it, and the unfinished file is removed.
async fn open_into(
    object: &Path,
    bytes: u64,
    key: &DataKey,
    candidate: &Candidate,
    path: &Path,
    steps: &Steps,
) -> anyhow::Result<()> {
    let mut sealed = std::fs::File::open(object)?;
    let mut header = [0; HEADER];
    sealed.read_exact(&mut header).map_err(|_| EnvelopeError::Header)?;
    let Candidate { archive, name, sha256, .. } = candidate;
    let words = AssociatedData::of_file(archive.export, archive.attempt, name);
    let mut opening = Opener::new(key, &words, &header, bytes)?.whole();
    let above = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(above).with_context(|| format!("cannot make {}", above.display()))?;
    // Without its name until every tag was checked, and readable by its owner only.
    let mut file = tempfile::Builder::new().prefix(".handover-").suffix(".partial").tempfile_in(above)?;
    let (mut chunk, mut hash) = (vec![0; CHUNK], Sha256::new());
    loop {
        let read = sealed.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        steps.count(read as u64);
        let mut rest = &chunk[..read];
        while !rest.is_empty() {
            if let Some(plaintext) = opening.open(&mut rest)? {
                hash.update(&plaintext);
                file.write_all(&plaintext)?;
            }
        }
        yield_now().await;
    }
    opening.finish()?;
    anyhow::ensure!(hex::encode(hash.finalize()) == *sha256, "its SHA-256 is not the one that was noted");
    file.as_file().sync_all()?;
    file.persist_noclobber(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

//! An archive as files in a folder.

use anyhow::Context as _;
use futures::{StreamExt, stream::FuturesUnordered};
use std::{fs, io, path::Path};
use tempfile::TempDir;
use tokio::{
    fs::File,
    io::{AsyncWriteExt, BufWriter},
    sync::mpsc,
};
use worker::{archive::Outgoing, error::ExportError};

/// Files that are written at the same time.
const AT_ONCE: usize = 4;

/// Whether an archive may take this place: nothing is there, or a folder without anything in it.
pub(super) fn is_free(output: &Path) -> anyhow::Result<bool> {
    match fs::read_dir(output) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot look into {}", output.display())),
    }
}

/// Writes every file into `folder`.
pub(super) async fn save(folder: &Path, mut files: mpsc::Receiver<Outgoing>) -> anyhow::Result<()> {
    let mut under_way = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(file) = files.recv(), if under_way.len() < AT_ONCE => under_way.push(save_file(folder, file)),
            Some(saved) = under_way.next() => saved?,
            else => return Ok(()),
        }
    }
}

async fn save_file(folder: &Path, mut file: Outgoing) -> anyhow::Result<()> {
    let path = folder.join(&file.path);
    let cannot = || format!("cannot write {}", path.display());
    if let Some(above) = path.parent() {
        tokio::fs::create_dir_all(above).await.with_context(cannot)?;
    }
    let mut saved = BufWriter::new(File::create_new(&path).await.with_context(cannot)?);
    loop {
        match file.next().await {
            Ok(Some(chunk)) => saved.write_all(&chunk).await.with_context(cannot)?,
            Ok(None) => break,
            // The writer says why.
            Err(ExportError::Cancelled) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    saved.flush().await.with_context(cannot)?;
    saved.into_inner().sync_all().await.with_context(cannot)?;
    file.keep();
    Ok(())
}

/// Gives the finished folder its name. What stands there, if anything, is an empty folder.
pub(super) fn finish(folder: TempDir, output: &Path) -> anyhow::Result<()> {
    fs::rename(folder.path(), output)
        .with_context(|| format!("cannot rename the finished folder to {}", output.display()))?;
    // It has another name now: there is nothing left to remove.
    let _ = folder.keep();
    Ok(())
}

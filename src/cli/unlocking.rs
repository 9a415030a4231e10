//! Opening an archive for recipients on this machine, to keep it or only to look at it.

use super::Misuse;
use anyhow::Context as _;
use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::{TempDir, TempPath};
use tokio::task::spawn_blocking;
use worker::{
    lock::opening::{Identities, OpeningError, create_private, create_private_folder, is_locked, open_folder},
    steps::Steps,
};

/// An archive that was opened into a folder of its own, readable by its owner only; removed when dropped.
pub(super) struct Unlocked {
    path: PathBuf,
    _folder: TempDir,
}

impl Unlocked {
    /// Opens the file or folder with the private keys in these files. `None` if it is no archive for recipients, so that it needs no key.
    pub(super) async fn of(archive: &Path, keys: &[PathBuf]) -> anyhow::Result<Option<Self>> {
        if !needs_key(archive).with_context(|| format!("cannot read {}", archive.display()))? {
            return Ok(None);
        }
        if keys.is_empty() {
            let message = "this archive is encrypted to recipients: name the file with the private half of one of their keys with --identity";
            return Err(Misuse(message.to_owned()).into());
        }
        let identities = identities(keys)?;
        let folder = tempfile::Builder::new().prefix("handover-").tempdir()?;
        let (from, to) = (archive.to_owned(), folder.path().to_owned());
        // The folder stays here, to be removed at once when nobody waits any more.
        let opening = spawn_blocking(move || -> anyhow::Result<PathBuf> {
            if from.is_dir() {
                open_all(&identities, &from, &to, &Steps::default())?;
                return Ok(to);
            }
            let path = to.join("archive.zip");
            open(&identities, &from, &path, &Steps::default())?;
            Ok(path)
        });
        let path = opening.await??;
        Ok(Some(Self { path, _folder: folder }))
    }

    /// The opened file or folder.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Opens a file, or a folder with files, into the folder `output` under its name without `.age`; returns where it lies then. It appears only when all of it was
/// opened, and takes the place of nothing. Its steps are bytes.
pub(super) async fn unlock(
    archive: &Path,
    keys: &Arc<Identities>,
    output: &Path,
    steps: &Arc<Steps>,
) -> anyhow::Result<PathBuf> {
    let is_folder = archive.is_dir();
    let name = if is_folder { archive.file_name() } else { archive.file_stem() };
    let target = output.join(name.with_context(|| format!("{} has no name", archive.display()))?);
    if target.exists() {
        return Err(Misuse(format!("{} exists: name another folder with --output", target.display())).into());
    }
    if !is_folder && archive.extension().is_none_or(|ending| ending != "age") {
        return Err(Misuse(format!("the name of {} does not end in .age", archive.display())).into());
    }
    let folder = tempfile::Builder::new().prefix(".handover-").suffix(".partial").tempdir_in(output)?;
    let opened = folder.path().join("opened");
    let (keys, from, to, steps) = (keys.clone(), archive.to_owned(), opened.clone(), steps.clone());
    // The folder stays here, to be removed at once when nobody waits any more.
    let opening = spawn_blocking(move || -> anyhow::Result<()> {
        if is_folder {
            create_private_folder(&to)?;
            open_all(&keys, &from, &to, &steps)
        } else {
            open(&keys, &from, &to, &steps)
        }
    });
    opening.await??;
    put(opened, &target, is_folder).with_context(|| format!("cannot write {}", target.display()))?;
    Ok(target)
}

/// Moves what was opened to where it is to lie, unless something came to lie there meanwhile.
fn put(opened: PathBuf, target: &Path, is_folder: bool) -> std::io::Result<()> {
    if is_folder {
        // A folder replaces nothing but an empty folder.
        return std::fs::rename(opened, target);
    }
    TempPath::try_from_path(opened)?.persist_noclobber(target).map_err(|failed| failed.error)
}

fn open_all(identities: &Identities, from: &Path, to: &Path, steps: &Steps) -> anyhow::Result<()> {
    open_folder(identities, from, to, steps)
        .map_err(|(path, error)| anyhow::Error::from(error).context(format!("cannot open {}", path.display())))
}

/// The keys in these files; what is wrong with one is a mistake of whoever named it.
pub(super) fn identities(keys: &[PathBuf]) -> anyhow::Result<Identities> {
    Identities::read(keys).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Misuse(format!("{error}{cause}")).into()
    })
}

/// Opens one file into another that does not exist yet.
fn open(identities: &Identities, from: &Path, to: &Path, steps: &Steps) -> anyhow::Result<()> {
    let opened = || -> Result<(), OpeningError> {
        let mut target = BufWriter::new(create_private(to)?);
        identities.open(steps.follow(File::open(from)?), &mut target)?;
        target.into_inner().map_err(|error| error.into_error())?.sync_all()?;
        Ok(())
    };
    opened().with_context(|| format!("cannot open {}", from.display()))
}

/// Whether it is a file of age, or a folder with such files in it.
fn needs_key(archive: &Path) -> std::io::Result<bool> {
    if !archive.is_dir() {
        return is_locked(archive);
    }
    for entry in std::fs::read_dir(archive)? {
        if entry?.path().extension().is_some_and(|ending| ending == "age") {
            return Ok(true);
        }
    }
    Ok(false)
}

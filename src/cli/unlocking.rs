//! Opening an archive for recipients on this machine, to keep it or only to look at it.

use super::Misuse;
use anyhow::Context as _;
use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use worker::lock::opening::{Identities, OpeningError, is_locked, open_folder};

/// An archive that was opened into a folder of its own, readable by its owner only; removed when dropped.
pub(super) struct Unlocked {
    path: PathBuf,
    _folder: TempDir,
}

impl Unlocked {
    /// Opens the file or folder with the private keys in these files. `None` if it is no archive for recipients, so that it needs no key.
    pub(super) fn of(archive: &Path, keys: &[PathBuf]) -> anyhow::Result<Option<Self>> {
        if !needs_key(archive).with_context(|| format!("cannot read {}", archive.display()))? {
            return Ok(None);
        }
        if keys.is_empty() {
            let message = "this archive is encrypted to recipients: name the file with the private half of one of their keys with --identity";
            return Err(Misuse(message.to_owned()).into());
        }
        let identities = identities(keys)?;
        let folder = tempfile::Builder::new().prefix("handover-").tempdir()?;
        let path = if archive.is_dir() {
            open_all(&identities, archive, folder.path())?;
            folder.path().to_owned()
        } else {
            let path = folder.path().join("archive.zip");
            open(&identities, archive, &path)?;
            path
        };
        Ok(Some(Self { path, _folder: folder }))
    }

    /// The opened file or folder.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// Opens a file, or a folder with files, into the folder `output` under its name without `.age`; returns where it lies then. It appears only when all of it was
/// opened, and takes the place of nothing.
pub(super) fn unlock(archive: &Path, keys: &Identities, output: &Path) -> anyhow::Result<PathBuf> {
    let name = if archive.is_dir() { archive.file_name() } else { archive.file_stem() };
    let target = output.join(name.with_context(|| format!("{} has no name", archive.display()))?);
    if target.exists() {
        return Err(Misuse(format!("{} exists: name another folder with --output", target.display())).into());
    }
    let folder = tempfile::Builder::new().prefix(".handover-").suffix(".partial").tempdir_in(output)?;
    let opened = folder.path().join("opened");
    if archive.is_dir() {
        std::fs::create_dir(&opened)?;
        open_all(keys, archive, &opened)?;
    } else if archive.extension().is_some_and(|ending| ending == "age") {
        open(keys, archive, &opened)?;
    } else {
        return Err(Misuse(format!("the name of {} does not end in .age", archive.display())).into());
    }
    std::fs::rename(&opened, &target).with_context(|| format!("cannot write {}", target.display()))?;
    Ok(target)
}

fn open_all(identities: &Identities, from: &Path, to: &Path) -> anyhow::Result<()> {
    open_folder(identities, from, to)
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
pub(super) fn open(identities: &Identities, from: &Path, to: &Path) -> anyhow::Result<()> {
    let opened = || -> Result<(), OpeningError> {
        let mut target = BufWriter::new(File::create_new(to)?);
        identities.open(File::open(from)?, &mut target)?;
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

//! The vault as a folder.
//!
//! An archive is written under a hidden name and gets its own by a rename, which is the commit: what has
//! its name is complete and on the disk. Beside it stands its SHA-256 in a file that `sha256sum -c` reads. An archive
//! that is laid out as files has a folder of its own and its checksums in it.

mod writing;

pub use writing::Writing;

use super::{Object, ObjectKey, VaultError, is_plain_path};
use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use std::{
    io::{self, ErrorKind, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    fs,
    io::{AsyncReadExt, AsyncSeekExt},
};
use tokio_util::io::ReaderStream;

const CHUNK: usize = 256 * 1024;

/// A folder that holds archives.
#[derive(Clone)]
pub struct Directory {
    root: Arc<Path>,
}

/// The files of one key.
struct Places {
    archive: PathBuf,
    /// Of an archive that is one file.
    checksum: Option<PathBuf>,
    partial: PathBuf,
    /// The folder of the archive that this is a file of.
    folder: Option<PathBuf>,
}

impl Directory {
    pub(super) async fn open(data_dir: &Path) -> Result<Self, VaultError> {
        let root = data_dir.join("vault");
        make_folder(&root).await?;
        Ok(Self { root: root.into() })
    }

    pub(super) async fn ping(&self) -> Result<(), VaultError> {
        let root = self.root.clone();
        tokio::task::spawn_blocking(move || tempfile::tempfile_in(root)).await.map_err(io::Error::other)??;
        Ok(())
    }

    pub(super) async fn upload(&self, key: &ObjectKey) -> Result<Writing, VaultError> {
        Writing::begin(self.places(key)?).await
    }

    pub(super) async fn head(&self, key: &ObjectKey) -> Result<Object, VaultError> {
        let places = self.places(key)?;
        let metadata = fs::metadata(&places.archive).await.map_err(missing)?;
        if !metadata.is_file() {
            return Err(VaultError::NotFound);
        }
        let checksum = match &places.checksum {
            None => None,
            Some(file) => match fs::read_to_string(file).await {
                Ok(line) => line.split_whitespace().next().map(|hex| format!("sha256:{hex}")),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(error.into()),
            },
        };
        Ok(Object { bytes: metadata.len(), checksum })
    }

    pub(super) async fn delete(&self, key: &ObjectKey) -> Result<(), VaultError> {
        let places = self.places(key)?;
        places.remove().await?;
        match places.archive.parent() {
            Some(folder) if fs::try_exists(folder).await? => Ok(sync_folder(folder).await?),
            _ => Ok(()),
        }
    }

    pub(super) async fn discard(&self, key: &ObjectKey) -> Result<(), VaultError> {
        remove(&self.places(key)?.partial).await?;
        self.delete(key).await
    }

    pub(super) async fn read(
        &self,
        key: &ObjectKey,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes, VaultError>>, VaultError> {
        let mut file = fs::File::open(self.places(key)?.archive).await.map_err(missing)?;
        let length = match range {
            Some(range) => {
                file.seek(SeekFrom::Start(range.start)).await?;
                range.end.saturating_sub(range.start)
            }
            None => u64::MAX,
        };
        let chunks = ReaderStream::with_capacity(file.take(length), CHUNK);
        Ok(chunks.map(|chunk| Ok(chunk?)).boxed())
    }

    /// Keys come from the ledger, and still none may lead out of the folder or to a hidden file.
    fn places(&self, key: &ObjectKey) -> Result<Places, VaultError> {
        let text = key.as_str();
        let folder = key.folder();
        if !is_plain_path(text) || folder.is_none() && !text.ends_with(".zip") {
            return Err(VaultError::Refused("the key is no key of an archive".into()));
        }
        Ok(Places {
            archive: self.root.join(text),
            checksum: folder.is_none().then(|| self.root.join(format!("{text}.sha256"))),
            // `+` stands in no key: two keys never share a name.
            partial: self.root.join(format!(".partial-{}", text.replace('/', "+"))),
            folder: folder.map(|folder| self.root.join(folder)),
        })
    }
}

impl Places {
    /// Removes what has the key's name, and the archive's folder with its last file.
    async fn remove(&self) -> io::Result<()> {
        remove(&self.archive).await?;
        if let Some(checksum) = &self.checksum {
            remove(checksum).await?;
        }
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        for below in self.archive.ancestors().skip(1).take_while(|below| below.starts_with(folder)) {
            match fs::remove_dir(below).await {
                Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => break,
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

async fn make_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).await
}

async fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file).await {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the names in `folder` last.
async fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder).await?.sync_all().await
}

fn missing(error: io::Error) -> VaultError {
    match error.kind() {
        ErrorKind::NotFound => VaultError::NotFound,
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::KeyFolder;
    use futures::TryStreamExt;
    use sha2::{Digest, Sha256};
    use std::os::unix::fs::PermissionsExt;

    async fn stored(directory: &Directory, bytes: &[u8]) -> (ObjectKey, Object) {
        let key = ObjectKey::random("archives", 1);
        let mut writing = directory.upload(&key).await.unwrap();
        for chunk in bytes.chunks(1000) {
            writing.write(chunk).await.unwrap();
        }
        let object = writing.finish(Sha256::digest(bytes).into()).await.unwrap();
        (key, object)
    }

    async fn read(directory: &Directory, key: &ObjectKey, range: Option<Range<u64>>) -> Vec<u8> {
        let chunks = directory.read(key, range).await.unwrap();
        let all: Vec<Bytes> = chunks.try_collect().await.unwrap();
        assert!(all.iter().all(|chunk| chunk.len() <= CHUNK));
        all.concat()
    }

    #[tokio::test]
    async fn a_file_of_an_archive_has_its_place_and_the_last_one_takes_the_folder_along() {
        let data = tempfile::tempdir().unwrap();
        let root = data.path().join("vault");
        let directory = Directory::open(data.path()).await.unwrap();
        let folder = KeyFolder::random("archives", 1);
        let keys = ["csv/sales.csv.zst", "manifest.json"].map(|path| folder.key(path).unwrap());
        for key in &keys {
            let mut writing = directory.upload(key).await.unwrap();
            writing.write(b"content").await.unwrap();
            writing.finish(Sha256::digest(b"content").into()).await.unwrap();
            assert_eq!(directory.head(key).await.unwrap(), Object { bytes: 7, checksum: None });
        }
        let own = root.join(keys[1].as_str()).parent().unwrap().to_owned();
        assert_eq!(names(&own), ["csv", "manifest.json"]);
        assert_eq!(names(&own.join("csv")), ["sales.csv.zst"]);
        let writing = directory.upload(&folder.key("csv/half.csv.zst").unwrap()).await.unwrap();
        writing.abort().await.unwrap();
        assert_eq!(names(&own.join("csv")), ["sales.csv.zst"]);
        directory.delete(&keys[0]).await.unwrap();
        assert_eq!(names(&own), ["manifest.json"]);
        directory.discard(&keys[1]).await.unwrap();
        directory.discard(&keys[1]).await.unwrap();
        assert!(names(&root.join("archives")).is_empty());
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn an_archive_is_read_back_whole_and_in_ranges() {
        let data = tempfile::tempdir().unwrap();
        let directory = Directory::open(data.path()).await.unwrap();
        let bytes: Vec<u8> = (0..600_000_u32).map(|n| (n % 251) as u8).collect();
        let (key, object) = stored(&directory, &bytes).await;
        assert_eq!(object.bytes, 600_000);
        let sha256 = hex::encode(Sha256::digest(&bytes));
        assert_eq!(object.checksum, Some(format!("sha256:{sha256}")));
        assert_eq!(directory.head(&key).await.unwrap(), object);
        assert_eq!(read(&directory, &key, None).await, bytes);
        assert_eq!(read(&directory, &key, Some(5..300_000)).await, bytes[5..300_000]);
        assert_eq!(read(&directory, &key, Some(599_999..700_000)).await, bytes[599_999..]);
        assert!(read(&directory, &key, Some(7..7)).await.is_empty());
    }

    #[tokio::test]
    async fn only_the_owner_may_read_what_is_kept() {
        let data = tempfile::tempdir().unwrap();
        let directory = Directory::open(data.path()).await.unwrap();
        let (key, _) = stored(&directory, b"archive").await;
        let root = data.path().join("vault");
        let file = root.join(key.as_str());
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(&root), 0o700);
        assert_eq!(mode(&root.join("archives")), 0o700);
        assert_eq!(mode(&root.join(format!("{}.sha256", key.as_str()))), 0o600);
    }

    #[tokio::test]
    async fn nothing_is_visible_before_the_end_and_nothing_is_left_after_giving_up() {
        let data = tempfile::tempdir().unwrap();
        let root = data.path().join("vault");
        let directory = Directory::open(data.path()).await.unwrap();
        let key = ObjectKey::random("archives", 1);
        let mut writing = directory.upload(&key).await.unwrap();
        writing.write(b"half").await.unwrap();
        assert!(matches!(directory.head(&key).await, Err(VaultError::NotFound)));
        writing.abort().await.unwrap();
        assert!(names(&root.join("archives")).is_empty());
        assert_eq!(names(&root), ["archives"]);
    }

    #[tokio::test]
    async fn an_upload_that_was_dropped_is_discarded_by_its_key() {
        let data = tempfile::tempdir().unwrap();
        let root = data.path().join("vault");
        let directory = Directory::open(data.path()).await.unwrap();
        let key = ObjectKey::random("archives", 1);
        let mut writing = directory.upload(&key).await.unwrap();
        writing.write(b"half").await.unwrap();
        drop(writing);
        assert_eq!(names(&root).len(), 2);
        directory.discard(&key).await.unwrap();
        assert_eq!(names(&root), ["archives"]);
        directory.discard(&key).await.unwrap();
    }

    #[tokio::test]
    async fn an_archive_with_another_checksum_is_refused_and_removed() {
        let data = tempfile::tempdir().unwrap();
        let directory = Directory::open(data.path()).await.unwrap();
        let key = ObjectKey::random("archives", 1);
        let mut writing = directory.upload(&key).await.unwrap();
        writing.write(b"archive").await.unwrap();
        let finished = writing.finish([0; 32]).await;
        assert!(matches!(finished, Err(VaultError::Mismatch(_))), "{finished:?}");
        assert_eq!(names(&data.path().join("vault")), ["archives"]);
        assert!(names(&data.path().join("vault/archives")).is_empty());
    }

    #[tokio::test]
    async fn deleting_removes_every_trace_and_may_be_repeated() {
        let data = tempfile::tempdir().unwrap();
        let directory = Directory::open(data.path()).await.unwrap();
        let (key, _) = stored(&directory, b"archive").await;
        directory.delete(&key).await.unwrap();
        assert!(names(&data.path().join("vault/archives")).is_empty());
        assert!(matches!(directory.head(&key).await, Err(VaultError::NotFound)));
        assert!(matches!(directory.read(&key, None).await, Err(VaultError::NotFound)));
        directory.delete(&key).await.unwrap();
    }

    #[tokio::test]
    async fn a_key_that_leads_elsewhere_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let directory = Directory::open(data.path()).await.unwrap();
        for text in
            ["../link.key", "/etc/passwd", "a/../../b.zip", ".partial-a.zip", "a.zip.sha256", "csv/sales.csv.zst"]
        {
            let key = ObjectKey::from_ledger(text.into());
            assert!(matches!(directory.read(&key, None).await, Err(VaultError::Refused(_))));
            assert!(matches!(directory.delete(&key).await, Err(VaultError::Refused(_))));
            assert!(matches!(directory.upload(&key).await, Err(VaultError::Refused(_))));
        }
    }

    #[tokio::test]
    async fn a_folder_that_is_gone_does_not_answer() {
        let data = tempfile::tempdir().unwrap();
        let directory = Directory::open(data.path()).await.unwrap();
        directory.ping().await.unwrap();
        assert!(names(&data.path().join("vault")).is_empty());
        std::fs::remove_dir(data.path().join("vault")).unwrap();
        assert!(matches!(directory.ping().await, Err(VaultError::Folder(_))));
    }
}

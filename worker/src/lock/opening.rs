//! Opening a file that was encrypted to recipients, with the private half of one of their keys.

use crate::steps::Steps;
use age::{
    Decryptor, IdentityFile,
    ssh::{self, UnsupportedKey},
};
use std::{
    fs::{self, DirBuilder, File},
    io::{self, BufReader, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// How every file of age begins.
const MAGIC: &[u8] = b"age-encryption.org/";

/// A file of private keys is not larger.
const LONGEST_KEY_FILE: u64 = 1024 * 1024;

/// Private keys to open files with.
pub struct Identities(Vec<Box<dyn age::Identity + Send + Sync>>);

/// Why a file is no private key that could be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// It cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// A passphrase protects it.
    #[error(
        "{} is protected by a passphrase, which is not asked for here: open the archive with `age --decrypt -i {0} -o archive.zip archive.zip.age`, which asks", path.display()
    )]
    Passphrase {
        /// The file.
        path: PathBuf,
    },
    /// It is the public half.
    #[error("{} holds a public key: the private half of the pair is needed", path.display())]
    Public {
        /// The file.
        path: PathBuf,
    },
    /// It is nothing of the kind.
    #[error(
        "{} holds no key that opens archives: a file that `age-keygen -o` or `ssh-keygen -t ed25519` wrote is needed", path.display()
    )]
    Unknown {
        /// The file.
        path: PathBuf,
    },
}

/// Why a file could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpeningError {
    /// It was encrypted to other keys.
    #[error("none of the given keys opens this file: it was encrypted to others")]
    OtherKeys,
    /// It was not encrypted to recipients.
    #[error("this is no file that was encrypted to recipients")]
    NotLocked,
    /// It is cut off or was changed.
    #[error("the file is damaged or was cut off on its way: download it again")]
    Damaged,
    /// Reading or writing failed.
    #[error(transparent)]
    Local(#[from] io::Error),
}

impl Identities {
    /// The keys in these files: of age (several in a file are taken), or of OpenSSH.
    pub fn read(paths: &[PathBuf]) -> Result<Self, IdentityError> {
        let mut all = Vec::new();
        for path in paths {
            let unreadable = |cause| IdentityError::Unreadable { path: path.clone(), cause };
            let mut text = Zeroizing::new(Vec::new());
            let file = File::open(path).map_err(unreadable)?;
            file.take(LONGEST_KEY_FILE).read_to_end(&mut text).map_err(unreadable)?;
            all.append(&mut parse(&text, path)?);
        }
        Ok(Self(all))
    }

    /// Decrypts one file; returns the size of what was in it. What was written before an error is not to be used.
    pub fn open(&self, from: impl Read, to: &mut impl Write) -> Result<u64, OpeningError> {
        let decryptor = Decryptor::new_buffered(BufReader::new(from)).map_err(refused)?;
        let keys = self.0.iter().map(|key| &**key as &dyn age::Identity);
        let mut content = decryptor.decrypt(keys).map_err(refused)?;
        let mut buffer = Zeroizing::new(vec![0; 64 * 1024]);
        let mut bytes = 0;
        loop {
            let count = match content.read(&mut buffer) {
                Ok(0) => return Ok(bytes),
                Ok(count) => count,
                Err(error) if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => {
                    return Err(OpeningError::Damaged);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            to.write_all(buffer.get(..count).unwrap_or_default())?;
            bytes += count as u64;
        }
    }
}

/// Whether a file was encrypted to recipients, by how it begins.
pub fn is_locked(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(MAGIC.len() as u64).read_to_end(&mut start)?;
    Ok(start == MAGIC)
}

fn refused(error: age::DecryptError) -> OpeningError {
    use age::DecryptError;
    match error {
        DecryptError::NoMatchingKeys => OpeningError::OtherKeys,
        DecryptError::UnknownFormat => OpeningError::NotLocked,
        DecryptError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => OpeningError::Damaged,
        DecryptError::Io(error) if error.kind() != io::ErrorKind::InvalidData => OpeningError::Local(error),
        _ => OpeningError::Damaged,
    }
}

fn parse(text: &[u8], path: &Path) -> Result<Vec<Box<dyn age::Identity + Send + Sync>>, IdentityError> {
    let path = path.to_owned();
    let begins = |start: &str| text.trim_ascii_start().starts_with(start.as_bytes());
    if begins("age-encryption.org/") || begins("-----BEGIN AGE ENCRYPTED FILE-----") {
        return Err(IdentityError::Passphrase { path });
    }
    if begins("age1") || begins("ssh-") {
        return Err(IdentityError::Public { path });
    }
    if begins("-----BEGIN ") {
        return match ssh::Identity::from_buffer(text.trim_ascii_start(), None) {
            Ok(key @ ssh::Identity::Unencrypted(_)) => Ok(vec![Box::new(key)]),
            Ok(
                ssh::Identity::Encrypted(_)
                | ssh::Identity::Unsupported(UnsupportedKey::EncryptedPem | UnsupportedKey::EncryptedSsh(_)),
            ) => Err(IdentityError::Passphrase { path }),
            _ => Err(IdentityError::Unknown { path }),
        };
    }
    match IdentityFile::from_buffer(text).map(IdentityFile::into_identities) {
        Ok(Ok(keys)) if !keys.is_empty() => Ok(keys),
        _ => Err(IdentityError::Unknown { path }),
    }
}

/// Makes a file that does not exist yet and that its owner alone may read.
pub fn create_private(path: &Path) -> io::Result<File> {
    File::options().write(true).create_new(true).mode(0o600).open(path)
}

/// Makes a folder that does not exist yet and that its owner alone may read.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Opens every file below `from` whose name ends in `.age` into `to`, under the name without the ending; copies the others. Links to files are followed; what
/// is neither file nor folder is an error, for nothing may be left out unsaid. The error names the file. Its steps are bytes.
pub fn open_folder(
    identities: &Identities,
    from: &Path,
    to: &Path,
    steps: &Steps,
) -> Result<(), (PathBuf, OpeningError)> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| (path, OpeningError::Local(error))
    };
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(at(from))?);
        let name = entry.file_name();
        if kind.is_dir() {
            let below = to.join(&name);
            create_private_folder(&below).map_err(at(&below))?;
            open_folder(identities, &path, &below, steps)?;
        } else if kind.is_file() || (kind.is_symlink() && fs::metadata(&path).map_err(at(&path))?.is_file()) {
            let opened = path.extension().is_some_and(|ending| ending == "age").then(|| path.file_stem()).flatten();
            let target = to.join(opened.unwrap_or(&name));
            // Where a file lies there opened and unopened, neither is preferred to the other.
            let mut target = create_private(&target).map_err(at(&target))?;
            let mut source = steps.follow(File::open(&path).map_err(at(&path))?);
            if opened.is_some() {
                identities.open(source, &mut target).map_err(|error| (path.clone(), error))?;
            } else {
                io::copy(&mut source, &mut target).map_err(at(&path))?;
            }
        } else {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "it is no file, no folder and no link to a file");
            return Err((path, OpeningError::Local(error)));
        }
    }
    Ok(())
}

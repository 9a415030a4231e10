//! Lists of named keys, `id:base64,…`: configured, or made in the data folder. Links are signed and data keys wrapped with such keys.

use base64::{
    Engine, alphabet,
    engine::{
        DecodePaddingMode,
        general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD},
    },
};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, fchown},
    path::Path,
};
use zeroize::Zeroizing;

/// One key.
pub(crate) struct Key {
    /// Its name, which stands beside what it signed or wrapped.
    pub(crate) id: String,
    /// 32 random bytes.
    pub(crate) secret: SecretBox<[u8; 32]>,
}

/// The keys of a list `id:base64,…`, at least one; the message says what is wrong without quoting a key.
pub(crate) fn parse(list: &str) -> Result<Vec<Key>, String> {
    let mut keys: Vec<Key> = Vec::new();
    for (entry, text) in list.trim().split(',').map(str::trim).enumerate() {
        let position = entry + 1;
        let (id, secret) = text.split_once(':').ok_or_else(|| format!("key {position} is not id:base64"))?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
        if id.is_empty() || id.len() > 32 || !id.chars().all(fits) {
            return Err(format!("the id of key {position} must be 1 to 32 small letters, digits, `_` or `-`"));
        }
        if keys.iter().any(|key| key.id == id) {
            return Err(format!("key {position} has the id of an earlier one"));
        }
        let secret = decode(secret).ok_or_else(|| format!("key {position} must be 32 bytes in base64"))?;
        keys.push(Key { id: id.into(), secret: SecretBox::new(Box::new(secret)) });
    }
    Ok(keys)
}

/// Both alphabets of RFC 4648, with or without padding: people make keys with many tools.
fn decode(text: &str) -> Option<[u8; 32]> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let decoded = [alphabet::STANDARD, alphabet::URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, lenient).decode(text).ok())
        .map(Zeroizing::new)?;
    decoded.as_slice().try_into().ok()
}

/// The keys in the file `name` of `folder`, made with one key if there is none. Processes that start at once agree on one.
pub(crate) fn in_folder(folder: &Path, name: &str) -> io::Result<Vec<Key>> {
    let file = folder.join(name);
    if !file.exists() {
        make(folder, &file)?;
    }
    in_file(&file)
}

/// The keys in a file, in the format of the setting.
pub(crate) fn in_file(file: &Path) -> io::Result<Vec<Key>> {
    let list = SecretString::from(std::fs::read_to_string(file)?);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    parse(list.expose_secret()).map_err(|why| io::Error::new(io::ErrorKind::InvalidData, format!("{name}: {why}")))
}

/// A new key as it stands in a list, `id:base64`; without an `id`, under a random one. The message says what is wrong with the id.
///
/// # Panics
/// When the system has no random bytes to give: then no key may exist.
pub fn new_entry(id: Option<&str>) -> Result<SecretString, String> {
    let id = id.map_or_else(|| hex::encode(random())[..8].to_owned(), str::to_owned);
    let secret = Zeroizing::new(random());
    let secret = Zeroizing::new(STANDARD.encode(secret.as_slice()));
    let entry = SecretString::from(Zeroizing::new(format!("{id}:{}", *secret)).as_str());
    parse(entry.expose_secret()).map(|_| entry)
}

/// Puts an entry before the keys in the file `name` of `folder`, which need not be there yet; returns its id. The file is never half written, and stays
/// whose it is.
pub(crate) fn prepend(folder: &Path, name: &str, entry: &SecretString) -> io::Result<String> {
    let file = folder.join(name);
    let alone = alone(folder)?;
    let list = match std::fs::read_to_string(&file) {
        Ok(keys) => format!("{},{}", entry.expose_secret(), keys.trim()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => entry.expose_secret().to_owned(),
        Err(error) => return Err(error),
    };
    let list = SecretString::from(list);
    let keys = parse(list.expose_secret())
        .map_err(|why| io::Error::new(io::ErrorKind::InvalidData, format!("{name}: {why}")))?;
    let made = draft(folder, &list)?;
    match file.metadata() {
        // Whoever adds a key as root must not take the file from the processes that read it.
        Ok(old) => keep_owner(made.as_file(), &old)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    made.persist(&file).map_err(|failed| failed.error)?;
    alone.sync_all()?;
    Ok(keys.first().map(|key| key.id.clone()).unwrap_or_default())
}

/// The folder, made with mode 0700 if it is missing; as long as this is open, nobody else writes a list in it.
fn alone(folder: &Path) -> io::Result<File> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let opened = File::open(folder)?;
    opened.lock()?;
    Ok(opened)
}

fn keep_owner(made: &File, old: &std::fs::Metadata) -> io::Result<()> {
    let new = made.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    fchown(made, Some(old.uid()), Some(old.gid()))
}

/// The list under another name, with mode 0600, so that nobody reads half of it.
fn draft(folder: &Path, list: &SecretString) -> io::Result<tempfile::NamedTempFile> {
    let mut made = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(made, "{}", list.expose_secret())?;
    made.as_file().sync_all()?;
    Ok(made)
}

fn make(folder: &Path, file: &Path) -> io::Result<()> {
    let entry = new_entry(None).map_err(io::Error::other)?;
    let alone = alone(folder)?;
    match draft(folder, &entry)?.persist_noclobber(file) {
        Ok(_) => alone.sync_all(),
        Err(lost) if lost.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(failed) => Err(failed.error),
    }
}

#[expect(clippy::expect_used, reason = "without random bytes no key and no token may exist")]
pub(crate) fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("random bytes of the system");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const FILE: &str = "link.key";

    #[test]
    fn both_alphabets_with_or_without_padding_are_one_key() {
        let secret = [0xfb_u8; 32];
        let padded = STANDARD.encode(secret);
        let plain = padded.trim_end_matches('=');
        for text in [&padded, plain, &plain.replace('+', "-").replace('/', "_")] {
            let keys = parse(&format!("a:{text}")).unwrap();
            assert_eq!(keys[0].secret.expose_secret(), &secret);
        }
    }

    #[test]
    fn a_malformed_list_is_refused_without_quoting_it() {
        let good = STANDARD.encode([7; 32]);
        for (list, why) in [
            (String::new(), "key 1 is not id:base64"),
            (good.clone(), "key 1 is not id:base64"),
            (format!("a:{good},"), "key 2 is not id:base64"),
            (format!("a:{good},a:{good}"), "key 2 has the id of an earlier one"),
            (format!("A:{good}"), "the id of key 1 must be 1 to 32 small letters, digits, `_` or `-`"),
            (format!("a.b:{good}"), "the id of key 1 must be 1 to 32 small letters, digits, `_` or `-`"),
            ("a:c2hvcnQ=".into(), "key 1 must be 32 bytes in base64"),
        ] {
            assert_eq!(parse(&list).err().as_deref(), Some(why));
        }
    }

    #[test]
    fn processes_that_start_at_once_agree_on_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let secrets: Vec<[u8; 32]> = std::thread::scope(|scope| {
            let started: Vec<_> =
                (0..8).map(|_| scope.spawn(|| *in_folder(&data, FILE).unwrap()[0].secret.expose_secret())).collect();
            started.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(secrets.iter().all(|secret| *secret == secrets[0]));
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data.join(FILE)), 0o600);
        assert_eq!(mode(&data), 0o700);
        assert_eq!(data.read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_key_file_is_refused_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "a:short\n").unwrap();
        assert!(matches!(in_folder(folder.path(), FILE), Err(error) if error.kind() == io::ErrorKind::InvalidData));
        let kept = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert_eq!(kept, "a:short\n");
    }
}

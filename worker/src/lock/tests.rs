use super::{
    opening::{Identities, IdentityError, OpeningError, is_locked, open_folder},
    *,
};
use crate::steps::Steps;
use chrono::DateTime;
use proptest::prelude::*;
use secrecy::ExposeSecret as _;
use shared::{
    export::TenantId,
    ledger::Person,
    recipient::{RecipientKind, SUFFIX},
};
use std::{
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use uuid::Uuid;

const SSH_PUBLIC: &str = include_str!("tests/id_ed25519.pub");
const SSH_PRIVATE: &str = include_str!("tests/id_ed25519");
const SSH_PROTECTED: &str = include_str!("tests/id_ed25519_protected");

/// A recipient of the ledger with this key, whatever it is.
fn recipient(public_key: &str) -> Recipient {
    Recipient {
        id: Uuid::nil(),
        source: "shop".into(),
        tenant: TenantId::new("t1").unwrap(),
        subject: Person::default(),
        kind: RecipientKind::X25519,
        public_key: public_key.to_owned(),
        label: "safe".into(),
        created_at: DateTime::UNIX_EPOCH,
        created_by: "cli".into(),
        revoked_at: None,
    }
}

fn lock(keys: &[&str]) -> Lock {
    let recipients: Vec<Recipient> = keys.iter().map(|key| recipient(key)).collect();
    Lock::of(&recipients).unwrap().unwrap()
}

fn locked(lock: &Lock, chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut locking = lock.begin().unwrap();
    let mut stored = Vec::new();
    for chunk in chunks {
        stored.extend_from_slice(&locking.write(chunk).unwrap());
    }
    stored.extend_from_slice(&locking.finish().unwrap());
    stored
}

/// A pair: the public key, and the folder with its private half.
fn pair(folder: &TempDir, name: &str) -> (String, PathBuf) {
    let identity = age::x25519::Identity::generate();
    (identity.to_public().to_string(), file(folder, name, identity.to_string().expose_secret()))
}

fn file(folder: &TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn open(path: &PathBuf, locked: &[u8]) -> Result<Vec<u8>, OpeningError> {
    let mut opened = Vec::new();
    Identities::read(std::slice::from_ref(path)).unwrap().open(locked, &mut opened).map(|_| opened)
}

#[test]
fn each_of_several_keys_opens_it_and_no_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let (one, one_file) = pair(&folder, "one.txt");
    let (_, other_file) = pair(&folder, "other.txt");
    let ssh_file = file(&folder, "id_ed25519", SSH_PRIVATE);
    let stored = locked(&lock(&[&one, SSH_PUBLIC]), &[b"the whole archive".to_vec()]);
    assert!(memchr::memmem::find(&stored, b"archive").is_none());
    for key in [&one_file, &ssh_file] {
        assert_eq!(open(key, &stored).unwrap(), b"the whole archive");
    }
    assert!(matches!(open(&other_file, &stored), Err(OpeningError::OtherKeys)));
    let both = file(
        &folder,
        "both.txt",
        [std::fs::read(&other_file).unwrap(), std::fs::read(&one_file).unwrap()].join(&b'\n'),
    );
    assert_eq!(open(&both, &stored).unwrap(), b"the whole archive");
}

#[test]
fn two_files_of_one_archive_share_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let lock = lock(&[&pair(&folder, "key.txt").0]);
    let (one, other) = (locked(&lock, &[vec![0; 1000]]), locked(&lock, &[vec![0; 1000]]));
    assert_ne!(one[one.len() - 1000..], other[other.len() - 1000..]);
}

#[test]
fn an_unreadable_key_in_the_ledger_stops_the_export_by_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let good = recipient(&pair(&folder, "key.txt").0);
    for damaged in ["", "age1qqqq", "ssh-rsa AAAA"] {
        let error = Lock::of(&[good.clone(), recipient(damaged)]).err().unwrap();
        assert!(matches!(error, ExportError::Recipient(_)));
        assert!(error.to_string().contains(&Uuid::nil().to_string()));
    }
    assert!(Lock::of(&[]).unwrap().is_none());
}

#[test]
fn what_is_cut_off_or_changed_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (public, key) = pair(&folder, "key.txt");
    let stored = locked(&lock(&[&public]), &[vec![7; 150_000]]);
    let head = stored.len() - 150_000 - 3 * 16;
    for end in [0, 5, 21, head / 2, head - 1, head, head + 1, head + 65_552, head + 2 * 65_552, stored.len() - 1] {
        assert!(open(&key, &stored[..end]).is_err(), "cut at {end}");
    }
    for place in (0..head).chain([head, head + 65_551, head + 65_552, stored.len() - 1]) {
        let mut changed = stored.clone();
        changed[place] ^= 1;
        assert!(open(&key, &changed).is_err(), "changed at {place}");
    }
    let longer = [stored.as_slice(), b"x"].concat();
    assert!(open(&key, &longer).is_err());
}

#[test]
fn a_key_file_that_cannot_be_used_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (public, private) = pair(&folder, "key.txt");
    let read = |text: &[u8]| Identities::read(&[file(&folder, "tried", text)]).err().unwrap();
    assert!(matches!(read(SSH_PROTECTED.as_bytes()), IdentityError::Passphrase { .. }));
    let private = std::fs::read_to_string(private).unwrap();
    let mut protected = Vec::new();
    let passphrase = age::Encryptor::with_user_passphrase("open".to_owned().into());
    let mut writer = passphrase.wrap_output(&mut protected).unwrap();
    writer.write_all(private.as_bytes()).unwrap();
    writer.finish().unwrap();
    assert!(matches!(read(&protected), IdentityError::Passphrase { .. }));
    assert!(matches!(read(public.as_bytes()), IdentityError::Public { .. }));
    assert!(matches!(read(SSH_PUBLIC.as_bytes()), IdentityError::Public { .. }));
    for text in ["", "# only a comment\n", "something else", "-----BEGIN RSA PRIVATE KEY-----\n", "-----BEGIN X"] {
        assert!(matches!(read(text.as_bytes()), IdentityError::Unknown { .. }), "{text:?}");
    }
    let half = format!("{}\nand more\n", &private[..40]);
    assert!(!read(half.as_bytes()).to_string().contains(&private[16..30]));
    assert!(matches!(Identities::read(&[folder.path().join("none")]), Err(IdentityError::Unreadable { .. })));
}

#[test]
fn a_folder_is_opened_file_by_file() {
    let folder = tempfile::tempdir().unwrap();
    let (public, key) = pair(&folder, "key.txt");
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    std::fs::create_dir_all(from.join("csv")).unwrap();
    std::fs::create_dir(&to).unwrap();
    let lock = lock(&[&public]);
    for name in ["manifest.json", "csv/sales.csv.zst"] {
        std::fs::write(from.join(format!("{name}{SUFFIX}")), locked(&lock, &[name.as_bytes().to_vec()])).unwrap();
    }
    std::fs::write(from.join("notes.txt"), "mine").unwrap();
    assert!(is_locked(&from.join("manifest.json.age")).unwrap() && !is_locked(&from.join("notes.txt")).unwrap());
    let identities = Identities::read(std::slice::from_ref(&key)).unwrap();
    open_folder(&identities, &from, &to, &Steps::default()).unwrap();
    for (name, content) in
        [("manifest.json", "manifest.json"), ("csv/sales.csv.zst", "csv/sales.csv.zst"), ("notes.txt", "mine")]
    {
        assert_eq!(std::fs::read_to_string(to.join(name)).unwrap(), content);
    }
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&to.join("csv")), mode(&to.join("notes.txt"))), (0o700, 0o600));
    std::fs::write(from.join("csv/sales.csv.zst.age"), b"age-encryption.org/v1\n").unwrap();
    let again = folder.path().join("again");
    std::fs::create_dir(&again).unwrap();
    let (path, error) = open_folder(&identities, &from, &again, &Steps::default()).unwrap_err();
    assert!(path.ends_with("csv/sales.csv.zst.age") && matches!(error, OpeningError::Damaged));
}

#[test]
fn a_link_to_a_file_is_followed_and_one_to_a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, key) = pair(&folder, "key.txt");
    let identities = Identities::read(std::slice::from_ref(&key)).unwrap();
    let (from, to, again) = (folder.path().join("from"), folder.path().join("to"), folder.path().join("again"));
    for made in [&from, &to, &again] {
        std::fs::create_dir(made).unwrap();
    }
    std::fs::write(folder.path().join("elsewhere.txt"), "mine").unwrap();
    symlink(folder.path().join("elsewhere.txt"), from.join("notes.txt")).unwrap();
    open_folder(&identities, &from, &to, &Steps::default()).unwrap();
    assert_eq!(std::fs::read_to_string(to.join("notes.txt")).unwrap(), "mine");
    symlink(&to, from.join("csv")).unwrap();
    let (path, error) = open_folder(&identities, &from, &again, &Steps::default()).unwrap_err();
    assert!(path.ends_with("csv") && matches!(error, OpeningError::Local(_)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_goes_in_comes_out_however_it_is_cut(lengths in proptest::collection::vec(0_usize..140_000, 0..4)) {
        let folder = tempfile::tempdir().unwrap();
        let (public, key) = pair(&folder, "key.txt");
        let chunks: Vec<Vec<u8>> = lengths.iter().enumerate().map(|(place, length)| vec![place as u8; *length]).collect();
        let stored = locked(&lock(&[&public]), &chunks);
        prop_assert_eq!(open(&key, &stored).unwrap(), chunks.concat());
    }
}

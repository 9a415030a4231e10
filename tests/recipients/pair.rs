//! Key pairs, and a program that is not ours which opens what they lock: Python's pyrage.

use crate::support::{process::text, tools};
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

const MAKE: &str = "
import sys, pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
kind, path = sys.argv[1:]
if kind == 'age':
    identity = pyrage.x25519.Identity.generate()
    private, public = str(identity).encode() + b'\\n', str(identity.to_public())
else:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() + ' anna@laptop'
open(path, 'wb').write(private)
print(public)
";

const OPEN: &str = "
import sys, pyrage
key, locked, opened = sys.argv[1:]
text = open(key, 'rb').read()
ssh = text.startswith(b'-----')
identity = pyrage.ssh.Identity.from_buffer(text) if ssh else pyrage.x25519.Identity.from_str(text.decode().strip())
try:
    content = pyrage.decrypt(open(locked, 'rb').read(), [identity])
except pyrage.DecryptError:
    sys.exit(3)
open(opened, 'wb').write(content)
";

/// A key pair.
pub(super) struct Pair {
    /// The public half, as its owner pastes it.
    pub(super) public: String,
    folder: TempDir,
}

impl Pair {
    /// One of age.
    pub(super) fn age() -> Pair {
        Pair::make("age")
    }

    /// One of SSH, of the type Ed25519.
    pub(super) fn ssh() -> Pair {
        Pair::make("ssh")
    }

    fn make(kind: &str) -> Pair {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        let made = python(MAKE, &[kind, text(&key)]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Pair { public: String::from_utf8(made.stdout).unwrap().trim().to_owned(), folder }
    }

    /// The file with the private half.
    pub(super) fn private(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    /// What is in a locked file; `None` if this key does not open it.
    pub(super) fn open(&self, locked: &[u8]) -> Option<Vec<u8>> {
        let (from, to) = (self.folder.path().join("locked"), self.folder.path().join("opened"));
        std::fs::write(&from, locked).unwrap();
        let opened = python(OPEN, &[text(&self.private()), text(&from), text(&to)]);
        match opened.status.code() {
            Some(0) => Some(std::fs::read(&to).unwrap()),
            Some(3) => None,
            _ => panic!("{}", String::from_utf8_lossy(&opened.stderr)),
        }
    }

    /// Opens every file below `from` into `to`.
    pub(super) fn open_all(&self, from: &Path, to: &Path) {
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                let below = to.join(path.file_name().unwrap());
                std::fs::create_dir(&below).unwrap();
                self.open_all(&path, &below);
            } else {
                let opened = self.open(&std::fs::read(&path).unwrap()).unwrap();
                std::fs::write(to.join(path.file_stem().unwrap()), opened).unwrap();
            }
        }
    }
}

fn python(script: &str, arguments: &[&str]) -> std::process::Output {
    Command::new(tools::python("python")).args(["-c", script]).args(arguments).output().unwrap()
}

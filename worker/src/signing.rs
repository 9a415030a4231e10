//! Signatures over manifests: Ed25519 (RFC 8032), with keys as `openssl` writes and reads them.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// What stands before the 32 bytes of a public key in its SubjectPublicKeyInfo (RFC 8410, section 4).
const PUBLIC_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const PRIVATE: &str = "PRIVATE KEY";
const PUBLIC: &str = "PUBLIC KEY";
/// No key is longer.
const LONGEST_FILE: u64 = 64 * 1024;

/// A private key that signs manifests.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

/// The public half, which anybody may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the key file {} cannot be {what}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The file holds something else.
    #[error("the file {} does not hold an Ed25519 {wanted} in PEM; {}", path.display(), made_by(wanted))]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// `PRIVATE KEY` or `PUBLIC KEY`.
        wanted: &'static str,
    },
    /// No key could be made.
    #[error("no key could be made: the system has no randomness to give")]
    NotMade,
}

fn made_by(wanted: &str) -> &'static str {
    match wanted {
        PRIVATE => "`handover key signing new --out FILE` makes one, and so does `openssl genpkey -algorithm ed25519`",
        _ => "`handover key signing public` prints one, and so does `openssl pkey -in PRIVATE_KEY_FILE -pubout`",
    }
}

impl SigningKey {
    /// Makes a new key and writes it to a new file that only its owner can read, as PKCS#8 in PEM.
    pub fn create(path: &Path) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::NotMade)?;
        let document = pair.to_pkcs8v1().map_err(|_| KeyError::NotMade)?;
        let text = Zeroizing::new(pem(PRIVATE, document.as_ref()));
        let written = File::options().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|cause| KeyError::File { path: path.to_owned(), what: "written", cause })?;
        Ok(Self { pair })
    }

    /// Reads a private key: unencrypted PKCS#8 in PEM.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = Zeroizing::new(text(path)?);
        let document = unpacked(PRIVATE, &text).map(Zeroizing::new);
        let pair = document.and_then(|document| Ed25519KeyPair::from_pkcs8(&document).ok());
        pair.map(|pair| Self { pair }).ok_or_else(|| KeyError::NotAKey { path: path.to_owned(), wanted: PRIVATE })
    }

    /// The 64 bytes of the signature over `message`.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(key)
    }

    /// The number of its public half.
    pub fn id(&self) -> String {
        self.public().id()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SigningKey({})", self.id())
    }
}

impl PublicKey {
    /// Reads a public key: SubjectPublicKeyInfo in PEM.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let wrong = || KeyError::NotAKey { path: path.to_owned(), wanted: PUBLIC };
        Self::parse(&text(path)?).ok_or_else(wrong)
    }

    /// The key of this PEM text, if it holds one.
    pub fn parse(text: &str) -> Option<Self> {
        let document = unpacked(PUBLIC, text)?;
        let key = document.strip_prefix(&PUBLIC_PREFIX)?;
        key.try_into().ok().map(Self)
    }

    /// As SubjectPublicKeyInfo in PEM.
    pub fn pem(&self) -> String {
        pem(PUBLIC, &self.der())
    }

    /// The number people tell keys apart by: the first 16 hexadecimal digits of the SHA-256 of its SubjectPublicKeyInfo in DER.
    pub fn id(&self) -> String {
        let mut id = hex::encode(Sha256::digest(self.der()));
        id.truncate(16);
        id
    }

    /// Whether this key's private half signed exactly this message.
    pub fn is_signature(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }

    fn der(&self) -> Vec<u8> {
        [&PUBLIC_PREFIX[..], &self.0].concat()
    }
}

fn text(path: &Path) -> Result<String, KeyError> {
    let read = File::open(path).and_then(|file| {
        let mut text = String::new();
        file.take(LONGEST_FILE).read_to_string(&mut text)?;
        Ok(text)
    });
    read.map_err(|cause| KeyError::File { path: path.to_owned(), what: "read", cause })
}

/// RFC 7468, section 3.
fn pem(label: &str, document: &[u8]) -> String {
    let encoded = STANDARD.encode(document);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (place, character) in encoded.chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}

fn unpacked(label: &str, text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (encoded, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let encoded: String = encoded.split_ascii_whitespace().collect();
    STANDARD.decode(encoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_signs_what_only_its_public_half_accepts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        let key = SigningKey::create(&path).unwrap();
        let again = SigningKey::read(&path).unwrap();
        assert_eq!((key.id(), key.public()), (again.id(), again.public()));
        let public = PublicKey::parse(&key.public().pem()).unwrap();
        let signature = again.sign(b"manifest");
        assert_eq!(signature.len(), 64);
        assert!(public.is_signature(b"manifest", &signature));
        assert!(!public.is_signature(b"manifest ", &signature));
        assert!(!public.is_signature(b"manifest", &signature[..63]));
        let other = SigningKey::create(&folder.path().join("other.pem")).unwrap();
        assert!(!other.public().is_signature(b"manifest", &signature));
        assert_ne!(other.id(), key.id());
    }

    #[test]
    fn a_key_file_is_its_owners_alone_and_never_overwritten() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        let key = SigningKey::create(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(matches!(SigningKey::create(&path), Err(KeyError::File { what: "written", .. })));
        assert_eq!(SigningKey::read(&path).unwrap().id(), key.id());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let key = SigningKey::create(&path).unwrap();
        assert!(matches!(PublicKey::read(&path), Err(KeyError::NotAKey { .. })));
        std::fs::write(&path, key.public().pem()).unwrap();
        assert!(matches!(SigningKey::read(&path), Err(KeyError::NotAKey { .. })));
        assert_eq!(PublicKey::read(&path).unwrap(), key.public());
        assert!(matches!(SigningKey::read(&folder.path().join("none")), Err(KeyError::File { .. })));
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }
}

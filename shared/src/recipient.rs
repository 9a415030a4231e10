//! The keys that an archive is encrypted to: public keys of [age](https://c2sp.org/age) and of SSH, so that only their owners can read it.

use crate::export::words;
use aws_lc_rs::{agreement, rand::SystemRandom};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use sha2::{Digest, Sha256};

/// How many keys an archive may be encrypted to.
pub const MOST_RECIPIENTS: usize = 20;

/// What the name of an encrypted file ends in.
pub const SUFFIX: &str = ".age";

/// The media type of an encrypted file, as IANA lists it.
pub const MEDIA_TYPE: &str = "application/vnd.age";

/// The longest text that is looked at as a key, in bytes; an `ssh-ed25519` key with a long comment has 300.
const LONGEST: usize = 4096;

/// Letters of a label.
const LONGEST_LABEL: usize = 100;

/// The 32 letters of Bech32, each worth its place (BIP 173).
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

words! {
    /// What a public key is.
    RecipientKind {
        /// age's own: `age1…`.
        X25519 = "x25519",
        /// That of an SSH key pair: `ssh-ed25519 AAAA…`.
        SshEd25519 = "ssh-ed25519",
    }
}

impl RecipientKind {
    /// Where people keep the private half, for the examples in texts.
    pub const fn key_file(self) -> &'static str {
        match self {
            Self::X25519 => "key.txt",
            Self::SshEd25519 => "~/.ssh/id_ed25519",
        }
    }
}

/// A public key that an archive can be encrypted to.
#[derive(Clone)]
pub struct PublicKey(Known);

#[derive(Clone)]
enum Known {
    X25519(age::x25519::Recipient),
    Ssh(age::ssh::Recipient, Vec<u8>),
}

/// Why a text is no key to encrypt to. The text itself is in none of the sentences: it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedKey {
    /// It is, or holds, the private half of a pair.
    #[error(
        "this is a private key. It was not kept, but it has left your machine: make a new pair with `age-keygen -o key.txt`, give its public half (the line that begins with `age1`), and keep the file to yourself"
    )]
    Private,
    /// An RSA key.
    #[error(
        "an `ssh-rsa` key is not taken. Make a pair with `age-keygen -o key.txt`, or with `ssh-keygen -t ed25519`, and give its public half"
    )]
    Rsa,
    /// An SSH key of another type: ECDSA, DSA, or one on a security key.
    #[error(
        "SSH keys of this type cannot decrypt. Make a pair with `age-keygen -o key.txt`, or with `ssh-keygen -t ed25519`, and give its public half"
    )]
    OtherSsh,
    /// A key of an age plugin, or of a type of age that came later.
    #[error("keys of age's plugins are not taken: only those that begin with `age1` and have no second `1` in them")]
    Plugin,
    /// More than one line.
    #[error("this is more than one line: register each key by itself")]
    Several,
    /// Damaged, or nothing of the kind.
    #[error(
        "this is no whole public key. Copy the line that begins with `age1`, which `age-keygen` prints, or the line in `id_ed25519.pub`"
    )]
    Malformed,
    /// A key with which everybody could decrypt.
    #[error("this key protects nothing: it belongs to no pair. Make a pair with `age-keygen -o key.txt`")]
    Weak,
}

/// Why a text cannot be a key's label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one line of 1 to {LONGEST_LABEL} characters")]
pub struct RefusedLabel;

impl PublicKey {
    /// Reads a key as people paste it: one line, with or without the comment of an SSH key.
    pub fn parse(text: &str) -> Result<Self, RefusedKey> {
        if holds_private_key(text) {
            return Err(RefusedKey::Private);
        }
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(RefusedKey::Malformed);
        }
        if text.lines().count() > 1 {
            return Err(RefusedKey::Several);
        }
        let mut parts = text.split_ascii_whitespace();
        match (parts.next().unwrap_or_default(), parts.next()) {
            ("ssh-ed25519", Some(encoded)) => ssh(encoded),
            ("ssh-rsa", _) => Err(RefusedKey::Rsa),
            (first, _) if ["ssh-", "ecdsa-", "sk-"].iter().any(|start| first.starts_with(start)) => {
                Err(if first == "ssh-ed25519" { RefusedKey::Malformed } else { RefusedKey::OtherSsh })
            }
            (only, None) => x25519(only),
            _ => Err(RefusedKey::Malformed),
        }
    }

    /// What it is.
    pub fn kind(&self) -> RecipientKind {
        match self.0 {
            Known::X25519(_) => RecipientKind::X25519,
            Known::Ssh(..) => RecipientKind::SshEd25519,
        }
    }

    /// The key in the one way of writing it: lower case, without a comment.
    pub fn text(&self) -> String {
        match &self.0 {
            Known::X25519(key) => key.to_string(),
            Known::Ssh(key, _) => key.to_string(),
        }
    }

    /// By what people tell keys apart: the two ends of an `age1…` key; of an SSH key the fingerprint that `ssh-keygen -l` prints.
    pub fn short(&self) -> String {
        match &self.0 {
            Known::X25519(key) => {
                let text = key.to_string();
                let (start, end) = (text.get(..12), text.get(text.len() - 6..));
                format!("{}…{}", start.unwrap_or_default(), end.unwrap_or_default())
            }
            Known::Ssh(_, blob) => format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(blob))),
        }
    }

    /// As the library that encrypts takes it.
    pub fn as_age(&self) -> &(dyn age::Recipient + Send + Sync) {
        match &self.0 {
            Known::X25519(key) => key,
            Known::Ssh(key, _) => key,
        }
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "PublicKey({})", self.short())
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for PublicKey {}

/// Whether a text holds the private half of a key pair: of age, of one of its plugins, or in a PEM file. Nothing of such a text may be shown or kept.
pub fn holds_private_key(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    ["AGE-SECRET-KEY-", "AGE-PLUGIN-", "PRIVATE KEY-----", "PUTTY-USER-KEY-FILE", "PUTTY-PRIVATE-"]
        .iter()
        .any(|mark| upper.contains(mark))
}

/// A label as it is kept: without white space around it, and without characters that could make it look like something else.
pub fn label(text: &str) -> Result<&str, RefusedLabel> {
    let label = text.trim();
    let is_hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let fits = !label.is_empty() && label.chars().count() <= LONGEST_LABEL && !label.contains(is_hidden);
    if fits { Ok(label) } else { Err(RefusedLabel) }
}

fn x25519(text: &str) -> Result<PublicKey, RefusedKey> {
    let data = text.get(..4).filter(|start| start.eq_ignore_ascii_case("age1")).and(text.get(4..));
    // Bech32 has no 1 among its letters: a second one ends a longer name of a type.
    if data.ok_or(RefusedKey::Malformed)?.contains('1') {
        return Err(RefusedKey::Plugin);
    }
    let key: age::x25519::Recipient = text.parse().map_err(|_| RefusedKey::Malformed)?;
    let point = point(&key.to_string()).ok_or(RefusedKey::Malformed)?;
    if agrees(&point) { Ok(PublicKey(Known::X25519(key))) } else { Err(RefusedKey::Weak) }
}

fn ssh(encoded: &str) -> Result<PublicKey, RefusedKey> {
    // The library reads as many letters as a key has and passes over the rest.
    let blob = STANDARD_NO_PAD.decode(encoded.trim_end_matches('=')).map_err(|_| RefusedKey::Malformed)?;
    let key = format!("ssh-ed25519 {encoded}").parse().map_err(|_| RefusedKey::Malformed)?;
    match &key {
        age::ssh::Recipient::SshEd25519(read, point) if *read == blob => {
            let weak = point.is_small_order();
            if weak { Err(RefusedKey::Weak) } else { Ok(PublicKey(Known::Ssh(key, blob))) }
        }
        _ => Err(RefusedKey::Malformed),
    }
}

/// The 32 bytes in an `age1…` text whose checksum was found right.
fn point(text: &str) -> Option<[u8; 32]> {
    let data = text.strip_prefix("age1")?;
    let (mut bytes, mut waiting, mut bits) = (Vec::with_capacity(32), 0_u32, 0);
    for letter in data.get(..data.len().checked_sub(6)?)?.bytes() {
        let value = BECH32.iter().position(|known| *known == letter)?;
        waiting = (waiting << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((waiting >> bits) & 0xff).ok()?);
        }
    }
    bytes.try_into().ok()
}

/// Whether a secret can be agreed on with this key: with a point of small order the result is zero whatever the other side chose (RFC 7748, section 6.1).
fn agrees(point: &[u8; 32]) -> bool {
    let Ok(own) = agreement::EphemeralPrivateKey::generate(&agreement::X25519, &SystemRandom::new()) else {
        return false;
    };
    let theirs = agreement::UnparsedPublicKey::new(&agreement::X25519, point);
    agreement::agree_ephemeral(own, theirs, (), |secret| secret.iter().any(|byte| *byte != 0).then_some(()).ok_or(()))
        .is_ok()
}

#[cfg(test)]
mod tests;

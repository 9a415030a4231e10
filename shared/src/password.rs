//! Passwords of operators: what may be one, and its Argon2id hash (RFC 9106).

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use secrecy::{ExposeSecret, SecretString};
use std::{collections::BTreeSet, sync::LazyLock};
use tokio::sync::Semaphore;

/// The fewest characters.
pub const SHORTEST: usize = 12;
/// The most characters.
pub const LONGEST: usize = 128;

/// KiB of memory, passes and lanes: the first choice of OWASP's Password Storage Cheat Sheet.
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// How many are hashed at once: each takes 19 MiB, and whoever signs in can wait.
static PLACES: Semaphore = Semaphore::const_new(2);

/// The hash of a password that nobody has: with it an unknown account takes as long as a known one.
static NOBODYS: LazyLock<Option<String>> = LazyLock::new(|| hash_now(&generate()).ok());

/// Too well known, or what people think of first at this place; each is looked for in the password, without regard to case.
const OBVIOUS: [&str; 16] = [
    "password",
    "passwort",
    "contrase",
    "motdepasse",
    "123456789",
    "987654321",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "1q2w3e4r5t",
    "letmein",
    "iloveyou",
    "handover",
    "administrator",
    "changeme",
];

/// A password that may be one.
#[derive(Clone)]
pub struct Password(SecretString);

/// Why a text cannot be a password, or could not be hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It has fewer than 12 characters.
    #[error("a password has at least {SHORTEST} characters; a few words in a row are easy to remember")]
    TooShort,
    /// It has more than 128 characters.
    #[error("a password has at most {LONGEST} characters")]
    TooLong,
    /// It holds a control character, which no keyboard types.
    #[error("a password cannot hold control characters such as a tab or a line break")]
    Control,
    /// It is made of too few different characters.
    #[error("this password repeats too few characters: use at least 5 different ones")]
    Monotonous,
    /// It is one of the first that anybody would try.
    #[error("this password is among the first that anybody would try: use one without `{0}`")]
    Obvious(&'static str),
    /// It holds the account's own address or name.
    #[error("the password holds the account's own name or address: use one without it")]
    OwnName,
    /// The hash could not be made.
    #[error("the password could not be hashed")]
    Hashing,
}

impl Password {
    /// Takes the text as the password of an account with this e-mail address and name.
    pub fn new(text: &SecretString, email: &str, name: &str) -> Result<Self, PasswordError> {
        let exposed = text.expose_secret();
        let length = exposed.chars().count();
        if exposed.chars().any(char::is_control) {
            return Err(PasswordError::Control);
        }
        if length < SHORTEST {
            return Err(PasswordError::TooShort);
        }
        if length > LONGEST {
            return Err(PasswordError::TooLong);
        }
        if exposed.chars().collect::<BTreeSet<_>>().len() < 5 {
            return Err(PasswordError::Monotonous);
        }
        let lower = exposed.to_lowercase();
        let local = email.split('@').next().unwrap_or_default();
        let own = name.split_whitespace().chain([local]).map(str::to_lowercase);
        if own.filter(|part| part.chars().count() >= 4).any(|part| lower.contains(&part)) {
            return Err(PasswordError::OwnName);
        }
        match OBVIOUS.iter().find(|word| lower.contains(**word)) {
            // As a part of something long it tells little.
            Some(word) if length < word.chars().count() + SHORTEST => Err(PasswordError::Obvious(word)),
            _ => Ok(Self(text.clone())),
        }
    }

    /// A random one for somebody who is to change it: 20 letters and digits in five groups.
    pub fn random() -> Self {
        Self(generate())
    }

    /// Its text, to be shown once.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Its hash in PHC string format, with a new salt. Takes its time and its memory on a thread of its own.
    pub async fn hash(self) -> Result<String, PasswordError> {
        let _place = PLACES.acquire().await.map_err(|_| PasswordError::Hashing)?;
        let hashed = tokio::task::spawn_blocking(move || hash_now(&self.0));
        hashed.await.unwrap_or(Err(PasswordError::Hashing))
    }
}

/// Whether what was typed has this hash. With `None` nothing has, and that takes as long to say.
pub async fn is_right(typed: SecretString, hash: Option<String>) -> bool {
    let Ok(_place) = PLACES.acquire().await else { return false };
    let compared = tokio::task::spawn_blocking(move || {
        let nobodys = NOBODYS.as_deref();
        let is_somebodys = hash.is_some();
        let Some(hash) = hash.as_deref().or(nobodys) else { return false };
        // No longer text is ever hashed into a password.
        let typed = if typed.expose_secret().len() <= LONGEST * 4 { typed.expose_secret() } else { "" };
        let Ok(hash) = PasswordHash::new(hash) else { return false };
        let is_it = Argon2::default().verify_password(typed.as_bytes(), &hash).is_ok();
        is_it && is_somebodys
    });
    compared.await.unwrap_or(false)
}

fn hash_now(password: &SecretString) -> Result<String, PasswordError> {
    let parameters = Params::new(MEMORY, PASSES, LANES, None).map_err(|_| PasswordError::Hashing)?;
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    let hash: argon2::PasswordHash =
        hasher.hash_password(password.expose_secret().as_bytes()).map_err(|_| PasswordError::Hashing)?;
    Ok(hash.to_string())
}

/// 20 letters and digits that no font shows alike: 100 random bits.
fn generate() -> SecretString {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes = crate::key_list::random();
    let text: String = bytes
        .iter()
        .take(20)
        .enumerate()
        .flat_map(|(place, byte)| {
            let letter = char::from(LETTERS[usize::from(byte % 32)]);
            (place > 0 && place % 4 == 0).then_some('-').into_iter().chain([letter])
        })
        .collect();
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<PasswordError> {
        Password::new(&text.into(), "ann.lee@example.com", "Ann Leeuwen").err()
    }

    #[test]
    fn what_anybody_would_try_first_is_no_password() {
        assert_eq!(refused("short"), Some(PasswordError::TooShort));
        assert_eq!(refused(&"aB3$x".repeat(26)), Some(PasswordError::TooLong));
        assert_eq!(refused("abababababababab"), Some(PasswordError::Monotonous));
        assert_eq!(refused("My-Password-2026"), Some(PasswordError::Obvious("password")));
        assert_eq!(refused("I am ann.LEE of here"), Some(PasswordError::OwnName));
        assert_eq!(refused("leeuwen of the north"), Some(PasswordError::OwnName));
        assert_eq!(refused("with a\ttab in the middle"), Some(PasswordError::Control));
        assert_eq!(refused("correct horse battery"), None);
        assert_eq!(refused("ein längeres Wort täte es"), None);
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_and_nothing_else_is() {
        let password = Password::random();
        assert_eq!(password.expose().len(), 24);
        assert_ne!(password.expose(), Password::random().expose());
        let typed = SecretString::from(password.expose().to_owned());
        let hash = password.hash().await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(is_right(typed.clone(), Some(hash.clone())).await);
        assert!(!is_right("another password".into(), Some(hash)).await);
        assert!(!is_right(typed.clone(), None).await);
        assert!(!is_right(typed, Some("no hash".into())).await);
    }
}

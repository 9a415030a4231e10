//! The keys of one product: from its settings, or from a set in a file or at an address, which is read again as it grows old.

use super::{
    jwks,
    key::{VerifyingKey, select},
};
use chrono::{DateTime, TimeDelta, Utc};
use shared::config::PortalSourceConfig;
use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::Mutex;
use url::Url;

/// How long keys count that could not be read again.
const STALE: TimeDelta = TimeDelta::hours(1);
/// How long an address may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// The largest set in bytes.
const LARGEST: usize = 256 * 1024;

/// The keys of one product.
pub(super) struct KeySet {
    place: Place,
    known: RwLock<Known>,
    /// Held by the one who reads them again.
    turn: Mutex<()>,
}

/// Where keys come from.
enum Place {
    Settings,
    File(PathBuf),
    Address(Box<Url>),
}

/// The keys as they were last read.
#[derive(Clone)]
struct Known {
    keys: Arc<[VerifyingKey]>,
    read_at: DateTime<Utc>,
    tried_at: DateTime<Utc>,
}

/// Why keys cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeySetError {
    /// A configured key is wrong.
    #[error("a configured key of portal tokens cannot be read: {0}")]
    Settings(String),
    /// The file cannot be read.
    #[error("the file cannot be read")]
    File(#[source] std::io::Error),
    /// The address does not answer.
    #[error("the address does not answer as it should")]
    Address(#[source] reqwest::Error),
    /// It is more than a set of keys would be.
    #[error("it is larger than {LARGEST} bytes")]
    TooLarge,
    /// It is no set of keys, or one without a key that counts.
    #[error("it is no JWK set with a key for EdDSA, ES256 or RS256")]
    NoKeys,
}

impl Place {
    /// How long keys from there are fresh, and how long after a try the next one is made.
    fn pace(&self) -> (TimeDelta, TimeDelta) {
        match self {
            Self::Settings => (TimeDelta::MAX, TimeDelta::MAX),
            Self::File(_) => (TimeDelta::seconds(5), TimeDelta::seconds(1)),
            Self::Address(_) => (TimeDelta::minutes(10), TimeDelta::seconds(10)),
        }
    }

    /// A name for the log. An address may hold more than its host.
    fn name(&self) -> String {
        match self {
            Self::Settings => "the settings".into(),
            Self::File(file) => file.display().to_string(),
            Self::Address(url) => url.host_str().unwrap_or_default().into(),
        }
    }

    async fn read(&self) -> Result<Vec<VerifyingKey>, KeySetError> {
        let bytes = match self {
            Self::Settings => return Err(KeySetError::NoKeys),
            Self::File(file) => tokio::fs::read(file).await.map_err(KeySetError::File)?,
            Self::Address(url) => fetch(url).await?,
        };
        if bytes.len() > LARGEST {
            return Err(KeySetError::TooLarge);
        }
        jwks::parse(&bytes).filter(|keys| !keys.is_empty()).ok_or(KeySetError::NoKeys)
    }
}

impl KeySet {
    /// The keys of these settings. A file or an address is read when the first token comes.
    pub(super) fn open(settings: &PortalSourceConfig) -> Result<Self, KeySetError> {
        let place = match (&settings.jwks_file, &settings.jwks_url) {
            (Some(file), _) => Place::File(file.clone()),
            (None, Some(url)) => Place::Address(Box::new(url.clone())),
            (None, None) => Place::Settings,
        };
        let keys = settings.keys().map_err(KeySetError::Settings)?.into_iter().map(VerifyingKey::from).collect();
        let never = DateTime::UNIX_EPOCH;
        Ok(Self { place, known: RwLock::new(Known { keys, read_at: never, tried_at: never }), turn: Mutex::new(()) })
    }

    /// The key of this name, without a name the only one. Old keys are read again first; so are fresh ones, but not often, if none has the name.
    pub(super) async fn find(&self, id: Option<&str>, now: DateTime<Utc>) -> Option<VerifyingKey> {
        let known = self.known();
        let (fresh, _) = self.place.pace();
        if now - known.read_at <= fresh
            && let Some(key) = select(&known.keys, id)
        {
            return Some(key.clone());
        }
        if let Place::Settings = self.place {
            return None;
        }
        let known = self.read_again(&known, now).await;
        if now - known.read_at > STALE {
            return None;
        }
        select(&known.keys, id).cloned()
    }

    /// The keys after reading them again, unless somebody just did or tried.
    async fn read_again(&self, seen: &Known, now: DateTime<Utc>) -> Known {
        let _turn = self.turn.lock().await;
        let mut known = self.known();
        let (_, pause) = self.place.pace();
        if known.read_at > seen.read_at || now - known.tried_at < pause {
            return known;
        }
        known.tried_at = now;
        match self.place.read().await {
            Ok(keys) => (known.keys, known.read_at) = (keys.into(), now),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                let place = self.place.name();
                tracing::warn!(place, %error, cause, "The keys of portal tokens could not be read; those known count for an hour");
            }
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known.clone();
        known
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What lies at the address, if it answers itself, at once, and with 200.
async fn fetch(url: &Url) -> Result<Vec<u8>, KeySetError> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .https_only(url.scheme() == "https")
        .build()
        .map_err(KeySetError::Address)?;
    let answer = client.get(url.clone()).header("accept", "application/jwk-set+json, application/json").send().await;
    let mut answer = answer
        .and_then(reqwest::Response::error_for_status)
        .map_err(|error| KeySetError::Address(error.without_url()))?;
    if answer.status() != reqwest::StatusCode::OK {
        return Err(KeySetError::NoKeys);
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| KeySetError::Address(error.without_url()))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST {
            return Err(KeySetError::TooLarge);
        }
    }
    Ok(bytes)
}

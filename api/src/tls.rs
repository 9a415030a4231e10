//! TLS in the process itself: 1.2 and 1.3, with a certificate that is read again when its files change.

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use sha2::{Digest, Sha256};
use std::{
    fmt, io,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{variable}: {} cannot be read", path.display())]
    Unreadable {
        /// The setting.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file holds no certificate, or no key.
    #[error("{variable}: {} is not PEM with {what}", path.display())]
    Malformed {
        /// The setting.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// Key and certificate are not of each other, or cannot be used.
    #[error("the certificate and its key cannot be used (HANDOVER_TLS__CERTIFICATE_FILE, HANDOVER_TLS__KEY_FILE)")]
    Unusable(#[source] rustls::Error),
}

/// The certificate that connections get; the newest good one.
pub(crate) struct Certificate {
    certificate_file: PathBuf,
    key_file: PathBuf,
    provider: Arc<CryptoProvider>,
    current: RwLock<Loaded>,
}

#[derive(Clone)]
struct Loaded {
    key: Arc<CertifiedKey>,
    /// SHA-256 of both files.
    version: [u8; 32],
}

impl Certificate {
    /// Reads both files.
    pub(crate) fn open(certificate_file: PathBuf, key_file: PathBuf) -> Result<Arc<Self>, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let current = RwLock::new(load(&certificate_file, &key_file, &provider)?);
        Ok(Arc::new(Self { certificate_file, key_file, provider, current }))
    }

    /// What the server speaks.
    pub(crate) fn server_config(self: &Arc<Self>) -> Result<ServerConfig, TlsError> {
        Ok(ServerConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unusable)?
            .with_no_client_auth()
            .with_cert_resolver(self.clone()))
    }

    /// Looks at the files again and again. New ones that are not good change nothing, and are told of once.
    pub(crate) async fn watch(&self) {
        let mut ticks = tokio::time::interval(LOOK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut told = false;
        loop {
            ticks.tick().await;
            // Two small files, and seldom.
            match load(&self.certificate_file, &self.key_file, &self.provider) {
                Ok(loaded) => {
                    told = false;
                    let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                    if loaded.version != current.version {
                        *current = loaded;
                        tracing::info!("New connections get the new certificate");
                    }
                }
                Err(error) if !told => {
                    told = true;
                    tracing::warn!(%error, "The files of the certificate changed and cannot be used: the one before stays");
                }
                Err(_) => {}
            }
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).key.clone())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificate").field("file", &self.certificate_file).finish_non_exhaustive()
    }
}

fn load(certificate_file: &PathBuf, key_file: &PathBuf, provider: &CryptoProvider) -> Result<Loaded, TlsError> {
    const CERTIFICATE: &str = "HANDOVER_TLS__CERTIFICATE_FILE";
    const KEY: &str = "HANDOVER_TLS__KEY_FILE";
    let read = |variable, path: &PathBuf| {
        std::fs::read(path).map_err(|source| TlsError::Unreadable { variable, path: path.clone(), source })
    };
    let (certificates, key) = (read(CERTIFICATE, certificate_file)?, read(KEY, key_file)?);
    let version = Sha256::new().chain_update(Sha256::digest(&certificates)).chain_update(&key).finalize().into();
    let malformed = |variable, path: &PathBuf, what| TlsError::Malformed { variable, path: path.clone(), what };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&certificates)
        .collect::<Result<_, _>>()
        .ok()
        .filter(|chain: &Vec<_>| !chain.is_empty())
        .ok_or_else(|| malformed(CERTIFICATE, certificate_file, "a certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|_| malformed(KEY, key_file, "a private key"))?;
    let key = CertifiedKey::from_der(chain, key, provider).map_err(TlsError::Unusable)?;
    Ok(Loaded { key: Arc::new(key), version })
}

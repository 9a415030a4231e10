//! The configuration: read once at the start from `handover.toml`, `HANDOVER_*` variables and `*_FILE` secrets; of
//! other variables only those of OpenTelemetry count.
//!
//! The doc comment of each field is its description in `--help`, `.env.example` and the README.

mod audit;
mod brand;
mod console;
mod encryption;
mod findings;
mod frames;
mod given;
mod ledger;
mod limits;
mod links;
mod log;
mod mail;
mod metrics;
mod portal;
mod proxies;
mod queue;
mod reading;
pub mod reference;
mod retention;
mod role;
mod setting;
mod shown;
mod signing;
mod source;
#[cfg(test)]
mod tests;
mod tls;
mod traces;
mod vault;
mod webhooks;
mod worker;

pub use audit::AuditConfig;
pub use brand::{Brand, BrandConfig, Colour, Palette, SourceBrandConfig, Support};
pub use console::ConsoleConfig;
pub use encryption::{EncryptionConfig, EncryptionMode};
pub use given::Given;
pub use ledger::LedgerConfig;
pub use limits::LimitConfig;
pub use links::LinkConfig;
pub use log::{LogConfig, LogFormat};
pub use mail::MailConfig;
pub use metrics::MetricsConfig;
pub use portal::{PortalAlgorithm, PortalConfig, PortalKey, PortalSourceConfig};
pub use proxies::{ForwardedHeader, Networks, NotANetwork};
pub use queue::QueueConfig;
pub use retention::RetentionConfig;
pub use role::Role;
pub use shown::{Origin, Shown};
pub use signing::SigningConfig;
pub use source::SourceConfig;
pub use tls::TlsConfig;
pub use traces::TraceConfig;
pub use vault::{ServerSideEncryption, VaultConfig};
pub use webhooks::WebhookConfig;
pub use worker::WorkerConfig;

use crate::language::Language;
use findings::Findings;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;

/// Below this a pause of the machine would look like a dead worker.
const SHORTEST_LEASE: Duration = Duration::from_secs(5);

/// Everything that can be set.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port the API listens on.
    #[schemars(extend("format" = "socket-address"))]
    pub listen: SocketAddr,
    /// The address people reach the API at, as it stands in links; default `http://` (with TLS `https://`) and the address listened on. Two processes need it.
    pub public_url: Option<Url>,
    /// The networks of the proxies before the API, as in 10.0.0.0/8,fd00::/8; only they are believed what address a request comes from.
    #[schemars(with = "String")]
    pub trusted_proxies: Networks,
    /// The header in which they say so: `x-forwarded-for` or `forwarded`; the other one is never looked at.
    pub forwarded_header: ForwardedHeader,
    /// Who may show the pages in a frame: `none`, or `self` and origins such as `https://app.example.com`, separated by commas.
    pub frame_ancestors: String,
    /// Folder of the embedded ledger, vault and mailbox.
    pub data_dir: PathBuf,
    /// The product's name, as pages and mails show it.
    pub product: String,
    /// The language of exports that are asked for without one, and of people who say none: `en`, `de`, `es` or `fr`.
    pub language: Language,
    /// How pages and mails look, and where they lead.
    pub brand: BrandConfig,
    /// The same for one source's product, where it differs.
    pub brands: BTreeMap<String, SourceBrandConfig>,
    /// The ledger.
    pub ledger: LedgerConfig,
    /// The queue.
    pub queue: QueueConfig,
    /// The vault.
    pub vault: VaultConfig,
    /// Encryption.
    pub encryption: EncryptionConfig,
    /// Mail.
    pub mail: MailConfig,
    /// Links.
    pub links: LinkConfig,
    /// Retention.
    pub retention: RetentionConfig,
    /// The audit.
    pub audit: AuditConfig,
    /// The console.
    pub console: ConsoleConfig,
    /// Portal tokens.
    pub portal: PortalConfig,
    /// Webhooks.
    pub webhooks: WebhookConfig,
    /// Signatures.
    pub signing: SigningConfig,
    /// TLS in the process itself.
    pub tls: TlsConfig,
    /// Fair use.
    pub limits: LimitConfig,
    /// The worker.
    pub worker: WorkerConfig,
    /// Logs.
    pub log: LogConfig,
    /// Metrics.
    pub metrics: MetricsConfig,
    /// Traces.
    pub traces: TraceConfig,
    /// The sources by name (`HANDOVER_SOURCES__CEPPRO__URL`); only for processes that run a worker.
    pub sources: BTreeMap<String, SourceConfig>,
    /// What was set.
    #[serde(skip)]
    #[schemars(skip)]
    pub given: Given,
}

/// Why the configuration was refused: every finding names its variable and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration is refused:\n{}", findings.join("\n"))]
pub struct ConfigError {
    /// One line a finding.
    pub findings: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            trusted_proxies: Networks::default(),
            forwarded_header: ForwardedHeader::default(),
            frame_ancestors: "none".into(),
            data_dir: "./handover-data".into(),
            product: "Handover".into(),
            language: Language::English,
            brand: BrandConfig::default(),
            brands: BTreeMap::new(),
            ledger: LedgerConfig::default(),
            queue: QueueConfig::default(),
            vault: VaultConfig::default(),
            encryption: EncryptionConfig::default(),
            mail: MailConfig::default(),
            links: LinkConfig::default(),
            retention: RetentionConfig::default(),
            audit: AuditConfig::default(),
            console: ConsoleConfig::default(),
            portal: PortalConfig::default(),
            webhooks: WebhookConfig::default(),
            signing: SigningConfig::default(),
            tls: TlsConfig::default(),
            limits: LimitConfig::default(),
            worker: WorkerConfig::default(),
            log: LogConfig::default(),
            metrics: MetricsConfig::default(),
            traces: TraceConfig::default(),
            sources: BTreeMap::new(),
            given: Given::default(),
        }
    }
}

impl Config {
    /// Reads `file` (if given or if `handover.toml` exists in the working folder) and `variables` (the process environment, passed in), checks them for `role`.
    pub fn read(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
        role: Role,
    ) -> Result<Self, ConfigError> {
        let mut findings = Findings::default();
        let variables: Vec<(String, String)> = variables.into_iter().collect();
        let mut config = reading::read(file, variables.iter().cloned(), &mut findings);
        let standard = variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        config.traces.adopt(standard, &mut findings);
        config.check(role, &mut findings);
        findings.or(config)
    }

    fn check(&self, role: Role, findings: &mut Findings) {
        if let Some(url) = &self.public_url
            && !(matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none())
        {
            findings.add("HANDOVER_PUBLIC_URL", "must be http:// or https:// with a host and at most a path");
        }
        if self.product.trim().is_empty() || self.product.contains(char::is_control) {
            findings.add("HANDOVER_PRODUCT", "must be a name on one line");
        }
        if !Language::OFFERED.contains(&self.language) {
            findings.add("HANDOVER_LANGUAGE", "must be en, de, es or fr");
        }
        self.brand.check(findings);
        for (source, brand) in &self.brands {
            brand.check(source, findings);
        }
        if self.data_dir.as_os_str().is_empty() {
            findings.add("HANDOVER_DATA_DIR", "must name a folder");
        }
        frames::check(&self.frame_ancestors, findings);
        self.tls.check(findings);
        self.limits.check(findings);
        self.ledger.check(findings);
        self.queue.check(findings);
        self.vault.check(findings);
        self.encryption.check(findings);
        self.mail.check(findings);
        self.links.check(findings);
        self.retention.check(findings);
        self.audit.check(findings);
        self.portal.check(findings);
        self.webhooks.check(findings);
        self.worker.check(findings);
        self.log.check(findings);
        self.traces.check(findings);
        role.check(self, findings);
    }

    /// The address links begin with; its path ends in a slash, so that [`Url::join`] appends.
    pub fn public_url(&self) -> Url {
        let mut url = self.public_url.clone().unwrap_or_else(|| self.listen_url());
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        url
    }

    #[expect(clippy::expect_used, reason = "an IP address and a port always make an address")]
    fn listen_url(&self) -> Url {
        let mut reached = self.listen;
        // Nobody can open 0.0.0.0.
        if reached.ip().is_unspecified() {
            reached.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        let scheme = if self.tls.files().is_some() { "https" } else { "http" };
        Url::parse(&format!("{scheme}://{reached}/")).expect("address of a socket")
    }

    /// Who may show the pages in a frame, as sources of the CSP directive `frame-ancestors`.
    pub fn frame_sources(&self) -> String {
        frames::sources(&self.frame_ancestors).unwrap_or_else(|| "'none'".into())
    }

    /// The ledger's URL, by default of `ledger.sqlite` in the data folder.
    pub fn ledger_url(&self) -> SecretString {
        self.ledger.url.clone().unwrap_or_else(|| {
            // What sqlx would read as an escape or as the start of parameters.
            let path = self
                .data_dir
                .join("ledger.sqlite")
                .to_string_lossy()
                .replace('%', "%25")
                .replace('?', "%3F")
                .replace('#', "%23");
            format!("sqlite://{path}").into()
        })
    }

    /// How what belongs to this source looks; what its own brand leaves out is the installation's.
    pub fn brand(&self, source: &str) -> Brand {
        Brand::new(&self.product, &self.brand, self.brands.get(source))
    }

    /// How what belongs to no source looks.
    pub fn own_brand(&self) -> Brand {
        Brand::new(&self.product, &self.brand, None)
    }

    /// Whether archives are kept in the data folder.
    pub fn is_embedded_vault(&self) -> bool {
        self.vault.bucket.is_none()
    }

    /// Whether the queue is in the process.
    pub fn is_embedded_queue(&self) -> bool {
        self.queue.url.is_none()
    }

    /// Whether mails are written to the mailbox folder.
    pub fn is_embedded_mail(&self) -> bool {
        self.mail.url.is_none()
    }
}

//! The configuration: read once at the start from `handover.toml`, `HANDOVER_*` variables and `*_FILE` secrets.
//!
//! The doc comment of each field is its description in `--help`, `.env.example` and the README.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};
use url::Url;

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port the API listens on.
    pub listen: SocketAddr,
    /// The address people reach the API at, as it stands in links; default `http://<listen>`.
    pub public_url: Option<Url>,
    /// Folder of the embedded ledger, vault and mailbox.
    pub data_dir: PathBuf,
    /// The product's name, as pages and mails show it.
    pub product: String,
    /// The ledger.
    pub ledger: LedgerConfig,
    /// The queue.
    pub queue: QueueConfig,
    /// The vault.
    pub vault: VaultConfig,
    /// Mail.
    pub mail: MailConfig,
    /// Links.
    pub links: LinkConfig,
    /// The worker.
    pub worker: WorkerConfig,
    /// Logs.
    pub log: LogConfig,
    /// The sources by name (`HANDOVER_SOURCES__CEPPRO__URL`); only for processes that run a worker.
    pub sources: BTreeMap<String, SourceConfig>,
}

/// The ledger.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerConfig {
    /// `postgres://…` or `sqlite://path`; default a SQLite file in the data folder.
    #[schemars(with = "Option<String>")]
    pub url: Option<SecretString>,
}

/// The queue.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QueueConfig {
    /// `redis://…` or `rediss://…`; without it the queue is in the process, which only `handover serve` can do.
    #[schemars(with = "Option<String>")]
    pub url: Option<SecretString>,
    /// First part of every Redis key.
    pub prefix: String,
    /// How many doorbells of one kind Redis holds at the most; the ledger keeps the rest.
    pub window: u32,
    /// How long a worker may be silent before Redis hands its doorbell to another.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub lease: Duration,
}

/// The vault.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VaultConfig {
    /// S3 bucket; without it archives are kept in the data folder.
    pub bucket: Option<String>,
    /// First part of every object key.
    pub prefix: String,
    /// Region of the bucket.
    pub region: String,
    /// Endpoint of an S3-compatible server; default AWS.
    pub endpoint: Option<Url>,
    /// Address buckets by path instead of by host name.
    pub path_style: bool,
    /// Access key; without it the AWS SDK's own chain (profile, web identity, instance role) is used.
    pub access_key_id: Option<String>,
    /// Secret of the access key.
    #[schemars(with = "Option<String>")]
    pub secret_access_key: Option<SecretString>,
    /// Encryption by the server: `AES256`, `aws:kms` or `none`.
    pub encryption: ServerSideEncryption,
    /// The KMS key for `aws:kms`.
    pub kms_key_id: Option<String>,
    /// Size of an uploaded part in MiB, 5 to 1024; 10,000 parts are the most an object can have.
    pub part_mebibytes: u32,
    /// Parts uploaded at the same time per archive; each holds its size in memory.
    pub concurrency: u32,
}

/// Encryption that the S3 server applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ServerSideEncryption {
    /// None is asked for; for servers that offer none.
    #[serde(rename = "none")]
    None,
    /// SSE-S3.
    #[serde(rename = "AES256")]
    Aes256,
    /// SSE-KMS.
    #[serde(rename = "aws:kms")]
    AwsKms,
}

/// Mail.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`; `smtp+plain://` sends without TLS. Without it mails are written to the mailbox folder.
    #[schemars(with = "Option<String>")]
    pub url: Option<SecretString>,
    /// Sender, `Name <address>` or an address.
    pub from: String,
    /// A PEM file with further certificate authorities to trust for the relay.
    pub ca_file: Option<PathBuf>,
}

/// Links.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LinkConfig {
    /// Signing keys, `id:base64` of 32 random bytes, comma-separated; the first signs, all are accepted. Default: a key made in the data folder.
    #[schemars(with = "Option<String>")]
    pub keys: Option<SecretString>,
    /// How long a link leads to its archive, and how long the archive is kept.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub lifetime: Duration,
    /// How long the presigned address behind a download lives; at most 5 minutes.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub presigned_lifetime: Duration,
}

/// The worker.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WorkerConfig {
    /// Exports run at the same time.
    pub exports: u32,
    /// Mails sent at the same time.
    pub notifications: u32,
    /// How long a worker may be silent before another takes its export.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub lease: Duration,
    /// How often the ledger is searched for work that no doorbell announced.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub reconcile_every: Duration,
    /// How often an export is tried before it fails.
    pub attempts: u32,
    /// Wait before the second attempt; doubled for each further one, with jitter.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub retry_after: Duration,
    /// How long running work may take to finish after the first stop signal.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub shutdown: Duration,
}

/// Logs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `text` for people, `json` for machines.
    pub format: LogFormat,
    /// What is logged, as in `info` or `info,worker=debug`.
    pub filter: String,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// One source.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// `postgres://…` or `sqlite://path`.
    #[schemars(with = "String")]
    pub url: SecretString,
    /// Path of its reviewed catalog.
    pub catalog: PathBuf,
}

/// What a process does, which decides what its configuration must and must not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `handover serve`: API and worker in one process.
    Serve,
    /// `handover api`: needs a shared ledger, queue, vault and link keys; must not hold sources.
    Api,
    /// `handover worker`: needs a shared ledger, queue, vault and link keys.
    Worker,
    /// A command that only uses the ledger (`migrate`, `key`, `healthcheck`).
    Ledger,
}

/// Why the configuration was refused: every finding names its variable and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration is refused:\n{}", findings.join("\n"))]
pub struct ConfigError {
    /// One line a finding.
    pub findings: Vec<String>,
}

impl Config {
    /// Reads `file` (if given or if `handover.toml` exists in the working folder) and `variables` (the process environment, passed in), checks them for `role`.
    pub fn read(
        _file: Option<&std::path::Path>,
        _variables: impl IntoIterator<Item = (String, String)>,
        _role: Role,
    ) -> Result<Self, ConfigError> {
        todo!()
    }
}

impl Default for Config {
    fn default() -> Self {
        todo!()
    }
}

impl Default for LedgerConfig {
    fn default() -> Self {
        todo!()
    }
}

impl Default for QueueConfig {
    fn default() -> Self {
        todo!()
    }
}

impl Default for VaultConfig {
    fn default() -> Self {
        todo!()
    }
}

impl Default for MailConfig {
    fn default() -> Self {
        todo!()
    }
}

impl Default for LinkConfig {
    fn default() -> Self {
        todo!()
    }
}

impl Default for WorkerConfig {
    fn default() -> Self {
        todo!()
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        todo!()
    }
}

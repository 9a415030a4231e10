//! What every job of a worker needs.

use crate::{
    ceilings::Ceilings, error::ExportError, mail::Mailer, notary::Notary, signing::SigningKey, source::Source,
    timekeeping::Timekeeping,
};
use chrono::{DateTime, Utc};
use shared::{config::Config, keyring::Keyring, ledger::Ledger, link::LinkSigner, queue::Queue, vault::Vault};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const MINUTE: Duration = Duration::from_secs(60);

/// What every job of a worker needs; shared by all of them.
pub struct Context {
    /// The configuration.
    pub config: Config,
    /// The ledger.
    pub ledger: Ledger,
    /// The queue.
    pub queue: Queue,
    /// The vault.
    pub vault: Vault,
    /// Wraps the data keys of archives.
    pub keyring: Keyring,
    /// Makes link tokens.
    pub signer: LinkSigner,
    /// Sends mails.
    pub mailer: Mailer,
    /// Signs manifests, if configured.
    pub signing: Option<Arc<SigningKey>>,
    /// Signs for the audit.
    pub notary: Notary,
    /// The sources this worker serves.
    pub sources: BTreeMap<String, ServedSource>,
    /// Unique for this start of the process, so that a lease of an earlier start is never taken for ours.
    pub worker_id: String,
    /// Cancelled when what still runs has to be handed over, because this process ends.
    pub leaving: CancellationToken,
    /// Whether this machine's clock may be trusted with leases.
    pub timekeeping: Timekeeping,
}

/// A source with its catalog.
pub struct ServedSource {
    /// Where it is.
    pub source: Source,
    /// The path of its reviewed catalog, read anew for each export.
    pub catalog: PathBuf,
    /// How many exports may read it at the same time.
    pub exports: u32,
    /// How much one export may hold.
    pub ceilings: Ceilings,
}

impl Context {
    /// Brings together what `config` names.
    pub fn new(
        config: Config,
        ledger: Ledger,
        queue: Queue,
        vault: Vault,
        signer: LinkSigner,
    ) -> Result<Self, ExportError> {
        let mailer = Mailer::open(&config)?;
        let sources = config
            .sources
            .iter()
            .map(|(name, served)| {
                let source = Source::new(name, &served.url)?;
                Ok((
                    name.clone(),
                    ServedSource {
                        source,
                        catalog: served.catalog.clone(),
                        exports: served.exports,
                        ceilings: Ceilings::of(served),
                    },
                ))
            })
            .collect::<Result<_, ExportError>>()?;
        let signing = config.signing.key_file.as_deref().map(SigningKey::read).transpose()?.map(Arc::new);
        let notary = Notary::open(&config, signing.as_ref())?;
        let keyring = Keyring::open(&config)?;
        let worker_id = Uuid::now_v7().simple().to_string();
        Ok(Self {
            config,
            ledger,
            queue,
            vault,
            keyring,
            signer,
            mailer,
            signing,
            notary,
            sources,
            worker_id,
            leaving: CancellationToken::new(),
            timekeeping: Timekeeping::default(),
        })
    }

    /// The names of the sources that this worker serves.
    pub(crate) fn serves(&self) -> Vec<&str> {
        self.sources.keys().map(String::as_str).collect()
    }

    /// A source that no worker has announced since then is served by nobody.
    pub(crate) fn announced_since(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - self.config.worker.reconcile_every.saturating_mul(3).clamp(MINUTE, 60 * MINUTE)
    }

    /// The served source of this name. A worker that serves what this one does not may be on its way, so the export is tried
    /// again.
    pub fn source(&self, name: &str) -> Result<&ServedSource, ExportError> {
        self.sources.get(name).ok_or_else(|| ExportError::SourceAway {
            message: format!("no worker with the source `{name}` in its configuration took this export"),
            cause: None,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use shared::{
        clock,
        export::{CsvProfile, Format, Layout, Origin, TenantId},
        ledger::{
            Person,
            audit::Actor,
            exports::{self, Export, NewExport, Requested},
        },
    };
    use std::time::Duration;
    use tempfile::TempDir;

    /// A worker on embedded parts with short leases that serves no source.
    pub(crate) async fn embedded(folder: &TempDir) -> Context {
        let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        config.worker.lease = Duration::from_secs(1);
        let ledger = Ledger::open(&config.ledger_url()).await.unwrap();
        ledger.migrate().await.unwrap();
        let queue = Queue::open(&config.queue).await.unwrap();
        let (vault, signer) = (Vault::open(&config).await.unwrap(), LinkSigner::open(&config).unwrap());
        Context::new(config, ledger, queue, vault, signer).unwrap()
    }

    /// A queued export of a source that is not served.
    pub(crate) async fn queued(context: &Context) -> Export {
        let new = NewExport {
            id: Uuid::now_v7(),
            source: "elsewhere".into(),
            tenant: TenantId::new("t1").unwrap(),
            subject: Person::default(),
            origin: Origin::Operator,
            formats: vec![Format::Csv],
            csv_profile: CsvProfile::Lossless,
            layout: Layout::Zip,
            compression: None,
            language: shared::language::Language::English,
            notify: Vec::new(),
            requested_by: None,
            schedule_id: None,
            idempotency: None,
        };
        match exports::request(&context.ledger, new, Actor::default(), clock::now()).await.unwrap() {
            Requested::New(export) => export,
            other => panic!("{other:?}"),
        }
    }
}

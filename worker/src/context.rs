//! What every job of a worker needs.

use crate::{error::ExportError, mail::Mailer, source::Source};
use shared::{config::Config, ledger::Ledger, link::LinkSigner, queue::Queue, vault::Vault};
use std::{collections::BTreeMap, path::PathBuf};
use uuid::Uuid;

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
    /// Makes link tokens.
    pub signer: LinkSigner,
    /// Sends mails.
    pub mailer: Mailer,
    /// The sources this worker serves.
    pub sources: BTreeMap<String, ServedSource>,
    /// Unique for this start of the process, so that a lease of an earlier start is never taken for ours.
    pub worker_id: String,
}

/// A source with its catalog.
pub struct ServedSource {
    /// Where it is.
    pub source: Source,
    /// The path of its reviewed catalog, read anew for each export.
    pub catalog: PathBuf,
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
                Ok((name.clone(), ServedSource { source, catalog: served.catalog.clone() }))
            })
            .collect::<Result<_, ExportError>>()?;
        let worker_id = Uuid::now_v7().simple().to_string();
        Ok(Self { config, ledger, queue, vault, signer, mailer, sources, worker_id })
    }

    /// The served source of this name.
    pub fn source(&self, name: &str) -> Result<&ServedSource, ExportError> {
        self.sources.get(name).ok_or_else(|| ExportError::Source {
            message: format!("no worker with the source `{name}` in its configuration took this export"),
            cause: None,
        })
    }
}

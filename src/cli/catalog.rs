//! `handover catalog`: the reviewed file that says what belongs to whom.

mod explain;

use super::{Misuse, Outcome};
use crate::installation::read_config;
use clap::{Args, Subcommand};
use secrecy::SecretString;
use shared::config::Role;
use std::path::{Path, PathBuf};
use worker::{catalog::Catalog, check, source::Source};

/// Work with the catalog, the reviewed file that says what belongs to whom.
#[derive(Subcommand)]
pub(super) enum CatalogCommand {
    /// Compare a catalog with the live schema, both ways. Exits 1 with one finding a line when exports would not start.
    Check(Check),
    /// Say why rows of a table are in a tenant's archive: each way to the tenant with its path, and the query of the slice.
    Explain(explain::Explain),
}

#[derive(Args)]
pub(super) struct Check {
    #[command(flatten)]
    at: CatalogedSource,
    /// Look at the rows too: owners that contradict each other, references that find nothing, rows that are in nobody's export. Reads every table once or more,
    /// in one read-only snapshot; prints counts, never values.
    #[arg(long)]
    data: bool,
}

/// A source and its catalog, by name or by themselves.
#[derive(Args)]
pub(super) struct CatalogedSource {
    /// A source's name in the configuration, or its URL: `postgres://user@host/database`, `sqlite://path`.
    #[arg(long, value_name = "NAME|URL")]
    source: String,
    /// The catalog; default the one configured for the source's name.
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
}

impl CatalogedSource {
    /// Opens nothing yet: says where the source is, and reads the catalog.
    pub(super) fn resolve(&self, file: Option<&Path>) -> anyhow::Result<(Source, Catalog)> {
        let (name, url, configured) = if self.source.contains(':') {
            ("cli", SecretString::from(self.source.as_str()), None)
        } else {
            let config = read_config(file, Role::Ledger)?;
            let Some(served) = config.sources.get(&self.source) else {
                let known: Vec<&str> = config.sources.keys().map(String::as_str).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Misuse(format!("no source `{}` is configured (configured: {known})", self.source)).into());
            };
            (self.source.as_str(), served.url.clone(), Some(served.catalog.clone()))
        };
        let Some(path) = self.catalog.clone().or(configured) else {
            return Err(Misuse("say which catalog to use: --catalog FILE".into()).into());
        };
        Ok((Source::new(name, &url)?, Catalog::read(&path)?))
    }
}

/// Does what was asked.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(command: CatalogCommand, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let command = match command {
        CatalogCommand::Check(command) => command,
        CatalogCommand::Explain(command) => return explain::run(command, file).await,
    };
    let (source, catalog) = command.at.resolve(file)?;
    let schema = source.schema(&catalog.schemas).await?;
    let mut findings = check::check(&catalog, &schema);
    if command.data {
        findings.extend(check::data::check(&source, &catalog).await?);
    }
    findings.iter().for_each(|finding| println!("{finding}"));
    Ok(if findings.iter().all(check::Finding::is_information) { Outcome::Done } else { Outcome::No })
}

//! `handover catalog`: the reviewed file that says what belongs to whom.

mod check;
mod explain;
mod infer;

use super::{Misuse, Outcome, database_url::database_url};
use crate::installation::read_config;
use clap::{Args, Subcommand};
use shared::{
    config::Role,
    export::{TenantId, TenantIdError},
};
use std::path::{Path, PathBuf};
use worker::{catalog::Catalog, source::Source};

/// Work with the catalog, the reviewed file that says what belongs to whom.
#[derive(Subcommand)]
pub(super) enum CatalogCommand {
    /// Draft a catalog from the live schema: what is certain with its evidence, everything else as a question. Run again, it adds to the reviewed file.
    Infer(infer::Infer),
    /// Compare a catalog with the live schema, both ways. Exits 1 with one finding a line when exports would not start.
    Check(check::Check),
    /// Say why rows of a table are in a tenant's archive: each way to the tenant with its path, and the query of the slice.
    Explain(explain::Explain),
}

/// A source and its catalog, by name or by themselves.
#[derive(Args)]
pub(super) struct CatalogedSource {
    /// A source's name in the configuration, or its URL: `postgres://user@host/database`, `mysql://user@host/database`, `sqlite://path`; `-` reads a URL with a
    /// password from standard input.
    #[arg(long, value_name = "NAME|URL")]
    source: String,
    /// The catalog; default the one configured for the source's name.
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
}

/// One tenant among many, each with a schema or database of its own.
#[derive(Args)]
struct OneTenant {
    /// Where each tenant has a schema or a database of its own: only this tenant's. Default all of them (`check`), or the first (`explain`).
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    tenant: Option<TenantId>,
}

fn tenant_id(text: &str) -> Result<TenantId, TenantIdError> {
    TenantId::new(text)
}

impl OneTenant {
    /// Refuses a tenant where all of them share their tables.
    fn of(&self, catalog: &Catalog) -> Result<Option<&TenantId>, Misuse> {
        match &self.tenant {
            Some(_) if catalog.tenant.placement.is_none() => {
                Err(Misuse("--tenant: all tenants of this catalog share their tables; leave it out".into()))
            }
            tenant => Ok(tenant.as_ref()),
        }
    }
}

impl CatalogedSource {
    /// Opens nothing yet: says where the source is, and reads the catalog.
    pub(super) fn resolve(&self, file: Option<&Path>) -> anyhow::Result<(Source, Catalog)> {
        let (source, configured) = resolve(&self.source, file)?;
        let Some(path) = self.catalog.clone().or(configured) else {
            return Err(Misuse("say which catalog to use: --catalog FILE".into()).into());
        };
        Ok((source, Catalog::read(&path)?))
    }
}

/// Opens nothing yet: says where the source of this name or URL is, and which catalog is configured for the name.
fn resolve(source: &str, file: Option<&Path>) -> anyhow::Result<(Source, Option<PathBuf>)> {
    if source.contains(':') || source == "-" {
        let url = database_url("--source", source.to_owned())?;
        return Ok((Source::new("cli", &url)?, None));
    }
    let config = read_config(file, Role::Ledger)?;
    let Some(served) = config.sources.get(source) else {
        let known: Vec<&str> = config.sources.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Misuse(format!("no source `{source}` is configured (configured: {known})")).into());
    };
    Ok((Source::new(source, &served.url)?, Some(served.catalog.clone())))
}

/// Does what was asked.
pub(super) async fn run(command: CatalogCommand, file: Option<&Path>) -> anyhow::Result<Outcome> {
    match command {
        CatalogCommand::Infer(command) => infer::run(command, file).await,
        CatalogCommand::Check(command) => check::run(command, file).await,
        CatalogCommand::Explain(command) => explain::run(command, file).await,
    }
}

//! Compares each served source's catalog with the live schema now and then, so that a change is seen before the next export meets it.

use crate::{
    catalog::Catalog, check, context::Context, error::ExportError, schema::Schema, source::Source, steps::Steps,
};
use chrono::TimeDelta;
use shared::{
    clock,
    ledger::{
        Result as LedgerResult,
        source_checks::{self, Findings, Found, Outcome},
    },
};
use std::time::Duration;
use tokio::{
    runtime::Handle,
    task::spawn_blocking,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

/// How old the last comparison of a source may become.
const EVERY: TimeDelta = TimeDelta::hours(1);
/// The same where tenants have places of their own: every one of them is read.
const EVERY_PLACED: TimeDelta = TimeDelta::days(1);
/// A worker that has just begun has exports to do first; a check that somebody asked for is not put off.
const FIRST: Duration = Duration::from_secs(30);
/// A source that takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// Looks again and again; never returns.
pub(crate) async fn run(context: &Context) {
    let begun = Instant::now();
    let mut ticks = interval(context.config.worker.reconcile_every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let every = if begun.elapsed() < FIRST { TimeDelta::MAX } else { EVERY };
        if let Err(error) = once(context, every).await {
            tracing::warn!(error = %error, "The catalogs could not be watched; trying again");
        }
    }
}

/// Compares those whose check is wanted, or whose last one is older than `every` and that no other worker is at. With [`TimeDelta::MAX`] only those that are wanted.
pub async fn once(context: &Context, every: TimeDelta) -> LedgerResult<()> {
    for name in context.sources.keys() {
        let now = clock::now();
        if every == TimeDelta::MAX
            && !source_checks::find(&context.ledger, name).await?.is_some_and(|last| last.is_wanted())
        {
            continue;
        }
        let every = every.min(if is_placed(context, name) { EVERY_PLACED } else { EVERY });
        if source_checks::begin(&context.ledger, name, every, now).await? {
            let findings = look(context, name).await;
            tracing::info!(source = name, outcome = %findings.outcome, findings = findings.found.len(), "The catalog was compared with the live schema");
            source_checks::end(&context.ledger, name, &findings, clock::now()).await?;
        }
    }
    Ok(())
}

/// Whether the source keeps a schema or a database for each tenant, as far as its catalog can be read.
fn is_placed(context: &Context, name: &str) -> bool {
    let catalog = context.source(name).and_then(|served| Catalog::read(&served.catalog));
    catalog.is_ok_and(|catalog| catalog.tenant.placement.is_some())
}

/// What stands in the way of this source's exports. Comparing hundreds of schemas is work, so a thread of its own does it.
async fn look(context: &Context, name: &str) -> Findings {
    let mut findings = Findings {
        outcome: Outcome::CatalogUnreadable,
        message: None,
        tables: 0,
        found: Vec::new(),
        schema_fingerprint: None,
        catalog_fingerprint: None,
    };
    let read = context.source(name).and_then(|served| Ok((served.source.clone(), Catalog::read(&served.catalog)?)));
    let (source, catalog) = match read {
        Ok(read) => read,
        Err(error) => {
            findings.message = Some(error.to_string());
            return findings;
        }
    };
    findings.catalog_fingerprint = Some(catalog.fingerprint.clone());
    findings.outcome = Outcome::Unreachable;
    let runtime = Handle::current();
    let compared = spawn_blocking(move || runtime.block_on(timeout(PATIENCE, compare(&source, &catalog))));
    match compared.await {
        Err(_) => findings.message = Some("the comparison broke off; the log says why".to_owned()),
        Ok(Err(_)) => findings.message = Some("the source did not answer in time".to_owned()),
        Ok(Ok(Err(error))) => findings.message = Some(error.to_string()),
        Ok(Ok(Ok((schema, found)))) => {
            findings.outcome = Outcome::Compared;
            findings.tables = schema.as_ref().map_or(0, |schema| schema.tables.len());
            findings.schema_fingerprint = schema.map(|schema| schema.fingerprint());
            findings.found = found.into_iter().map(Found::from).collect();
        }
    }
    findings
}

/// The live schema, or an example of it where each tenant has a place of its own, and everything found.
async fn compare(source: &Source, catalog: &Catalog) -> Result<(Option<Schema>, Vec<check::Finding>), ExportError> {
    if catalog.tenant.placement.is_some() {
        let found = check::placement::check(source, catalog, None, false, &Steps::default()).await?;
        // Where even the tenants cannot be found the findings say why.
        let example = check::placement::example(source, catalog, None).await.ok().flatten();
        return Ok((example.map(|(_, schema)| schema), found));
    }
    let schema = source.schema(&catalog.schemas).await?;
    let found = check::check(catalog, &schema);
    Ok((Some(schema), found))
}

impl From<check::Finding> for Found {
    fn from(finding: check::Finding) -> Self {
        let is_information = finding.is_information();
        let check::Finding { code, table, column, message } = finding;
        Self { code: code.to_owned(), table, column, message, is_information }
    }
}

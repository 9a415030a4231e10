//! The story of an export, from a source to the bytes of an archive. The worker and the terminal tell the same one.

use crate::{
    archive::{self, Meter, Request, manifest::Manifest},
    catalog::Catalog,
    check::Finding,
    error::ExportError,
    plan::Plan,
    reading::Reading,
    schema::Schema,
    source::{Snapshot, Source},
};
use bytes::Bytes;
use shared::export::SubjectId;
use std::sync::Arc;
use tokio::sync::mpsc;
use tracing::Instrument as _;

/// Writes the archive of a tenant, or of one person in its data, into `output`; complete only if this returns `Ok`.
pub async fn write_archive(
    source: &Source,
    catalog: &Catalog,
    request: &Request,
    meter: &Arc<Meter>,
    output: mpsc::Sender<Bytes>,
) -> Result<Manifest, ExportError> {
    let _counted = Reading::of(&request.source, meter.clone());
    let label = request.export.simple().to_string();
    let opening = source.snapshot(&label, request.now);
    let mut snapshot = opening.instrument(tracing::info_span!("snapshot")).await?;
    let written = read_and_write(source, &mut snapshot, catalog, request, meter, output).await;
    snapshot.close().await;
    written
}

async fn read_and_write(
    source: &Source,
    snapshot: &mut Snapshot,
    catalog: &Catalog,
    request: &Request,
    meter: &Arc<Meter>,
    output: mpsc::Sender<Bytes>,
) -> Result<Manifest, ExportError> {
    let planning = async {
        let schema = snapshot.schema(&catalog.schemas).await?;
        let plan = plan(catalog, schema, request.subject.as_ref())?;
        let tenant = snapshot.bind_tenant(catalog, &plan.schema, &request.tenant).await?;
        if let Some(subject) = &request.subject {
            snapshot.bind_subject(catalog, &plan.schema, subject).await?;
        }
        Ok::<_, ExportError>((plan, tenant))
    };
    let (plan, tenant) = planning.instrument(tracing::info_span!("plan")).await?;
    // A snapshot does not show schema changes made after it began, so the end is looked at on a connection of its own.
    let fingerprint_at_end = async { Ok(source.schema(&catalog.schemas).await?.fingerprint()) };
    archive::write(request, &plan, &tenant, snapshot, meter, output, fingerprint_at_end).await
}

fn plan(catalog: &Catalog, schema: Schema, subject: Option<&SubjectId>) -> Result<Plan, ExportError> {
    let plan = match subject {
        None => Plan::tenant(catalog, schema),
        Some(subject) => Plan::subject(catalog, schema, subject.kind()),
    };
    plan.map_err(|findings: Vec<Finding>| ExportError::Catalog(findings.iter().map(ToString::to_string).collect()))
}

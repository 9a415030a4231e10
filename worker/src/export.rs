//! The story of an export, from a source to the bytes of an archive. The worker and the terminal tell the same one.

use crate::{
    archive::{self, Meter, Request, manifest::Manifest},
    catalog::Catalog,
    check::Finding,
    error::ExportError,
    plan::Plan,
    schema::Schema,
    source::{Snapshot, Source},
};
use bytes::Bytes;
use shared::export::SubjectId;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Writes the archive of a tenant, or of one person in its data, into `output`; complete only if this returns `Ok`.
pub async fn write_archive(
    source: &Source,
    catalog: &Catalog,
    request: &Request,
    meter: &Arc<Meter>,
    output: mpsc::Sender<Bytes>,
) -> Result<Manifest, ExportError> {
    let mut snapshot = source.snapshot(&request.export.simple().to_string(), request.now).await?;
    let written = read_and_write(&mut snapshot, catalog, request, meter, output).await;
    snapshot.close().await;
    let (manifest, fingerprint) = written?;
    same_schema_still(source, catalog, &fingerprint).await?;
    Ok(manifest)
}

async fn read_and_write(
    snapshot: &mut Snapshot,
    catalog: &Catalog,
    request: &Request,
    meter: &Arc<Meter>,
    output: mpsc::Sender<Bytes>,
) -> Result<(Manifest, String), ExportError> {
    let schema = snapshot.schema(&catalog.schemas).await?;
    let fingerprint = schema.fingerprint();
    let plan = plan(catalog, schema, request.subject.as_ref())?;
    let tenant = snapshot.bind_tenant(catalog, &plan.schema, &request.tenant).await?;
    if let Some(subject) = &request.subject {
        snapshot.bind_subject(catalog, &plan.schema, subject).await?;
    }
    let manifest = archive::write(request, &plan, &tenant, snapshot, meter, output).await?;
    Ok((manifest, fingerprint))
}

fn plan(catalog: &Catalog, schema: Schema, subject: Option<&SubjectId>) -> Result<Plan, ExportError> {
    let plan = match subject {
        None => Plan::tenant(catalog, schema),
        Some(subject) => Plan::subject(catalog, schema, subject.kind()),
    };
    plan.map_err(|findings: Vec<Finding>| ExportError::Catalog(findings.iter().map(ToString::to_string).collect()))
}

/// A snapshot does not show schema changes made after it began, so the end is compared on a connection of its own.
async fn same_schema_still(source: &Source, catalog: &Catalog, fingerprint: &str) -> Result<(), ExportError> {
    let now = source.schema(&catalog.schemas).await?;
    if now.fingerprint() == fingerprint { Ok(()) } else { Err(ExportError::SchemaChanged) }
}

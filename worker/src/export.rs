//! The story of an export, from a source to the bytes of an archive. The worker and the terminal tell the same one.

use crate::{
    archive::{self, Meter, Output, Request, manifest::Manifest},
    catalog::Catalog,
    check::Finding,
    error::ExportError,
    estimate,
    plan::Plan,
    schema::Schema,
    source::{Snapshot, Source, TenantRow},
};
use shared::export::{SubjectId, TenantId};
use std::sync::Arc;

/// Writes the archive of a tenant, or of one person in its data, into `output`; complete only if this returns `Ok`.
pub async fn write_archive(
    source: &Source,
    catalog: &Catalog,
    request: &Request,
    meter: &Arc<Meter>,
    output: impl Into<Output>,
) -> Result<Manifest, ExportError> {
    let mut snapshot = source.snapshot(&request.export.simple().to_string(), request.now).await?;
    let written = read_and_write(source, &mut snapshot, catalog, request, meter, output.into()).await;
    snapshot.close().await;
    written
}

async fn read_and_write(
    source: &Source,
    snapshot: &mut Snapshot,
    catalog: &Catalog,
    request: &Request,
    meter: &Arc<Meter>,
    output: Output,
) -> Result<Manifest, ExportError> {
    let (plan, tenant) = bound_plan(snapshot, catalog, &request.tenant, request.subject.as_ref()).await?;
    if meter.ceilings.are_set() {
        meter.ceilings.refuse(&estimate::of_plan(snapshot, &plan).await?)?;
    }
    // A snapshot does not show schema changes made after it began, so the end is looked at on a connection of its own.
    let fingerprint_at_end = async { Ok(source.schema(&catalog.schemas).await?.fingerprint()) };
    archive::write(request, &plan, &tenant, snapshot, meter, output, fingerprint_at_end).await
}

/// Plans an export, and binds its tenant, and the person where one is asked for, to the snapshot.
pub(crate) async fn bound_plan(
    snapshot: &mut Snapshot,
    catalog: &Catalog,
    tenant: &TenantId,
    subject: Option<&SubjectId>,
) -> Result<(Plan, TenantRow), ExportError> {
    let schema = snapshot.schema(&catalog.schemas).await?;
    let plan = plan(catalog, schema, subject)?;
    let tenant = snapshot.bind_tenant(catalog, &plan.schema, tenant).await?;
    if let Some(subject) = subject {
        snapshot.bind_subject(catalog, &plan.schema, subject).await?;
    }
    Ok((plan, tenant))
}

fn plan(catalog: &Catalog, schema: Schema, subject: Option<&SubjectId>) -> Result<Plan, ExportError> {
    let plan = match subject {
        None => Plan::tenant(catalog, schema),
        Some(subject) => Plan::subject(catalog, schema, subject.kind()),
    };
    plan.map_err(|findings: Vec<Finding>| ExportError::Catalog(findings.iter().map(ToString::to_string).collect()))
}

//! The story of an export, from a source to the bytes of an archive. The worker and the terminal tell the same one.

use crate::{
    archive::{self, Meter, Output, Request, manifest::Manifest},
    catalog::Catalog,
    check::Finding,
    error::ExportError,
    estimate,
    plan::Plan,
    reading::Reading,
    schema::Schema,
    source::{Opened, Source, TenantRow},
};
use shared::export::SubjectId;
use std::sync::Arc;
use tracing::Instrument as _;

/// Writes the archive of a tenant, or of one person in its data, into `output`; complete only if this returns `Ok`.
pub async fn write_archive(
    source: &Source,
    catalog: &Catalog,
    request: &Request,
    meter: &Arc<Meter>,
    output: impl Into<Output>,
) -> Result<Manifest, ExportError> {
    let _counted = Reading::of(&request.source, meter.clone());
    let label = request.export.simple().to_string();
    let opening = source.open(catalog, &request.tenant, &label, request.now);
    let mut opened = opening.instrument(tracing::info_span!("snapshot")).await?;
    let written = read_and_write(&mut opened, request, meter, output.into()).await;
    opened.snapshot.close().await;
    written
}

async fn read_and_write(
    opened: &mut Opened,
    request: &Request,
    meter: &Arc<Meter>,
    output: Output,
) -> Result<Manifest, ExportError> {
    let planning = bound_plan(opened, request.subject.as_ref()).instrument(tracing::info_span!("plan"));
    let (plan, tenant) = planning.await?;
    let Opened { source, catalog, snapshot, .. } = opened;
    if meter.ceilings.are_set() {
        let estimating = estimate::of_plan(snapshot, &plan).instrument(tracing::info_span!("estimate"));
        meter.ceilings.refuse(&estimating.await?)?;
    }
    // A snapshot does not show schema changes made after it began, so the end is looked at on a connection of its own.
    let fingerprint_at_end = async { Ok(source.schema_of(catalog).await?.fingerprint()) };
    archive::write(request, &plan, &tenant, snapshot, meter, output, fingerprint_at_end).await
}

/// Plans an export, and binds its tenant, and the person where one is asked for, to the snapshot.
pub(crate) async fn bound_plan(
    opened: &mut Opened,
    subject: Option<&SubjectId>,
) -> Result<(Plan, TenantRow), ExportError> {
    let schema = opened.schema().await?;
    let plan = plan(&opened.catalog, schema, subject)?;
    let tenant = opened.bind(&plan.schema).await?;
    if let Some(subject) = subject {
        opened.snapshot.bind_subject(&opened.catalog, &plan.schema, subject).await?;
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

//! The story of an export, from a source to the bytes of an archive. The worker and the terminal tell the same one.

use crate::{
    archive::{self, Meter, Output, Request, manifest::Manifest},
    catalog::Catalog,
    check::Finding,
    error::ExportError,
    plan::Plan,
    reading::Reading,
    schema::Schema,
    source::{Opened, Source},
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
    let planning = async {
        let schema = opened.schema().await?;
        let plan = plan(&opened.catalog, schema, request.subject.as_ref())?;
        let tenant = opened.bind(&plan.schema).await?;
        if let Some(subject) = &request.subject {
            opened.snapshot.bind_subject(&opened.catalog, &plan.schema, subject).await?;
        }
        Ok::<_, ExportError>((plan, tenant))
    };
    let (plan, tenant) = planning.instrument(tracing::info_span!("plan")).await?;
    let Opened { source, catalog, snapshot, .. } = opened;
    // A snapshot does not show schema changes made after it began, so the end is looked at on a connection of its own.
    let fingerprint_at_end = async { Ok(source.schema_of(catalog).await?.fingerprint()) };
    archive::write(request, &plan, &tenant, snapshot, meter, output, fingerprint_at_end).await
}

fn plan(catalog: &Catalog, schema: Schema, subject: Option<&SubjectId>) -> Result<Plan, ExportError> {
    let plan = match subject {
        None => Plan::tenant(catalog, schema),
        Some(subject) => Plan::subject(catalog, schema, subject.kind()),
    };
    plan.map_err(|findings: Vec<Finding>| ExportError::Catalog(findings.iter().map(ToString::to_string).collect()))
}

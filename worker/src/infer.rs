//! Drafting a catalog from the live schema: what can be known is decided with its evidence, everything else is a question.

mod confirm;
mod draft;
mod guaranteed;
mod landscape;
mod merge;
mod noun;
mod owner;
mod personal;
pub(crate) mod placement;
mod polymorphic;
mod reading;
mod reviewed;
mod sample;
mod secret;
mod security;
mod share;
mod story;
mod subject;
mod through;
mod verdict;
mod way;

use crate::{
    catalog::Placement,
    error::ExportError,
    source::{Snapshot, Source, Survey},
};
use chrono::{DateTime, Utc};
use placement::Naming;
use shared::export::Engine;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The table of tenants.
    pub tenant_table: String,
    /// The column that identifies a tenant; its only key unless said.
    pub tenant_key: Option<String>,
    /// Kinds of persons.
    pub subjects: Vec<SubjectRequest>,
    /// PostgreSQL: the schemas to cover; those of the reviewed file, or `public`, unless said.
    pub schemas: Vec<String>,
    /// Where each tenant has its own; that of the reviewed file unless said.
    pub placement: Option<Placement>,
}

/// A kind of person that is asked for.
#[derive(Debug, Clone)]
pub struct SubjectRequest {
    /// What such a person is called in the catalog.
    pub name: String,
    /// The table of these persons.
    pub table: String,
    /// The column that identifies one; its only key unless said.
    pub key: Option<String>,
}

/// A catalog as text, and how much of it is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inferred {
    /// The whole file.
    pub text: String,
    /// Tables whose rows belong to tenants.
    pub owned: usize,
    /// Tables that are shared.
    pub shared: usize,
    /// Tables that are left out.
    pub excluded: usize,
    /// Questions about tables and columns that a person must answer.
    pub undecided: usize,
}

/// Why there is no draft.
#[derive(Debug, thiserror::Error)]
pub enum InferError {
    /// What was asked for does not fit the source; the text says what to ask instead.
    #[error("{0}")]
    Request(String),
    /// The reviewed file cannot be merged with.
    #[error("the reviewed catalog: {0}")]
    Reviewed(String),
    /// The source refused or did not answer.
    #[error(transparent)]
    Source(#[from] ExportError),
}

/// Drafts a catalog for the source. With the text of a reviewed one, keeps all of it and adds what is new.
///
/// Rows are sampled in one read-only snapshot; their values stay in this process, and the draft holds none of them.
pub async fn infer(
    source: &Source,
    request: &Request,
    reviewed: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Inferred, InferError> {
    let reviewed = reviewed.map(story::Reviewed::read).transpose()?;
    let placement = placement::asked(source.engine, request, reviewed.as_ref())?;
    let schemas = story::schemas(source.engine, request, placement.as_ref(), reviewed.as_ref())?;
    let mut snapshot = source.snapshot("infer", now).await?;
    let Some(placement) = placement else {
        let drafted = within(&mut snapshot, request, reviewed.as_ref(), Naming { schemas, placed: None }).await;
        snapshot.close().await;
        return drafted;
    };
    let found = placement::find(source, &mut snapshot, request, &schemas, &placement).await;
    snapshot.close().await;
    let (placed, catalog) = found?;
    let mut snapshot = source.at(&catalog, &placed.place)?.snapshot("infer", now).await?;
    let naming = Naming { schemas, placed: Some(&placed) };
    let drafted = within(&mut snapshot, request, reviewed.as_ref(), naming).await;
    snapshot.close().await;
    drafted
}

async fn within(
    snapshot: &mut Snapshot,
    request: &Request,
    reviewed: Option<&story::Reviewed>,
    naming: Naming<'_>,
) -> Result<Inferred, InferError> {
    let schemas = naming.placed.map_or_else(|| naming.schemas.clone(), |placed| placed.live_schemas(&naming.schemas));
    let schema = snapshot.schema(&schemas).await?;
    let survey: Survey = snapshot.survey(&schemas).await?;
    story::draft(&schema, &naming, &survey, Some(snapshot), request, reviewed).await
}

/// The schema that a source has unless the catalog lists others.
fn home(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "public",
        Engine::Mysql => "",
        Engine::Sqlite => "main",
    }
}

#[cfg(test)]
mod tests;

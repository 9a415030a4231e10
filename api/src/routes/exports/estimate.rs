//! How much an export would hold: asked of a worker, since this process may not open a source.

use super::wish::Wish;
use super::{ExportView, source_not_found, subject_not_found, tenant_not_found};
use crate::{
    Context,
    auth::{Authorized, ExportsWrite},
    problem::Problem,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use shared::{
    clock,
    ledger::{
        Person,
        audit::{self, NewEvent},
        estimates::{self, Answer, Estimate, Question, Refusal, TableEstimate},
        exports::cool_down,
        sources, workers,
    },
    queue::{Kind, Place},
};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use utoipa::ToSchema;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(50);

/// What a request is answered with that made nothing new.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only described, for the document")]
pub(crate) enum ExportOrEstimate {
    /// The export that there is.
    #[schema(title = "Export")]
    Export(Box<ExportView>),
    /// The estimate of a dry run.
    #[schema(title = "Estimate")]
    Estimate(EstimateView),
}

/// What an export would be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Estimate)]
pub(crate) struct EstimateView {
    /// Whether such a request would be accepted, and its export not be refused for its size, as things stand.
    pub(crate) allowed: bool,
    /// Why not: the code and the text that the request or its export would end with.
    #[schema(required = true)]
    pub(crate) refusal: Option<RefusalView>,
    /// From when on it is allowed, where that is the reason.
    #[schema(required = true)]
    pub(crate) next_allowed_at: Option<DateTime<Utc>>,
    /// Rows of all tables together, of those that are known; null if the export could not even be planned.
    #[schema(required = true)]
    pub(crate) rows: Option<u64>,
    /// About how many bytes they are as they are read from the source. An archive is mostly smaller, since it is compressed.
    #[schema(required = true)]
    pub(crate) bytes: Option<u64>,
    /// Whether the rows of every table were counted. What was not is the guess of the source's planner.
    pub(crate) exact: bool,
    /// Each table that would be read.
    pub(crate) tables: Vec<TableView>,
}

/// How much of a table an export would hold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TableEstimate)]
pub(crate) struct TableView {
    /// Its name, as the catalog has it.
    pub(crate) table: String,
    /// Its rows; null if they could not be counted in time and the planner does not guess.
    #[schema(required = true)]
    pub(crate) rows: Option<u64>,
    /// About how many bytes they are; null likewise.
    #[schema(required = true)]
    pub(crate) bytes: Option<u64>,
    /// Whether the rows were counted.
    pub(crate) exact: bool,
}

/// Why an export would not be made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Refusal)]
pub(crate) struct RefusalView {
    /// For programs.
    #[schema(example = "too_large")]
    pub(crate) code: String,
    /// For a person.
    pub(crate) message: String,
}

/// Makes the estimate of a dry run. All that it leaves is its audit event.
pub(super) async fn make(
    access: &Authorized<ExportsWrite>,
    context: &Context,
    wish: Wish,
) -> Result<EstimateView, Problem> {
    if sources::find(&context.ledger, &wish.source).await?.is_none() {
        return Err(source_not_found());
    }
    let question = Question {
        id: Uuid::now_v7(),
        source: wish.source,
        tenant: wish.tenant,
        subject: Person(wish.subject),
        asked_at: clock::now(),
        answer: None,
    };
    let (estimate, refusal) = match ask(context, &question).await? {
        Answer::Estimated { estimate, refusal } => (Some(estimate), refusal),
        Answer::Refused(refusal) => (None, Some(refusal)),
        Answer::UnknownTenant => return Err(tenant_not_found()),
        Answer::NoSuchPerson => return Err(subject_not_found()),
        Answer::Unclear => return Err(Problem::no_estimate()),
    };
    let now = clock::now();
    let days = context.config.limits.cool_down_days;
    let (source, tenant, subject) = (&question.source, &question.tenant, &question.subject);
    let next_allowed_at =
        cool_down::until(&context.ledger, source, tenant, subject, wish.asker.origin(), days, now).await?;
    // The texts of errors name tables and settings: they are for operators.
    let refusal = match access.token() {
        Some(_) => refusal.map(|refusal| Refusal { message: refusal.code.clone(), ..refusal }),
        None => refusal,
    };
    let view = EstimateView::new(estimate, refusal, next_allowed_at, now);
    let detail = serde_json::json!({ "rows": view.rows, "allowed": view.allowed, "code": view.refusal.as_ref().map(|refusal| &refusal.code) });
    let event = NewEvent {
        actor: access.actor(),
        action: "export.estimated",
        export_id: None,
        source: Some(question.source),
        tenant: Some(question.tenant.into()),
        detail,
    };
    audit::record(&context.ledger, event, now).await?;
    Ok(view)
}

/// The answer of a worker; [`Problem::no_estimate`] if none comes in time.
async fn ask(context: &Context, question: &Question) -> Result<Answer, Problem> {
    let last_poll = workers::last_poll(&context.ledger).await?;
    if last_poll.is_none_or(|polled| question.asked_at - polled > TimeDelta::seconds(30)) {
        return Err(Problem::no_estimate());
    }
    estimates::ask(&context.ledger, question).await?;
    if let Err(error) = context.queue.ring(Kind::Estimate, Place::Source(&question.source), question.id).await {
        tracing::warn!(%error, "Nobody could be asked for an estimate");
        return Err(Problem::no_estimate());
    }
    let deadline = Instant::now() + PATIENCE;
    let mut next = Instant::now();
    while next < deadline {
        next += PAUSE;
        sleep_until(next).await;
        match estimates::find(&context.ledger, question.id).await?.map(|question| question.answer) {
            Some(Some(answer)) => return Ok(answer.0),
            Some(None) => {}
            None => break,
        }
    }
    Err(Problem::no_estimate())
}

impl EstimateView {
    fn new(
        estimate: Option<Estimate>,
        refusal: Option<Refusal>,
        next_allowed_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Self {
        let cooling_down = next_allowed_at.map(|next| {
            let problem = Problem::cooling_down(next, now);
            RefusalView { code: problem.code().to_owned(), message: problem.detail().to_owned() }
        });
        let refusal =
            refusal.map(|refusal| RefusalView { code: refusal.code, message: refusal.message }).or(cooling_down);
        Self {
            allowed: refusal.is_none(),
            refusal,
            next_allowed_at,
            rows: estimate.as_ref().map(|estimate| estimate.rows),
            bytes: estimate.as_ref().map(|estimate| estimate.bytes),
            exact: estimate.as_ref().is_some_and(|estimate| estimate.exact),
            tables: estimate.into_iter().flat_map(|estimate| estimate.tables).map(TableView::from).collect(),
        }
    }
}

impl From<TableEstimate> for TableView {
    fn from(table: TableEstimate) -> Self {
        Self { table: table.table, rows: table.rows, bytes: table.bytes, exact: table.exact }
    }
}

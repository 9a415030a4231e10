//! How much an export would hold, found out gently: small tables are counted, large ones taken from the source's planner.

mod question;

use crate::{
    catalog::Catalog,
    context::Context,
    error::{Consequence, ExportError},
    export,
    plan::{Plan, TablePlan},
    source::{Probe, Snapshot},
};
use question::Guess;
use shared::{
    clock,
    export::ExportId,
    ledger::estimates::{self, Answer, Estimate, Question, Refusal, TableEstimate},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout};

/// Nobody waits for an answer any longer.
const PATIENCE: Duration = Duration::from_secs(14);
/// After so long no further table is counted; each count by itself may take three seconds.
const COUNTING: Duration = Duration::from_secs(5);
/// A table of which the planner expects more rows is not counted.
const COUNTED: u64 = 100_000;

/// Answers the open question under this number, if there is one.
pub async fn run(context: Arc<Context>, id: ExportId) {
    match estimates::find(&context.ledger, id).await {
        Ok(Some(question)) if question.answer.is_none() => {
            let answer = answer(&context, &question).await;
            if let Err(error) = estimates::answer(&context.ledger, id, &answer).await {
                tracing::warn!(question = %id, error = %error, "The estimate could not be noted");
            }
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(question = %id, error = %error, "The question for an estimate could not be read"),
    }
}

async fn answer(context: &Context, question: &Question) -> Answer {
    let refusal = |error: &ExportError| Refusal { code: error.code().to_owned(), message: error.to_string() };
    match timeout(PATIENCE, look(context, question)).await {
        Ok(Ok((estimate, above))) => Answer::Estimated { estimate, refusal: above.as_ref().map(refusal) },
        Ok(Err(ExportError::TenantNotFound)) => Answer::UnknownTenant,
        Ok(Err(ExportError::SubjectNotFound)) => Answer::NoSuchPerson,
        Ok(Err(error)) if error.consequence() == Consequence::Fail => Answer::Refused(refusal(&error)),
        Ok(Err(error)) => {
            tracing::warn!(question = %question.id, source = question.source, code = error.code(), "An estimate could not be made");
            Answer::Unclear
        }
        Err(_) => {
            tracing::warn!(question = %question.id, source = question.source, "The source did not answer in time for an estimate");
            Answer::Unclear
        }
    }
}

async fn look(context: &Context, question: &Question) -> Result<(Estimate, Option<ExportError>), ExportError> {
    let served = context.source(&question.source)?;
    let catalog = Catalog::read(&served.catalog)?;
    let mut opened = served.source.open(&catalog, &question.tenant, "estimate", clock::now()).await?;
    let estimated = async {
        let (plan, _) = export::bound_plan(&mut opened, question.subject.0.as_ref()).await?;
        of_plan(&mut opened.snapshot, &plan).await
    }
    .await;
    opened.snapshot.close().await;
    let estimate = estimated?;
    let above = served.ceilings.refuse(&estimate).err();
    Ok((estimate, above))
}

/// Estimates what `plan` would read from a snapshot to which the tenant is bound, and the person where one is asked for.
pub(crate) async fn of_plan(snapshot: &mut Snapshot, plan: &Plan) -> Result<Estimate, ExportError> {
    let begun = Instant::now();
    let mut tables = Vec::with_capacity(plan.tables.len());
    for table in &plan.tables {
        let guess = guess(snapshot, plan, table).await?;
        let is_small = guess.rows.is_none_or(|rows| rows <= COUNTED);
        let counted = if is_small && begun.elapsed() < COUNTING { count(snapshot, plan, table).await? } else { None };
        let rows = counted.map(|(rows, _)| rows).or(guess.rows);
        let bytes = counted.and_then(|(_, bytes)| bytes).or_else(|| Some(rows?.saturating_mul(guess.width?)));
        tables.push(TableEstimate { table: table.name.clone(), rows, bytes, exact: counted.is_some() });
    }
    Ok(Estimate {
        rows: tables.iter().filter_map(|table| table.rows).fold(0, u64::saturating_add),
        bytes: tables.iter().filter_map(|table| table.bytes).fold(0, u64::saturating_add),
        exact: tables.iter().all(|table| table.exact),
        tables,
    })
}

/// What the source's planner expects, without reading a row.
async fn guess(snapshot: &mut Snapshot, plan: &Plan, table: &TablePlan) -> Result<Guess, ExportError> {
    let mut guess = Guess::default();
    for question in question::guesses(plan.schema.engine, table) {
        // A planner that does not answer is no reason to give up: then there is no guess.
        if let Probe::Rows(rows) = snapshot.probe(&question).await? {
            guess.add(plan.schema.engine, &rows);
        }
    }
    Ok(guess)
}

/// The rows of the slice, and their bytes where the count tells; `None` if it took too long.
async fn count(
    snapshot: &mut Snapshot,
    plan: &Plan,
    table: &TablePlan,
) -> Result<Option<(u64, Option<u64>)>, ExportError> {
    let Probe::Rows(rows) = snapshot.probe(&question::count(plan.schema.engine, table)).await? else {
        return Ok(None);
    };
    let number = |index: usize| question::number(rows.first()?.get(index)?.as_deref()?);
    Ok(number(0).map(|counted| (counted, number(1))))
}

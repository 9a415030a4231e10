//! The page of the audit: who did what, found by filters, taken along as a file, and whether the chain holds.

mod query;
mod standing;

use self::query::PageQuery;
use self::standing::Standing;
use super::{ApiCall, Section, Shell, page};
use crate::{
    Context,
    auth::{AuditRead, Authorized},
    body,
    problem::Problem,
    routes::audit::{self as api, Search},
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use shared::ledger::{
    audit::{Entry, Outcome},
    operators::{self, Operator},
    sources,
};
use uuid::Uuid;

/// How many entries a page has.
const PAGE: i64 = 50;

/// What people look for, as the field suggests it.
const ACTIONS: [&str; 22] = [
    "export",
    "export.requested",
    "export.ready",
    "export.failed",
    "export.held",
    "link",
    "link.created",
    "link.downloaded",
    "link.refused",
    "link.revoked",
    "schedule",
    "key",
    "key.created",
    "key.revoked",
    "recipient",
    "operator",
    "operator.signed_in",
    "operator.sign_in_refused",
    "access.refused",
    "configuration.changed",
    "data_key",
    "audit",
];

/// An entry as a line of the list.
struct Line {
    seq: i64,
    at: String,
    actor: String,
    /// The name of the person, where the actor is an operator.
    person: Option<String>,
    action: String,
    outcome: String,
    export: Option<String>,
    about: String,
    address: String,
    detail: String,
}

impl Line {
    fn of(entry: Entry, operators: &[Operator]) -> Self {
        let event = entry.event;
        let number = event.actor.strip_prefix("operator:").and_then(|id| id.parse::<Uuid>().ok());
        let person =
            operators.iter().find(|operator| Some(operator.id) == number).map(|operator| operator.name.clone());
        let is_empty = event.detail.0.is_null() || event.detail.0.as_object().is_some_and(serde_json::Map::is_empty);
        Self {
            seq: entry.seq,
            at: event.at.format("%Y-%m-%d %H:%M:%S").to_string(),
            person,
            actor: event.actor,
            action: event.action,
            outcome: event.outcome,
            about: event.source.into_iter().chain(event.tenant).collect::<Vec<_>>().join(" / "),
            export: event.export_id.map(|id| id.to_string()),
            address: event.address.unwrap_or_default(),
            detail: if is_empty {
                String::new()
            } else {
                serde_json::to_string_pretty(&event.detail.0).unwrap_or_default()
            },
        }
    }
}

#[derive(Template)]
#[template(path = "console/audit.html")]
struct AuditPage {
    shell: Shell,
    query: PageQuery,
    lines: Vec<Line>,
    /// The query of the next page.
    older: Option<String>,
    sources: Vec<String>,
    /// The query of the API for the same entries, for the files.
    same: String,
    standing: Standing,
    call: ApiCall,
}

/// The page.
pub(crate) async fn show(
    access: Authorized<AuditRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query: PageQuery = body::query(&request)?;
    let wish = query.of_api(PAGE)?;
    let Search { filter, before, limit, .. } = Search::of(&access, wish)?;
    let (found, next) = api::page(&context.ledger, &filter, before, limit).await?;
    let operators = operators::list(&context.ledger).await?;
    let same = query.same(&filter);
    let shown = AuditPage {
        shell: Shell::of(&context, &request, Section::Audit),
        lines: found.into_iter().map(|entry| Line::of(entry, &operators)).collect(),
        older: next.map(|place| query.page_at(place)),
        sources: sources::list(&context.ledger).await?.into_iter().map(|source| source.name).collect(),
        standing: Standing::look(&context.ledger).await?,
        call: ApiCall::new(&request, "GET", &format!("v1/audit?{same}"), None),
        same,
        query,
    };
    Ok(page(StatusCode::OK, &shown))
}

#[derive(Template)]
#[template(path = "console/audit-check.html")]
struct CheckPage {
    shell: Shell,
    standing: Standing,
    report: standing::Checked,
}

/// The page that says whether the last entries hold together.
pub(crate) async fn check(
    _: Authorized<AuditRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let report = standing::check(&context.ledger).await?;
    let standing = Standing::look(&context.ledger).await?;
    Ok(page(StatusCode::OK, &CheckPage { shell: Shell::of(&context, &request, Section::Audit), standing, report }))
}

//! The audit: who did what to whose data, from where, and how it ended.

use crate::{
    Context,
    auth::{AuditRead, Authorized},
    body,
    problem::Problem,
    words,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Bytes, Data},
};
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{
    clock,
    ledger::{
        Ledger,
        audit::{self, Entry, Filter, NewEvent, Outcome},
    },
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// JSON Lines.
const JSONL: &str = "application/jsonl";
const CSV: &str = "text/csv";

/// Which entries to show.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Only of this source.
    pub(crate) source: Option<String>,
    /// Only about this tenant's data.
    pub(crate) tenant: Option<String>,
    /// Only about this export.
    pub(crate) export: Option<Uuid>,
    /// Only by this actor, as `key:hk_abcdefgh` or `link:01890a5d-ac96-774b-bcce-b302099a8057`.
    pub(crate) actor: Option<String>,
    /// Only this action, as `link.downloaded`; `link` is every action of links.
    pub(crate) action: Option<String>,
    /// Only with this outcome.
    #[param(schema_with = words::outcome, required = false)]
    pub(crate) outcome: Option<Outcome>,
    /// Only from then on (RFC 3339).
    pub(crate) since: Option<DateTime<Utc>>,
    /// Only before then (RFC 3339).
    pub(crate) until: Option<DateTime<Utc>>,
    /// `json` is a page, newest first; `jsonl` (one entry a line, exactly as it was hashed) and `csv` are everything, oldest first. Default by `Accept`.
    #[param(schema_with = words::audit_format, required = false)]
    pub(crate) format: Option<AuditFormat>,
    /// At most so many on a page, 1 to 100; default 20.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub(crate) limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

/// How the entries come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AuditFormat {
    Json,
    Jsonl,
    Csv,
}

/// An entry of the audit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditEntry {
    /// Its place in the chain, counted from 1 without a gap.
    seq: i64,
    /// The number of the event.
    id: Uuid,
    /// When.
    at: DateTime<Utc>,
    /// Who: `key:<prefix>`, `portal:<user>`, `operator:<id>`, `link:<id>`, `worker:<id>`, `schedule:<id>`, `cli:<account>` or `system`.
    actor: String,
    /// What, as in `link.downloaded`.
    action: String,
    /// How it ended.
    #[schema(schema_with = words::outcome)]
    outcome: String,
    /// The export it concerns.
    export_id: Option<Uuid>,
    /// The source it concerns.
    source: Option<String>,
    /// Whose data it concerns.
    tenant: Option<String>,
    /// From which address.
    address: Option<String>,
    /// In which HTTP request: the `X-Request-Id` of its answer.
    request_id: Option<String>,
    /// More; without values of rows.
    #[schema(schema_with = words::any_object)]
    detail: Value,
    /// The hash of the entry before, in hexadecimal.
    previous_hash: String,
    /// Its own.
    hash: String,
}

/// A page of entries, newest first.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// The entries.
    items: Vec<AuditEntry>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        let event = entry.event;
        Self {
            seq: entry.seq,
            id: event.id,
            at: event.at,
            actor: event.actor,
            action: event.action,
            outcome: event.outcome,
            export_id: event.export_id,
            source: event.source,
            tenant: event.tenant,
            address: event.address,
            request_id: event.request_id,
            detail: event.detail.0,
            previous_hash: hex::encode(entry.previous_hash),
            hash: hex::encode(entry.hash),
        }
    }
}

/// Read the audit
///
/// Who did what to whose data, from which address, in which request, and how it ended. A key that is bound to a source or a tenant sees only what concerns them.
/// As JSON Lines or CSV it is everything that fits, oldest first; that it was read whole is an entry itself.
#[utoipa::path(get, path = "/v1/audit", operation_id = "read_audit", tag = "audit", params(AuditQuery),
    responses(
        (status = 200, description = "One page, or everything as JSON Lines or CSV",
            content((AuditPage = "application/json"), (String = "application/jsonl"), (String = "text/csv"))),
        (status = 400, description = "`invalid_query`"),
    ))]
pub(crate) async fn read(
    access: Authorized<AuditRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let query: AuditQuery = body::query(&request)?;
    let format = query.format.unwrap_or_else(|| accepted(&request));
    let Search { filter, is_within, before, limit } = Search::of(&access, query)?;
    match format {
        AuditFormat::Json if !is_within => Ok(HttpResponse::Ok().json(AuditPage::default())),
        AuditFormat::Json => {
            let (found, next) = page(&context.ledger, &filter, before, limit).await?;
            let (items, next_cursor) = (found.into_iter().map(Into::into).collect(), next.map(|seq| seq.to_string()));
            Ok(HttpResponse::Ok().json(AuditPage { items, next_cursor }))
        }
        AuditFormat::Jsonl => {
            note(&context, &access, "jsonl", &filter).await?;
            Ok(stream_of(&context, filter, is_within, JSONL, None, |entry| entry.line()))
        }
        AuditFormat::Csv => {
            note(&context, &access, "csv", &filter).await?;
            Ok(stream_of(&context, filter, is_within, CSV, Some(audit::csv_head()), |entry| entry.csv_line()))
        }
    }
}

/// What a query asks for, as far as the caller may see it.
pub(crate) struct Search {
    /// Which entries.
    pub(crate) filter: Filter,
    /// Whether any of them can lie within the caller's bounds.
    pub(crate) is_within: bool,
    /// Only entries before this place.
    pub(crate) before: Option<i64>,
    /// The most on a page.
    pub(crate) limit: i64,
}

impl Search {
    /// The search of this caller.
    pub(crate) fn of(access: &Authorized<AuditRead>, query: AuditQuery) -> Result<Self, Problem> {
        let limit = query.limit.unwrap_or(20);
        if !(1..=100).contains(&limit) {
            return Err(body::invalid_query("limit: must be from 1 to 100"));
        }
        let before = match query.cursor.as_deref().map(str::parse::<i64>) {
            None => None,
            Some(Ok(place)) if place > 0 => Some(place),
            Some(_) => return Err(body::invalid_query("cursor: must be the `next_cursor` of an earlier page")),
        };
        let bounds = access.narrow(query.source, query.tenant);
        let is_within = bounds.is_some();
        let bounds = bounds.unwrap_or_default();
        let filter = Filter {
            source: bounds.source,
            tenant: bounds.tenant,
            export: query.export,
            actor: query.actor,
            action: query.action,
            outcome: query.outcome,
            since: query.since,
            until: query.until,
        };
        Ok(Self { filter, is_within, before, limit })
    }
}

/// One page, newest first, and before which place the next one begins.
pub(crate) async fn page(
    ledger: &Ledger,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<(Vec<Entry>, Option<i64>), Problem> {
    // One more than asked for tells whether there is a next page.
    let mut found = audit::page(ledger, filter, before, limit + 1).await?;
    let wanted = usize::try_from(limit).unwrap_or(found.len());
    let more = found.len() > wanted;
    found.truncate(wanted);
    let next = found.last().filter(|_| more).map(|last| last.seq);
    Ok((found, next))
}

/// The format that the caller would rather have; a page unless it names one of the others.
fn accepted(request: &HttpRequest) -> AuditFormat {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let names = |media_type: &str| {
        accept
            .split(',')
            .any(|part| part.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case(media_type)))
    };
    match () {
        () if names("application/json") => AuditFormat::Json,
        () if names(JSONL) => AuditFormat::Jsonl,
        () if names(CSV) => AuditFormat::Csv,
        () => AuditFormat::Json,
    }
}

/// Who takes everything along is worth an entry, which is part of what is taken.
async fn note(context: &Context, access: &Authorized<AuditRead>, format: &str, filter: &Filter) -> Result<(), Problem> {
    let event = NewEvent {
        actor: access.actor(),
        action: "audit.exported",
        export_id: None,
        source: filter.source.clone(),
        tenant: filter.tenant.clone(),
        detail: serde_json::json!({ "format": format, "since": filter.since, "until": filter.until }),
    };
    Ok(audit::record(&context.ledger, event, clock::now()).await?)
}

/// All that fits, in constant memory; when the ledger fails on the way the connection is cut, so that nobody takes a part for the whole.
fn stream_of(
    context: &Context,
    filter: Filter,
    is_within: bool,
    media_type: &'static str,
    head: Option<String>,
    line: fn(&Entry) -> String,
) -> HttpResponse {
    let entries = match is_within {
        true => audit::stream(context.ledger.clone(), filter).boxed_local(),
        false => stream::empty().boxed_local(),
    };
    let lines = entries.map_ok(move |entry| line(&entry)).try_chunks(100).map(|lines| match lines {
        Ok(lines) => Ok(Bytes::from(lines.concat())),
        Err(error) => {
            tracing::warn!(error = %error.1, "The audit could not be read to its end");
            Err(error.1)
        }
    });
    let head = stream::iter(head.map(|head| Ok(Bytes::from(head))));
    let name = if media_type == CSV { "audit.csv" } else { "audit.jsonl" };
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(head.chain(lines))
}

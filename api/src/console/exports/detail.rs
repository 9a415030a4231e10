//! The page of one export.

use super::{
    contents::Contents,
    row::{Progress, Row, class},
    timeline::{self, Step},
};
use crate::{
    Context,
    auth::{Authorized, ExportsRead},
    console::{
        ApiCall, Section, Shell, page,
        said::{self, Moment},
    },
    problem::Problem,
    routes::{exports::visible, parse_id},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use askama::Template;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::{
    clock,
    export::State,
    ledger::{
        audit::{self, Filter},
        exports::{self, Export},
        files,
        keys::KeyScope,
        links, notifications, recipients,
    },
};

/// So many entries of the audit are told; the audit's own page has the rest.
const STEPS: i64 = 100;
/// So many files are listed.
const FILES: usize = 100;

#[derive(Template)]
#[template(path = "console/export.html")]
struct Page {
    shell: Shell,
    row: Row,
    facts: Vec<(&'static str, String)>,
    status: Status,
    steps: Vec<Step>,
    /// Whether the steps are all there are.
    is_whole: bool,
    contents: Option<Contents>,
    files: Vec<File>,
    more_files: usize,
    links: Vec<Link>,
    mails: Vec<Mail>,
    keys: Vec<String>,
    actions: Vec<Action>,
    hold: Option<ApiCall>,
    deletion: Option<ApiCall>,
    new_link: Option<ApiCall>,
    revoke_all: Option<ApiCall>,
}

/// How far it is: a piece of the page that is fetched again and again.
#[derive(Template)]
#[template(path = "console/export-status.html")]
struct Status {
    state: &'static str,
    class: &'static str,
    is_final: bool,
    held: String,
    stopping: bool,
    position: Option<i64>,
    progress: Progress,
    code: String,
    reason: String,
    advice: &'static str,
    next_attempt: Option<Moment>,
    worker: String,
}

struct File {
    name: String,
    size: String,
    sha256: String,
}

struct Link {
    id: String,
    made: Moment,
    /// `counts`, `revoked` or `over`, with the class of its badge.
    state: &'static str,
    class: &'static str,
    until: Moment,
    downloads: String,
    protection: &'static str,
    recipient: String,
    revoke: Option<ApiCall>,
}

struct Mail {
    kind: &'static str,
    recipient: String,
    state: &'static str,
    class: &'static str,
    at: Moment,
    error: String,
}

/// A button.
struct Action {
    path: &'static str,
    label: &'static str,
    class: &'static str,
    call: ApiCall,
}

/// The page.
pub(crate) async fn show(
    access: Authorized<ExportsRead>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let export = access.shown(visible(&context, &access, parse_id(&id)?).await?);
    let now = clock::now();
    let ledger = &context.ledger;
    let shell = Shell::of(&context, &request, Section::Exports);
    let may_write = shell.may(KeyScope::ExportsWrite);
    let filter = Filter { export: Some(export.id), ..Filter::default() };
    let entries = audit::page(ledger, &filter, None, STEPS).await?;
    let mut files = files::of_export(ledger, export.id).await?;
    files.retain(|file| file.deleted_at.is_none());
    let links = links::of_export(ledger, export.id).await?;
    let mails = notifications::of_export(ledger, export.id).await?;
    let keys = recipients::of_export(ledger, export.id).await?;
    let status = status(&context, &export, now).await?;
    let call = |method: &'static str, path: &str, body: Option<&Value>| {
        ApiCall::new(&request, method, &format!("v1/exports/{}{path}", export.id), body)
    };
    let is_there = export.state == State::Ready && export.deletion.began_at.is_none();
    let can_hold = may_write && (is_there || !export.state.is_final()) && !export.cancel_requested;
    let ends = is_there && may_write && export.expires_at.is_none_or(|end| end > now);
    let page_of = Page {
        facts: facts(&export, &entries, shell.may(KeyScope::AuditRead)),
        steps: timeline::of(&entries, shell.may(KeyScope::AuditRead), now),
        is_whole: i64::try_from(entries.len()).is_ok_and(|told| told < STEPS),
        contents: Contents::of(&entries),
        more_files: files.len().saturating_sub(FILES),
        files: files
            .into_iter()
            .take(FILES)
            .map(|file| File { name: file.name, size: said::size(file.bytes), sha256: hex::encode(file.sha256) })
            .collect(),
        revoke_all: (may_write && links.iter().any(|link| link.revoked_at.is_none() && link.expires_at > now))
            .then(|| call("DELETE", "/links", None)),
        links: links.into_iter().map(|link| Link::of(link, may_write, &request, now)).collect(),
        mails: mails.into_iter().map(|mail| Mail::of(mail, now)).collect(),
        keys: keys.into_iter().map(|key| key.label).collect(),
        actions: actions(&export, may_write, &call),
        hold: (can_hold && export.hold_since.is_none())
            .then(|| call("PUT", "/hold", Some(&json!({ "reason": "case 2026-114" })))),
        deletion: (ends && export.hold_since.is_none()).then(|| call("DELETE", "/archive", None)),
        new_link: ends.then(|| call("POST", "/links", Some(&json!({ "expires_in": 86_400 })))),
        row: Row::of(export, now),
        status,
        shell,
    };
    Ok(page(StatusCode::OK, &page_of))
}

/// How far it is, by itself.
pub(crate) async fn status_only(
    access: Authorized<ExportsRead>,
    context: Data<Context>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let export = access.shown(visible(&context, &access, parse_id(&id)?).await?);
    Ok(page(StatusCode::OK, &status(&context, &export, clock::now()).await?))
}

async fn status(context: &Context, export: &Export, now: DateTime<Utc>) -> Result<Status, Problem> {
    let position = match export.state {
        State::Queued => exports::positions(&context.ledger, Some(export.id), now).await?.get(&export.id).copied(),
        _ => None,
    };
    let row = Row::of(export.clone(), now);
    Ok(Status {
        state: export.state.as_str(),
        class: class(export.state),
        is_final: export.state.is_final(),
        held: export.hold_reason.clone().unwrap_or_default(),
        stopping: row.stopping,
        position,
        progress: row.progress,
        code: row.code,
        reason: row.reason,
        advice: row.advice,
        next_attempt: export
            .next_attempt_at
            .filter(|_| export.state == State::Queued)
            .map(|next| Moment::of(next, now)),
        worker: export.worker.clone().filter(|_| export.state == State::Running).unwrap_or_default(),
    })
}

fn facts(export: &Export, entries: &[audit::Entry], shows_who: bool) -> Vec<(&'static str, String)> {
    let words = |formats: &[shared::export::Format]| {
        formats.iter().map(|format| format.as_str()).collect::<Vec<_>>().join(", ")
    };
    let asked_by =
        entries.iter().find(|entry| entry.event.action == "export.requested").map(|entry| entry.event.actor.clone());
    let moment = |time: Option<DateTime<Utc>>| time.map(said::moment);
    let took = export.finished_at.zip(export.started_at).map(|(end, begun)| said::age(end - begun));
    [
        ("Number", Some(export.id.to_string())),
        ("Source", Some(export.source.clone())),
        ("Origin", Some(export.origin.to_string())),
        ("Asked by", asked_by.filter(|_| shows_who)),
        ("Formats", Some(format!("{}; CSV {}", words(&export.formats.0), export.csv_profile))),
        (
            "Layout",
            Some(match export.compression {
                Some(compression) => format!("{}, {compression}", export.layout),
                None => export.layout.to_string(),
            }),
        ),
        ("Language", Some(export.language.to_string())),
        ("Asked for", moment(Some(export.created_at))),
        ("First attempt", moment(export.started_at)),
        ("Ended", moment(export.finished_at)),
        ("Took", took),
        ("Archive's time is over", moment(export.expires_at)),
        ("Held since", moment(export.hold_since)),
        ("Told when it ends", Some(export.notify.0.join(", ")).filter(|told| !told.is_empty())),
        ("Attempts", Some(said::count(export.attempt))),
        ("Workers lost", Some(said::count(export.crashes)).filter(|_| export.crashes > 0)),
        ("Deletion", export.deletion.error.clone()),
    ]
    .into_iter()
    .filter_map(|(name, fact)| Some((name, fact?)))
    .collect()
}

fn actions(
    export: &Export,
    may_write: bool,
    call: &dyn Fn(&'static str, &str, Option<&Value>) -> ApiCall,
) -> Vec<Action> {
    let mut actions = Vec::new();
    if !may_write {
        return actions;
    }
    if !export.state.is_final() && !export.cancel_requested && export.hold_since.is_none() {
        let call = call("POST", "/cancel", None);
        actions.push(Action { path: "cancel", label: "Cancel", class: "danger", call });
    }
    if export.state == State::Failed {
        let call = call("POST", "/retry", None);
        actions.push(Action { path: "retry", label: "Retry", class: "", call });
    }
    if export.hold_since.is_some() {
        let call = call("DELETE", "/hold", None);
        actions.push(Action { path: "release", label: "Release from the hold", class: "second", call });
    }
    actions
}

impl Link {
    fn of(link: links::Link, may_write: bool, request: &HttpRequest, now: DateTime<Utc>) -> Self {
        let (state, class) = match (link.revoked_at, link.expires_at > now) {
            (Some(_), _) => ("revoked", "over"),
            (None, false) => ("over", "over"),
            (None, true) => ("counts", "good"),
        };
        let limit = link.download_limit.map_or(String::new(), |limit| format!(" of {limit} each file"));
        Self {
            id: link.id.to_string(),
            made: Moment::of(link.created_at, now),
            until: Moment::of(link.revoked_at.unwrap_or(link.expires_at), now),
            downloads: format!("{}{limit}", said::count(link.downloads)),
            protection: link.protection.as_str(),
            recipient: link.recipient.unwrap_or_default(),
            revoke: (may_write && state == "counts")
                .then(|| ApiCall::new(request, "DELETE", &format!("v1/links/{}", link.id), None)),
            state,
            class,
        }
    }
}

impl Mail {
    fn of(mail: notifications::Notification, now: DateTime<Utc>) -> Self {
        let class = match mail.delivery {
            notifications::Delivery::Pending => "wait",
            notifications::Delivery::Sent => "good",
            notifications::Delivery::Dead => "bad",
        };
        Self {
            kind: mail.kind.as_str(),
            recipient: mail.recipient,
            state: mail.delivery.as_str(),
            class,
            at: Moment::of(mail.sent_at.unwrap_or(mail.created_at), now),
            error: mail.last_error.unwrap_or_default(),
        }
    }
}

//! Sources: whether somebody serves them, and whether their catalogs fit.

use super::{ApiCall, Section, Shell, page, said, said::Moment, to};
use crate::{
    Context,
    auth::{Authorized, SourcesCheck, SourcesRead},
    form::{Button, Form},
    problem::Problem,
    routes::sources::{self, FoundView, SourceCheckView, SourceView},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use askama::Template;
use chrono::{DateTime, Utc};
use shared::{
    clock,
    ledger::{keys::KeyScope, source_checks::Outcome},
};
use url::form_urlencoded::byte_serialize;

#[derive(Template)]
#[template(path = "console/sources.html")]
struct List {
    shell: Shell,
    rows: Vec<Row>,
    call: ApiCall,
}

#[derive(Template)]
#[template(path = "console/source.html")]
struct Page {
    shell: Shell,
    row: Row,
    facts: Vec<(&'static str, String)>,
    found: Vec<FoundView>,
    more: i64,
    message: String,
    check: ApiCall,
}

/// A source, as it is said.
struct Row {
    name: String,
    /// The name as a step of an address.
    address: String,
    engine: &'static str,
    places: i64,
    served: bool,
    seen: Moment,
    /// What the last comparison came to, with the class of its badge.
    verdict: String,
    class: &'static str,
    checked: Option<Moment>,
    /// What changed lately; empty where nothing did.
    drift: String,
    wanted: bool,
}

/// The list.
pub(crate) async fn list(
    access: Authorized<SourcesRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let now = clock::now();
    let found = sources::all(&context, &access).await?;
    let list = List {
        shell: Shell::of(&context, &request, Section::Sources),
        rows: found.iter().map(|source| Row::of(source, now)).collect(),
        call: ApiCall::new(&request, "GET", "v1/sources", None),
    };
    Ok(page(StatusCode::OK, &list))
}

/// The page of one.
pub(crate) async fn show(
    access: Authorized<SourcesRead>,
    context: Data<Context>,
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let source = sources::one(&context, &access, &name).await?;
    let now = clock::now();
    let row = Row::of(&source, now);
    let (found, more, message, facts) = match source.check {
        None => (Vec::new(), 0, String::new(), Vec::new()),
        Some(check) => {
            let facts = facts(&check);
            let kept = i64::try_from(check.findings.len()).unwrap_or(i64::MAX);
            (check.findings, check.findings_total - kept, check.message.unwrap_or_default(), facts)
        }
    };
    let shown = Page {
        shell: Shell::of(&context, &request, Section::Sources),
        check: ApiCall::new(&request, "POST", &format!("v1/sources/{}/check", row.address), None),
        row,
        facts,
        found,
        more,
        message,
    };
    Ok(page(StatusCode::OK, &shown))
}

/// Asks the workers for a comparison.
pub(crate) async fn check(
    access: Authorized<SourcesCheck>,
    context: Data<Context>,
    request: HttpRequest,
    name: Path<String>,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    let source = sources::want(&context, &access, &name).await?;
    Ok(to(&request, &format!("console/sources/{}?done=check-wanted", step(&source.name))))
}

fn step(name: &str) -> String {
    byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

fn facts(check: &SourceCheckView) -> Vec<(&'static str, String)> {
    let changed = |at: Option<DateTime<Utc>>| {
        at.map_or("not since it is watched".to_owned(), |at| format!("seen on {}", said::moment(at)))
    };
    [
        ("Compared", Some(said::moment(check.checked_at))),
        ("Tables", Some(said::count(check.tables))),
        ("Schema", check.schema_fingerprint.clone()),
        ("Schema changed", check.schema_fingerprint.as_ref().map(|_| changed(check.schema_changed_at))),
        ("Catalog", check.catalog_fingerprint.clone()),
        ("Catalog changed", check.catalog_fingerprint.as_ref().map(|_| changed(check.catalog_changed_at))),
    ]
    .into_iter()
    .filter_map(|(name, fact)| Some((name, fact?)))
    .collect()
}

impl Row {
    fn of(source: &SourceView, now: DateTime<Utc>) -> Self {
        let (verdict, class) = match &source.check {
            None => ("not compared yet".to_owned(), "wait"),
            Some(check) => verdict(check),
        };
        let drift = source.check.as_ref().filter(|check| check.drifted).and_then(|check| check.schema_changed_at);
        Self {
            name: source.name.clone(),
            address: step(&source.name),
            engine: source.engine.as_str(),
            places: source.exports,
            served: source.served,
            seen: Moment::of(source.seen_at, now),
            verdict,
            class,
            checked: source.check.as_ref().map(|check| Moment::of(check.checked_at, now)),
            drift: drift.map_or(String::new(), |at| {
                format!("schema changed on {}, the catalog has not since", said::moment(at))
            }),
            wanted: source.check_wanted,
        }
    }
}

fn verdict(check: &SourceCheckView) -> (String, &'static str) {
    match (check.outcome, check.findings_open, check.findings_total) {
        (Outcome::Unreachable, ..) => ("did not answer".to_owned(), "bad"),
        (Outcome::CatalogUnreadable, ..) => ("catalog unreadable".to_owned(), "bad"),
        (Outcome::Compared, 0, 0) => ("fits".to_owned(), "good"),
        (Outcome::Compared, 0, told) => (format!("fits, {} to know", said::of(told, "thing")), "good"),
        (Outcome::Compared, open, _) => (said::of(open, "finding"), "bad"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_step_of_an_address() {
        assert_eq!(step("a shop/ß?"), "a%20shop%2F%C3%9F%3F");
    }
}

//! The form of a new export, and what an export would hold.

use crate::{
    Context,
    auth::{Authorized, ExportsWrite},
    body,
    console::{
        ApiCall, Section, Shell,
        form::{Document, Mistakes, items, ticked},
        page, said, to,
    },
    form::Form,
    problem::Problem,
    routes::exports::{Asked, EstimateView, ask},
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::{
    export::{Compression, CsvProfile, Layout},
    language::Language,
    ledger::sources,
};

/// What is filled in. A box that is not ticked is not sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    source: String,
    tenant: String,
    subject_kind: String,
    subject_key: String,
    csv: String,
    sql: String,
    jsonl: String,
    csv_profile: String,
    layout: String,
    compression: String,
    language: String,
    notify: String,
    /// The button: `estimate` or `ask`.
    then: String,
}

#[derive(Template)]
#[template(path = "console/export-new.html")]
struct Page {
    shell: Shell,
    fields: Fields,
    sources: Vec<String>,
    mistakes: Mistakes,
    estimate: Option<Estimate>,
    call: ApiCall,
}

/// What an export would be, as it is said.
struct Estimate {
    allowed: bool,
    refusal: String,
    rows: String,
    bytes: String,
    exact: bool,
    tables: Vec<(String, String, String)>,
}

/// The empty form.
pub(crate) async fn show(
    _: Authorized<ExportsWrite>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let fields = Fields { csv: "on".into(), sql: "on".into(), ..Fields::default() };
    answer(&context, &request, StatusCode::OK, fields, Mistakes::default(), None).await
}

/// Estimates, or asks for the export.
pub(crate) async fn send(
    access: Authorized<ExportsWrite>,
    context: Data<Context>,
    request: HttpRequest,
    form: Form<Fields>,
) -> Result<HttpResponse, Problem> {
    let fields = form.into_inner();
    let mut document = fields.document();
    if fields.then == "estimate" {
        document["dry_run"] = json!(true);
    }
    let sha256 = Sha256::digest(document.to_string()).into();
    let asked = match body::from_value(document) {
        Ok(wish) => ask(&access, &context, &request, wish, &sha256, None).await,
        Err(problem) => Err(problem),
    };
    match asked {
        Ok(Asked::New(export)) => Ok(to(&request, &format!("console/exports/{}?done=asked", export.id))),
        Ok(Asked::Known(export)) => Ok(to(&request, &format!("console/exports/{}?done=joined", export.id))),
        Ok(Asked::Estimate(estimate)) => {
            let estimate = Some(Estimate::of(estimate));
            answer(&context, &request, StatusCode::OK, fields, Mistakes::default(), estimate).await
        }
        Err(problem) => {
            let status = problem.status();
            let mistakes = Mistakes::of(problem)?;
            answer(&context, &request, status, fields, mistakes, None).await
        }
    }
}

async fn answer(
    context: &Context,
    request: &HttpRequest,
    status: StatusCode,
    fields: Fields,
    mistakes: Mistakes,
    estimate: Option<Estimate>,
) -> Result<HttpResponse, Problem> {
    let sources = sources::list(&context.ledger).await?;
    let mut document = fields.document();
    for (name, example) in [("source", "ceppro"), ("tenant", "4711")] {
        if document.get(name).is_none() {
            document[name] = json!(example);
        }
    }
    let shown = Page {
        shell: Shell::of(context, request, Section::Exports),
        call: ApiCall::new(request, "POST", "v1/exports", Some(&document)),
        sources: sources.into_iter().map(|source| source.name).collect(),
        fields,
        mistakes,
        estimate,
    };
    Ok(page(status, &shown))
}

impl Fields {
    /// The request of the API that is filled in.
    fn document(&self) -> Value {
        let mut document = Document::default();
        document.text("source", &self.source);
        if !self.tenant.is_empty() {
            // A tenant's key is taken as it is typed.
            document.value("tenant", json!(self.tenant));
        }
        if !self.subject_kind.trim().is_empty() || !self.subject_key.is_empty() {
            document.value("subject", json!({ "kind": self.subject_kind.trim(), "key": self.subject_key }));
        }
        document.value("formats", json!(ticked(&[("csv", &self.csv), ("sql", &self.sql), ("jsonl", &self.jsonl)])));
        document.text("csv_profile", &self.csv_profile);
        document.text("layout", &self.layout);
        document.text("compression", &self.compression);
        document.text("language", &self.language);
        let notify = items(&self.notify);
        if !notify.is_empty() {
            document.value("notify", json!(notify));
        }
        document.finish()
    }
}

impl Estimate {
    fn of(view: EstimateView) -> Self {
        let number = |number: Option<u64>, say: fn(i64) -> String| {
            number.map_or("unknown".to_owned(), |number| say(i64::try_from(number).unwrap_or(i64::MAX)))
        };
        Self {
            allowed: view.allowed,
            refusal: view.refusal.map_or(String::new(), |refusal| refusal.message),
            rows: number(view.rows, said::count),
            bytes: number(view.bytes, said::size),
            exact: view.exact,
            tables: view
                .tables
                .into_iter()
                .map(|table| (table.table, number(table.rows, said::count), number(table.bytes, said::size)))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_the_request_that_it_shows() {
        let fields = Fields {
            source: "shop".into(),
            tenant: " 7".into(),
            csv: "on".into(),
            jsonl: "on".into(),
            notify: "a@x.example\nb@x.example".into(),
            ..Fields::default()
        };
        let wanted = json!({
            "source": "shop", "tenant": " 7", "formats": ["csv", "jsonl"], "notify": ["a@x.example", "b@x.example"],
        });
        assert_eq!(fields.document(), wanted);
        let person = Fields { subject_kind: "customer".into(), subject_key: "42".into(), ..Fields::default() };
        assert_eq!(person.document()["subject"], json!({ "kind": "customer", "key": "42" }));
    }
}

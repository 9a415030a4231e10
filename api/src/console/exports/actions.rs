//! What the page of an export does: each the same as its call of the API.

use crate::{
    Context,
    auth::{ArchivesDelete, Authorized, ExportsOperate, ExportsWrite},
    body,
    console::{
        Section, Shell,
        form::{Document, Sure},
        page,
        said::Moment,
        to,
    },
    form::{Button, Form},
    problem::Problem,
    routes::{exports, links, parse_id},
    server::PublicUrl,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Path},
};
use askama::Template;
use serde::Deserialize;
use serde_json::json;
use shared::clock;
use uuid::Uuid;

const DAY: i64 = 86_400;

/// Why an archive is held.
#[derive(Debug, Deserialize)]
pub(crate) struct Hold {
    reason: String,
}

/// What a new link shall be; an empty field is as configured.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewLink {
    days: String,
    limit: String,
    protection: String,
    recipient: String,
}

#[derive(Template)]
#[template(path = "console/link.html")]
struct LinkMade {
    shell: Shell,
    export: Uuid,
    url: String,
    until: Moment,
}

/// Back to the page of the export, which says what was done.
fn back(request: &HttpRequest, export: Uuid, done: &str) -> HttpResponse {
    to(request, &format!("console/exports/{export}?done={done}"))
}

/// Stops an export.
pub(crate) async fn cancel(
    access: Authorized<ExportsWrite>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    let export = exports::stop(&context, &access, parse_id(&id)?).await?;
    Ok(back(&request, export.id, "cancelled"))
}

/// Tries a failed export again.
pub(crate) async fn retry(
    access: Authorized<ExportsOperate>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    let export = exports::retry::again(&context, &access, parse_id(&id)?).await?;
    Ok(back(&request, export.id, "retried"))
}

/// Holds an archive.
pub(crate) async fn hold(
    access: Authorized<ExportsOperate>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Hold>,
) -> Result<HttpResponse, Problem> {
    let wish = body::from_value(json!({ "reason": form.into_inner().reason }))?;
    let export = exports::hold::keep(&context, &access, parse_id(&id)?, &wish).await?;
    Ok(back(&request, export.id, "held"))
}

/// Releases an archive.
pub(crate) async fn release(
    access: Authorized<ExportsOperate>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    let export = exports::hold::let_go(&context, &access, parse_id(&id)?).await?;
    Ok(back(&request, export.id, "released"))
}

/// Ends an archive's time.
pub(crate) async fn delete(
    access: Authorized<ArchivesDelete>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Sure>,
) -> Result<HttpResponse, Problem> {
    let id = parse_id(&id)?;
    form.into_inner().require()?;
    let export = exports::hold::end(&context, &access, id).await?;
    Ok(back(&request, export.id, "archive-deleted"))
}

/// Makes a link, and shows it this once.
pub(crate) async fn link(
    access: Authorized<ExportsWrite>,
    context: Data<Context>,
    public_url: Data<PublicUrl>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<NewLink>,
) -> Result<HttpResponse, Problem> {
    let export = parse_id(&id)?;
    let form = form.into_inner();
    let mut document = Document::default();
    if let Ok(days) = form.days.trim().parse::<u32>() {
        document.value("expires_in", json!(i64::from(days).saturating_mul(DAY)));
    } else {
        document.text("expires_in", &form.days);
    }
    document.number("download_limit", &form.limit);
    document.text("protection", &form.protection);
    document.text("recipient", &form.recipient);
    let wish = body::from_value(document.finish())?;
    let made = links::make(&context, &access, &public_url, export, wish).await?;
    let shell = Shell::of(&context, &request, Section::Exports);
    let until = Moment::of(made.expires_at, clock::now());
    Ok(page(StatusCode::CREATED, &LinkMade { shell, export, url: made.url, until }))
}

/// Revokes every link of an export.
pub(crate) async fn revoke_all(
    access: Authorized<ExportsWrite>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    let id = parse_id(&id)?;
    links::end_all(&context, &access, id).await?;
    Ok(back(&request, id, "revoked"))
}

/// Revokes a link.
pub(crate) async fn revoke(
    access: Authorized<ExportsWrite>,
    context: Data<Context>,
    request: HttpRequest,
    id: Path<String>,
    form: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let Button {} = form.into_inner();
    let export = links::end(&context, &access, parse_id(&id)?).await?;
    Ok(back(&request, export, "revoked"))
}

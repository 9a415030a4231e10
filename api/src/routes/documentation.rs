//! The OpenAPI document, made from the code, and the pages that show it to people. They load nothing from elsewhere.

mod webhooks;

use super::{
    audit, downloads, exports, keys, links, operators, recipients, schedules, sources, table::Access, webhooks as hooks,
};
use crate::{
    auth::Portal,
    pages::{self, download, unsubscribe, welcome},
    problem::{Finding, MEDIA_TYPE, Problem, ProblemDocument},
    routes::{events, health},
    words,
};
use actix_web::{
    HttpResponse,
    http::{Method, StatusCode, header},
    web::Path,
};
use std::sync::{Arc, LazyLock};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Header, ObjectBuilder, OpenApi as Document, Ref, RefOr, Required, ResponseBuilder, Schema,
        path::Operation,
        schema::Type,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_swagger_ui::Config;

const KEY: &str = "api_key";
const TOKEN: &str = "portal_token";

static DOCUMENT: LazyLock<Document> = LazyLock::new(Description::openapi);
static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    // The validator would be swagger.io's: a request to somebody else.
    let config = Config::new(["../openapi.json"]).validator_url("none").deep_linking(true).use_base_layout();
    Arc::new(config)
});

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Handover",
        description = "Ask for the data of one tenant as an archive, follow the export, and hand on a link to it.\n\nEvery refusal is an `application/problem+json` (RFC 9457) with a stable `code`. Fields may be added to answers; none is renamed. Times are UTC (RFC 3339).",
    ),
    paths(
        exports::create, exports::list, exports::show, events::follow, exports::cancel, exports::retry::retry,
        exports::hold::hold, exports::hold::release, exports::hold::delete_archive,
        links::create, links::list, links::revoke_all, links::revoke, downloads::create,
        schedules::create, schedules::list, schedules::show, schedules::change, schedules::delete, schedules::run,
        sources::list, sources::show, sources::check,
        audit::read,
        recipients::add, recipients::list, recipients::remove,
        hooks::create, hooks::list, hooks::show, hooks::change, hooks::delete, hooks::rotate,
        hooks::sending::list, hooks::sending::replay, hooks::sending::test,
        keys::create, keys::list, keys::revoke,
        operators::create, operators::list, operators::change, operators::reset_password, operators::remove_second_factor,
        health::live, health::ready,
        download::show, download::peek, download::download, download::code::ask, download::code::give,
        download::file::fetch, download::file::peek,
        unsubscribe::show, unsubscribe::stop, unsubscribe::again,
        document, to_pages, page, welcome::show,
    ),
    components(schemas(ProblemDocument, Finding, hooks::ExportEventView, hooks::PingEventView)),
    tags(
        (name = "exports", description = "One request, one archive"),
        (name = "links", description = "Signed, expiring, revocable addresses of archives"),
        (name = "schedules", description = "What is exported again and again"),
        (name = "sources", description = "The databases that are exported, and whether their catalogs fit"),
        (name = "audit", description = "Who did what to whose data"),
        (name = "recipients", description = "The public keys that a tenant's archives are encrypted to"),
        (name = "webhooks", description = "Addresses that are told what became of exports"),
        (name = "keys", description = "Who may call, and what"),
        (name = "operators", description = "Who may sign in at the console"),
        (name = "download", description = "The page a link leads to; for people"),
        (name = "mail", description = "Stopping mails that nobody has to get; for people and their mail programs"),
        (name = "health", description = "For monitors"),
        (name = "documentation", description = "This document"),
    ),
    servers((url = "./", description = "The server this document comes from, below whatever path it is reached at")),
    modifiers(&Shared),
)]
struct Description;

/// What every operation has in common.
struct Shared;

impl Modify for Shared {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        for (name, schema) in words::components() {
            components.schemas.insert(name.to_owned(), schema);
        }
        if let Some(RefOr::T(Schema::Object(request))) = components.schemas.get("ScheduleRequest") {
            let mut change = request.clone();
            change.required.clear();
            change.description = Some("What is to change about a schedule; what is left out stays.".to_owned());
            components.schemas.insert("ScheduleChange".to_owned(), RefOr::T(Schema::Object(change)));
        }
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("hk_…")
            .description(Some("An API key of `handover key create`. A key has a role, scopes, or both. Each `…:write` includes the `…:read` of the same; `admin` includes everything. A key may be bound to one source or one tenant."))
            .build();
        components.add_security_scheme(KEY, SecurityScheme::Http(scheme));
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("A short token that the product's back end signs for one of its own people (docs/portal-tokens.md). A member sees and asks for their own person's data, an admin their tenant's."))
            .build();
        components.add_security_scheme(TOKEN, SecurityScheme::Http(scheme));
        let routes = super::routes();
        document.webhooks = Some(webhooks::section());

        for (path, item) in &mut document.paths.paths {
            let by_method = [
                (Method::GET, &mut item.get),
                (Method::POST, &mut item.post),
                (Method::PUT, &mut item.put),
                (Method::PATCH, &mut item.patch),
                (Method::DELETE, &mut item.delete),
            ];
            for (method, operation) in by_method {
                let Some(operation) = operation else { continue };
                let route = routes.iter().find(|route| route.method == method && route.path == *path);
                if let Some(Access::Guarded { portal, .. }) = route.map(|route| route.access) {
                    needs_credential(operation, portal);
                }
                is_limited(path, operation);
                refuses_with_problems(operation);
                if matches!(
                    operation.operation_id.as_deref(),
                    Some("create_link" | "download_export" | "rotate_webhook_secret")
                ) && let Some(RefOr::T(body)) = &mut operation.request_body
                {
                    body.required = Some(Required::False);
                }
            }
            if let Some(operation) = &mut item.head {
                is_limited(path, operation);
            }
            let operations =
                [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete, &mut item.head];
            for operation in operations.into_iter().flatten() {
                for response in operation.responses.responses.values_mut() {
                    if let RefOr::T(response) = response {
                        response.headers.insert("x-request-id".into(), request_id());
                    }
                }
            }
        }
    }
}

fn needs_credential(operation: &mut Operation, portal: Portal) {
    let mut credentials = vec![SecurityRequirement::new(KEY, Vec::<String>::new())];
    if portal != Portal::Nobody {
        credentials.push(SecurityRequirement::new(TOKEN, Vec::<String>::new()));
    }
    operation.security = Some(credentials);
    let common = [
        ("401", "`unauthorized`: no key or portal token, or one that does not count"),
        (
            "403",
            "`forbidden`, `forbidden_tenant`: the caller may not do this; `token_not_fresh`: it needs a portal token issued less than 5 minutes ago",
        ),
        ("500", "`internal`: a fault of this program"),
        ("503", "`ledger_unavailable`, `too_many_streams`: try again shortly"),
    ];
    for (status, description) in common {
        let response = ResponseBuilder::new().description(description).build();
        let responses = &mut operation.responses.responses;
        responses.entry(status.into()).or_insert(RefOr::T(response));
    }
}

/// What every route answers where too much is asked, or in a way that takes too long.
fn is_limited(path: &str, operation: &mut Operation) {
    let mut common = vec![
        ("414", "`address_too_long`: path and query are too long"),
        ("431", "`head_too_large`: there are too many header fields, or they are too large"),
    ];
    if !path.starts_with("/health/") {
        common.push(("429", "`rate_limited`: too much was asked; `Retry-After` says when to ask again"));
    }
    if operation.request_body.is_some() {
        common.push(("408", "`too_slow`: the body did not arrive in time"));
    }
    for (status, description) in common {
        let response = ResponseBuilder::new().description(description);
        // A person at a link reads a page.
        let response = match status {
            "429" if path.starts_with("/d/") || path.starts_with("/f/") => {
                response.content("text/html", Content::new(Some(ObjectBuilder::new().schema_type(Type::String))))
            }
            _ => response,
        };
        operation.responses.responses.entry(status.into()).or_insert(RefOr::T(response.build()));
    }
    let limits = [
        ("RateLimit-Policy", "The limits that counted this request, as in `\"key\";q=600;w=60`"),
        ("RateLimit", "What is left of them, as in `\"key\";r=599;t=1`"),
    ];
    for response in operation.responses.responses.values_mut() {
        let RefOr::T(response) = response else { continue };
        for (name, description) in limits {
            let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String));
            header.description = Some(description.into());
            if !path.starts_with("/health/") {
                response.headers.insert(name.into(), RefOr::T(header));
            }
        }
    }
}

/// Every refusal has the one body, unless the operation names another.
fn refuses_with_problems(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
            && response.content.is_empty()
        {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content.insert(MEDIA_TYPE.into(), RefOr::T(content));
        }
    }
}

fn request_id() -> RefOr<Header> {
    let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String));
    header.description = Some("The number of the request, as in the log and the audit".into());
    RefOr::T(header)
}

/// The OpenAPI 3.1 document of the API.
pub fn openapi() -> Document {
    DOCUMENT.clone()
}

/// This document
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi", tag = "documentation", responses((status = 200, body = serde_json::Value, description = "OpenAPI 3.1")))]
pub(crate) async fn document() -> HttpResponse {
    HttpResponse::Ok().json(&*DOCUMENT)
}

/// To the pages for people
#[utoipa::path(get, path = "/docs", operation_id = "docs", tag = "documentation", responses((status = 308, description = "To `/docs/`", headers(("Location" = String)))))]
pub(crate) async fn to_pages() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "docs/")).finish()
}

/// The pages for people
#[utoipa::path(get, path = "/docs/{file}", operation_id = "docs_file", tag = "documentation", params(("file" = String, Path, description = "Empty, or a file of the page")),
    responses(
        (status = 200, body = String, content_type = "text/html", description = "The page, or a file of it"),
        (status = 404, description = "`not_found`"),
    ))]
pub(crate) async fn page(file: Path<String>) -> Result<HttpResponse, Problem> {
    let found = utoipa_swagger_ui::serve(&file, CONFIG.clone())
        .map_err(|error| Problem::internal(error.to_string()))?
        .ok_or_else(|| Problem::of_status(StatusCode::NOT_FOUND))?;
    let mut response = HttpResponse::Ok();
    if found.gzpipped {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    Ok(response
        .content_type(found.content_type)
        .insert_header((header::CONTENT_SECURITY_POLICY, pages::DOCUMENTATION_POLICY))
        .body(found.bytes.into_owned()))
}

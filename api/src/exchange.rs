//! One request and its answer: the request's number, the log line, the headers and the problem body that all answers share.

use crate::{
    address, console,
    headers::Hardening,
    problem::{MEDIA_TYPE, Problem},
};
use actix_web::{
    Error, HttpMessage,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use shared::{ledger::audit::Actor, metrics, telemetry::traces};
use std::time::Instant;
use tracing::{Span, field::Empty};
use tracing_actix_web::{RequestId, RootSpanBuilder};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The span of a request. It names the route's pattern and never the path, which may be a link's token.
pub(crate) struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let route = route(request);
        let number = request_id(request);
        let method = method(request.method());
        if is_health(request) {
            return tracing::info_span!(target: traces::QUIET, "request", request_id = number, method, route, status = Empty);
        }
        let span = tracing::info_span!(
            "request",
            otel.name = format!("{method} {route}"),
            otel.kind = "server",
            request_id = number,
            method,
            route,
            status = Empty,
        );
        if let Some(caller) = request.headers().get("traceparent").and_then(|header| header.to_str().ok()) {
            traces::join(&span, caller);
        }
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
    }
}

/// Gives every answer its number and its headers, and every refusal its body, also those of the framework itself.
pub(crate) async fn finish(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let number = request_id(&request);
    let quiet = is_health(&request);
    let hardening = request.app_data::<Data<Hardening>>().cloned();
    let (method, route) = (method(request.method()), route(&request));
    let mut response = next.call(request).await?.map_into_boxed_body();

    let known = response.response().error().and_then(|error| error.as_error::<Problem>());
    let bare = response.status().is_client_error() || response.status().is_server_error();
    let bare = bare && !response.headers().contains_key(header::CONTENT_TYPE);
    let is_page = console::is_page(response.request().path());
    if is_page && (bare || response.response().error().is_some()) {
        let page = console::refusal::answer(response.request(), known, response.status());
        response = response.into_response(page);
    } else if let Some(problem) = known {
        let body = body_of(problem, &number);
        response = with_problem(response, body);
    } else if bare || response.response().error().is_some() {
        let body = body_of(&Problem::of_status(response.status()), &number);
        response = with_problem(response, body);
    }

    let headers = response.headers_mut();
    if let Ok(number) = HeaderValue::from_str(&number) {
        headers.insert(REQUEST_ID, number);
    }
    if let Some(hardening) = hardening {
        hardening.apply(headers);
    }

    let status = response.status().as_u16();
    metrics::request_answered(method, route, status, started.elapsed());
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    if quiet {
        tracing::debug!(status, milliseconds, "Answered a request");
    } else {
        tracing::info!(status, milliseconds, "Answered a request");
    }
    Ok(response)
}

/// The pattern of the route, never the path, which may be a link's token.
fn route(request: &ServiceRequest) -> String {
    request.match_pattern().unwrap_or_else(|| "none".to_owned())
}

/// The method, if it is one that HTTP knows: a caller may invent others.
fn method(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

fn is_health(request: &ServiceRequest) -> bool {
    request.path().starts_with("/health/")
}

fn body_of(problem: &Problem, number: &str) -> String {
    problem.log();
    if problem.status().is_client_error() {
        tracing::debug!(code = problem.code(), "Refused a request");
    }
    serde_json::to_string(&problem.document(number)).unwrap_or_default()
}

fn with_problem(response: ServiceResponse<BoxBody>, body: String) -> ServiceResponse<BoxBody> {
    let mut response = response.map_body(|_, _| BoxBody::new(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response
}

/// The number of a request.
pub(crate) fn request_id(request: &impl HttpMessage) -> String {
    request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default()
}

/// Who is behind a request, for the audit. The address is the connection's own unless a trusted proxy names another.
pub(crate) fn actor(request: &actix_web::HttpRequest, name: impl Into<String>) -> Actor {
    Actor {
        name: name.into(),
        address: address::client(request).map(|address| address.to_string()),
        request_id: Some(request_id(request)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, HttpResponse, middleware::from_fn, test, web};
    use std::{
        io::Write,
        sync::{Arc, Mutex, PoisonError},
    };
    use tracing_actix_web::TracingLogger;
    use tracing_subscriber::fmt::format::FmtSpan;

    /// A log in memory.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    async fn fails() -> Result<HttpResponse, Problem> {
        Err(Problem::internal("the cause"))
    }

    #[actix_web::test]
    async fn the_log_has_the_route_and_the_cause_but_no_token_and_no_query() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let app = App::new()
            .service(web::resource("/d/{token}").get(HttpResponse::Ok).post(fails))
            .wrap(from_fn(finish))
            .wrap(TracingLogger::<RequestSpan>::new());
        let app = test::init_service(app).await;
        for request in [test::TestRequest::get(), test::TestRequest::post(), test::TestRequest::put()] {
            let request = request.uri("/d/secret-token?secret=query").insert_header(("authorization", "Bearer secret"));
            test::call_service(&app, request.to_request()).await;
        }
        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(!log.contains("secret"), "{log}");
        assert_eq!(log.matches("Answered a request").count(), 3, "{log}");
        for part in
            ["route=\"/d/{token}\"", "method=\"GET\"", "status=200", "status=500", "status=405", "cause=the cause"]
        {
            assert!(log.contains(part), "{part}: {log}");
        }
    }
}

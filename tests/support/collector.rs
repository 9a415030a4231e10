//! An OpenTelemetry collector: takes spans as OTLP over HTTP and keeps them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    web::{self, Bytes, Data, PayloadConfig},
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
};
use prost::Message;

use super::patience::{LONG, until};

type Bodies = Arc<Mutex<Vec<Bytes>>>;

/// A running collector; stops when dropped.
pub(crate) struct Collector {
    port: u16,
    bodies: Bodies,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// A span that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    /// `service.name` of the process.
    pub(crate) service: String,
    pub(crate) name: String,
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty for a root.
    pub(crate) parent: String,
    pub(crate) nanoseconds: (u64, u64),
    pub(crate) attributes: BTreeMap<String, String>,
}

impl Collector {
    pub(crate) async fn start() -> Collector {
        let bodies = Bodies::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let data: Data<Mutex<Vec<Bytes>>> = bodies.clone().into();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .app_data(PayloadConfig::new(64 * 1024 * 1024))
                .route("/v1/traces", web::post().to(take))
        });
        let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
        Collector { port, bodies, server: tokio::spawn(server) }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Everything that arrived, as it arrived.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bodies.lock().unwrap().concat()
    }

    /// Every span that arrived.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let bodies = self.bodies.lock().unwrap().clone();
        bodies.iter().flat_map(|body| spans(&ExportTraceServiceRequest::decode(body.clone()).unwrap())).collect()
    }

    /// The spans of one trace, once there is one of each of these names.
    pub(crate) async fn trace(&self, trace: &str, names: &[&str]) -> Vec<Span> {
        until(&format!("{names:?} in the trace {trace}"), LONG, async || {
            let spans: Vec<Span> = self.spans().into_iter().filter(|span| span.trace == trace).collect();
            names.iter().all(|name| spans.iter().any(|span| span.name == *name)).then_some(spans)
        })
        .await
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(bodies: Data<Mutex<Vec<Bytes>>>, body: Bytes) -> HttpResponse {
    bodies.lock().unwrap().push(body);
    HttpResponse::Ok().content_type("application/x-protobuf").finish()
}

fn spans(request: &ExportTraceServiceRequest) -> Vec<Span> {
    let mut spans = Vec::new();
    for resource in &request.resource_spans {
        let service = attributes(&resource.resource.as_ref().unwrap().attributes)["service.name"].clone();
        for span in resource.scope_spans.iter().flat_map(|scope| &scope.spans) {
            spans.push(Span {
                service: service.clone(),
                name: span.name.clone(),
                trace: hex::encode(&span.trace_id),
                id: hex::encode(&span.span_id),
                parent: hex::encode(&span.parent_span_id),
                nanoseconds: (span.start_time_unix_nano, span.end_time_unix_nano),
                attributes: attributes(&span.attributes),
            });
        }
    }
    spans
}

fn attributes(list: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    list.iter()
        .map(|pair| {
            (pair.key.clone(), pair.value.as_ref().and_then(|value| value.value.as_ref()).map(text).unwrap_or_default())
        })
        .collect()
}

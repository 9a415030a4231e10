//! Traces: one tree for each export, whichever processes worked on it; and nothing personal in anything that is told about a run.

use std::{collections::BTreeMap, time::Instant};

use examples::ceppro;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    ceppro::CepPro,
    client::Client,
    collector::{Collector, Span},
    customertrackr::CustomerTrackr,
    embedded::{Embedded, address_in},
    exposition::Exposition,
    grown::{Blueprint, Grown},
    mail_server::MailServer,
    markers::{holds, marked},
    patience::LONG,
    person::{Letter, open_page, press_button},
    port,
    portal::client,
    postgres,
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// What each process is told about traces.
fn traced(blueprint: Blueprint, collector: &Collector) -> Blueprint {
    blueprint.set("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()).set("OTEL_BSP_SCHEDULE_DELAY", "100")
}

/// Asks for an export inside a trace of the caller's.
async fn ask(grown: &Grown, tenant: &str, owner: &str) -> String {
    let caller = Client::new(grown.apis[0].base()).with_key(grown.apis[0].key());
    let wish = json!({ "source": "ceppro", "tenant": tenant, "notify": [owner] });
    let context = format!("00-{TRACE}-{CALLER}-01");
    let send = caller.send(Method::POST, "/v1/exports", |request| request.header("traceparent", context).json(&wish));
    let answer = send.await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_export_is_one_tree_from_the_callers_request_to_the_mail() {
    let (product, collector) = (CepPro::create().await, Collector::start().await);
    let blueprint = traced(Blueprint::new("traced").await, &collector);
    let grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let owner = MailServer::shared().await.address("owner");
    let export = ask(&grown, &product.tenants[0].key, &owner).await;
    let ready = grown.apis[0].until_state(&export, "ready").await;

    let spans = collector.trace(TRACE, &["POST /v1/exports", "queued", "attempt", "complete", "mail"]).await;
    let only = |name: &str| -> &Span {
        let [span] = spans.iter().filter(|span| span.name == name).collect::<Vec<_>>()[..] else { panic!("{name}") };
        span
    };
    let (request, attempt) = (only("POST /v1/exports"), only("attempt"));
    assert_eq!((request.service.as_str(), request.parent.as_str()), ("handover-api", CALLER));
    for child in ["queued", "attempt", "mail"] {
        let child = only(child);
        assert_eq!((child.service.as_str(), &child.parent), ("handover-worker", &request.id), "{child:?}");
    }
    for step in ["begin_upload", "snapshot", "plan", "finish_upload", "complete"] {
        let step = only(step);
        assert_eq!(step.parent, attempt.id, "{step:?}");
        assert!(attempt.nanoseconds.0 <= step.nanoseconds.0 && step.nanoseconds.1 <= attempt.nanoseconds.1, "{step:?}");
    }
    assert!(only("queued").nanoseconds.1 <= only("snapshot").nanoseconds.0);
    let tables: Vec<&Span> = spans.iter().filter(|span| span.name == "table").collect();
    assert_eq!(tables.len() as i64, ready["progress"]["tables_total"].as_i64().unwrap());
    assert!(tables.iter().all(|table| table.parent == attempt.id && !table.attributes["table"].is_empty()));
    let told: BTreeMap<&str, &str> =
        attempt.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!((told["export"], told["attempt"], told["source"]), (export.as_str(), "1", "ceppro"));
    // Health checks, statements and requests of libraries are in no trace.
    let known = [
        "request",
        "queued",
        "attempt",
        "mail",
        "begin_upload",
        "snapshot",
        "plan",
        "table",
        "finish_upload",
        "complete",
    ];
    for span in collector.spans() {
        assert!(known.contains(&span.name.as_str()) || span.attributes.contains_key("route"), "{span:?}");
        assert!(!span.name.contains("/health/"), "{span:?}");
    }
}

#[tokio::test]
async fn a_collector_that_is_not_there_stops_nothing_and_is_named_once() {
    let product = CustomerTrackr::create(marked(examples::customertrackr::tenants(1))).await;
    let nobody = format!("http://127.0.0.1:{}", port::free());
    let more = [("HANDOVER_TRACES__ENDPOINT", nobody.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
    let embedded = Embedded::serve_with(&product, &more).await;
    for _ in 0..3 {
        embedded.portal.deliver("customertrackr", &product.tenants[0].key).await;
    }
    let stopping = Instant::now();
    let ended = embedded.stop().await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(stopping.elapsed().as_secs() < 15, "{:?}", stopping.elapsed());
    assert_eq!(ended.stderr.matches("The collector of traces").count(), 1, "{}", ended.stderr);
}

/// The whole journey, with everything that is told about it turned up: logs as JSON at `debug`, metrics, traces.
#[tokio::test]
async fn nothing_personal_is_in_logs_metrics_or_traces() {
    let (product, collector) = (CepPro::create().await, Collector::start().await);
    let blueprint = traced(Blueprint::new("markers").await, &collector)
        .set("HANDOVER_LOG__FORMAT", "json")
        .set("HANDOVER_LOG__FILTER", "debug")
        .set("HANDOVER_METRICS__LISTEN", "127.0.0.1:0");
    let mut grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let mail = MailServer::shared().await;
    let (tenant, owner) = (&product.tenants[0], mail.address("owner"));
    let export = ask(&grown, &tenant.key, &owner).await;
    grown.apis[0].until_state(&export, "ready").await;
    let letter = Letter::read(mail.first(&owner, LONG).await.unwrap().as_bytes());
    let link = letter.link();
    open_page(&link).await;
    press_button(&link).await;
    // A request that is refused, a tenant that is not there, and an export that fails.
    let (status, _) = grown.apis[0].ask(&json!({ "source": "ceppro", "tenant": "nobody-of-this-name" })).await;
    assert_eq!(status, 422);
    product.run("create table leads (id bigint primary key)").await;
    let (_, failing) = grown.apis[0].ask(&json!({ "source": "ceppro", "tenant": product.tenants[1].key })).await;
    grown.apis[0].until_state(failing["id"].as_str().unwrap(), "failed").await;
    collector.trace(TRACE, &["mail", "complete"]).await;

    let api = address_in(&grown.api_programs()[0].says("Metrics are served", LONG).await);
    let worker = address_in(&grown.workers[0].program.says("Metrics are served", LONG).await);
    let mut metrics = String::new();
    for address in [api, worker] {
        let text = client().get(format!("http://{address}/metrics")).send().await.unwrap().text().await.unwrap();
        Exposition::read(&text);
        metrics.push_str(&text);
    }
    let logs = grown.logs();
    for line in logs.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(["timestamp", "level", "target"].iter().all(|name| line[*name].is_string()), "{line}");
    }
    let about = logs.lines().filter(|line| line.contains("The archive is ready")).collect::<Vec<_>>();
    assert!(about.len() == 1 && about[0].contains(&export), "{about:?}");

    let key = grown.apis[0].key();
    let mut secrets =
        vec![owner.as_str(), link.path(), key, postgres::PASSWORD, MailServer::PASSWORD, examples::SECRET];
    secrets.extend([grown.bucket.store.secret_access_key, "X-Amz-Signature", "nobody-of-this-name"]);
    for tenant in &product.tenants {
        secrets.extend([tenant.key.as_str(), &tenant.label, &tenant.marker]);
    }
    for (place, bytes) in [("logs", logs.as_bytes()), ("metrics", metrics.as_bytes()), ("traces", &collector.bytes())] {
        assert!(bytes.len() > 1000, "{place} are empty");
        for secret in &secrets {
            assert!(!holds(bytes, secret), "{secret} in the {place}:\n{}", around(bytes, secret));
        }
        // Neither is the export's number where only closed sets belong.
        assert_eq!(place != "metrics", holds(bytes, &export), "{place}");
    }
}

/// The lines in which a text stands.
fn around(bytes: &[u8], wanted: &str) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines().filter(|line| holds(line.as_bytes(), wanted)).take(3).collect::<Vec<_>>().join("\n")
}

//! `/metrics`: right numbers about a real run, in a format that a scraper takes.

use examples::{ceppro, customertrackr};
use shared::metrics::METRICS;

use crate::support::{
    ceppro::CepPro,
    customertrackr::CustomerTrackr,
    embedded::{Embedded, address_in},
    exposition::Exposition,
    grown::Blueprint,
    mail_server::MailServer,
    markers::marked,
    patience::{LONG, until},
    portal::client,
};

const PORT: (&str, &str) = ("HANDOVER_METRICS__LISTEN", "127.0.0.1:0");

async fn scrape(address: &str) -> Exposition {
    let answer = client().get(format!("http://{address}/metrics")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    Exposition::read(&answer.text().await.unwrap())
}

/// Scrapes until a series has this value.
async fn until_value(address: &str, name: &str, labels: &[(&str, &str)], value: f64) -> Exposition {
    until(&format!("{name}{labels:?} to be {value}"), LONG, async || {
        let read = scrape(address).await;
        (read.value(name, labels) == value).then_some(read)
    })
    .await
}

#[tokio::test]
async fn a_run_shows_in_every_metric_of_the_catalog() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(2))).await;
    let mut embedded = Embedded::serve_with(&product, &[PORT]).await;
    let address = embedded.address("Metrics are served").await;
    let source = ("source", "customertrackr");

    let before = until_value(&address, "handover_workers_alive", &[], 1.0).await;
    assert_eq!(before.value("handover_ledger_up", &[]), 1.0);
    // What may be alerted on is 0 from the start, and not absent.
    assert!(before.has("handover_exports_queued") && before.has("handover_exports_running"));
    assert!(!before.has("handover_rows_read_total"));

    let export = embedded.portal.export("customertrackr", &product.tenants[0].key, "owner@example.com").await;
    let ready = embedded.portal.until_state(&export, "ready").await;
    embedded.letter_to("owner@example.com").await;
    let done = [source, ("state", "ready"), ("code", "")];
    until_value(&address, "handover_mails_total", &[("kind", "ready"), ("result", "sent")], 1.0).await;
    let after = until_value(&address, "handover_mail_backlog", &[], 0.0).await;
    assert_eq!(after.value("handover_exports_finished_total", &done), 1.0);
    let number = |name: &str| ready["progress"][name].as_f64().unwrap();
    assert_eq!(after.value("handover_rows_read_total", &[source]), number("rows"));
    assert_eq!(after.value("handover_bytes_read_total", &[source]), number("bytes"));
    let size = ready["files"][0]["bytes"].as_f64().unwrap();
    assert_eq!(after.value("handover_archive_bytes_total", &[source]), size);
    assert_eq!(after.value("handover_export_duration_seconds_count", &[source, ("state", "ready")]), 1.0);
    assert_eq!(after.value("handover_export_wait_seconds_count", &[source, ("origin", "operator")]), 1.0);
    let asked = [("method", "POST"), ("route", "/v1/exports"), ("status", "202")];
    assert_eq!(after.value("handover_http_request_duration_seconds_count", &asked), 1.0);
    for gauge in ["handover_queue_oldest_seconds", "handover_expired_objects_present", "handover_exports_lease_ended"] {
        assert_eq!(after.value(gauge, &[]), 0.0, "{gauge}");
        assert!(after.has(gauge), "{gauge}");
    }
    assert!(after.value("process_resident_memory_bytes", &[]) > 1e6 && after.value("process_open_fds", &[]) > 3.0);

    // A table that nobody has classified stops an export.
    product.run("create table leads (id integer primary key)").await;
    let export = embedded.portal.export("customertrackr", &product.tenants[1].key, "other@example.com").await;
    embedded.portal.until_state(&export, "failed").await;
    let failed = [source, ("state", "failed"), ("code", "catalog_refused")];
    let after = until_value(&address, "handover_exports_finished_total", &failed, 1.0).await;
    assert_eq!(after.value("handover_attempts_failed_total", &[source, ("code", "catalog_refused")]), 1.0);

    for (name, kind) in &after.kinds {
        let metric = METRICS.iter().find(|metric| metric.name == name);
        let metric = metric.unwrap_or_else(|| panic!("{name} is in no catalog"));
        assert_eq!(metric.kind.as_str(), kind, "{name}");
        let mut expected = metric.labels.to_vec();
        expected.sort_unstable();
        assert_eq!(after.labels(name), [expected], "{name}");
    }
    let absent = METRICS.iter().filter(|metric| !after.has(metric.name)).map(|metric| metric.name);
    assert_eq!(absent.collect::<Vec<_>>(), ["handover_lease_takeovers_total", "handover_webhook_messages_total"]);
}

#[tokio::test]
async fn nothing_but_metrics_is_answered_and_only_where_it_was_asked_for() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
    let mut embedded = Embedded::serve_with(&product, &[PORT]).await;
    let address = embedded.address("Metrics are served").await;
    for path in ["", "v1/exports", "health/live", "metrics/"] {
        let answer = client().get(format!("http://{address}/{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
    // The public port knows nothing of them.
    let public = embedded.address("The API listens").await;
    assert_eq!(client().get(format!("http://{public}/metrics")).send().await.unwrap().status(), 404);
    assert_eq!(embedded.stop().await.status.code(), Some(0));
}

#[tokio::test]
async fn a_takeover_is_counted_by_the_worker_that_took_over() {
    let product = CepPro::create().await;
    let blueprint = Blueprint::new("takeover").await.processes(1, 2).set(PORT.0, PORT.1);
    let mut grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let owner = MailServer::shared().await.address("owner");

    let mut hold = product.hold("security_events").await;
    let export = grown.apis[0].export("ceppro", &product.tenants[0].key, &owner).await;
    hold.until_waiting(1).await;
    grown.take_worker_of(&export).await.program.kill().await;
    hold.until_waiting(2).await;
    let address = address_in(&grown.workers[0].program.says("Metrics are served", LONG).await);
    let source = ("source", "ceppro");
    let during = until_value(&address, "handover_exports_running", &[source], 1.0).await;
    assert_eq!(during.value("handover_lease_takeovers_total", &[source]), 1.0);
    until("rows that are read to show before the end", LONG, async || {
        (scrape(&address).await.value("handover_rows_read_total", &[source]) > 0.0).then_some(())
    })
    .await;
    hold.release().await;
    grown.apis[0].until_state(&export, "ready").await;
    until_value(&address, "handover_exports_running", &[source], 0.0).await;
}

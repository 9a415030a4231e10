//! `/metrics`, on a port of its own that nobody outside the installation reaches.

use actix_web::{
    App, HttpResponse, HttpServer,
    http::header,
    web::{self, Data},
};
use anyhow::Context as _;
use shared::{clock, ledger::Ledger, metrics::Recorder};
use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};
use tokio::time::{MissedTickBehavior, interval};

/// Prometheus' text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// How often measurements are moved to their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Begins to count, and answers on this address until the process ends, also while it finishes its last work.
pub(crate) fn answer(address: SocketAddr, ledger: Ledger) -> anyhow::Result<()> {
    let cannot = || format!("metrics cannot listen on {address} (HANDOVER_METRICS__LISTEN)");
    let listener = TcpListener::bind(address).with_context(cannot)?;
    let address = listener.local_addr().with_context(cannot)?;
    let recorder = Data::new(Recorder::install(ledger)?);
    let served = recorder.clone();
    let server = HttpServer::new(move || {
        App::new().app_data(served.clone()).service(web::resource("/metrics").get(show).head(show))
    });
    let server = server.workers(1).disable_signals().listen(listener).with_context(cannot)?.run();
    tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "Metrics are served no longer");
        }
    });
    tokio::spawn(async move {
        let mut ticks = interval(UPKEEP);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            recorder.keep_up();
        }
    });
    tracing::info!(%address, "Metrics are served");
    Ok(())
}

async fn show(recorder: Data<Recorder>) -> HttpResponse {
    let text = recorder.render(clock::now()).await;
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, TEXT)).body(text)
}

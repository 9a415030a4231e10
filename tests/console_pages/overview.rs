//! The first page.

use super::desk::Visitor;
use crate::support::api::{Api, now};
use chrono::TimeDelta;
use shared::ledger::{
    exports,
    keys::Role,
    source_checks::{self, Findings, Outcome},
    workers,
};
use std::time::Duration;

#[tokio::test]
async fn it_shows_what_runs_waits_failed_is_due_and_lies_in_the_vault() {
    let api = Api::start().await;
    let viewer = Visitor::new(&api, Role::Viewer).await;
    workers::polled(&api.ledger, "w1", now()).await.unwrap();
    api.queued("waiting-one").await;
    let running = api.queued("running-one").await;
    exports::claim(&api.ledger, running.id, "w1", Duration::from_secs(60), now()).await.unwrap().unwrap();
    let failed = api.queued("failed-one").await;
    let claimed = exports::claim(&api.ledger, failed.id, "w1", Duration::from_secs(60), now()).await.unwrap().unwrap();
    exports::fail(&api.ledger, failed.id, claimed.attempt, "too_large", "9 rows are too many", now()).await.unwrap();
    api.ready("made-one", b"twelve bytes", now() + TimeDelta::days(2)).await;

    let page = viewer.open("/console").await;
    assert_eq!(page.status, 200, "{}", page.html);
    let text = page.text();
    for said in [
        "1 running",
        "1 waiting",
        "1 failed, to look at",
        "3 requests to answer",
        "12 bytes in the vault",
        "running-one shop · operator",
        "too_large 9 rows are too many",
        "Raise HANDOVER_SOURCES",
        "1 ready and 1 failed in 30 days",
        "1 worker alive",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    // What goes within seven days, and the day's bars.
    assert!(text.contains("1 (12 bytes)"), "{text}");
    assert_eq!(page.html.matches("<svg ").count(), 3);
    assert!(page.html.contains("1 ready</title>") && page.html.contains("1 failed</title>"), "{}", page.html);
    assert!(!page.html.contains("style="), "{}", page.html);
    assert!(page.policy.contains("script-src 'self'") && !page.policy.contains("unsafe"), "{}", page.policy);
    assert!(page.html.len() < 60_000, "{} bytes", page.html.len());

    // The piece that is fetched again and again is the same piece.
    let piece = viewer.open("/console/running").await;
    assert_eq!(piece.status, 200);
    assert!(piece.html.contains("running-one") && !piece.html.contains("<html"), "{}", piece.html);
    let link = format!("\"console/exports/{}\"", running.id);
    assert!(piece.html.contains(&link) && page.html.contains(&link), "{}", piece.html);
}

#[tokio::test]
async fn an_empty_installation_says_what_is_missing() {
    let api = Api::start().await;
    let viewer = Visitor::new(&api, Role::Viewer).await;
    let text = viewer.read("/console").await;
    for said in [
        "Nothing runs right now.",
        "Everybody who asked has an answer.",
        "no worker has ever signed",
        "Start handover worker",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    workers::polled(&api.ledger, "w1", now()).await.unwrap();
    assert!(viewer.read("/console").await.contains("All well"));
    let unreachable = Findings {
        outcome: Outcome::Unreachable,
        message: Some("the source did not answer".into()),
        tables: 0,
        found: Vec::new(),
        schema_fingerprint: None,
        catalog_fingerprint: None,
    };
    source_checks::begin(&api.ledger, "shop", TimeDelta::hours(1), now()).await.unwrap();
    source_checks::end(&api.ledger, "shop", &unreachable, now()).await.unwrap();
    assert!(viewer.read("/console").await.contains("1 source could not be compared"));
}

#[tokio::test]
async fn a_person_who_is_not_signed_in_is_asked_to() {
    let api = Api::start().await;
    for path in ["/console", "/console/running", "/console/exports", "/console/schedules/new", "/console/sources/shop"]
    {
        let answer = api.undocumented(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.header("location").contains("sign-in"), "{path}");
    }
    let key = api.admin().await;
    assert_eq!(key.fetch("/console").await.status, 303, "a key is for programs");
}

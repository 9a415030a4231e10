//! Exports through the API: asking, listing, following, cancelling.

use crate::support::{
    api::{Api, id_of, now, wanted},
    portal::Portal,
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::{
    export::{Phase, State},
    ledger::{
        exports::{self, Progress},
        keys::KeyScope,
    },
};
use std::time::Duration;
use url::Url;
use uuid::Uuid;

const LEASE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_new_export_is_shown_with_everything_it_has() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let asked = admin.post("/v1/exports", wanted("t1")).await;
    assert_eq!(asked.status, 202);
    let mut view = asked.json();
    // Relative, so that it holds behind a proxy that serves the API below a path of its own.
    let behind_a_proxy: Url = "https://shop.example/handover/v1/exports".parse().unwrap();
    let place = behind_a_proxy.join(asked.header("location")).unwrap();
    let place = place.path().strip_prefix("/handover").unwrap();
    assert_eq!(admin.get(place).await.json(), view);
    let members = view.as_object_mut().unwrap();
    members.remove("id");
    members.remove("created_at");
    let expected = json!({
        "source": "shop", "tenant": "t1", "subject": null, "origin": "operator", "schedule": null, "run": null, "formats": ["csv", "sql"], "csv_profile": "lossless", "language": "en",
        "layout": "zip", "compression": null,
        "state": "queued", "phase": null, "progress": { "tables_done": 0, "tables_total": 0, "rows": 0, "bytes": 0, "table": null },
        "queue_position": 1, "next_allowed_at": null, "attempt": 0, "crashes": 0, "reason": null, "started_at": null,
        "finished_at": null, "expires_at": null, "hold": null, "deletion": null, "next_attempt_at": null,
        "files": [], "recipients": [],
    });
    assert_eq!(view, expected);
}

#[tokio::test]
async fn an_identical_export_on_its_way_is_joined() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let first = admin.post("/v1/exports", wanted("t1")).await;
    let same = admin.post("/v1/exports", wanted("t1")).await;
    assert_eq!((same.status, id_of(&same)), (200, id_of(&first)));
    let other = json!({ "source": "shop", "tenant": "t1", "formats": ["csv"] });
    assert_eq!(admin.post("/v1/exports", other).await.status, 202);
    assert_eq!(api.exports().await.len(), 2);
}

#[tokio::test]
async fn an_export_under_a_legal_hold_is_not_stopped() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let id = id_of(&admin.post("/v1/exports", wanted("t1")).await);
    let (hold, cancel) = (format!("/v1/exports/{id}/hold"), format!("/v1/exports/{id}/cancel"));
    assert_eq!(admin.put(&hold, json!({ "reason": "case 7" })).await.status, 200);
    assert_eq!(admin.post(&cancel, json!({})).await.refusal(), (409, "export_held".into()));
    assert_eq!(admin.get(&format!("/v1/exports/{id}")).await.json()["state"], "queued");
    assert_eq!(admin.delete(&hold).await.status, 200);
    assert_eq!(admin.post(&cancel, json!({})).await.json()["state"], "cancelled");
}

#[tokio::test]
async fn an_export_of_one_person_is_none_of_the_whole_tenant() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let whole = admin.post("/v1/exports", wanted("t1")).await;
    let subject = json!({ "kind": "customer", "key": "42' or 1=1 --" });
    let mut wish = wanted("t1");
    wish["subject"] = subject.clone();
    let one = admin.post("/v1/exports", wish.clone()).await;
    assert_eq!((one.status, &one.json()["subject"]), (202, &subject));
    assert_ne!(id_of(&one), id_of(&whole));
    let same = admin.post("/v1/exports", wish.clone()).await;
    assert_eq!((same.status, id_of(&same)), (200, id_of(&one)));
    wish["subject"]["key"] = json!("43");
    assert_eq!(admin.post("/v1/exports", wish.clone()).await.status, 202);
    for wrong in [
        json!({ "kind": "customer" }),
        json!({ "kind": "", "key": "1" }),
        json!({ "kind": "a", "key": "" }),
        json!("a:1"),
    ] {
        wish["subject"] = wrong;
        assert_eq!(admin.post("/v1/exports", wish.clone()).await.refusal(), (422, "invalid_request".into()));
    }
    assert_eq!(api.exports().await.len(), 3);
}

#[tokio::test]
async fn pages_hold_every_export_once_newest_first() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(api.queued(&format!("t{number}")).await.id.to_string());
    }
    ids.reverse();
    let mut listed = Vec::new();
    let mut path = "/v1/exports?limit=3".to_owned();
    for expected in [3, 3, 1] {
        let page = admin.get(&path).await.json();
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.len(), expected);
        listed.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/exports?limit=3&cursor={cursor}"),
            None => path.clear(),
        }
    }
    assert_eq!((listed, path.as_str()), (ids, ""), "the last page leads nowhere");
    assert_eq!(admin.get("/v1/exports?limit=7").await.json()["next_cursor"], Value::Null);
    assert_eq!(admin.get("/v1/exports?tenant=t3").await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(admin.get("/v1/exports?state=ready").await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_cursor_of_an_export_that_a_key_may_not_see_is_as_good_as_an_unknown_one() {
    let api = Api::start().await;
    let own = api.queued("t1").await;
    let foreign = api.queued("t2").await;
    let bound = api.caller(&[KeyScope::ExportsRead], Some(("shop", "t1"))).await;
    let at = async |id: Uuid| bound.get(&format!("/v1/exports?cursor=01{}", id.simple())).await;
    assert_eq!(at(own.id).await.status, 200);
    let (foreign, unknown) = (at(foreign.id).await, at(Uuid::now_v7()).await);
    assert_eq!(foreign.refusal(), (400, "invalid_query".into()));
    assert_eq!(foreign.json()["detail"], unknown.json()["detail"]);
}

#[tokio::test]
async fn a_ready_export_shows_its_files() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let export = api.ready("t1", b"archive", now() + TimeDelta::days(1)).await;
    let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(b"archive"));
    let files = json!([{ "name": "phone-repair-export.zip", "bytes": 7, "sha256": sha256 }]);
    assert_eq!(admin.get(&format!("/v1/exports/{}", export.id)).await.json()["files"], files);
    assert_eq!(admin.get("/v1/exports?state=ready").await.json()["items"][0]["files"], files);
}

#[tokio::test]
async fn a_queued_export_is_cancelled_at_once_and_a_running_one_is_asked_to_stop() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let queued = api.queued("t1").await;
    let answer = admin.post(&format!("/v1/exports/{}/cancel", queued.id), json!({})).await;
    assert_eq!((answer.status, &answer.json()["state"]), (200, &json!("cancelled")));

    let running = api.queued("t2").await;
    exports::claim(&api.ledger, running.id, "w1", LEASE, now()).await.unwrap().unwrap();
    let answer = admin.post(&format!("/v1/exports/{}/cancel", running.id), json!({})).await;
    assert_eq!((answer.status, &answer.json()["state"]), (200, &json!("running")));
    assert!(exports::find(&api.ledger, running.id).await.unwrap().unwrap().cancel_requested);
}

#[tokio::test]
async fn events_tell_the_progress_until_it_is_done() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let export = api.queued("t1").await;
    let path = format!("/v1/exports/{}/events", export.id);
    let (mut begun, mut running) = (false, None);
    // Each step waits until the one before was told.
    let work = async |told: &str| {
        if !begun {
            begun = true;
            let export = exports::claim(&api.ledger, export.id, "w1", LEASE, now()).await.unwrap().unwrap();
            let progress = Progress {
                phase: Phase::Reading,
                tables_done: 1,
                tables_total: 2,
                rows_done: 10,
                bytes_done: 100,
                table: None,
            };
            exports::renew(&api.ledger, export.id, export.attempt, progress, LEASE, now()).await.unwrap();
            running = Some(export.attempt);
        } else if told.contains("\"rows\":10")
            && let Some(attempt) = running.take()
        {
            let refused = "The source refused.";
            exports::fail(&api.ledger, export.id, attempt, "source_refused", refused, now()).await.unwrap();
        }
    };
    let stream = admin.stream(&path, |request| request.header("last-event-id", "41"), work).await;
    let events: Vec<(u64, &str, Value)> = stream.text().trim_end().split("\n\n").map(event).collect();
    let numbers: Vec<u64> = events.iter().map(|(id, ..)| *id).collect();
    assert_eq!(numbers, (42..42 + events.len() as u64).collect::<Vec<_>>());
    let (last, before) = events.split_last().unwrap();
    assert!(before.iter().all(|(_, name, _)| *name == "progress"));
    assert!(before.iter().any(|(_, _, view)| view["progress"]["rows"] == 10));
    assert_eq!((last.1, &last.2["state"]), ("done", &json!("failed")));
    assert_eq!(last.2["reason"], json!({ "code": "source_refused", "message": "The source refused." }));
    assert_eq!(last.2, admin.get(&format!("/v1/exports/{}", export.id)).await.json());
}

fn event(text: &str) -> (u64, &str, Value) {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    (field("id: ").parse().unwrap(), field("event: "), serde_json::from_str(field("data: ")).unwrap())
}

#[tokio::test]
async fn a_stop_ends_the_streams_and_waits_for_no_client() {
    let mut api = Api::start().await;
    let export = api.queued("t1").await;
    let key = api.key(&[KeyScope::ExportsRead], None, None).await;
    let mut events = Portal::new(&api.anyone.base().parse().unwrap(), &key).follow(&export.id.to_string()).await;
    assert_eq!(events.next().await.unwrap().name, "progress");
    tokio::time::timeout(Duration::from_secs(5), api.stop()).await.unwrap();
    assert!(events.next().await.is_none(), "the stream goes on, or claims to be done");
    assert_eq!(api.exports().await[0].state, State::Queued);
}

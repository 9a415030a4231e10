//! What a bound caller learns of others: nothing, neither from texts nor from the clock.

use super::matrix::{ask, masked};
use crate::support::{
    api::{Api, id_of, now, wanted},
    client::Client,
};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use shared::ledger::{
    audit::Actor,
    keys::{
        self,
        KeyScope::{ExportsRead, ExportsWrite, SchedulesWrite},
    },
};
use std::time::{Duration, Instant};
use uuid::Uuid;

#[tokio::test]
async fn a_foreign_id_takes_as_long_as_an_unknown_one() {
    let api = Api::start().await;
    let export = api.ready("t2", b"archive", now() + TimeDelta::days(1)).await;
    let (link, _) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let of_others = super::policy::new_schedule("t2");
    let schedule = api.admin().await.post("/v1/schedules", of_others).await.json()["id"].as_str().unwrap().to_owned();
    let bound = api.caller(&[ExportsWrite, SchedulesWrite], Some(("shop", "t1"))).await;
    for (method, before, foreign) in [
        ("GET", "/v1/exports/", export.id.to_string()),
        ("DELETE", "/v1/links/", link.id.to_string()),
        ("GET", "/v1/schedules/", schedule),
    ] {
        let unknown = Uuid::now_v7().to_string();
        // The machine may be busy with other things; what the code does shows in one quiet try.
        let mut tries = Vec::new();
        for _ in 0..5 {
            let (mut theirs, mut nobodys) = (Vec::new(), Vec::new());
            for _ in 0..40 {
                theirs.push(time(&bound, method, &format!("{before}{foreign}")).await);
                nobodys.push(time(&bound, method, &format!("{before}{unknown}")).await);
            }
            tries.push((median(theirs), median(nobodys)));
            let (one, other) = tries[tries.len() - 1];
            if one.max(other) < one.min(other) * 3 / 2 {
                break;
            }
            assert!(tries.len() < 5, "{method} {before}: {tries:?}");
        }
    }
}

async fn time(client: &Client, method: &str, path: &str) -> Duration {
    let began = Instant::now();
    assert_eq!(ask(client, method, path, &Value::Null).await.status, 404);
    began.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test]
async fn a_cursor_of_others_is_no_cursor() {
    let api = Api::start().await;
    for _ in 0..2 {
        api.ready("t2", b"archive", now() + TimeDelta::days(1)).await;
    }
    let admin = api.admin().await;
    let cursor = admin.get("/v1/exports?limit=1").await.json()["next_cursor"].as_str().unwrap().to_owned();
    let unknown = format!("01{}", Uuid::now_v7().simple());
    let bound = api.caller(&[ExportsRead], Some(("shop", "t1"))).await;
    let theirs = bound.get(&format!("/v1/exports?cursor={cursor}")).await;
    let nobodys = bound.get(&format!("/v1/exports?cursor={unknown}")).await;
    assert_eq!(theirs.refusal(), (400, "invalid_query".into()));
    assert_eq!(masked(&theirs), masked(&nobodys));
}

#[tokio::test]
async fn the_same_idempotency_key_of_two_callers_is_two() {
    let api = Api::start().await;
    let send = async |caller: &Client, body: Value| {
        caller.send(Method::POST, "/v1/exports", |request| request.header("idempotency-key", "1").json(&body)).await
    };
    let one = api.caller(&[ExportsWrite], Some(("shop", "t1"))).await;
    let other = api.caller(&[ExportsWrite], Some(("shop", "t2"))).await;
    let first = send(&one, wanted("t1")).await;
    assert_eq!(first.status, 202);
    assert_eq!(send(&other, wanted("t1")).await.refusal(), (403, "forbidden_tenant".into()));
    let second = send(&other, wanted("t2")).await;
    assert_eq!(second.status, 202);
    assert_ne!(id_of(&first), id_of(&second));
}

#[tokio::test]
async fn a_schedule_for_several_tenants_is_seen_by_none_of_them() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let bound = api.caller(&[SchedulesWrite], Some(("shop", "t1"))).await;
    for tenants in [json!(["t1", "t2"]), json!("all")] {
        let mut wish = super::policy::new_schedule("t1");
        wish["tenants"] = tenants;
        let made = admin.post("/v1/schedules", wish).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let path = format!("/v1/schedules/{}", made.json()["id"].as_str().unwrap());
        assert_eq!(bound.get(&path).await.refusal(), (404, "schedule_not_found".into()));
        assert_eq!(bound.get("/v1/schedules").await.json()["items"], json!([]));
    }
}

#[tokio::test]
async fn an_open_stream_ends_when_its_key_is_revoked() {
    let api = Api::start().await;
    let export = api.queued("t1").await;
    let key = api.key(&[ExportsRead], None, None).await;
    let follower = api.anyone.with_key(&key);
    let ledger = api.ledger.clone();
    let path = format!("/v1/exports/{}/events", export.id);
    let mut revoked = false;
    // It would otherwise go on for 15 minutes: the export stays queued.
    let stream = follower.stream(
        &path,
        |request| request,
        async |_| {
            if !std::mem::replace(&mut revoked, true) {
                keys::revoke(&ledger, &key[..11], Actor::named("cli"), now()).await.unwrap();
            }
        },
    );
    let answer = tokio::time::timeout(Duration::from_secs(60), stream).await.unwrap();
    assert!(answer.text().contains("event: progress") && !answer.text().contains("event: done"));
}

//! Schedules through the API: making, looking, changing, running, deleting.

use crate::support::{
    api::{Api, id_of, now},
    client::Client,
};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use shared::{
    export::{Engine, State},
    ledger::{
        exports,
        keys::KeyScope,
        schedules,
        sources::{self, Source},
    },
};
use uuid::Uuid;

fn wanted(tenants: Value) -> Value {
    json!({ "name": "nightly", "source": "shop", "cron": "30 2 * * *", "time_zone": "Europe/Berlin", "tenants": tenants })
}

async fn made(caller: &Client, wish: Value) -> Value {
    let answer = caller.post("/v1/schedules", wish).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

fn path(schedule: &Value) -> String {
    format!("/v1/schedules/{}", schedule["id"].as_str().unwrap())
}

fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|finding| finding["pointer"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_new_schedule_is_shown_with_everything_it_has() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let answer = admin.post("/v1/schedules", wanted(json!("all"))).await;
    let mut view = answer.json();
    assert_eq!((answer.status, answer.header("location")), (201, format!("schedules/{}", id_of(&answer)).as_str()));
    assert_eq!(admin.get(&path(&view)).await.json(), view);
    let members = view.as_object_mut().unwrap();
    let runs = members.remove("next_runs").unwrap();
    assert_eq!(runs.as_array().unwrap().len(), 5);
    assert_eq!(members.remove("next_run_at").unwrap(), runs[0]);
    let first: chrono::DateTime<chrono::Utc> = runs[0].as_str().unwrap().parse().unwrap();
    assert!(first > now() && first < now() + TimeDelta::hours(26), "{first}");
    for name in ["id", "created_at", "updated_at"] {
        members.remove(name);
    }
    let nothing = json!({
        "max_age_days": null, "keep_last": null, "keep_daily": null, "keep_weekly": null, "keep_monthly": null, "keep_yearly": null,
    });
    let expected = json!({
        "name": "nightly", "source": "shop", "cron": "30 2 * * *", "time_zone": "Europe/Berlin", "tenants": "all",
        "formats": ["csv", "sql"], "csv_profile": "lossless", "layout": "files", "compression": "zstd", "language": "en", "retention": nothing,
        "notify": [], "jitter": 0, "pause_after": 3, "paused": false, "paused_at": null, "pause_reason": null,
        "failures_in_row": 0, "last_run_at": null, "skipped_runs": 0, "last_skipped_at": null, "runs": [],
    });
    assert_eq!(view, expected);
    let (actor, address, detail) = api.events("schedule.created").await.remove(0);
    assert!(actor.starts_with("key:hk_") && address.is_some() && detail["schedule"].is_string());
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_with_its_place() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let many: Vec<String> = (0..11).map(|number| format!("a{number}@b.example")).collect();
    let everyone: Vec<String> = (0..1001).map(|number| number.to_string()).collect();
    for (change, expected) in [
        (json!({ "cron": "60 2 * * *" }), "/cron"),
        (json!({ "cron": "@daily" }), "/cron"),
        (json!({ "cron": "0 30 2 * * *" }), "/cron"),
        (json!({ "cron": "0 0 31 2 *" }), "/cron"),
        (json!({ "time_zone": "Europe/Atlantis" }), "/time_zone"),
        (json!({ "source": "nowhere" }), "/source"),
        (json!({ "name": "" }), "/name"),
        (json!({ "name": "a\nb" }), "/name"),
        (json!({ "tenants": [] }), "/tenants"),
        (json!({ "tenants": everyone }), "/tenants"),
        (json!({ "tenants": "t1" }), "/tenants"),
        (json!({ "tenants": ["t1", ""] }), "/tenants/1"),
        (json!({ "formats": [] }), "/formats"),
        (json!({ "formats": ["xlsx"] }), "/formats/0"),
        (json!({ "layout": "zip", "compression": "zstd" }), "/compression"),
        (json!({ "compression": "lzma" }), "/compression"),
        (json!({ "retention": { "keep_last": 0 } }), "/retention/keep_last"),
        (json!({ "retention": { "keep_hourly": 1 } }), "/retention/keep_hourly"),
        (json!({ "notify": ["nobody"] }), "/notify/0"),
        (json!({ "notify": many }), "/notify"),
        (json!({ "jitter": 86_401 }), "/jitter"),
        (json!({ "jitter": -1 }), "/jitter"),
        (json!({ "pause_after": 0 }), "/pause_after"),
        (json!({ "everything": true }), "/everything"),
    ] {
        let mut wish = wanted(json!(["t1"]));
        wish.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = admin.post("/v1/schedules", wish).await;
        assert_eq!(answer.refusal(), (422, "invalid_request".into()), "{change}");
        assert_eq!(pointers(&answer.json()), [expected], "{change}");
    }
    let wrong =
        json!({ "name": "", "source": "nowhere", "cron": "x", "time_zone": "y", "tenants": [], "pause_after": 0 });
    let answer = admin.post("/v1/schedules", wrong).await.json();
    assert_eq!(pointers(&answer), ["/name", "/tenants", "/pause_after", "/time_zone", "/cron", "/source"]);
    assert!(admin.get("/v1/schedules").await.json()["items"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_is_checked_as_a_whole() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let mut wish = wanted(json!(["t1", "t2", "t1"]));
    wish["retention"] = json!({ "keep_daily": 7, "max_age_days": 90 });
    wish["notify"] = json!(["ops@shop.example"]);
    let before = made(&admin, wish).await;
    assert_eq!(before["tenants"], json!(["t1", "t2"]));

    let patch = json!({ "name": "hourly", "cron": "0 * * * *", "retention": { "keep_daily": null, "keep_last": 3 }, "notify": null });
    let answer = admin
        .send(Method::PATCH, &path(&before), |request| {
            request.header("content-type", "application/merge-patch+json").body(patch.to_string())
        })
        .await;
    let after = answer.json();
    assert_eq!((answer.status, &after["name"], &after["notify"]), (200, &json!("hourly"), &json!([])));
    assert_eq!((&after["tenants"], &after["time_zone"]), (&before["tenants"], &before["time_zone"]));
    assert_eq!(after["retention"]["max_age_days"], 90);
    assert_eq!((&after["retention"]["keep_daily"], &after["retention"]["keep_last"]), (&Value::Null, &json!(3)));
    assert_ne!(after["next_run_at"], before["next_run_at"]);

    for (patch, pointer) in [
        (json!({ "layout": "zip" }), "/compression"),
        (json!({ "cron": "x" }), "/cron"),
        (json!({ "id": Uuid::nil() }), "/id"),
        (json!({ "source": null }), ""),
        (json!(["cron"]), ""),
    ] {
        let answer = admin.patch(&path(&before), patch.clone()).await;
        assert_eq!(answer.refusal(), (422, "invalid_request".into()), "{patch}");
        assert_eq!(pointers(&answer.json()), [pointer], "{patch}");
    }
    assert_eq!(admin.get(&path(&before)).await.json()["updated_at"], after["updated_at"]);
    let zipped = admin.patch(&path(&before), json!({ "layout": "zip", "compression": null })).await.json();
    assert_eq!((&zipped["layout"], &zipped["compression"]), (&json!("zip"), &Value::Null));
    let place = path(&before);
    let wrong_type =
        admin.send(Method::PATCH, &place, |request| request.header("content-type", "text/plain").body("{}"));
    assert_eq!(wrong_type.await.refusal(), (415, "unsupported_media_type".into()));
    let changed = &api.events("schedule.changed").await[0].2["changed"];
    assert_eq!(*changed, json!(["name", "cron", "retention", "notify"]));
}

#[tokio::test]
async fn patches_at_once_all_count() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let schedule = made(&admin, wanted(json!("all"))).await;
    let patches = [json!({ "name": "a" }), json!({ "jitter": 7 }), json!({ "pause_after": 9 })];
    let place = path(&schedule);
    let answers = futures::future::join_all(patches.map(|patch| admin.patch(&place, patch))).await;
    let taken = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(taken, 3, "{answers:?}");
    let after = admin.get(&place).await.json();
    assert_eq!((&after["name"], &after["jitter"], &after["pause_after"]), (&json!("a"), &json!(7), &json!(9)));
}

#[tokio::test]
async fn a_schedule_is_paused_and_goes_on() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let schedule = made(&admin, wanted(json!(["t1"]))).await;
    let paused = admin.patch(&path(&schedule), json!({ "paused": true })).await.json();
    assert_eq!((&paused["paused"], &paused["pause_reason"]), (&json!(true), &json!("requested")));
    assert_eq!((&paused["next_run_at"], &paused["next_runs"]), (&Value::Null, &json!([])));
    let on = admin.patch(&path(&schedule), json!({ "paused": false })).await.json();
    assert_eq!(
        (&on["paused"], &on["paused_at"], &on["next_run_at"]),
        (&json!(false), &Value::Null, &schedule["next_run_at"])
    );
    assert_eq!((api.events("schedule.paused").await.len(), api.events("schedule.resumed").await.len()), (1, 1));
}

#[tokio::test]
async fn a_run_can_be_asked_for_unless_one_is_going_on() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let schedule = made(&admin, wanted(json!(["t1"]))).await;
    let run = format!("{}/run", path(&schedule));
    let begun = admin.post(&run, json!({})).await;
    assert_eq!(
        (begun.status, &begun.json()["kind"], &begun.json()["state"]),
        (202, &json!("manual"), &json!("entering"))
    );
    assert_eq!(admin.post(&run, json!({})).await.refusal(), (409, "schedule_running".into()));

    let taken = schedules::claim_run(&api.ledger, id_of(&begun), "w1", std::time::Duration::from_secs(60), now()).await;
    let taken = taken.unwrap().unwrap();
    let tenants = [shared::export::TenantId::new("t1").unwrap()];
    schedules::enter(&api.ledger, &taken, &tenants, std::time::Duration::from_secs(60), now()).await.unwrap();
    schedules::close_run(&api.ledger, &taken, None).await.unwrap();
    let shown = admin.get(&path(&schedule)).await.json();
    let counts = json!({ "entered": 1, "open": 1, "ready": 0, "failed": 0, "cancelled": 0 });
    assert_eq!((&shown["runs"][0]["exports"], &shown["runs"][0]["reason"]), (&counts, &Value::Null));

    let export = api.exports().await.remove(0);
    assert_eq!((export.state, export.schedule_id), (State::Queued, Some(id_of_schedule(&schedule))));
    exports::request_cancel(&api.ledger, export.id, Default::default(), now()).await.unwrap();
    schedules::settle(&api.ledger, taken.id, Default::default(), now()).await.unwrap().unwrap();
    assert_eq!(admin.get(&path(&schedule)).await.json()["runs"][0]["state"], "cancelled");
    assert_eq!(admin.post(&run, json!({})).await.status, 202);
}

fn id_of_schedule(schedule: &Value) -> Uuid {
    schedule["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_deleted_schedule_is_gone() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let schedule = made(&admin, wanted(json!(["t1"]))).await;
    assert_eq!(admin.delete(&path(&schedule)).await.status, 204);
    let gone = (404, "schedule_not_found".to_owned());
    assert_eq!(admin.delete(&path(&schedule)).await.refusal(), gone);
    assert_eq!(admin.get(&path(&schedule)).await.refusal(), gone);
    assert_eq!(admin.patch(&path(&schedule), json!({ "paused": false })).await.refusal(), gone);
    assert_eq!(admin.post(&format!("{}/run", path(&schedule)), json!({})).await.refusal(), gone);
    assert_eq!(admin.get("/v1/schedules").await.json()["items"], json!([]));
    assert_eq!(api.events("schedule.deleted").await.len(), 1);
}

#[tokio::test]
async fn pages_hold_every_schedule_once_newest_first() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, made(&admin, wanted(json!("all"))).await["id"].clone());
    }
    let mut listed = Vec::new();
    let mut next = "/v1/schedules?limit=2".to_owned();
    while !next.is_empty() {
        let page = admin.get(&next).await.json();
        listed.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        next = page["next_cursor"]
            .as_str()
            .map_or_else(String::new, |cursor| format!("/v1/schedules?limit=2&cursor={cursor}"));
    }
    assert_eq!(listed, ids);
    for wrong in ["limit=0", "limit=101", "cursor=x", "other=1", &format!("cursor=01{}", Uuid::now_v7().simple())] {
        let answer = admin.get(&format!("/v1/schedules?{wrong}")).await;
        assert_eq!(answer.refusal(), (400, "invalid_query".into()), "{wrong}");
    }
}

#[tokio::test]
async fn each_scope_gives_what_it_says_and_no_more() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let schedule = made(&admin, wanted(json!(["t1"]))).await;
    let run = format!("{}/run", path(&schedule));
    for (scope, reads, writes) in [
        (KeyScope::SchedulesRead, true, false),
        (KeyScope::SchedulesWrite, true, true),
        (KeyScope::ExportsRead, false, false),
        (KeyScope::ExportsWrite, false, false),
    ] {
        let caller = api.caller(&[scope], None).await;
        for (method, path, is_read) in [
            (Method::GET, "/v1/schedules", true),
            (Method::GET, path(&schedule).as_str(), true),
            (Method::POST, "/v1/schedules", false),
            (Method::PATCH, path(&schedule).as_str(), false),
            (Method::POST, run.as_str(), false),
        ] {
            let answer = caller.send(method.clone(), path, |request| request.json(&json!({}))).await;
            let allowed = if is_read { reads } else { writes };
            assert_eq!(answer.status != 403, allowed, "{scope} {method} {path}: {}", answer.status);
        }
        let gone = format!("/v1/schedules/{}", Uuid::now_v7());
        assert_eq!(caller.delete(&gone).await.status, if writes { 404 } else { 403 }, "{scope}");
    }
    let writer = api.caller(&[KeyScope::SchedulesWrite], None).await;
    assert_eq!(writer.get("/v1/exports").await.refusal(), (403, "forbidden".into()));
}

#[tokio::test]
async fn a_bound_key_makes_and_sees_only_schedules_of_its_own() {
    let api = Api::start().await;
    let other = Source {
        name: "other".into(),
        engine: Engine::Sqlite,
        ..sources::find(&api.ledger, "shop").await.unwrap().unwrap()
    };
    sources::announce(&api.ledger, &[other]).await.unwrap();
    let admin = api.admin().await;
    let bound = api.caller(&[KeyScope::SchedulesWrite], Some(("shop", "t1"))).await;
    let own = made(&bound, wanted(json!(["t1"]))).await;
    let mut elsewhere = wanted(json!(["t1"]));
    elsewhere["source"] = json!("other");
    for wish in [wanted(json!("all")), wanted(json!(["t2"])), wanted(json!(["t1", "t2"])), elsewhere.clone()] {
        assert_eq!(bound.post("/v1/schedules", wish).await.refusal(), (403, "forbidden_tenant".into()));
    }
    assert_eq!(api.events("access.refused").await.len(), 4);

    let foreign = [
        made(&admin, wanted(json!("all"))).await,
        made(&admin, wanted(json!(["t1", "t2"]))).await,
        made(&admin, elsewhere).await,
    ];
    for schedule in &foreign {
        let not_found = (404, "schedule_not_found".to_owned());
        assert_eq!(bound.get(&path(schedule)).await.refusal(), not_found);
        assert_eq!(bound.patch(&path(schedule), json!({ "paused": true })).await.refusal(), not_found);
        assert_eq!(bound.delete(&path(schedule)).await.refusal(), not_found);
        assert_eq!(bound.post(&format!("{}/run", path(schedule)), json!({})).await.refusal(), not_found);
        let cursor = format!("/v1/schedules?cursor=01{}", id_of_schedule(schedule).simple());
        assert_eq!(bound.get(&cursor).await.refusal(), (400, "invalid_query".into()));
    }
    let listed = bound.get("/v1/schedules").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["id"], own["id"]);
    for grab in [json!({ "tenants": "all" }), json!({ "tenants": ["t1", "t2"] }), json!({ "source": "other" })] {
        assert_eq!(bound.patch(&path(&own), grab).await.refusal(), (403, "forbidden_tenant".into()));
    }
    assert_eq!(admin.get(&path(&own)).await.json()["tenants"], json!(["t1"]));
}

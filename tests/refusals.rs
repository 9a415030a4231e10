//! Bad requests: each is a problem with a stable code, and nothing is queued.

use crate::support::api::{Api, id_of, now, wanted};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use shared::ledger::{
    Ledger,
    audit::Actor,
    keys::{self, KeyScope},
    workers,
};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A problem without what differs from request to request.
fn stripped(mut problem: Value) -> Value {
    problem.as_object_mut().unwrap().remove("request_id");
    problem
}

#[tokio::test]
async fn a_key_that_does_not_count_is_refused() {
    let api = Api::start().await;
    let good = api.key(&[KeyScope::Admin], None, None).await;
    let expired = api.key(&[KeyScope::Admin], None, Some(now() - TimeDelta::seconds(1))).await;
    let revoked = api.key(&[KeyScope::Admin], None, None).await;
    assert!(keys::revoke(&api.ledger, &revoked[..11], Actor::named("cli"), now()).await.unwrap());
    let mut forged = good.clone();
    forged.replace_range(good.len() - 4.., "aaaa");

    for key in [&expired, &revoked, &forged, &good[..20].to_owned(), &"hk_".to_owned(), &"' or 1=1 --".to_owned()] {
        let answer = api.anyone.with_key(key).post("/v1/exports", wanted("t1")).await;
        assert_eq!(answer.refusal(), (401, "unauthorized".into()), "{key}");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    for header in ["", "Basic aGs6", &format!("Basic {good}"), &good] {
        let answer =
            api.anyone.send(Method::GET, "/v1/exports", |request| request.header("authorization", header)).await;
        assert_eq!(answer.refusal(), (401, "unauthorized".into()), "{header}");
    }
    assert_eq!(api.anyone.with_key(&good).get("/v1/exports").await.status, 200);
    assert!(api.exports().await.is_empty());
}

#[tokio::test]
async fn a_key_without_the_scope_is_refused_and_the_audit_knows() {
    let api = Api::start().await;
    let export = api.queued("t1").await;
    let reader = api.caller(&[KeyScope::ExportsRead], None).await;
    assert_eq!(reader.get(&format!("/v1/exports/{}", export.id)).await.status, 200);
    for path in
        ["/v1/exports".into(), format!("/v1/exports/{}/cancel", export.id), format!("/v1/exports/{}/links", export.id)]
    {
        assert_eq!(reader.post(&path, wanted("t2")).await.refusal(), (403, "forbidden".into()), "{path}");
    }
    assert_eq!(reader.delete(&format!("/v1/links/{}", Uuid::now_v7())).await.refusal(), (403, "forbidden".into()));

    let events = api.events("access.refused").await;
    assert_eq!(events.len(), 4);
    assert!(
        events
            .iter()
            .all(|(actor, address, _)| actor.starts_with("key:hk_") && address.as_deref() == Some("127.0.0.1"))
    );
    assert_eq!(api.exports().await, [export]);
}

#[tokio::test]
async fn what_belongs_to_others_looks_as_if_it_did_not_exist() {
    let api = Api::start().await;
    let foreign = api.ready("t2", b"archive", now() + TimeDelta::days(1)).await;
    let (link, _) = api.link(&foreign, now() + TimeDelta::hours(1)).await;
    let bound = api.caller(&[KeyScope::ExportsWrite], Some(("shop", "t1"))).await;
    let unknown = Uuid::now_v7();

    for (method, before, after) in [
        (Method::GET, "/v1/exports/", ""),
        (Method::GET, "/v1/exports/", "/events"),
        (Method::POST, "/v1/exports/", "/cancel"),
        (Method::POST, "/v1/exports/", "/links"),
    ] {
        let theirs = bound.send(method.clone(), &format!("{before}{}{after}", foreign.id), |request| request).await;
        let nobodys = bound.send(method, &format!("{before}{unknown}{after}"), |request| request).await;
        assert_eq!(theirs.refusal(), (404, "export_not_found".into()), "{after}");
        assert_eq!(stripped(theirs.json()), stripped(nobodys.json()));
    }
    let theirs = bound.delete(&format!("/v1/links/{}", link.id)).await;
    let nobodys = bound.delete(&format!("/v1/links/{unknown}")).await;
    assert_eq!(theirs.refusal(), (404, "link_not_found".into()));
    assert_eq!(stripped(theirs.json()), stripped(nobodys.json()));

    assert_eq!(bound.get("/v1/exports").await.json()["items"], json!([]));
    assert_eq!(bound.get("/v1/exports?tenant=t2").await.json()["items"], json!([]));
    assert_eq!(bound.get("/v1/exports?source=other").await.json()["items"], json!([]));
    assert_eq!(api.exports().await, [foreign]);
}

#[tokio::test]
async fn a_bound_key_cannot_ask_for_others() {
    let api = Api::start().await;
    let bound = api.caller(&[KeyScope::ExportsWrite], Some(("shop", "t1"))).await;
    let other_tenant = bound.post("/v1/exports", wanted("t2")).await;
    let other_source = bound.post("/v1/exports", json!({ "source": "no such source", "tenant": "t1" })).await;
    assert_eq!(other_tenant.refusal(), (403, "forbidden_tenant".into()));
    assert_eq!(stripped(other_tenant.json()), stripped(other_source.json()));
    assert!(api.exports().await.is_empty());
    let refused = api.events("access.refused").await;
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(refused.iter().all(|(actor, address, detail)| {
        actor.starts_with("key:hk_") && address.is_some() && detail["code"] == "forbidden_tenant"
    }));
    assert_eq!(bound.post("/v1/exports", wanted("t1")).await.status, 202);
}

#[tokio::test]
async fn an_unknown_source_is_refused() {
    let api = Api::start().await;
    for source in ["nowhere", "", "shop ", "SHOP", "' or 1=1 --"] {
        let answer = api.admin().await.post("/v1/exports", json!({ "source": source, "tenant": "t1" })).await;
        assert_eq!(answer.refusal(), (422, "source_not_found".into()), "{source}");
    }
    assert!(api.exports().await.is_empty());
}

#[tokio::test]
async fn a_tenant_that_does_not_exist_is_refused() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let worker = api.answering("unknown").await;
    let answer = admin.post("/v1/exports", wanted("nobody")).await;
    assert_eq!(answer.refusal(), (422, "tenant_not_found".into()));
    assert!(api.exports().await.is_empty());
    worker.abort();

    for answer in ["known", "unclear"] {
        let worker = api.answering(answer).await;
        assert_eq!(admin.post("/v1/exports", wanted(answer)).await.status, 202, "{answer}");
        worker.abort();
    }
}

#[tokio::test]
async fn a_request_is_accepted_when_no_worker_answers_in_time() {
    let api = Api::start().await;
    workers::polled(&api.ledger, "busy", now()).await.unwrap();
    let began = Instant::now();
    assert_eq!(api.admin().await.post("/v1/exports", wanted("t1")).await.status, 202);
    assert!((Duration::from_secs(3)..Duration::from_secs(10)).contains(&began.elapsed()), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_request_is_accepted_while_redis_is_down() {
    let api = Api::start_with(|config| config.queue.url = Some("redis://127.0.0.1:1/".into())).await;
    workers::polled(&api.ledger, "w1", now()).await.unwrap();
    let answer = api.admin().await.post("/v1/exports", wanted("t1")).await;
    assert_eq!(answer.status, 202);
    assert_eq!(api.exports().await[0].id, id_of(&answer));
    let health = api.anyone.get("/health/ready").await;
    assert_eq!((health.status, &health.json()["queue"]), (503, &json!("failed")));
}

#[tokio::test]
async fn hostile_tenants_are_ordinary_tenants() {
    let api = Api::start().await;
    let admin = api.admin().await;
    for tenant in ["' OR 1=1 --", "100%", "a\"b", "\\", "日本語", "a\nb", " ", "%27", &"x".repeat(512)] {
        let answer = admin.post("/v1/exports", wanted(tenant)).await;
        assert_eq!((answer.status, &answer.json()["tenant"]), (202, &json!(tenant)));
        let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("tenant", tenant).finish();
        let listed = admin.get(&format!("/v1/exports?{query}")).await;
        assert_eq!(listed.json()["items"].as_array().unwrap().len(), 1, "{tenant:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_understood_is_refused_with_its_place() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let long = "x".repeat(513);
    let many: Vec<String> = (0..11).map(|number| format!("a{number}@b.example")).collect();
    for (change, pointer) in [
        (json!({ "formats": ["csv", "xlsx"] }), "/formats/1"),
        (json!({ "formats": [] }), "/formats"),
        (json!({ "formats": "csv" }), "/formats"),
        (json!({ "csv_profile": "pretty" }), "/csv_profile"),
        (json!({ "tenant": "" }), "/tenant"),
        (json!({ "tenant": long }), "/tenant"),
        (json!({ "tenant": "a\u{0}b" }), "/tenant"),
        (json!({ "tenant": 7 }), "/tenant"),
        (json!({ "notify": ["not an address"] }), "/notify/0"),
        (json!({ "notify": ["a@b.example", "c@d.example\r\nBcc: e@f.example"] }), "/notify/1"),
        (json!({ "notify": many }), "/notify"),
        (json!({ "everything": true }), "/everything"),
    ] {
        let mut body = wanted("t1");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = admin.post("/v1/exports", body).await;
        assert_eq!(answer.refusal(), (422, "invalid_request".into()), "{change}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{change}");
    }
    for body in [json!({}), json!({ "source": "shop" }), json!([]), json!("shop"), json!(null)] {
        assert_eq!(admin.post("/v1/exports", body.clone()).await.refusal(), (422, "invalid_request".into()), "{body}");
    }
    for body in ["", "{", "source=shop&tenant=t1", "{\"source\": \"shop\", \"tenant\": \"t1\"} {}", "\u{feff}{}"] {
        let answer = admin
            .send(Method::POST, "/v1/exports", |request| request.header("content-type", "application/json").body(body))
            .await;
        assert_eq!(answer.refusal(), (400, "invalid_json".into()), "{body:?}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("line 1 column"));
    }
    assert!(api.exports().await.is_empty());
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let body = wanted("t1").to_string();
    for content_type in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonish")]
    {
        let answer = admin
            .send(Method::POST, "/v1/exports", |request| {
                let request = request.body(body.clone());
                content_type.into_iter().fold(request, |request, value| request.header("content-type", value))
            })
            .await;
        assert_eq!(answer.refusal(), (415, "unsupported_media_type".into()), "{content_type:?}");
    }
    assert!(api.exports().await.is_empty());
}

#[tokio::test]
async fn a_large_body_is_refused_with_an_answer() {
    let api = Api::start().await;
    let admin = api.admin().await;
    for length in [64 * 1024 + 1, 10 * 1024 * 1024] {
        let body = json!({ "source": "shop", "tenant": "x".repeat(length) });
        assert_eq!(admin.post("/v1/exports", body).await.refusal(), (413, "body_too_large".into()), "{length}");
    }
    assert!(api.exports().await.is_empty());
}

#[tokio::test]
async fn a_malformed_id_is_refused() {
    let api = Api::start().await;
    let admin = api.admin().await;
    for id in ["1", "not-an-id", "00000000-0000-0000-0000-00000000000g", "%27%20or%201=1"] {
        assert_eq!(admin.get(&format!("/v1/exports/{id}")).await.refusal(), (400, "invalid_id".into()), "{id}");
        assert_eq!(admin.get(&format!("/v1/exports/{id}/events")).await.refusal(), (400, "invalid_id".into()));
        assert_eq!(admin.delete(&format!("/v1/links/{id}")).await.refusal(), (400, "invalid_id".into()));
        for action in ["cancel", "links"] {
            let answer = admin.post(&format!("/v1/exports/{id}/{action}"), json!({})).await;
            assert_eq!(answer.refusal(), (400, "invalid_id".into()), "{id} {action}");
        }
    }
}

#[tokio::test]
async fn a_wrong_query_is_refused() {
    let api = Api::start().await;
    let admin = api.admin().await;
    for query in ["limit=0", "limit=101", "limit=many", "state=done", "cursor=x", "cursor=", "page=2"] {
        assert_eq!(
            admin.get(&format!("/v1/exports?{query}")).await.refusal(),
            (400, "invalid_query".into()),
            "{query}"
        );
    }
}

#[tokio::test]
async fn an_idempotency_key_gives_one_export_and_fits_one_request() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let send = async |caller: &crate::support::client::Client, key: &str, body: Value| {
        caller.send(Method::POST, "/v1/exports", |request| request.header("idempotency-key", key).json(&body)).await
    };
    let first = send(&admin, "order-1", wanted("t1")).await;
    assert_eq!(first.status, 202);
    assert_eq!(first.header("location"), format!("exports/{}", id_of(&first)));

    // Answered from the ledger: a worker that now denies the tenant is not asked.
    let worker = api.answering("unknown").await;
    let again = send(&admin, "order-1", wanted("t1")).await;
    assert_eq!((again.status, id_of(&again)), (200, id_of(&first)));
    worker.abort();
    assert_eq!(send(&admin, "order-1", wanted("t2")).await.refusal(), (422, "idempotency_key_reused".into()));

    let other_caller = send(&api.admin().await, "order-1", json!({ "source": "nowhere", "tenant": "t1" })).await;
    assert_eq!(other_caller.code(), "source_not_found", "another caller's keys are its own");
    for key in ["", "with space", "ü", &"x".repeat(256)] {
        assert_eq!(send(&admin, key, wanted("t3")).await.refusal(), (400, "invalid_idempotency_key".into()), "{key:?}");
    }
    assert_eq!(api.exports().await.len(), 1);
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems_too() {
    let api = Api::start().await;
    for path in [
        "/nothing",
        "/v1",
        "/v2/exports",
        "/docs/../etc/passwd",
        "/docs/nothing.js",
        "/assets/nothing",
        "/mailbox/..%2fledger.sqlite",
    ] {
        assert_eq!(api.anyone.get(path).await.refusal(), (404, "not_found".into()), "{path}");
    }
    let answer = api.admin().await.send(Method::PUT, "/v1/exports", |request| request).await;
    assert_eq!(answer.refusal(), (405, "method_not_allowed".into()));
    let allowed = answer.header("allow");
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
}

#[tokio::test]
async fn a_link_is_made_only_to_an_archive_that_is_there() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let queued = api.queued("t1").await;
    let over = api.ready("t2", b"archive", now() - TimeDelta::seconds(1)).await;
    for export in [&queued, &over] {
        let answer = admin.post(&format!("/v1/exports/{}/links", export.id), json!({})).await;
        assert_eq!(answer.refusal(), (409, "export_not_ready".into()));
    }
    for seconds in [json!(0), json!(59), json!(-1), json!(31_622_401), json!(i64::MAX), json!(1.5), json!("1h")] {
        let body = json!({ "expires_in": seconds });
        let answer = admin.post(&format!("/v1/exports/{}/links", over.id), body).await;
        assert_eq!(answer.refusal(), (422, "invalid_request".into()), "{seconds}");
        assert_eq!(answer.json()["errors"][0]["pointer"], "/expires_in");
    }
    assert!(api.events("link.created").await.is_empty());
}

#[tokio::test]
async fn what_the_database_says_never_leaves() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let Ledger::Sqlite(pool) = &api.ledger else { panic!("embedded") };
    pool.close().await;
    let answer = admin.get("/v1/exports").await;
    assert_eq!(answer.refusal(), (503, "ledger_unavailable".into()));
    assert!(!answer.header("retry-after").is_empty());
    assert!(!answer.text().contains("pool") && !answer.text().contains("sql"), "{}", answer.text());
    let health = api.anyone.get("/health/ready").await;
    assert_eq!((health.status, &health.json()["ledger"]), (503, &json!("failed")));
}

#[tokio::test]
async fn readiness_needs_a_worker_that_polls() {
    let api = Api::start().await;
    assert_eq!(api.anyone.get("/health/live").await.status, 200);
    let alone = api.anyone.get("/health/ready").await;
    let expected = json!({ "status": "unready", "ledger": "ok", "queue": "ok", "vault": "ok", "worker": "failed" });
    assert_eq!((alone.status, alone.json()), (503, expected));
    workers::polled(&api.ledger, "w1", now() - TimeDelta::seconds(31)).await.unwrap();
    assert_eq!(api.anyone.get("/health/ready").await.status, 503);
    workers::polled(&api.ledger, "w1", now()).await.unwrap();
    assert_eq!(api.anyone.get("/health/ready").await.status, 200);
}

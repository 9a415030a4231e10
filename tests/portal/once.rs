//! A token starts one export, however often it is sent.

use super::desk::{Desk, changed, claims};
use crate::support::{
    api::{id_of, now},
    client::Client,
};
use serde_json::{Value, json};

async fn ask(caller: &Client, body: Value, key: Option<&str>) -> (u16, Value) {
    let answer = caller
        .send(reqwest::Method::POST, "/v1/exports", |request| {
            let request = request.json(&body);
            key.into_iter().fold(request, |request, key| request.header("idempotency-key", key))
        })
        .await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again_and_nothing_else_is() {
    let desk = Desk::open().await;
    let admin = desk.admin();
    let (status, first) = ask(&admin, json!({}), None).await;
    assert_eq!(status, 202);
    for key in [None, Some("a"), Some("a"), Some("b")] {
        let (status, again) = ask(&admin, json!({}), key).await;
        assert_eq!((status, &again["id"]), (200, &first["id"]), "{key:?}");
    }
    // Also after its end, when nothing is there to be joined.
    let id = first["id"].as_str().unwrap();
    admin.post(&format!("/v1/exports/{id}/cancel"), json!({})).await;
    let (status, again) = ask(&admin, json!({}), None).await;
    assert_eq!((status, &again["id"], &again["state"]), (200, &first["id"], &json!("cancelled")));

    for body in [json!({ "formats": ["csv"] }), json!({ "tenant": "t1" })] {
        let (status, problem) = ask(&admin, body.clone(), None).await;
        assert_eq!((status, &problem["code"]), (409, &json!("token_used")), "{body}");
    }
    assert_eq!(desk.api.exports().await.len(), 1);
    let refused = desk.api.events("access.refused").await;
    assert_eq!(refused.iter().filter(|(_, _, detail)| detail["code"] == "token_used").count(), 2);
    // It still reads, until it ends.
    assert_eq!(admin.get(&format!("/v1/exports/{id}")).await.status, 200);
    assert_eq!(ask(&desk.admin(), json!({}), None).await.0, 202, "a new token starts a new one");
}

#[tokio::test]
async fn a_number_belongs_to_the_person_it_was_signed_for() {
    let desk = Desk::open().await;
    let same = json!({ "jti": "one-for-all" });
    let with = |role: &str, user: &str, tenant: &str| {
        desk.caller(&changed(changed(claims(role, user), &same), &json!({ "tenant": tenant })))
    };
    assert_eq!(ask(&with("member", "7", "t1"), json!({}), None).await.0, 202);
    for (role, user, tenant) in [("member", "8", "t1"), ("admin", "7", "t1"), ("member", "7", "t2")] {
        let (status, problem) = ask(&with(role, user, tenant), json!({}), None).await;
        assert_eq!((status, &problem["code"]), (409, &json!("token_used")), "{role} {user} {tenant}");
    }
    assert_eq!(desk.api.exports().await.len(), 1);
}

#[tokio::test]
async fn nobody_gets_anothers_export_by_an_idempotency_key() {
    let desk = Desk::open().await;
    let key = Some("export-my-data");
    let mut ids = Vec::new();
    let others = [
        ("member", "7", "t1"),
        ("member", "8", "t1"),
        ("admin", "7", "t1"),
        ("member", "7", "t2"),
        ("admin", "7", "t2"),
    ];
    for (role, user, tenant) in others {
        let caller = || desk.caller(&changed(claims(role, user), &json!({ "tenant": tenant })));
        let (status, export) = ask(&caller(), json!({}), key).await;
        assert_eq!((status, &export["tenant"]), (202, &json!(tenant)));
        assert_eq!(export["subject"]["key"].as_str(), (role == "member").then_some(user));
        let (status, again) = ask(&caller(), json!({}), key).await;
        assert_eq!((status, &again["id"]), (200, &export["id"]), "the own key works with a new token");
        ids.push(export["id"].clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), others.len());
    // A program's key of the same name is another one too.
    let operator = desk.api.admin().await;
    let (status, _) = ask(&operator, json!({ "source": "shop", "tenant": "t3" }), key).await;
    assert_eq!(status, 202);
}

#[tokio::test]
async fn what_starts_nothing_uses_nothing_up() {
    let desk = Desk::open().await;
    let first = desk.member("7");
    let (_, export) = ask(&first, json!({}), None).await;
    let token = desk.member("7");
    for (body, status) in [
        (json!({ "formats": ["csv"] }), 429),
        (json!({ "formats": [] }), 422),
        (json!({ "tenant": "t2" }), 403),
        (json!({ "dry_run": true }), 503),
    ] {
        assert_eq!(ask(&token, body.clone(), None).await.0, status, "{body}");
    }
    let id = export["id"].as_str().unwrap();
    first.post(&format!("/v1/exports/{id}/cancel"), json!({})).await;
    assert_eq!(ask(&token, json!({ "formats": ["csv"] }), None).await.0, 202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_requests_at_once_make_one_export() {
    let desk = Desk::open().await;
    let admin = desk.admin();
    let same = futures::future::join_all((0..6).map(|_| ask(&admin, json!({}), None))).await;
    let ids: Vec<&Value> = same.iter().map(|(_, export)| &export["id"]).collect();
    assert!(ids.iter().all(|id| *id == ids[0] && id.is_string()), "{same:?}");
    assert_eq!(same.iter().filter(|(status, _)| *status == 202).count(), 1, "{same:?}");

    let member = desk.member("7");
    let formats = [json!(["csv"]), json!(["sql"]), json!(["jsonl"]), json!(["csv", "sql"])];
    let asking = formats.into_iter().map(|formats| ask(&member, json!({ "formats": formats }), None));
    let statuses: Vec<u16> = futures::future::join_all(asking).await.into_iter().map(|(status, _)| status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 3, "{statuses:?}");
    assert_eq!(desk.api.exports().await.len(), 2);
}

#[tokio::test]
async fn only_hashes_of_a_token_are_kept() {
    let desk = Desk::open().await;
    let number = "5b0c9a52-the-number-of-a-token";
    let caller = desk.caller(&changed(claims("admin", "1"), &json!({ "jti": number })));
    let answer = caller.post("/v1/exports", json!({})).await;
    let shared::ledger::Ledger::Sqlite(pool) = &desk.api.ledger else { panic!("embedded") };
    let (export, ends): (uuid::Uuid, chrono::DateTime<chrono::Utc>) =
        sqlx::query_as("select export_id, expires_at from used_tokens").fetch_one(pool).await.unwrap();
    assert_eq!(export, id_of(&answer));
    assert!(ends > now() + chrono::TimeDelta::minutes(10), "to its end, and the leeway of clocks");
    let folder = desk.api.folder.path();
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(memchr::memmem::find(&bytes, number.as_bytes()).is_none(), "{}", file.display());
    }
}

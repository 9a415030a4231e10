//! Who sees and does what: members their own person's, admins their tenant's, and both nothing else.

use super::desk::{Desk, changed, claims};
use crate::support::{
    api::{id_of, now},
    client::{Answer, Client},
};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use shared::{export::Origin, ledger::sources};
use std::collections::HashSet;

fn person(key: &str) -> Value {
    json!({ "kind": "customer", "key": key })
}

async fn listed(caller: &Client, query: &str) -> HashSet<String> {
    let answer = caller.get(&format!("/v1/exports{query}")).await;
    assert_eq!(answer.status, 200);
    answer.json()["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

async fn asked(caller: &Client, id: &str) -> Vec<Answer> {
    let mut answers = vec![caller.get(&format!("/v1/exports/{id}")).await];
    answers.push(caller.get(&format!("/v1/exports/{id}/events")).await);
    for action in ["cancel", "links"] {
        answers.push(caller.post(&format!("/v1/exports/{id}/{action}"), json!({})).await);
    }
    answers
}

#[tokio::test]
async fn a_token_says_whose_data_are_exported_and_who_is_told() {
    let desk = Desk::open().await;
    let of_admin = desk.admin().post("/v1/exports", json!({})).await;
    assert_eq!(of_admin.status, 202, "{}", of_admin.text());
    let of_member = desk.member("7").post("/v1/exports", json!({})).await;
    assert_eq!(of_member.status, 202, "{}", of_member.text());
    for (answer, subject, email) in
        [(of_admin, Value::Null, "user1@example.com"), (of_member, person("7"), "user7@example.com")]
    {
        let view = answer.json();
        assert_eq!((&view["source"], &view["tenant"], &view["subject"]), (&json!("shop"), &json!("t1"), &subject));
        assert_eq!((&view["origin"], &view["csv_profile"]), (&json!("portal"), &json!("spreadsheet")));
        let export = shared::ledger::exports::find(&desk.api.ledger, id_of(&answer)).await.unwrap().unwrap();
        assert_eq!((export.origin, export.requested_by, export.notify.0), (Origin::Portal, None, vec![email.into()]));
    }
    let actors: Vec<String> = desk.api.events("export.requested").await.into_iter().map(|(actor, ..)| actor).collect();
    assert_eq!(actors, ["portal:1", "portal:7"]);
}

#[tokio::test]
async fn nobody_chooses_an_address_or_an_origin_and_a_token_without_one_tells_nobody() {
    let desk = Desk::open().await;
    for (body, pointer) in [
        (json!({ "notify": ["eve@example.com"] }), "/notify"),
        (json!({ "notify": ["user1@example.com", "eve@example.com"] }), "/notify"),
        (json!({ "origin": "operator" }), "/origin"),
    ] {
        let answer = desk.admin().post("/v1/exports", body.clone()).await;
        assert_eq!(answer.refusal(), (422, "invalid_request".into()), "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer);
    }
    let quiet = desk.caller(&changed(claims("member", "8"), &json!({ "email": null })));
    assert_eq!(quiet.post("/v1/exports", json!({ "notify": ["a@b.example"] })).await.status, 422);
    assert_eq!(quiet.post("/v1/exports", json!({ "notify": [] })).await.status, 202);
    let own = json!({ "notify": ["user1@example.com"], "origin": "portal" });
    assert_eq!(desk.admin().post("/v1/exports", own).await.status, 202);
    let mut told: Vec<Vec<String>> = desk.api.exports().await.into_iter().map(|export| export.notify.0).collect();
    told.sort();
    assert_eq!(told, [vec![], vec!["user1@example.com".to_owned()]]);
}

#[tokio::test]
async fn a_member_gets_the_tenants_dump_by_no_parameter() {
    let desk = Desk::open().await;
    let crm =
        sources::Source { name: "crm".into(), engine: shared::export::Engine::Sqlite, exports: 2, seen_at: now() };
    sources::announce(&desk.api.ledger, &[crm]).await.unwrap();
    for body in [
        json!({ "subject": person("8") }),
        json!({ "subject": { "kind": "user", "key": "7" } }),
        json!({ "tenant": "t2" }),
        json!({ "tenant": "t2", "subject": person("7") }),
        json!({ "source": "crm" }),
        json!({ "source": "crm", "tenant": "t1", "subject": person("7") }),
        json!({ "tenant": "t1 " }),
    ] {
        let answer = desk.member("7").post("/v1/exports", body.clone()).await;
        assert_eq!(answer.refusal(), (403, "forbidden_tenant".into()), "{body}");
        let mut dry = body.clone();
        dry["dry_run"] = json!(true);
        assert_eq!(desk.member("7").post("/v1/exports", dry).await.status, 403, "{body}");
    }
    assert!(desk.api.exports().await.is_empty());
    // What looks like a way out is the own person all the same, or no request at all.
    for (body, status) in [
        (json!({ "subject": null, "formats": ["csv"] }), 202),
        (json!({ "scope": "tenant" }), 422),
        (json!({ "role": "admin" }), 422),
        (json!({ "subject": {} }), 422),
        (json!({ "subject": "" }), 422),
        (json!({ "source": null }), 422),
        (json!({ "tenant": null }), 422),
    ] {
        assert_eq!(
            desk.member("7").post("/v1/exports?subject=&scope=tenant", body.clone()).await.status,
            status,
            "{body}"
        );
    }
    let entered = desk.api.exports().await;
    assert!(entered.iter().all(|export| export.subject.0.as_ref().is_some_and(|person| person.key() == "7")));
    let refused = desk.api.events("access.refused").await;
    assert!(refused.iter().all(|(actor, _, detail)| actor == "portal:7" && detail["code"] == "forbidden_tenant"));
    assert_eq!(refused.len(), 14);
}

#[tokio::test]
async fn an_admin_is_for_the_own_tenant_only_and_for_each_person_in_it() {
    let desk = Desk::open().await;
    for body in
        [json!({ "tenant": "t2" }), json!({ "source": "crm" }), json!({ "tenant": "t2", "subject": person("7") })]
    {
        let answer = desk.admin().post("/v1/exports", body.clone()).await;
        assert_eq!(answer.refusal(), (403, "forbidden_tenant".into()), "{body}");
    }
    let answer = desk.admin().post("/v1/exports", json!({ "tenant": "t1", "subject": person("7") })).await;
    assert_eq!((answer.status, &answer.json()["subject"]), (202, &person("7")));
}

#[tokio::test]
async fn what_belongs_to_others_does_not_exist() {
    let desk = Desk::open().await;
    let dump = desk.queued("shop", "t1", None).await.id.to_string();
    let own = desk.queued("shop", "t1", Some("7")).await.id.to_string();
    let other = desk.queued("shop", "t1", Some("8")).await.id.to_string();
    let foreign = desk.queued("shop", "t2", Some("7")).await.id.to_string();
    let elsewhere = desk.queued("crm", "t1", Some("7")).await.id.to_string();
    let unknown = uuid::Uuid::now_v7().to_string();
    let (member, admin) = (desk.member("7"), desk.admin());

    let set = |ids: &[&String]| ids.iter().map(|id| (*id).clone()).collect::<HashSet<_>>();
    assert_eq!(listed(&member, "").await, set(&[&own]));
    assert_eq!(listed(&admin, "").await, set(&[&own, &other, &dump]));
    assert_eq!(listed(&member, "?source=shop&tenant=t1").await, set(&[&own]));
    for query in ["?tenant=t2", "?source=crm", "?source=crm&tenant=t1"] {
        assert!(listed(&member, query).await.is_empty() && listed(&admin, query).await.is_empty(), "{query}");
    }

    let said = |answer: &Answer| {
        let mut body = answer.json();
        body.as_object_mut().unwrap().remove("request_id");
        (answer.status, body)
    };
    let expected: Vec<_> = asked(&admin, &unknown).await.iter().map(said).collect();
    assert!(expected.iter().all(|(status, body)| (*status, &body["code"]) == (404, &json!("export_not_found"))));
    for (caller, ids) in [(&member, vec![&dump, &other, &foreign, &elsewhere]), (&admin, vec![&foreign, &elsewhere])] {
        for id in ids {
            let answers: Vec<_> = asked(caller, id).await.iter().map(said).collect();
            assert_eq!(answers, expected);
        }
    }
    assert_eq!(member.get(&format!("/v1/exports/{own}")).await.status, 200);
    assert_eq!(admin.post(&format!("/v1/exports/{own}/links"), json!({})).await.code(), "export_not_ready");
    assert_eq!(member.post(&format!("/v1/exports/{own}/cancel"), json!({})).await.json()["state"], "cancelled");
    assert_eq!(admin.post(&format!("/v1/exports/{dump}/cancel"), json!({})).await.json()["state"], "cancelled");
}

#[tokio::test]
async fn the_own_events_are_followed_with_the_token_in_the_header() {
    let desk = Desk::open().await;
    let export = desk.queued("shop", "t1", Some("7")).await.id;
    let member = desk.member("7");
    let stopper = desk.member("7");
    let mut stopped = false;
    let answer = member
        .stream(
            &format!("/v1/exports/{export}/events"),
            |request| request,
            async |seen: &str| {
                if seen.contains("event: progress") && !stopped {
                    stopped = true;
                    stopper.post(&format!("/v1/exports/{export}/cancel"), json!({})).await;
                }
            },
        )
        .await;
    assert!(answer.text().contains("event: done"), "{}", answer.text());
}

#[tokio::test]
async fn links_are_made_to_the_own_archives() {
    let desk = Desk::open().await;
    let ready = desk.api.ready("t1", b"all of it", now() + TimeDelta::days(1)).await.id;
    assert_eq!(desk.member("7").post(&format!("/v1/exports/{ready}/links"), json!({})).await.status, 404);
    let link = desk.admin().post(&format!("/v1/exports/{ready}/links"), json!({})).await;
    assert_eq!(link.status, 201);
    let id = link.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(desk.member("7").delete(&format!("/v1/links/{id}")).await.refusal(), (404, "link_not_found".into()));
    assert_eq!(desk.admin().delete(&format!("/v1/links/{id}")).await.status, 204);
}

#[tokio::test]
async fn nobody_makes_a_link_easier_to_follow_or_has_its_codes_sent_elsewhere() {
    let desk = Desk::open_with(|config| {
        config.links.protection = shared::link::Protection::Code;
        config.links.download_limit = Some(3);
    })
    .await;
    let ready = desk.api.ready("t1", b"all of it", now() + TimeDelta::days(1)).await.id;
    let path = format!("/v1/exports/{ready}/links");
    for (body, pointer) in [
        (json!({ "protection": "none" }), "/protection"),
        (json!({ "download_limit": null }), "/download_limit"),
        (json!({ "download_limit": 4 }), "/download_limit"),
        (json!({ "recipient": "eve@example.com" }), "/recipient"),
    ] {
        let answer = desk.admin().post(&path, body.clone()).await;
        assert_eq!(answer.refusal(), (422, "invalid_request".into()), "{body}");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    for body in [
        json!({}),
        json!({ "protection": "signed_in", "download_limit": 1 }),
        json!({ "recipient": "user1@example.com" }),
    ] {
        let answer = desk.admin().post(&path, body.clone()).await;
        assert_eq!(answer.status, 201, "{body}: {}", answer.text());
    }
}

#[tokio::test]
async fn why_an_archive_is_held_is_for_operators() {
    let desk = Desk::open().await;
    let ready = desk.api.ready("t1", b"all of it", now() + TimeDelta::days(1)).await.id;
    let operator = desk.api.admin().await;
    let held = operator.put(&format!("/v1/exports/{ready}/hold"), json!({ "reason": "case 4711" })).await;
    assert_eq!(held.json()["hold"]["reason"], "case 4711");
    let admin = desk.admin();
    let shown = admin.get(&format!("/v1/exports/{ready}")).await;
    assert_eq!(shown.json()["hold"]["reason"], "");
    let events = admin.get(&format!("/v1/exports/{ready}/events")).await;
    for answer in [shown, events, admin.get("/v1/exports").await] {
        assert!(answer.text().contains("\"since\"") && !answer.text().contains("4711"), "{}", answer.text());
    }
}

#[tokio::test]
async fn what_operators_do_no_token_does() {
    let desk = Desk::open().await;
    let own = desk.queued("shop", "t1", Some("7")).await.id;
    for caller in [desk.member("7"), desk.admin()] {
        for (method, path, body) in [
            (Method::POST, format!("/v1/exports/{own}/retry"), json!({})),
            (Method::PUT, format!("/v1/exports/{own}/hold"), json!({ "reason": "mine" })),
            (Method::DELETE, format!("/v1/exports/{own}/hold"), Value::Null),
            (Method::GET, "/v1/schedules".to_owned(), Value::Null),
            (Method::POST, "/v1/schedules".to_owned(), json!({})),
            (Method::POST, format!("/v1/schedules/{own}/run"), json!({})),
        ] {
            let answer = caller
                .send(method.clone(), &path, |request| if body.is_null() { request } else { request.json(&body) })
                .await;
            assert_eq!(answer.refusal(), (403, "forbidden".into()), "{method} {path}");
        }
    }
}

//! The routes of recipients, without a worker.

use super::pair::Pair;
use crate::support::{
    api::{Api, id_of},
    client::Answer,
};
use reqwest::Method;
use serde_json::{Value, json};
use shared::ledger::keys::KeyScope;

const RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDE7nIXTGNuaRBN9toI/wNALuQec8mvlt0iJ7o3OaD2UvoKHJ7S8rmIn4FiQDUed/Vac3OhUibei1k+TBmm16u2Rj3klgWZOIDgi8d4vXKI5N3YBhxr3jsQ+kz1c+iZ4z/tTtz306+4K46XViVMWwyyg9j82Jn41mOAy9vdeDIfQ5fLeaGqn5KwlT61GNkZ+ozWK/ZNlQIlNCcoXxhJULIs9XrtczWyVBAea1nlDo0WHODePxoJjmsNHrpQXn5mf9O83xs10qfTUjnRUt48jRmedFy4tcra3QGmSTQ3KZne+wXXSb0cIpXLGvZjQSPHgG1hc4r3uBpiSzvesGLv79XL anna@laptop";

fn wish(tenant: &str, key: &str) -> Value {
    json!({ "source": "shop", "tenant": tenant, "public_key": key, "label": "Key in the safe" })
}

fn items(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn keys_of_both_kinds_are_added_listed_and_removed() {
    let api = Api::start().await;
    let writer = api.caller(&[KeyScope::RecipientsWrite], None).await;
    let (age, ssh) = (Pair::age(), Pair::ssh());
    let added = writer.post("/v1/recipients", wish("t1", &format!(" {}\n", age.public))).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let shown = added.json();
    assert_eq!((&shown["kind"], &shown["public_key"]), (&json!("x25519"), &json!(age.public)));
    assert_eq!((&shown["subject"], &shown["label"]), (&Value::Null, &json!("Key in the safe")));
    assert!(shown["created_by"].as_str().unwrap().starts_with("key:hk_"));
    let other = writer.post("/v1/recipients", wish("t1", &ssh.public)).await.json();
    assert_eq!(other["kind"], "ssh-ed25519");
    assert!(!other["public_key"].as_str().unwrap().contains("anna") && ssh.public.contains("anna"));
    assert!(other["fingerprint"].as_str().unwrap().starts_with("SHA256:"));

    let listed = items(&writer.get("/v1/recipients?source=shop&tenant=t1").await);
    assert_eq!(listed, [other.clone(), shown.clone()], "newest first");
    assert!(items(&writer.get("/v1/recipients?tenant=t2").await).is_empty());
    let page = writer.get("/v1/recipients?limit=1").await.json();
    let next = writer.get(&format!("/v1/recipients?cursor={}", page["next_cursor"].as_str().unwrap())).await;
    assert_eq!(items(&next), std::slice::from_ref(&shown));

    let address = format!("/v1/recipients/{}", shown["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(writer.delete(&address).await.status, 204);
    }
    assert_eq!(items(&writer.get("/v1/recipients").await), [other]);
    assert_eq!(api.events("recipient.added").await.len(), 2);
    let removed = api.events("recipient.removed").await;
    let [(actor, address, detail)] = removed.as_slice() else { panic!("{removed:?}") };
    assert!(actor.starts_with("key:hk_") && address.is_some());
    assert_eq!((&detail["recipient"], &detail["key"]), (&shown["id"], &shown["fingerprint"]));
    assert!(!detail.to_string().contains("safe"), "a label may name a person");

    // A key that was removed can be added anew.
    assert_eq!(writer.post("/v1/recipients", wish("t1", &age.public)).await.status, 201);
}

#[tokio::test]
async fn a_private_key_is_refused_kindly_and_appears_nowhere() {
    let api = Api::start().await;
    let writer = api.caller(&[KeyScope::RecipientsWrite], None).await;
    for pair in [Pair::age(), Pair::ssh()] {
        let private = std::fs::read_to_string(pair.private()).unwrap();
        let secret = private.lines().max_by_key(|line| line.len()).unwrap();
        let mut in_the_label = wish("t1", &pair.public);
        in_the_label["label"] = json!(private);
        let bodies = [
            wish("t1", &private).to_string(),
            in_the_label.to_string(),
            json!({ private.as_str(): 1 }).to_string(),
            json!(private).to_string(),
            private.clone(),
        ];
        for body in bodies {
            let answer = writer
                .send(Method::POST, "/v1/recipients", |request| {
                    request.header("content-type", "application/json").body(body)
                })
                .await;
            assert_eq!(answer.refusal(), (422, "private_key".to_owned()));
            assert!(!answer.text().contains(secret) && answer.text().contains("age-keygen"));
        }
    }
    assert!(items(&writer.get("/v1/recipients").await).is_empty());
    assert!(api.events("recipient.added").await.is_empty());
}

#[tokio::test]
async fn a_key_that_cannot_be_used_is_refused_with_what_to_do() {
    let api = Api::start().await;
    let writer = api.caller(&[KeyScope::RecipientsWrite], None).await;
    let good = Pair::age().public;
    for (key, says) in [
        (RSA, "ssh-keygen -t ed25519"),
        ("", "no whole public key"),
        (&good[..50], "no whole public key"),
        (&format!("{good}\n{good}"), "more than one line"),
        ("ecdsa-sha2-nistp256 AAAA", "age-keygen"),
        ("age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", "plugins"),
    ] {
        let answer = writer.post("/v1/recipients", wish("t1", key)).await;
        assert_eq!(answer.refusal(), (422, "invalid_request".to_owned()), "{key}");
        let error = &answer.json()["errors"][0];
        assert_eq!(error["pointer"], "/public_key");
        assert!(error["detail"].as_str().unwrap().contains(says), "{error}");
    }
    for label in ["", "two\nlines", &"x".repeat(101)] {
        let mut wish = wish("t1", &good);
        wish["label"] = json!(label);
        assert_eq!(writer.post("/v1/recipients", wish).await.json()["errors"][0]["pointer"], "/label");
    }
    let mut elsewhere = wish("t1", &good);
    elsewhere["source"] = json!("nowhere");
    assert_eq!(writer.post("/v1/recipients", elsewhere).await.refusal(), (422, "source_not_found".to_owned()));
}

#[tokio::test]
async fn a_key_counts_once_for_each_tenant_and_twenty_are_enough() {
    let api = Api::start().await;
    let writer = api.caller(&[KeyScope::RecipientsWrite], None).await;
    let pair = Pair::age();
    assert_eq!(writer.post("/v1/recipients", wish("t1", &pair.public)).await.status, 201);
    let again = writer.post("/v1/recipients", wish("t1", &pair.public.to_uppercase())).await;
    assert_eq!(again.refusal(), (409, "recipient_exists".to_owned()));
    assert_eq!(writer.post("/v1/recipients", wish("t2", &pair.public)).await.status, 201);
    let mut person = wish("t1", &pair.public);
    person["subject"] = json!({ "kind": "customer", "key": "42" });
    let person = writer.post("/v1/recipients", person).await;
    assert_eq!((person.status, &person.json()["subject"]["key"]), (201, &json!("42")));

    let mut last = String::new();
    for _ in 1..20 {
        let added = writer.post("/v1/recipients", wish("t1", &Pair::age().public)).await;
        assert_eq!(added.status, 201);
        last = id_of(&added).to_string();
    }
    let one_more = wish("t1", &Pair::age().public);
    assert_eq!(
        writer.post("/v1/recipients", one_more.clone()).await.refusal(),
        (409, "too_many_recipients".to_owned())
    );
    assert_eq!(writer.delete(&format!("/v1/recipients/{last}")).await.status, 204);
    assert_eq!(writer.post("/v1/recipients", one_more).await.status, 201);
}

#[tokio::test]
async fn nobody_decides_for_another_tenant() {
    let api = Api::start().await;
    let scopes = [KeyScope::RecipientsWrite];
    let (own, other) =
        (api.caller(&scopes, Some(("shop", "t1"))).await, api.caller(&scopes, Some(("shop", "t2"))).await);
    let recipient = id_of(&own.post("/v1/recipients", wish("t1", &Pair::age().public)).await);
    let refused = other.post("/v1/recipients", wish("t1", &Pair::age().public)).await;
    assert_eq!(refused.refusal(), (403, "forbidden_tenant".to_owned()));
    let refusals = api.events("access.refused").await;
    assert!(refusals.iter().any(|(.., detail)| detail["code"] == "forbidden_tenant"));
    assert!(items(&other.get("/v1/recipients").await).is_empty());
    assert!(items(&other.get("/v1/recipients?tenant=t1").await).is_empty());
    let foreign = other.delete(&format!("/v1/recipients/{recipient}")).await;
    let unknown = other.delete("/v1/recipients/01890a5d-ac96-774b-bcce-b302099a8057").await;
    assert_eq!(foreign.refusal(), (404, "recipient_not_found".to_owned()));
    assert_eq!(foreign.json()["detail"], unknown.json()["detail"]);
    let cursor = format!("01{}", recipient.simple());
    assert_eq!(other.get(&format!("/v1/recipients?cursor={cursor}")).await.refusal().0, 400);
    assert_eq!(items(&own.get("/v1/recipients").await).len(), 1);

    let reader = api.caller(&[KeyScope::RecipientsRead], None).await;
    assert_eq!(items(&reader.get("/v1/recipients").await).len(), 1);
    assert_eq!(reader.delete(&format!("/v1/recipients/{recipient}")).await.status, 403);
    assert_eq!(reader.post("/v1/recipients", wish("t1", &Pair::age().public)).await.status, 403);
    let exporter = api.caller(&[KeyScope::ExportsWrite, KeyScope::SchedulesWrite], None).await;
    assert_eq!(exporter.get("/v1/recipients").await.status, 403);
    assert_eq!(api.anyone.get("/v1/recipients").await.status, 401);
}

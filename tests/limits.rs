//! Fair use: what is refused, how many run at once, and who comes next.

use examples::{ceppro, customertrackr};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::HashSet;

use crate::support::{
    api::{Api, wanted},
    ceppro::CepPro,
    customertrackr::CustomerTrackr,
    grown::{Blueprint, Grown},
    mail_server::MailServer,
    markers::marked,
    patience::LONG,
    person::Letter,
    portal::Portal,
};

/// A table that is read late, since it hangs on others.
const TABLE: &str = "security_events";

fn clicked(tenant: &str) -> Value {
    json!({ "source": "shop", "tenant": tenant, "origin": "portal" })
}

#[tokio::test]
async fn a_person_who_asks_too_soon_is_told_from_when_on() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let first = admin.post("/v1/exports", clicked("t1")).await;
    let view = first.json();
    assert_eq!((first.status, &view["origin"], &view["csv_profile"]), (202, &json!("portal"), &json!("spreadsheet")));
    let next = view["next_allowed_at"].as_str().unwrap().to_owned();
    assert!(next.ends_with("T00:00:00Z"), "{next}");

    let same = admin.post("/v1/exports", clicked("t1")).await;
    assert_eq!((same.status, &same.json()["id"]), (200, &view["id"]), "it is on its way");
    let mut other = clicked("t1");
    other["formats"] = json!(["csv"]);
    let refused = admin.post("/v1/exports", other.clone()).await;
    assert_eq!(refused.refusal(), (429, "cool_down".into()));
    assert_eq!(refused.json()["next_allowed_at"], json!(next));
    let seconds: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=24 * 3600 + 1).contains(&seconds), "{seconds}");

    other["origin"] = json!("operator");
    assert_eq!(admin.post("/v1/exports", other.clone()).await.status, 202, "staff are not kept waiting");
    let id = view["id"].as_str().unwrap();
    let cancelled = admin.post(&format!("/v1/exports/{id}/cancel"), json!({})).await.json();
    assert_eq!(cancelled["next_allowed_at"], Value::Null);
    other["origin"] = json!("portal");
    other["formats"] = json!(["sql"]);
    assert_eq!(admin.post("/v1/exports", other.clone()).await.status, 202, "what was cancelled does not count");
    for origin in ["schedule", "cli", "Portal", ""] {
        other["origin"] = json!(origin);
        assert_eq!(admin.post("/v1/exports", other.clone()).await.refusal(), (422, "invalid_request".into()));
    }
}

#[tokio::test]
async fn without_a_cool_down_a_person_may_ask_again_at_once() {
    let api = Api::start_with(|config| config.limits.cool_down_days = 0).await;
    let admin = api.admin().await;
    for formats in [json!(["csv"]), json!(["sql"])] {
        let mut wish = clicked("t1");
        wish["formats"] = formats;
        let answer = admin.post("/v1/exports", wish).await;
        assert_eq!((answer.status, &answer.json()["next_allowed_at"]), (202, &Value::Null));
    }
}

#[tokio::test]
async fn a_waiting_export_is_shown_with_its_place() {
    let api = Api::start().await;
    let admin = api.admin().await;
    for (tenant, place) in [("t1", 1), ("t2", 2), ("t3", 3)] {
        assert_eq!(admin.post("/v1/exports", wanted(tenant)).await.json()["queue_position"], place);
    }
    assert_eq!(admin.post("/v1/exports", clicked("t4")).await.json()["queue_position"], 1);
    let listed = admin.get("/v1/exports").await.json();
    let places: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|item| &item["queue_position"]).collect();
    assert_eq!(places, [1, 4, 3, 2]);
    let ready = api.ready("t5", b"x", chrono::DateTime::UNIX_EPOCH).await;
    assert_eq!(admin.get(&format!("/v1/exports/{}", ready.id)).await.json()["queue_position"], Value::Null);
}

#[tokio::test]
async fn an_estimate_that_nobody_can_give_is_refused_and_leaves_nothing() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let mut wish = wanted("t1");
    wish["dry_run"] = json!(true);
    let answer = admin.post("/v1/exports", wish.clone()).await;
    assert_eq!(answer.refusal(), (503, "estimate_unavailable".into()));
    wish["source"] = json!("nowhere");
    assert_eq!(admin.post("/v1/exports", wish).await.refusal(), (422, "source_not_found".into()));
    assert!(api.exports().await.is_empty());
}

/// Asks for the same tenant's data in so many different ways that no request joins another.
async fn ask_in_every_way(portal: &Portal, tenant: &str) -> Vec<String> {
    let mut exports = Vec::new();
    for formats in [json!(["csv"]), json!(["sql"]), json!(["jsonl"]), json!(["csv", "jsonl"])] {
        let wish = json!({ "source": "ceppro", "tenant": tenant, "formats": formats });
        let (status, answer) = portal.ask(&wish).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        exports.push(answer["id"].as_str().unwrap().to_owned());
    }
    exports
}

/// From now on the ledger itself notes whenever more exports run than may. Every renewal of a lease makes it look again.
async fn watch(grown: &Grown, of_source: i64) {
    let look = format!(
        "create table violations (tenants text, number bigint);
         create function look() returns trigger language plpgsql as $$ begin
             insert into violations select tenant, count(*) from exports where state = 'running' group by source, tenant having count(*) > 1;
             insert into violations select source, count(*) from exports where state = 'running' group by source having count(*) > {of_source};
             insert into violations select worker, count(*) from exports where state = 'running' group by worker having count(*) > 2;
             return null;
         end $$;
         create trigger look after update on exports for each statement execute function look()"
    );
    grown.change_ledger(&look).await;
}

#[tokio::test]
async fn two_workers_never_exceed_a_limit_and_leave_nothing_waiting() {
    let product = CepPro::create().await;
    let blueprint =
        Blueprint::new("limits").await.processes(1, 2).source("ceppro", &product.source_url().await, ceppro::CATALOG);
    // Nothing is rung for by the reconciler: whatever comes next begins because something else ended.
    let grown =
        blueprint.of_source("ceppro", "EXPORTS", "2").set("HANDOVER_WORKER__RECONCILE_EVERY", "1h").build().await;
    watch(&grown, 2).await;
    let portal = &grown.apis[0];
    let mut exports = Vec::new();
    for tenant in &product.tenants {
        exports.extend(ask_in_every_way(portal, &tenant.key).await);
    }
    for export in &exports {
        portal.until_state(export, "ready").await;
    }
    assert_eq!(grown.ledger::<i64>("select count(*) from violations").await, 0);
    let attempts = "select count(*) from audit_events where action = 'export.claimed'";
    assert_eq!(grown.ledger::<i64>(attempts).await, exports.len() as i64, "each began once");
    assert_eq!(exports.iter().collect::<HashSet<_>>().len(), 12);
}

#[tokio::test]
async fn a_tenant_with_a_long_queue_and_the_operator_do_not_keep_a_person_waiting() {
    let product = CepPro::create().await;
    let blueprint = Blueprint::new("fair").await.source("ceppro", &product.source_url().await, ceppro::CATALOG);
    let grown = blueprint.of_source("ceppro", "EXPORTS", "1").build().await;
    let portal = &grown.apis[0];
    let [busy, calm, person] = [0, 1, 2].map(|place| product.tenants[place].key.clone());

    let mut hold = product.hold(TABLE).await;
    let many = ask_in_every_way(portal, &busy).await;
    hold.until_waiting(1).await;
    let other = portal.export("ceppro", &calm, "calm@example.com").await;
    let wish = json!({ "source": "ceppro", "tenant": person, "origin": "portal" });
    let clicked = portal.ask(&wish).await.1;
    assert_eq!(clicked["queue_position"], 1, "{clicked}");
    hold.release().await;
    for export in many.iter().chain([&other]) {
        portal.until_state(export, "ready").await;
    }
    let begun =
        "select string_agg(export_id::text, ' ' order by at, id) from audit_events where action = 'export.claimed'";
    let begun: String = grown.ledger(begun).await;
    let place = |export: &str| begun.split(' ').position(|id| id == export).unwrap();
    assert_eq!(place(clicked["id"].as_str().unwrap()), 1, "after the one that ran already");
    assert!(place(&other) <= 3, "one of the long queue may go before it: {begun}");
}

#[tokio::test]
async fn an_estimate_says_what_an_export_then_holds_and_a_ceiling_refuses_before_it_begins() {
    let product = CepPro::create().await;
    let crm = CustomerTrackr::create(marked(customertrackr::tenants(2))).await;
    let blueprint = Blueprint::new("ceilings")
        .await
        .source("ceppro", &product.source_url().await, ceppro::CATALOG)
        .source("small", &product.source_url().await, ceppro::CATALOG)
        .of_source("small", "MAX_ROWS", "10")
        .source("crm", &crm.source_url(), customertrackr::CATALOG)
        .of_source("crm", "MAX_BYTES", "100");
    let grown = blueprint.build().await;
    let (portal, tenant) = (&grown.apis[0], &product.tenants[0].key);
    let estimate = async |source: &str, tenant: &str| {
        portal.ask(&json!({ "source": source, "tenant": tenant, "dry_run": true, "origin": "portal" })).await
    };

    let (status, expected) = estimate("ceppro", tenant).await;
    assert_eq!((status, &expected["allowed"], &expected["exact"]), (StatusCode::OK, &json!(true), &json!(true)));
    assert!(expected["refusal"].is_null() && expected["next_allowed_at"].is_null(), "{expected}");
    assert_eq!(grown.ledger::<i64>("select count(*) from exports").await, 0);
    let audited = "select count(*) from audit_events where action = 'export.estimated' and tenant is not null";
    assert_eq!(grown.ledger::<i64>(audited).await, 1);
    let (status, answer) = estimate("ceppro", "nobody").await;
    assert_eq!((status.as_u16(), &answer["code"]), (422, &json!("tenant_not_found")));

    let clicked = json!({ "source": "ceppro", "tenant": tenant, "origin": "portal" });
    let export = portal.ask(&clicked).await.1;
    let ready = portal.until_state(export["id"].as_str().unwrap(), "ready").await;
    assert_eq!(ready["progress"]["rows"], expected["rows"], "{expected}");
    let bytes = |view: &Value| view["bytes"].as_f64().unwrap();
    let ratio = bytes(&expected) / bytes(&ready["progress"]);
    assert!((0.1..10.0).contains(&ratio), "the bytes are {ratio} of what was read");
    let (_, answer) = estimate("ceppro", tenant).await;
    assert_eq!((&answer["allowed"], &answer["refusal"]["code"]), (&json!(false), &json!("cool_down")));
    assert_eq!(answer["next_allowed_at"], ready["next_allowed_at"]);

    let mail = MailServer::shared().await;
    for (source, tenant, unit) in [("small", tenant, "max_rows"), ("crm", &crm.tenants[0].key, "max_bytes")] {
        let (_, answer) = estimate(source, tenant).await;
        assert_eq!((&answer["allowed"], &answer["refusal"]["code"]), (&json!(false), &json!("too_large")), "{answer}");
        assert!(answer["rows"].as_u64().unwrap() > 10 && !answer["tables"].as_array().unwrap().is_empty());
        let owner = mail.address(source);
        let export = portal.export(source, tenant, &owner).await;
        let failed = portal.until_state(&export, "failed").await;
        assert_eq!((&failed["reason"]["code"], &failed["attempt"]), (&json!("too_large"), &json!(1)));
        assert!(failed["reason"]["message"].as_str().unwrap().contains(unit), "{failed}");
        assert_eq!(failed["progress"]["rows"], 0, "nothing was read");
        let letter = Letter::read(mail.first(&owner, LONG).await.unwrap().as_bytes());
        assert!(letter.text.contains(&export), "{}", letter.text);
    }
    let ours = product.tenants.iter().chain(&crm.tenants).any(|tenant| grown.logs().contains(&tenant.label));
    assert!(!ours, "the log names a tenant");
}

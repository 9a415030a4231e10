//! Schedules at the console.

use super::desk::Visitor;
use crate::support::api::Api;
use serde_json::json;
use shared::ledger::keys::Role;

const NIGHTLY: [(&str, &str); 9] = [
    ("name", "Nightly backup"),
    ("source", "shop"),
    ("cron", "30 2 * * *"),
    ("time_zone", "Europe/Berlin"),
    ("whose", "these"),
    ("tenants", "7\nMiller, Ann"),
    ("csv", "on"),
    ("layout", "files"),
    ("keep_daily", "7"),
];

#[tokio::test]
async fn a_schedule_is_made_previewed_changed_paused_run_and_deleted() {
    let api = Api::start().await;
    let operator = Visitor::new(&api, Role::Operator).await;
    let admin = api.admin().await;

    let preview = operator
        .press("/console/schedules/new", "/console/schedules", &[&NIGHTLY[..], &[("then", "preview")]].concat())
        .await;
    assert_eq!(preview.status, 200, "{}", preview.text());
    let text = preview.text();
    assert!(text.contains("It would run next") && text.contains("In Europe/Berlin In UTC"), "{text}");
    assert_eq!(text.matches(", 02:30 CE").count(), 5, "{text}");
    assert!(preview.html.contains("value=\"Nightly backup\""), "what was typed stays");
    assert_eq!(admin.get("/v1/schedules").await.json()["items"], json!([]));

    let made = operator
        .press("/console/schedules/new", "/console/schedules", &[&NIGHTLY[..], &[("then", "save")]].concat())
        .await;
    assert_eq!(made.status, 303, "{}", made.text());
    let said = admin.get("/v1/schedules").await.json()["items"][0].clone();
    let id = said["id"].as_str().unwrap().to_owned();
    assert!(made.location.ends_with(&format!("console/schedules/{id}?done=schedule-made")), "{}", made.location);
    assert_eq!(said["tenants"], json!(["7", "Miller, Ann"]));
    assert_eq!((&said["retention"]["keep_daily"], &said["pause_after"]), (&json!(7), &json!(3)));

    let page = format!("/console/schedules/{id}");
    let shown = operator.read(&page).await;
    for value in
        ["Nightly backup", "active", "30 2 * * * (Europe/Berlin)", "daily 7", "7, Miller, Ann", "It has not run yet."]
    {
        assert!(shown.contains(value), "{value} in {shown}");
    }
    assert!(operator.read("/console/schedules").await.contains("Nightly backup active shop 2 tenants"));

    let changed: Vec<_> = NIGHTLY
        .iter()
        .copied()
        .filter(|(name, _)| *name != "keep_daily")
        .chain([("jitter", "60"), ("then", "save")])
        .collect();
    let saved = operator.press(&format!("{page}/edit"), &page, &changed).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let said = admin.get(&format!("/v1/schedules/{id}")).await.json();
    assert_eq!((&said["jitter"], &said["retention"]["keep_daily"]), (&json!(60), &json!(null)));

    assert_eq!(operator.press(&page, &format!("{page}/pause"), &[]).await.status, 303);
    assert_eq!(admin.get(&format!("/v1/schedules/{id}")).await.json()["paused"], true);
    assert!(operator.read(&page).await.contains("None while it is paused."));
    assert_eq!(operator.press(&page, &format!("{page}/resume"), &[]).await.status, 303);
    assert_eq!(admin.get(&format!("/v1/schedules/{id}")).await.json()["paused"], false);

    assert_eq!(operator.press(&page, &format!("{page}/run"), &[]).await.status, 303);
    let shown = operator.read(&page).await;
    assert!(shown.contains("entering none manual"), "{shown}");
    assert_eq!(operator.press(&page, &format!("{page}/run"), &[]).await.status, 409, "the run before is not over");

    assert_eq!(operator.press(&page, &format!("{page}/delete"), &[]).await.status, 422);
    assert_eq!(operator.press(&page, &format!("{page}/delete"), &[("sure", "yes")]).await.status, 303);
    assert_eq!(operator.open(&page).await.status, 404);
}

#[tokio::test]
async fn what_is_wrong_with_a_schedule_is_said_at_its_field() {
    let api = Api::start().await;
    let operator = Visitor::new(&api, Role::Operator).await;
    let fields = [
        ("name", ""),
        ("source", "shop"),
        ("cron", "61 2 * * *"),
        ("time_zone", "Mars/Olympus"),
        ("whose", "all"),
        ("csv", "on"),
    ];
    for then in ["save", "preview"] {
        let wrong = operator
            .press("/console/schedules/new", "/console/schedules", &[&fields[..], &[("then", then)]].concat())
            .await;
        assert_eq!(wrong.status, if then == "save" { 422 } else { 200 });
        assert!(wrong.text().contains("is no name of a time zone"), "{}", wrong.text());
        assert!(wrong.html.contains("value=\"Mars/Olympus\""), "{}", wrong.html);
    }
    assert_eq!(api.admin().await.get("/v1/schedules").await.json()["items"], json!([]));
}

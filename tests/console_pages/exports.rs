//! Exports at the console.

use super::desk::Visitor;
use crate::support::api::{Api, now};
use chrono::TimeDelta;
use serde_json::json;
use shared::{
    export::State,
    ledger::{exports, keys::Role, links},
};
use std::time::Duration;

#[tokio::test]
async fn the_list_shows_page_by_page_what_the_api_lists() {
    let api = Api::start().await;
    let viewer = Visitor::new(&api, Role::Viewer).await;
    for number in 0..30 {
        api.queued(&format!("tenant-{number:02}")).await;
    }
    let first = viewer.open("/console/exports").await;
    let listed = api.admin().await.get("/v1/exports?limit=25").await.json();
    let items = listed["items"].as_array().unwrap();
    let places: Vec<usize> = items
        .iter()
        .map(|item| first.html.find(&format!("console/exports/{}\"", item["id"].as_str().unwrap())).unwrap())
        .collect();
    assert!(places.is_sorted() && items.len() == 25, "{places:?}");
    let cursor = listed["next_cursor"].as_str().unwrap();
    assert!(first.html.contains(&format!("console/exports?cursor={cursor}")), "{}", first.html);
    let second = viewer.read(&format!("/console/exports?cursor={cursor}")).await;
    assert!(second.contains("tenant-04") && !second.contains("tenant-05"), "{second}");
    assert_eq!(viewer.open("/console/exports?cursor=01ff").await.status, 400);
}

#[tokio::test]
async fn the_filter_and_the_search_find_what_they_name_and_show_their_call() {
    let api = Api::start().await;
    let viewer = Visitor::new(&api, Role::Viewer).await;
    let one = api.queued("tenant-one").await;
    api.ready("tenant-two", b"x", now() + TimeDelta::days(1)).await;
    let text = viewer.read("/console/exports?search=tenant-one&state=&source=&origin=&since=&until=").await;
    assert!(text.contains("tenant-one queued") && !text.contains("tenant-two"), "{text}");
    assert!(
        text.contains("/v1/exports?search=tenant-one'") || text.contains("/v1/exports?search=tenant-one \\"),
        "{text}"
    );
    assert!(viewer.read(&format!("/console/exports?search={}", one.id)).await.contains("tenant-one"));
    let ready = viewer.read("/console/exports?state=ready").await;
    assert!(ready.contains("tenant-two ready") && !ready.contains("tenant-one"), "{ready}");
    let tomorrow = (now() + TimeDelta::days(1)).date_naive();
    let none = viewer.read(&format!("/console/exports?since={tomorrow}")).await;
    assert!(none.contains("No export fits this filter."), "{none}");
    let today = now().date_naive();
    assert!(viewer.read(&format!("/console/exports?until={today}")).await.contains("tenant-two"));
    assert!(viewer.read("/console/exports?since=yesterday").await.contains("A day is written as in"));
}

#[tokio::test]
async fn the_page_of_an_export_says_what_the_api_says() {
    let api = Api::start().await;
    let operator = Visitor::new(&api, Role::Operator).await;
    let export = api.ready("tenant <b>one</b>", b"twelve bytes", now() + TimeDelta::days(2)).await;
    let (link, _) = api.link(&export, now() + TimeDelta::hours(5)).await;
    let page = operator.open(&format!("/console/exports/{}", export.id)).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let said = api.admin().await.get(&format!("/v1/exports/{}", export.id)).await.json();
    let text = page.text();
    let file = &said["files"][0];
    for value in [
        said["id"].as_str().unwrap(),
        said["state"].as_str().unwrap(),
        file["name"].as_str().unwrap(),
        file["sha256"].as_str().unwrap(),
        "12 bytes",
        "csv, sql; CSV lossless",
        "Asked for",
        "A worker began attempt 1",
        "Ready: 1 file, 12 bytes",
        "A link was made",
    ] {
        assert!(text.contains(value), "{value} in {text}");
    }
    assert!(!page.html.contains("<b>one</b>"), "{}", page.html);
    assert!(page.offers(&format!("/console/links/{}/revoke", link.id)), "{}", page.html);
    assert!(text.contains(&format!("curl -X DELETE {}/v1/links/{}", api.anyone.base(), link.id)), "{text}");
    assert_eq!(operator.open(&format!("/console/exports/{}", uuid::Uuid::now_v7())).await.status, 404);
}

#[tokio::test]
async fn a_running_export_is_followed_by_its_piece_until_it_ended() {
    let api = Api::start().await;
    let viewer = Visitor::new(&api, Role::Viewer).await;
    let export = api.queued("one").await;
    let status = async || viewer.open(&format!("/console/exports/{}/status", export.id)).await;
    let waits = status().await;
    assert!(waits.html.contains("data-final=\"false\"") && waits.text().contains("Place 1"), "{}", waits.html);
    let claimed = exports::claim(&api.ledger, export.id, "w1", Duration::from_secs(60), now()).await.unwrap().unwrap();
    assert!(status().await.html.contains("<progress"));
    exports::fail(&api.ledger, export.id, claimed.attempt, "source_refused", "the source refused: no rights", now())
        .await
        .unwrap();
    let ended = status().await;
    assert!(ended.html.contains("data-final=\"true\""), "{}", ended.html);
    assert!(ended.text().contains("source_refused the source refused: no rights"), "{}", ended.text());
    assert!(ended.text().contains("handover doctor"), "{}", ended.text());
}

#[tokio::test]
async fn the_buttons_do_what_their_calls_do() {
    let api = Api::start().await;
    let operator = Visitor::new(&api, Role::Operator).await;
    let state = async |id| exports::find(&api.ledger, id).await.unwrap().unwrap();

    let waiting = api.queued("one").await.id;
    let page = format!("/console/exports/{waiting}");
    let pressed = operator.press(&page, &format!("{page}/cancel"), &[]).await;
    assert_eq!(pressed.status, 303, "{}", pressed.html);
    assert!(pressed.location.ends_with(&format!("console/exports/{waiting}?done=cancelled")), "{}", pressed.location);
    assert_eq!(state(waiting).await.state, State::Cancelled);
    assert!(operator.read(&format!("{page}?done=cancelled")).await.contains("The export is told to stop."));
    let (actor, _, _) = api.events("export.cancelled").await.remove(0);
    assert!(actor.starts_with("operator:"), "{actor}");

    let failed = api.queued("two").await.id;
    let claimed = exports::claim(&api.ledger, failed, "w1", Duration::from_secs(60), now()).await.unwrap().unwrap();
    exports::fail(&api.ledger, failed, claimed.attempt, "vault_refused", "no", now()).await.unwrap();
    let page = format!("/console/exports/{failed}");
    assert_eq!(operator.press(&page, &format!("{page}/retry"), &[]).await.status, 303);
    assert_eq!(state(failed).await.state, State::Queued);

    let ready = api.ready("three", b"archive", now() + TimeDelta::days(1)).await;
    let page = format!("/console/exports/{}", ready.id);
    let held = operator.press(&page, &format!("{page}/hold"), &[("reason", "case 7")]).await;
    assert_eq!(held.status, 303, "{}", held.html);
    assert_eq!(state(ready.id).await.hold_reason.as_deref(), Some("case 7"));
    assert!(operator.read(&page).await.contains("Held: case 7"));
    assert!(!operator.open(&page).await.offers(&format!("{page}/delete")), "a held archive is not deleted");
    assert_eq!(operator.press(&page, &format!("{page}/release"), &[]).await.status, 303);
    assert_eq!(state(ready.id).await.hold_since, None);

    let unsure = operator.press(&page, &format!("{page}/delete"), &[]).await;
    assert_eq!(unsure.status, 422);
    assert!(unsure.text().contains("Nothing was deleted"), "{}", unsure.text());
    assert_eq!(operator.press(&page, &format!("{page}/delete"), &[("sure", "yes")]).await.status, 303);
    assert!(state(ready.id).await.expires_at.unwrap() <= now());
}

#[tokio::test]
async fn a_new_link_is_shown_once_and_counts_until_it_is_revoked() {
    let api = Api::start().await;
    let operator = Visitor::new(&api, Role::Operator).await;
    let export = api.ready("one", b"archive", now() + TimeDelta::days(9)).await;
    let page = format!("/console/exports/{}", export.id);
    let made = operator.press(&page, &format!("{page}/links"), &[("days", "2"), ("limit", "3")]).await;
    assert_eq!(made.status, 201, "{}", made.html);
    let text = made.text();
    let path = format!("/d/{}", text.split("/d/").nth(1).unwrap().split(' ').next().unwrap());
    assert_eq!(api.undocumented(&path).await.status, 200);
    let link = links::of_export(&api.ledger, export.id).await.unwrap().remove(0);
    assert_eq!(link.download_limit, Some(3));
    assert_eq!((link.expires_at - link.created_at).num_days(), 2);
    assert!(!operator.open(&page).await.html.contains("/d/"), "nobody sees it again");

    let pressed = operator.press(&page, &format!("/console/links/{}/revoke", link.id), &[]).await;
    assert_eq!(pressed.status, 303, "{}", pressed.html);
    assert_eq!(api.undocumented(&path).await.status, 410);
    let wrong = operator.submit(&format!("{page}/links"), &[("days", "2")]).await;
    assert_eq!(wrong.status, 403, "without the page's token: {}", wrong.html);
}

#[tokio::test]
async fn every_link_of_an_export_is_revoked_at_once() {
    let api = Api::start().await;
    let operator = Visitor::new(&api, Role::Operator).await;
    let export = api.ready("one", b"archive", now() + TimeDelta::days(9)).await;
    let (_, one) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let (_, other) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let page = format!("/console/exports/{}", export.id);
    assert_eq!(operator.press(&page, &format!("{page}/links/revoke"), &[]).await.status, 303);
    for path in [one, other] {
        assert_eq!(api.undocumented(&path).await.status, 410);
    }
}

#[tokio::test]
async fn an_export_is_asked_for_by_the_form_as_by_its_call() {
    let api = Api::start().await;
    let operator = Visitor::new(&api, Role::Operator).await;
    let form = "/console/exports/new";
    let fields = [
        ("source", "shop"),
        ("tenant", "tenant-9"),
        ("jsonl", "on"),
        ("layout", "files"),
        ("compression", "gzip"),
        ("notify", "ann@example.com\nbob@example.com"),
        ("then", "ask"),
    ];
    let asked = operator.press(form, "/console/exports", &fields).await;
    assert_eq!(asked.status, 303, "{}", asked.text());
    let export = api.exports().await.remove(0);
    assert!(asked.location.ends_with(&format!("console/exports/{}?done=asked", export.id)), "{}", asked.location);
    let said = api.admin().await.get(&format!("/v1/exports/{}", export.id)).await.json();
    assert_eq!(
        (&said["formats"], &said["compression"], &said["origin"]),
        (&json!(["jsonl"]), &json!("gzip"), &json!("operator"))
    );
    assert_eq!(export.notify.0, ["ann@example.com", "bob@example.com"]);
    let again = operator.press(form, "/console/exports", &fields).await;
    assert!(again.location.ends_with("?done=joined"), "{}", again.location);

    // What was wrong is said at its field, and what was typed stays.
    let wrong = operator
        .press(
            form,
            "/console/exports",
            &[("source", "shop"), ("tenant", "tenant-9"), ("csv", "on"), ("notify", "nobody"), ("then", "ask")],
        )
        .await;
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert!(wrong.html.contains("value=\"tenant-9\"") && wrong.html.contains(">nobody</textarea>"), "{}", wrong.html);
    assert!(wrong.html.contains("hint wrong"), "{}", wrong.html);
    // No worker is there to estimate, and nothing is asked for.
    let estimate = operator
        .press(form, "/console/exports", &[("source", "shop"), ("tenant", "t"), ("csv", "on"), ("then", "estimate")])
        .await;
    assert_eq!(estimate.status, 503, "{}", estimate.text());
    assert_eq!(api.exports().await.len(), 1);
}

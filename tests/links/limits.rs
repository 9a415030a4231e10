//! Links that give their files a limited number of times, and those that mail scanners and people share.

use super::ARCHIVE;
use crate::support::api::{Api, now};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn scanners_may_look_fifty_times_and_a_persons_click_on_a_one_time_link_still_counts() {
    let api = Api::start().await;
    let export = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    let (link, path) = api.link_like(&export, |link| link.download_limit = Some(1)).await;
    let agents = ["Mozilla/5.0 (compatible; SafeLinks)", "Barracuda", "curl/8.5"];
    for number in 0..50 {
        let method = if number % 2 == 0 { Method::GET } else { Method::HEAD };
        let agent = agents[number % agents.len()];
        let looked = api.anyone.send(method, &path, |request| request.header("user-agent", agent)).await;
        assert_eq!(looked.status, 200);
    }
    assert_eq!(api.downloads(&link).await, 0);
    assert!(api.anyone.get(&path).await.text().contains("once"), "the page says how often");

    let given = api.download(&path, "").await;
    assert_eq!((given.status, &given.body[..]), (200, ARCHIVE));
    assert_eq!(api.downloads(&link).await, 1);
    for method in [Method::GET, Method::POST] {
        let used = api.anyone.send(method, &path, |request| request).await;
        assert_eq!(used.status, 410);
        assert!(used.text().contains("This link was used"), "{}", used.text());
    }
    assert_eq!(api.anyone.send(Method::HEAD, &path, |request| request).await.status, 410);
    assert_eq!(api.downloads(&link).await, 1);
    let refused = api.events("link.refused").await;
    assert_eq!(refused.len(), 3);
    assert!(refused.iter().all(|(.., detail)| detail["reason"] == "used_up"));
}

#[tokio::test]
async fn of_two_clicks_at_once_on_a_one_time_link_exactly_one_wins() {
    let api = Api::start().await;
    let export = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    for _ in 0..10 {
        let (link, path) = api.link_like(&export, |link| link.download_limit = Some(1)).await;
        let click = || api.anyone.send(Method::POST, &path, |request| request);
        let (one, other) = tokio::join!(click(), click());
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 410]);
        let winner = if one.status == 303 { one } else { other };
        assert_eq!(&api.anyone.get(&api.ticket(&winner)).await.body[..], ARCHIVE);
        assert_eq!(api.downloads(&link).await, 1);
    }
}

#[tokio::test]
async fn the_api_makes_lists_and_revokes_links_of_every_kind() {
    let api = Api::start_with(|config| config.links.download_limit = Some(3)).await;
    let admin = api.admin().await;
    let export = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    let links = format!("/v1/exports/{}/links", export.id);
    for (wish, limit, protection) in [
        (json!({}), json!(3), "none"),
        (json!({ "download_limit": 1 }), json!(1), "none"),
        (json!({ "download_limit": null }), json!(null), "none"),
        (json!({ "protection": "signed_in" }), json!(3), "signed_in"),
        (json!({ "protection": "code", "recipient": "ann@example.com" }), json!(3), "code"),
    ] {
        let made = admin.post(&links, wish.clone()).await;
        assert_eq!(made.status, 201, "{wish}: {}", made.text());
        assert_eq!(
            (&made.json()["download_limit"], &made.json()["protection"]),
            (&limit, &json!(protection)),
            "{wish}"
        );
    }
    for (wish, pointer) in [
        (json!({ "download_limit": 0 }), "/download_limit"),
        (json!({ "download_limit": -1 }), "/download_limit"),
        (json!({ "protection": "password" }), "/protection"),
        (json!({ "protection": "code" }), "/recipient"),
        (json!({ "protection": "code", "recipient": "nobody" }), "/recipient"),
        (json!({ "recipient": "ann@example.com" }), "/recipient"),
    ] {
        let refused = admin.post(&links, wish.clone()).await;
        assert_eq!(refused.refusal(), (422, "invalid_request".into()), "{wish}");
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{wish}");
    }
    let listed = admin.get(&links).await;
    let items = listed.json()["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 5);
    assert_eq!((&items[0]["protection"], &items[4]["download_limit"]), (&json!("code"), &json!(3)));
    assert!(!listed.text().contains("ann@example.com") && !listed.text().contains("/d/"));

    let stranger = api.caller(&[shared::ledger::keys::KeyScope::ExportsWrite], Some(("shop", "t2"))).await;
    assert_eq!(stranger.get(&links).await.refusal(), (404, "export_not_found".into()));
    assert_eq!(stranger.delete(&links).await.refusal(), (404, "export_not_found".into()));
    assert_eq!(admin.delete(&links).await.status, 204);
    let after = admin.get(&links).await.json();
    assert!(after["items"].as_array().unwrap().iter().all(|link| !link["revoked_at"].is_null()));
    assert_eq!(api.events("link.revoked").await.len(), 5);
}

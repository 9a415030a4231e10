//! The pages of keys and of the audit do what the API does.

use super::desk::{Browser, named};
use crate::support::{
    api::{Api, now},
    secrets,
};
use chrono::TimeDelta;
use reqwest::Method;
use shared::ledger::{Ledger, keys::Role};

#[tokio::test]
async fn a_key_is_made_shown_once_works_and_is_revoked() {
    let api = Api::start().await;
    let boss = named(&api, "boss", Role::Admin).await;
    let mut browser = Browser::signed_in(&api, &boss).await;
    browser.open("/console/keys").await;
    let fields = [
        ("name", "nightly <b>"),
        ("scope", "exports:read"),
        ("scope", "keys:read"),
        ("source", "shop"),
        ("days", "30"),
        ("role", ""),
    ];
    let page = browser.submit("/console/keys", &fields).await;
    assert_eq!((page.status, page.heading().as_str()), (201, "Your new key"));
    let key = page.between("<code class=\"secret\">", "</code>").unwrap();
    secrets::keep("an API key", &key);
    assert_eq!(api.anyone.with_key(&key).get("/v1/exports").await.status, 200);
    assert_eq!(api.anyone.with_key(&key).get("/v1/audit").await.status, 403);
    browser.open("/console/keys").await;
    let text = &browser.page.text;
    assert!(
        text.contains("exports:read, keys:read")
            && text.contains(&key[..11])
            && !text.contains(&key)
            && !text.contains("<b>")
    );
    let id = browser.page.between("/console/keys/", "/revoke").unwrap();
    assert!(text.contains(&format!("curl -X DELETE {}/v1/keys/{id}", api.anyone.base())), "{text}");
    let page = browser.submit(&format!("/console/keys/{id}/revoke"), &[]).await;
    assert!(page.text.contains("The key is revoked."));
    assert_eq!(api.anyone.with_key(&key).get("/v1/exports").await.status, 401);
    let page = browser.submit("/console/keys", &[("name", ""), ("days", "30")]).await;
    assert_eq!((page.status, page.heading().as_str()), (422, "The request is not valid"));
    assert!(page.text.contains("/name") && page.text.contains("/scopes"));
}

#[tokio::test]
async fn the_audit_is_filtered_paged_taken_along_and_checked() {
    let api = Api::start().await;
    let ann = named(&api, "ann", Role::Operator).await;
    for tenant in ["acme", "globex"] {
        api.ready(tenant, b"archive", now() + TimeDelta::days(1)).await;
    }
    let mut browser = Browser::signed_in(&api, &ann).await;
    browser.open("/console/audit?tenant=acme&action=export&since=&until=&source=shop&outcome=").await;
    let text = &browser.page.text;
    assert_eq!(text.matches("data-label=\"No.\"").count(), 3);
    assert!(text.contains("export.ready") && text.contains("shop / acme") && !text.contains("globex"));
    let csv = browser.page.between("v1/audit?", "\"").unwrap().replace("&amp;", "&").replace("&#38;", "&");
    let file = browser
        .send(Method::GET, &format!("/v1/audit?{csv}"), |request| request.header("sec-fetch-site", "same-origin"))
        .await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv"));
    assert_eq!(file.text.lines().filter(|line| line.contains("acme")).count(), 3, "{}", file.text);
    assert_eq!(api.events("audit.exported").await.len(), 1);
    assert_eq!(browser.open("/console/audit?since=yesterday").await.status, 400);
    browser.open("/console/audit?until=2020-01-01").await;
    assert!(browser.page.text.contains("No entry fits."));

    assert!(browser.open("/console/audit/check").await.text.contains("The chain holds"));
    let Ledger::Sqlite(pool) = &api.ledger else { panic!("embedded") };
    sqlx::query("drop trigger audit_rows_stay_as_they_are").execute(pool).await.unwrap();
    sqlx::query("update audit_events set actor = 'nobody' where seq = 2").execute(pool).await.unwrap();
    let page = browser.open("/console/audit/check").await;
    assert!(page.text.contains("does <strong>not</strong> hold"), "{}", page.text);
}

#[tokio::test]
async fn a_long_audit_is_read_page_by_page() {
    let api = Api::start().await;
    let ann = named(&api, "ann", Role::Operator).await;
    for number in 0..20 {
        api.ready(&format!("t{number}"), b"archive", now() + TimeDelta::days(1)).await;
    }
    let mut browser = Browser::signed_in(&api, &ann).await;
    let (mut seen, mut path) = (0, "/console/audit?action=export".to_owned());
    loop {
        browser.open(&path).await;
        seen += browser.page.text.matches("data-label=\"No.\"").count();
        let older =
            browser.page.text.split("href=\"../console/audit?").find_map(|rest| rest.split_once("\">Older entries"));
        let Some((query, _)) = older else { break };
        path = format!("/console/audit?{}", query.replace("&#38;", "&"));
    }
    assert_eq!(seen, 60);
}

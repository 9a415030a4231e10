//! The pages behind links, in every state that a link can be in.

use super::{house::House, walk::Walk};
use crate::support::{
    api::{Api, now},
    browser::Browser,
};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;
use shared::link::Protection;

/// A public key of age whose private half nobody has.
const AGE_KEY: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const NAMES: &[&str] = &["CustomerTrackr", "Phone & Repair", "Laptop of Anna", "START-HERE", "CHECKSUMS"];

#[tokio::test]
async fn the_page_of_a_link_is_well_made_whatever_it_leads_to() {
    let house = House::open().await;
    let mut walk = Walk::new(&house.browser, NAMES);

    let zip = house.export(0, json!({ "notify": ["anna@example.com"] })).await;
    let link = house.link(&zip, json!({})).await;
    walk.visit_in_all_languages("download", &link.url).await;
    house.browser.open(&link.url).await;
    house
        .browser
        .run::<()>("document.querySelectorAll('details').forEach(details => details.open = true);", vec![])
        .await;
    walk.look("download-unfolded").await;
    let once = house.link(&zip, json!({ "download_limit": 1 })).await;
    walk.visit("download-once", &once.url).await;

    let files = house.export(1, json!({ "layout": "files" })).await;
    let link = house.link(&files, json!({ "download_limit": 1 })).await;
    house.browser.open(&link.url).await;
    house.browser.click("form button").await;
    house.browser.download("START-HERE").await;
    walk.visit_in_all_languages("files", &link.url).await;

    let key = json!({ "source": "customertrackr", "tenant": house.tenants[2].key, "public_key": AGE_KEY, "label": "Laptop of Anna" });
    assert_eq!(house.admin.post("/v1/recipients", key).await.status, 201);
    let locked = house.export(2, json!({ "csv_profile": "spreadsheet" })).await;
    let link = house.link(&locked, json!({})).await;
    walk.visit_in_all_languages("locked", &link.url).await;
    walk.end();
}

#[tokio::test]
async fn the_page_of_a_link_that_counts_no_more_is_well_made() {
    let house = House::open().await;
    let mut walk = Walk::new(&house.browser, NAMES);
    let export = house.export(0, json!({})).await;

    let expired = house.link(&export, json!({})).await;
    house.change("update links set expires_at = created_at where id = $1", &expired.id).await;
    walk.visit_in_all_languages("expired", &expired.url).await;

    let revoked = house.link(&export, json!({})).await;
    house.order(Method::DELETE, &format!("/v1/links/{}", revoked.id)).await;
    walk.visit_in_all_languages("revoked", &revoked.url).await;

    let used = house.link(&export, json!({ "download_limit": 1 })).await;
    house.browser.open(&used.url).await;
    house.browser.click("form button").await;
    house.browser.download(".zip").await;
    walk.visit_in_all_languages("used-up", &used.url).await;

    let signed_in = house.link(&export, json!({ "protection": "signed_in" })).await;
    walk.visit_in_all_languages("sign-in", &signed_in.url).await;

    let wrong = format!("{}x", expired.url);
    walk.visit_in_all_languages("wrong", &wrong).await;
    walk.visit("cut-off", &expired.url[..expired.url.find("/d/").unwrap() + 3]).await;

    let deleted = house.link(&export, json!({})).await;
    house.order(Method::DELETE, &format!("/v1/exports/{}/archive", export["id"].as_str().unwrap())).await;
    walk.visit_in_all_languages("deleted", &deleted.url).await;
    walk.visit_in_all_languages("welcome", house.admin.base()).await;
    walk.end();
}

#[tokio::test]
async fn the_page_that_asks_for_a_code_is_well_made() {
    let api = Api::start().await;
    let browser = Browser::start().await;
    let mut walk = Walk::new(&browser, NAMES);
    let export = api.ready("t1", b"PK", now() + TimeDelta::days(1)).await;
    let with_code = async |recipient: Option<&str>| {
        let (_, path) = api
            .link_like(&export, |link| {
                link.protection = Protection::Code;
                link.recipient = recipient.map(str::to_owned);
            })
            .await;
        format!("{}{path}", api.anyone.base())
    };
    let url = with_code(Some("anna.lee@example.com")).await;
    walk.visit("code-before", &url).await;
    browser.open(&url).await;
    browser.click("form button").await;
    browser.find("input.code, input[autocomplete=one-time-code]").await;
    walk.look("code-asked").await;
    walk.visit("code-field", &url).await;
    browser.open(&url).await;
    browser.type_into("input[autocomplete=one-time-code]", "0000 0000").await;
    browser.press("Enter").await;
    walk.look("code-wrong").await;
    walk.visit("code-nobody", &with_code(None).await).await;
    walk.end();
}

#[tokio::test]
async fn the_pages_of_faults_that_are_ours_are_well_made() {
    let api = Api::start().await;
    let browser = Browser::start().await;
    let mut walk = Walk::new(&browser, NAMES);
    let export = api.ready("t1", b"PK", now() + TimeDelta::days(1)).await;
    let (_, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    browser.open(&format!("{}{path}", api.anyone.base())).await;
    std::fs::remove_dir_all(api.folder.path().join("vault")).unwrap();
    browser.click("form button").await;
    browser.until("the page that says so", "!document.querySelector('form')").await;
    walk.look("vault-lost").await;

    // The page was open while its cookie or its token got lost.
    let (_, path) = api.link_like(&export, |link| link.protection = Protection::Code).await;
    browser.open(&format!("{}{path}", api.anyone.base())).await;
    walk.look("form-of-nobody").await;
    walk.end();
}

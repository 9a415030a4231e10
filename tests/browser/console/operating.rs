//! What an operator does at the console, click by click.

use super::super::house::House;
use crate::support::patience::{LONG, until};
use serde_json::json;

#[tokio::test]
async fn an_operator_finds_an_export_revokes_its_link_and_the_link_is_dead() {
    let house = House::open().await;
    let browser = &house.browser;
    let export = house.export(0, json!({ "notify": ["anna@example.com"] })).await;
    house.export(1, json!({})).await;
    let letter = house.embedded.letter_to("anna@example.com").await;
    house.operator().await;

    // Whoever has a session elsewhere sees the page that was wanted after signing in.
    browser.open(&house.console("/exports")).await;
    house.type_password().await;
    browser.type_into("#search", &house.tenants[0].key).await;
    browser.press("Enter").await;
    browser.until("one row", "deep('main tbody tr').length === 1").await;
    browser.click("main tbody a").await;
    browser.until_seen("anna@example.com").await;
    assert!(browser.address().await.ends_with(export["id"].as_str().unwrap()));

    let person = browser.new_tab().await;
    browser.open(letter.link().as_str()).await;
    browser.find("form button").await;
    let desk = browser.driver().windows().await.unwrap().into_iter().find(|tab| *tab != person).unwrap();
    browser.switch_to(&desk).await;
    browser.click("form[action$='/revoke'] button").await;
    browser.until_seen("revoked").await;
    browser.switch_to(&person).await;
    browser.click("form button").await;
    browser.until_seen("This link was withdrawn").await;
    assert!(browser.saved().is_empty());

    browser.switch_to(&desk).await;
    browser.open(&house.console("/audit")).await;
    browser.until_seen("link.revoked").await;
    browser.click_on("Sign out").await;
    browser.find("#password").await;
    browser.open(&house.console("/exports")).await;
    browser.find("#password").await;
    browser.assert_no_complaints().await;
}

#[tokio::test]
async fn an_operator_asks_for_an_export_and_watches_it_become_ready() {
    let house = House::open().await;
    let browser = &house.browser;
    house.operator().await;
    house.sign_in().await;
    browser.open(&house.console("/exports/new")).await;
    browser.type_into("#tenant", "nobody-of-this-name").await;
    browser.click_on("Ask for the export").await;
    browser.find(".wrong").await;
    browser.type_into("#tenant", &house.tenants[0].key).await;
    browser.click_on("Estimate first").await;
    browser.until_seen("It would hold").await;
    browser.click_on("Ask for the export").await;
    browser.until_seen("What the archive holds").await;
    assert!(browser.text().await.contains("contacts"));
    browser.assert_no_complaints().await;
}

#[tokio::test]
async fn an_operator_makes_a_schedule_after_a_look_at_its_next_runs() {
    let house = House::open().await;
    let browser = &house.browser;
    house.operator().await;
    house.sign_in().await;
    browser.click_on("Schedules").await;
    browser.click_on("New schedule").await;
    browser.type_into("#name", "nightly").await;
    browser.type_into("#cron", "61 2 * * *").await;
    browser.type_into("#time_zone", "Europe/Berlin").await;
    browser.click_on("Preview").await;
    browser.find(".wrong").await;
    assert_eq!(house.embedded.ledger("select count(*) from schedules").await, 0);
    browser.type_into("#cron", "30 2 * * *").await;
    browser.click_on("Preview").await;
    browser.until_seen("It would run next").await;
    browser.until_seen("Europe/Berlin").await;
    assert_eq!(house.embedded.ledger("select count(*) from schedules").await, 0);
    browser.click_on("Make the schedule").await;
    browser.until_seen("Next runs").await;
    assert_eq!(house.embedded.ledger("select count(*) from schedules").await, 1);

    browser.click_on("Run now").await;
    until("a run that has ended", LONG, async || {
        browser.reload().await;
        browser.text().await.contains("succeeded").then_some(())
    })
    .await;
    browser.click_on("Pause").await;
    browser.find("form[action$='/resume'] button").await;
    browser.assert_no_complaints().await;
}

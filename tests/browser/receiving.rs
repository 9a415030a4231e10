//! A person who got a mail: opens the link on a phone, presses the button, opens the file.

use super::house::{House, opened};
use crate::support::browser::{Network, Size, Theme};
use serde_json::json;

#[tokio::test]
async fn a_person_follows_the_mail_and_gets_an_archive_that_opens_and_verifies() {
    let house = House::open().await;
    let export = house.export(0, json!({ "notify": ["anna@example.com"] })).await;
    let letter = house.embedded.letter_to("anna@example.com").await;
    let browser = &house.browser;
    browser.view(Size::PHONE, Theme::Dark).await;
    browser.network(Network::Slow).await;
    browser.open(letter.link().as_str()).await;
    browser.until_seen("START-HERE.html").await;
    browser.network(Network::Usual).await;

    // Looking again, and in another tab, costs nothing.
    browser.reload().await;
    let first = browser.tab().await;
    browser.new_tab().await;
    browser.open(letter.link().as_str()).await;
    browser.switch_to(&first).await;
    let downloads = "select sum(downloads) from links";
    assert_eq!(house.embedded.ledger(downloads).await, 0);

    browser.press("Tab").await;
    let focused: String = browser.run("return document.activeElement.localName;", Vec::new()).await;
    assert_eq!(focused, "button", "the button is the first thing that a keyboard reaches");
    browser.press("Enter").await;
    let file = browser.download(".zip").await;
    assert_eq!(house.embedded.ledger(downloads).await, 1);
    let archive = opened(&file);
    archive.assert_sound().await;
    assert_eq!(archive.manifest()["export"]["id"], export["id"]);
    browser.assert_no_complaints().await;
}

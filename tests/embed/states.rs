//! Each state of the button, in a real browser, against a real API of another origin.

use super::product::Product;
use crate::support::{
    api::now,
    browser::{Browser, Network, Size, Theme},
};
use chrono::TimeDelta;
use shared::ledger::{audit::Actor, exports};

const ARCHIVE: &[u8] = b"PK the archive";

/// Waits until the button shows this state.
async fn until_state(browser: &Browser, state: &str) {
    let shown = format!("document.querySelector('handover-export')?.state === {state:?}");
    browser.until(&format!("the state {state}"), &shown).await;
}

/// Looks at the state in both themes and on both screens.
async fn look(browser: &Browser, state: &str) {
    until_state(browser, state).await;
    for (size, theme) in [
        (Size::PHONE, Theme::Dark),
        (Size::PHONE, Theme::Light),
        (Size::DESKTOP, Theme::Dark),
        (Size::DESKTOP, Theme::Light),
    ] {
        browser.view(size, theme).await;
        browser.assert_accessible().await;
        browser.picture(&format!("embed-{state}"), size, theme).await;
    }
}

/// Where the focus is: the class of the part that has it.
async fn focused(browser: &Browser) -> String {
    browser.run("return document.activeElement.shadowRoot?.activeElement?.className ?? 'lost';", Vec::new()).await
}

#[tokio::test]
async fn a_person_follows_their_export_through_reload_offline_and_two_tabs_to_the_file() {
    let product = Product::open().await;
    let browser = Browser::start().await;
    browser.open(&product.page).await;
    look(&browser, "idle").await;
    assert!(!browser.text().await.contains("Write to us"), "what stands in for the button is gone");
    browser.assert_no_complaints().await;

    browser.click_on("Export my data").await;
    browser.until_seen("It is next.").await;
    assert_eq!(focused(&browser).await, "title");
    look(&browser, "queued").await;

    browser.reload().await;
    until_state(&browser, "queued").await;
    let export = product.begin().await;
    browser.until_seen("Looking up what belongs to you").await;
    product.read(&export, 3, "repair_tickets").await;
    browser.until_seen("3 of 12 tables, 3,000 rows").await;
    browser.until_seen("Now: repair tickets").await;
    let bar = "return document.querySelector('handover-export').shadowRoot.querySelector('[role=progressbar]').getAttribute('aria-valuenow');";
    assert_eq!(browser.run::<String>(bar, Vec::new()).await, "24");
    look(&browser, "running").await;
    browser.assert_no_complaints().await;

    browser.network(Network::Offline).await;
    browser.until_seen("You are offline.").await;
    product.read(&export, 9, "invoices").await;
    browser.network(Network::Usual).await;
    browser.until_seen("9 of 12 tables").await;
    let notice = "!document.querySelector('handover-export').shadowRoot.querySelector('.notice').checkVisibility()";
    browser.until("the word on the connection to go", notice).await;
    browser.complaints().await;

    let first = browser.tab().await;
    browser.new_tab().await;
    browser.open(&product.page).await;
    browser.until_seen("9 of 12 tables").await;
    product.api.finish(&export, ARCHIVE, now() + TimeDelta::days(7)).await;
    until_state(&browser, "ready").await;
    browser.switch_to(&first).await;
    look(&browser, "ready").await;
    browser.until_seen("You can make a new export from").await;

    browser.click_on("Download").await;
    let file = browser.download("export.zip").await;
    assert_eq!(std::fs::read(file).unwrap(), ARCHIVE);
    browser.until_seen("The download begins.").await;
    assert_eq!(browser.address().await, product.page);
    browser.assert_no_complaints().await;

    exports::end_now(&product.api.ledger, export.id, Actor::default(), now()).await.unwrap();
    exports::begin_deletion(&product.api.ledger, export.id, now()).await.unwrap();
    exports::expire(&product.api.ledger, export.id, now()).await.unwrap();
    browser.reload().await;
    look(&browser, "cool-down").await;
    browser.until_seen("You can make your next export from").await;
}

#[tokio::test]
async fn a_person_is_told_what_to_do_where_it_does_not_go_on() {
    let product = Product::open().await;
    let browser = Browser::start().await;
    browser.open(&product.page).await;
    until_state(&browser, "idle").await;

    // Whoever signed in long ago has to do it again; here the product lets them at once.
    product.sign_in(|session| session.age = 400);
    browser.click_on("Export my data").await;
    until_state(&browser, "queued").await;
    browser.click_on("Cancel").await;
    look(&browser, "cancelled").await;
    product.sign_in(|session| session.age = 0);

    browser.click_on("Export my data").await;
    until_state(&browser, "queued").await;
    let export = product.begin().await;
    let reason = "The source refused.";
    exports::fail(&product.api.ledger, export.id, export.attempt, "source_refused", reason, now()).await.unwrap();
    browser.until_seen(&export.id.to_string()).await;
    look(&browser, "failed").await;
    assert!(!browser.text().await.contains(reason), "what is for operators is not for people");
    browser.click_on("Try again").await;
    until_state(&browser, "queued").await;

    let german = "document.querySelector('handover-export').lang = 'de';";
    browser.run::<()>(german, Vec::new()).await;
    browser.until_seen("Ihr Export wartet, bis er an der Reihe ist").await;
    let own = "document.querySelector('handover-export').strings = { cancel: 'Halt' };";
    browser.run::<()>(own, Vec::new()).await;
    browser.until_seen("Halt").await;

    product.sign_in(|session| session.tenant = None);
    browser.reload().await;
    look(&browser, "sign-in").await;
    // A member has exports of their own, and this is none of them.
    product.sign_in(|session| (session.tenant, session.role) = (Some("t1"), "member"));
    browser.click_on("Continue").await;
    until_state(&browser, "idle").await;
    product.sign_in(|session| session.role = "admin");
    browser.reload().await;
    until_state(&browser, "queued").await;
}

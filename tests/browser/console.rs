//! The console's pages, as an administrator sees them.

mod operating;
mod signing_in;

use super::{house::House, walk::Walk};
use serde_json::json;

#[tokio::test]
async fn every_page_of_the_console_is_well_made() {
    let house = House::open().await;
    let browser = &house.browser;
    let mut walk = Walk::new(browser, &[]);
    walk.visit("console-sign-in", &house.console("")).await;
    house.operator().await;
    house.sign_in().await;
    walk.look("console-overview-empty").await;

    house.lively().await;
    walk.visit("console-overview", &house.console("")).await;
    // Whatever the navigation leads to, and on each of those pages the first thing that a list leads to.
    for (name, address) in house.links_in("nav").await {
        walk.visit(&format!("console-{name}"), &address).await;
        if let Some((_, detail)) = house.links_in("main table").await.into_iter().next() {
            walk.visit(&format!("console-{name}-detail"), &detail).await;
        }
    }
    walk.visit("console-not-found", &house.console("/no-such-page")).await;
    walk.end();
}

#[tokio::test]
async fn every_page_about_an_account_is_well_made() {
    let house = House::open().await;
    let browser = &house.browser;
    house.operator().await;
    let mut walk = Walk::new(browser, &[]);
    browser.open(&house.console("")).await;
    browser.type_into("#email", "ada@example.com").await;
    browser.type_into("#password", "not the password").await;
    browser.press("Enter").await;
    browser.find("[role=alert]").await;
    walk.look("console-sign-in-wrong").await;
    house.sign_in().await;
    walk.visit("console-account", &house.console("/account")).await;
    walk.visit("console-password", &house.console("/account/password")).await;
    walk.visit("console-second-factor", &house.console("/account/second-factor")).await;
    browser.open(&house.console("/account/second-factor")).await;
    browser.type_into("#code", "000000").await;
    browser.press("Enter").await;
    browser.find("[role=alert]").await;
    walk.look("console-second-factor-wrong").await;
    let secret = signing_in::set_up(&house).await;
    walk.look("console-backup-codes").await;
    walk.visit("console-account-two-steps", &house.console("/account")).await;
    walk.visit("console-second-factor-on", &house.console("/account/second-factor")).await;
    browser.click_on("Sign out").await;
    browser.find("#password").await;
    walk.look("console-signed-out").await;
    house.type_password().await;
    browser.find("#code").await;
    walk.look("console-code").await;
    signing_in::give_next_code(&house, &secret).await;
    browser.until_seen("Overview").await;
    walk.end();
}

impl House {
    /// An address of the console.
    pub(super) fn console(&self, path: &str) -> String {
        format!("{}/console{path}", self.admin.base())
    }

    /// Makes the account of an administrator.
    pub(super) async fn operator(&self) {
        let words = ["operator", "create", "ada@example.com", "--name", "Ada Lovelace", "--role", "admin"];
        let made = self.embedded.command(&words).set("KEEP_INPUT", PASSWORD).run().await;
        assert!(made.status.success(), "{made:?}");
    }

    /// Signs in with the password alone, and gets to the overview.
    pub(super) async fn sign_in(&self) {
        self.browser.open(&self.console("")).await;
        self.type_password().await;
        self.browser.find("nav").await;
    }

    pub(super) async fn type_password(&self) {
        self.browser.type_into("#email", "ada@example.com").await;
        self.browser.type_into("#password", PASSWORD).await;
        self.browser.press("Enter").await;
    }

    /// Exports of every kind, links, schedules, and a table that nobody has classified.
    pub(super) async fn lively(&self) {
        let export = self.export(0, json!({ "notify": ["anna@example.com"] })).await;
        self.link(&export, json!({})).await;
        let schedule = json!({ "name": "nightly", "source": "customertrackr", "cron": "30 2 * * *", "time_zone": "Europe/Berlin",
            "tenants": "all" });
        assert_eq!(self.admin.post("/v1/schedules", schedule).await.status, 201);
        self.fail(1, json!({})).await;
    }

    /// The links in a part of the page that lead to other pages of ours, each with what it says.
    pub(super) async fn links_in(&self, part: &str) -> Vec<(String, String)> {
        let script = "return [...document.querySelectorAll(arguments[0] + ' a[href]')]
            .filter(link => link.origin === location.origin && !link.hash && !link.hasAttribute('download'))
            .map(link => [link.innerText.trim().toLowerCase(), link.href]);";
        self.browser.run(script, vec![json!(part)]).await
    }
}

const PASSWORD: &str = "seven quiet lanterns in the harbour";

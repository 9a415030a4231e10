//! Administrators look after accounts.

use super::desk::{Browser, PASSWORD, app_shows, named};
use crate::support::api::Api;
use shared::ledger::{keys::Role, operators};

const NEW: &str = "Reiher im Schilf 1848";

#[tokio::test]
async fn a_new_colleague_gets_a_password_and_chooses_another_before_anything_else() {
    let api = Api::start().await;
    let boss = named(&api, "boss", Role::Admin).await;
    let mut browser = Browser::signed_in(&api, &boss).await;
    browser.open("/console/operators").await;
    let page = browser
        .submit("/console/operators", &[("email", "Cy@Example.com"), ("name", "Cy Young"), ("role", "operator")])
        .await;
    assert_eq!((page.status, page.heading().as_str()), (201, "A new password for Cy Young"));
    let password = page.between("<code class=\"secret\">", "</code>").unwrap();
    browser.open("/console/operators").await;
    assert!(browser.page.text.contains("cy@example.com") && !browser.page.text.contains(&password));
    let page =
        browser.submit("/console/operators", &[("email", "cy@example.com"), ("name", "Cy"), ("role", "viewer")]).await;
    assert_eq!((page.status, page.heading().as_str()), (409, "The address has an account"));

    let mut cy = Browser::of(&api);
    assert_eq!(cy.sign_in("cy@example.com", &password).await.heading(), "Change the password");
    for path in ["/console", "/console/audit", "/console/account"] {
        assert_eq!(cy.open(path).await.heading(), "Change the password", "{path}");
    }
    let answer = cy.send(reqwest::Method::GET, "/v1/exports", |request| request).await;
    assert_eq!((answer.status, answer.text.contains("password_change_needed")), (403, true));
    cy.open("/console").await;
    let fields = [("current", password.as_str()), ("new", NEW), ("again", NEW)];
    assert_eq!(cy.submit("/console/account/password", &fields).await.heading(), "Your account");
    assert_eq!(cy.open("/console/audit").await.heading(), "Audit");
    let created = api.events("operator.created").await;
    assert_eq!((created.len(), created[1].0.as_str()), (2, format!("operator:{}", boss.id).as_str()));
}

#[tokio::test]
async fn an_account_is_changed_disabled_and_let_in_again() {
    let api = Api::start().await;
    let (boss, ann) = (named(&api, "boss", Role::Admin).await, named(&api, "ann", Role::Viewer).await);
    let mut browser = Browser::signed_in(&api, &boss).await;
    let mut person = Browser::signed_in(&api, &ann).await;
    person.open("/console/account/second-factor").await;
    let secret = person.page.between("<code class=\"secret\">", "</code>").unwrap();
    let sealed = person.page.field("secret").unwrap();
    person.submit("/console/account/second-factor", &[("secret", &sealed), ("code", &app_shows(&secret, 0))]).await;
    let at = |what: &str| format!("/console/operators/{}{what}", ann.id);
    browser.open("/console/operators").await;
    browser.submit(&at(""), &[("role", "operator")]).await;
    assert!(browser.page.text.contains("The account is changed."));
    assert_eq!(operators::find(&api.ledger, ann.id).await.unwrap().unwrap().role, Role::Operator);
    browser.submit(&at(""), &[("disabled", "true")]).await;
    assert_eq!(person.open("/console").await.heading(), "Sign in");
    assert_eq!(person.sign_in("ann@example.com", PASSWORD).await.status, 422);
    browser.submit(&at(""), &[("disabled", "false")]).await;
    browser.submit(&at("/second-factor"), &[]).await;
    assert_eq!(person.sign_in("ann@example.com", PASSWORD).await.heading(), "Overview");
    let page = browser.submit(&at("/password"), &[]).await;
    let password = page.between("<code class=\"secret\">", "</code>").unwrap();
    assert_eq!(person.open("/console").await.heading(), "Sign in");
    assert_eq!(person.sign_in("ann@example.com", &password).await.heading(), "Change the password");
    for action in [
        "operator.changed",
        "operator.disabled",
        "operator.enabled",
        "operator.second_factor_removed",
        "operator.password_reset",
    ] {
        let events = api.events(action).await;
        assert_eq!((events.len(), events[0].0.as_str()), (1, format!("operator:{}", boss.id).as_str()), "{action}");
    }
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let api = Api::start().await;
    let boss = named(&api, "boss", Role::Admin).await;
    let mut browser = Browser::signed_in(&api, &boss).await;
    browser.open("/console/operators").await;
    for fields in [[("role", "viewer")], [("disabled", "true")]] {
        let page = browser.submit(&format!("/console/operators/{}", boss.id), &fields).await;
        assert_eq!((page.status, page.heading().as_str()), (409, "The last administrator stays"));
        browser.open("/console/operators").await;
    }
    assert_eq!(operators::find(&api.ledger, boss.id).await.unwrap().unwrap().role, Role::Admin);
}

//! One's own account: the password, and where else one is signed in.

use super::desk::{Browser, PASSWORD, named};
use crate::support::api::Api;
use shared::ledger::keys::Role;

const PAGE: &str = "/console/account/password";
const NEW: &str = "Reiher im Schilf 1848";

#[tokio::test]
async fn another_password_ends_every_other_session_and_renews_this_one() {
    let api = Api::start().await;
    let ann = named(&api, "ann", Role::Viewer).await;
    let (mut browser, mut elsewhere) = (Browser::signed_in(&api, &ann).await, Browser::signed_in(&api, &ann).await);
    let before = browser.session();
    browser.open(PAGE).await;
    for (current, new, again, why) in [
        ("another password", NEW, NEW, "not your password of now"),
        (PASSWORD, NEW, PASSWORD, "not typed the same twice"),
        (PASSWORD, PASSWORD, PASSWORD, "choose another one"),
        (PASSWORD, "too short", "too short", "at least 12 characters"),
        (PASSWORD, "Person of the north", "Person of the north", "own name"),
    ] {
        let page = browser.submit(PAGE, &[("current", current), ("new", new), ("again", again)]).await;
        assert_eq!(page.status, 422);
        assert!(page.text.contains(why) && !page.text.contains(new), "{why}: {}", page.text);
    }
    let page = browser.submit(PAGE, &[("current", PASSWORD), ("new", NEW), ("again", NEW)]).await;
    assert_eq!(page.heading(), "Your account");
    assert!(page.text.contains("Your password is changed"));
    assert_ne!(browser.session(), before);
    assert_eq!(elsewhere.open("/console").await.heading(), "Sign in");
    assert_eq!(elsewhere.sign_in("ann@example.com", PASSWORD).await.status, 422);
    assert_eq!(elsewhere.sign_in("ann@example.com", NEW).await.heading(), "Overview");
    assert_eq!(api.events("operator.password_changed").await.len(), 1);
}

#[tokio::test]
async fn somebody_signs_out_everywhere_else() {
    let api = Api::start().await;
    let ann = named(&api, "ann", Role::Viewer).await;
    let (mut browser, mut elsewhere) = (Browser::signed_in(&api, &ann).await, Browser::signed_in(&api, &ann).await);
    browser.open("/console/account").await;
    assert_eq!(browser.page.text.matches("data-label=\"From\"").count(), 2);
    browser.submit("/console/account/sign-out-elsewhere", &[]).await;
    assert_eq!(browser.page.text.matches("data-label=\"From\"").count(), 1);
    assert_eq!(elsewhere.open("/console").await.heading(), "Sign in");
}

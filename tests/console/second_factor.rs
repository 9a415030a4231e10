//! Two-step sign-in: setting it up, using it, losing it, switching it off.

use super::desk::{Browser, PASSWORD, app_shows, named};
use crate::support::api::Api;
use shared::ledger::keys::Role;

const PAGE: &str = "/console/account/second-factor";

/// Sets it up; returns the secret and the backup codes.
async fn set_up(browser: &mut Browser) -> (String, Vec<String>) {
    browser.open(PAGE).await;
    let shown = browser.page.between("<code class=\"secret\">", "</code>").unwrap();
    let sealed = browser.page.field("secret").unwrap();
    assert!(browser.page.text.contains("<svg class=\"qr\"") && !browser.page.text.contains("<?xml"));
    let code = app_shows(&shown, -1);
    let page = browser.submit(PAGE, &[("secret", &sealed), ("code", &code)]).await;
    assert_eq!((page.status, page.heading().as_str()), (200, "Your backup codes"), "{}", page.text);
    let codes: Vec<String> = page.text.split("<li><code>").skip(1).map(|rest| rest[..19].to_owned()).collect();
    assert_eq!(codes.len(), 10);
    (shown, codes)
}

/// Gives the password, and stays at the second step.
async fn first_step(api: &Api, email: &str) -> Browser {
    let mut browser = Browser::of(api);
    browser.sign_in(email, PASSWORD).await;
    assert_eq!((browser.page.status, browser.page.heading().as_str()), (200, "Second step"));
    browser
}

async fn second_step<'b>(browser: &'b mut Browser, code: &str) -> &'b super::desk::Page {
    browser.submit("/console/sign-in/code", &[("code", code), ("next", "console/account")]).await
}

#[tokio::test]
async fn a_code_lets_in_once_and_so_does_each_backup_code() {
    let api = Api::start().await;
    let ann = named(&api, "ann", Role::Viewer).await;
    let (secret, codes) = set_up(&mut Browser::signed_in(&api, &ann).await).await;

    let mut browser = first_step(&api, "ann@example.com").await;
    let waiting = browser.session();
    // The password alone opens nothing.
    assert_eq!(browser.open("/console/account").await.heading(), "Sign in");
    let answer = browser.send(reqwest::Method::GET, "/v1/exports", |request| request).await;
    assert_eq!(answer.status, 401);
    browser.open("/console/sign-in/code").await;
    // The code that set it up was used.
    assert_eq!(second_step(&mut browser, &app_shows(&secret, -1)).await.status, 422);
    let code = app_shows(&secret, 0);
    assert_eq!(second_step(&mut browser, &format!("{} {}", &code[..3], &code[3..])).await.heading(), "Your account");
    assert_ne!(browser.session(), waiting);

    let mut replaying = first_step(&api, "ann@example.com").await;
    let page = second_step(&mut replaying, &code).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("used before"), "{}", page.text);
    assert_eq!(second_step(&mut replaying, &codes[3].to_uppercase()).await.heading(), "Your account");
    assert!(replaying.page.text.contains("9 of 10 backup codes"));
    let mut again = first_step(&api, "ann@example.com").await;
    assert_eq!(second_step(&mut again, &codes[3]).await.status, 422);
    let factors: Vec<_> =
        api.events("operator.signed_in").await.into_iter().map(|event| event.2["second_factor"].clone()).collect();
    assert_eq!(factors, [serde_json::Value::Null, "totp".into(), "backup_code".into()]);
    let reasons: Vec<_> =
        api.events("operator.sign_in_refused").await.into_iter().map(|event| event.2["reason"].clone()).collect();
    assert_eq!(reasons, ["code_used_before", "code_used_before", "code_used_before"]);
}

#[tokio::test]
async fn where_it_is_required_it_is_set_up_before_anything_else() {
    let api = Api::start_with(|config| config.console.require_two_steps = true).await;
    named(&api, "ann", Role::Admin).await;
    let mut browser = Browser::of(&api);
    assert_eq!(browser.sign_in("ann@example.com", PASSWORD).await.heading(), "Set up two-step sign-in");
    for path in ["/console/keys", "/console/account"] {
        assert_eq!(browser.open(path).await.heading(), "Set up two-step sign-in", "{path}");
    }
    let answer = browser.send(reqwest::Method::GET, "/v1/keys", |request| request).await;
    assert_eq!((answer.status, answer.text.contains("two_steps_needed")), (403, true));
    set_up(&mut browser).await;
    assert_eq!(browser.open("/console/keys").await.heading(), "Keys");
}

#[tokio::test]
async fn five_wrong_codes_end_the_sign_in() {
    let api = Api::start().await;
    let ann = named(&api, "ann", Role::Viewer).await;
    let (secret, _) = set_up(&mut Browser::signed_in(&api, &ann).await).await;
    let mut browser = first_step(&api, "ann@example.com").await;
    for try_ in 0..5 {
        let page = second_step(&mut browser, "000000").await;
        assert_eq!(page.status, 422, "{try_}");
        assert_eq!(page.text.contains("it was the last try"), try_ == 4);
    }
    assert_eq!(second_step(&mut browser, &app_shows(&secret, 0)).await.heading(), "Sign in");
}

#[tokio::test]
async fn a_secret_counts_for_the_session_it_was_shown_in() {
    let api = Api::start().await;
    let ann = named(&api, "ann", Role::Viewer).await;
    let (mut one, mut other) = (Browser::signed_in(&api, &ann).await, Browser::signed_in(&api, &ann).await);
    one.open(PAGE).await;
    let shown = one.page.between("<code class=\"secret\">", "</code>").unwrap();
    let sealed = one.page.field("secret").unwrap();
    other.open(PAGE).await;
    let page = other.submit(PAGE, &[("secret", &sealed), ("code", &app_shows(&shown, 0))]).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("too old"));
    let page = one.submit(PAGE, &[("secret", &sealed), ("code", "000000")]).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.between("<code class=\"secret\">", "</code>"), Some(shown), "the same secret again");
}

#[tokio::test]
async fn new_backup_codes_take_the_place_of_the_old_and_switching_off_takes_password_and_code() {
    let api = Api::start().await;
    let ann = named(&api, "ann", Role::Viewer).await;
    let mut browser = Browser::signed_in(&api, &ann).await;
    let mut elsewhere = Browser::signed_in(&api, &ann).await;
    let (_, old) = set_up(&mut browser).await;
    assert_eq!(elsewhere.open("/console").await.heading(), "Sign in", "what had no second factor ends");
    browser.open(PAGE).await;
    let page = browser.submit("/console/account/backup-codes", &[("code", &old[0])]).await;
    let new = page.between("<li><code>", "</code>").unwrap();
    assert!(!old.contains(&new));
    browser.open(PAGE).await;
    let remove = "/console/account/second-factor/remove";
    for fields in
        [[("password", PASSWORD), ("code", old[1].as_str())], [("password", "another password"), ("code", &new)]]
    {
        assert_eq!(browser.submit(remove, &fields).await.status, 422);
    }
    assert_eq!(browser.submit(remove, &[("password", PASSWORD), ("code", &new)]).await.heading(), "Sign in");
    assert_eq!(browser.sign_in("ann@example.com", PASSWORD).await.heading(), "Overview");
    let events = ["operator.second_factor_set_up", "operator.backup_codes_made", "operator.second_factor_removed"];
    for action in events {
        assert_eq!(api.events(action).await.len(), 1, "{action}");
    }
}

//! Getting in, not getting in, and getting out.

use super::desk::{Browser, PASSWORD, named, operator};
use crate::support::api::{Api, now};
use reqwest::Method;
use shared::ledger::{
    audit::Actor,
    keys::Role,
    operators::{self, Change},
};

#[tokio::test]
async fn an_operator_signs_in_gets_where_they_wanted_and_signs_out() {
    let api = Api::start().await;
    let ann = named(&api, "ann", Role::Operator).await;
    let mut browser = Browser::of(&api);
    let sent = browser.send(Method::GET, "/console/audit?action=key", |request| request).await;
    assert_eq!((sent.status, sent.header("location")), (303, "../console/sign-in?next=console%2Faudit%3Faction%3Dkey"));
    browser.open("/console/audit?action=key").await;
    assert_eq!(browser.page.heading(), "Sign in");
    assert_eq!(browser.page.field("next").as_deref(), Some("console/audit?action=key"));
    let fields = [("email", " ANN@example.com"), ("password", PASSWORD), ("next", "console/audit?action=key")];
    let answer = browser.send_form("/console/sign-in", &fields).await;
    assert_eq!((answer.status, answer.header("location")), (303, "../console/audit?action=key"));
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with("handover-console=")
            && cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    browser.open("/console/audit").await;
    assert_eq!(browser.page.heading(), "Audit");
    assert!(browser.page.text.contains("Person ann"), "{}", browser.page.text);
    let events = api.events("operator.signed_in").await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (events[0].0.as_str(), events[0].1.as_deref()),
        (format!("operator:{}", ann.id).as_str(), Some("127.0.0.1"))
    );

    let session = browser.session();
    browser.submit("/console/sign-out", &[]).await;
    assert_eq!(browser.page.heading(), "Sign in");
    assert!(browser.cookies.is_empty());
    browser.cookies.insert("handover-console".into(), session);
    assert_eq!(browser.open("/console").await.heading(), "Sign in");
    assert_eq!(api.events("operator.signed_out").await.len(), 1);
}

#[tokio::test]
async fn each_sign_in_has_a_token_of_its_own_and_the_ledger_none_of_them() {
    let api = Api::start().await;
    let ann = operator(&api, Role::Viewer).await;
    let (one, other) = (Browser::signed_in(&api, &ann).await, Browser::signed_in(&api, &ann).await);
    assert_ne!(one.session(), other.session());
    let bytes = std::fs::read(api.folder.path().join("ledger.sqlite")).unwrap();
    let log = std::fs::read(api.folder.path().join("ledger.sqlite-wal")).unwrap_or_default();
    for secret in [one.session(), other.session(), PASSWORD.to_owned()] {
        let secret = secret.as_bytes();
        assert!(![&bytes, &log].iter().any(|place| memchr::memmem::find(place, secret).is_some()));
    }
}

#[tokio::test]
async fn a_wrong_password_an_unknown_and_a_disabled_account_are_answered_alike() {
    let api = Api::start().await;
    let (ann, bob) = (named(&api, "ann", Role::Admin).await, named(&api, "bob", Role::Admin).await);
    let disabled = Change { disabled: Some(true), ..Change::default() };
    operators::change(&api.ledger, bob.id, &disabled, Actor::named("cli"), now()).await.unwrap();
    let mut pages = Vec::new();
    for (email, password) in
        [("ann@example.com", "another password"), ("cyd@example.com", PASSWORD), ("bob@example.com", PASSWORD)]
    {
        let mut browser = Browser::of(&api);
        browser.sign_in(email, password).await;
        assert!(browser.cookies.is_empty());
        let page = &browser.page;
        pages.push((page.status, page.text.replace(&email[..3], "…")));
    }
    assert_eq!(pages[0].0, 422);
    assert!(pages[0].1.contains("do not fit together") && !pages[0].1.contains(PASSWORD));
    assert!(pages.iter().all(|page| *page == pages[0]));
    let refused = api.events("operator.sign_in_refused").await;
    let told: Vec<_> =
        refused.iter().map(|(_, _, detail)| (detail["operator"].clone(), detail["reason"].clone())).collect();
    let expected = [
        (ann.id.to_string().into(), "password".into()),
        (serde_json::Value::Null, "unknown_account".into()),
        (bob.id.to_string().into(), "disabled".into()),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn after_ten_tries_an_address_waits_and_others_do_not() {
    let api = Api::start().await;
    named(&api, "ann", Role::Viewer).await;
    named(&api, "bob", Role::Viewer).await;
    for (email, is_known) in [("ann@example.com", true), ("nobody@example.com", false)] {
        let mut browser = Browser::of(&api);
        for _ in 0..10 {
            assert_eq!(browser.sign_in(email, "another password").await.status, 422, "{is_known}");
        }
        assert_eq!(browser.sign_in(email, PASSWORD).await.status, 429, "{is_known}");
        assert!(browser.page.header("retry-after").parse::<u32>().unwrap() > 60);
        assert!(browser.page.text.contains("too many tries") && browser.cookies.is_empty());
    }
    let mut elsewhere = Browser::at(&api, [127, 0, 0, 2]);
    assert_eq!(elsewhere.sign_in("ann@example.com", PASSWORD).await.heading(), "Overview");
    // Twenty of all thirty tries of this address are taken.
    assert_eq!(Browser::of(&api).sign_in("bob@example.com", PASSWORD).await.heading(), "Overview");
}

#[tokio::test]
async fn a_link_to_the_sign_in_leads_nowhere_else() {
    let api = Api::start().await;
    operator(&api, Role::Viewer).await;
    for next in
        ["//evil.example/", "https://evil.example/", "console//evil.example", "console\\..\\evil", "console/sign-out"]
    {
        let mut browser = Browser::of(&api);
        browser.open("/console/sign-in").await;
        let fields = [("email", "viewer@example.com"), ("password", PASSWORD), ("next", next)];
        assert_eq!(browser.send_form("/console/sign-in", &fields).await.header("location"), "../console", "{next}");
    }
}

#[tokio::test]
async fn a_sign_in_that_another_site_sends_is_refused() {
    let api = Api::start().await;
    operator(&api, Role::Viewer).await;
    let mut browser = Browser::of(&api);
    browser.open("/console/sign-in").await;
    let csrf = browser.page.field("csrf").unwrap();
    let body = format!("email=viewer%40example.com&password={}&csrf={csrf}", PASSWORD.replace(' ', "+"));
    for headers in [
        [("sec-fetch-site", "cross-site"), ("origin", "null")],
        [("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
    ] {
        let body = body.clone();
        let answer = browser.send(Method::POST, "/console/sign-in", |request| {
            headers.into_iter().fold(request, |request, (name, value)| request.header(name, value)).body(body)
        });
        let answer = answer.await;
        assert_eq!((answer.status, answer.heading().as_str()), (403, "This form does not count"));
    }
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn nobody_frames_the_console_and_its_pages_ask_nobody_else() {
    let api = Api::start_with(|config| config.frame_ancestors = "self,https://app.example.com".into()).await;
    let ann = operator(&api, Role::Admin).await;
    let mut browser = Browser::signed_in(&api, &ann).await;
    for path in [
        "/console",
        "/console/keys",
        "/console/audit",
        "/console/operators",
        "/console/account",
        "/console/sign-in",
        "/console/nothing",
    ] {
        let page = browser.open(path).await;
        let policy = page.header("content-security-policy");
        assert!(
            policy.ends_with("; frame-ancestors 'none'") && policy.contains("default-src 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe") && page.header("x-frame-options") == "DENY", "{path}");
        for part in ["style=", "onclick", "<script>", "src=\"http", "href=\"http", "href=\"/", "action=\"/"] {
            assert!(!page.text.contains(part), "{path}: {part}");
        }
    }
}

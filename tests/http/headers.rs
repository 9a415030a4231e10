//! What every answer tells a browser.

use crate::support::{
    api::{Api, now},
    client::{Answer, Client, document},
};
use chrono::TimeDelta;
use reqwest::Method;

/// The sources of one directive of an answer's policy.
fn directive<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let policy = answer.header("content-security-policy");
    policy
        .split(';')
        .filter_map(|directive| directive.trim().split_once(' '))
        .find_map(|(own, sources)| (own == name).then_some(sources))
}

/// One answer of every operation.
async fn every_answer(caller: &Client) -> Vec<(String, Answer)> {
    let mut answers = Vec::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let path = path
                .replace("{id}", "01890a5d-ac96-774b-bcce-b302099a8057")
                .replace("{token}", "x")
                .replace("{file}", "");
            answers.push((format!("{method} {path}"), caller.send(method, &path, |request| request).await));
        }
    }
    answers
}

#[tokio::test]
async fn every_answer_is_strict() {
    let api = Api::start_with(|config| config.public_url = Some("https://exports.example.com".parse().unwrap())).await;
    let export = api.ready("t1", b"PK", now() + TimeDelta::days(1)).await;
    let (_, link) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let mut answers = every_answer(&api.admin().await).await;
    for path in ["/nothing-here", &link, "/docs/swagger-ui.css", "/docs/swagger-initializer.js"] {
        answers.push((path.to_owned(), api.undocumented(path).await));
    }
    assert!(answers.len() > 25);
    for (told, answer) in &answers {
        let policy = answer.header("content-security-policy");
        assert_eq!(directive(answer, "default-src"), Some("'none'"), "{told}: {policy}");
        for directive_that_does_not_fall_back in ["base-uri", "form-action", "frame-ancestors"] {
            assert!(directive(answer, directive_that_does_not_fall_back).is_some(), "{told}: {policy}");
        }
        assert_eq!(directive(answer, "frame-ancestors"), Some("'none'"), "{told}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{told}: {policy}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
            ("server", ""),
            ("x-powered-by", ""),
        ] {
            assert_eq!(answer.header(name), value, "{told}: {name}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"), "{told}");
    }
}

#[tokio::test]
async fn no_page_has_anything_inline_that_its_policy_forbids() {
    let api = Api::start().await;
    let export = api.ready("t1", b"PK", now() + TimeDelta::days(1)).await;
    let (_, link) = api.link(&export, now() + TimeDelta::hours(1)).await;
    for path in ["/", "/docs/", "/d/x", &link] {
        let page = api.undocumented(path).await;
        let text = page.text().to_lowercase();
        assert!(text.contains("<html"), "{path}");
        for inline in ["<style", " style=", "javascript:", " onclick=", " onload=", " onerror="] {
            assert!(!text.contains(inline), "{path}: {inline}");
        }
        for script in text.split("<script").skip(1) {
            let (attributes, rest) = script.split_once('>').unwrap();
            assert!(attributes.contains("src=") && rest.trim_start().starts_with("</script"), "{path}: {script}");
        }
        assert_eq!(page.header("strict-transport-security"), "", "no TLS, no promise of it");
    }
}

#[tokio::test]
async fn pages_are_framed_by_whom_the_operator_named_and_nothing_else_is() {
    let api = Api::start_with(|config| config.frame_ancestors = "self,https://app.example.com".into()).await;
    let page = api.anyone.get("/").await;
    assert_eq!(directive(&page, "frame-ancestors"), Some("'self' https://app.example.com"));
    assert_eq!(page.header("x-frame-options"), "");
    let refusal = api.anyone.get("/v1/exports").await;
    assert_eq!((directive(&refusal, "frame-ancestors"), refusal.header("x-frame-options")), (Some("'none'"), "DENY"));
}

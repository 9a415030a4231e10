//! Every page and every form of the console for nobody, for a key, and for each role; and the API for a session.

use super::desk::{Browser, operator};
use crate::support::api::Api;
use api::{Access, Route};
use reqwest::Method;
use serde_json::json;
use shared::ledger::keys::{KeyScope, Role};
use uuid::Uuid;

fn pages() -> impl Iterator<Item = (Route, KeyScope)> {
    api::routes().into_iter().filter_map(|route| match route.access {
        Access::Page { scope } => Some((route, scope)),
        _ => None,
    })
}

fn example(path: &str) -> String {
    path.replace("{id}", &Uuid::now_v7().to_string()).replace("{name}", "shop")
}

#[tokio::test]
async fn who_is_not_signed_in_is_sent_to_the_sign_in_whatever_key_they_have() {
    let api = Api::start().await;
    let key = api.key(&[KeyScope::Admin], None, None).await;
    let mut browser = Browser::of(&api);
    let mut count = 0;
    for (route, _) in pages() {
        for key in [None, Some(&key)] {
            let path = example(route.path);
            let answer = browser.send(route.method.as_str().parse().unwrap(), &path, |request| match key {
                Some(key) => request.bearer_auth(key),
                None => request,
            });
            let answer = answer.await;
            let to = answer.header("location").split('?').next().unwrap().trim_start_matches("../");
            assert_eq!((answer.status, to), (303, "console/sign-in"), "{} {}", route.method, route.path);
            count += 1;
        }
    }
    assert!(count > 40);
}

#[tokio::test]
async fn each_role_opens_what_it_gives_and_no_form_counts_without_its_token() {
    let api = Api::start().await;
    let unlocked = ["/console/sign-out"];
    for role in Role::ALL {
        let person = operator(&api, *role).await;
        let mut browser = Browser::signed_in(&api, &person).await;
        for (route, needed) in pages().filter(|(route, _)| !unlocked.contains(&route.path)) {
            let named = format!("{} {} for {role}", route.method, route.path);
            let path = example(route.path);
            let answer = if route.method.as_str() == "GET" {
                browser.send(Method::GET, &path, |request| request.header("sec-fetch-site", "same-origin")).await
            } else {
                browser.page.text.clear();
                browser.send_form(&path, &[("name", "x")]).await
            };
            let may = role.scopes().iter().any(|scope| scope.includes(needed));
            match (may, route.method.as_str() == "GET") {
                // Who may not and what does not count are asked at the same time: either says no.
                (false, false) if answer.heading() == "This form does not count" => {
                    assert_eq!(answer.status, 403, "{named}")
                }
                (false, _) => {
                    assert_eq!((answer.status, answer.heading().as_str()), (403, "Not with your role"), "{named}");
                    assert!(answer.text.contains("Ask") || answer.text.contains("administrator"), "{named}");
                }
                (true, false) => {
                    assert_eq!(
                        (answer.status, answer.heading().as_str()),
                        (403, "This form does not count"),
                        "{named}"
                    );
                }
                // An id that nobody has leads to a page that says so.
                (true, true) => {
                    assert!([200, 404].contains(&answer.status), "{named}: {} {}", answer.status, answer.text)
                }
            }
            assert!(answer.header("content-type").starts_with("text/html"), "{named}");
        }
    }
    assert!(!api.events("access.refused").await.is_empty());
}

#[tokio::test]
async fn the_api_takes_a_session_by_its_role_and_only_from_our_own_pages() {
    let api = Api::start().await;
    let (viewer, admin) = (operator(&api, Role::Viewer).await, operator(&api, Role::Admin).await);
    let mut viewer = Browser::signed_in(&api, &viewer).await;
    let mut admin = Browser::signed_in(&api, &admin).await;
    let own = [("sec-fetch-site", "same-origin")];
    let origin = api.anyone.base().to_owned();
    let get = async |browser: &mut Browser, path: &str, headers: &[(&str, &str)]| {
        let answer = browser.send(Method::GET, path, |request| {
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
        });
        answer.await
    };
    assert_eq!(get(&mut viewer, "/v1/exports", &own).await.status, 200);
    assert_eq!(get(&mut viewer, "/v1/exports", &[]).await.status, 200);
    assert_eq!(get(&mut viewer, "/v1/audit", &own).await.status, 403);
    assert_eq!(get(&mut admin, "/v1/operators", &own).await.status, 200);
    for elsewhere in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")]
    {
        let answer = get(&mut admin, "/v1/exports", &[elsewhere]).await;
        assert_eq!((answer.status, answer.text.contains("other_site")), (403, true), "{elsewhere:?}");
    }
    let make = async |browser: &mut Browser, headers: &[(&str, &str)]| {
        let body = json!({ "name": "reader", "scopes": ["exports:read"] });
        let answer = browser.send(Method::POST, "/v1/keys", |request| {
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).json(&body)
        });
        answer.await.status
    };
    assert_eq!(make(&mut admin, &own).await, 201);
    assert_eq!(make(&mut admin, &[("origin", &origin)]).await, 201);
    assert_eq!(make(&mut viewer, &own).await, 403);
    for headers in [&[][..], &[("origin", "null")], &[("sec-fetch-site", "none")], &[("sec-fetch-site", "same-site")]] {
        assert_eq!(make(&mut admin, headers).await, 403, "{headers:?}");
    }
    assert_eq!(api.events("key.created").await.len(), 2);
    // Whoever presents a key is judged by the key.
    let answer = admin.send(Method::GET, "/v1/exports", |request| request.bearer_auth("hk_wrong")).await;
    assert_eq!(answer.status, 401);
}

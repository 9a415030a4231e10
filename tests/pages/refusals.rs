//! Pages that lead nowhere, each with the way to a new export.

use super::desk::{escaped, look, ready, said};
use crate::support::api::{Api, now};
use chrono::TimeDelta;
use reqwest::Method;
use shared::{
    config::SourceBrandConfig,
    language::Language,
    ledger::{audit::Actor, downloads, exports, links},
    link::Protection,
};

const HOME: &str = "https://app.shop.example/data";

async fn with_home() -> Api {
    Api::start_with(|config| {
        let home = Some(HOME.parse().unwrap());
        config.brands.insert("shop".into(), SourceBrandConfig { home, ..SourceBrandConfig::default() });
        config.brand.support = Some("help@house.example".into());
    })
    .await
}

#[tokio::test]
async fn every_link_that_is_over_says_why_and_leads_to_a_new_export_in_every_language() {
    let api = with_home().await;
    let export = ready(&api, Language::English, None).await;
    let (_, expired) = api.link(&export, now() - TimeDelta::minutes(1)).await;
    let (link, revoked) = api.link(&export, now() + TimeDelta::hours(1)).await;
    links::revoke(&api.ledger, link.id, Actor::default(), now()).await.unwrap();
    let (link, used) = api.link_like(&export, |link| link.download_limit = Some(1)).await;
    let gone = ready(&api, Language::English, None).await;
    let (_, deleted) = api.link(&gone, now() + TimeDelta::hours(1)).await;
    exports::end_now(&api.ledger, gone.id, Actor::default(), now()).await.unwrap();
    let pressed = api.anyone.send(Method::POST, &used, |request| request).await;
    assert_eq!(pressed.status, 303, "{}", pressed.text());
    assert_eq!(downloads::of_link(&api.ledger, link.id).await.unwrap().len(), 1);

    for (path, name) in [
        (&expired, "refusal-expired"),
        (&revoked, "refusal-revoked"),
        (&used, "refusal-used-up"),
        (&deleted, "refusal-deleted"),
    ] {
        for language in Language::ALL.iter().copied() {
            let page = look(&api, path, language.as_str()).await;
            assert_eq!((page.status, page.header("content-language")), (410, language.as_str()), "{name}");
            for name in [name, &format!("{name}-why"), "refusal-anew-here", "refusal-anew-button", "page-help"] {
                assert!(page.text().contains(&said(language, name)), "{language}: {name}\n{}", page.text());
            }
            assert!(page.text().contains(&format!("class=\"button\" href=\"{HOME}\"")), "{}", page.text());
            assert!(page.text().contains("href=\"mailto:help@house.example\""), "{}", page.text());
        }
    }
}

#[tokio::test]
async fn a_wrong_link_and_one_for_people_who_are_signed_in_say_so_in_every_language() {
    let api = with_home().await;
    let export = ready(&api, Language::French, None).await;
    let (_, signed_in) = api.link_like(&export, |link| link.protection = Protection::SignedIn).await;
    for language in Language::ALL.iter().copied() {
        let page = look(&api, "/d/wrong", language.as_str()).await;
        assert_eq!(page.status, 404);
        for name in ["refusal-not-found", "refusal-not-found-why", "refusal-not-found-then"] {
            assert!(page.text().contains(&said(language, name)), "{language}: {name}\n{}", page.text());
        }
        let page = look(&api, &signed_in, language.as_str()).await;
        let product = [("product", "Phone & Repair".into())];
        let why = language.say_with("refusal-sign-in-why", &product);
        assert!(page.status == 200 && page.text().contains(&escaped(&why)), "{language}: {}", page.text());
        assert!(page.text().contains(&format!("class=\"button\" href=\"{HOME}\"")), "{}", page.text());
    }
    let page = look(&api, &signed_in, "it").await;
    assert_eq!(page.header("content-language"), "fr", "the export's own");
}

#[tokio::test]
async fn where_the_way_to_a_new_export_is_not_known_it_is_told_in_words() {
    let api = Api::start().await;
    let export = ready(&api, Language::English, None).await;
    let (_, expired) = api.link(&export, now() - TimeDelta::minutes(1)).await;
    for language in Language::ALL.iter().copied() {
        let page = look(&api, &expired, language.as_str()).await;
        assert!(page.text().contains(&said(language, "refusal-anew")), "{language}: {}", page.text());
        assert!(!page.text().contains("//") && !page.text().contains("class=\"button\""), "{}", page.text());
    }
}

#[tokio::test]
async fn the_page_that_asks_for_a_code_speaks_every_language_and_keeps_the_one_that_was_chosen() {
    let api = Api::start().await;
    let export = ready(&api, Language::English, None).await;
    let (_, path) = api
        .link_like(&export, |link| {
            link.protection = Protection::Code;
            link.recipient = Some("ann.lee@example.com".into());
        })
        .await;
    for language in Language::ALL.iter().copied() {
        let page = look(&api, &path, language.as_str()).await;
        for name in ["page-code", "page-code-mail", "page-code-rules"] {
            assert!(page.text().contains(&said(language, name)), "{language}: {name}\n{}", page.text());
        }
        assert!(page.text().contains("a…@example.com") && !page.text().contains("ann.lee"), "{}", page.text());
    }
    let chosen = look(&api, &format!("{path}?lang=es"), "de").await;
    assert!(chosen.text().contains(&said(Language::Spanish, "page-code")));
    assert!(chosen.text().contains(&format!("action=\"{}/code?lang=es\"", &path[3..])), "{}", chosen.text());
}

#[tokio::test]
async fn a_download_that_cannot_be_begun_gives_the_requests_number() {
    let api = Api::start().await;
    let export = ready(&api, Language::English, None).await;
    let (_, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    std::fs::remove_dir_all(api.folder.path().join("vault")).unwrap();
    let pressed = api.anyone.send(Method::POST, &path, |request| request.header("accept-language", "de")).await;
    assert_eq!(pressed.status, 503, "{}", pressed.text());
    assert!(pressed.text().contains(&said(Language::German, "refusal-away-archive")), "{}", pressed.text());
    let number = pressed.header("x-request-id");
    assert!(!number.is_empty() && pressed.text().contains(number), "{}", pressed.text());
    assert!(!pressed.text().contains("?lang="), "what was sent cannot be looked at again");
}

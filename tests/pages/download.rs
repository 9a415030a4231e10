//! The page behind a link, in every language.

use super::desk::{BYTES, contents, look, ready, said};
use crate::support::api::{Api, now};
use chrono::TimeDelta;
use shared::{
    language::Language,
    ledger::{contents as noted, exports},
};

#[tokio::test]
async fn the_page_tells_what_the_archive_holds_and_how_it_is_opened_in_every_language() {
    let api = Api::start().await;
    let export = ready(&api, Language::English, Some(&contents())).await;
    let (_, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    for language in Language::ALL.iter().copied() {
        let page = look(&api, &path, language.as_str()).await;
        assert_eq!((page.status, page.header("content-language")), (200, language.as_str()));
        let html = format!("<html lang=\"{language}\" dir=\"{}\">", language.direction());
        assert!(page.text().contains(&html), "{}", page.text());
        for name in [
            "page-ready",
            "page-shape-zip",
            "page-download",
            "page-fact-until",
            "page-contents",
            "page-category-other",
            "page-open",
            "page-open-unpack-how",
            "page-open-spreadsheet-how",
            "page-open-database-how",
            "page-check-how",
            "page-secret",
        ] {
            assert!(page.text().contains(&said(language, name)), "{language}: {name}\n{}", page.text());
        }
        for text in [
            &language.number(12_034),
            &language.number(52_246),
            &language.size(12_345_678),
            &language.size(BYTES as u64),
            "order_lines",
            "psql -f sql/restore.sql new_database",
            "CSV, SQL",
        ] {
            assert!(page.text().contains(text), "{language}: {text}\n{}", page.text());
        }
        assert!(!page.text().contains("//") && !page.text().contains("style="));
        assert!(page.body.len() < 20_000, "{}", page.body.len());
    }
}

#[tokio::test]
async fn a_browser_without_one_of_our_languages_gets_the_exports_and_a_person_may_choose() {
    let api = Api::start().await;
    let export = ready(&api, Language::German, None).await;
    let (_, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    for (languages, query, language) in [
        ("it, pl;q=0.5", "", Language::German),
        ("es-MX, de;q=0.5", "", Language::Spanish),
        ("es", "?lang=fr", Language::French),
        ("es", "?lang=nonsense", Language::Spanish),
    ] {
        let page = look(&api, &format!("{path}{query}"), languages).await;
        assert!(page.text().contains(&said(language, "page-ready")), "{languages} {query}: {}", page.text());
        let current = format!("<a href=\"?lang={0}\" lang=\"{0}\" hreflang=\"{0}\" aria-current=\"true\">", language);
        assert!(page.text().contains(&current), "{}", page.text());
    }
    // Nothing is known of what this archive holds, and nothing is said about it.
    let page = look(&api, &path, "en").await;
    assert!(!page.text().contains(&said(Language::English, "page-contents")));
}

#[tokio::test]
async fn what_an_archive_holds_is_known_as_long_as_the_archive_is_there() {
    let api = Api::start().await;
    let export = ready(&api, Language::English, Some(&contents())).await;
    assert_eq!(noted::of_export(&api.ledger, export.id).await.unwrap(), Some(contents()));
    let later = now() + TimeDelta::days(8);
    exports::begin_deletion(&api.ledger, export.id, later).await.unwrap().unwrap();
    assert!(exports::expire(&api.ledger, export.id, later).await.unwrap());
    assert_eq!(noted::of_export(&api.ledger, export.id).await.unwrap(), None);
}

//! Whose pages they are, and in which colours.

use super::desk::{look, ready};
use crate::support::api::{Api, now};
use chrono::TimeDelta;
use shared::{
    config::{Colour, SourceBrandConfig},
    language::Language,
};

#[tokio::test]
async fn the_pages_of_a_source_have_its_products_name_and_colours() {
    let api = Api::start_with(|config| {
        let brand =
            SourceBrandConfig { name: Some("CepPro".into()), accent: Some("#e0a800".into()), ..Default::default() };
        config.brands.insert("shop".into(), brand);
    })
    .await;
    let export = ready(&api, Language::English, None).await;
    let (_, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let page = look(&api, &path, "en").await;
    assert!(page.text().contains("<p class=\"product\">CepPro</p>"), "{}", page.text());
    assert!(page.text().contains("keeps for you") && page.text().contains("CepPro keeps"));
    assert!(page.text().contains("href=\"../assets/brand/shop.css\""));
    let own = look(&api, "/", "en").await;
    assert!(own.text().contains("href=\"assets/brand.css\"") && own.text().contains("Phone &#38; Repair"));

    let colours = api.undocumented("/assets/brand/shop.css").await;
    assert_eq!((colours.status, colours.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(colours.text().contains("--fill: #e0a800;\n") && colours.text().contains("--on-fill: #000000;\n"));
    let usual = api.undocumented("/assets/brand.css").await;
    assert!(usual.text().contains(&format!("--fill: {};\n", Colour::USUAL)), "{}", usual.text());
    // Whether there is such a source is nobody's business.
    assert_eq!(api.undocumented("/assets/brand/nobody.css").await.text(), usual.text());
}

#[tokio::test]
async fn a_page_with_all_it_loads_is_light() {
    let api = Api::start().await;
    let export = ready(&api, Language::Long, Some(&super::desk::contents())).await;
    let (_, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let mut bytes = look(&api, &path, "en-XA").await.body.len();
    for asset in ["/assets/page.css", "/assets/brand.css", "/assets/icon.svg"] {
        bytes += api.undocumented(asset).await.body.len();
    }
    assert!(bytes < 40_000, "{bytes}");
}

//! The checks themselves: each finds the fault that it is for, and nothing where there is none.

use crate::support::{
    api::{Api, now},
    browser::{Browser, Network, Size, Theme},
};
use chrono::TimeDelta;
use std::path::PathBuf;

const FAULTY: &str = "<!doctype html><html><head><meta charset=utf-8>
<meta http-equiv=content-security-policy content=\"default-src 'self'; img-src *; script-src 'unsafe-inline'\">
<title>Faulty</title></head><body>
<button id=bare style='outline: none'>Press</button>
<p id=wide>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</p>
<div id=host></div>
<img src='http://127.0.0.2:9/pixel.gif'>
<a id=trap href='#'>in</a>
<script>
    const root = document.getElementById('host').attachShadow({ mode: 'open' });
    root.innerHTML = '<button id=inner style=\"width: 50px\"></button>';
    root.getElementById('inner').addEventListener('keydown', event => event.key === 'Tab' && event.preventDefault());
    console.error('something broke');
</script></body></html>";

fn page(name: &str, text: &str, folder: &tempfile::TempDir) -> String {
    let file: PathBuf = folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    format!("file://{}", file.display())
}

fn has(faults: &[String], part: &str) {
    assert!(faults.iter().any(|fault| fault.contains(part)), "{part} is not in {faults:#?}");
}

#[tokio::test]
async fn each_check_finds_the_fault_that_it_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let browser = Browser::start().await;
    browser.view(Size::NARROW, Theme::Light).await;
    browser.open(&page("faulty.html", FAULTY, &folder)).await;

    let violations = browser.accessibility_violations().await;
    has(&violations, "html-has-lang");
    has(&violations, "#host >> #inner");
    has(&violations, "image-alt");
    let layout = browser.layout_faults(Size::NARROW).await;
    has(&layout, "pixels wide on a screen of 320");
    has(&layout, "<p#wide>");
    let keyboard = browser.keyboard_faults().await;
    has(&keyboard, "Tab does not reach <a#trap>");
    let complaints = browser.complaints().await;
    has(&complaints, "something broke");
    has(&complaints, "style-src");
    let foreign = browser.traffic().await.requests;
    assert!(foreign.iter().any(|(address, _)| address == "http://127.0.0.2:9/pixel.gif"), "{foreign:?}");

    let unmarked = "<!doctype html><html lang=en><title>Unmarked</title><style>:focus { outline: none }</style>
        <div style='width: 50px; overflow: hidden; white-space: nowrap'>a long text in a small box</div>
        <main><h1>Unmarked</h1><button>Press</button><input id=name value=before><details><summary>More</summary><p>The rest</details>
        </main>";
    browser.open(&page("unmarked.html", unmarked, &folder)).await;
    has(&browser.keyboard_faults().await, "nothing shows that the focus is on <button>");
    has(&browser.layout_faults(Size::NARROW).await, "is cut off at its side");
    browser.type_into("#name", "after").await;
    browser.until("what was typed", "deep('#name')[0].value === 'after'").await;
    browser.click_on("More").await;
    browser.until_seen("The rest").await;
    browser.click("summary").await;
    assert!(!browser.text().await.contains("The rest"));
}

#[tokio::test]
async fn a_good_page_passes_every_check_and_its_file_is_saved() {
    let api = Api::start().await;
    let export = api.ready("t1", b"PK the archive", now() + TimeDelta::days(1)).await;
    let (link, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let address = format!("{}{path}", api.anyone.base());
    let browser = Browser::start().await;
    for theme in Theme::BOTH {
        for size in [Size::PHONE, Size::DESKTOP, Size::NARROW, Size::ZOOMED] {
            browser.view(size, theme).await;
            browser.open(&address).await;
            assert_eq!(browser.layout_faults(size).await, [""; 0], "{size:?}");
        }
        browser.assert_accessible().await;
        let dark: bool = browser.run("return matchMedia('(prefers-color-scheme: dark)').matches;", Vec::new()).await;
        assert_eq!(dark, theme == Theme::Dark);
    }
    assert_eq!(browser.keyboard_faults().await, [""; 0]);
    browser.assert_no_complaints().await;
    browser.traffic().await.assert_only_from(&[&address]);
    browser.open(&address).await;
    let traffic = browser.traffic().await;
    traffic.assert_only_from(&[&address]);
    assert!(traffic.requests.len() >= 2 && (2_000..100_000).contains(&traffic.bytes()), "{traffic:?}");
    let picture = browser.picture("checks", Size::ZOOMED, Theme::Dark).await;
    assert!(std::fs::metadata(picture).unwrap().len() > 5_000);

    browser.network(Network::Offline).await;
    assert!(browser.driver().goto(address.as_str()).await.is_err());
    browser.network(Network::Slow).await;
    browser.reload().await;
    browser.network(Network::Usual).await;

    browser.prefer_languages("de-CH,de").await;
    let languages: Vec<String> = browser.run("return navigator.languages;", Vec::new()).await;
    assert_eq!(languages, ["de-CH", "de"]);
    browser.open(&address).await;
    browser.until_seen("START-HERE.html").await;
    browser.until("the heading", "deep('h1').some(seen)").await;
    assert_eq!(browser.count("h1").await, 1);
    let texts = browser.texts_in("de").await;
    assert!(texts.iter().any(|text| text.contains("START-HERE.html")), "{texts:?}");
    let first = browser.tab().await;
    let second = browser.new_tab().await;
    browser.open(&address).await;
    assert_ne!(first, second);
    browser.switch_to(&first).await;

    browser.find("button").await.click().await.unwrap();
    let file = browser.download("phone-repair-export").await;
    assert_eq!(std::fs::read(file).unwrap(), b"PK the archive");
    assert_eq!(api.downloads(&link).await, 1);
}

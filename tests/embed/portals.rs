//! The demo's three products, and the back end that products can copy.

use crate::support::{
    api::Api,
    archive::archive_at,
    browser::{Browser, Size},
    patience::{LONG, until},
    port, portal,
    process::{run, text},
    program::{Invocation, handover},
};
use examples::ceppro;
use serde_json::Value;
use shared::config::PortalSourceConfig;
use std::{path::PathBuf, process::Command};

#[tokio::test]
async fn the_demo_has_the_button_in_three_products_and_it_leads_to_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let program = handover(&["demo", "--dir", text(&folder.path().join("demo"))]).start();
    let products = until("the products' address", LONG, async || {
        let told = program.stdout();
        let line = told.lines().find(|line| line.trim_start().starts_with("the button"))?;
        line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
    })
    .await;
    let browser = Browser::start().await;
    for (product, button, table) in [
        ("ceppro", "Export my data", "repair_tickets"),
        ("proecommerce", "Export my data", "invoices"),
        ("customertrackr", "Get my contacts", "contacts"),
    ] {
        browser.open(&format!("{products}{product}/")).await;
        browser.until_seen("About ").await;
        browser.assert_accessible().await;
        let faults = browser.layout_faults(Size::DESKTOP).await;
        assert!(faults.is_empty(), "{product}: {faults:?}");
        browser.click_on(button).await;
        browser.until_seen("Your data is ready").await;
        browser.click_on("Download").await;
        let file: PathBuf = browser.download(".zip").await;
        let archive = archive_at(&file);
        archive.assert_sound().await;
        let manifest: Value = archive.manifest();
        assert_eq!((&manifest["source"]["name"], &manifest["export"]["origin"]), (&product.into(), &"portal".into()));
        assert!(!archive.sheet(table).rows.is_empty(), "{product}");
        std::fs::remove_file(file).unwrap();
        browser.assert_no_complaints().await;
    }
    // Each of them is told by mail, too.
    let mails = folder.path().join("demo/mailbox");
    until("the mails", LONG, async || (std::fs::read_dir(&mails).ok()?.count() >= 4).then_some(())).await;
    let nobody = portal::client().post(format!("{products}else/token")).send().await.unwrap();
    assert_eq!(nobody.status().as_u16(), 404);
}

#[tokio::test]
async fn the_back_end_to_copy_signs_tokens_that_count() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("portal.pem");
    run(Command::new("openssl").args(["genpkey", "-algorithm", "ed25519", "-out", text(&key)]));
    let public = run(Command::new("openssl").args(["pkey", "-in", text(&key), "-pubout"]));
    let api = Api::start_with(|config| {
        let keys = Some(format!("portal:{public}").into());
        let issuer = Some("https://products.example".into());
        let source = PortalSourceConfig { issuer, keys, ..PortalSourceConfig::default() };
        for name in ["ceppro", "customertrackr"] {
            config.portal.sources.insert(name.into(), source.clone());
        }
    })
    .await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/portal/server.mjs");
    let base = format!("http://127.0.0.1:{}", port::free());
    let port = base.rsplit(':').next().unwrap();
    let program = Invocation::of("node", &[script]).set("HANDOVER", api.anyone.base()).set("KEY", &key);
    let program = program.set("PORT", port).start();
    until("the back end", LONG, async || program.stdout().contains(&base).then_some(())).await;
    let client = portal::client();
    for product in ["ceppro", "customertrackr"] {
        let signed = client.post(format!("{base}/{product}/token")).send().await.unwrap().text().await.unwrap();
        let listed = api.anyone.with_key(&signed).get("/v1/exports").await;
        assert_eq!(listed.status, 200, "{}", listed.text());
        let page = client.get(format!("{base}/{product}/")).send().await.unwrap();
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let page = page.text().await.unwrap();
        assert!(page.contains(&format!("src=\"{}/embed/handover.js\"", api.anyone.base())), "{page}");
    }
    assert!(std::fs::read_to_string(script).unwrap().contains(&ceppro::tenants(1)[0].key));
    for hidden in ["/server.mjs", "/README.md", "/ceppro/../server.mjs", "/..%2fserver.mjs", "/else/token"] {
        assert_eq!(client.get(format!("{base}{hidden}")).send().await.unwrap().status().as_u16(), 404, "{hidden}");
    }
}

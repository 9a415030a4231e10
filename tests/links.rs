//! Links: what they refuse, what looking at them costs (nothing), and what they deliver.

mod asking;
mod codes;
mod limits;
mod presigned;
mod serving;

use crate::support::api::{Api, now};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::json;
use shared::{
    config::ServerSideEncryption,
    ledger::{audit::Actor, exports, keys::KeyScope, links},
};

const ARCHIVE: &[u8] = b"PK\x03\x04 not really an archive, but every byte of it counts \x00\xff";

#[tokio::test]
async fn forged_truncated_and_unknown_links_are_the_same_page() {
    let api = Api::start().await;
    let export = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    let (link, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let unknown = format!("/d/{}", api.signer.mint().0.expose_secret());
    let mut forged = path.clone();
    let last = if path.ends_with('A') { "Q" } else { "A" };
    forged.replace_range(path.len() - 1.., last);

    let expected = async |method| {
        let answer = api.anyone.send(method, "/d/x", |request| request).await;
        assert_eq!(answer.status, 404);
        answer.text().to_owned()
    };
    // Only a page that is looked at can be looked at in another language.
    let expected = [(Method::GET, expected(Method::GET).await), (Method::POST, expected(Method::POST).await)];
    let truncated = &path[..path.len() - 1];
    let half = &path[..path.len() / 2];
    for path in [&forged, &unknown, truncated, half, &format!("{path}A"), "/d/%00", "/d/a.b.c", "/d/' or 1=1 --"] {
        for (method, expected) in &expected {
            let answer = api.anyone.send(method.clone(), path, |request| request).await;
            assert_eq!((answer.status, answer.text()), (404, expected.as_str()), "{method} {path}");
        }
        assert_eq!(api.anyone.send(Method::HEAD, path, |request| request).await.status, 404);
    }
    assert_eq!(api.downloads(&link).await, 0);

    let refused = api.events("link.refused").await;
    assert_eq!(refused.len(), 2 + 8 * 3);
    assert!(refused.iter().all(|(_, address, _)| address.as_deref() == Some("127.0.0.1")));
    let unknown = refused.iter().filter(|(_, _, detail)| detail["reason"] == "unknown").count();
    assert_eq!(unknown, 3, "all others are forged");
}

#[tokio::test]
async fn expired_revoked_and_deleted_links_say_what_to_do() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let export = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    let (expired, expired_path) = api.link(&export, now() - TimeDelta::seconds(1)).await;
    let (revoked, revoked_path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    assert_eq!(admin.delete(&format!("/v1/links/{}", revoked.id)).await.status, 204);
    assert_eq!(admin.delete(&format!("/v1/links/{}", revoked.id)).await.status, 204);
    let over = api.ready("t2", ARCHIVE, now() - TimeDelta::seconds(1)).await;
    let (kept, kept_path) = api.link(&over, now() + TimeDelta::hours(1)).await;
    let swept = api.ready("t3", ARCHIVE, now() - TimeDelta::seconds(1)).await;
    let (gone, gone_path) = api.link(&swept, now() + TimeDelta::hours(1)).await;
    assert!(exports::begin_deletion(&api.ledger, swept.id, now()).await.unwrap().is_some());
    assert!(exports::expire(&api.ledger, swept.id, now()).await.unwrap());

    for (link, path, word, reason) in [
        (&expired, &expired_path, "has expired", "expired"),
        (&revoked, &revoked_path, "was withdrawn", "revoked"),
        (&kept, &kept_path, "was deleted", "deleted"),
        (&gone, &gone_path, "was deleted", "deleted"),
    ] {
        for method in [Method::GET, Method::POST] {
            let answer = api.anyone.send(method, path, |request| request).await;
            assert_eq!(answer.status, 410);
            assert!(
                answer.text().contains(word) && answer.text().contains("Ask for a new export"),
                "{}",
                answer.text()
            );
        }
        assert_eq!(api.anyone.send(Method::HEAD, path, |request| request).await.status, 410);
        assert_eq!(api.downloads(link).await, 0);
        let by_link = api.events("link.refused").await;
        let by_link: Vec<_> = by_link.iter().filter(|(actor, ..)| *actor == format!("link:{}", link.id)).collect();
        assert_eq!(by_link.len(), 3);
        assert!(by_link.iter().all(|(_, _, detail)| detail["reason"] == reason));
    }
    assert!(api.events("link.downloaded").await.is_empty());
}

#[tokio::test]
async fn looking_consumes_nothing_and_the_button_counts() {
    let api = Api::start().await;
    let export = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    let (link, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    for _ in 0..3 {
        let page = api.anyone.get(&path).await;
        assert_eq!(page.status, 200);
        let head = api.anyone.send(Method::HEAD, &path, |request| request).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        let options = api.anyone.send(Method::OPTIONS, &path, |request| request).await;
        assert_eq!(options.status, 405);
    }
    assert_eq!(api.downloads(&link).await, 0);
    assert!(api.events("link.downloaded").await.is_empty());

    for number in 1..=2 {
        let answer = api.download(&path, "").await;
        assert_eq!((answer.status, &answer.body[..]), (200, ARCHIVE));
        assert_eq!(answer.header("content-type"), "application/zip");
        assert_eq!(answer.header("content-length"), ARCHIVE.len().to_string());
        assert_eq!(answer.header("content-disposition"), "attachment; filename=\"phone-repair-export.zip\"");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("accept-ranges"), "bytes");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(api.downloads(&link).await, number);
    }
    let downloads = api.events("link.downloaded").await;
    assert_eq!(downloads.len(), 2);
    assert_eq!(downloads[0].0, format!("link:{}", link.id));
    assert_eq!(downloads[0].1.as_deref(), Some("127.0.0.1"));
}

#[tokio::test]
async fn the_page_tells_what_there_is_and_loads_nothing_from_elsewhere() {
    let api = Api::start().await;
    let export = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    let (_, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    for (path, status) in [(path.as_str(), 200), ("/d/x", 404), ("/d/", 404), ("/", 200), ("/mailbox", 200)] {
        let answer =
            if path == "/d/" || path == "/mailbox" { api.undocumented(path).await } else { api.anyone.get(path).await };
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("set-cookie"), "");
        assert!(!answer.text().contains("//") && !answer.text().contains("<script"), "{}", answer.text());
        // askama writes & as a number.
        assert!(answer.text().contains("Phone &#38; Repair"), "{}", answer.text());
    }
    let page = api.anyone.get(&path).await;
    let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(ARCHIVE));
    for text in ["phone-repair-export.zip", &format!("{} bytes", ARCHIVE.len()), &sha256, "UTC", "CSV", "SQL"] {
        assert!(page.text().contains(text), "{text}");
    }
    assert!(!page.text().contains("t1"), "the page names no tenant");
    for asset in ["/assets/page.css", "/assets/icon.svg"] {
        assert_eq!(api.undocumented(asset).await.status, 200, "{asset}");
    }
}

#[tokio::test]
async fn a_link_of_the_api_leads_to_the_archive_and_ends_with_it() {
    let api = Api::start().await;
    let writer = api.caller(&[KeyScope::ExportsWrite], Some(("shop", "t1"))).await;
    let archive_ends = now() + TimeDelta::hours(2);
    let export = api.ready("t1", ARCHIVE, archive_ends).await;
    let links = format!("/v1/exports/{}/links", export.id);
    let expiry = |answer: &crate::support::client::Answer| -> DateTime<Utc> {
        answer.json()["expires_at"].as_str().unwrap().parse().unwrap()
    };

    let default = writer.send(Method::POST, &links, |request| request).await;
    assert_eq!((default.status, expiry(&default)), (201, archive_ends));
    let long = writer.post(&links, json!({ "expires_in": 86_400 })).await;
    assert_eq!(expiry(&long), archive_ends);
    let short = writer.post(&links, json!({ "expires_in": 600 })).await;
    let left = expiry(&short) - now();
    assert!(left > TimeDelta::seconds(590) && left <= TimeDelta::seconds(600), "{left}");

    let url = short.json()["url"].as_str().unwrap().to_owned();
    let path = &url[url.find("/d/").unwrap()..];
    assert_eq!(&api.download(path, "").await.body[..], ARCHIVE);
    let id = short.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(writer.delete(&format!("/v1/links/{id}")).await.status, 204);
    assert_eq!(api.anyone.send(Method::POST, path, |request| request).await.status, 410);
    assert_eq!(api.events("link.created").await.len(), 3);
    assert_eq!(api.events("link.revoked").await.len(), 1);
}

#[tokio::test]
async fn behind_a_proxy_with_a_path_of_its_own_every_address_stays_below_that_path() {
    let proxy: url::Url = "https://shop.example/handover".parse().unwrap();
    let api = Api::start_with(|config| config.public_url = Some(proxy)).await;
    let export = api.ready("t1", b"archive", now() + TimeDelta::days(1)).await;
    let made = api.admin().await.post(&format!("/v1/exports/{}/links", export.id), json!({})).await;
    let link: url::Url = made.json()["url"].as_str().unwrap().parse().unwrap();
    let token = link.as_str().strip_prefix("https://shop.example/handover/d/").unwrap();
    // The proxy takes its path off, and what the page loads and the document names is relative to where it is shown.
    let page = api.anyone.get(&format!("/d/{token}")).await;
    assert!(String::from_utf8_lossy(&page.body).contains("href=\"../assets/page.css\""));
    let document = api.anyone.get("/openapi.json").await.json();
    let described: url::Url = "https://shop.example/handover/openapi.json".parse().unwrap();
    let server = described.join(document["servers"][0]["url"].as_str().unwrap()).unwrap();
    assert_eq!(server.as_str(), "https://shop.example/handover/");
}

#[tokio::test]
async fn a_vault_that_fails_costs_no_download() {
    let api = Api::start().await;
    let export = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    let (link, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    std::fs::remove_dir_all(api.folder.path().join("vault")).unwrap();
    let answer = api.anyone.send(Method::POST, &path, |request| request).await;
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("Your link still counts"));
    assert_eq!(api.downloads(&link).await, 0);
    assert!(api.events("link.downloaded").await.is_empty());
}

#[tokio::test]
async fn a_bucket_is_reached_by_a_redirect_that_outlives_neither_link_nor_archive() {
    let api = Api::start_with(|config| {
        config.vault.bucket = Some("archives".into());
        config.vault.endpoint = Some("http://127.0.0.1:9".parse().unwrap());
        config.vault.path_style = true;
        config.vault.access_key_id = Some("AKIDEXAMPLE".into());
        config.vault.secret_access_key = Some("secret".into());
        config.vault.encryption = ServerSideEncryption::None;
        config.links.presigned_lifetime = std::time::Duration::from_secs(120);
    })
    .await;
    let long = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    let short = api.ready("t2", ARCHIVE, now() + TimeDelta::seconds(60)).await;
    for (export, link_ends, longest) in [
        (&long, now() + TimeDelta::hours(1), 120),
        (&long, now() + TimeDelta::seconds(30), 30),
        (&short, now() + TimeDelta::hours(1), 60),
    ] {
        let (link, path) = api.link(export, link_ends).await;
        let page = api.anyone.get(&path).await;
        assert!(page.header("content-security-policy").contains("form-action 'self' http://127.0.0.1:9;"));
        assert!(!page.text().contains("X-Amz"), "nobody gets the address by looking");

        let answer = api.anyone.send(Method::POST, &path, |request| request).await;
        assert_eq!(
            (answer.status, answer.header("cache-control"), answer.header("referrer-policy")),
            (303, "no-store", "no-referrer")
        );
        let address: url::Url = answer.header("location").parse().unwrap();
        let object = &shared::ledger::files::of_export(&api.ledger, export.id).await.unwrap()[0].object_key;
        assert_eq!(address.path(), format!("/archives/{object}"));
        let seconds =
            address.query_pairs().find(|(name, _)| name == "X-Amz-Expires").unwrap().1.parse::<i64>().unwrap();
        assert!((longest - 15..=longest).contains(&seconds), "{seconds} of {longest}");
        assert_eq!(api.downloads(&link).await, 1);
    }
}

#[tokio::test]
async fn a_link_revoked_in_the_ledger_is_refused_at_once() {
    let api = Api::start().await;
    let export = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    let (link, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    assert_eq!(api.anyone.get(&path).await.status, 200);
    assert!(links::revoke(&api.ledger, link.id, Actor::default(), now()).await.unwrap());
    assert_eq!(api.anyone.get(&path).await.status, 410);
}

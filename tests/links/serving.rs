//! Downloads through the service: in parts, taken up again, broken off, and told byte for byte.

use super::ARCHIVE;
use crate::support::{
    api::{Api, now},
    patience::{LONG, until},
};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::ledger::{audit::Actor, links};
use std::{process::Command, sync::OnceLock};

/// More than any buffer on the way holds.
const LARGE: usize = 48 * 1024 * 1024;

fn large() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        (0..LARGE as u64 / 8).flat_map(|number| (number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_le_bytes()).collect()
    })
}

/// The ticket of a download that was begun with a new link.
async fn ticket(api: &Api, content: &'static [u8]) -> (links::Link, String) {
    let export = api.ready("t1", content, now() + TimeDelta::days(1)).await;
    let (link, path) = api.link_like(&export, |link| link.download_limit = Some(1)).await;
    let pressed = api.anyone.send(Method::POST, &path, |request| request).await;
    (link, api.ticket(&pressed))
}

/// Waits until so many answers were told, and returns what was.
async fn served(api: &Api, answers: usize) -> Vec<Value> {
    let told = until("the ends of downloads in the audit", LONG, async || {
        let told = api.events("link.served").await;
        (told.len() >= answers).then_some(told)
    })
    .await;
    assert_eq!(told.len(), answers);
    told.into_iter().map(|(.., detail)| detail).collect()
}

#[tokio::test]
async fn every_kind_of_range_gives_its_bytes_and_is_told() {
    let api = Api::start().await;
    let (_, path) = ticket(&api, ARCHIVE).await;
    let length = ARCHIVE.len();
    let mut expected = Vec::new();
    for (range, from, to) in [
        ("bytes=0-9", 0, 10),
        ("bytes=10-", 10, length),
        ("bytes=-7", length - 7, length),
        ("bytes=5-99999", 5, length),
    ] {
        let part = api.anyone.send(Method::GET, &path, |request| request.header("range", range)).await;
        assert_eq!((part.status, &part.body[..]), (206, &ARCHIVE[from..to]), "{range}");
        assert_eq!(part.header("content-range"), format!("bytes {from}-{}/{length}", to - 1), "{range}");
        assert_eq!(part.header("content-length"), (to - from).to_string());
        assert_eq!(part.header("content-type"), "application/zip");
        assert_eq!(part.header("cache-control"), "no-store");
        expected.push((json!(from), json!(to - from), json!(true)));
    }
    for range in ["bytes=0-1,3-4", "seconds=1-2", "bytes=9-5", "nonsense"] {
        let whole = api.anyone.send(Method::GET, &path, |request| request.header("range", range)).await;
        assert_eq!((whole.status, &whole.body[..]), (200, ARCHIVE), "{range}");
        expected.push((json!(0), json!(length), json!(true)));
        if expected.len() == 6 {
            break;
        }
    }
    let beyond = format!("bytes={length}-");
    let nothing = api.anyone.send(Method::GET, &path, |request| request.header("range", beyond)).await;
    assert_eq!(nothing.refusal(), (416, "range_not_satisfiable".into()));
    assert_eq!(nothing.header("content-range"), format!("bytes */{length}"));

    let told = served(&api, expected.len()).await;
    for one in expected {
        assert!(
            told.iter().any(|told| (told["from"].clone(), told["bytes"].clone(), told["complete"].clone()) == one),
            "{one:?}: {told:?}"
        );
    }
}

#[tokio::test]
async fn a_changed_file_is_never_put_together_from_two() {
    let api = Api::start().await;
    let (_, path) = ticket(&api, ARCHIVE).await;
    let head = api.anyone.send(Method::HEAD, &path, |request| request).await;
    let tag = format!("\"{}\"", hex::encode(Sha256::digest(ARCHIVE)));
    assert_eq!((head.status, head.header("etag"), head.body.len()), (200, tag.as_str(), 0));
    assert_eq!(head.header("content-length"), ARCHIVE.len().to_string());
    assert_eq!(head.header("accept-ranges"), "bytes");
    assert_eq!(head.header("content-disposition"), "attachment; filename=\"phone-repair-export.zip\"");
    let date = head.header("last-modified").to_owned();
    let ask = async |if_range: &str| {
        api.anyone
            .send(Method::GET, &path, |request| request.header("range", "bytes=4-").header("if-range", if_range))
            .await
    };
    for same in [&tag, &date] {
        let rest = ask(same).await;
        assert_eq!((rest.status, &rest.body[..]), (206, &ARCHIVE[4..]), "{same}");
    }
    for other in ["\"of another file\"", "Sun, 22 Nov 1992 13:37:00 GMT"] {
        let whole = ask(other).await;
        assert_eq!((whole.status, &whole.body[..]), (200, ARCHIVE), "{other}");
    }
    let known = api.anyone.send(Method::GET, &path, |request| request.header("if-none-match", &tag)).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    let other = api.anyone.send(Method::GET, &path, |request| request.header("if-match", "\"other\"")).await;
    assert_eq!(other.refusal(), (412, "precondition_failed".into()));
    let head = api.anyone.send(Method::HEAD, &path, |request| request.header("range", "bytes=0-1")).await;
    assert_eq!((head.status, head.header("content-length")), (200, ARCHIVE.len().to_string().as_str()));
    // Neither HEAD nor 304 nor a refusal sends a byte.
    served(&api, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_broke_off_is_told_and_taken_up_again_by_curl_to_the_same_file() {
    let api = Api::start().await;
    let (link, path) = ticket(&api, large()).await;
    let url = format!("{}{path}", api.anyone.base());
    let mut begun = reqwest::Client::builder().no_proxy().build().unwrap().get(&url).send().await.unwrap();
    let mut arrived = Vec::new();
    while arrived.len() < 1024 * 1024 {
        arrived.extend_from_slice(&begun.chunk().await.unwrap().unwrap());
    }
    drop(begun);
    let broken = served(&api, 1).await.remove(0);
    assert_eq!((&broken["complete"], &broken["from"]), (&json!(false), &json!(0)));
    assert_eq!((&broken["link"], &broken["file"]), (&json!(link.id), &json!("phone-repair-export.zip")));
    let sent = broken["bytes"].as_u64().unwrap();
    assert!(sent >= arrived.len() as u64 && sent < LARGE as u64, "{sent}");

    let file = api.folder.path().join("taken-up.zip");
    std::fs::write(&file, &arrived).unwrap();
    let target = file.clone();
    let curl = tokio::task::spawn_blocking(move || {
        Command::new("curl").args(["-fsS", "--noproxy", "*", "-C", "-", "-o"]).arg(&target).arg(&url).output().unwrap()
    });
    let curl = curl.await.unwrap();
    assert!(curl.status.success(), "{}", String::from_utf8_lossy(&curl.stderr));
    assert_eq!(Sha256::digest(std::fs::read(&file).unwrap()), Sha256::digest(large()));
    let rest = served(&api, 2).await.remove(1);
    assert_eq!(rest["from"], arrived.len());
    assert_eq!((&rest["bytes"], &rest["complete"]), (&json!(LARGE - arrived.len()), &json!(true)));
    assert_eq!(api.downloads(&link).await, 1, "all of it was one download");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_revoked_in_the_middle_gives_no_further_request() {
    let api = Api::start().await;
    let (link, path) = ticket(&api, large()).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut begun = client.get(format!("{}{path}", api.anyone.base())).send().await.unwrap();
    begun.chunk().await.unwrap().unwrap();
    assert!(links::revoke(&api.ledger, link.id, Actor::default(), now()).await.unwrap());
    drop(begun);
    for method in [Method::GET, Method::HEAD] {
        let refused = api.anyone.send(method, &path, |request| request.header("range", "bytes=1048576-")).await;
        assert_eq!(refused.status, 410);
    }
    let refused = api.events("link.refused").await;
    assert!(refused.iter().all(|(.., detail)| detail["reason"] == "revoked"));
    assert_eq!(served(&api, 1).await[0]["complete"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_still_tells_how_the_last_download_ended() {
    let mut api = Api::start_with(|config| config.worker.shutdown = std::time::Duration::from_secs(1)).await;
    let (_, path) = ticket(&api, large()).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut begun = client.get(format!("{}{path}", api.anyone.base())).send().await.unwrap();
    begun.chunk().await.unwrap().unwrap();
    // Nobody reads on, so the server cuts the connection when its patience is over.
    api.stop().await;
    let told = api.events("link.served").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].2["complete"], false);
    drop(begun);
}

#[tokio::test]
async fn a_ticket_begins_within_its_minutes_and_gives_no_more_than_five_times_its_file() {
    let api = Api::start_with(|config| config.links.presigned_lifetime = std::time::Duration::from_secs(1)).await;
    let (_, late) = ticket(&api, ARCHIVE).await;
    until("the time to begin to be over", LONG, async || {
        (api.anyone.send(Method::HEAD, &late, |request| request).await.status == 410).then_some(())
    })
    .await;
    let over = api.anyone.get(&late).await;
    assert!(over.status == 410 && over.text().contains("This download is over"), "{}", over.text());

    let export = api.ready("t2", ARCHIVE, now() + TimeDelta::days(1)).await;
    let (_, path) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let begun = api.ticket(&api.anyone.send(Method::POST, &path, |request| request).await);
    for _ in 0..5 {
        assert_eq!(api.anyone.get(&begun).await.status, 200);
    }
    assert_eq!(api.anyone.get(&begun).await.status, 410);
    assert_eq!(api.anyone.send(Method::GET, &begun, |request| request.header("range", "bytes=0-0")).await.status, 410);
}

#[tokio::test]
async fn a_token_is_no_ticket_and_a_ticket_is_no_token() {
    let api = Api::start().await;
    let export = api.ready("t1", ARCHIVE, now() + TimeDelta::days(1)).await;
    let (_, link) = api.link(&export, now() + TimeDelta::hours(1)).await;
    let ticket = api.ticket(&api.anyone.send(Method::POST, &link, |request| request).await);
    let nowhere = api.anyone.get("/f/x").await;
    assert_eq!(nowhere.status, 404);
    for path in [
        link.replace("/d/", "/f/"),
        ticket.replace("/f/", "/d/"),
        format!("{ticket}A"),
        ticket[..ticket.len() - 1].to_owned(),
    ] {
        let answer = api.anyone.get(&path).await;
        assert_eq!((answer.status, answer.text()), (404, nowhere.text()), "{path}");
    }
    assert_eq!(api.anyone.send(Method::POST, &ticket, |request| request).await.status, 405);
    // With the archive its tickets end.
    assert_eq!(api.admin().await.delete(&format!("/v1/exports/{}/archive", export.id)).await.status, 202);
    assert_eq!(api.anyone.get(&ticket).await.status, 410);
}

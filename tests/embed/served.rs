//! What is served for the button, as browsers of other origins get it.

use crate::support::{
    api::{Api, now, wanted},
    client::Answer,
    portal,
};
use chrono::TimeDelta;
use serde_json::Value;
use shared::language::Language;
use std::{
    io::Write,
    process::{Command, Stdio},
};

/// What is in a gzip stream, by a program that is not ours.
fn unzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = Command::new("gzip").arg("-dc").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, bytes) = (gzip.stdin.take().unwrap(), bytes.to_vec());
    let writing = std::thread::spawn(move || input.write_all(&bytes).unwrap());
    let output = gzip.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(output.status.success());
    output.stdout
}

async fn fetched(api: &Api, path: &str, fields: &[(&str, &str)]) -> Answer {
    let mut request = portal::client().get(format!("{}{path}", api.anyone.base()));
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, body: answer.bytes().await.unwrap() }
}

#[tokio::test]
async fn the_script_is_small_and_any_page_may_load_it() {
    let listed = Api::start_with(|config| config.portal.origins = Some("https://app.example.com".into())).await;
    for api in [listed, Api::start().await] {
        for (path, content_type) in [
            ("/embed/handover.js", "text/javascript; charset=utf-8"),
            ("/embed/strings/de-AT.json", "application/json"),
        ] {
            let origin = ("origin", "https://elsewhere.example");
            let plain = fetched(&api, path, &[origin]).await;
            assert_eq!((plain.status, plain.header("content-type")), (200, content_type), "{path}");
            assert_eq!(plain.header("access-control-allow-origin"), "*", "{path}");
            assert_eq!(plain.header("access-control-allow-credentials"), "", "{path}");
            assert_eq!(plain.header("cross-origin-resource-policy"), "cross-origin", "{path}");
            assert_eq!(plain.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(plain.header("cache-control"), "public, max-age=3600", "{path}");
            assert!(plain.header("vary").to_lowercase().contains("accept-encoding"), "{path}");
            let zipped = fetched(&api, path, &[origin, ("accept-encoding", "gzip, deflate, br")]).await;
            assert_eq!(zipped.header("content-encoding"), "gzip", "{path}");
            assert_eq!(unzipped(&zipped.body), plain.body, "{path}");
            assert!(zipped.body.len() < 12_000, "{path} has {} bytes", zipped.body.len());
            let tag = zipped.header("etag");
            assert!(tag.len() > 8 && tag == plain.header("etag"), "{path}: {tag}");
            let known = fetched(&api, path, &[origin, ("if-none-match", tag)]).await;
            assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, tag), "{path}");
            assert_eq!(known.header("access-control-allow-origin"), "*", "{path}");
            assert_eq!(fetched(&api, path, &[("if-none-match", "W/\"other\"")]).await.status, 200, "{path}");
        }
        let script = fetched(&api, "/embed/handover.js", &[]).await;
        let script = script.text();
        assert!(script.contains("customElements.define(\"handover-export\""));
        for word in ["http://", "https://", "eval(", "innerHTML", "import "] {
            assert!(!script.contains(word), "{word}");
        }
    }
}

#[tokio::test]
async fn each_language_has_every_sentence_and_a_stranger_gets_the_nearest() {
    let api = Api::start().await;
    let strings = async |tag: &str| -> Value {
        let answer = fetched(&api, &format!("/embed/strings/{tag}.json"), &[]).await;
        assert_eq!(answer.status, 200, "{tag}");
        answer.json()
    };
    let english = strings("en").await;
    assert_eq!(english["strings"]["estimate"]["by"], "tables");
    assert_eq!(english["strings"]["estimate"]["other"], "About {size}, {tables} tables.");
    assert_eq!(english["strings"]["queued-position"]["1"], "It is next.");
    let names = |of: &Value| of["strings"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for language in Language::ALL {
        let told = strings(language.as_str()).await;
        assert_eq!(told["language"], language.as_str());
        assert_eq!(told["direction"], language.direction());
        assert_eq!(names(&told), names(&english), "{language}");
        assert!(told["strings"]["start"].as_str().is_some_and(|start| !start.is_empty()), "{language}");
    }
    for (tag, language) in [("de-AT", "de"), ("es-MX", "es"), ("fr-CA", "fr"), ("pt", "en"), ("nothing-like-it", "en")]
    {
        assert_eq!(strings(tag).await["language"], language, "{tag}");
    }
    assert_eq!(fetched(&api, "/embed/strings/en", &[]).await.status, 404);
    assert_eq!(fetched(&api, "/embed/else.js", &[]).await.status, 404);
}

#[tokio::test]
async fn exports_of_people_are_listed_by_their_origin() {
    let api = Api::start().await;
    let admin = api.admin().await;
    api.ready("t1", b"PK", now() + TimeDelta::days(1)).await;
    let mut body = wanted("t1");
    body["origin"] = "portal".into();
    let asked = admin.post("/v1/exports", body).await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    let origins = async |query: &str| -> Vec<String> {
        let listed = admin.get(&format!("/v1/exports{query}")).await.json();
        let items = listed["items"].as_array().unwrap().iter();
        items.map(|item| item["origin"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(origins("").await, ["portal", "operator"]);
    assert_eq!(origins("?origin=portal").await, ["portal"]);
    assert_eq!(origins("?origin=operator").await, ["operator"]);
    assert_eq!(admin.get("/v1/exports?origin=else").await.refusal(), (400, "invalid_query".into()));
}

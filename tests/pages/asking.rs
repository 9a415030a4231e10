//! In which language an export is asked for.

use crate::support::api::{Api, id_of, wanted};
use serde_json::json;
use shared::{language::Language, ledger::exports};

#[tokio::test]
async fn an_export_has_the_best_language_for_what_was_asked_else_the_installations() {
    let api = Api::start_with(|config| config.language = Language::French).await;
    let worker = api.answering("known").await;
    let writer = api.admin().await;
    for (number, (asked, language)) in
        [(json!("de-AT"), "de"), (json!("es-419"), "es"), (json!("it"), "fr"), (json!("ar-XB"), "ar-XB")]
            .into_iter()
            .enumerate()
    {
        let mut body = wanted(&format!("t{number}"));
        body["language"] = asked.clone();
        let answer = writer.post("/v1/exports", body).await;
        assert_eq!((answer.status, &answer.json()["language"]), (202, &json!(language)), "{asked}");
        let export = exports::find(&api.ledger, id_of(&answer)).await.unwrap().unwrap();
        assert_eq!(export.language.as_str(), language);
    }
    let silent = writer.post("/v1/exports", wanted("t9")).await;
    assert_eq!((silent.status, &silent.json()["language"]), (202, &json!("fr")));

    // In another language it is another archive; in the same it is the same one.
    for (language, status) in [("fr", 200), ("en", 202)] {
        let mut body = wanted("t9");
        body["language"] = json!(language);
        assert_eq!(writer.post("/v1/exports", body).await.status, status, "{language}");
    }
    for malformed in [json!(""), json!("de_AT"), json!("de,en"), json!("*"), json!(null), json!(7)] {
        let mut body = wanted("t1");
        body["language"] = malformed.clone();
        let answer = writer.post("/v1/exports", body).await;
        assert_eq!(answer.refusal(), (422, "invalid_request".into()), "{malformed}");
    }
    worker.abort();
}

#[tokio::test]
async fn a_schedule_has_a_language_that_can_be_changed() {
    let api = Api::start().await;
    let writer = api.admin().await;
    let wish =
        json!({ "name": "nightly", "source": "shop", "cron": "30 2 * * *", "tenants": ["t1"], "language": "de" });
    let made = writer.post("/v1/schedules", wish).await;
    assert_eq!((made.status, &made.json()["language"]), (201, &json!("de")), "{}", made.text());
    let path = format!("/v1/schedules/{}", id_of(&made));
    let kept = writer.patch(&path, json!({ "name": "hourly" })).await;
    assert_eq!((kept.status, &kept.json()["language"]), (200, &json!("de")));
    let changed = writer.patch(&path, json!({ "language": "es-MX" })).await;
    assert_eq!((changed.status, &changed.json()["language"]), (200, &json!("es")));
    let usual = writer.patch(&path, json!({ "language": null })).await;
    assert_eq!((usual.status, &usual.json()["language"]), (200, &json!("en")));
}

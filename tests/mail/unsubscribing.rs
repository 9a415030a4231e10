//! Stopping mails: by a person on a page, by a mail program in one click, and by nobody else.

use reqwest::Method;
use serde_json::json;
use shared::{ledger::mail_refusals, reader::Reader};

use crate::support::{api::Api, client::Answer};

async fn is_refused(api: &Api, reader: Reader) -> bool {
    mail_refusals::is_refused(&api.ledger, reader).await.unwrap()
}

async fn press(api: &Api, path: &str) -> Answer {
    api.anyone.send(Method::POST, path, |request| request).await
}

#[tokio::test]
async fn a_person_stops_their_mails_on_a_page_and_can_take_it_back() {
    let api = Api::start().await;
    let reader = Reader::of_reminders("shop", "owner@shop.example");
    let path = format!("/u/{}", api.signer.unsubscribe_token(reader));
    let page =
        api.anyone.send(Method::GET, &path, |request| request.header("accept-language", "de-AT, en;q=0.1")).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(
        text.contains("<html lang=\"de\" dir=\"ltr\">") && text.contains("Diese Erinnerungen abbestellen?"),
        "{text}"
    );
    assert!(text.contains("Phone &#38; Repair") && !text.contains("owner@shop.example"), "{text}");
    assert!(!is_refused(&api, reader).await, "looking changes nothing: scanners of mails look, too");

    let done = press(&api, &path).await;
    assert!(done.status == 200 && done.text().contains("Done: they are stopped"), "{done:?}");
    assert!(is_refused(&api, reader).await);
    assert!(api.anyone.get(&path).await.text().contains(&format!("{}/again", &path[1..])));
    assert_eq!(press(&api, &path).await.status, 200, "once more is the same");
    let again = press(&api, &format!("{path}/again")).await;
    assert!(again.status == 200 && again.text().contains("they come again"), "{again:?}");
    assert!(!is_refused(&api, reader).await);

    let told = [api.events("mail.refused").await, api.events("mail.wanted_again").await];
    assert_eq!(told.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1], "each change is in the audit once: {told:?}");
    assert_eq!(told[0][0].2, json!({ "topic": "reminders" }));
    assert!(!format!("{told:?}").contains("shop.example"));
}

#[tokio::test]
async fn a_mail_program_stops_them_in_one_click() {
    let api = Api::start().await;
    let reader = Reader::of_schedule(uuid::Uuid::now_v7(), "ops@shop.example");
    let path = format!("/u/{}", api.signer.unsubscribe_token(reader));
    // RFC 8058: a POST of this form, without cookies, to an address that redirects nowhere.
    let click = api.anyone.send(Method::POST, &path, |request| {
        request.header("content-type", "application/x-www-form-urlencoded").body("List-Unsubscribe=One-Click")
    });
    assert_eq!(click.await.status, 200);
    assert!(is_refused(&api, reader).await);
}

#[tokio::test]
async fn nobody_stops_the_mails_of_others() {
    let api = Api::start().await;
    let reader = Reader::of_reminders("shop", "owner@shop.example");
    let token = api.signer.unsubscribe_token(reader);
    let other = Reader::of_reminders("shop", "other@shop.example");
    let elsewhere = Api::start().await;
    let forged = [
        elsewhere.signer.unsubscribe_token(reader),
        token.replacen("reminders", "schedule", 1),
        token[..token.len() - 1].to_owned(),
        format!("{}A", token),
        format!(
            "{}.{}",
            api.signer.unsubscribe_token(other).rsplit_once('.').unwrap().0,
            token.rsplit_once('.').unwrap().1
        ),
        "x".to_owned(),
    ];
    for token in forged {
        for answer in [
            api.anyone.get(&format!("/u/{token}")).await,
            press(&api, &format!("/u/{token}")).await,
            press(&api, &format!("/u/{token}/again")).await,
        ] {
            assert!(answer.status == 404 && answer.text().contains("This link does not work"), "{token}: {answer:?}");
        }
    }
    assert!(!is_refused(&api, reader).await && !is_refused(&api, other).await);
    assert!(api.events("mail.refused").await.is_empty());
}

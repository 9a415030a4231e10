//! Links that ask for a one-time code: from the page over the mail to the download, without a script.

use super::ARCHIVE;
use crate::support::{
    api::{Api, now},
    client::Answer,
    person::Letter,
};
use chrono::TimeDelta;
use reqwest::Method;
use shared::{
    config::Config,
    ledger::{codes, links::Link},
    link::Protection,
    queue::Queue,
};
use std::sync::Arc;
use worker::{context::Context, notify};

/// A person with a browser: keeps the cookie, and sends the forms as they stand on the page.
struct Person<'a> {
    api: &'a Api,
    path: String,
    cookie: Option<String>,
}

impl Person<'_> {
    async fn look(&self) -> Answer {
        self.api.anyone.send(Method::GET, &self.path, |request| self.with_cookie(request)).await
    }

    /// Sends the page's form to this address below the link's, with these fields.
    async fn send(&mut self, to: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.look().await;
        let csrf = page
            .text()
            .split("name=\"csrf\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_default();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("csrf", csrf)
            .extend_pairs(fields)
            .finish();
        let path = format!("{}{to}", self.path);
        let base = self.api.anyone.base().to_owned();
        let answer = self
            .api
            .anyone
            .send(Method::POST, &path, |request| {
                self.with_cookie(request).header("origin", base).header("sec-fetch-site", "same-origin").body(form)
            })
            .await;
        if let Some(cookie) = answer.headers.get("set-cookie") {
            self.cookie = Some(cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        }
        answer
    }

    fn with_cookie(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }
}

async fn ready(api: &Api, tenant: &str) -> (Link, String) {
    let export = api.ready(tenant, ARCHIVE, now() + TimeDelta::days(1)).await;
    api.link_like(&export, |link| {
        link.protection = Protection::Code;
        link.recipient = Some("ann.lee@example.com".into());
    })
    .await
}

/// A worker beside the API that mails whatever code is owed now; returns the letters so far.
async fn mail(api: &Api) -> Vec<Letter> {
    let config =
        Config { data_dir: api.folder.path().to_owned(), product: "Phone & Repair".into(), ..Config::default() };
    let queue = Queue::open(&config.queue).await.unwrap();
    let worker =
        Arc::new(Context::new(config, api.ledger.clone(), queue, api.vault.clone(), api.signer.clone()).unwrap());
    for id in codes::due(&api.ledger, 10, now()).await.unwrap() {
        notify::run(worker.clone(), id).await;
    }
    let mut letters: Vec<_> =
        std::fs::read_dir(api.folder.path().join("mailbox")).unwrap().map(|entry| entry.unwrap()).collect();
    letters.retain(|entry| entry.path().extension().is_some_and(|kind| kind == "eml"));
    letters.sort_by_key(|entry| entry.metadata().unwrap().modified().unwrap());
    letters.iter().map(|entry| Letter::read(&std::fs::read(entry.path()).unwrap())).collect()
}

/// The code in a letter.
fn code_in(letter: &Letter) -> String {
    let is_code = |line: &&str| line.len() == 9 && line.bytes().filter(u8::is_ascii_digit).count() == 8;
    let code = letter.text.lines().map(str::trim).find(is_code).unwrap().to_owned();
    assert!(letter.html.contains(&code), "both parts have it");
    code
}

#[tokio::test]
async fn a_person_gets_the_code_by_mail_types_it_in_and_downloads() {
    let api = Api::start().await;
    let (link, path) = ready(&api, "t1").await;
    let mut person = Person { api: &api, path: path.clone(), cookie: None };
    for _scanner in 0..5 {
        let page = person.look().await;
        assert!(
            page.status == 200 && page.text().contains("a…@example.com") && page.text().contains("Mail me a code"),
            "{}",
            page.text()
        );
        assert!(!page.text().contains("ann.lee") && !page.text().contains("phone-repair-export.zip"));
    }
    assert!(api.events("link.code_requested").await.is_empty(), "looking asks for nothing");
    assert_eq!(api.anyone.send(Method::POST, &path, |request| request).await.status, 403);

    let asked = person.send("/code", &[]).await;
    assert_eq!((asked.status, asked.header("location")), (303, format!("../{}", &path[3..]).as_str()));
    assert!(person.look().await.text().contains("on its way"));
    let letters = mail(&api).await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].subject, "Phone & Repair: your code for the download");
    letters[0].assert_discreet("Phone & Repair", &["t1", "phone-repair-export", &path, "/d/"]);
    let code = code_in(&letters[0]);
    let kept = codes::latest(&api.ledger, link.id, now()).await.unwrap().0.unwrap().code_hash.unwrap();
    assert!(!kept.windows(8).any(|part| part == code.replace(' ', "").as_bytes()));

    let page = person.look().await;
    assert!(page.text().contains("It counts until") && page.text().contains("name=\"code\""), "{}", page.text());
    let given = person.send("/session", &[("code", &code)]).await;
    assert_eq!(given.status, 303);
    let cookie = given.header("set-cookie");
    assert!(cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Strict"), "{cookie}");
    assert!(person.look().await.text().contains("phone-repair-export.zip"));
    let pressed = person.send("", &[]).await;
    assert_eq!(&api.anyone.get(&api.ticket(&pressed)).await.body[..], ARCHIVE);
    assert_eq!(api.downloads(&link).await, 1);

    let other = Person { api: &api, path, cookie: None };
    assert!(!other.look().await.text().contains("phone-repair-export.zip"), "the session is one browser's");
    for action in ["link.code_requested", "link.code_sent", "link.code_accepted", "link.downloaded"] {
        assert_eq!(api.events(action).await.len(), 1, "{action}");
    }
}

#[tokio::test]
async fn three_wrong_codes_close_the_door_until_the_next() {
    let api = Api::start().await;
    let (link, path) = ready(&api, "t1").await;
    let mut person = Person { api: &api, path, cookie: None };
    assert_eq!(person.send("/code", &[]).await.status, 303);
    let code = code_in(&mail(&api).await[0]);
    let wrong = if code.starts_with('1') { "2222 2222" } else { "1111 1111" };
    for typed in ["", "123", "hunter22", "123456789"] {
        let answer = person.send("/session", &[("code", typed)]).await;
        assert!(answer.status == 400 && answer.text().contains("did not cost a try"), "{typed}");
    }
    for said in ["2 more tries", "one more try", "no more tries"] {
        assert_eq!(person.send("/session", &[("code", wrong)]).await.header("set-cookie"), "");
        assert!(person.look().await.text().contains(said), "{said}");
    }
    let session = format!("{}/session", person.path);
    let right = api.anyone.send(Method::POST, &session, |request| request.body(format!("code={code}"))).await;
    assert_eq!((right.status, right.header("set-cookie")), (303, ""), "the code is dead");
    let page = person.look().await;
    assert!(
        !page.text().contains("name=\"code\"") && page.text().contains("Another code can be mailed from"),
        "{}",
        page.text()
    );
    let again = api.anyone.send(Method::POST, &format!("{}/code", person.path), |request| request).await;
    assert_eq!(again.status, 429);
    assert!((1..=60).contains(&again.header("retry-after").parse::<u32>().unwrap()));
    assert!(again.text().contains("href=\"../../assets/page.css\""));
    assert_eq!(api.downloads(&link).await, 0);
    assert_eq!(api.events("link.code_refused").await.len(), 3);
}

#[tokio::test]
async fn neither_the_code_nor_the_session_of_one_link_opens_another() {
    let api = Api::start().await;
    let ((_, one), (_, other)) = (ready(&api, "t1").await, ready(&api, "t2").await);
    let mut mine = Person { api: &api, path: one, cookie: None };
    let mut theirs = Person { api: &api, path: other, cookie: None };
    assert_eq!(theirs.send("/code", &[]).await.status, 303);
    let of_theirs = code_in(&mail(&api).await[0]);
    assert_eq!(mine.send("/code", &[]).await.status, 303);
    mail(&api).await;
    assert_eq!(mine.send("/session", &[("code", &of_theirs)]).await.header("set-cookie"), "");
    assert_ne!(theirs.send("/session", &[("code", &of_theirs)]).await.header("set-cookie"), "");

    // The value under the name that the other link's cookie has.
    let value = theirs.cookie.as_ref().unwrap().split_once('=').unwrap().1;
    let name =
        |path: &str| format!("handover-{}", hex::encode(&<sha2::Sha256 as sha2::Digest>::digest(&path[3..])[..8]));
    mine.cookie = Some(format!("{}={value}", name(&mine.path)));
    assert!(!mine.look().await.text().contains("phone-repair-export.zip"));
    assert_eq!(mine.send("", &[]).await.status, 403);
    theirs.cookie = Some(format!("{}={value}", name(&theirs.path)));
    assert!(theirs.look().await.text().contains("phone-repair-export.zip"));
}

#[tokio::test]
async fn a_form_of_another_site_or_another_page_does_not_count() {
    let api = Api::start().await;
    let (_, path) = ready(&api, "t1").await;
    for (below, form) in [("", ""), ("/code", ""), ("/session", "code=12345678")] {
        for headers in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("cookie", "a=b")] {
            let address = format!("{path}{below}");
            let refused = api
                .anyone
                .send(Method::POST, &address, |request| request.header(headers.0, headers.1).body(form))
                .await;
            assert_eq!(refused.status, 403, "{below} {headers:?}");
        }
    }
    assert!(api.events("link.code_requested").await.is_empty());
}

#[tokio::test]
async fn over_tls_the_session_is_bound_to_its_host() {
    let api = Api::start_with(|config| config.public_url = Some("https://exports.example.com/".parse().unwrap())).await;
    let (_, path) = ready(&api, "t1").await;
    let ask = api.anyone.send(Method::POST, &format!("{path}/code"), |request| request).await;
    assert_eq!(ask.status, 303);
    let code = code_in(&mail(&api).await[0]);
    let given =
        api.anyone.send(Method::POST, &format!("{path}/session"), |request| request.body(format!("code={code}"))).await;
    let cookie = given.header("set-cookie");
    assert!(cookie.starts_with("__Host-handover-") && cookie.ends_with("; SameSite=Strict; Secure"), "{cookie}");
    assert!(cookie.contains("; Path=/;") && cookie.contains("; HttpOnly;") && !cookie.contains("Domain"), "{cookie}");
}

//! A browser without a screen: it keeps cookies, fills in the forms of pages, and says of each request where it comes from.

use crate::support::{
    api::{Api, now},
    secrets,
};
use reqwest::{Method, RequestBuilder, header::HeaderMap, redirect::Policy};
use shared::{
    ledger::{
        audit::Actor,
        keys::Role,
        operators::{self, NewOperator, Operator},
    },
    password::Password,
};
use std::{collections::BTreeMap, net::IpAddr};
use tokio::sync::OnceCell;
use totp_rs::{Builder, Secret};

/// The password of everybody here.
pub(super) const PASSWORD: &str = "Kranich auf Stelzen 41";

/// An operator of this role, whose address is the role's.
pub(super) async fn operator(api: &Api, role: Role) -> Operator {
    named(api, role.as_str(), role).await
}

/// An operator with the address `<name>@example.com`.
pub(super) async fn named(api: &Api, name: &str, role: Role) -> Operator {
    static HASH: OnceCell<String> = OnceCell::const_new();
    let hash = HASH.get_or_init(|| async {
        secrets::keep("an operator's password", PASSWORD);
        Password::new(&PASSWORD.into(), "", "").unwrap().hash().await.unwrap()
    });
    let new = NewOperator {
        email: format!("{name}@example.com").parse().unwrap(),
        name: format!("Person {name}"),
        role,
        password_hash: hash.await.clone(),
        must_change_password: false,
    };
    operators::create(&api.ledger, new, Actor::named("cli:tests"), now()).await.unwrap().unwrap()
}

/// A browser.
pub(super) struct Browser {
    http: reqwest::Client,
    base: String,
    pub(super) cookies: BTreeMap<String, String>,
    /// The page that is shown.
    pub(super) page: Page,
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Page {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a hidden field, unescaped as far as fields here need it.
    pub(super) fn field(&self, name: &str) -> Option<String> {
        self.between(&format!("name=\"{name}\" value=\""), "\"").map(|value| value.replace("&#38;", "&"))
    }

    /// What stands after one text up to the next other.
    pub(super) fn between(&self, before: &str, after: &str) -> Option<String> {
        let (_, rest) = self.text.split_once(before)?;
        Some(rest.split_once(after)?.0.to_owned())
    }

    /// The first heading.
    pub(super) fn heading(&self) -> String {
        self.between("<h1>", "</h1>").unwrap_or_default()
    }
}

impl Browser {
    /// A new one, without cookies.
    pub(super) fn of(api: &Api) -> Self {
        Self::at(api, [127, 0, 0, 1])
    }

    /// A new one at another address of this machine.
    pub(super) fn at(api: &Api, address: [u8; 4]) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().local_address(IpAddr::from(address));
        let http = http.build().unwrap();
        Self { http, base: api.anyone.base().to_owned(), cookies: BTreeMap::new(), page: Page::default() }
    }

    /// A new one in which this operator is signed in.
    pub(super) async fn signed_in(api: &Api, operator: &Operator) -> Self {
        let mut browser = Self::of(api);
        browser.sign_in(&operator.email, PASSWORD).await;
        assert_eq!((browser.page.status, browser.page.heading().as_str()), (200, "Overview"), "{}", browser.page.text);
        browser
    }

    /// Opens a page and follows where it leads, as an address that was typed.
    pub(super) async fn open(&mut self, path: &str) -> &Page {
        let page = self.send(Method::GET, path, |request| request.header("sec-fetch-site", "none")).await;
        self.follow(path, page).await
    }

    /// Fills in the form of the page that is shown, and follows where it leads.
    pub(super) async fn submit(&mut self, action: &str, fields: &[(&str, &str)]) -> &Page {
        let page = self.send_form(action, fields).await;
        self.follow(action, page).await
    }

    /// The same, without following.
    pub(super) async fn send_form(&mut self, action: &str, fields: &[(&str, &str)]) -> Page {
        let csrf = self.page.field("csrf").unwrap_or_default();
        let form: Vec<(&str, &str)> = fields.iter().copied().chain([("csrf", csrf.as_str())]).collect();
        let body = url_encoded(&form);
        self.send(Method::POST, action, |request| {
            request
                .header("content-type", "application/x-www-form-urlencoded")
                .header("sec-fetch-site", "same-origin")
                .header("origin", "null")
                .body(body)
        })
        .await
    }

    /// Opens the page of the sign-in, and types address and password.
    pub(super) async fn sign_in(&mut self, email: &str, password: &str) -> &Page {
        self.open("/console/sign-in").await;
        self.submit("/console/sign-in", &[("email", email), ("password", password), ("next", "")]).await
    }

    /// Sends a request with the cookies there are, and keeps those that come.
    pub(super) async fn send(
        &mut self,
        method: Method,
        path: &str,
        shape: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Page {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", cookies.join("; "));
        }
        let answer = shape(request).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        for cookie in headers.get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                secrets::keep("a session", value);
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Page { status, headers, text: answer.text().await.unwrap() }
    }

    async fn follow(&mut self, path: &str, mut page: Page) -> &Page {
        let mut at = reqwest::Url::parse(&format!("{}{path}", self.base)).unwrap();
        for _ in 0..5 {
            if page.status != 303 {
                break;
            }
            at = at.join(page.header("location")).unwrap();
            let next = at.as_str().strip_prefix(&self.base).unwrap().to_owned();
            page = self.send(Method::GET, &next, |request| request.header("sec-fetch-site", "same-origin")).await;
        }
        self.page = page;
        &self.page
    }

    /// The token of the session.
    pub(super) fn session(&self) -> String {
        self.cookies["handover-console"].clone()
    }
}

/// What an authenticator app shows, so many steps of 30 seconds from now.
pub(super) fn app_shows(secret: &str, steps: i64) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    let seconds = now().timestamp() + steps * 30;
    totp.generate(u64::try_from(seconds).unwrap()).to_string()
}

fn url_encoded(fields: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("http://form/").unwrap();
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

//! An installation without a worker, and people who are signed in at its console.

use crate::support::{
    api::{Api, now},
    secrets,
};
use reqwest::{Client, RequestBuilder, header, redirect::Policy};
use shared::ledger::{
    audit::Actor,
    keys::Role,
    operators::{self, NewOperator, Tried},
};

/// A person who is signed in.
pub(super) struct Visitor {
    http: Client,
    base: String,
    cookie: String,
}

/// A page as it arrived.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) location: String,
    pub(super) policy: String,
    pub(super) html: String,
}

impl Visitor {
    /// Somebody with this role, signed in at this installation.
    pub(super) async fn new(api: &Api, role: Role) -> Visitor {
        let name = role.as_str();
        let new = NewOperator {
            email: format!("{name}@example.com").parse().unwrap(),
            name: format!("The {name}"),
            role,
            password_hash: "never asked for here".into(),
            must_change_password: false,
        };
        let operator = operators::create(&api.ledger, new, Actor::named("cli"), now()).await.unwrap().unwrap();
        let tried = Tried { account: &[7; 32], network: "127.0.0.0/24" };
        let token =
            operators::begin(&api.ledger, operator.id, "never asked for here", &tried, Actor::default(), now()).await;
        let token = token.unwrap().unwrap();
        secrets::keep("a session", token.expose());
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        let cookie = format!("handover-console={}", token.expose());
        Visitor { http, base: api.anyone.base().to_owned(), cookie }
    }

    /// Opens a page.
    pub(super) async fn open(&self, path: &str) -> Page {
        self.send(self.http.get(format!("{}{path}", self.base))).await
    }

    /// Opens a page that must be there, as text without its tags.
    pub(super) async fn read(&self, path: &str) -> String {
        let page = self.open(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        page.text()
    }

    /// Sends the form of the page at `page` that leads to `action`, with these fields filled in. It must be there.
    pub(super) async fn press(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Page {
        let shown = self.open(page).await;
        assert_eq!(shown.status, 200, "{page}: {}", shown.text());
        let form = shown.form(action);
        self.submit(action, &[&[("csrf", form.as_str())], fields].concat()).await
    }

    /// Sends a form that no page offered, with the token of one that was.
    pub(super) async fn force(&self, action: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.open("/console").await.form("/console/sign-out");
        self.submit(action, &[&[("csrf", token.as_str())], fields].concat()).await
    }

    /// Sends a form from our own site.
    pub(super) async fn submit(&self, action: &str, fields: &[(&str, &str)]) -> Page {
        let body =
            fields.iter().fold(url::form_urlencoded::Serializer::new(String::new()), |mut body, (name, value)| {
                body.append_pair(name, value);
                body
            });
        let body = { body }.finish();
        let request = self.http.post(format!("{}{action}", self.base));
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        self.send(request.header("sec-fetch-site", "same-origin")).await
    }

    async fn send(&self, request: RequestBuilder) -> Page {
        let answer = request.header(header::COOKIE, &self.cookie).send().await.unwrap();
        let header = |name: header::HeaderName| {
            answer.headers().get(name).map_or(String::new(), |value| value.to_str().unwrap().to_owned())
        };
        let (location, policy) = (header(header::LOCATION), header(header::CONTENT_SECURITY_POLICY));
        Page { status: answer.status().as_u16(), location, policy, html: answer.text().await.unwrap() }
    }
}

impl Page {
    /// The token of the form that leads to `action`, such as `/console/exports`.
    fn form(&self, action: &str) -> String {
        let beginning = self
            .html
            .match_indices("<form ")
            .map(|(place, _)| &self.html[place..])
            .find(|form| {
                let head = form.split('>').next().unwrap();
                let target = head.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
                head.contains("method=\"post\"") && format!("/{}", target.trim_start_matches("../")) == action
            })
            .unwrap_or_else(|| panic!("no form leads to {action} in {}", self.html));
        let token = beginning.split("name=\"csrf\" value=\"").nth(1).unwrap();
        token.split('"').next().unwrap().to_owned()
    }

    /// Whether a form leads there.
    pub(super) fn offers(&self, action: &str) -> bool {
        self.html.contains(&format!("{}\"", action.trim_start_matches('/')))
    }

    /// The text without tags, with single spaces.
    pub(super) fn text(&self) -> String {
        let body = self.html.split("<body").nth(1).unwrap_or(&self.html);
        let mut text = String::new();
        let mut in_tag = true;
        for char in body.chars() {
            match char {
                '<' => {
                    in_tag = true;
                    text.push(' ');
                }
                '>' => in_tag = false,
                char if !in_tag => text.push(char),
                _ => {}
            }
        }
        let text = text.replace("&#38;", "&").replace("&#39;", "'").replace("&#34;", "\"").replace("&#60;", "<");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

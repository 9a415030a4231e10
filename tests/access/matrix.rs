//! Every route for every credential, role, scope and bound, on what is the caller's own, another's and nobody's.

use super::{
    policy::{POLICY, Rule, Thing, gives},
    things::{Things, make},
};
use crate::support::{
    api::{Api, now},
    client::{Answer, Client},
};
use api::{Access, Portal, Route};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use jsonwebtoken::{EncodingKey, Header};
use reqwest::Method;
use serde_json::{Value, json};
use shared::{
    config::PortalSourceConfig,
    export::SubjectId,
    ledger::{
        audit::Actor,
        keys::{self, KeyScope, NewKey, Role},
    },
};
use uuid::Uuid;

/// Whose things are asked for.
pub(super) const TENANT: &str = "t1";
/// What a key may be bound to, and whether that takes in the tenant.
const BOUNDS: [(Option<&str>, Option<&str>, bool); 5] = [
    (None, None, true),
    (Some("shop"), None, true),
    (Some("shop"), Some(TENANT), true),
    (Some("shop"), Some("t2"), false),
    (Some("elsewhere"), None, false),
];

const ISSUER: &str = "https://app.example.com";
/// What the product's back end signs with.
const SECRET: &[u8; 32] = b"a secret of thirty-two bytes, HS";

/// A caller whose credential counts.
struct Caller {
    /// Its scope or role.
    what: &'static str,
    /// Whether it is bound to a part of the installation.
    is_bound: bool,
    /// Whether it is for the tenant.
    takes_in: bool,
    /// Whether it is for all of the tenant's source.
    whole: bool,
    /// The one person it is for.
    person: Option<SubjectId>,
    /// What it is, if it is one of the product's own people.
    portal: Option<Portal>,
    client: Client,
}

impl Caller {
    /// Whether the rule lets it try.
    fn may(&self, rule: &Rule) -> bool {
        match (rule, self.portal) {
            (Rule::Public, _) => true,
            (Rule::Sources(needed) | Rule::Source(needed), None) => gives(self.what, *needed),
            (Rule::Sources(_) | Rule::Source(_), Some(_)) => false,
            (Rule::Page(_), _) => false,
            (Rule::Whole(needed, ..), None) => gives(self.what, *needed),
            (Rule::Whole(..), Some(_)) => false,
            (Rule::One(needed, ..) | Rule::List(needed, _) | Rule::New(needed, ..), None) => gives(self.what, *needed),
            (Rule::One(_, portal, ..) | Rule::List(_, portal) | Rule::New(_, portal, _), Some(is)) => {
                *portal == Portal::Members || (*portal == Portal::Admins && is == Portal::Admins)
            }
        }
    }
}

/// An API whose source `shop` has a product that signs tokens.
async fn start() -> Api {
    Api::start_with(|config| {
        let product = PortalSourceConfig {
            issuer: Some(ISSUER.into()),
            member: Some("customer".into()),
            keys: Some(format!("k1:{}", STANDARD.encode(SECRET)).into()),
            ..PortalSourceConfig::default()
        };
        config.portal.sources.insert("shop".into(), product);
    })
    .await
}

/// A token for the person 7 of a tenant, made `age` seconds ago.
fn token(role: &str, tenant: &str, age: i64, secret: &[u8]) -> String {
    let issued_at = now().timestamp() - age;
    let claims = json!({
        "iss": ISSUER, "aud": "handover", "iat": issued_at, "exp": issued_at + 600, "jti": Uuid::new_v4(),
        "sub": "7", "tenant": tenant, "role": role,
    });
    jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(secret)).unwrap()
}

/// The person that a member is.
fn member() -> SubjectId {
    SubjectId::new("customer", "7").unwrap()
}

#[test]
fn every_route_has_one_rule() {
    let routes = api::routes();
    assert_eq!(POLICY.len(), routes.len(), "a rule is for no route");
    let of_route = |route: &Route| (route.method.to_string(), route.path);
    for route in &routes {
        let rules = POLICY.iter().filter(|(method, path, _)| (*method, *path) == (route.method.as_str(), route.path));
        let rules: Vec<_> = rules.collect();
        let [(_, _, rule)] = rules[..] else { panic!("{:?} needs one rule in the policy", of_route(route)) };
        match (route.access, rule) {
            (Access::Page { scope }, Rule::Page(needed)) => assert_eq!(scope, *needed, "{:?}", of_route(route)),
            (Access::Guarded { scope, portal }, Rule::Whole(needed, ..)) => {
                assert_eq!((scope, portal), (*needed, Portal::Nobody), "{:?}", of_route(route));
            }
            (Access::Public(reason), Rule::Public) => assert!(reason.len() > 10, "{:?}", of_route(route)),
            (
                Access::Guarded { scope, portal },
                Rule::One(needed, people, ..) | Rule::List(needed, people) | Rule::New(needed, people, _),
            ) => assert_eq!((scope, portal), (*needed, *people), "{:?}", of_route(route)),
            (Access::Guarded { scope, portal }, Rule::Sources(needed) | Rule::Source(needed)) => {
                assert_eq!((scope, portal), (*needed, Portal::Nobody), "{:?}", of_route(route));
            }
            (access, rule) => panic!("{:?}: {access:?} is not {rule:?}", of_route(route)),
        }
    }
}

#[tokio::test]
async fn no_credential_and_none_that_does_not_count_gets_past_any_route() {
    let api = start().await;
    let good = api.key(&[KeyScope::Admin], None, None).await;
    let expired = api.key(&[KeyScope::Admin], None, Some(now() - TimeDelta::seconds(1))).await;
    let revoked = api.key(&[KeyScope::Admin], None, None).await;
    keys::revoke(&api.ledger, &revoked[..11], Actor::named("cli"), now()).await.unwrap();
    let mut forged = good.clone();
    forged.replace_range(good.len() - 4.., "aaaa");
    let unknown = "hk_aaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let (stale, of_another) = (token("admin", TENANT, 700, SECRET), token("admin", TENANT, 0, &[7; 32]));
    let mut changed = token("member", TENANT, 0, SECRET);
    changed.replace_range(changed.len() - 8..changed.len() - 1, "AAAAAAA");
    let unsigned = "eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYWRtaW4ifQ.";
    let others =
        ["", "hk_", "' or 1=1 --", unknown, &forged, &expired, &revoked, unsigned, &stale, &of_another, &changed];
    let things = Things::new(&api).await;
    let reference = masked(&api.anyone.get("/v1/exports").await);
    for &(method, path, rule) in POLICY {
        let Some((path, body)) = things.example(path, &rule) else { continue };
        let mut answers = vec![ask(&api.anyone, method, &path, &body).await];
        for credential in others {
            answers.push(ask(&api.anyone.with_key(credential), method, &path, &body).await);
        }
        for answer in answers {
            assert_eq!(answer.refusal(), (401, "unauthorized".into()), "{method} {path}");
            assert_eq!(masked(&answer), reference, "{method} {path}");
        }
    }
    things.are_untouched(&api).await;
}

#[tokio::test]
async fn public_routes_ask_for_nothing_and_heed_no_credential() {
    let api = start().await;
    for &(method, path, rule) in POLICY {
        let Rule::Public = rule else { continue };
        let path = path
            .replace("{file:.*}", "")
            .replace("{file}", "page.css")
            .replace("{token}", "x")
            .replace("{ticket}", "x")
            .replace("{name}", "a.eml");
        let answer = if path.starts_with("/console") && method == "POST" {
            // Forms of pages that are in no document: tests/console/ sends them.
            continue;
        } else if method == "GET" {
            api.undocumented(&path).await
        } else {
            ask(&api.anyone, method, &path, &Value::Null).await
        };
        assert!(![401, 403, 405, 500].contains(&answer.status), "{method} {path}: {}", answer.status);
    }
}

#[tokio::test]
async fn each_role_and_scope_does_what_the_policy_says_and_only_to_its_own() {
    let api = start().await;
    let callers = callers(&api).await;
    let things = Things::new(&api).await;
    for thing in [Thing::Export, Thing::Recipient] {
        make(&api, thing, Some(member())).await;
    }
    let unknown = Uuid::now_v7().to_string();
    for &(method, path, rule) in POLICY {
        for caller in &callers {
            let named = format!("{method} {path} for {} ({})", caller.what, caller.takes_in);
            let of_person = |mut body: Value| {
                if let Some(person) = &caller.person {
                    body["subject"] = json!({ "kind": person.kind(), "key": person.key() });
                }
                body
            };
            match rule {
                Rule::Public | Rule::Page(_) => {}
                _ if !caller.may(&rule) => {
                    let Some((path, body)) = things.example(path, &rule) else { continue };
                    let answer = ask(&caller.client, method, &path, &body).await;
                    assert_eq!(answer.refusal(), (403, "forbidden".into()), "{named}");
                }
                Rule::Whole(_, thing, body) => {
                    let path = match thing {
                        Some(thing) => path.replace("{id}", &make(&api, thing, None).await),
                        None => path.to_owned(),
                    };
                    let answer = ask(&caller.client, method, &path, &body()).await;
                    if caller.is_bound {
                        assert_eq!(answer.refusal(), (403, "forbidden_tenant".into()), "{named}");
                    } else {
                        assert!(is_fine(&answer), "{named}: {} {}", answer.status, answer.text());
                    }
                }
                Rule::One(_, _, thing, body, code) => {
                    let at = |id: &str| path.replace("{id}", id);
                    let nobodys = ask(&caller.client, method, &at(&unknown), &body()).await;
                    assert_eq!(nobodys.refusal(), (404, code.into()), "{named}");
                    if caller.takes_in {
                        let own = make(&api, thing, caller.person.clone()).await;
                        let answer = ask(&caller.client, method, &at(&own), &body()).await;
                        assert!(is_fine(&answer), "{named}: {} {}", answer.status, answer.text());
                    }
                    // A member is not for the whole of its tenant either.
                    if !caller.takes_in || caller.person.is_some() {
                        let theirs = ask(&caller.client, method, &at(things.number(&thing)), &body()).await;
                        assert_eq!(masked(&theirs), masked(&nobodys), "{named}");
                    }
                }
                Rule::Sources(_) => {
                    let all = ask(&caller.client, method, path, &Value::Null).await.json();
                    let names: Vec<&Value> =
                        all["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
                    assert_eq!(names, if caller.whole { vec!["shop"] } else { vec![] }, "{named}");
                }
                Rule::Source(_) => {
                    let at = |name: &str| path.replace("{name}", name);
                    let nobodys = ask(&caller.client, method, &at("no-such"), &Value::Null).await;
                    assert_eq!(nobodys.refusal(), (404, "source_not_found".into()), "{named}");
                    let shop = ask(&caller.client, method, &at("shop"), &Value::Null).await;
                    match caller.whole {
                        true => assert!(is_fine(&shop), "{named}: {}", shop.text()),
                        false => assert_eq!(masked(&shop), masked(&nobodys), "{named}"),
                    }
                }
                Rule::List(..) => {
                    let list = async |query: &str| {
                        let (mut items, mut cursor) = (Vec::new(), String::new());
                        loop {
                            let page = format!("{path}?limit=100{query}{cursor}");
                            let answer = ask(&caller.client, method, &page, &Value::Null).await;
                            assert_eq!(answer.status, 200, "{named}");
                            let page = answer.json();
                            items.extend(page["items"].as_array().unwrap().clone());
                            match page["next_cursor"].as_str() {
                                Some(next) => cursor = format!("&cursor={next}"),
                                None => break items,
                            }
                        }
                    };
                    let (all, filter) = (list("").await, if path == "/v1/keys" { "" } else { "&tenant=t1" });
                    let own = list(filter).await.iter().any(|item| item.to_string().contains(TENANT));
                    assert_eq!(own, caller.takes_in, "{named}");
                    assert!(caller.takes_in || !all.iter().any(|item| item.to_string().contains(TENANT)), "{named}");
                    if caller.person.is_some() {
                        assert!(all.iter().all(|item| item["subject"]["key"] == "7"), "{named}");
                    }
                }
                Rule::New(_, _, body) if caller.takes_in => {
                    let answer = ask(&caller.client, method, path, &of_person(body(TENANT))).await;
                    assert!(is_fine(&answer), "{named}: {}", answer.text());
                }
                Rule::New(_, _, body) => {
                    let theirs = ask(&caller.client, method, path, &body(TENANT)).await;
                    let nobodys = ask(&caller.client, method, path, &body("nobody-has-this-name")).await;
                    assert_eq!(theirs.refusal(), (403, "forbidden_tenant".into()), "{named}");
                    assert_eq!(masked(&theirs), masked(&nobodys), "{named}");
                }
            }
        }
    }
    things.are_untouched(&api).await;
}

/// Every scope and every role, each under the bounds that say something about it.
async fn callers(api: &Api) -> Vec<Caller> {
    let scopes = KeyScope::ALL.iter().map(|scope| (scope.as_str(), None, vec![*scope]));
    let roles = Role::ALL.iter().map(|role| (role.as_str(), Some(*role), Vec::new()));
    let mut callers = Vec::new();
    for (what, role, scopes) in scopes.chain(roles) {
        for (source, tenant, takes_in) in BOUNDS {
            let new = NewKey {
                name: what.into(),
                role,
                scopes: scopes.clone(),
                source: source.map(Into::into),
                tenant: tenant.map(Into::into),
                expires_at: None,
            };
            let (_, text) = keys::create(&api.ledger, new, Actor::named("cli"), now()).await.unwrap();
            let client = api.anyone.with_key(secrecy::ExposeSecret::expose_secret(&text));
            let is_bound = source.is_some();
            let whole = takes_in && tenant.is_none();
            callers.push(Caller { what, is_bound, takes_in, whole, person: None, portal: None, client });
        }
    }
    for (what, tenant, takes_in) in [
        ("portal admin", TENANT, true),
        ("portal admin of others", "t2", false),
        ("portal member", TENANT, true),
        ("portal member of others", "t2", false),
    ] {
        let is_member = what.contains("member");
        let (role, portal) = if is_member { ("member", Portal::Members) } else { ("admin", Portal::Admins) };
        let client = api.anyone.with_key(&token(role, tenant, 0, SECRET));
        let person = is_member.then(member);
        callers.push(Caller { what, is_bound: true, takes_in, whole: false, person, portal: Some(portal), client });
    }
    callers
}

/// Whether the caller got past every authorisation: what was asked for was done, or the thing's state did not allow it.
fn is_fine(answer: &Answer) -> bool {
    answer.status < 300 || answer.status == 409
}

pub(super) async fn ask(client: &Client, method: &str, path: &str, body: &Value) -> Answer {
    let method: Method = method.parse().unwrap();
    client.send(method, path, |request| if body.is_null() { request } else { request.json(body) }).await
}

/// The whole answer, byte by byte, but for its own number and time, and for whether the server still waits for the rest of a body.
pub(super) fn masked(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let number = answer.header("x-request-id");
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id", "connection"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    headers.sort();
    (answer.status, headers, answer.text().replace(number, "…"))
}

//! What is asked for, one of each kind.

use super::{
    matrix::TENANT,
    policy::{Rule, Thing, new_schedule, new_webhook},
};
use crate::support::api::{Api, now};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::{
    export::SubjectId,
    ledger::{
        Person,
        audit::Actor,
        keys::{self, KeyScope, NewKey, Role},
        operators::{self, NewOperator},
    },
};
use std::collections::HashMap;
use uuid::Uuid;

/// One thing of each kind that nobody who is refused may change.
pub(super) struct Things(HashMap<Thing, String>);

impl Things {
    pub(super) async fn new(api: &Api) -> Self {
        let mut things = HashMap::new();
        for thing in
            [Thing::Export, Thing::Link, Thing::Schedule, Thing::Recipient, Thing::Webhook, Thing::Key, Thing::Operator]
        {
            things.insert(thing, make(api, thing, None).await);
        }
        Self(things)
    }

    /// Its number.
    pub(super) fn number(&self, thing: &Thing) -> &str {
        &self.0[thing]
    }

    /// A request for the route, if it is no public one.
    pub(super) fn example(&self, path: &str, rule: &Rule) -> Option<(String, Value)> {
        match rule {
            Rule::Public | Rule::Page(_) => None,
            Rule::Whole(_, thing, body) => {
                Some((thing.map_or_else(|| path.into(), |thing| path.replace("{id}", &self.0[&thing])), body()))
            }
            Rule::One(_, _, thing, body, _) => Some((path.replace("{id}", &self.0[thing]), body())),
            Rule::List(..) | Rule::Sources(_) => Some((path.into(), Value::Null)),
            Rule::Source(_) => Some((path.replace("{name}", "shop"), Value::Null)),
            Rule::New(_, _, body) => Some((path.into(), body(TENANT))),
        }
    }

    pub(super) async fn are_untouched(&self, api: &Api) {
        let admin = api.admin().await;
        let export = admin.get(&format!("/v1/exports/{}", self.0[&Thing::Export])).await.json();
        assert_eq!((&export["state"], export.get("hold").unwrap_or(&Value::Null)), (&"ready".into(), &Value::Null));
        let schedule = admin.get(&format!("/v1/schedules/{}", self.0[&Thing::Schedule])).await.json();
        assert_eq!(schedule["created_at"], schedule["updated_at"]);
        let id = |thing: &Thing| self.0[thing].parse::<Uuid>().unwrap();
        let link = shared::ledger::links::find(&api.ledger, id(&Thing::Link)).await.unwrap().unwrap();
        let key = keys::find(&api.ledger, id(&Thing::Key)).await.unwrap().unwrap();
        assert_eq!((link.revoked_at, key.revoked_at), (None, None));
        let operator = operators::find(&api.ledger, id(&Thing::Operator)).await.unwrap().unwrap();
        assert_eq!((operator.name.as_str(), operator.disabled_at), ("Ann", None));
        let webhook = shared::ledger::webhooks::find(&api.ledger, id(&Thing::Webhook)).await.unwrap().unwrap();
        assert_eq!(webhook.description, "");
    }
}

/// A new thing of the tenant, or of this person in its data.
pub(super) async fn make(api: &Api, thing: Thing, person: Option<SubjectId>) -> String {
    let ready = async |person| api.ready_of(TENANT, Person(person), b"archive", now() + TimeDelta::days(1)).await;
    match thing {
        Thing::Export => ready(person).await.id.to_string(),
        Thing::Link => {
            let export = ready(person).await;
            api.link(&export, now() + TimeDelta::hours(1)).await.0.id.to_string()
        }
        Thing::Recipient => {
            let admin = api.admin().await;
            let mut wish = json!({ "source": "shop", "tenant": TENANT, "label": "laptop" });
            if let Some(person) = person {
                wish["subject"] = json!({ "kind": person.kind(), "key": person.key() });
            }
            // Half of all texts of 32 bytes are points of the curve.
            loop {
                let point = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
                let key = [b"\0\0\0\x0bssh-ed25519\0\0\0\x20".as_slice(), &point].concat();
                wish["public_key"] = json!(format!("ssh-ed25519 {}", STANDARD.encode(key)));
                let answer = admin.post("/v1/recipients", wish.clone()).await;
                if answer.status == 201 {
                    return answer.json()["id"].as_str().unwrap().to_owned();
                }
                assert_eq!(answer.status, 422, "{}", answer.text());
            }
        }
        Thing::Schedule => {
            let answer = api.admin().await.post("/v1/schedules", new_schedule(TENANT)).await;
            answer.json()["id"].as_str().unwrap().to_owned()
        }
        // There may be so many for one tenant, and this makes more.
        Thing::Webhook => {
            let admin = api.admin().await;
            let answer = admin.post("/v1/webhooks", new_webhook(TENANT)).await;
            match answer.status {
                201 => answer.json()["webhook"]["id"].as_str().unwrap().to_owned(),
                _ => {
                    let listed = admin.get("/v1/webhooks?source=shop&tenant=t1&limit=1").await.json();
                    listed["items"][0]["id"].as_str().unwrap().to_owned()
                }
            }
        }
        Thing::Operator => {
            let new = NewOperator {
                email: format!("{}@example.com", Uuid::new_v4()).parse().unwrap(),
                name: "Ann".into(),
                role: Role::Admin,
                password_hash: String::new(),
                must_change_password: true,
            };
            operators::create(&api.ledger, new, Actor::named("cli"), now()).await.unwrap().unwrap().id.to_string()
        }
        Thing::Key => {
            let new = NewKey {
                name: "of the tenant".into(),
                role: None,
                scopes: vec![KeyScope::KeysRead],
                source: Some("shop".into()),
                tenant: Some(TENANT.into()),
                expires_at: None,
            };
            keys::create(&api.ledger, new, Actor::named("cli"), now()).await.unwrap().0.id.to_string()
        }
    }
}

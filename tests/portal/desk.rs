//! A product whose back end signs tokens, and an API in this process that takes them.

use crate::support::{
    api::{Api, now},
    client::Client,
    signer::Signer,
};
use serde_json::{Value, json};
use shared::{
    config::{Config, PortalSourceConfig},
    export::{CsvProfile, Format, Layout, Origin, SubjectId, TenantId},
    ledger::{
        Person,
        audit::Actor,
        exports::{self, Export, NewExport, Requested},
    },
};
use uuid::Uuid;

pub(super) const ISSUER: &str = "https://app.example.com";

/// An API with the source `shop`, and the keys of its product.
pub(super) struct Desk {
    pub(super) api: Api,
    pub(super) signer: Signer,
}

/// What is signed for a person with this number in the tenant `t1`, just now.
pub(super) fn claims(role: &str, user: &str) -> Value {
    let issued_at = now().timestamp();
    json!({
        "iss": ISSUER, "aud": "handover", "iat": issued_at, "exp": issued_at + 600, "jti": Uuid::new_v4(),
        "sub": user, "tenant": "t1", "role": role, "email": format!("user{user}@example.com"),
    })
}

/// These claims with others instead; null takes one away.
pub(super) fn changed(mut claims: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

/// The settings of a product of `shop`.
pub(super) fn trust(config: &mut Config, source: PortalSourceConfig) {
    let source = PortalSourceConfig { issuer: Some(ISSUER.into()), member: Some("customer".into()), ..source };
    config.portal.sources.insert("shop".into(), source);
}

impl Desk {
    pub(super) async fn open() -> Desk {
        Desk::open_with(|_| {}).await
    }

    /// The same with more settings.
    pub(super) async fn open_with(adjust: impl FnOnce(&mut Config)) -> Desk {
        let signer = Signer::ed25519("k1");
        let keys = Some(signer.setting().into());
        let api = Api::start_with(|config| {
            trust(config, PortalSourceConfig { keys, ..PortalSourceConfig::default() });
            adjust(config);
        })
        .await;
        Desk { api, signer }
    }

    /// A caller with a token of these claims.
    pub(super) fn caller(&self, claims: &Value) -> Client {
        self.api.anyone.with_key(&self.signer.sign(claims))
    }

    /// A caller with a new token for the admin of `t1`.
    pub(super) fn admin(&self) -> Client {
        self.caller(&claims("admin", "1"))
    }

    /// A caller with a new token for a member of `t1`.
    pub(super) fn member(&self, user: &str) -> Client {
        self.caller(&claims("member", user))
    }

    /// A queued export of an operator, of this customer or of the whole tenant.
    pub(super) async fn queued(&self, source: &str, tenant: &str, customer: Option<&str>) -> Export {
        let new = NewExport {
            id: Uuid::now_v7(),
            source: source.into(),
            tenant: TenantId::new(tenant).unwrap(),
            subject: Person(customer.map(|key| SubjectId::new("customer", key).unwrap())),
            origin: Origin::Operator,
            formats: Format::USUAL.to_vec(),
            csv_profile: CsvProfile::Lossless,
            layout: Layout::Zip,
            compression: None,
            language: shared::language::Language::English,
            notify: Vec::new(),
            requested_by: None,
            schedule_id: None,
            idempotency: None,
        };
        match exports::request(&self.api.ledger, new, Actor::default(), now()).await.unwrap() {
            Requested::New(export) => export,
            other => panic!("{other:?}"),
        }
    }
}

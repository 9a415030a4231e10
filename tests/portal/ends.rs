//! From the click in the product to the file, with the real program.

use super::desk::{ISSUER, changed, claims};
use crate::support::{
    archive::Archive,
    client::Client,
    customertrackr::CustomerTrackr,
    embedded::Embedded,
    markers::{assert_only, holds, marked},
    patience::{LONG, until},
    person::press_button,
    signer::Signer,
};
use examples::customertrackr;
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};

async fn ready(caller: &Client, id: &str) -> Value {
    until("the export to be ready", LONG, async || {
        let view = caller.get(&format!("/v1/exports/{id}")).await.json();
        assert!(["queued", "running", "ready"].iter().any(|state| view["state"] == *state), "{view}");
        (view["state"] == "ready").then_some(view)
    })
    .await
}

#[tokio::test]
async fn each_algorithm_lets_the_products_people_take_their_data() {
    let tenants = marked(customertrackr::tenants(2));
    let product = CustomerTrackr::create(tenants.clone()).await;
    let signers = Signer::all();
    let keys: String = signers.iter().map(|signer| format!("{}\n", signer.setting())).collect();
    let installation = Embedded::serve_with(
        &product,
        &[
            ("HANDOVER_PORTAL__SOURCES__CUSTOMERTRACKR__ISSUER", ISSUER),
            ("HANDOVER_PORTAL__SOURCES__CUSTOMERTRACKR__MEMBER", "contact"),
            ("HANDOVER_PORTAL__SOURCES__CUSTOMERTRACKR__KEYS", &keys),
        ],
    )
    .await;
    let anyone = Client::new(installation.portal.base());
    let (own, other) = (&tenants[0], &tenants[1]);
    let mut source = SqliteConnection::connect(&product.source_url()).await.unwrap();
    let contacts: Vec<String> =
        sqlx::query_scalar("select cast(id as text) from contacts where account_id = ? order by id limit 3")
            .bind(&own.key)
            .fetch_all(&mut source)
            .await
            .unwrap();

    // The admin takes everything, and three contacts what is theirs: each is signed for with another algorithm.
    let people = [("admin", "boss"), ("member", &*contacts[0]), ("member", &*contacts[1]), ("member", &*contacts[2])];
    for (signer, (role, user)) in signers.iter().zip(people) {
        let address = format!("{user}@people.example");
        let claims = changed(claims(role, user), &json!({ "tenant": own.key, "email": address }));
        let caller = anyone.with_key(&signer.sign(&claims));
        let asked = caller.post("/v1/exports", json!({})).await;
        assert_eq!(asked.status, 202, "{}", asked.text());
        let view = ready(&caller, asked.json()["id"].as_str().unwrap()).await;
        let letter = installation.letter_to(&address).await;
        let archive = Archive::keep(&press_button(&letter.link()).await.bytes);
        archive.assert_sound().await;
        assert_eq!(archive.manifest()["export"]["origin"], "portal");
        if role == "admin" {
            assert_only(&archive, own, &[other]);
            assert_eq!(archive.manifest()["export"]["scope"], "tenant");
        } else {
            assert!(archive.members().iter().all(|member| !holds(&member.bytes, &other.marker)));
            assert_eq!(view["subject"], json!({ "kind": "contact", "key": user }));
            assert_eq!(archive.sheet("contacts").rows.len(), 1);
        }
        // A link of their own is as good as the mail's.
        let link = caller.post(&format!("/v1/exports/{}/links", view["id"].as_str().unwrap()), json!({})).await;
        assert_eq!(link.status, 201);
        let actor = format!(
            "select count(*) from audit_events where actor = 'portal:{user}' and action in ('export.requested', 'link.created')"
        );
        assert_eq!(installation.ledger(&actor).await, 2);
    }
    let nobody =
        anyone.with_key(&signers[0].sign(&changed(claims("member", "999999999"), &json!({ "tenant": own.key }))));
    assert_eq!(nobody.post("/v1/exports", json!({})).await.refusal(), (422, "subject_not_found".into()));

    let logs = installation.logs();
    let forged = anyone.with_key(&Signer::ed25519("ed").sign(&claims("admin", "boss")));
    assert_eq!(forged.get("/v1/exports").await.status, 401);
    until("the reason in the log", LONG, async || {
        let logs = installation.logs();
        (logs.contains("Refused a portal token") && logs.contains("the signature is not right")).then_some(())
    })
    .await;
    for secret in ["people.example", ISSUER, "eyJ", "@"] {
        assert!(!logs.contains(secret), "{secret} in {logs}");
    }
}

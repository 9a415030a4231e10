//! Recipients that change while an archive is made for them, or cannot be used.

use super::pair::Pair;
use crate::support::{
    ceppro::CepPro,
    grown::{Blueprint, Grown},
    patience::{LONG, until},
    person::press_button,
};
use examples::ceppro;
use serde_json::Value;

async fn grown(product: &CepPro) -> Grown {
    let blueprint = Blueprint::new("recipients").await.set("HANDOVER_WORKER__RETRY_AFTER", "1s");
    blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await
}

async fn add(grown: &Grown, tenant: &str, pair: &Pair) -> String {
    let place = ["--source", "ceppro", "--tenant", tenant, "--label", "key"];
    let added = grown.command(&[&["recipients", "add"], &place[..], &[pair.public.as_str()]].concat()).await;
    assert!(added.status.success(), "{added:?}");
    added.stdout.trim().to_owned()
}

async fn downloaded(grown: &Grown, export: &Value) -> Vec<u8> {
    press_button(&grown.apis[0].link(export["id"].as_str().unwrap()).await).await.bytes
}

#[tokio::test]
async fn an_archive_is_made_anew_when_its_keys_change_meanwhile() {
    let product = CepPro::create().await;
    let grown = grown(&product).await;
    let tenant = &product.tenants[0].key;
    let (early, late) = (Pair::age(), Pair::age());
    let removed = add(&grown, tenant, &early).await;

    let mut hold = product.hold("security_events").await;
    let export = grown.apis[0].export("ceppro", tenant, "owner@example.com").await;
    hold.until_waiting(1).await;
    add(&grown, tenant, &late).await;
    assert!(grown.command(&["recipients", "remove", &removed]).await.status.success());
    hold.release().await;
    let ready = grown.apis[0].until(&export, |export| export["state"] == "ready").await;
    assert_eq!((&ready["attempt"], ready["recipients"].as_array().unwrap().len()), (&Value::from(2), 1));
    let archive = downloaded(&grown, &ready).await;
    assert!(late.open(&archive).unwrap().starts_with(b"PK") && early.open(&archive).is_none());
    grown.assert_keeps_only(&[&export]).await;
    let told = format!(
        "select count(*) from audit_events where action = 'export.postponed' and export_id = '{export}' and detail ->> 'code' = 'recipients_changed'"
    );
    assert_eq!(grown.ledger::<i64>(&told).await, 1);
}

#[tokio::test]
async fn a_key_that_cannot_be_read_any_more_fails_the_export_and_nothing_is_stored() {
    let product = CepPro::create().await;
    let grown = grown(&product).await;
    let (own, other) = (&product.tenants[0].key, &product.tenants[1].key);
    let recipient = add(&grown, own, &Pair::age()).await;
    add(&grown, own, &Pair::ssh()).await;
    grown.change_ledger(&format!("update recipients set public_key = 'age1damaged' where id = '{recipient}'")).await;
    let export = grown.apis[0].export("ceppro", own, "owner@example.com").await;
    let failed = grown.apis[0].until_state(&export, "failed").await;
    assert_eq!(failed["reason"]["code"], "recipient_unusable");
    assert!(failed["reason"]["message"].as_str().unwrap().contains(&recipient), "{failed}");
    assert!(grown.bucket.keys().await.is_empty());
    assert_eq!(grown.bucket.unfinished().await, 0);
    // Nobody else is kept from theirs.
    let export = grown.apis[0].export("ceppro", other, "owner@example.com").await;
    grown.apis[0].until_state(&export, "ready").await;
}

#[tokio::test]
async fn what_an_attempt_stored_for_other_keys_is_taken_back() {
    let product = CepPro::create().await;
    let grown = grown(&product).await;
    let tenant = &product.tenants[0].key;
    let mut hold = product.hold("security_events").await;
    let export = grown.apis[0].export("ceppro", tenant, "owner@example.com").await;
    hold.until_waiting(1).await;
    // The first key of a tenant whose archive is just being stored for everybody.
    let pair = Pair::age();
    add(&grown, tenant, &pair).await;
    hold.release().await;
    grown.apis[0].until(&export, |export| export["state"] == "ready").await;
    let object = until("one object to be left", LONG, async || {
        let keys = grown.bucket.keys().await;
        if let [key] = keys.as_slice() { Some(grown.bucket.read(key).await) } else { None }
    })
    .await;
    assert!(pair.open(&object).unwrap().starts_with(b"PK"));
}

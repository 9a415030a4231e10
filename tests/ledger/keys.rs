//! API keys.

use super::*;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use shared::ledger::keys::{self, ApiKey, KeyScope, NewKey, Role};
use sqlx::types::Json;

on_both_engines! {
    a_key_is_recognised_and_only_its_hash_is_stored
    anything_but_the_key_is_nobody
    a_key_counts_until_it_expires_or_is_revoked
    a_key_is_revoked_by_number_or_prefix
    the_last_use_is_noted_once_a_minute
    a_key_that_makes_no_sense_is_refused
}

fn cli() -> Actor {
    Actor::named("cli")
}

fn wanted(name: &str) -> NewKey {
    NewKey {
        name: name.into(),
        role: Some(Role::Viewer),
        scopes: vec![KeyScope::ExportsRead, KeyScope::ExportsWrite],
        source: Some("shop".into()),
        tenant: Some("acme".into()),
        expires_at: Some(at(1000)),
    }
}

async fn a_key_is_recognised_and_only_its_hash_is_stored(ledger: Ledger) {
    let (key, text) = keys::create(&ledger, wanted("portal"), cli(), at(0)).await.unwrap();
    let text = text.expose_secret();
    let expected = ApiKey {
        id: key.id,
        name: "portal".into(),
        prefix: text[..11].into(),
        hash: Sha256::digest(text).to_vec(),
        role: Some(Role::Viewer),
        scopes: Json(vec![KeyScope::ExportsRead, KeyScope::ExportsWrite]),
        source: Some("shop".into()),
        tenant: Some("acme".into()),
        created_at: at(0),
        expires_at: Some(at(1000)),
        revoked_at: None,
        last_used_at: None,
    };
    assert_eq!(key, expected);
    assert_eq!(keys::list(&ledger).await.unwrap(), std::slice::from_ref(&expected));
    let used = ApiKey { last_used_at: Some(at(5)), ..expected };
    assert_eq!(keys::authenticate(&ledger, text, at(5)).await.unwrap(), Some(used.clone()));
    assert_eq!(keys::list(&ledger).await.unwrap(), [used]);
}

async fn anything_but_the_key_is_nobody(ledger: Ledger) {
    let (key, text) = keys::create(&ledger, wanted("portal"), cli(), at(0)).await.unwrap();
    let text = text.expose_secret();
    let last = if text.ends_with('A') { "E" } else { "A" };
    let forged = format!("{}{last}", &text[..54]);
    let other_prefix = format!("hk_aaaaaaaa{}", &text[11..]);
    let with_nul = format!("{}\0", &text[..54]);
    for presented in [
        "",
        "hk_",
        "\0",
        key.prefix.as_str(),
        &text[..54],
        &format!("{text}A"),
        &text.to_uppercase(),
        &forged,
        &other_prefix,
        &with_nul,
    ] {
        assert_eq!(keys::authenticate(&ledger, presented, at(5)).await.unwrap(), None, "{presented:?}");
    }
    assert_eq!(keys::list(&ledger).await.unwrap()[0].last_used_at, None);
}

async fn a_key_counts_until_it_expires_or_is_revoked(ledger: Ledger) {
    let (_, text) = keys::create(&ledger, wanted("portal"), cli(), at(0)).await.unwrap();
    assert!(keys::authenticate(&ledger, text.expose_secret(), at(999)).await.unwrap().is_some());
    assert!(keys::authenticate(&ledger, text.expose_secret(), at(1000)).await.unwrap().is_none());
    let (key, text) = keys::create(&ledger, NewKey { expires_at: None, ..wanted("job") }, cli(), at(0)).await.unwrap();
    assert!(keys::authenticate(&ledger, text.expose_secret(), at(999_999)).await.unwrap().is_some());
    assert!(keys::revoke(&ledger, &key.prefix, cli(), at(5)).await.unwrap());
    assert!(keys::authenticate(&ledger, text.expose_secret(), at(6)).await.unwrap().is_none());
}

async fn a_key_is_revoked_by_number_or_prefix(ledger: Ledger) {
    let (first, _) = keys::create(&ledger, wanted("first"), cli(), at(0)).await.unwrap();
    let (second, _) = keys::create(&ledger, wanted("second"), cli(), at(1)).await.unwrap();
    let (third, _) = keys::create(&ledger, wanted("third"), cli(), at(2)).await.unwrap();
    assert!(keys::revoke(&ledger, &first.id.to_string(), cli(), at(10)).await.unwrap());
    assert!(keys::revoke(&ledger, &second.prefix, cli(), at(11)).await.unwrap());
    assert!(keys::revoke(&ledger, &second.prefix, cli(), at(12)).await.unwrap());
    for nobody in ["hk_zzzzzzzz", "", "\0", &Uuid::now_v7().to_string()] {
        assert!(!keys::revoke(&ledger, nobody, cli(), at(13)).await.unwrap(), "{nobody:?}");
    }
    let revoked: Vec<_> = keys::list(&ledger).await.unwrap().into_iter().map(|key| (key.id, key.revoked_at)).collect();
    assert_eq!(revoked, [(first.id, Some(at(10))), (second.id, Some(at(11))), (third.id, None)]);

    let told: Vec<(String, String)> = match &ledger {
        Ledger::Postgres(pool) => sqlx::query_as(EVENTS).fetch_all(pool).await.unwrap(),
        Ledger::Sqlite(pool) => sqlx::query_as(EVENTS).fetch_all(pool).await.unwrap(),
    };
    let told: Vec<(&str, &str)> = told.iter().map(|(action, actor)| (action.as_str(), actor.as_str())).collect();
    let operator = cli().name;
    let (created, revoked) = (("key.created", operator.as_str()), ("key.revoked", operator.as_str()));
    assert_eq!(told, [created, created, created, revoked, revoked]);
}

const EVENTS: &str = "select action, actor from audit_events order by at, id";

async fn the_last_use_is_noted_once_a_minute(ledger: Ledger) {
    let (_, text) = keys::create(&ledger, wanted("portal"), cli(), at(0)).await.unwrap();
    for (second, noted) in [(1, 1), (2, 1), (60, 1), (61, 61), (100, 61), (121, 121)] {
        let key = keys::authenticate(&ledger, text.expose_secret(), at(second)).await.unwrap().unwrap();
        assert_eq!(key.last_used_at, Some(at(noted)));
        assert_eq!(keys::list(&ledger).await.unwrap()[0].last_used_at, Some(at(noted)));
    }
}

async fn a_key_that_makes_no_sense_is_refused(ledger: Ledger) {
    let everywhere = NewKey { source: None, ..wanted("x") };
    assert!(matches!(keys::create(&ledger, everywhere, cli(), at(0)).await, Err(LedgerError::TenantWithoutSource)));
    let useless = NewKey { role: None, scopes: Vec::new(), ..wanted("x") };
    assert!(matches!(keys::create(&ledger, useless, cli(), at(0)).await, Err(LedgerError::KeyWithoutScope)));
    assert_eq!(keys::list(&ledger).await.unwrap(), []);
}

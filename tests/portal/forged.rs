//! Tokens that do not count: all are told the same, and none leaves a trace of itself.

use super::desk::{Desk, changed, claims};
use crate::support::{api::now, client::Answer, signer::Signer};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The answer without the number of its request.
fn said(answer: &Answer) -> (u16, Value, String) {
    let mut body = answer.json();
    body.as_object_mut().unwrap().remove("request_id").unwrap();
    (answer.status, body, answer.header("www-authenticate").to_owned())
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_the_answer_is_the_same() {
    let desk = Desk::open().await;
    let nobody = said(&desk.api.anyone.get("/v1/exports").await);
    assert_eq!((nobody.0, &nobody.1["code"]), (401, &json!("unauthorized")));

    let (signer, good, seconds) = (&desk.signer, claims("admin", "1"), now().timestamp());
    let with = |changes: Value| signer.sign(&changed(good.clone(), &changes));
    let under = |header: Value| signer.sign_under(&header, &good.to_string());
    let genuine = signer.sign(&good);
    let (message, signature) = genuine.rsplit_once('.').unwrap();
    let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": "JWT", "kid": "k1" }).to_string());
    let body = message.split_once('.').unwrap().1;
    let tokens = [
        ("forged", Signer::ed25519("k1").sign(&good)),
        ("of another body", format!("{}.{signature}", with(json!({ "tenant": "t2" })).rsplit_once('.').unwrap().0)),
        ("alg none", format!("{none}.{body}.")),
        ("alg none, signed", format!("{none}.{body}.{signature}")),
        ("the public key as a secret", Signer::with_secret("k1", &signer.public).sign(&good)),
        ("the PEM as a secret", Signer::with_secret("k1", signer.pem().as_bytes()).sign(&good)),
        ("another algorithm in the header", under(json!({ "alg": "ES256", "kid": "k1" }))),
        ("an unknown key", under(json!({ "alg": "EdDSA", "kid": "k2" }))),
        ("an extension", under(json!({ "alg": "EdDSA", "kid": "k1", "crit": ["exp"] }))),
        ("expired", with(json!({ "iat": seconds - 700, "exp": seconds - 31 }))),
        ("early", with(json!({ "nbf": seconds + 120 }))),
        ("issued in the future", with(json!({ "iat": seconds + 120 }))),
        ("too long a life", with(json!({ "exp": seconds + 1000 }))),
        ("another audience", with(json!({ "aud": "elsewhere" }))),
        ("another issuer", with(json!({ "iss": "https://evil.example" }))),
        ("another source", with(json!({ "source": "crm" }))),
        ("an unknown role", with(json!({ "role": "root" }))),
        ("no issuer", with(json!({ "iss": null }))),
        ("no audience", with(json!({ "aud": null }))),
        ("no end", with(json!({ "exp": null }))),
        ("no beginning", with(json!({ "iat": null }))),
        ("no number", with(json!({ "jti": null }))),
        ("no person", with(json!({ "sub": null }))),
        ("no tenant", with(json!({ "tenant": null }))),
        ("no role", with(json!({ "role": null }))),
        ("too long", with(json!({ "padding": "x".repeat(5000) }))),
        ("cut", genuine[..genuine.len() - 1].to_owned()),
        ("longer", format!("{genuine}A")),
        ("no token", "a.b.c".to_owned()),
        ("dots", "..".to_owned()),
    ];
    for (what, token) in tokens {
        let caller = desk.api.anyone.with_key(&token);
        assert_eq!(said(&caller.get("/v1/exports").await), nobody, "{what}");
        assert_eq!(said(&caller.post("/v1/exports", json!({})).await), nobody, "{what}");
    }
    assert_eq!(desk.api.anyone.with_key(&genuine).get("/v1/exports").await.status, 200);
    assert!(desk.api.exports().await.is_empty());
}

#[tokio::test]
async fn a_public_rsa_key_makes_nobody_a_signer() {
    let rsa = Signer::rs256("k1");
    let keys = rsa.setting();
    let desk = Desk::open_with(|config| {
        config.portal.sources.get_mut("shop").unwrap().keys = Some(keys.into());
    })
    .await;
    let good = claims("admin", "1");
    assert_eq!(desk.api.anyone.with_key(&rsa.sign(&good)).get("/v1/exports").await.status, 200);
    let pem = rsa.pem();
    for secret in [pem.as_bytes(), pem.trim().as_bytes(), &rsa.public] {
        let forged = Signer::with_secret("k1", secret).sign(&good);
        assert_eq!(desk.api.anyone.with_key(&forged).get("/v1/exports").await.status, 401);
    }
}

#[tokio::test]
async fn a_token_counts_in_the_header_only() {
    let desk = Desk::open().await;
    let token = desk.signer.sign(&claims("admin", "1"));
    for name in ["token", "access_token", "authorization", "jwt"] {
        assert_eq!(desk.api.anyone.get(&format!("/v1/exports?{name}={token}")).await.status, 401, "{name}");
    }
}

#[tokio::test]
async fn without_settings_there_are_no_portal_tokens() {
    let api = crate::support::api::Api::start().await;
    for signer in Signer::all() {
        let caller = api.anyone.with_key(&signer.sign(&claims("admin", "1")));
        assert_eq!(caller.get("/v1/exports").await.refusal(), (401, "unauthorized".into()));
    }
}

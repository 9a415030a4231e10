//! Which tokens count. The keys are made for each run.

mod forged;
mod rotating;
mod signer;

use super::*;
use serde_json::{Value, json};
use signer::Signer;

pub(super) const NOW: i64 = 1_790_000_000;

pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(NOW + seconds, 0).unwrap()
}

/// What a product's back end signs for an admin, a minute ago.
pub(super) fn claims() -> Value {
    json!({
        "iss": "https://app.example.com", "aud": "handover", "iat": NOW - 60, "nbf": NOW - 60, "exp": NOW + 240,
        "jti": "01JD", "sub": "4711", "tenant": "t1", "role": "admin", "email": "ann@example.com",
    })
}

/// The claims with these instead; null takes one away.
pub(super) fn with(changes: Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

/// One product, whose keys are these.
pub(super) fn verifier(signers: &[&Signer]) -> Verifier {
    let keys: Vec<String> = signers.iter().map(|signer| signer.setting()).collect();
    let source = shared::config::PortalSourceConfig {
        issuer: Some("https://app.example.com".into()),
        member: Some("user".into()),
        keys: Some(keys.join(",").into()),
        ..Default::default()
    };
    let sources = [("shop".to_owned(), source)].into();
    Verifier::open(&PortalConfig { sources, ..PortalConfig::default() }).unwrap()
}

#[tokio::test]
async fn each_algorithm_verifies_and_the_claims_are_read() {
    for signer in Signer::all() {
        let token = verifier(&[&signer]).verify(&signer.sign(&claims()), at(0)).await.unwrap();
        assert_eq!((token.source.as_str(), token.tenant.as_str(), token.user.as_str()), ("shop", "t1", "4711"));
        assert_eq!((token.role, token.person.clone()), (Role::Admin, None));
        assert_eq!(token.email.as_deref(), Some("ann@example.com"));
        assert_eq!((token.issued_at, token.expires_at), (at(-60), at(240)));
        assert!(token.is_fresh(at(239)) && !token.is_fresh(at(240)));
        assert!(!format!("{token:?}").contains("4711"));
    }
}

#[tokio::test]
async fn a_member_is_a_person_of_the_kind_that_the_source_says() {
    let signer = Signer::ed25519("k");
    let token = signer.sign(&with(json!({ "role": "member", "email": null, "nbf": null })));
    let verified = verifier(&[&signer]).verify(&token, at(0)).await.unwrap();
    let person = verified.person.unwrap();
    assert_eq!((person.kind(), person.key(), verified.email), ("user", "4711", None));

    let mut without = verifier(&[&signer]);
    without.products[0].member = None;
    assert_eq!(without.verify(&token, at(0)).await.unwrap_err(), Refused::NoMembers);
    assert!(without.verify(&signer.sign(&claims()), at(0)).await.is_ok());
}

#[tokio::test]
async fn times_have_thirty_seconds_of_leeway_and_a_life_has_fifteen_minutes() {
    let signer = Signer::es256("k");
    let verifier = verifier(&[&signer]);
    for (changes, now, expected) in [
        (json!({}), 269, None),
        (json!({}), 270, Some(Refused::Expired)),
        (json!({ "iat": NOW + 30, "nbf": null }), 0, None),
        (json!({ "iat": NOW + 31, "nbf": null }), 0, Some(Refused::Early)),
        (json!({ "nbf": NOW + 30 }), 0, None),
        (json!({ "nbf": NOW + 31 }), 0, Some(Refused::Early)),
        (json!({ "exp": NOW - 60 + 900 }), 0, None),
        (json!({ "exp": NOW - 60 + 901 }), 0, Some(Refused::Lifetime)),
        (json!({ "iat": NOW as f64 - 60.5, "exp": NOW as f64 + 1.5 }), 0, None),
    ] {
        let refused = verifier.verify(&signer.sign(&with(changes.clone())), at(now)).await.err();
        assert_eq!(refused, expected, "{changes} at {now}");
    }
}

#[tokio::test]
async fn a_claim_that_is_missing_or_malformed_is_refused() {
    let signer = Signer::ed25519("k");
    let verifier = verifier(&[&signer]);
    let any = Refused::Claim(Claim::Any);
    for (changes, expected) in [
        (json!({ "iss": null }), Refused::NoToken),
        (json!({ "iss": 1 }), Refused::NoToken),
        (json!({ "iss": ["https://app.example.com"] }), Refused::NoToken),
        (json!({ "iss": "https://app.example.com/" }), Refused::Issuer),
        (json!({ "source": "other" }), Refused::Issuer),
        (json!({ "aud": null }), any),
        (json!({ "aud": "other" }), Refused::Claim(Claim::Audience)),
        (json!({ "aud": [] }), Refused::Claim(Claim::Audience)),
        (json!({ "exp": null }), any),
        (json!({ "exp": "1790000240" }), any),
        (json!({ "exp": -1 }), any),
        (json!({ "exp": 1e300 }), any),
        (json!({ "iat": null }), any),
        (json!({ "jti": null }), any),
        (json!({ "jti": "" }), Refused::Claim(Claim::Id)),
        (json!({ "jti": "x".repeat(513) }), Refused::Claim(Claim::Id)),
        (json!({ "sub": null }), any),
        (json!({ "sub": "" }), Refused::Claim(Claim::Subject)),
        (json!({ "sub": "a\nb" }), Refused::Claim(Claim::Subject)),
        (json!({ "sub": 4711 }), any),
        (json!({ "tenant": null }), any),
        (json!({ "tenant": "" }), any),
        (json!({ "tenant": 1 }), any),
        (json!({ "role": null }), any),
        (json!({ "role": "owner" }), any),
        (json!({ "role": "Admin" }), any),
        (json!({ "role": ["admin"] }), any),
        (json!({ "email": "ann@example.com,eve@example.com" }), any),
    ] {
        let refused = verifier.verify(&signer.sign(&with(changes.clone())), at(0)).await.unwrap_err();
        assert_eq!(refused, expected, "{changes}");
    }
    let twice = claims().to_string().replacen("\"tenant\":\"t1\"", "\"tenant\":\"t1\",\"tenant\":\"t2\"", 1);
    assert_eq!(verifier.verify(&signer.sign_text(&twice), at(0)).await.unwrap_err(), any);
    for good in [json!({ "source": "shop" }), json!({ "aud": ["other", "handover"] }), json!({ "unknown": [1] })] {
        assert!(verifier.verify(&signer.sign(&with(good.clone())), at(0)).await.is_ok(), "{good}");
    }
}

#[tokio::test]
async fn a_product_signs_for_its_own_sources_only() {
    let (shop, crm) = (Signer::ed25519("k"), Signer::ed25519("k"));
    let mut both = verifier(&[&shop]);
    both.products.extend(verifier(&[&crm]).products);
    both.products[1].source = "crm".into();
    // One issuer with two sources has to say which.
    assert_eq!(both.verify(&shop.sign(&claims()), at(0)).await.unwrap_err(), Refused::Issuer);
    let for_crm = with(json!({ "source": "crm" }));
    assert_eq!(both.verify(&crm.sign(&for_crm), at(0)).await.unwrap().source, "crm");
    assert_eq!(both.verify(&shop.sign(&for_crm), at(0)).await.unwrap_err(), Refused::Signature);
    // Two issuers need not.
    both.products[1].issuer = "https://crm.example.com".into();
    assert_eq!(both.verify(&shop.sign(&claims()), at(0)).await.unwrap().source, "shop");
    let of_crm = with(json!({ "iss": "https://crm.example.com" }));
    assert_eq!(both.verify(&crm.sign(&of_crm), at(0)).await.unwrap().source, "crm");
    assert_eq!(both.verify(&shop.sign(&of_crm), at(0)).await.unwrap_err(), Refused::Signature);
}

#[tokio::test]
async fn without_a_product_there_are_no_tokens() {
    let nobody = Verifier::open(&PortalConfig::default()).unwrap();
    assert_eq!(nobody.verify(&Signer::ed25519("k").sign(&claims()), at(0)).await.unwrap_err(), Refused::NoPortal);
}

#[tokio::test]
async fn the_name_in_the_audit_is_no_address_and_nobody_shares_an_idempotency_key() {
    let signer = Signer::ed25519("k");
    let verifier = verifier(&[&signer]);
    let token = async |changes| verifier.verify(&signer.sign(&with(changes)), at(0)).await.unwrap();
    let one = token(json!({})).await;
    assert_eq!(one.audit_name(), "4711");
    let by_address = token(json!({ "sub": "ann@example.com" })).await.audit_name();
    assert!(by_address.starts_with("sha256:") && !by_address.contains("ann"), "{by_address}");
    assert_eq!(one.idempotency("a"), token(json!({ "jti": "other" })).await.idempotency("a"));
    assert_ne!(one.idempotency("a"), one.idempotency("b"));
    for other in [json!({ "sub": "4712" }), json!({ "tenant": "t2" }), json!({ "role": "member" })] {
        let other = token(other).await;
        assert_ne!(one.idempotency("a"), other.idempotency("a"));
        assert_ne!(one.presented(&[0; 32]).request_hash, other.presented(&[0; 32]).request_hash);
    }
}

//! What an attacker sends.

use super::{signer::Signer, *};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::prelude::*;
use std::sync::LazyLock;

static SIGNERS: LazyLock<[Signer; 4]> = LazyLock::new(Signer::all);

/// Verifies without a thread to wait on: settings are read at once.
fn verify(verifier: &Verifier, token: &str) -> Result<PortalToken, Refused> {
    futures::executor::block_on(verifier.verify(token, at(0)))
}

fn headed(signer: &Signer, header: Value) -> String {
    signer.sign_under(&header, &claims().to_string())
}

#[test]
fn the_key_decides_the_algorithm_and_never_the_header() {
    let rsa = Signer::rs256("k");
    let only_rsa = verifier(&[&rsa]);
    // The public key is public: as a secret for HS256 it would make anybody a signer.
    for secret in [rsa.public.clone(), rsa.pem().into_bytes(), rsa.pem().trim().as_bytes().to_vec()] {
        let forged = Signer::with_secret("k", &secret).sign(&claims());
        assert_eq!(verify(&only_rsa, &forged).unwrap_err(), Refused::Signature);
    }
    for signer in &*SIGNERS {
        let verifier = verifier(&[signer]);
        for algorithm in ["HS256", "HS384", "RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA"] {
            let token = headed(signer, json!({ "alg": algorithm, "typ": "JWT", "kid": signer.id }));
            let is_own = format!("{:?}", signer.algorithm) == algorithm;
            assert_eq!(verify(&verifier, &token).is_ok(), is_own, "{algorithm} with a key for {:?}", signer.algorithm);
        }
    }
}

#[test]
fn a_token_without_a_signature_is_none() {
    let signer = &SIGNERS[0];
    let verifier = verifier(&[signer]);
    let body = URL_SAFE_NO_PAD.encode(claims().to_string());
    for algorithm in ["none", "None", "NONE", ""] {
        let header = URL_SAFE_NO_PAD.encode(json!({ "alg": algorithm, "typ": "JWT", "kid": signer.id }).to_string());
        for token in [format!("{header}.{body}."), format!("{header}.{body}"), format!("{header}.{body}.AAAA")] {
            assert_eq!(verify(&verifier, &token).unwrap_err(), Refused::NoToken, "{algorithm}");
        }
    }
    let genuine = signer.sign(&claims());
    let (unsigned, _) = genuine.rsplit_once('.').unwrap();
    assert_eq!(verify(&verifier, &format!("{unsigned}.")).unwrap_err(), Refused::Signature);
}

#[test]
fn a_header_brings_no_key_and_no_other_kind_of_token() {
    let (genuine, forger) = (Signer::ed25519("k"), Signer::ed25519("k"));
    let verifier = verifier(&[&genuine]);
    let own_key = json!({ "alg": "EdDSA", "kid": "k", "jwk": forger.jwk(), "jku": "https://evil.example/jwks" });
    assert_eq!(verify(&verifier, &headed(&forger, own_key)).unwrap_err(), Refused::Signature);
    for header in [
        json!({ "alg": "EdDSA", "kid": "k", "crit": ["b64"], "b64": false }),
        json!({ "alg": "EdDSA", "kid": "k", "typ": "at+jwt" }),
        json!({ "alg": "EdDSA", "kid": "k", "typ": "secevent+jwt" }),
    ] {
        assert_eq!(verify(&verifier, &headed(&genuine, header.clone())).unwrap_err(), Refused::NoToken, "{header}");
    }
    assert!(verify(&verifier, &headed(&genuine, json!({ "alg": "EdDSA", "kid": "k", "typ": "jwt" }))).is_ok());
}

#[test]
fn the_name_of_the_key_selects_it() {
    let (one, two) = (Signer::ed25519("one"), Signer::es256("two"));
    let both = verifier(&[&one, &two]);
    assert!(verify(&both, &one.sign(&claims())).is_ok() && verify(&both, &two.sign(&claims())).is_ok());
    let nameless = headed(&one, json!({ "alg": "EdDSA" }));
    assert_eq!(verify(&both, &nameless).unwrap_err(), Refused::Key);
    assert!(verify(&verifier(&[&one]), &nameless).is_ok());
    for id in ["two", "three", "", "one "] {
        let token = headed(&one, json!({ "alg": "EdDSA", "kid": id }));
        let expected = if id == "two" { Refused::Signature } else { Refused::Key };
        assert_eq!(verify(&both, &token).unwrap_err(), expected, "{id:?}");
    }
}

#[test]
fn a_long_token_is_refused_before_it_is_looked_at() {
    let signer = &SIGNERS[0];
    let verifier = verifier(&[signer]);
    let padded = |length: usize| signer.sign(&with(json!({ "padding": "x".repeat(length) })));
    assert!(verify(&verifier, &padded(2000)).is_ok());
    assert_eq!(verify(&verifier, &padded(4000)).unwrap_err(), Refused::TooLong);
}

proptest! {
    #[test]
    fn no_bit_of_a_token_can_be_turned(which in 0..4_usize, place in any::<proptest::sample::Index>(), bit in 0..8_u8) {
        let signer = &SIGNERS[which];
        let mut bytes = signer.sign(&claims()).into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        // What is no text does not even come as a header.
        if let Ok(turned) = String::from_utf8(bytes) {
            prop_assert!(verify(&verifier(&[signer]), &turned).is_err());
        }
    }

    #[test]
    fn no_part_of_a_token_is_left_out_or_added(which in 0..4_usize, end in any::<proptest::sample::Index>(), more in "[A-Za-z0-9_=.-]{1,9}") {
        let signer = &SIGNERS[which];
        let token = signer.sign(&claims());
        let verifier = verifier(&[signer]);
        prop_assert!(verify(&verifier, &token[..end.index(token.len())]).is_err());
        for text in [format!("{token}{more}"), format!("{more}{token}")] {
            prop_assert!(verify(&verifier, &text).is_err());
        }
    }

    #[test]
    fn whatever_comes_is_refused(token in "\\PC{0,40}(\\.\\PC{0,40}){0,3}|ey[A-Za-z0-9_-]{0,60}(\\.[A-Za-z0-9_-]{0,60}){2}") {
        prop_assert!(verify(&verifier(&[&SIGNERS[0]]), &token).is_err());
    }
}

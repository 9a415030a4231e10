//! Keys that change in a file or at an address, and addresses that fail.

use super::{signer::Signer, *};
use shared::config::PortalSourceConfig;
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// An address with a set of keys.
struct Place {
    url: url::Url,
    answer: Arc<Mutex<String>>,
    asked: Arc<Mutex<u32>>,
}

fn set(signers: &[&Signer]) -> String {
    json!({ "keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>() }).to_string()
}

fn answered(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

impl Place {
    async fn open(signers: &[&Signer]) -> Place {
        let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap()).parse().unwrap();
        let place =
            Place { url, answer: Arc::new(Mutex::new(answered("200 OK", &set(signers)))), asked: Arc::default() };
        let (answer, asked) = (place.answer.clone(), place.asked.clone());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 4096]).await;
                *asked.lock().unwrap() += 1;
                let answer = answer.lock().unwrap().clone();
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        place
    }

    fn holds(&self, signers: &[&Signer]) {
        *self.answer.lock().unwrap() = answered("200 OK", &set(signers));
    }

    fn says(&self, status: &str, body: &str) {
        *self.answer.lock().unwrap() = answered(status, body);
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }

    fn verifier(&self) -> Verifier {
        opened(PortalSourceConfig { jwks_url: Some(self.url.clone()), ..PortalSourceConfig::default() })
    }
}

fn opened(source: PortalSourceConfig) -> Verifier {
    let source = PortalSourceConfig { issuer: Some("https://app.example.com".into()), ..source };
    Verifier::open(&PortalConfig { sources: [("shop".into(), source)].into(), ..PortalConfig::default() }).unwrap()
}

/// Whether a token that was signed just then counts.
async fn counts(verifier: &Verifier, signer: &Signer, now: i64) -> bool {
    let token = signer.sign(&with(json!({ "iat": NOW + now, "nbf": null, "exp": NOW + now + 300 })));
    verifier.verify(&token, at(now)).await.is_ok()
}

#[tokio::test]
async fn a_new_key_is_found_and_an_old_one_leaves() {
    let (old, new, stranger) = (Signer::ed25519("old"), Signer::rs256("new"), Signer::es256("stranger"));
    let place = Place::open(&[&old]).await;
    let verifier = place.verifier();
    assert!(counts(&verifier, &old, 0).await && counts(&verifier, &old, 1).await);
    assert_eq!(place.asked(), 1);

    place.holds(&[&old, &new]);
    assert!(!counts(&verifier, &new, 9).await, "asked for a moment ago");
    assert!(counts(&verifier, &new, 10).await && counts(&verifier, &old, 10).await);
    assert_eq!(place.asked(), 2);
    for second in 11..20 {
        assert!(!counts(&verifier, &stranger, second).await);
    }
    assert_eq!(place.asked(), 2, "unknown names do not drive the address");

    place.holds(&[&new]);
    assert!(counts(&verifier, &old, 600).await, "still fresh");
    assert!(!counts(&verifier, &old, 611).await && counts(&verifier, &new, 611).await);
}

#[tokio::test]
async fn an_address_that_fails_is_forgiven_for_an_hour() {
    let signer = Signer::ed25519("k");
    let place = Place::open(&[&signer]).await;
    let verifier = place.verifier();
    assert!(counts(&verifier, &signer, 0).await);
    for (second, status, body) in [
        (700, "503 Service Unavailable", ""),
        (720, "200 OK", "<html>"),
        (740, "200 OK", "{\"keys\":[]}"),
        (760, "302 Found", &set(&[&signer])),
        (3600, "404 Not Found", ""),
    ] {
        place.says(status, body);
        assert!(counts(&verifier, &signer, second).await, "{status}");
    }
    assert!(!counts(&verifier, &signer, 3620).await);
    place.holds(&[&signer]);
    assert!(counts(&verifier, &signer, 3640).await);
}

#[tokio::test]
async fn many_at_once_ask_the_address_once() {
    let signer = Signer::ed25519("k");
    let place = Place::open(&[&signer]).await;
    let verifier = place.verifier();
    let outcomes = futures::future::join_all((0..20).map(|_| counts(&verifier, &signer, 0))).await;
    assert!(outcomes.into_iter().all(|outcome| outcome));
    assert_eq!(place.asked(), 1);
}

#[tokio::test]
async fn a_file_is_read_again_when_it_changes() {
    let (old, new) = (Signer::ed25519("old"), Signer::ed25519("new"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    let verifier = opened(PortalSourceConfig { jwks_file: Some(file.clone()), ..PortalSourceConfig::default() });
    assert!(!counts(&verifier, &old, 0).await, "not there yet");
    std::fs::write(&file, set(&[&old])).unwrap();
    assert!(counts(&verifier, &old, 1).await);
    std::fs::write(&file, set(&[&new])).unwrap();
    assert!(counts(&verifier, &new, 2).await);
    assert!(!counts(&verifier, &old, 8).await);
    std::fs::write(&file, "{").unwrap();
    assert!(counts(&verifier, &new, 60).await);
    assert!(!counts(&verifier, &new, 3700).await);
}

#[test]
fn a_set_holds_what_counts_and_leaves_out_the_rest() {
    let parsed = |keys: Value| {
        let keys = jwks::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
        keys.into_iter().map(|key| (key.id.unwrap_or_default(), key.algorithm)).collect::<Vec<_>>()
    };
    let changed = |signer: &Signer, name: &str, value: Value| {
        let mut jwk = signer.jwk();
        jwk[name] = value;
        jwk
    };
    let (ed, ec, rsa) = (Signer::ed25519("ed"), Signer::es256("ec"), Signer::rs256("rsa"));
    let good = json!([ed.jwk(), ec.jwk(), rsa.jwk(), Signer::ed25519("ed").jwk()]);
    use jsonwebtoken::Algorithm::{ES256, EdDSA, RS256};
    assert_eq!(parsed(good), [("ed".into(), EdDSA), ("ec".into(), ES256), ("rsa".into(), RS256)]);
    let bad = json!([
        Signer::hs256("secret").jwk(),
        changed(&rsa, "alg", json!("PS256")),
        changed(&rsa, "alg", json!("RS512")),
        changed(&rsa, "use", json!("enc")),
        changed(&rsa, "n", json!("AQAB")),
        changed(&ec, "crv", json!("P-384")),
        changed(&ec, "x", json!("AQAB")),
        changed(&ec, "key_ops", json!(["sign"])),
        changed(&ed, "crv", json!("X25519")),
        changed(&ed, "x", json!("!")),
        changed(&ed, "kty", json!("new")),
        "no key",
        ed.jwk(),
    ]);
    assert_eq!(parsed(bad), [("ed".into(), EdDSA)]);
    for text in ["", "{", "[]", "{}", "{\"keys\":1}", "{\"keys\":null}"] {
        assert!(jwks::parse(text.as_bytes()).is_none(), "{text}");
    }
}

//! The product changes its keys while the API runs.

use super::desk::{Desk, claims};
use crate::support::{
    patience::{LONG, until},
    signer::Signer,
};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

fn set(signers: &[&Signer]) -> String {
    json!({ "keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>() }).to_string()
}

/// Serves what is put into it as the product's set of keys, as long as the test process runs.
fn serve(content: &Arc<Mutex<String>>) -> url::Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/.well-known/jwks.json", listener.local_addr().unwrap()).parse().unwrap();
    let content = content.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let _ = stream.read(&mut [0; 4096]);
            let body = content.lock().unwrap().clone();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    url
}

async fn counts(desk: &Desk, signer: &Signer) -> bool {
    let caller = desk.api.anyone.with_key(&signer.sign(&claims("member", "7")));
    caller.get("/v1/exports").await.status == 200
}

#[tokio::test]
async fn a_new_key_in_the_set_is_found_while_the_api_runs() {
    let (old, new) = (Signer::es256("2026-10"), Signer::ed25519("2026-11"));
    let content = Arc::new(Mutex::new(set(&[&old])));
    let url = serve(&content);
    let desk = Desk::open_with(|config| {
        let source = config.portal.sources.get_mut("shop").unwrap();
        (source.keys, source.jwks_url) = (None, Some(url));
    })
    .await;
    assert!(counts(&desk, &old).await);
    assert!(!counts(&desk, &new).await);
    *content.lock().unwrap() = set(&[&old, &new]);
    until("the new key to be found", LONG, async || counts(&desk, &new).await.then_some(())).await;
    assert!(counts(&desk, &old).await, "both count for a while");
    assert!(!counts(&desk, &Signer::ed25519("2026-11")).await, "the name alone is nothing");
}

#[tokio::test]
async fn a_file_with_keys_is_read_again_when_it_changes() {
    let (old, new) = (Signer::rs256("2026-10"), Signer::es256("2026-11"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwks.json");
    std::fs::write(&file, set(&[&old])).unwrap();
    let desk = Desk::open_with(|config| {
        let source = config.portal.sources.get_mut("shop").unwrap();
        (source.keys, source.jwks_file) = (None, Some(file.clone()));
    })
    .await;
    assert!(counts(&desk, &old).await);
    std::fs::write(&file, set(&[&new])).unwrap();
    until("the new key to be found", LONG, async || counts(&desk, &new).await.then_some(())).await;
    until("the old key to be forgotten", LONG, async || (!counts(&desk, &old).await).then_some(())).await;
}

//! Whatever comes as a portal token is refused, unless the product signed it: also when its header, its claims or its key names are right.

#![no_main]

use api::portal::Verifier;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use shared::config::{PortalConfig, PortalSourceConfig};
use std::sync::LazyLock;

/// A secret and a public key whose other half nobody has.
const KEYS: &str = "hs:c2l4dGVlbiBieXRlcyBhbmQgc2l4dGVlbiBieXRlcyE=,ed:-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----";

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let source = PortalSourceConfig {
        issuer: Some("i".into()),
        member: Some("user".into()),
        keys: Some(KEYS.to_owned().into()),
        ..PortalSourceConfig::default()
    };
    Verifier::open(&PortalConfig { sources: [("s".to_owned(), source)].into(), ..PortalConfig::default() }).unwrap()
});

fuzz_target!(|input: (bool, String, String, String)| {
    let (encoded, header, claims, signature) = input;
    let part = |text: &str| if encoded { URL_SAFE_NO_PAD.encode(text) } else { text.to_owned() };
    let token = format!("{}.{}.{}", part(&header), part(&claims), part(&signature));
    let now = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    // The keys are settings, so nothing is waited for.
    assert!(futures::executor::block_on(VERIFIER.verify(&token, now)).is_err());
});

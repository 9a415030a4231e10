//! Any text as a link's token, a session or a code: none is taken that was not signed here.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::{
    config::{Config, LinkConfig},
    link::{LinkSigner, code},
};
use std::sync::LazyLock;

static SIGNER: LazyLock<LinkSigner> = LazyLock::new(|| {
    let keys = Some("a:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".to_owned().into());
    let config = Config { links: LinkConfig { keys, ..LinkConfig::default() }, ..Config::default() };
    LinkSigner::open(&config).expect("the key counts")
});

fuzz_target!(|text: &str| {
    assert!(SIGNER.check(text).is_none());
    assert!(!SIGNER.is_session(text, Default::default(), Default::default()));
    assert!(!SIGNER.is_form_token(text, &["link", ""]));
    if let Some(digits) = code::digits(text) {
        assert!(digits.len() == code::DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()));
    }
});

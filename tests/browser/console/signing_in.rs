//! Two-step sign-in, with an authenticator that is not ours.

use super::super::house::House;
use crate::support::{process::run, tools};
use std::process::Command;

/// The code of RFC 6238 for a secret in base32, so many steps of 30 seconds from now.
const AUTHENTICATOR: &str = "
import base64, hashlib, hmac, struct, sys, time
secret = base64.b32decode(sys.argv[1].replace(' ', ''))
step = struct.pack('>Q', int(time.time()) // 30 + int(sys.argv[2]))
digest = hmac.new(secret, step, hashlib.sha1).digest()
place = digest[-1] & 15
print('%06d' % ((struct.unpack('>I', digest[place:place + 4])[0] & 0x7fffffff) % 1000000))
";

/// Sets it up on its page; returns the secret, as the page shows it.
pub(super) async fn set_up(house: &House) -> String {
    let browser = &house.browser;
    browser.open(&house.console("/account/second-factor")).await;
    let secret: String = browser.run("return document.querySelector('code.secret').textContent;", vec![]).await;
    browser.type_into("#code", &code(&secret, 0)).await;
    browser.press("Enter").await;
    browser.until_seen("backup codes").await;
    secret
}

/// Types the code of the next step: one that was used counts no more, and clocks may differ by a step.
pub(super) async fn give_next_code(house: &House, secret: &str) {
    house.browser.type_into("#code", &code(secret, 1)).await;
    house.browser.press("Enter").await;
}

fn code(secret: &str, ahead: i32) -> String {
    let mut python = Command::new(tools::python("python"));
    run(python.args(["-c", AUTHENTICATOR, secret, &ahead.to_string()])).trim().to_owned()
}

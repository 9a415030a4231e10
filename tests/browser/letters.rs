//! The mails themselves as a mail program shows them, and the mailbox while there are none.

use super::{house::House, walk::Walk};
use crate::support::{api::Api, browser::Browser};
use serde_json::json;

#[tokio::test]
async fn the_mailbox_is_well_made_while_it_is_empty() {
    let api = Api::start().await;
    let browser = Browser::start().await;
    let mut walk = Walk::new(&browser, &[]);
    walk.visit("mailbox-empty", &format!("{}/mailbox", api.anyone.base())).await;
    walk.end();
}

#[tokio::test]
async fn mails_are_well_made() {
    let house = House::open().await;
    let mut walk = Walk::new(&house.browser, &[]).in_a_mail_program();
    house.export(0, json!({ "notify": ["ready@example.com"] })).await;
    house.export(0, json!({ "notify": ["fertig@example.com"], "language": "de" })).await;
    house.fail(1, json!({ "notify": ["failed@example.com"] })).await;
    for (name, address) in
        [("ready", "ready@example.com"), ("ready-de", "fertig@example.com"), ("failed", "failed@example.com")]
    {
        let letter = house.embedded.letter_to(address).await;
        let file = house.browser.downloads().join(format!("{name}.html"));
        std::fs::write(&file, &letter.html).unwrap();
        walk.visit(&format!("mail-{name}"), &format!("file://{}", file.display())).await;
    }
    walk.end();
}

//! A mail relay that is away, and one that refuses a recipient for good.

use shared::{export::State, ledger::notifications::Delivery};

use super::{bulk::SMALL, site::Site};
use crate::support::{
    mail_server::MailServer,
    patience::{LONG, until},
    wire::Wire,
};

#[tokio::test]
async fn a_mail_waits_for_a_relay_that_is_away_and_is_sent_once() {
    let mut site = Site::new("relay-away").await;
    let wire = Wire::to(Wire::port_of(site.get("MAIL__URL"))).await;
    let behind = wire.instead_of(site.get("MAIL__URL"));
    site.set("MAIL__URL", behind);
    let owner = MailServer::shared().await.address("relay-away");
    wire.cut();
    let _worker = site.worker().await;
    let export = site.ask(SMALL, &owner).await;
    let ready = site.until_state(export, State::Ready).await;
    until("the first try", LONG, async || {
        let mail = site.mails(export).await.remove(0);
        mail.last_error.is_some().then_some(())
    })
    .await;
    wire.mend();
    assert_eq!(site.assert_delivered(export, SMALL, &owner, "relay").await, ready);
}

#[tokio::test]
async fn a_refused_recipient_is_given_up_and_the_archive_stays() {
    let site = Site::new("recipient-refused").await;
    // The relay knows no such domain, and says so for good.
    let nobody = format!("nobody-{}@refused.example", std::process::id());
    let _worker = site.worker().await;
    let export = site.ask(SMALL, &nobody).await;
    let ready = site.until_state(export, State::Ready).await;
    let mail = until("the mail to be given up", LONG, async || {
        let mail = site.mails(export).await.remove(0);
        (mail.delivery == Delivery::Dead).then_some(mail)
    })
    .await;
    assert_eq!(mail.attempt, 1);
    assert!(mail.last_error.is_some_and(|error| !error.contains("nobody")));
    assert_eq!(site.show(export).await, ready);
    site.assert_keeps_only(&[export], "refused").await;
}

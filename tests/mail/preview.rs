//! `handover mail preview`.

use std::fs;

use mail_parser::MessageParser;

use crate::support::{process::text, program::handover};

#[tokio::test]
async fn every_mail_is_written_into_a_folder_in_every_language() {
    let folder = tempfile::tempdir().unwrap();
    let mails = folder.path().join("mails");
    let ended = handover(&["mail", "preview", "--dir", text(&mails), "--source", "shop"])
        .set("HANDOVER_BRANDS__SHOP__NAME", "Shop of Words")
        .set("HANDOVER_DATA_DIR", folder.path())
        .run()
        .await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(ended.stdout.lines().count(), 8 * 4);
    for language in ["en", "de", "es", "fr"] {
        for kind in ["ready", "expiring", "failed", "code", "schedule-paused"] {
            let read = |ending: &str| fs::read(mails.join(format!("{kind}.{language}.{ending}"))).unwrap();
            let (html, plain, message) = (read("html"), read("txt"), read("eml"));
            assert!(String::from_utf8(html).unwrap().contains("Shop of Words"), "{kind} {language}");
            let message = MessageParser::default().parse(&message).unwrap();
            let sent = message.body_text(0).unwrap().replace("\r\n", "\n");
            assert_eq!(sent.trim_end(), String::from_utf8(plain).unwrap().trim_end(), "{kind} {language}");
        }
    }
    assert!(!folder.path().join("link.key").exists(), "nothing is made beside what was asked for");
}

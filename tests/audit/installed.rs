//! A whole installation: what an export leaves in the audit, and what the operator's commands say of it.

use crate::support::{
    customertrackr::CustomerTrackr,
    embedded::Embedded,
    markers::{holds, marked},
    patience::{LONG, until},
    person::press_button,
};
use examples::customertrackr;
use serde_json::Value;
use std::{
    io::Write,
    process::{Command, Stdio},
};

/// Every entry, as the operator's command prints it.
async fn exported(embedded: &Embedded) -> Vec<Value> {
    let ended = embedded.command(&["audit", "export"]).run().await;
    assert!(ended.status.success(), "{ended:?}");
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of<'a>(entries: &'a [Value], action: &str) -> Vec<&'a Value> {
    entries.iter().filter(|entry| entry["action"] == action).collect()
}

/// What docs/audit.md gives an outsider to check the lines with.
fn outsider_says(lines: &str) -> String {
    let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/audit.md")).unwrap();
    let (_, rest) = document.split_once("```python\n").unwrap();
    let (program, _) = rest.split_once("```").unwrap();
    let mut python = Command::new("python3")
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let ended = python.wait_with_output().unwrap();
    String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned()
}

#[tokio::test]
async fn an_export_and_its_download_are_in_the_audit_which_is_whole_and_signed() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(2))).await;
    let embedded = Embedded::serve(&product).await;
    let tenant = &product.tenants[0];
    let export = embedded.portal.export("customertrackr", &tenant.key, "ann@example.com").await;
    embedded.portal.until_state(&export, "ready").await;
    let link = embedded.letter_to("ann@example.com").await.link();
    press_button(&link).await;

    let entries = exported(&embedded).await;
    let ready = of(&entries, "export.ready")[0];
    let manifest_like = ready["detail"]["tables"].as_object().unwrap();
    assert!(manifest_like.len() > 3);
    for (table, facts) in manifest_like {
        assert!(facts["rows"].is_u64() && !facts["columns"].as_array().unwrap().is_empty(), "{table}: {facts}");
    }
    let downloaded = of(&entries, "link.downloaded")[0];
    assert_eq!((&downloaded["address"], &downloaded["tenant"]), (&"127.0.0.1".into(), &tenant.key.clone().into()));
    let requested = of(&entries, "export.requested")[0];
    assert!(requested["actor"].as_str().unwrap().starts_with("key:hk_"), "{requested}");
    assert!(of(&entries, "key.created")[0]["actor"].as_str().unwrap().starts_with("cli:"));
    assert_eq!(of(&entries, "key.used").len(), 1);

    let changed = of(&entries, "configuration.changed");
    assert_eq!(changed.len(), 1);
    let names: Vec<&str> =
        changed[0]["detail"]["settings"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(names.contains(&"HANDOVER_SOURCES__CUSTOMERTRACKR__URL"), "{names:?}");

    // No value of a row, no mail address, no setting.
    let details: String = entries.iter().map(|entry| entry["detail"].to_string()).collect();
    for marker in [tenant.marker.as_str(), "ann@example.com", &tenant.label, &product.source_url(), examples::SECRET] {
        assert!(!holds(details.as_bytes(), marker), "{marker} in {details}");
    }

    until("a signature", LONG, async || {
        let signed = embedded.ledger("select count(*) from audit_checkpoints where kind = 'signed'").await;
        (signed == 1).then_some(())
    })
    .await;
    let verified = embedded.command(&["audit", "verify"]).run().await;
    assert!(verified.status.success() && verified.stdout.contains("The audit is whole"), "{verified:?}");
    assert!(verified.stdout.contains("Signed up to entry"), "{verified:?}");
    let head = embedded.command(&["audit", "head"]).run().await.stdout;
    let known = embedded.command(&["audit", "verify", "--head", head.trim(), "--format", "json"]).run().await;
    let report: Value = serde_json::from_str(&known.stdout).unwrap();
    assert_eq!(report["whole"], true, "{report}");
    assert_eq!(format!("{}:{}", report["last"], report["hash"].as_str().unwrap()), head.trim());
    let other = head.trim().replace(['a', '1'], "b");
    if let Some((_, hash)) = other.split_once(':') {
        let unknown = format!("{}:{hash}", report["last"]);
        let wrong = embedded.command(&["audit", "verify", "--head", &unknown]).run().await;
        assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
    }
    let lines = embedded.command(&["audit", "export"]).run().await.stdout;
    assert!(outsider_says(&lines).contains("whole, up to"), "{}", outsider_says(&lines));
    let edited = lines.replacen("cli:", "cli:x", 1);
    assert!(outsider_says(&edited).contains("was edited"), "{}", outsider_says(&edited));
    let misuse = embedded.command(&["audit", "verify", "--head", "7"]).run().await;
    assert_eq!(misuse.status.code(), Some(2), "{misuse:?}");
}

//! `handover exports`, beside a running installation.

use examples::{ceppro, customertrackr};
use serde_json::Value;
use shared::ledger::audit::Actor;

use crate::support::{
    ceppro::CepPro,
    customertrackr::CustomerTrackr,
    embedded::Embedded,
    grown::{Blueprint, Grown},
    markers::marked,
    patience::LONG,
    program::Ended,
};

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

async fn grown(product: &CepPro) -> Grown {
    let blueprint = Blueprint::new("exports").await;
    blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await
}

fn said(ended: &Ended, code: i32, text: &str) {
    assert!(ended.status.code() == Some(code) && ended.stdout.contains(text), "{code} {text}: {ended:?}");
}

#[tokio::test]
async fn exports_are_listed_as_a_table_and_as_json() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(2))).await;
    let embedded = Embedded::serve(&product).await;
    let (first, second) = (&product.tenants[0].key, &product.tenants[1].key);
    let export = embedded.portal.export("customertrackr", first, "owner@example.com").await;
    embedded.portal.until_state(&export, "ready").await;
    product.run("create table leads (id integer primary key)").await;
    let failed = embedded.portal.export("customertrackr", second, "owner@example.com").await;
    embedded.portal.until_state(&failed, "failed").await;

    let listed = embedded.command(&["exports", "list"]).run().await;
    assert_eq!(listed.status.code(), Some(0), "{listed:?}");
    let [head, newest, oldest] = listed.stdout.lines().collect::<Vec<_>>()[..] else { panic!("{listed:?}") };
    assert!(newest.starts_with(&failed) && newest.contains("catalog_refused"), "{newest}");
    assert!(oldest.starts_with(&export) && oldest.contains("kept until"), "{oldest}");
    for (column, newer, older) in [("state", "failed", "ready"), ("tenant", second.as_str(), first.as_str())] {
        let place = head.find(column).unwrap();
        assert!(newest[place..].starts_with(newer) && oldest[place..].starts_with(older), "{}", listed.stdout);
    }

    let arguments = ["exports", "list", "--state", "ready", "--tenant", first, "--format", "json"];
    let listed = embedded.command(&arguments).run().await;
    let [line] = listed.stdout.lines().collect::<Vec<_>>()[..] else { panic!("{listed:?}") };
    let shown: Value = serde_json::from_str(line).unwrap();
    let api = embedded.portal.show(&export).await;
    for name in ["id", "source", "tenant", "state", "progress", "attempt", "formats", "reason"] {
        assert_eq!(shown[name], api[name], "{name}");
    }

    let page = embedded.command(&["exports", "show", &failed]).run().await;
    for part in ["state       failed", "[catalog_refused]", "export.requested", "export.failed"] {
        said(&page, 0, part);
    }
    let shown = embedded.command(&["exports", "show", &export, "--format", "json"]).run().await;
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["files"][0]["sha256"], api["files"][0]["sha256"]);
    assert!(!shown.to_string().contains("owner@example.com"), "addresses are not shown: {shown}");
}

#[tokio::test]
async fn watching_ends_with_the_export_and_tells_how_it_ended() {
    let product = CepPro::create().await;
    let grown = grown(&product).await;
    let hold = product.hold("security_events").await;
    let export = grown.apis[0].export("ceppro", &product.tenants[0].key, "owner@example.com").await;
    let mut watching = grown.commanding(&["exports", "watch", &export]).start();
    let mut leaving = grown.commanding(&["exports", "watch", &export]).start();
    watching.says("reading, attempt 1", LONG).await;
    leaving.says("reading, attempt 1", LONG).await;
    leaving.signal("INT");
    let left = leaving.wait(LONG).await;
    assert_eq!((left.status.code(), left.stdout.as_str()), (Some(130), ""), "{left:?}");
    assert_eq!(grown.apis[0].show(&export).await["state"], "running", "the export is left alone");
    hold.release().await;
    let ended = watching.wait(LONG).await;
    said(&ended, 0, "The archive is ready");
    assert!(!ended.stderr.contains('\u{1b}'), "no control sequences where there is no terminal: {ended:?}");
    said(&grown.command(&["exports", "watch", &export]).await, 0, "The archive is ready");
}

#[tokio::test]
async fn a_failed_export_is_retried_after_its_reason_is_repaired() {
    let product = CepPro::create().await;
    let grown = grown(&product).await;
    product.run("create table leads (id bigint primary key)").await;
    let export = grown.apis[0].export("ceppro", &product.tenants[0].key, "owner@example.com").await;
    let ended = grown.command(&["exports", "watch", &export]).await;
    said(&ended, 1, "[catalog_refused]");
    product.run("drop table leads").await;
    said(&grown.command(&["exports", "retry", &export]).await, 0, "queued again");
    let ready = grown.apis[0].until_state(&export, "ready").await;
    assert_eq!((&ready["attempt"], &ready["reason"]), (&2.into(), &Value::Null));
    said(&grown.command(&["exports", "retry", &export]).await, 1, "The export is ready; only a failed one");
    let actor = format!("select actor from audit_events where export_id = '{export}' and action = 'export.retried'");
    assert_eq!(grown.ledger::<String>(&actor).await, Actor::operator().name);
}

#[tokio::test]
async fn an_export_is_cancelled_and_a_second_cancel_says_so() {
    let product = CepPro::create().await;
    let grown = grown(&product).await;
    let mut hold = product.hold("security_events").await;
    let export = grown.apis[0].export("ceppro", &product.tenants[0].key, "owner@example.com").await;
    hold.until_waiting(1).await;
    said(&grown.command(&["exports", "cancel", &export]).await, 0, "its worker was asked to stop");
    said(&grown.command(&["exports", "watch", &export]).await, 1, "The export is cancelled");
    said(&grown.command(&["exports", "cancel", &export]).await, 0, "The export is cancelled");
    said(&grown.command(&["exports", "retry", &export]).await, 1, "The export is cancelled; only a failed one");
    hold.release().await;
}

#[tokio::test]
async fn a_number_that_is_none_or_unknown_is_told_plainly() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
    let embedded = Embedded::serve(&product).await;
    for command in ["show", "watch", "cancel", "retry"] {
        said(&embedded.command(&["exports", command, NOBODY]).run().await, 1, &format!("There is no export {NOBODY}."));
        let misspelt = embedded.command(&["exports", command, "4711"]).run().await;
        assert!(misspelt.status.code() == Some(2) && misspelt.stdout.is_empty(), "{misspelt:?}");
    }
}

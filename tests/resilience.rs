//! What is promised when something breaks: no export is lost, none takes effect twice.

use std::time::{Duration, Instant};

use examples::ceppro;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{
    ceppro::CepPro,
    door::Door,
    grown::{Blueprint, Grown},
    mail_server::MailServer,
    patience::{LONG, until},
    person::Letter,
    port,
    portal::Portal,
    postgres::Postgres,
    program::handover,
    redis::{Persistence, Redis},
};

/// A table that is read late, since it hangs on others.
const TABLE: &str = "security_events";

#[tokio::test]
async fn a_request_while_redis_is_down_is_accepted_and_runs_when_redis_is_back() {
    let product = CepPro::create().await;
    let mut redis = Redis::own(Persistence::Nothing).await;
    let blueprint = Blueprint::new("redis-down").await.set("HANDOVER_QUEUE__URL", redis.url());
    let grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let (mail, portal) = (MailServer::shared().await, &grown.apis[0]);
    let owner = mail.address("owner");

    redis.kill().await;
    let export = portal.export("ceppro", &product.tenants[0].key, &owner).await;
    assert_eq!(portal.show(&export).await["state"], "queued");
    redis.start().await;
    let ready = portal.until_state(&export, "ready").await;
    assert_eq!(ready["attempt"], 1);
    assert_one_of_each(&grown, mail, &export, &owner).await;
}

#[tokio::test]
async fn a_source_that_hangs_keeps_nobody_from_asking_another() {
    let product = CepPro::create().await;
    // Takes connections and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hung = format!("postgres://nobody@{}/nothing", silent.local_addr().unwrap());
    let blueprint = Blueprint::new("hung").await.source("hung", &hung, ceppro::CATALOG);
    let grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let portal = &grown.apis[0];
    let ask = async |source: &str, tenant: &str| portal.ask(&json!({ "source": source, "tenant": tenant })).await;

    let (first, second) = tokio::join!(ask("hung", "one"), ask("hung", "two"));
    assert_eq!((first.0, second.0), (StatusCode::ACCEPTED, StatusCode::ACCEPTED));
    let (status, answer) = ask("ceppro", "nobody").await;
    assert_eq!((status.as_u16(), &answer["code"]), (422, &Value::from("tenant_not_found")));
    let person = json!({ "kind": "customer", "key": "0" });
    for (tenant, code) in [(product.tenants[0].key.as_str(), "subject_not_found"), ("nobody", "tenant_not_found")] {
        let wish = json!({ "source": "ceppro", "tenant": tenant, "subject": person });
        let (status, answer) = portal.ask(&wish).await;
        assert_eq!((status.as_u16(), &answer["code"]), (422, &Value::from(code)));
    }
}

#[tokio::test]
async fn a_killed_workers_export_is_taken_over_and_takes_effect_once() {
    let product = CepPro::create().await;
    let blueprint = Blueprint::new("killed").await.processes(1, 2);
    let mut grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let mail = MailServer::shared().await;
    let owner = mail.address("owner");

    let mut hold = product.hold(TABLE).await;
    let export = grown.apis[0].export("ceppro", &product.tenants[0].key, &owner).await;
    hold.until_waiting(1).await;
    grown.take_worker_of(&export).await.program.kill().await;
    // What the dead worker left in the source waits on until the gate opens; the other worker's session joins it.
    hold.until_waiting(2).await;
    hold.release().await;
    let ready = grown.apis[0].until_state(&export, "ready").await;
    assert_eq!(ready["attempt"], 2);
    assert_one_of_each(&grown, mail, &export, &owner).await;
}

#[tokio::test]
async fn an_export_waits_for_a_vault_that_is_down_and_fails_with_a_reason_when_it_stays_so() {
    let product = CepPro::create().await;
    let blueprint = Blueprint::new("vault-down").await;
    let door = Door::before(blueprint.endpoint()).await;
    let blueprint = blueprint
        .set("HANDOVER_VAULT__ENDPOINT", door.address())
        .set("HANDOVER_WORKER__ATTEMPTS", "2")
        .set("HANDOVER_WORKER__RETRY_AFTER", "3s");
    let grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let (mail, portal) = (MailServer::shared().await, &grown.apis[0]);
    let (patient, unlucky) = (mail.address("patient"), mail.address("unlucky"));
    let unavailable = |export: &Value| export["reason"]["code"] == "vault_unavailable";

    door.close();
    let export = portal.export("ceppro", &product.tenants[0].key, &unlucky).await;
    let failed = portal.until_state(&export, "failed").await;
    assert!(failed["attempt"] == 2 && unavailable(&failed), "{failed}");
    let letter = Letter::read(mail.first(&unlucky, LONG).await.unwrap().as_bytes());
    assert!(letter.text.contains(&export), "{}", letter.text);

    let export = portal.export("ceppro", &product.tenants[0].key, &patient).await;
    let waiting = portal.until(&export, unavailable).await;
    assert!(waiting["state"] == "queued" && waiting["next_attempt_at"].is_string(), "{waiting}");
    door.open();
    let ready = portal.until_state(&export, "ready").await;
    assert!(ready["attempt"] == 2 && ready["reason"].is_null(), "{ready}");
    assert_one_of_each(&grown, mail, &export, &patient).await;
}

#[tokio::test]
async fn a_mail_that_is_refused_twice_arrives_once_and_changes_nothing_about_the_export() {
    let product = CepPro::create().await;
    let mail = MailServer::own().await;
    let blueprint = Blueprint::new("mail-refused").await.mailing(&mail);
    let grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let (portal, owner) = (&grown.apis[0], mail.address("owner"));

    mail.refuse_next(2);
    let export = portal.export("ceppro", &product.tenants[0].key, &owner).await;
    let ready = portal.until_state(&export, "ready").await;
    assert!(mail.first(&owner, LONG).await.is_some(), "the mail never arrived");
    assert_eq!(portal.show(&export).await, ready);
    assert_one_of_each(&grown, &mail, &export, &owner).await;
    // Every try has a link of its own, and only the one that was sent leads anywhere.
    assert_eq!(grown.ledger::<i64>("select attempt from notifications").await, 3);
    assert_eq!(grown.ledger::<i64>("select count(*) from links where revoked_at is null").await, 1);
}

#[tokio::test]
async fn a_stopped_worker_finishes_its_export_and_begins_no_other() {
    let product = CepPro::create().await;
    let blueprint = Blueprint::new("stopped").await;
    let mut grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let portal = grown.apis[0].clone();

    let mut hold = product.hold(TABLE).await;
    let export = portal.export("ceppro", &product.tenants[0].key, "first@example.com").await;
    hold.until_waiting(1).await;
    let mut worker = grown.take_worker_of(&export).await;
    worker.program.signal("TERM");
    worker.program.says("The worker stops", LONG).await;
    let later = portal.export("ceppro", &product.tenants[1].key, "second@example.com").await;
    hold.release().await;
    let ended = worker.program.wait(LONG).await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let ready = portal.show(&export).await;
    assert!(ready["state"] == "ready" && ready["attempt"] == 1, "{ready}");
    let waiting = portal.show(&later).await;
    assert!(waiting["state"] == "queued" && waiting["attempt"] == 0, "{waiting}");
    grown.assert_keeps_only(&[&export]).await;
}

#[tokio::test]
async fn an_export_that_is_asked_for_twice_is_made_once_and_stops_at_once_when_it_is_cancelled() {
    let product = CepPro::create().await;
    let blueprint = Blueprint::new("cancelled").await.processes(2, 2);
    let grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let (mail, portal) = (MailServer::shared().await, &grown.apis[0]);
    let owner = mail.address("owner");
    let request = json!({ "source": "ceppro", "tenant": product.tenants[0].key, "notify": [owner] });

    let mut hold = product.hold(TABLE).await;
    let export = assert_joined(&grown.apis, &request).await;
    hold.until_waiting(1).await;
    let (status, again) = grown.apis[1].ask(&request).await;
    assert_eq!((status, again["id"].as_str()), (StatusCode::OK, Some(export.as_str())), "{again}");

    let asked = Instant::now();
    portal.cancel(&export).await;
    let cancelled = portal.until_state(&export, "cancelled").await;
    assert!(asked.elapsed() < Duration::from_secs(3), "it took {:?}", asked.elapsed());
    assert!(cancelled["files"].as_array().unwrap().is_empty(), "{cancelled}");
    // The source is let go as well: nothing waits at the gate any more.
    hold.until_waiting(0).await;
    hold.release().await;

    // The same request is a new one now. When it is through, nothing of the first is left.
    let export = portal.export("ceppro", &product.tenants[0].key, &owner).await;
    portal.until_state(&export, "ready").await;
    assert_one_of_each(&grown, mail, &export, &owner).await;
    assert_eq!(grown.ledger::<i64>("select count(*) from exports").await, 2);
}

/// The same request to both API processes at the same time is one export.
async fn assert_joined(apis: &[Portal], request: &Value) -> String {
    let (one, other) = tokio::join!(apis[0].ask(request), apis[1].ask(request));
    let mut statuses = [one.0, other.0];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::ACCEPTED], "{} {}", one.1, other.1);
    assert_eq!(one.1["id"], other.1["id"]);
    one.1["id"].as_str().unwrap().to_owned()
}

/// One archive in the vault, one mail in the box, and nothing that still waits for something.
async fn assert_one_of_each(grown: &Grown, mail: &MailServer, export: &str, owner: &str) {
    assert!(mail.first(owner, LONG).await.is_some(), "no mail");
    until("the mail to be noted", LONG, async || {
        let pending = "select count(*) from notifications where delivery = 'pending'";
        (grown.ledger::<i64>(pending).await == 0).then_some(())
    })
    .await;
    assert_eq!(mail.received(owner).len(), 1);
    grown.assert_keeps_only(&[export]).await;
}

#[tokio::test]
async fn an_export_whose_workers_die_as_often_as_it_may_be_tried_fails_and_says_so() {
    let product = CepPro::create().await;
    let blueprint = Blueprint::new("worker-lost").await.processes(1, 2).set("HANDOVER_WORKER__ATTEMPTS", "1");
    let mut grown = blueprint.source("ceppro", &product.source_url().await, ceppro::CATALOG).build().await;
    let mail = MailServer::shared().await;
    let owner = mail.address("owner");

    let mut hold = product.hold(TABLE).await;
    let export = grown.apis[0].export("ceppro", &product.tenants[0].key, &owner).await;
    hold.until_waiting(1).await;
    grown.take_worker_of(&export).await.program.kill().await;
    let failed = grown.apis[0].until_state(&export, "failed").await;
    assert_eq!(failed["reason"]["code"], "worker_lost", "{failed}");
    hold.release().await;
    let letter = Letter::read(mail.first(&owner, LONG).await.unwrap().as_bytes());
    assert!(letter.text.contains(&export), "{}", letter.text);
    until("the sweep", LONG, async || (grown.ledger::<i64>("select count(*) from uploads").await == 0).then_some(()))
        .await;
    assert!(grown.bucket.keys().await.is_empty());
}

#[tokio::test]
async fn one_process_for_everything_finishes_its_export_after_its_api_has_stopped() {
    let product = CepPro::create().await;
    // The connections to this ledger were opened by the threads of the API, which end first.
    let ledger = Postgres::shared().await.create_database("ledger").await;
    let folder = tempfile::tempdir().unwrap();
    let catalog = folder.path().join("catalog.toml");
    std::fs::write(&catalog, ceppro::CATALOG).unwrap();
    let listen = format!("127.0.0.1:{}", port::free());
    let source = product.source_url().await;
    let command = |arguments: &[&str]| {
        handover(arguments)
            .set("HANDOVER_LISTEN", &listen)
            .set("HANDOVER_DATA_DIR", folder.path().join("data"))
            .set("HANDOVER_LEDGER__URL", &ledger.url)
            .set("HANDOVER_SOURCES__CEPPRO__URL", &source)
            .set("HANDOVER_SOURCES__CEPPRO__CATALOG", &catalog)
    };
    assert!(command(&["migrate"]).run().await.status.success());
    let created = command(&["key", "create", "--name", "tests", "--scope", "admin"]).run().await;
    let mut program = command(&["serve"]).start();
    let portal = Portal::new(&format!("http://{listen}/").parse().unwrap(), created.stdout.trim());
    portal.until_ready().await;

    let mut hold = product.hold(TABLE).await;
    let export = portal.export("ceppro", &product.tenants[0].key, "owner@example.com").await;
    hold.until_waiting(1).await;
    program.signal("TERM");
    program.says("The API stops", LONG).await;
    until("the API to be gone", LONG, async || TcpStream::connect(&listen).await.is_err().then_some(())).await;
    hold.release().await;
    let ended = program.wait(LONG).await;
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let mut ledger = PgConnection::connect(&ledger.url).await.unwrap();
    let query = "select state || ' ' || attempt from exports where id = $1::uuid";
    let state: String = sqlx::query_scalar(query).bind(&export).fetch_one(&mut ledger).await.unwrap();
    assert_eq!(state, "ready 1", "{}", ended.stderr);
}

//! Configuration, ledger, queue, mail and sources.

use super::desk::Desk;
use crate::support::{
    mail_server::MailServer,
    mariadb::MariaDb,
    patience::LONG,
    port,
    postgres::{PASSWORD, Postgres},
    redis::{Persistence, Redis},
};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection};

#[tokio::test]
async fn an_installation_that_was_never_started_is_looked_at_and_nothing_is_made() {
    let desk = Desk::new();
    let diagnosis = desk.diagnosis().await;
    assert_eq!(
        diagnosis.complaints(),
        [
            ["ledger", "reachable", "unknown"],
            ["vault", "usable", "unknown"],
            ["encryption", "keyring", "unknown"],
            ["mail", "relay", "warning"]
        ]
    );
    assert!(std::fs::read_dir(desk.folder.path()).unwrap().next().is_none(), "something was made");
}

#[tokio::test]
async fn an_embedded_installation_is_well() {
    let desk = Desk::new().migrated().await;
    std::fs::create_dir(desk.folder.path().join("data/vault")).unwrap();
    let key = desk.command(&["key", "encryption", "new", "--add"]).run().await;
    assert!(key.status.success(), "{key:?}");
    let diagnosis = desk.diagnosis().await;
    assert_eq!(diagnosis.complaints(), [["mail", "relay", "warning"]], "{diagnosis:?}");
    assert_eq!(std::fs::read_dir(desk.folder.path().join("data/vault/archives")).unwrap().count(), 0);
    let text = desk.command(&["doctor"]).run().await;
    assert!(text.status.success());
    assert!(
        text.stdout.contains("vault\n  ok       usable: a file was stored, read and deleted in"),
        "{}",
        text.stdout
    );
    assert!(text.stdout.ends_with("0 problems, 1 warning.\n"), "{}", text.stdout);
}

#[tokio::test]
async fn links_that_cross_the_network_in_the_clear_and_outlive_archives_are_told() {
    let desk = Desk::new().set("PUBLIC_URL", "http://exports.example.com").set("LINKS__LIFETIME", "8d");
    let diagnosis = desk.diagnosis().await;
    assert_eq!(diagnosis.grade("configuration", "public address"), "problem");
    assert_eq!(diagnosis.grade("configuration", "retention"), "warning");
    let refused = desk.command(&["doctor", "--for", "worker"]).run().await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(refused.stderr.contains("HANDOVER_QUEUE__URL: is not set"), "{}", refused.stderr);
}

#[tokio::test]
async fn a_ledger_that_is_not_migrated_or_may_forget_is_a_problem() {
    // The tests' own cluster does not wait for its disk.
    let ledger = Postgres::shared().await.create_database("doctor").await;
    let desk = Desk::new().set("LEDGER__URL", &ledger.url);
    let diagnosis = desk.diagnosis().await;
    assert_eq!(diagnosis.grade("ledger", "migrated"), "problem");
    assert!(
        diagnosis
            .message("ledger", "durable")
            .starts_with("with fsync=off, full_page_writes=off, synchronous_commit=off")
    );
    assert_eq!(diagnosis.grade("ledger", "encrypted"), "warning");
    assert_eq!(diagnosis.grade("ledger", "clock"), "ok");
    assert!(!diagnosis.ended.stdout.contains(PASSWORD) && !diagnosis.ended.stderr.contains(PASSWORD));
    let migrated = desk.migrated().await.diagnosis().await;
    assert_eq!(migrated.grade("ledger", "migrated"), "ok");
    assert_eq!(migrated.grade("ledger", "deletions"), "ok");

    let away = Desk::new().set("LEDGER__URL", format!("postgres://h:{PASSWORD}@127.0.0.1:{}/h", port::free()));
    let away = away.diagnosis().await;
    assert_eq!(away.grade("ledger", "reachable"), "problem");
    assert!(!away.ended.stdout.contains(PASSWORD));
}

#[tokio::test]
async fn a_redis_that_forgets_or_throws_away_is_told() {
    let keeps = Redis::own(Persistence::AppendOnly).await;
    let diagnosis = Desk::new().set("QUEUE__URL", keeps.url()).diagnosis().await;
    for check in ["reachable", "persistence", "eviction", "clock"] {
        assert_eq!(diagnosis.grade("queue", check), "ok", "{check}");
    }
    let mut forgets = Redis::own(Persistence::Nothing).await;
    let mut connection = redis::Client::open(forgets.url()).unwrap().get_multiplexed_async_connection().await.unwrap();
    let mut configure = async |name: &str, value: &str| {
        redis::cmd("CONFIG").arg("SET").arg(name).arg(value).exec_async(&mut connection).await.unwrap();
    };
    configure("maxmemory", "100mb").await;
    configure("maxmemory-policy", "allkeys-lru").await;
    let desk = Desk::new().set("QUEUE__URL", forgets.url());
    let diagnosis = desk.diagnosis().await;
    assert_eq!(diagnosis.message("queue", "persistence"), "keeps nothing over a restart");
    assert_eq!(diagnosis.grade("queue", "persistence"), "warning");
    assert_eq!(diagnosis.grade("queue", "eviction"), "problem");
    configure("save", "900 1").await;
    configure("maxmemory-policy", "noeviction").await;
    let diagnosis = desk.diagnosis().await;
    assert!(diagnosis.message("queue", "persistence").starts_with("keeps snapshots only"));
    assert_eq!(diagnosis.grade("queue", "eviction"), "ok");
    forgets.kill().await;
    assert_eq!(desk.diagnosis().await.grade("queue", "reachable"), "problem");
}

#[tokio::test]
async fn a_relay_is_tried_without_a_mail_and_with_one_when_asked() {
    let relay = MailServer::own().await;
    let desk = Desk::new()
        .set("MAIL__URL", relay.url())
        .set("MAIL__FROM", "Exports <exports@shop.example>")
        .set("MAIL__CA_FILE", relay.authority().display().to_string());
    let address = relay.address("operator");
    assert_eq!(desk.diagnosis().await.grade("mail", "relay"), "ok");
    assert!(relay.received(&address).is_empty());
    let diagnosis = desk.diagnosis_with(&["--mail-to", &address]).await;
    assert_eq!(diagnosis.grade("mail", "trial"), "ok");
    assert!(relay.first(&address, LONG).await.unwrap().contains("Nothing else is meant by it."));

    let wrong = format!("smtp://{}:wrong-word@localhost:{}", MailServer::USER, relay.port());
    let diagnosis = desk.set("MAIL__URL", wrong).diagnosis().await;
    assert_eq!(diagnosis.message("mail", "relay"), "the mail relay refused with 535");
    assert!(diagnosis.check("mail", "relay")["advice"].as_str().unwrap().contains("user and password"));
    assert!(!diagnosis.ended.stdout.contains("wrong-word"));
    let away = Desk::new().set("MAIL__URL", format!("smtp+plain://localhost:{}", port::free()));
    let away = away.set("MAIL__FROM", "exports@shop.example").diagnosis().await;
    assert_eq!((away.grade("mail", "relay"), away.grade("mail", "encrypted")), ("problem", "warning"));
}

const SCHEMA: &str = "create table shops (id bigint primary key, name text); create table sales (id bigint primary key, shop_id bigint not null references shops (id))";
const CATALOG: &str = r#"version = 1
engine = "postgres"
schemas = ["public"]
[tenant]
table = "shops"
key = "id"
label = "name"
[tables.shops]
owner = { column = "id" }
[tables.sales]
owner = { column = "shop_id" }
"#;

#[tokio::test]
async fn a_role_that_can_write_is_told_and_one_that_only_reads_is_well() {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database("doctor").await;
    let mut owner = PgConnection::connect(&database.url).await.unwrap();
    let (reader, writer) = (format!("reader_{}", database.name), format!("writer_{}", database.name));
    let statements = format!(
        "{SCHEMA}; create role {reader} login; create role {writer} login;
         grant usage on schema public to {reader}, {writer}; grant select on all tables in schema public to {reader}, {writer};
         grant update on sales to {writer}"
    );
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut owner).await.unwrap();
    let of = async |role: &str, catalog: &str| {
        let desk = Desk::new().source("shop", &postgres.url_as(role, &database.name), catalog);
        desk.diagnosis().await
    };
    let good = of(&reader, CATALOG).await;
    for check in ["reachable", "role", "encrypted", "clock", "catalog"] {
        assert_eq!(good.grade("source shop", check), "ok", "{good:?}");
    }
    let writing = of(&writer, CATALOG).await;
    assert_eq!(writing.message("source shop", "role"), format!("user {writer} may write into 1 table"));
    assert_eq!(of("postgres", CATALOG).await.message("source shop", "role"), "user postgres is a superuser");
    let unfit = of(&reader, &CATALOG.replace("shop_id", "owner_id")).await;
    assert_eq!(unfit.grade("source shop", "catalog"), "problem");
    let nobody = of("nobody_at_all", CATALOG).await;
    assert_eq!(nobody.grade("source shop", "reachable"), "problem");
    for diagnosis in [good, writing, unfit, nobody] {
        assert!(!diagnosis.ended.stdout.contains(PASSWORD) && !diagnosis.ended.stderr.contains(PASSWORD));
    }
}

#[tokio::test]
async fn a_user_of_mariadb_that_can_write_is_told() {
    let server = MariaDb::shared().await;
    let database = server.create_database("doctor").await;
    let mut root = MySqlConnection::connect(&database.url).await.unwrap();
    let user = format!("d_{}", database.name);
    let statements = format!(
        "create table shops (id bigint primary key, name text) engine = innodb;
         create user {user}@'127.0.0.1' identified by '{PASSWORD}'; grant select, show view on `{0}`.* to {user}@'127.0.0.1'",
        database.name
    );
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut root).await.unwrap();
    let catalog = "version = 1\nengine = \"mysql\"\n[tenant]\ntable = \"shops\"\nkey = \"id\"\nlabel = \"name\"\n";
    let desk = Desk::new().source("shop", &server.url_as(&user, &database.name), catalog);
    let diagnosis = desk.diagnosis().await;
    for check in ["reachable", "role", "encrypted", "clock"] {
        assert_eq!(diagnosis.grade("source shop", check), "ok", "{diagnosis:?}");
    }
    let grant = format!("grant delete on `{}`.* to {user}@'127.0.0.1'", database.name);
    sqlx::raw_sql(AssertSqlSafe(grant)).execute(&mut root).await.unwrap();
    let diagnosis = desk.diagnosis().await;
    assert!(diagnosis.message("source shop", "role").contains(" has delete on `"), "{diagnosis:?}");
}

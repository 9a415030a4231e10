//! `catalog check --data`: what only the rows can tell about a catalog.

use std::fs;

use examples::{ceppro, customertrackr, proecommerce};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use worker::check::{Finding, data};

use crate::{
    slicing::desk,
    support::{
        ceppro::CepPro,
        customertrackr::CustomerTrackr,
        mariadb::MariaDb,
        markers::marked,
        postgres::Postgres,
        process::text,
        proecommerce::ProEcommerce,
        program::{Ended, handover},
    },
};

/// No key is declared to `accounts`, nor from `visits`, so that every fault can be planted.
const SCHEMA: &str = r"
create table accounts (id integer, name text);
create table users (id integer primary key, account_id integer);
create table projects (id integer primary key, account_id integer not null, lead_id integer references users (id));
create table tasks (id integer primary key, project_id integer references projects (id), next_id integer references tasks (id));
create table messages (id integer primary key, sender_id integer references users (id), recipient_id integer references users (id));
create table visits (id integer primary key, account_id integer, user_number integer);
create table notes (id integer primary key, on_type text, on_id integer);
insert into accounts values (1, 'one'), (2, 'two');
insert into users values (11, 1), (12, 1), (21, 2);
insert into projects values (1, 1, 11), (2, 2, 21), (3, 2, null);
insert into tasks values (1, 1, null), (2, 1, 1), (3, 2, null);
insert into messages values (1, 11, 12), (2, null, 21);
insert into visits values (1, 1, 11), (2, 2, null);
insert into notes values (1, 'App\Models\User', 11), (2, 'App\Models\Project', 2);
";

const CATALOG: &str = r#"
version = 1
engine = "ENGINE"
[tenant]
table = "accounts"
key = "id"
[tables.accounts]
owner = { column = "id" }
[tables.users]
owner = { column = "account_id" }
[tables.projects]
owner = { column = "account_id" }
[tables.tasks]
owner = { through = "project_id" }
[tables.messages]
owner = { through = ["sender_id", "recipient_id"] }
[tables.visits]
owner = { column = "account_id" }
[tables.visits.references.user_number]
table = "users"
[tables.notes.owner.polymorphic]
type = "on_type"
id = "on_id"
map = { 'App\Models\User' = "users", 'App\Models\Project' = "projects" }
"#;

/// A database with rows that a test spoils.
struct Shop {
    url: String,
    catalog: String,
    folder: TempDir,
}

impl Shop {
    async fn on_postgres() -> Shop {
        let database = Postgres::shared().await.create_database("spoilt").await;
        Shop::filled(database.url, "postgres").await
    }

    async fn on_mariadb() -> Shop {
        let database = MariaDb::shared().await.create_database("spoilt").await;
        Shop::filled(database.url, "mysql").await
    }

    async fn on_sqlite() -> Shop {
        Shop::filled(String::new(), "sqlite").await
    }

    async fn filled(url: String, engine: &str) -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let url = if url.is_empty() { format!("sqlite://{}", folder.path().join("shop.db").display()) } else { url };
        let shop = Shop { url, catalog: CATALOG.replace("ENGINE", engine), folder };
        shop.run(SCHEMA).await;
        shop
    }

    async fn run(&self, statements: &str) {
        let statements = AssertSqlSafe(statements.to_owned());
        match self.url.split_once("://") {
            Some(("sqlite", path)) => {
                let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(false);
                let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
                sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Some(("mysql", _)) => {
                let mut connection = MySqlConnection::connect(&self.url).await.unwrap();
                // As the other two read a backslash.
                let mode = "set session sql_mode = 'NO_BACKSLASH_ESCAPES'";
                sqlx::raw_sql(mode).execute(&mut connection).await.unwrap();
                sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            _ => {
                let mut connection = PgConnection::connect(&self.url).await.unwrap();
                sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    async fn findings(&self) -> Vec<Finding> {
        data::check(&desk::source(&self.url), &desk::catalog(&self.catalog), &worker::steps::Steps::default())
            .await
            .unwrap()
    }

    /// Code and place of every finding.
    async fn found(&self) -> Vec<(&'static str, String)> {
        self.findings().await.iter().map(place).collect()
    }

    async fn checked(&self) -> Ended {
        check(&self.url, &self.catalog, &self.folder).await
    }
}

fn place(finding: &Finding) -> (&'static str, String) {
    let table = finding.table.clone().unwrap();
    (finding.code, finding.column.as_ref().map_or(table.clone(), |column| format!("{table}.{column}")))
}

async fn check(url: &str, catalog: &str, folder: &TempDir) -> Ended {
    let file = folder.path().join("catalog.toml");
    fs::write(&file, catalog).unwrap();
    handover(&["catalog", "check", "--data", "--source", url, "--catalog", text(&file)]).run().await
}

async fn shops() -> [Shop; 3] {
    [Shop::on_postgres().await, Shop::on_mariadb().await, Shop::on_sqlite().await]
}

#[tokio::test]
async fn rows_that_keep_to_the_catalog_give_no_finding() {
    for shop in shops().await {
        assert_eq!(shop.found().await, []);
        let ended = shop.checked().await;
        assert!(ended.status.success() && ended.stdout.is_empty(), "{ended:?}");
    }
}

#[tokio::test]
async fn an_owner_column_that_contradicts_a_key_is_found() {
    for shop in shops().await {
        shop.run("insert into projects values (8, 1, 21), (9, 1, 21)").await;
        assert_eq!(shop.found().await, [("owner_disagrees", "projects.account_id".to_owned())]);
        let ended = shop.checked().await;
        assert_eq!(ended.status.code(), Some(1));
        assert!(ended.stdout.contains("in 2 rows") && ended.stdout.contains("lead_id"), "{}", ended.stdout);
    }
}

#[tokio::test]
async fn a_row_of_two_tenants_is_found_however_many_keys_away_they_are() {
    for shop in shops().await {
        shop.run("insert into messages values (9, 11, 21)").await;
        assert_eq!(shop.found().await, [("two_owners", "messages".to_owned())]);
    }
    for mut shop in shops().await {
        shop.catalog = shop.catalog.replace("through = \"project_id\"", "through = [\"project_id\", \"next_id\"]");
        assert_eq!(shop.found().await, []);
        shop.run("update tasks set next_id = 3 where id = 2").await;
        assert_eq!(shop.found().await, [("two_owners", "tasks".to_owned())]);
    }
}

#[tokio::test]
async fn a_reference_that_finds_nothing_is_found_with_its_share() {
    for shop in shops().await {
        shop.run("insert into visits values (9, 1, 77)").await;
        let findings = shop.findings().await;
        assert_eq!(
            findings.iter().map(place).collect::<Vec<_>>(),
            [("dangling_reference", "visits.user_number".to_owned())]
        );
        assert!(findings[0].message.starts_with("1 of 2 values"), "{}", findings[0]);
        assert!(!findings[0].message.contains("77"), "{}", findings[0]);
    }
}

#[tokio::test]
async fn rows_of_nobody_are_told_and_stop_nothing() {
    for shop in shops().await {
        shop.run("insert into users values (98, null), (99, 5)").await;
        shop.run("insert into messages values (9, null, null)").await;
        shop.run("insert into notes values (8, 'App\\Models\\User', 1), (9, null, 11)").await;
        let orphaned = |table: &str| ("orphaned_rows", table.to_owned());
        assert_eq!(shop.found().await, [orphaned("messages"), orphaned("notes"), orphaned("users")]);
        let ended = shop.checked().await;
        assert!(ended.status.success(), "{ended:?}");
        assert!(ended.stdout.contains("users: 2 rows belong to no tenant"), "{}", ended.stdout);
        assert!(ended.stdout.contains("notes: 2 rows belong to no tenant"), "{}", ended.stdout);
    }
}

#[tokio::test]
async fn words_that_the_map_does_not_list_are_found_and_only_names_of_classes_printed() {
    for shop in shops().await {
        shop.run("insert into notes values (7, 'App\\Models\\Gone', 1), (8, 'App\\Models\\Gone', 2), (9, 'ann@example.com', 3)").await;
        let findings = shop.findings().await;
        assert_eq!(findings.iter().map(place).collect::<Vec<_>>(), [("unmapped_type", "notes.on_type".to_owned())]);
        let message = &findings[0].message;
        assert!(message.starts_with("3 rows hold 2 words (App\\Models\\Gone in 2, and others)"), "{message}");
        assert!(!message.contains("ann"), "{message}");
    }
}

#[tokio::test]
async fn a_key_that_two_tenants_share_is_found() {
    for shop in shops().await {
        shop.run("insert into accounts values (2, 'again'), (2, 'and again')").await;
        let findings = shop.findings().await;
        assert_eq!(findings.iter().map(place).collect::<Vec<_>>(), [("ambiguous_tenant", "accounts.id".to_owned())]);
        assert!(findings[0].message.starts_with("1 of the tenants' keys"), "{}", findings[0]);
    }
}

#[tokio::test]
async fn columns_of_other_types_are_compared_all_the_same() {
    let shop = Shop::on_postgres().await;
    shop.run("alter table visits alter column account_id type text, alter column user_number type varchar(9)").await;
    assert_eq!(shop.found().await, []);
    shop.run("insert into visits values (8, '1', '21'), (9, '1', 'x')").await;
    assert_eq!(
        shop.found().await,
        [("owner_disagrees", "visits.account_id".to_owned()), ("dangling_reference", "visits.user_number".to_owned())]
    );
}

#[tokio::test]
async fn the_examples_are_clean() {
    let folder = tempfile::tempdir().unwrap();
    let (trackr, shops) = (CustomerTrackr::create(marked(customertrackr::tenants(3))).await, CepPro::create().await);
    let hosting = ProEcommerce::create().await;
    let sources = [
        (trackr.source_url(), customertrackr::CATALOG),
        (shops.database.url.clone(), ceppro::CATALOG),
        (hosting.source_url().await, proecommerce::CATALOG),
    ];
    for (url, catalog) in sources {
        let ended = check(&url, catalog, &folder).await;
        assert!(ended.status.success() && ended.stdout.is_empty(), "{ended:?}");
    }
}

#[tokio::test]
async fn a_role_from_whom_policies_hide_rows_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let product = CepPro::create().await;
    let ended = check(&product.source_url().await, ceppro::CATALOG, &folder).await;
    assert!(!ended.status.success(), "{ended:?}");
    assert!(ended.stderr.contains("ceppro_export") && ended.stderr.contains("BYPASSRLS"), "{}", ended.stderr);
}

/// Keys in arrays and in JSON, beside the shop's own tables.
const LISTS: &str = r#"
[tables.watches]
owner = { array = "accounts" }
[tables.watches.references.users]
table = "users"
array = true
[tables.teams]
owner = { through = "members" }
[tables.teams.references.members]
table = "users"
array = true
[tables.events]
owner = { json = { column = "payload", path = "$.account" } }
"#;

#[tokio::test]
async fn keys_in_arrays_and_in_json_are_followed_too() {
    for mut shop in shops().await {
        let postgres = shop.url.starts_with("postgres");
        let list = |ids: &str| if postgres { format!("'{{{ids}}}'") } else { format!("'[{ids}]'") };
        let (lists, json) = if postgres { ("integer[]", "jsonb") } else { ("text", "text") };
        let schema = format!(
            "create table watches (id integer primary key, accounts {lists}, users {lists});
             create table teams (id integer primary key, members {lists});
             create table events (id integer primary key, payload {json});
             insert into watches values (1, {}, {}), (2, {}, null);
             insert into teams values (1, {});
             insert into events values (1, '{{\"account\": 1}}')",
            list("1,2"),
            list("11,21"),
            list("2"),
            list("11,12"),
        );
        shop.run(&schema).await;
        shop.catalog.push_str(LISTS);
        assert_eq!(shop.found().await, [], "{}", shop.url);
        let faults = format!(
            "insert into watches values (8, {}, null), (9, {}, {});
             insert into teams values (8, {}), (9, {});
             insert into events values (8, '{{\"account\": 5}}'), (9, '{{}}')",
            list(""),
            list("1"),
            list("11,77"),
            list("12,21"),
            list("99"),
        );
        shop.run(&faults).await;
        let found = [
            ("orphaned_rows", "events".to_owned()),
            ("orphaned_rows", "teams".to_owned()),
            ("two_owners", "teams".to_owned()),
            ("dangling_reference", "teams.members".to_owned()),
            ("orphaned_rows", "watches".to_owned()),
            ("dangling_reference", "watches.users".to_owned()),
        ];
        assert_eq!(shop.found().await, found, "{}", shop.url);
    }
}

#[tokio::test]
async fn where_a_column_names_the_tenant_the_other_ways_say_nothing() {
    for mut shop in shops().await {
        let both = "[tables.visits]\nowner = { column = \"account_id\", through = \"user_number\" }";
        shop.catalog = shop.catalog.replace("[tables.visits]\nowner = { column = \"account_id\" }", both);
        shop.run("insert into visits values (8, null, 11), (9, 2, 21)").await;
        assert_eq!(shop.found().await, []);
        shop.run("insert into visits values (6, 5, 21), (7, null, null)").await;
        assert_eq!(
            shop.found().await,
            [("orphaned_rows", "visits".to_owned()), ("owner_disagrees", "visits.account_id".to_owned())]
        );
        let ended = shop.checked().await;
        assert!(ended.stdout.contains("visits: 2 rows belong to no tenant"), "{}", ended.stdout);
    }
}

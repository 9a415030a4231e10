//! A reviewed file and a schema that went on: as an operator runs it.

use std::{fs, path::Path};

use super::desk::source;
use crate::{
    slicing::desk::sqlite,
    support::{
        process::text,
        program::{Ended, handover},
    },
};
use worker::{catalog::Catalog, check};

const SCHEMA: &str = "
    create table shops(id integer primary key, name text);
    create table customers(id integer primary key, shop_id integer not null references shops, name text, email text);
    create table phones(id integer primary key, customer_id integer not null references customers, pin text);
    create table plans(id integer primary key, title text);
    create table odd(id integer primary key, colour text);";

/// As a person leaves it: an order, spellings and remarks of their own.
const REVIEWED: &str = r#"# Ours. Ask Dana before changing.
version=1
engine = 'sqlite'   # the file on the shop's disk

tables.shops.owner.column = "id"
[tenant]
table = "shops"
key = "id"

[tables.phones]   # hang on customers
owner = { through = ["customer_id"] }

  [tables.phones.columns]
  pin   = { keep = "the phone's colour code" } # really

[tables."customers"]
columns = { email = { mask = "email" } }
owner.column = "shop_id"

[tables.plans]
exclude = '''internal'''
[tables.odd]
undecided = "ask Bob"
"#;

async fn infer(url: &str, file: &Path, more: &[&str]) -> Ended {
    let arguments = ["catalog", "infer", "--source", url, "--tenant-table", "shops", "-o", text(file)];
    handover(&[&arguments, more].concat()).run().await
}

async fn run(url: &str, statements: &str) {
    use sqlx::Connection;
    let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_reviewed_file_keeps_every_byte_and_gains_what_is_new() {
    let (folder, url) = sqlite(SCHEMA).await;
    let file = folder.path().join("catalog.toml");
    // `tables.shops` by dots cannot stand beside headings of tables; reviewers write it so.
    let reviewed =
        REVIEWED.replace("tables.shops.owner.column = \"id\"\n", "") + "[tables.shops]\nowner = { column = \"id\" }\n";
    fs::write(&file, &reviewed).unwrap();

    let ended = infer(&url, &file, &[]).await;
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), reviewed, "nothing is new");

    run(
        &url,
        "create table notes(id integer primary key, customer_id integer not null references customers, body text);
         alter table customers add column api_token text;
         alter table phones add column unlock_password text;
         drop table plans; alter table phones drop column pin;",
    )
    .await;
    let ended = infer(&url, &file, &[]).await;
    assert!(ended.status.success(), "{ended:?}");
    let merged = fs::read_to_string(&file).unwrap();
    let mut left = merged.lines();
    for line in reviewed.lines().filter(|line| !line.starts_with("columns = {")) {
        assert!(left.any(|other| other == line), "{line:?} is lost or moved\n{merged}");
    }
    let catalog = Catalog::parse(&merged).unwrap();
    assert_eq!(catalog.tables["notes"].owner.as_ref().unwrap().ways(), ["customer_id"]);
    assert!(catalog.tables["customers"].columns["api_token"].omit.is_some());
    assert!(catalog.tables["customers"].columns["email"].mask.is_some());
    assert!(catalog.tables["phones"].columns["unlock_password"].omit.is_some());
    assert_eq!(catalog.tables["odd"].undecided.as_deref(), Some("ask Bob"));
    assert_eq!(merged.matches("# Vanished").count(), 2, "{merged}");
    assert_eq!(merged.matches("# New").count(), 2, "{merged}");

    let schema = source(&url).schema(&catalog.schemas).await.unwrap();
    let codes: Vec<&str> = check::check(&catalog, &schema).iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["undecided", "vanished_column", "vanished_table"], "{merged}");

    infer(&url, &file, &[]).await;
    assert_eq!(fs::read_to_string(&file).unwrap(), merged, "a second run changes nothing");

    run(&url, "create table plans(id integer primary key, title text)").await;
    infer(&url, &file, &[]).await;
    let back = fs::read_to_string(&file).unwrap();
    assert_eq!(back.matches("# Vanished").count(), 1, "{back}");
}

#[tokio::test]
async fn a_draft_drafted_again_is_the_same_byte_for_byte() {
    let (folder, url) = sqlite(SCHEMA).await;
    let file = folder.path().join("catalog.toml");
    let more = ["--subject", "customer=customers.id"];
    assert!(infer(&url, &file, &more).await.status.success());
    let first = fs::read_to_string(&file).unwrap();
    let again = infer(&url, &file, &more).await;
    assert!(again.stderr.contains("nothing is new"), "{again:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), first);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");

    let printed =
        handover(&["catalog", "infer", "--source", &url, "--tenant-table", "shops", more[0], more[1]]).run().await;
    assert_eq!(printed.stdout, first);
}

#[tokio::test]
async fn what_cannot_be_merged_leaves_the_file_alone() {
    let (folder, url) = sqlite(SCHEMA).await;
    let file = folder.path().join("catalog.toml");
    for broken in [
        "version = 1\nengine =",
        "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"shops\"\nkey = \"id\"\n[tables.shops]\nowner = { column = \"id\" }\n",
    ] {
        fs::write(&file, broken).unwrap();
        let ended = infer(&url, &file, &[]).await;
        assert_eq!(ended.status.code(), Some(2), "{ended:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), broken);
    }
    let ended = handover(&["catalog", "infer", "--source", &url, "--tenant-table", "nobody"]).run().await;
    assert_eq!((ended.status.code(), ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
}

#[tokio::test]
async fn check_prints_one_array_for_programs() {
    let (folder, url) = sqlite(SCHEMA).await;
    let file = folder.path().join("catalog.toml");
    infer(&url, &file, &[]).await;
    let check = ["catalog", "check", "--source", &url, "--catalog", text(&file), "--format", "json"];
    let ended = handover(&check).run().await;
    let findings: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let tables: Vec<&str> = findings.as_array().unwrap().iter().map(|one| one["table"].as_str().unwrap()).collect();
    assert_eq!(tables, ["odd", "phones", "plans"], "{findings}");
    assert!(findings.as_array().unwrap().iter().all(|one| one["code"] == "undecided"));

    let decided = fs::read_to_string(&file).unwrap();
    let decided: String = decided
        .lines()
        .map(|line| match line.split_once(" = ").map_or("", |(key, _)| key) {
            "undecided" => "exclude = \"not needed\"\n".to_owned(),
            "pin" => "pin = { omit = \"unlocks the phone\" }\n".to_owned(),
            _ => format!("{line}\n"),
        })
        .collect();
    fs::write(&file, decided).unwrap();
    let ended = handover(&check).run().await;
    assert_eq!((ended.status.code(), ended.stdout.as_str()), (Some(0), "[]\n"), "{ended:?}");
}

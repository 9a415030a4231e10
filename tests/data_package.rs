//! `datapackage.json` promises a key only where every row that it points to is in the archive; frictionless, which is not ours, agrees.

use crate::{
    fidelity,
    slicing::desk::{catalog, run_mysql, run_postgres},
    subjects,
    support::{archive::Archive, mariadb::MariaDb, postgres::Postgres},
};
use serde_json::Value;

/// Rows of account 1 point by their second keys to rows of account 2, on purpose.
const SCHEMA: &str = "create table accounts (id int primary key);
    create table plans (id int primary key, up int references plans);
    create table people (account_id int not null references accounts, id int primary key, plan_id int references plans, friend_id int references people, unique (account_id, id));
    create table sales (id int primary key, account_id int references accounts, person_id int references people, seller_id int, foreign key (account_id, seller_id) references people (account_id, id));
    create table lines (id int primary key, sale_id int references sales, gift_for int references people);
    create table notes (id int primary key, sale_id int references sales, person_id int references people);
    insert into accounts values (1), (2); insert into plans values (1, null), (2, 1), (3, null);
    insert into people values (1, 10, 2, null), (1, 11, null, 20), (2, 20, 3, null);
    insert into sales values (100, 1, 10, 11), (101, 1, 20, 10), (200, 2, 20, 20);
    insert into lines values (1000, 100, 20), (1001, 101, 10), (2000, 200, 20);
    insert into notes values (1, 100, 10), (2, 101, 20), (3, 200, 10)";

const RULES: &str = "[tenant]\ntable = \"accounts\"\nkey = \"id\"\n[tables.accounts]\nowner = { column = \"id\" }\n[tables.plans]\nshare = \"referenced\"\n\
    [tables.people]\nowner = { column = \"account_id\" }\n[tables.sales]\nowner = { column = \"account_id\" }\n\
    [tables.lines]\nowner = { through = \"sale_id\" }\n[tables.notes]\nowner = { through = [\"sale_id\", \"person_id\"] }\n";

/// The keys of one sort, as `table columns`.
fn keys(archive: &Archive, sort: &str) -> Vec<String> {
    let text = std::fs::read(archive.root().join("datapackage.json")).unwrap();
    let package: Value = serde_json::from_slice(&text).unwrap();
    let mut found = Vec::new();
    for resource in package["resources"].as_array().unwrap() {
        for key in resource["schema"][sort].as_array().into_iter().flatten() {
            let fields: Vec<&str> =
                key["fields"].as_array().unwrap().iter().map(|field| field.as_str().unwrap()).collect();
            found.push(format!("{} {}", resource["title"].as_str().unwrap(), fields.join(",")));
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn a_tenants_package_promises_only_keys_that_never_lead_away() {
    let database = Postgres::shared().await.create_database("package").await;
    run_postgres(&database.url, SCHEMA).await;
    let archive = fidelity::archive(&database.url, &format!("version = 1\nengine = \"postgres\"\n{RULES}"), "1").await;
    archive.assert_sound().await;
    let certain = [
        "lines sale_id",
        "people account_id",
        "people plan_id",
        "plans up",
        "sales account_id",
        "sales account_id,seller_id",
    ];
    assert_eq!(keys(&archive, "foreignKeys"), certain);
    assert_eq!(
        keys(&archive, "openForeignKeys"),
        ["lines gift_for", "notes person_id", "notes sale_id", "people friend_id", "sales person_id"]
    );
}

#[tokio::test]
async fn a_package_of_mariadb_promises_no_key_whose_texts_are_compared_without_regard_to_case() {
    let database = MariaDb::shared().await.create_database("package").await;
    run_mysql(
        &database.url,
        "create table accounts (id varchar(9) character set ascii collate ascii_bin primary key);
         create table plans (code varchar(9) primary key); create table people (id int primary key, account_id varchar(9) character set ascii collate ascii_bin references accounts (id), plan varchar(9) references plans (code));
         insert into accounts values ('1'); insert into plans values ('gold'); insert into people values (1, '1', 'GOLD')",
    )
    .await;
    let rules = "version = 1\nengine = \"mysql\"\n[tenant]\ntable = \"accounts\"\nkey = \"id\"\n[tables.accounts]\nowner = { column = \"id\" }\n[tables.plans]\nshare = \"referenced\"\n[tables.people]\nowner = { column = \"account_id\" }\n";
    let archive = fidelity::archive(&database.url, rules, "1").await;
    archive.assert_sound().await;
    assert_eq!(keys(&archive, "foreignKeys"), ["people account_id"]);
    assert_eq!(keys(&archive, "openForeignKeys"), ["people plan"]);
}

#[tokio::test]
async fn a_persons_package_promises_only_keys_that_never_lead_to_others() {
    let database = Postgres::shared().await.create_database("package_person").await;
    run_postgres(&database.url, SCHEMA).await;
    run_postgres(
        &database.url,
        "create table shops (id int primary key, account_id int references accounts); insert into shops values (1, 1), (2, 2);
         alter table sales add shop_id int references shops; update sales set shop_id = 2 where id = 100; update sales set shop_id = 1 where id = 101",
    )
    .await;
    let text = format!(
        "version = 1\nengine = \"postgres\"\n[subjects.person]\ntable = \"people\"\nkey = \"id\"\n{RULES}\
         [tables.shops]\nowner = {{ column = \"account_id\" }}\nin_subject.person = {{ share = \"referenced\" }}\n\
         [tables.sales.in_subject]\nperson = {{ through = \"person_id\" }}\n\
         [tables.lines.in_subject]\nperson = {{ through = \"sale_id\" }}\n[tables.notes.in_subject]\nperson = {{ exclude = \"internal\" }}\n"
    );
    let archive = subjects::archive(&database.url, &catalog(&text), "1", "person:10").await.unwrap();
    archive.assert_sound().await;
    let certain = keys(&archive, "foreignKeys");
    for key in ["lines sale_id", "people plan_id", "sales person_id"] {
        assert!(certain.iter().any(|one| one == key), "{key} is not in {certain:?}");
    }
    for key in ["sales shop_id", "sales account_id,seller_id", "lines gift_for"] {
        assert!(keys(&archive, "openForeignKeys").iter().any(|one| one == key), "{key}");
    }
}

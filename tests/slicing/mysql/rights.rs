//! The least rights that are enough, and what is said when something is missing.

use super::{A, CATALOG, shop};
use crate::{
    slicing::desk::{catalog, export, keys, noon, run_mysql, source},
    support::{
        mariadb::{Database, MariaDb},
        postgres::PASSWORD,
    },
};
use worker::error::Consequence;

async fn role(database: &Database, grants: &str) -> String {
    let name = format!("role_{}", database.name);
    let statements = format!(
        "create user {name} identified by '{PASSWORD}'; {}",
        grants.replace("ROLE", &name).replace("DATABASE", &database.name)
    );
    run_mysql(&database.url, &statements).await;
    MariaDb::shared().await.url_as(&name, &database.name)
}

#[tokio::test]
async fn a_role_that_may_only_read_is_enough() {
    let database = shop("least").await;
    let url = role(&database, "grant select, show view on DATABASE.* to ROLE").await;
    let slice = export(&url, &catalog(CATALOG), A).await.unwrap();
    assert_eq!(keys(&slice, "messages"), ["1", "2"]);
}

#[tokio::test]
async fn a_role_that_does_not_see_every_table_is_refused_with_what_to_grant() {
    let database = shop("blind").await;
    let url =
        role(&database, "grant select on DATABASE.people to ROLE; grant select on DATABASE.workspaces to ROLE").await;
    let error = export(&url, &catalog(CATALOG), A).await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("may not read every table")
            && text.contains(&format!("grant select, show view on {}.*", database.name)),
        "{text}"
    );
    assert!(text.contains(&format!("role_{}@%", database.name)), "{text}");
    assert_eq!(error.consequence(), Consequence::Fail);
}

#[tokio::test]
async fn a_role_with_other_rights_than_reading_is_refused_too() {
    let database = shop("insert").await;
    let url = role(&database, "grant insert, references on DATABASE.* to ROLE").await;
    let text = export(&url, &catalog(CATALOG), A).await.unwrap_err().to_string();
    assert!(text.contains("may not read every table"), "{text}");
}

#[tokio::test]
async fn who_is_not_let_in_is_told_what_to_check() {
    let database = shop("door").await;
    let server = MariaDb::shared().await;
    for (url, consequence, said) in [
        (server.url_as("nobody", &database.name), Consequence::Fail, "does not let role nobody in"),
        (server.url_as("root", "no_such_database"), Consequence::Fail, "does not let role root in"),
        ("mysql://root:x@127.0.0.1:1/x".to_owned(), Consequence::Retry, "the connection broke while connecting"),
    ] {
        let Err(error) = source(&url).snapshot("test", noon()).await else { panic!("let in") };
        assert!(error.to_string().contains(said), "{error}");
        assert!(!error.to_string().contains(PASSWORD));
        assert_eq!(error.consequence(), consequence);
    }
}

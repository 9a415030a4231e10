//! Secrets by the shape of their values, which never reach the file.

use super::desk::{draft, request};
use crate::slicing::desk::{run_postgres, sqlite};
use crate::support::postgres::Postgres;

const BCRYPT: &str = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";
const STRIPE: &str = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";

const ROWS: &str = "
    create table shops(id integer primary key, name text, verifier text, integration text, settings SETTINGS, remark text, secretary text, token_count integer,
        public_key text, hashtag text);
    insert into shops values (1, 'A', 'BCRYPT', 'STRIPE', '{\"smtp\": {\"password\": \"hunter2\"}}', 'call STRIPE now', 'Jo', 3, 'ssh-ed25519 AAAA', '#a'),
        (2, 'B', 'BCRYPT', 'STRIPE', '{}', 'nothing', 'Al', 4, 'ssh-ed25519 BBBB', '#b');";

fn rows(settings: &str) -> String {
    ROWS.replace("SETTINGS", settings).replace("BCRYPT", BCRYPT).replace("STRIPE", STRIPE)
}

async fn assert_seen(url: &str) {
    let (inferred, catalog) = draft(url, &request("shops")).await;
    let columns = &catalog.tables["shops"].columns;
    for column in ["verifier", "integration"] {
        assert!(columns[column].omit.is_some(), "{column}\n{}", inferred.text);
    }
    for column in ["settings", "remark"] {
        assert!(columns[column].undecided.is_some(), "{column}\n{}", inferred.text);
    }
    assert_eq!(columns.len(), 4, "{}", inferred.text);
    for value in [BCRYPT, STRIPE, "hunter2", "ssh-ed25519"] {
        assert!(!inferred.text.contains(value), "{}", inferred.text);
    }
}

#[tokio::test]
async fn secrets_are_seen_by_their_shape_in_postgres() {
    let database = Postgres::shared().await.create_database("infer_secrets").await;
    run_postgres(&database.url, &rows("jsonb")).await;
    assert_seen(&database.url).await;
}

#[tokio::test]
async fn secrets_are_seen_by_their_shape_in_sqlite() {
    let (_folder, url) = sqlite(&rows("text")).await;
    assert_seen(&url).await;
}

#[tokio::test]
async fn a_secret_that_is_a_key_is_a_question() {
    let (_folder, url) = sqlite(
        "create table shops(id integer primary key, name text);
         create table sessions(token text primary key not null, shop_id integer not null references shops);",
    )
    .await;
    let (inferred, catalog) = draft(&url, &request("shops")).await;
    assert!(catalog.tables["sessions"].columns["token"].undecided.is_some(), "{}", inferred.text);
}

//! One contact of a CustomerTrackr account, in SQLite.

use super::{archive, assert_names, excluded};
use crate::support::{
    archive::Archive,
    customertrackr::CustomerTrackr,
    markers::{holds, marked},
    process::text,
};
use examples::customertrackr;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use std::process::Command;
use worker::{catalog::Catalog, check, error::ExportError};

/// For each table the columns that are not in the archive, and the rows that are.
const CONTACT: [(&str, &[&str], &str); 9] = [
    ("contacts", &["owner_id"], "id = $person"),
    ("notes", &["author_id"], "contact_id = $person"),
    ("note_attachments", &[], "note_id in (select id from notes where contact_id = $person)"),
    ("activities", &["user_id"], "contact_id = $person"),
    ("contact_tags", &[], "contact_id = $person"),
    ("tags", &[], "id in (select tag_id from contact_tags where contact_id = $person)"),
    ("custom_field_values", &[], "contact_id = $person"),
    ("custom_fields", &[], "id in (select field_id from custom_field_values where contact_id = $person)"),
    ("countries", &[], "true"),
];

async fn rows(file: &str, table: &str, omitted: &[&str], condition: &str) -> Vec<String> {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{file}")).await.unwrap();
    let columns: Vec<String> = sqlx::query_scalar("select name from pragma_table_xinfo(?) order by cid")
        .bind(table)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let values: Vec<String> = columns
        .iter()
        .filter(|column| !omitted.contains(&column.as_str()))
        .map(|column| format!("typeof({column}) || hex(cast({column} as blob))"))
        .collect();
    let query = format!("select {} from {table} where {condition} order by 1", values.join(" || ' ' || "));
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(&mut connection).await.unwrap()
}

async fn assert_equals(product: &CustomerTrackr, archive: &Archive, person: &str) {
    archive.assert_sound().await;
    let restored = archive.root().join("restored.db");
    let script = std::fs::File::open(archive.root().join("sql/restore.sql")).unwrap();
    let mut sqlite = Command::new("sqlite3");
    sqlite
        .args(["-bail", "-cmd", "pragma foreign_keys = on", text(&restored)])
        .current_dir(archive.root())
        .stdin(script);
    let output = sqlite.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));

    let mut expected: Vec<&str> = CONTACT.iter().map(|(table, ..)| *table).collect();
    expected.sort_unstable();
    let mut found: Vec<String> =
        ["owned", "referenced", "shared"].iter().flat_map(|kind| archive.tables(kind)).collect();
    found.sort();
    assert_eq!(found, expected);
    for (table, omitted, condition) in CONTACT {
        let expected = rows(text(&product.path()), table, omitted, &condition.replace("$person", person)).await;
        assert!(!expected.is_empty(), "the example has nothing of the contact in {table}");
        assert_eq!(rows(text(&restored), table, omitted, "true").await, expected, "sql: {table}");
        let sheet = archive.sheet(table);
        assert_eq!(sheet.rows.len(), expected.len(), "csv: {table}");
        assert!(sheet.columns.iter().all(|column| !omitted.contains(&column.as_str())), "{table}");
    }
}

#[tokio::test]
async fn a_contact_gets_what_is_theirs_and_no_word_about_anybody_else() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(2))).await;
    let catalog = Catalog::parse(customertrackr::CATALOG).unwrap();
    let mut source = SqliteConnection::connect(&product.source_url()).await.unwrap();
    let person: String = sqlx::query_scalar(
        "select cast(c.id as text) from contacts c where account_id = ?1 order by
           (select count(*) > 0 from note_attachments a join notes n on n.id = a.note_id where n.contact_id = c.id) +
           (select count(*) > 0 from activities where contact_id = c.id) + (select count(*) > 0 from contact_tags where contact_id = c.id) +
           (select count(*) > 0 from custom_field_values where contact_id = c.id) desc, id limit 1",
    )
    .bind(&product.tenants[0].key)
    .fetch_one(&mut source)
    .await
    .unwrap();
    let strangers = "
        update users set name = 'STRANGER', email = 'STRANGER' || id;
        update companies set name = 'STRANGER';
        update contacts set given_name = 'STRANGER' where id <> $person;
        update notes set body = 'STRANGER' where contact_id <> $person;
        update note_attachments set file_name = 'STRANGER' where note_id not in (select id from notes where contact_id = $person);
        update activities set subject = 'STRANGER' where contact_id is not $person;
        update contact_tags set added_because = 'STRANGER' where contact_id <> $person;
        update custom_field_values set entered_as = 'STRANGER' where contact_id <> $person";
    product.run(&strangers.replace("$person", &person)).await;

    let (url, own, other) = (product.source_url(), &product.tenants[0], &product.tenants[1]);
    let archive = archive(&url, &catalog, &own.key, &format!("contact:{person}")).await.unwrap();
    assert_names(&archive, "contact", &person);
    assert_equals(&product, &archive, &person).await;
    for member in archive.members() {
        for never in ["STRANGER", examples::SECRET, &other.marker] {
            assert!(!holds(&member.bytes, never), "{never} in {}", member.name);
        }
    }
    assert!(
        excluded(&archive).contains(&("users".to_owned(), "nothing leads from its rows to this person".to_owned()))
    );

    for (tenant, subject) in [
        (other, format!("contact:{person}")),
        (own, format!("contact:0{person}")),
        (own, format!("contact:{person}.0")),
        (own, "contact:' or 1=1 --".to_owned()),
        (own, format!("contact:{}", hex::encode(&person))),
    ] {
        let refused = super::archive(&url, &catalog, &tenant.key, &subject).await.err();
        assert!(matches!(refused, Some(ExportError::SubjectNotFound)), "{subject}: {refused:?}");
    }
}

#[tokio::test]
async fn the_catalog_of_the_example_decides_about_every_table_for_every_person() {
    let product = CustomerTrackr::create(marked(customertrackr::tenants(1))).await;
    let catalog = Catalog::parse(customertrackr::CATALOG).unwrap();
    let schema = crate::slicing::desk::source(&product.source_url()).schema(&catalog.schemas).await.unwrap();
    assert_eq!(check::check(&catalog, &schema), []);
}

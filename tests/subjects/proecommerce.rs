//! One contact of a ProEcommerce account, on MariaDB.

use super::{archive, assert_names};
use crate::support::{mariadb::MariaDb, markers::holds, proecommerce::ProEcommerce};
use examples::proecommerce;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use worker::{catalog::Catalog, check, error::ExportError};

/// For each table of the person's what tells its rows apart, and which are theirs.
const CONTACT: [(&str, &str, &str); 12] = [
    ("contacts", "id", "id = $person"),
    ("api_keys", "id", "contact_id = $person"),
    ("sessions", "id", "contact_id = $person"),
    ("login_history", "id", "contact_id = $person"),
    ("marketing_consents", "id", "contact_id = $person"),
    ("email_preferences", "contact_id", "contact_id = $person"),
    ("domains", "id", "registrant_id = $person"),
    ("tickets", "id", "contact_id = $person"),
    ("ticket_messages", "id", "contact_id = $person or ticket_id in (select id from tickets where contact_id = $person)"),
    ("emails", "id", "contact_id = $person"),
    (
        "attachments",
        "id",
        "email_id in (select id from emails where contact_id = $person) or ticket_message_id in (select id from ticket_messages
            where contact_id = $person or ticket_id in (select id from tickets where contact_id = $person))",
    ),
    (
        "notes",
        "id",
        "author_id = $person
            or notable_type = 'App\\\\Models\\\\Ticket' and notable_id in (select id from tickets where contact_id = $person)
            or notable_type = 'App\\\\Models\\\\Domain' and notable_id in (select id from domains where registrant_id = $person)",
    ),
];

async fn keys(connection: &mut MySqlConnection, table: &str, key: &str, condition: &str) -> Vec<String> {
    let query = format!("select cast({key} as char) from {table} where {condition} order by 1");
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(connection).await.unwrap()
}

#[tokio::test]
async fn a_contact_gets_what_is_theirs_and_nothing_of_another_account() {
    let product = ProEcommerce::create().await;
    let (url, catalog) = (product.source_url().await, Catalog::parse(proecommerce::CATALOG).unwrap());
    let schema = crate::slicing::desk::source(&url).schema(&catalog.schemas).await.unwrap();
    assert_eq!(check::check(&catalog, &schema), [], "every table is decided about");
    let mut source = product.connect().await;
    let own = &product.tenants[0];
    let person: String = sqlx::query_scalar(
        "select cast(c.id as char) from contacts c where account_id = ? order by
            (select count(*) from tickets where contact_id = c.id) > 0 and (select count(*) from emails where contact_id = c.id) > 0 desc, c.id limit 1",
    )
    .bind(&own.key)
    .fetch_one(&mut source)
    .await
    .unwrap();
    product.run(&format!("update contacts set name = 'STRANGER' where id <> {person}")).await;

    let archive = archive(&url, &catalog, &own.key, &format!("contact:{person}")).await.unwrap();
    archive.assert_sound().await;
    assert_names(&archive, "contact", &person);
    let restored = MariaDb::shared().await.create_database("person").await;
    let script = std::fs::read(archive.root().join("sql/restore.sql")).unwrap();
    let output = MariaDb::shared().await.client(&restored.name, &archive.root(), &script);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut restored = MySqlConnection::connect(&restored.url).await.unwrap();
    let mut filled = 0;
    for (table, key, condition) in CONTACT {
        let expected = keys(&mut source, table, key, &condition.replace("$person", &person)).await;
        assert_eq!(keys(&mut restored, table, key, "true").await, expected, "{table}");
        assert_eq!(archive.sheet(table).rows.len(), expected.len(), "{table}");
        filled += usize::from(!expected.is_empty());
    }
    assert!(filled > 8, "the example has next to nothing of the person: {filled} tables");
    assert!(!archive.sheet("emails").columns.contains(&"recipients".to_owned()));
    for member in archive.members() {
        for never in ["STRANGER", examples::SECRET, &product.tenants[1].marker, &product.tenants[2].marker] {
            assert!(!holds(&member.bytes, never), "{never} in {}", member.name);
        }
    }

    for (tenant, subject) in [
        (&product.tenants[1], format!("contact:{person}")),
        (own, format!("contact:0{person}")),
        (own, format!("contact:{person}x")),
        (own, "contact:' or 1=1 -- ".to_owned()),
    ] {
        let refused = super::archive(&url, &catalog, &tenant.key, &subject).await.err();
        assert!(matches!(refused, Some(ExportError::SubjectNotFound)), "{subject}: {refused:?}");
    }
}

//! The query of docs/audit.md, run as it stands there.

use super::*;

on_both_engines! {
    the_documented_query_says_who_received_what_when_and_from_which_address
}

/// The first SQL of the document.
fn documented() -> String {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/audit.md")).unwrap();
    let (_, rest) = text.split_once("```sql\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

async fn the_documented_query_says_who_received_what_when_and_from_which_address(ledger: Ledger) {
    let mut expected = Vec::new();
    for (number, tenant) in ["acme", "globex"].into_iter().enumerate() {
        let export = running(&ledger, tenant).await;
        let tables = json!({ "tables": { "public.users": { "rows": 3, "columns": ["id", "email"] } } });
        exports::complete_telling(&ledger, export.id, 1, (&[archive(tenant)], None, tables.clone()), at(9000), at(10))
            .await
            .unwrap();
        let id = Uuid::now_v7();
        let address = format!("203.0.113.{number}");
        let person = Actor {
            name: format!("link:{id}"),
            address: Some(address.clone()),
            request_id: Some(format!("r-{number}")),
        };
        let second = 20 + number as i64;
        let detail = json!({ "link": id, "file": format!("{tenant}.zip") });
        let download = NewEvent::about(export.id, "link.downloaded", person, detail);
        audit::record(&ledger, download, at(second)).await.unwrap();
        // What was refused was not received.
        let refusal = NewEvent::about(export.id, "link.refused", portal(), json!({ "reason": "revoked" }));
        audit::record(&ledger, refusal, at(30)).await.unwrap();
        expected.push((
            at(second),
            "shop".to_owned(),
            tenant.to_owned(),
            format!("link:{id}"),
            address,
            format!("{tenant}.zip"),
            "key:hk_portal22".to_owned(),
            tables["tables"].clone(),
        ));
    }
    type Row = (DateTime<Utc>, String, String, String, String, String, String, String);
    let query = AssertSqlSafe(documented());
    let rows: Vec<Row> = match &ledger {
        Ledger::Postgres(pool) => sqlx::query_as(query).fetch_all(pool).await.unwrap(),
        Ledger::Sqlite(pool) => sqlx::query_as(query).fetch_all(pool).await.unwrap(),
    };
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(at, source, tenant, receiver, address, file, asked_by, tables)| {
            let tables: serde_json::Value = serde_json::from_str(&tables).unwrap();
            (at, source, tenant, receiver, address, file, asked_by, tables)
        })
        .collect();
    assert_eq!(rows, expected);
}

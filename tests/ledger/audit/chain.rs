//! How the chain grows.

use super::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

on_both_engines! {
    every_entry_holds_the_hash_of_the_one_before
    many_writers_at_once_make_one_chain_without_a_gap
    what_is_rolled_back_leaves_no_gap
    hostile_texts_are_chained_as_they_are_stored
    entries_are_found_by_every_filter
    the_database_itself_refuses_to_change_or_remove_entries
}

async fn every_entry_holds_the_hash_of_the_one_before(ledger: Ledger) {
    ready(&ledger, "acme").await;
    refused(&ledger, 50).await;
    let entries = entries(&ledger).await;
    assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let mut before = "00".repeat(32);
    for entry in &entries {
        // As docs/audit.md tells an outsider to check it: with nothing of ours.
        let mut document: Value = serde_json::from_str(&entry.line()).unwrap();
        assert_eq!(document["previous_hash"], json!(before));
        let hash = document.as_object_mut().unwrap().remove("hash").unwrap();
        document.sort_all_objects();
        assert_eq!(hash, json!(hex::encode(Sha256::digest(document.to_string()))));
        before = hash.as_str().unwrap().to_owned();
    }
    let outcomes: Vec<&str> = entries.iter().map(|entry| entry.event.outcome.as_str()).collect();
    assert_eq!(outcomes, ["done", "done", "done", "refused"]);
    let head = audit::head(&ledger).await.unwrap();
    assert_eq!(head.to_string(), format!("4:{before}"));
    assert_eq!(assert_whole(&ledger).await.last, head);
}

async fn many_writers_at_once_make_one_chain_without_a_gap(ledger: Ledger) {
    let writers = (0..20).map(|writer| {
        let ledger = ledger.clone();
        tokio::spawn(async move {
            for turn in 0..5 {
                // Two kinds that lock rows of their own, in the order of their own work.
                let wanted = wish(&format!("t{}", writer % 3));
                let export = match exports::request(&ledger, wanted, portal(), at(turn)).await.unwrap() {
                    Requested::New(export) | Requested::Joined(export) => export,
                    other => panic!("{other:?}"),
                };
                exports::request_cancel(&ledger, export.id, portal(), at(turn)).await.unwrap();
                refused(&ledger, turn).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let report = assert_whole(&ledger).await;
    assert!(report.entries >= 200, "{report:?}");
    assert_eq!((report.first, report.last.seq), (1, i64::try_from(report.entries).unwrap()));
}

async fn what_is_rolled_back_leaves_no_gap(ledger: Ledger) {
    ready(&ledger, "acme").await;
    let second = running(&ledger, "acme").await;
    let before = assert_whole(&ledger).await.last;
    let result = exports::complete(&ledger, second.id, 1, &[archive("acme")], at(99), at(20)).await;
    assert!(matches!(result, Err(LedgerError::Database(_))));
    assert_eq!(audit::head(&ledger).await.unwrap(), before);
    refused(&ledger, 30).await;
    assert_eq!(assert_whole(&ledger).await.last.seq, before.seq + 1);
}

async fn hostile_texts_are_chained_as_they_are_stored(ledger: Ledger) {
    let texts = ["\0", "\"},{\"seq\":7", "日本 🏔", "\u{1}\u{7f}\u{2028}", "\\u0000", "é", "e\u{301}", ""];
    for text in texts {
        let event = NewEvent {
            actor: Actor { name: text.into(), address: Some(text.into()), request_id: Some(text.into()) },
            action: "access.refused",
            export_id: None,
            source: Some(text.into()),
            tenant: Some(text.into()),
            detail: json!({ text: [text, 1e300, 0.1, -0.0, u64::MAX, 12345678901234567890123.0, 1e-9, { "b": null, "a": true }] }),
        };
        audit::record(&ledger, event, at(1)).await.unwrap();
    }
    assert_eq!(assert_whole(&ledger).await.entries, texts.len() as u64);
}

async fn entries_are_found_by_every_filter(ledger: Ledger) {
    let export = ready(&ledger, "acme").await;
    queued(&ledger, "other", at(20)).await;
    refused(&ledger, 30).await;
    let none = audit::Filter::default;
    let cases = [
        (none(), 5),
        (audit::Filter { tenant: Some("acme".into()), ..none() }, 3),
        (audit::Filter { source: Some("shop".into()), ..none() }, 4),
        (audit::Filter { source: Some("nothing".into()), ..none() }, 0),
        (audit::Filter { export: Some(export.id), ..none() }, 3),
        (audit::Filter { actor: Some("worker:w1".into()), ..none() }, 2),
        (audit::Filter { action: Some("export.requested".into()), ..none() }, 2),
        (audit::Filter { action: Some("export".into()), ..none() }, 4),
        (audit::Filter { action: Some("%".into()), ..none() }, 0),
        (audit::Filter { outcome: Some(audit::Outcome::Refused), ..none() }, 1),
        (audit::Filter { since: Some(at(10)), ..none() }, 3),
        (audit::Filter { since: Some(at(10)), until: Some(at(20)), ..none() }, 1),
    ];
    for (filter, count) in cases {
        let found = audit::page(&ledger, &filter, None, 100).await.unwrap();
        assert_eq!(found.len(), count, "{filter:?}");
        assert!(found.is_sorted_by(|one, next| one.seq > next.seq));
    }
    let page = audit::page(&ledger, &none(), Some(4), 2).await.unwrap();
    assert_eq!(page.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [3, 2]);
}

async fn the_database_itself_refuses_to_change_or_remove_entries(ledger: Ledger) {
    ready(&ledger, "acme").await;
    for statement in [
        "update audit_events set actor = 'nobody' where seq = 2",
        "delete from audit_events where seq = 1",
        "delete from audit_events",
        "truncate audit_events",
    ] {
        let query = AssertSqlSafe(statement);
        let refused = match &ledger {
            Ledger::Postgres(pool) => sqlx::query(query).execute(pool).await.is_err(),
            Ledger::Sqlite(pool) => sqlx::query(query).execute(pool).await.is_err(),
        };
        assert!(refused, "{statement}");
    }
    assert_eq!(assert_whole(&ledger).await.entries, 3);
}

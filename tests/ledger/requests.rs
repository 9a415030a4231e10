//! Asking for an export: idempotency keys, joining, and what is stored.

use super::*;
use shared::export::{Scope, State, SubjectId};
use shared::ledger::audit;
use sqlx::types::Json;

on_both_engines! {
    a_request_is_stored_as_it_was_asked_and_reads_back_the_same
    a_tenant_id_is_any_text
    the_same_idempotency_key_repeats_the_request
    an_idempotency_key_with_another_request_is_refused
    an_idempotency_key_is_honoured_until_it_is_forgotten
    an_idempotency_key_belongs_to_its_caller
    equal_requests_with_one_idempotency_key_at_once_make_one_row
    an_identical_request_joins_and_adds_its_addresses
    a_joining_request_repeats_by_its_own_idempotency_key
    a_request_that_differs_does_not_join
    nobody_joins_an_export_that_is_over_or_to_be_cancelled
    identical_requests_at_once_make_one_row
}

async fn a_request_is_stored_as_it_was_asked_and_reads_back_the_same(ledger: Ledger) {
    let new = wish("acme");
    let now = at(0) + TimeDelta::nanoseconds(999);
    let expected = Export {
        id: new.id,
        source: "shop".into(),
        scope: Scope::Tenant,
        tenant: TenantId::new("acme").unwrap(),
        subject: Person::default(),
        origin: Origin::Portal,
        formats: Json(vec![Format::Csv, Format::Sql]),
        csv_profile: CsvProfile::Spreadsheet,
        language: shared::language::Language::English,
        layout: Layout::Zip,
        compression: None,
        notify: Json(vec!["ann@example.com".into(), "bob@example.com".into()]),
        state: State::Queued,
        phase: None,
        tables_done: 0,
        tables_total: 0,
        rows_done: 0,
        bytes_done: 0,
        current_table: None,
        attempt: 0,
        attempts_before: 0,
        retried_at: None,
        worker: None,
        lease_until: None,
        next_attempt_at: None,
        cancel_requested: false,
        retries: 0,
        crashes: 0,
        lost_worker: None,
        reason_code: None,
        reason: None,
        requested_by: Some(Uuid::from_u128(7)),
        schedule_id: None,
        schedule_run_id: None,
        created_at: at(0),
        started_at: None,
        finished_at: None,
        expires_at: None,
        hold_since: None,
        hold_reason: None,
        deletion: Deletion::default(),
    };
    let requested = exports::request(&ledger, new, portal(), now).await.unwrap();
    assert_eq!(requested, Requested::New(expected.clone()));
    assert_eq!(found(&ledger, expected.id).await, expected);
    assert_eq!(exports::find(&ledger, Uuid::now_v7()).await.unwrap(), None);

    let events = audit::of_export(&ledger, expected.id).await.unwrap();
    assert_eq!(events.len(), 1);
    let event = audit::Event {
        id: events[0].id,
        at: at(0),
        actor: "key:hk_portal22".into(),
        action: "export.requested".into(),
        outcome: "done".into(),
        export_id: Some(expected.id),
        source: Some("shop".into()),
        tenant: Some("acme".into()),
        address: Some("192.0.2.7".into()),
        request_id: Some("r-1".into()),
        detail: Json(serde_json::json!({
            "origin": "portal", "scope": "tenant", "formats": ["csv", "sql"], "csv_profile": "spreadsheet", "layout": "zip", "recipients": 2
        })),
    };
    assert_eq!(events[0], event);
}

async fn a_tenant_id_is_any_text(ledger: Ledger) {
    for tenant in ["' OR 1=1 --", "%", "\"; drop table exports; --", "日本 🏔", "\\", "$1", &"x".repeat(512)] {
        let export = queued(&ledger, tenant, at(0)).await;
        assert_eq!(found(&ledger, export.id).await.tenant.as_str(), tenant);
        let filter = exports::Filter { tenant: Some(tenant.into()), limit: 10, ..Default::default() };
        assert_eq!(exports::list(&ledger, &filter).await.unwrap(), [export]);
    }
}

fn with_key(tenant: &str, key: &str, hash: u8) -> NewExport {
    NewExport { idempotency: Some((key.into(), vec![hash; 32])), ..wish(tenant) }
}

async fn the_same_idempotency_key_repeats_the_request(ledger: Ledger) {
    let first = with_key("acme", "k", 1);
    let id = first.id;
    assert!(matches!(exports::request(&ledger, first, portal(), at(0)).await.unwrap(), Requested::New(_)));
    exports::claim(&ledger, id, "w1", LEASE, at(1)).await.unwrap().unwrap();
    exports::complete(&ledger, id, 1, &[], at(1000), at(2)).await.unwrap();

    let again = exports::request(&ledger, with_key("acme", "k", 1), portal(), at(3)).await.unwrap();
    assert_eq!(again, Requested::Repeated(found(&ledger, id).await));
    assert_eq!(actions(&ledger, id).await, ["export.requested", "export.claimed", "export.ready"]);
}

async fn an_idempotency_key_with_another_request_is_refused(ledger: Ledger) {
    exports::request(&ledger, with_key("acme", "k", 1), portal(), at(0)).await.unwrap();
    let other = with_key("other", "k", 2);
    let id = other.id;
    assert_eq!(exports::request(&ledger, other, portal(), at(1)).await.unwrap(), Requested::KeyReused);
    assert_eq!(exports::find(&ledger, id).await.unwrap(), None);
}

async fn an_idempotency_key_is_honoured_until_it_is_forgotten(ledger: Ledger) {
    let first = with_key("acme", "k", 1);
    let id = first.id;
    exports::request(&ledger, first, portal(), at(10)).await.unwrap();
    exports::request_cancel(&ledger, id, portal(), at(11)).await.unwrap();
    assert_eq!(exports::forget_idempotency_keys(&ledger, at(10)).await.unwrap(), 0);
    let again = exports::request(&ledger, with_key("acme", "k", 1), portal(), at(12)).await.unwrap();
    assert!(matches!(again, Requested::Repeated(export) if export.id == id));
    assert_eq!(exports::forget_idempotency_keys(&ledger, at(11)).await.unwrap(), 1);
    let anew = exports::request(&ledger, with_key("other", "k", 2), portal(), at(13)).await.unwrap();
    assert!(matches!(anew, Requested::New(_)));
}

async fn an_idempotency_key_belongs_to_its_caller(ledger: Ledger) {
    for (tenant, caller) in [("one", Some(Uuid::from_u128(1))), ("two", Some(Uuid::from_u128(2))), ("three", None)] {
        let new = NewExport { requested_by: caller, ..with_key(tenant, "k", tenant.len() as u8) };
        assert!(matches!(exports::request(&ledger, new, portal(), at(0)).await.unwrap(), Requested::New(_)));
    }
    let again = NewExport { requested_by: None, ..with_key("three", "k", 5) };
    assert!(matches!(exports::request(&ledger, again, portal(), at(1)).await.unwrap(), Requested::Repeated(_)));
}

async fn at_once(ledger: &Ledger, wish: impl Fn(usize) -> NewExport) -> Vec<Requested> {
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let (ledger, new) = (ledger.clone(), wish(number));
            tokio::spawn(async move { exports::request(&ledger, new, portal(), at(0)).await.unwrap() })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

async fn everything(ledger: &Ledger) -> Vec<Export> {
    exports::list(ledger, &exports::Filter { limit: 1000, ..Default::default() }).await.unwrap()
}

async fn equal_requests_with_one_idempotency_key_at_once_make_one_row(ledger: Ledger) {
    let answers = at_once(&ledger, |_| with_key("acme", "k", 1)).await;
    let rows = everything(&ledger).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == Requested::New(rows[0].clone())).count(), 1);
    assert_eq!(answers.iter().filter(|answer| **answer == Requested::Repeated(rows[0].clone())).count(), 7);
}

async fn an_identical_request_joins_and_adds_its_addresses(ledger: Ledger) {
    let first = queued(&ledger, "acme", at(0)).await;
    exports::claim(&ledger, first.id, "w1", LEASE, at(1)).await.unwrap().unwrap();
    let new = NewExport { notify: vec!["cy@example.com".into(), "bob@example.com".into()], ..wish("acme") };
    let joined = exports::request(&ledger, new, portal(), at(2)).await.unwrap();
    let row = found(&ledger, first.id).await;
    assert_eq!(joined, Requested::Joined(row.clone()));
    assert_eq!(*row.notify, ["ann@example.com", "bob@example.com", "cy@example.com"]);
    assert_eq!(actions(&ledger, first.id).await, ["export.requested", "export.claimed", "export.joined"]);
}

async fn a_joining_request_repeats_by_its_own_idempotency_key(ledger: Ledger) {
    let first = queued(&ledger, "acme", at(0)).await;
    let joined = exports::request(&ledger, with_key("acme", "k", 1), portal(), at(1)).await.unwrap();
    assert!(matches!(joined, Requested::Joined(export) if export.id == first.id));
    let again = exports::request(&ledger, with_key("acme", "k", 1), portal(), at(2)).await.unwrap();
    assert_eq!(again, Requested::Repeated(found(&ledger, first.id).await));
    let other = exports::request(&ledger, with_key("acme", "k", 2), portal(), at(2)).await.unwrap();
    assert_eq!(other, Requested::KeyReused);
}

async fn a_request_that_differs_does_not_join(ledger: Ledger) {
    queued(&ledger, "acme", at(0)).await;
    for new in [
        wish("Acme"),
        NewExport { source: "bank".into(), ..wish("acme") },
        NewExport { formats: vec![Format::Csv], ..wish("acme") },
        NewExport { csv_profile: CsvProfile::Lossless, ..wish("acme") },
        NewExport { language: shared::language::Language::German, ..wish("acme") },
        NewExport { subject: ann(), ..wish("acme") },
        NewExport { subject: Person(Some(SubjectId::new("user", "1").unwrap())), ..wish("acme") },
        NewExport { subject: Person(Some(SubjectId::new("customer", "2").unwrap())), ..wish("acme") },
    ] {
        assert!(matches!(exports::request(&ledger, new, portal(), at(0)).await.unwrap(), Requested::New(_)));
    }
    let same = NewExport { formats: vec![Format::Csv, Format::Sql], ..wish("acme") };
    assert!(matches!(exports::request(&ledger, same, portal(), at(0)).await.unwrap(), Requested::Joined(_)));
    let same = NewExport { subject: ann(), ..wish("acme") };
    let Requested::Joined(joined) = exports::request(&ledger, same, portal(), at(0)).await.unwrap() else {
        panic!("a person's export is made twice");
    };
    assert_eq!((joined.scope, &joined.subject), (Scope::Subject, &ann()));
    assert_eq!(found(&ledger, joined.id).await, joined);
}

fn ann() -> Person {
    Person(Some(SubjectId::new("customer", "1").unwrap()))
}

async fn nobody_joins_an_export_that_is_over_or_to_be_cancelled(ledger: Ledger) {
    ready(&ledger, "acme").await;
    let second = running(&ledger, "acme").await;
    exports::request_cancel(&ledger, second.id, portal(), at(1)).await.unwrap().unwrap();
    let third = queued(&ledger, "acme", at(2)).await;
    exports::request_cancel(&ledger, third.id, portal(), at(3)).await.unwrap().unwrap();
    queued(&ledger, "acme", at(4)).await;
}

async fn identical_requests_at_once_make_one_row(ledger: Ledger) {
    let answers = at_once(&ledger, |number| NewExport {
        notify: vec![format!("{number}@example.com"), "all@example.com".into()],
        idempotency: Some((format!("k{number}"), vec![number as u8; 32])),
        ..wish("acme")
    })
    .await;
    let rows = everything(&ledger).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        answers.iter().filter(|answer| matches!(answer, Requested::New(export) if export.id == rows[0].id)).count(),
        1
    );
    assert_eq!(
        answers.iter().filter(|answer| matches!(answer, Requested::Joined(export) if export.id == rows[0].id)).count(),
        7
    );
    let mut told = rows[0].notify.0.clone();
    told.sort();
    let mut all: Vec<String> = (0..8).map(|number| format!("{number}@example.com")).collect();
    all.push("all@example.com".into());
    assert_eq!(told, all);
    assert_eq!(actions(&ledger, rows[0].id).await.len(), 8);
}

//! The cool-down of what people ask for in the portal.

use super::*;
use shared::export::SubjectId;

on_both_engines! {
    a_person_may_ask_again_on_the_next_day
    what_failed_or_was_cancelled_is_not_held_against_anybody
    an_identical_export_is_joined_during_the_cool_down
    others_are_not_kept_waiting
    of_two_requests_at_once_one_wins
    a_repeated_request_is_answered_during_the_cool_down
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn ask(ledger: &Ledger, new: NewExport, now: DateTime<Utc>) -> Requested {
    exports::request_sparingly(ledger, new, 1, portal(), now).await.unwrap()
}

/// Not the same as [`wish`], but of the same data.
fn variant(tenant: &str, format: Format) -> NewExport {
    NewExport { formats: vec![format], ..wish(tenant) }
}

const MIDNIGHT: &str = "2026-01-03T00:00:00Z";

async fn finish(ledger: &Ledger, requested: Requested, now: DateTime<Utc>) -> ExportId {
    let Requested::New(export) = requested else { panic!("{requested:?}") };
    exports::claim(ledger, export.id, "w1", LEASE, now).await.unwrap().unwrap();
    exports::complete(ledger, export.id, 1, &[archive(&export.id.to_string())], at(99_999_999), now).await.unwrap();
    export.id
}

async fn a_person_may_ask_again_on_the_next_day(ledger: Ledger) {
    let late = time("2026-01-02T23:59:59.999999Z");
    let first = ask(&ledger, wish("acme"), late).await;
    let id = finish(&ledger, first, late).await;
    assert_eq!(found(&ledger, id).await.next_allowed_at(1), Some(time(MIDNIGHT)));
    let refused = Requested::CoolingDown { next_allowed_at: time(MIDNIGHT) };
    assert_eq!(ask(&ledger, wish("acme"), late).await, refused);
    assert_eq!(ask(&ledger, variant("acme", Format::Csv), late).await, refused);
    assert!(matches!(ask(&ledger, wish("acme"), time(MIDNIGHT)).await, Requested::New(_)));
    let rows = exports::list(&ledger, &exports::Filter { limit: 10, ..Default::default() }).await.unwrap();
    assert_eq!(rows.len(), 2, "a refusal leaves nothing");

    let other = finish(&ledger, ask(&ledger, wish("archived"), late).await, late).await;
    assert!(expired(&ledger, other, late).await);
    assert_eq!(ask(&ledger, wish("archived"), late).await, refused, "an archive that expired was one all the same");
}

async fn what_failed_or_was_cancelled_is_not_held_against_anybody(ledger: Ledger) {
    let Requested::New(failed) = ask(&ledger, wish("acme"), at(0)).await else { panic!("refused") };
    exports::claim(&ledger, failed.id, "w1", LEASE, at(0)).await.unwrap().unwrap();
    exports::fail(&ledger, failed.id, 1, "c", "r", at(1)).await.unwrap();
    assert_eq!(found(&ledger, failed.id).await.next_allowed_at(1), None);
    let Requested::New(cancelled) = ask(&ledger, wish("acme"), at(2)).await else { panic!("refused") };
    exports::request_cancel(&ledger, cancelled.id, portal(), at(3)).await.unwrap();
    let Requested::New(stopping) = ask(&ledger, wish("acme"), at(4)).await else { panic!("refused") };
    exports::claim(&ledger, stopping.id, "w1", LEASE, at(4)).await.unwrap().unwrap();
    exports::request_cancel(&ledger, stopping.id, portal(), at(5)).await.unwrap();
    assert!(matches!(ask(&ledger, wish("acme"), at(6)).await, Requested::New(_)));
}

async fn an_identical_export_is_joined_during_the_cool_down(ledger: Ledger) {
    let Requested::New(first) = ask(&ledger, wish("acme"), at(0)).await else { panic!("refused") };
    let again = NewExport { notify: vec!["cy@example.com".into()], ..wish("acme") };
    let joined = ask(&ledger, again, at(1)).await;
    assert!(matches!(joined, Requested::Joined(export) if export.id == first.id && export.notify.len() == 3));
    assert_eq!(actions(&ledger, first.id).await, ["export.requested", "export.joined"]);
    assert!(matches!(ask(&ledger, variant("acme", Format::Csv), at(2)).await, Requested::CoolingDown { .. }));
}

async fn others_are_not_kept_waiting(ledger: Ledger) {
    ask(&ledger, wish("acme"), at(0)).await;
    for new in [
        wish("other"),
        NewExport { source: "bank".into(), ..wish("acme") },
        NewExport { subject: Person(Some(SubjectId::new("customer", "1").unwrap())), ..wish("acme") },
        NewExport { origin: Origin::Operator, ..variant("acme", Format::Csv) },
        NewExport { origin: Origin::Schedule, ..variant("acme", Format::Sql) },
    ] {
        assert!(matches!(ask(&ledger, new, at(1)).await, Requested::New(_)));
    }
    // What the operator asked for is not held against a person either.
    let operator = NewExport { origin: Origin::Operator, ..wish("fresh") };
    finish(&ledger, ask(&ledger, operator, at(0)).await, at(0)).await;
    assert!(matches!(ask(&ledger, wish("fresh"), at(1)).await, Requested::New(_)));
    let without =
        exports::request_sparingly(&ledger, variant("acme", Format::Jsonl), 0, portal(), at(1)).await.unwrap();
    assert!(matches!(without, Requested::New(_)), "0 days are no cool-down");
}

async fn of_two_requests_at_once_one_wins(ledger: Ledger) {
    for round in 0..10 {
        let tenant = format!("t{round}");
        let asking = [Format::Csv, Format::Sql, Format::Jsonl].map(|format| {
            let (ledger, new) = (ledger.clone(), variant(&tenant, format));
            tokio::spawn(async move { ask(&ledger, new, at(0)).await })
        });
        let mut entered = 0;
        for request in asking {
            entered += usize::from(matches!(request.await.unwrap(), Requested::New(_)));
        }
        assert_eq!(entered, 1);
    }
}

async fn a_repeated_request_is_answered_during_the_cool_down(ledger: Ledger) {
    let keyed = || NewExport { idempotency: Some(("k".into(), vec![1; 32])), ..wish("acme") };
    let id = finish(&ledger, ask(&ledger, keyed(), at(0)).await, at(1)).await;
    assert!(matches!(ask(&ledger, keyed(), at(2)).await, Requested::Repeated(export) if export.id == id));
    // A key that came with a refusal is free for the next try.
    let refused = NewExport { idempotency: Some(("other".into(), vec![2; 32])), ..variant("acme", Format::Csv) };
    assert!(matches!(ask(&ledger, refused.clone(), at(2)).await, Requested::CoolingDown { .. }));
    assert!(matches!(ask(&ledger, refused, time(MIDNIGHT)).await, Requested::New(_)));
}

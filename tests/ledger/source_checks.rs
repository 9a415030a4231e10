//! What workers found when they compared catalogs with live schemas.

use super::*;
use shared::ledger::source_checks::{self, Findings, Found, Outcome, SourceCheck};

on_both_engines! {
    a_check_is_begun_by_one_worker_and_again_when_it_is_old
    a_check_that_is_wanted_is_begun_at_once
    a_change_of_the_schema_is_dated_and_the_catalog_catches_up_with_it
    a_check_that_saw_nothing_forgets_nothing
}

const HOUR: TimeDelta = TimeDelta::hours(1);

fn compared(schema: &str, catalog: &str, findings: usize) -> Findings {
    let found = |number: usize| Found {
        code: "unclassified_table".into(),
        table: Some(format!("gifts{number}")),
        column: None,
        message: "decide it".into(),
        is_information: number == 0,
    };
    Findings {
        outcome: Outcome::Compared,
        message: None,
        tables: 7,
        found: (0..findings).map(found).collect(),
        schema_fingerprint: Some(schema.into()),
        catalog_fingerprint: Some(catalog.into()),
    }
}

async fn last(ledger: &Ledger) -> SourceCheck {
    source_checks::find(ledger, "shop").await.unwrap().unwrap()
}

async fn begin(ledger: &Ledger, seconds: i64) -> bool {
    source_checks::begin(ledger, "shop", HOUR, at(seconds)).await.unwrap()
}

async fn a_check_is_begun_by_one_worker_and_again_when_it_is_old(ledger: Ledger) {
    assert!(begin(&ledger, 0).await);
    assert!(!begin(&ledger, 1).await, "another worker is at it");
    assert!(begin(&ledger, 700).await, "it was given up");
    source_checks::end(&ledger, "shop", &compared("s1", "c1", 3), at(710)).await.unwrap();
    assert!(!begin(&ledger, 800).await);
    let check = last(&ledger).await;
    assert_eq!((check.checked_at, check.outcome, check.tables), (Some(at(710)), Some(Outcome::Compared), 7));
    assert_eq!((check.findings_total, check.findings_open, check.findings.len()), (3, 2, 3));
    assert_eq!(check.findings[1].table.as_deref(), Some("gifts1"));
    assert!(begin(&ledger, 710 + 3600).await);
}

async fn a_check_that_is_wanted_is_begun_at_once(ledger: Ledger) {
    assert!(begin(&ledger, 0).await);
    source_checks::end(&ledger, "shop", &compared("s1", "c1", 0), at(1)).await.unwrap();
    assert!(!last(&ledger).await.is_wanted());
    source_checks::ask(&ledger, "shop", Actor::named("key:hk_x"), at(5)).await.unwrap();
    assert!(last(&ledger).await.is_wanted());
    assert!(begin(&ledger, 6).await);
    assert!(!begin(&ledger, 7).await);
    source_checks::end(&ledger, "shop", &compared("s1", "c1", 0), at(8)).await.unwrap();
    assert!(!last(&ledger).await.is_wanted());
    assert!(!begin(&ledger, 9).await);
}

async fn a_change_of_the_schema_is_dated_and_the_catalog_catches_up_with_it(ledger: Ledger) {
    let check = async |seconds: i64, findings: Findings| {
        source_checks::begin(&ledger, "shop", TimeDelta::zero(), at(seconds)).await.unwrap();
        source_checks::end(&ledger, "shop", &findings, at(seconds)).await.unwrap();
        last(&ledger).await
    };
    let first = check(0, compared("s1", "c1", 0)).await;
    assert_eq!((first.schema_changed_at, first.has_drifted()), (None, false));
    let changed = check(100, compared("s2", "c1", 1)).await;
    assert_eq!((changed.schema_changed_at, changed.has_drifted()), (Some(at(100)), true));
    let same = check(200, compared("s2", "c1", 1)).await;
    assert_eq!(same.schema_changed_at, Some(at(100)));
    let mended = check(300, compared("s2", "c2", 0)).await;
    assert_eq!((mended.catalog_changed_at, mended.has_drifted()), (Some(at(300)), false));
}

async fn a_check_that_saw_nothing_forgets_nothing(ledger: Ledger) {
    assert!(begin(&ledger, 0).await);
    source_checks::end(&ledger, "shop", &compared("s1", "c1", 0), at(1)).await.unwrap();
    let away = Findings {
        outcome: Outcome::Unreachable,
        message: Some("the source did not answer".into()),
        schema_fingerprint: None,
        ..compared("", "c1", 0)
    };
    source_checks::end(&ledger, "shop", &away, at(2)).await.unwrap();
    let check = last(&ledger).await;
    assert_eq!(check.outcome, Some(Outcome::Unreachable));
    assert_eq!((check.schema_fingerprint.as_deref(), check.schema_changed_at), (Some("s1"), None));
}

//! Lists of exports and their pages.

use super::*;
use shared::export::State;
use shared::ledger::exports::Filter;

on_both_engines! {
    pages_follow_each_other_newest_first_without_gap_or_double
    a_filter_shows_only_what_it_names
    a_filter_with_a_nul_character_shows_nothing
    an_export_is_found_by_its_number_its_tenant_or_an_address
    a_filter_by_origin_and_days_shows_only_those
}

async fn ids(ledger: &Ledger, filter: &Filter) -> Vec<ExportId> {
    exports::list(ledger, filter).await.unwrap().into_iter().map(|export| export.id).collect()
}

async fn pages_follow_each_other_newest_first_without_gap_or_double(ledger: Ledger) {
    let mut expected = Vec::new();
    for number in 0..25 {
        // Groups of the same moment, so that the number has to decide.
        let export = queued(&ledger, &format!("t{number}"), at(number / 4)).await;
        expected.push((export.created_at, export.id));
    }
    expected.sort_unstable();
    let expected: Vec<ExportId> = expected.into_iter().rev().map(|(_, id)| id).collect();
    let mut filter = Filter { limit: 7, ..Default::default() };
    let mut seen = Vec::new();
    loop {
        let page = ids(&ledger, &filter).await;
        let Some(last) = page.last() else { break };
        filter.before = Some(*last);
        seen.extend(page);
        // What arrives meanwhile is newer and disturbs no later page.
        queued(&ledger, &format!("late{}", seen.len()), at(1000)).await;
    }
    assert_eq!(seen, expected);
    let beyond = Filter { before: Some(Uuid::now_v7()), limit: 7, ..Default::default() };
    assert_eq!(ids(&ledger, &beyond).await, NO_EXPORTS);
    assert_eq!(ids(&ledger, &Filter { limit: -1, ..Default::default() }).await, NO_EXPORTS);
}

async fn a_filter_shows_only_what_it_names(ledger: Ledger) {
    let one = queued(&ledger, "one", at(1)).await.id;
    let two = queued(&ledger, "two", at(2)).await.id;
    let ready = ready(&ledger, "three").await.id;
    let bank = NewExport { source: "bank".into(), ..wish("one") };
    let bank_one = bank.id;
    exports::request(&ledger, bank, portal(), at(3)).await.unwrap();

    let all = Filter { limit: 10, ..Default::default() };
    assert_eq!(ids(&ledger, &all).await, [bank_one, two, one, ready]);
    assert_eq!(ids(&ledger, &Filter { source: Some("shop".into()), ..all.clone() }).await, [two, one, ready]);
    assert_eq!(ids(&ledger, &Filter { tenant: Some("one".into()), ..all.clone() }).await, [bank_one, one]);
    assert_eq!(ids(&ledger, &Filter { state: Some(State::Ready), ..all.clone() }).await, [ready]);
    let narrow = Filter {
        source: Some("shop".into()),
        tenant: Some("one".into()),
        subject: None,
        state: Some(State::Queued),
        before: Some(two),
        limit: 10,
        ..Filter::default()
    };
    assert_eq!(ids(&ledger, &narrow).await, [one]);
    assert_eq!(ids(&ledger, &Filter { tenant: Some("' or 1=1 --".into()), ..all }).await, NO_EXPORTS);
}

async fn a_filter_with_a_nul_character_shows_nothing(ledger: Ledger) {
    queued(&ledger, "one", at(1)).await;
    let nul = Filter { source: Some("\0".into()), tenant: Some("one\0".into()), limit: 10, ..Default::default() };
    assert_eq!(ids(&ledger, &nul).await, NO_EXPORTS);
}

async fn an_export_is_found_by_its_number_its_tenant_or_an_address(ledger: Ledger) {
    let told = NewExport { notify: vec!["Eve_1@example.com".into()], ..wish("told") };
    let waits = match exports::request(&ledger, told, portal(), at(1)).await.unwrap() {
        Requested::New(export) => export.id,
        other => panic!("{other:?}"),
    };
    let ready = ready(&ledger, "one").await.id;
    let found = async |search: &str| {
        ids(&ledger, &Filter { search: Some(search.into()), limit: 10, ..Default::default() }).await
    };
    assert_eq!(found("one").await, [ready]);
    assert_eq!(found(&waits.to_string()).await, [waits]);
    // One is told already, the other is to be told when it ends.
    assert_eq!(found("ANN@example.com").await, [ready]);
    assert_eq!(found("eve_1@example.com").await, [waits]);
    for nothing in ["on", "evex1@example.com", "_", "%", "@example.com", "' or 1=1 --", ""] {
        assert_eq!(found(nothing).await, NO_EXPORTS, "{nothing}");
    }
    let elsewhere = Filter { search: Some("one".into()), source: Some("bank".into()), limit: 10, ..Default::default() };
    assert_eq!(ids(&ledger, &elsewhere).await, NO_EXPORTS);
}

async fn a_filter_by_origin_and_days_shows_only_those(ledger: Ledger) {
    let early = queued(&ledger, "early", at(0)).await.id;
    let staff = NewExport { origin: Origin::Operator, ..wish("staff") };
    let staffs = staff.id;
    exports::request(&ledger, staff, portal(), at(100)).await.unwrap();
    let all = Filter { limit: 10, ..Default::default() };
    assert_eq!(ids(&ledger, &Filter { origin: Some(Origin::Operator), ..all.clone() }).await, [staffs]);
    assert_eq!(ids(&ledger, &Filter { since: Some(at(100)), ..all.clone() }).await, [staffs]);
    assert_eq!(ids(&ledger, &Filter { until: Some(at(100)), ..all }).await, [early]);
}

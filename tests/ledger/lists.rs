//! Lists of exports and their pages.

use super::*;
use shared::export::State;
use shared::ledger::exports::Filter;

on_both_engines! {
    pages_follow_each_other_newest_first_without_gap_or_double
    a_filter_shows_only_what_it_names
    a_filter_with_a_nul_character_shows_nothing
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

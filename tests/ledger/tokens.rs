//! Portal tokens: each starts one export.

use super::*;
use shared::ledger::exports::PresentedToken;

on_both_engines! {
    a_token_starts_one_export
    the_same_request_with_the_same_token_is_the_same_export
    a_token_that_joined_stands_for_what_it_joined
    a_request_that_is_not_entered_leaves_the_token
    equal_requests_with_one_token_at_once_make_one_row
    different_requests_with_one_token_at_once_make_one_row
    a_token_is_remembered_until_it_is_over
}

fn token(id: u8, request: u8) -> PresentedToken {
    PresentedToken { issuer: "https://app".into(), id_hash: [id; 32], request_hash: [request; 32], expires_at: at(900) }
}

/// A wish without an idempotency key.
fn plain(tenant: &str) -> NewExport {
    NewExport { idempotency: None, requested_by: None, ..wish(tenant) }
}

async fn ask(ledger: &Ledger, new: NewExport, token: &PresentedToken) -> Requested {
    exports::request_with_token(ledger, new, Some(token), 0, portal(), at(0)).await.unwrap()
}

async fn count(ledger: &Ledger) -> usize {
    exports::list(ledger, &exports::Filter { limit: 100, ..Default::default() }).await.unwrap().len()
}

async fn a_token_starts_one_export(ledger: Ledger) {
    let Requested::New(first) = ask(&ledger, plain("a"), &token(1, 1)).await else { panic!() };
    assert_eq!(ask(&ledger, plain("b"), &token(1, 2)).await, Requested::TokenUsed);
    assert_eq!(exports::started_with(&ledger, &token(1, 2)).await.unwrap(), Some(Requested::TokenUsed));
    assert_eq!(count(&ledger).await, 1);
    assert_eq!(actions(&ledger, first.id).await, ["export.requested"]);
    // Another issuer numbers for itself.
    let other = PresentedToken { issuer: "https://other".into(), ..token(1, 2) };
    assert_eq!(exports::started_with(&ledger, &other).await.unwrap(), None);
    assert!(matches!(ask(&ledger, plain("b"), &other).await, Requested::New(_)));
}

async fn the_same_request_with_the_same_token_is_the_same_export(ledger: Ledger) {
    let Requested::New(first) = ask(&ledger, plain("a"), &token(1, 1)).await else { panic!() };
    exports::request_cancel(&ledger, first.id, portal(), at(1)).await.unwrap();
    // Also when it is over, and nothing could be joined.
    let Requested::Repeated(again) = ask(&ledger, plain("a"), &token(1, 1)).await else { panic!() };
    assert_eq!(again.id, first.id);
    let Some(Requested::Repeated(again)) = exports::started_with(&ledger, &token(1, 1)).await.unwrap() else {
        panic!()
    };
    assert_eq!(again.id, first.id);
    assert_eq!(count(&ledger).await, 1);
}

async fn a_token_that_joined_stands_for_what_it_joined(ledger: Ledger) {
    let Requested::New(first) = ask(&ledger, plain("a"), &token(1, 1)).await else { panic!() };
    let Requested::Joined(joined) = ask(&ledger, plain("a"), &token(2, 1)).await else { panic!() };
    assert_eq!(joined.id, first.id);
    let Requested::Repeated(again) = ask(&ledger, plain("a"), &token(2, 1)).await else { panic!() };
    assert_eq!(again.id, first.id);
    assert_eq!(ask(&ledger, plain("b"), &token(2, 2)).await, Requested::TokenUsed);
}

async fn a_request_that_is_not_entered_leaves_the_token(ledger: Ledger) {
    let Requested::New(first) = ask(&ledger, plain("a"), &token(1, 1)).await else { panic!() };
    let mut other = plain("a");
    other.formats = vec![Format::Csv];
    let cooling = exports::request_with_token(&ledger, other, Some(&token(2, 2)), 1, portal(), at(1)).await.unwrap();
    assert!(matches!(cooling, Requested::CoolingDown { .. }), "{cooling:?}");
    assert_eq!(exports::started_with(&ledger, &token(2, 2)).await.unwrap(), None);
    // A token that is refused leaves the idempotency key that came with it.
    let keyed = NewExport { idempotency: Some(("key".into(), vec![1])), ..plain("b") };
    assert_eq!(ask(&ledger, keyed.clone(), &token(1, 2)).await, Requested::TokenUsed);
    assert_eq!(exports::repeated(&ledger, None, "key", &[1]).await.unwrap(), None);
    let Requested::New(second) = ask(&ledger, keyed, &token(3, 2)).await else { panic!() };
    assert_ne!(first.id, second.id);
}

async fn equal_requests_with_one_token_at_once_make_one_row(ledger: Ledger) {
    let token = token(1, 1);
    let asking = (0..8).map(|_| ask(&ledger, plain("a"), &token));
    let outcomes = futures::future::join_all(asking).await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Requested::New(_))).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Requested::Repeated(_))).count(), 7, "{outcomes:?}");
    assert_eq!(count(&ledger).await, 1);
}

async fn different_requests_with_one_token_at_once_make_one_row(ledger: Ledger) {
    let tokens: Vec<PresentedToken> = (0..8).map(|request| token(1, request)).collect();
    let asking = tokens.iter().enumerate().map(|(number, token)| ask(&ledger, plain(&format!("t{number}")), token));
    let outcomes = futures::future::join_all(asking).await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Requested::New(_))).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Requested::TokenUsed).count(), 7, "{outcomes:?}");
    assert_eq!(count(&ledger).await, 1);
}

async fn a_token_is_remembered_until_it_is_over(ledger: Ledger) {
    ask(&ledger, plain("a"), &token(1, 1)).await;
    assert_eq!(exports::forget_tokens(&ledger, at(900)).await.unwrap(), 0);
    assert!(exports::started_with(&ledger, &token(1, 1)).await.unwrap().is_some());
    assert_eq!(exports::forget_tokens(&ledger, at(901)).await.unwrap(), 1);
    assert_eq!(exports::started_with(&ledger, &token(1, 1)).await.unwrap(), None);
}

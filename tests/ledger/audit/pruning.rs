//! What is older than it must be kept goes, from the beginning, and a signed checkpoint stays.

use super::*;
use shared::ledger::audit::{CheckpointKind, Prunable};

on_both_engines! {
    what_is_pruned_leaves_a_checkpoint_from_which_the_rest_is_whole
    nothing_is_pruned_from_the_first_entry_of_a_held_export_on
    a_beginning_that_is_not_whole_stays
    a_beginning_that_the_rest_does_not_continue_stays
    nothing_is_pruned_behind_a_checkpoint_of_somebody_else
    a_pruned_chain_with_a_forged_beginning_is_found
    two_who_prune_at_once_prune_once
}

async fn checkpoint(ledger: &Ledger, end: i64, most: i64) -> Option<Checkpoint> {
    match audit::prunable(ledger, at(end), most, |_| true).await.unwrap() {
        Prunable::Nothing => None,
        Prunable::UpTo(head) => Some(Checkpoint::new(CheckpointKind::Pruned, &head, at(900), "k1".into(), signed)),
        Prunable::Broken(finding) => panic!("{finding}"),
        Prunable::Unbelieved(entry) => panic!("{entry}"),
    }
}

/// Entries 1 to 10 at the seconds 1 to 10.
async fn ten(ledger: &Ledger) {
    for second in 1..=10 {
        refused(ledger, second).await;
    }
}

async fn what_is_pruned_leaves_a_checkpoint_from_which_the_rest_is_whole(ledger: Ledger) {
    ten(&ledger).await;
    assert_eq!(checkpoint(&ledger, 1, 100).await, None, "nothing is that old");
    let known = audit::head(&ledger).await.unwrap();

    let pruned = checkpoint(&ledger, 6, 3).await.unwrap();
    assert_eq!(pruned.seq, 3, "no more than asked for at once");
    assert!(audit::prune(&ledger, &pruned, at(900)).await.unwrap());
    let pruned = checkpoint(&ledger, 6, 100).await.unwrap();
    assert_eq!(pruned.seq, 5, "the second at the end itself stays");
    assert!(audit::prune(&ledger, &pruned, at(901)).await.unwrap());
    assert_eq!(checkpoint(&ledger, 6, 100).await, None);

    let report = assert_whole(&ledger).await;
    assert_eq!((report.first, report.entries, report.pruned), (6, 7, Some((5, at(900)))));
    assert_eq!(audit::checkpoints(&ledger).await.unwrap(), [pruned], "the newer one includes the older");
    let last = entries(&ledger).await.pop().unwrap().event;
    assert_eq!((last.action.as_str(), last.detail.0), ("audit.pruned", json!({ "through": 5, "entries": 2 })));
    // What somebody wrote down before still holds.
    let question = Question { from: None, known: Some(known) };
    assert_eq!(audit::verify(&ledger, &question, trust).await.unwrap().findings, []);
    refused(&ledger, 1000).await;
    assert_whole(&ledger).await;
}

async fn nothing_is_pruned_from_the_first_entry_of_a_held_export_on(ledger: Ledger) {
    refused(&ledger, 0).await;
    refused(&ledger, 0).await;
    let held = ready(&ledger, "acme").await;
    refused(&ledger, 11).await;
    exports::hold(&ledger, held.id, "case 7", portal(), at(12)).await.unwrap();
    let pruned = checkpoint(&ledger, 800, 100).await.unwrap();
    assert_eq!(pruned.seq, 2);
    audit::prune(&ledger, &pruned, at(900)).await.unwrap();
    assert_eq!(checkpoint(&ledger, 800, 100).await, None);
    exports::release(&ledger, held.id, portal(), at(901)).await.unwrap();
    assert_eq!(checkpoint(&ledger, 800, 100).await.unwrap().seq, 7);
}

async fn a_beginning_that_is_not_whole_stays(ledger: Ledger) {
    ten(&ledger).await;
    match &ledger {
        Ledger::Postgres(_) => run(&ledger, "alter table audit_events disable trigger all").await,
        Ledger::Sqlite(_) => run(&ledger, "drop trigger audit_rows_stay_as_they_are").await,
    };
    run(&ledger, "update audit_events set actor = 'x' where seq = 3").await;
    let found = audit::prunable(&ledger, at(6), 100, |_| true).await.unwrap();
    assert_eq!(found, Prunable::Broken(Finding { seq: 3, fault: Fault::Edited }));
}

async fn a_beginning_that_the_rest_does_not_continue_stays(ledger: Ledger) {
    ten(&ledger).await;
    match &ledger {
        Ledger::Postgres(_) => run(&ledger, "alter table audit_events disable trigger all").await,
        Ledger::Sqlite(_) => run(&ledger, "drop trigger audit_rows_stay_as_they_are").await,
    };
    run(&ledger, "update audit_events set actor = 'x' where seq = 6").await;
    let found = audit::prunable(&ledger, at(6), 100, |_| true).await.unwrap();
    assert_eq!(found, Prunable::Broken(Finding { seq: 6, fault: Fault::Edited }));
}

async fn nothing_is_pruned_behind_a_checkpoint_of_somebody_else(ledger: Ledger) {
    ten(&ledger).await;
    let pruned = checkpoint(&ledger, 6, 3).await.unwrap();
    audit::prune(&ledger, &pruned, at(900)).await.unwrap();
    assert_eq!(audit::prunable(&ledger, at(6), 100, |_| false).await.unwrap(), Prunable::Unbelieved(3));
}

async fn a_pruned_chain_with_a_forged_beginning_is_found(ledger: Ledger) {
    ten(&ledger).await;
    let head = audit::Head { seq: 4, hash: entries(&ledger).await[3].hash.clone() };
    let forged = Checkpoint::new(CheckpointKind::Pruned, &head, at(900), "k1".into(), |_| b"forged".to_vec());
    audit::prune(&ledger, &forged, at(900)).await.unwrap();
    let findings = verified(&ledger).await.findings;
    assert_eq!(findings, [Finding { seq: 4, fault: Fault::SignatureWrong }]);
    run(&ledger, "delete from audit_checkpoints").await;
    let findings = verified(&ledger).await.findings;
    assert_eq!(findings[0], Finding { seq: 1, fault: Fault::Missing { through: 4 } });
}

async fn two_who_prune_at_once_prune_once(ledger: Ledger) {
    ten(&ledger).await;
    let pruned = checkpoint(&ledger, 6, 100).await.unwrap();
    let (one, other) = tokio::join!(audit::prune(&ledger, &pruned, at(900)), audit::prune(&ledger, &pruned, at(900)));
    assert_ne!(one.unwrap(), other.unwrap());
    assert_eq!(assert_whole(&ledger).await.entries, 6);
}

//! Somebody with all rights on the ledger's database edits it: each edit is found, and its place named.

use super::*;
use sha2::{Digest, Sha256};

on_both_engines! {
    every_random_edit_is_found
    a_rewritten_entry_is_found_at_the_one_after_it
    a_chain_that_was_rewritten_to_its_end_is_found_by_its_signature_and_by_a_known_head
    a_tail_cut_off_with_its_head_is_found_by_a_signature_and_by_a_known_head
    a_lost_head_is_found_and_nothing_can_be_changed_without_it
    a_checkpoint_that_was_forged_is_found
    the_rest_of_the_chain_can_be_checked_by_itself
}

const COUNT: i64 = 24;
/// As many edits of each kind of ledger as one run tries.
const EDITS: u64 = 150;

/// A small generator (xorshift64*), so that a failing edit can be made again from its number.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }

    /// A place in the chain.
    fn place(&mut self) -> i64 {
        1 + self.below(COUNT as usize) as i64
    }
}

/// A chain of 24 entries whose database stops nobody any more, and a copy to start again from.
async fn prepare(ledger: &Ledger) {
    for tenant in ["a", "b", "c", "d"] {
        ready(ledger, tenant).await;
    }
    for second in 0..12 {
        refused(ledger, 100 + second).await;
    }
    assert_eq!(assert_whole(ledger).await.entries, COUNT as u64);
    disarm(ledger).await;
    run(ledger, "create table kept as select * from audit_events").await;
    run(ledger, "create table kept_head as select * from audit_chain").await;
}

async fn disarm(ledger: &Ledger) {
    match ledger {
        Ledger::Postgres(_) => {
            run(ledger, "alter table audit_events disable trigger all").await;
            run(ledger, "drop index audit_events_by_place").await;
        }
        Ledger::Sqlite(_) => {
            run(ledger, "drop trigger audit_rows_stay").await;
            run(ledger, "drop trigger audit_rows_stay_as_they_are").await;
        }
    }
}

async fn restore(ledger: &Ledger) {
    for statement in [
        "delete from audit_events",
        "insert into audit_events select * from kept",
        "delete from audit_chain",
        "insert into audit_chain select * from kept_head",
    ] {
        run(ledger, statement).await;
    }
}

/// Statements that edit, and the first place that must be found.
fn edit(dice: &mut Dice, postgres: bool) -> (Vec<String>, i64) {
    let place = dice.place();
    let texts = ["actor", "action", "outcome", "source", "tenant", "address", "request_id"];
    let column = texts[dice.below(texts.len())];
    let zeros = if postgres { "decode(repeat('00', 32), 'hex')" } else { "zeroblob(32)" };
    let other = 1 + (place + dice.below(COUNT as usize - 1) as i64) % COUNT;
    let swap = |columns: &str| {
        let set: Vec<String> = columns
            .split(' ')
            .map(|name| {
                format!("{name} = (select {name} from kept where kept.seq = {place} + {other} - audit_events.seq)")
            })
            .collect();
        vec![format!("update audit_events set {} where seq in ({place}, {other})", set.join(", "))]
    };
    let one = |set: String| vec![format!("update audit_events set {set} where seq = {place}")];
    match dice.below(14) {
        0 => (one(format!("{column} = coalesce({column}, '') || ' '")), place),
        1 => (one(format!("{column} = case when {column} is null then '' else 'x' || {column} end")), place),
        2 if postgres => (one("at = at + interval '1 microsecond'".into()), place),
        2 => (one("at = replace(at, '+00:00', '5+00:00')".into()), place),
        3 if postgres => (one("detail = detail || '{\"x\": null}'".into()), place),
        3 => (one("detail = json_set(detail, '$.x', null)".into()), place),
        4 if postgres => (one("detail = '[]'".into()), place),
        // The same to a parser that takes the last of two equal keys, and another to one that takes the first.
        4 => (one("detail = replace(detail, '{', '{\"attempt\":9,')".into()), place),
        5 if postgres => (one("export_id = gen_random_uuid()".into()), place),
        5 => (one("export_id = randomblob(16)".into()), place),
        6 if postgres => (one("id = gen_random_uuid()".into()), place),
        6 => (one("id = x'00'".into()), place),
        7 => (one(format!("hash = {zeros}")), place),
        // The first one's is that already.
        8 => (one(if place == 1 { "hash = previous_hash".into() } else { format!("previous_hash = {zeros}") }), place),
        9 => (vec![format!("delete from audit_events where seq = {place}")], place),
        10 => (vec![format!("delete from audit_events where seq >= {place}")], place),
        // Everything but the place changes places.
        11 => (
            [
                vec![format!(
                    "update audit_events set id = {} where seq = {place}",
                    if postgres { "gen_random_uuid()" } else { "randomblob(16)" }
                )],
                swap("actor at action outcome export_id source tenant address request_id detail previous_hash hash"),
            ]
            .concat(),
            place.min(other),
        ),
        12 => (
            vec![
                format!("update audit_events set seq = -1 where seq = {place}"),
                format!("update audit_events set seq = {place} where seq = {other}"),
                format!("update audit_events set seq = {other} where seq = -1"),
            ],
            place.min(other),
        ),
        _ => {
            let (seq, id) = if postgres {
                // Twice the same number, which only the index would stop.
                (place.to_string(), "gen_random_uuid()")
            } else {
                ((COUNT + 1).to_string(), "randomblob(16)")
            };
            let copy = format!(
                "insert into audit_events (seq, id, at, actor, action, outcome, export_id, source, tenant, address, request_id, detail, previous_hash, hash)
                 select {seq}, {id}, at, actor, action, outcome, export_id, source, tenant, address, request_id, detail, previous_hash, hash
                 from kept where kept.seq = {place}"
            );
            (vec![copy], if postgres { place } else { COUNT + 1 })
        }
    }
}

async fn every_random_edit_is_found(ledger: Ledger) {
    prepare(&ledger).await;
    let postgres = matches!(ledger, Ledger::Postgres(_));
    for number in 1..=EDITS {
        let (statements, place) = edit(&mut Dice(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)), postgres);
        for statement in &statements {
            run(&ledger, statement).await;
        }
        let report = verified(&ledger).await;
        let first = report.findings.first().unwrap_or_else(|| panic!("not found: edit {number}, {statements:?}"));
        assert_eq!(first.seq, place, "edit {number}: {statements:?}: {:?}", report.findings);
        restore(&ledger).await;
        assert_eq!(verified(&ledger).await.findings, [], "after edit {number}: {statements:?}");
    }
}

/// The hash that this entry has after somebody changed it, as anybody can compute it.
fn hash_of(entry: &Entry) -> Vec<u8> {
    let line = entry.line();
    let (text, _) = line.rsplit_once(",\"hash\":").unwrap();
    Sha256::digest(format!("{text}}}")).to_vec()
}

/// Changes the actor of an entry and gives it the right hash; goes on to the end if `all`, with the head.
async fn rewrite(ledger: &Ledger, place: i64, all: bool) {
    let mut before: Option<Vec<u8>> = None;
    for mut entry in entries(ledger).await.into_iter().filter(|entry| entry.seq >= place) {
        if entry.seq > place && !all {
            break;
        }
        if let Some(before) = &before {
            entry.previous_hash = before.clone();
        } else {
            entry.event.actor = "somebody else".into();
        }
        let hash = hash_of(&entry);
        let statement = format!(
            "update audit_events set actor = '{}', previous_hash = {}, hash = {} where seq = {}",
            entry.event.actor,
            literal(ledger, &entry.previous_hash),
            literal(ledger, &hash),
            entry.seq
        );
        assert_eq!(run(ledger, &statement).await, 1);
        before = Some(hash);
    }
    if all {
        let hash = literal(ledger, &before.unwrap());
        assert_eq!(run(ledger, &format!("update audit_chain set hash = {hash}")).await, 1);
    }
}

fn literal(ledger: &Ledger, bytes: &[u8]) -> String {
    match ledger {
        Ledger::Postgres(_) => format!("'\\x{}'::bytea", hex::encode(bytes)),
        Ledger::Sqlite(_) => format!("x'{}'", hex::encode(bytes)),
    }
}

async fn a_rewritten_entry_is_found_at_the_one_after_it(ledger: Ledger) {
    prepare(&ledger).await;
    rewrite(&ledger, 7, false).await;
    assert_eq!(verified(&ledger).await.findings, [Finding { seq: 8, fault: Fault::Replaced }]);
    restore(&ledger).await;
    rewrite(&ledger, COUNT, false).await;
    assert_eq!(verified(&ledger).await.findings, [Finding { seq: COUNT, fault: Fault::NotTheHead }]);
}

async fn sign(ledger: &Ledger) -> audit::Head {
    let head = audit::head(ledger).await.unwrap();
    let checkpoint = Checkpoint::new(audit::CheckpointKind::Signed, &head, at(500), "k1".into(), signed);
    audit::keep(ledger, &checkpoint).await.unwrap();
    assert_eq!(assert_whole(ledger).await.signed, Some((head.seq, at(500))));
    head
}

async fn a_chain_that_was_rewritten_to_its_end_is_found_by_its_signature_and_by_a_known_head(ledger: Ledger) {
    prepare(&ledger).await;
    let known = audit::head(&ledger).await.unwrap();
    rewrite(&ledger, 7, true).await;
    // Whoever knows the format and writes everything anew leaves no trace in the ledger itself; docs/audit.md says so.
    assert_eq!(verified(&ledger).await.findings, []);
    let question = Question { from: None, known: Some(known) };
    let report = audit::verify(&ledger, &question, trust).await.unwrap();
    assert_eq!(report.findings, [Finding { seq: COUNT, fault: Fault::NotAsKnown }]);

    restore(&ledger).await;
    sign(&ledger).await;
    rewrite(&ledger, 7, true).await;
    assert_eq!(verified(&ledger).await.findings, [Finding { seq: COUNT, fault: Fault::NotAsSigned }]);
}

async fn a_tail_cut_off_with_its_head_is_found_by_a_signature_and_by_a_known_head(ledger: Ledger) {
    prepare(&ledger).await;
    let known = sign(&ledger).await;
    let cut = async || {
        run(&ledger, "delete from audit_events where seq > 20").await;
        run(&ledger, "update audit_chain set seq = 20, hash = (select hash from audit_events where seq = 20)").await;
    };
    cut().await;
    let lost = Finding { seq: 21, fault: Fault::TailCutOff { head: COUNT } };
    assert_eq!(verified(&ledger).await.findings, [lost]);
    run(&ledger, "delete from audit_checkpoints").await;
    assert_eq!(verified(&ledger).await.findings, []);
    let question = Question { from: None, known: Some(known) };
    let report = audit::verify(&ledger, &question, trust).await.unwrap();
    assert_eq!(report.findings, [Finding { seq: COUNT, fault: Fault::TailCutOff { head: COUNT } }]);
}

async fn a_lost_head_is_found_and_nothing_can_be_changed_without_it(ledger: Ledger) {
    prepare(&ledger).await;
    run(&ledger, "delete from audit_chain").await;
    assert_eq!(verified(&ledger).await.findings, [Finding { seq: COUNT, fault: Fault::HeadMissing }]);
    let refused = exports::request(&ledger, wish("new"), portal(), at(0)).await;
    assert!(matches!(refused, Err(LedgerError::AuditWithoutHead)));
    restore(&ledger).await;
    assert_eq!(assert_whole(&ledger).await.entries, COUNT as u64);
}

async fn a_checkpoint_that_was_forged_is_found(ledger: Ledger) {
    prepare(&ledger).await;
    sign(&ledger).await;
    run(&ledger, "update audit_checkpoints set seq = 20").await;
    let wrong = verified(&ledger).await.findings;
    assert!(wrong.contains(&Finding { seq: 20, fault: Fault::SignatureWrong }), "{wrong:?}");
    run(&ledger, "update audit_checkpoints set seq = 24, key_id = 'k2'").await;
    let unknown = Fault::KeyUnknown { key_id: "k2".into() };
    assert_eq!(verified(&ledger).await.findings, [Finding { seq: COUNT, fault: unknown }]);
    let report = audit::verify(&ledger, &Question::default(), |_| Trust::Unchecked).await.unwrap();
    assert!(report.unchecked && report.findings.is_empty() && report.signed.is_none());
}

async fn the_rest_of_the_chain_can_be_checked_by_itself(ledger: Ledger) {
    prepare(&ledger).await;
    let question = Question { from: Some(10), known: None };
    let verify = async || audit::verify(&ledger, &question, trust).await.unwrap();
    let report = verify().await;
    assert_eq!((report.first, report.entries, report.findings), (10, 15, vec![]));
    run(&ledger, "update audit_events set actor = 'x' where seq = 5").await;
    assert_eq!(verify().await.findings, []);
    run(&ledger, "update audit_events set actor = 'x' where seq = 15").await;
    assert_eq!(verify().await.findings, [Finding { seq: 15, fault: Fault::Edited }]);
    restore(&ledger).await;
    run(&ledger, "delete from audit_events where seq = 10").await;
    assert_eq!(verify().await.findings, [Finding { seq: 10, fault: Fault::Missing { through: 10 } }]);
}

//! Checking the whole chain, row after row, in one snapshot of the ledger.

use super::checkpoints::{self, Checkpoint, CheckpointKind};
use super::walk::{self, Fault, Finding, Walk};
use super::{Head, ORIGIN};
use crate::ledger::{Ledger, Result, Transaction};
use chrono::{DateTime, Utc};

/// More findings than anybody reads.
const MOST: usize = 20;

/// What to check besides that the chain is whole.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// From which entry on; default from the beginning.
    pub from: Option<i64>,
    /// An entry that was the head at some time, as somebody wrote it down elsewhere.
    pub known: Option<Head>,
}

/// What a signature is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// A trusted key signed exactly this.
    Good,
    /// A trusted key is named, but did not sign this.
    Wrong,
    /// The key named is none of the trusted ones.
    Unknown,
    /// There is no key to check with.
    Unchecked,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The first entry that was looked at; the one after the last if there was none.
    pub first: i64,
    /// The last one.
    pub last: Head,
    /// How many were looked at.
    pub entries: u64,
    /// Up to where a signature that was checked vouches for the chain, and since when.
    pub signed: Option<(i64, DateTime<Utc>)>,
    /// Up to where entries were pruned, and when.
    pub pruned: Option<(i64, DateTime<Utc>)>,
    /// Whether there are signatures that nobody could check for lack of a key.
    pub unchecked: bool,
    /// What is wrong, the first place first; at most 20.
    pub findings: Vec<Finding>,
}

/// Checks the chain; takes as long as there are entries, and constant memory.
pub async fn verify(ledger: &Ledger, question: &Question, trust: impl Fn(&Checkpoint) -> Trust) -> Result<Report> {
    let mut transaction = ledger.snapshot().await?;
    let all = checkpoints::all(&mut transaction).await?;
    let pruned = all.iter().rfind(|checkpoint| checkpoint.kind == CheckpointKind::Pruned);
    let beginning =
        pruned.map_or(Head { seq: 0, hash: ORIGIN.to_vec() }, |it| Head { seq: it.seq, hash: it.hash.clone() });
    let mut walk = start(&mut transaction, question, &beginning).await?;
    let mut report = Report {
        first: walk.seq + 1,
        last: Head { seq: walk.seq, hash: walk.hash.clone().unwrap_or_default() },
        entries: 0,
        signed: None,
        pruned: pruned.map(|checkpoint| (checkpoint.seq, checkpoint.at)),
        unchecked: false,
        findings: Vec::new(),
    };
    judge_signatures(&all, trust, &mut report);
    let counted = count(&mut transaction, question.from).await?;
    let mut after = question.from.map_or(i64::MIN, |from| from - 1);
    let wrong = |findings: &mut Vec<Finding>, finding| {
        if findings.len() < MOST {
            findings.push(finding);
        }
    };
    loop {
        let batch = walk::read(&mut transaction, after).await?;
        let Some(last) = batch.last() else { break };
        after = last.seq;
        for found in &batch {
            if let Some(finding) = walk.step(&mut transaction, found).await? {
                wrong(&mut report.findings, finding);
            }
            report.entries += 1;
            for checkpoint in all.iter().filter(|it| it.kind == CheckpointKind::Signed && it.seq == found.seq) {
                if walk.hash.as_ref() != Some(&checkpoint.hash) {
                    wrong(&mut report.findings, Finding { seq: found.seq, fault: Fault::NotAsSigned });
                }
            }
        }
        // Enough to know that it is not whole.
        if report.findings.len() >= MOST {
            break;
        }
    }
    report.last = Head { seq: walk.seq, hash: walk.hash.clone().unwrap_or_default() };
    if report.findings.len() < MOST {
        if counted != report.entries {
            // Rows that share a number at the border of two batches, or have none.
            wrong(&mut report.findings, Finding { seq: walk.seq, fault: Fault::Inserted });
        }
        judge_end(&mut transaction, &all, &mut report).await?;
        if let Some(known) = &question.known {
            let fault = judge_known(&mut transaction, known, &beginning, report.last.seq).await?;
            report.findings.extend(fault.map(|fault| Finding { seq: known.seq, fault }));
        }
    }
    report.findings.sort_by_key(|finding| finding.seq);
    Ok(report)
}

/// The place before the first one to look at.
async fn start(transaction: &mut Transaction, question: &Question, beginning: &Head) -> Result<Walk> {
    let Some(before) = question.from.map(|from| from - 1).filter(|before| *before > beginning.seq) else {
        return Ok(Walk { seq: beginning.seq, hash: Some(beginning.hash.clone()) });
    };
    let hash = match &question.known {
        Some(known) if known.seq == before => Some(known.hash.clone()),
        _ => hash_at(transaction, before).await?,
    };
    Ok(Walk { seq: before, hash })
}

async fn hash_at(transaction: &mut Transaction, seq: i64) -> Result<Option<Vec<u8>>> {
    Ok(within!(transaction, connection => sqlx::query_scalar("select hash from audit_events where seq = $1")
        .bind(seq).fetch_optional(connection).await?))
}

async fn count(transaction: &mut Transaction, from: Option<i64>) -> Result<u64> {
    let count: i64 = within!(transaction, connection =>
        sqlx::query_scalar("select count(*) from audit_events where seq >= $1 or $1 is null").bind(from).fetch_one(connection).await?);
    Ok(count.unsigned_abs())
}

fn judge_signatures(all: &[Checkpoint], trust: impl Fn(&Checkpoint) -> Trust, report: &mut Report) {
    for checkpoint in all {
        let fault = match trust(checkpoint) {
            Trust::Good => {
                report.signed = Some((checkpoint.seq, checkpoint.at));
                continue;
            }
            Trust::Unchecked => {
                report.unchecked = true;
                continue;
            }
            Trust::Wrong => Fault::SignatureWrong,
            Trust::Unknown => Fault::KeyUnknown { key_id: checkpoint.key_id.clone() },
        };
        report.findings.push(Finding { seq: checkpoint.seq, fault });
    }
}

/// Whether the chain ends where it should.
async fn judge_end(transaction: &mut Transaction, all: &[Checkpoint], report: &mut Report) -> Result<()> {
    let head: Option<Head> = within!(transaction, connection =>
        sqlx::query_as("select seq, hash from audit_chain where id = 1").fetch_optional(connection).await?);
    let last = report.last.clone();
    let signed = all.iter().map(|checkpoint| checkpoint.seq).max().unwrap_or_default();
    let longest = head.as_ref().map_or(signed, |head| head.seq.max(signed));
    let fault = match head {
        _ if longest > last.seq => Some((last.seq + 1, Fault::TailCutOff { head: longest })),
        None => Some((last.seq, Fault::HeadMissing)),
        Some(head) if head.seq < last.seq => Some((head.seq + 1, Fault::BehindHead { head: head.seq })),
        Some(head) if head.hash != last.hash => Some((last.seq, Fault::NotTheHead)),
        Some(_) => None,
    };
    report.findings.extend(fault.map(|(seq, fault)| Finding { seq, fault }));
    Ok(())
}

/// Whether the chain still has the entry that somebody knows from before.
async fn judge_known(
    transaction: &mut Transaction,
    known: &Head,
    beginning: &Head,
    last: i64,
) -> Result<Option<Fault>> {
    if known == beginning || known.seq < beginning.seq {
        return Ok(None);
    }
    if known.seq > last {
        return Ok(Some(Fault::TailCutOff { head: known.seq }));
    }
    let hash = hash_at(transaction, known.seq).await?;
    Ok((hash.as_ref() != Some(&known.hash)).then_some(Fault::NotAsKnown))
}

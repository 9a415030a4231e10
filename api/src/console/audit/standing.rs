//! How the audit stands: its length, what signatures vouch for, and whether its last entries hold together.

use shared::{
    display,
    ledger::{
        Ledger, Result,
        audit::{self, CheckpointKind, Question, Trust},
    },
};

/// How many entries are checked while somebody waits.
const CHECKED: i64 = 10_000;

/// How the audit stands, without looking at every entry.
pub(super) struct Standing {
    /// The place of the last entry.
    pub(super) last: i64,
    /// Its hash, which stands for all before it.
    pub(super) hash: String,
    /// Up to where a signature vouches, and since when.
    pub(super) signed: Option<(i64, String)>,
    /// Up to where older entries were removed, and when.
    pub(super) pruned: Option<(i64, String)>,
}

impl Standing {
    /// Looks.
    pub(super) async fn look(ledger: &Ledger) -> Result<Self> {
        let head = audit::head(ledger).await?;
        let checkpoints = audit::checkpoints(ledger).await?;
        let latest = |kind| {
            let of_kind = checkpoints.iter().filter(|checkpoint| checkpoint.kind == kind);
            of_kind.max_by_key(|checkpoint| checkpoint.seq).map(|found| (found.seq, display::moment(found.at)))
        };
        let (signed, pruned) = (latest(CheckpointKind::Signed), latest(CheckpointKind::Pruned));
        Ok(Self { last: head.seq, hash: head.hex(), signed, pruned })
    }
}

/// What a check of the last entries found.
pub(super) struct Checked {
    pub(super) entries: u64,
    pub(super) first: i64,
    pub(super) last: i64,
    /// Each fault as a sentence; none if all is well.
    pub(super) faults: Vec<String>,
}

/// Checks the last entries: that each holds the hash of the one before, and none was changed, added or taken away. The keys of signatures are the worker's.
pub(super) async fn check(ledger: &Ledger) -> Result<Checked> {
    let head = audit::head(ledger).await?;
    let from = (head.seq > CHECKED).then(|| head.seq - CHECKED + 1);
    let report = audit::verify(ledger, &Question { from, known: None }, |_| Trust::Unchecked).await?;
    let faults = report.findings.iter().map(ToString::to_string).collect();
    Ok(Checked { entries: report.entries, first: report.first, last: report.last.seq, faults })
}

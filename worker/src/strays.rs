//! Objects in the vault that the ledger does not know: of another installation, or of a ledger that was restored from an older copy.

use crate::error::ExportError;
use chrono::{DateTime, TimeDelta, Utc};
use shared::{
    ledger::{Ledger, examination},
    vault::s3::Bucket,
};

/// What is younger may belong to an attempt whose end is being noted.
const YOUNG: TimeDelta = TimeDelta::hours(1);
/// No more objects are looked at; a bucket with more has an inventory of its own.
const MOST: usize = 100_000;

/// What was found below a prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Strays {
    /// How many objects were looked at.
    pub looked_at: usize,
    /// Whether there are more than that.
    pub is_cut_short: bool,
    /// The keys that the ledger does not know.
    pub keys: Vec<String>,
}

/// Compares what is below `prefix` with the ledger. Nothing is deleted: what the ledger does not know may be somebody else's.
pub async fn find(bucket: &Bucket, prefix: &str, ledger: &Ledger, now: DateTime<Utc>) -> Result<Strays, ExportError> {
    let mut strays = Strays::default();
    let mut after: Option<String> = None;
    loop {
        let (found, more) = bucket.list(prefix, after.as_deref()).await?;
        strays.looked_at += found.len();
        after = found.last().map(|last| last.key.clone());
        for object in found.into_iter().filter(|object| now - object.stored_at > YOUNG) {
            if !examination::knows_object(ledger, &object.key).await? {
                strays.keys.push(object.key);
            }
        }
        strays.is_cut_short = more && strays.looked_at >= MOST;
        if !more || after.is_none() || strays.is_cut_short {
            return Ok(strays);
        }
    }
}

//! Objects in the vault that the ledger does not know.

use super::{Check, told};
use chrono::{DateTime, TimeDelta, Utc};
use shared::{
    ledger::{Ledger, examination},
    vault::s3::Bucket,
};

const PART: &str = "vault";
const CHECK: &str = "strays";
/// What is younger may belong to an attempt whose end is being noted.
const YOUNG: TimeDelta = TimeDelta::hours(1);
/// No more objects are looked at; a bucket with more is looked at by its own inventory.
const MOST: usize = 100_000;
/// So many are named.
const NAMED: usize = 5;

/// Compares what is below `prefix` with the ledger. Nothing is deleted: what the ledger does not know may be somebody else's.
pub(super) async fn examine(bucket: &Bucket, prefix: &str, ledger: &Ledger, now: DateTime<Utc>) -> Check {
    let (mut looked_at, mut strays, mut after) = (0, Vec::new(), None::<String>);
    loop {
        let (found, more) = match bucket.list(prefix, after.as_deref()).await {
            Ok(page) => page,
            Err(error) => {
                return Check::unknown(PART, CHECK, format!("the objects could not be listed: {}", told(&error)));
            }
        };
        looked_at += found.len();
        after = found.last().map(|last| last.key.clone());
        for object in found.into_iter().filter(|object| now - object.stored_at > YOUNG) {
            match examination::knows_object(ledger, &object.key).await {
                Ok(true) => {}
                Ok(false) => strays.push(object.key),
                Err(error) => {
                    return Check::unknown(PART, CHECK, format!("the ledger did not answer: {}", told(&error)));
                }
            }
        }
        if !more || after.is_none() || looked_at >= MOST {
            return judge(looked_at, more, &strays);
        }
    }
}

fn judge(looked_at: usize, more: bool, strays: &[String]) -> Check {
    let scope = if more { format!("the first {looked_at} objects") } else { format!("{looked_at} objects") };
    if strays.is_empty() {
        return Check::ok(PART, CHECK, format!("the ledger knows every one of {scope}"));
    }
    let named = strays.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let rest = if strays.len() > NAMED { ", …" } else { "" };
    Check::warning(
        PART,
        CHECK,
        format!("of {scope} the ledger does not know {}: {named}{rest}", strays.len()),
        "if no other installation and no restored ledger explains them, delete them by hand: nothing else ever will, but a lifecycle rule",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn strays_are_counted_and_the_first_named() {
        let keys: Vec<String> = (0..7).map(|number| format!("archives/{number}.zip")).collect();
        let check = judge(10, false, &keys);
        assert_eq!(check.grade, Grade::Warning);
        assert!(
            check.message.contains("does not know 7: archives/0.zip") && check.message.ends_with("archives/4.zip, …")
        );
        assert_eq!(judge(10, false, &[]).grade, Grade::Ok);
    }
}

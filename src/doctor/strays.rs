//! Objects in the vault that the ledger does not know.

use super::{Check, told};
use chrono::{DateTime, Utc};
use shared::{ledger::Ledger, vault::s3::Bucket};
use worker::strays::{self, Strays};

const PART: &str = "vault";
const CHECK: &str = "strays";
/// So many are named.
const NAMED: usize = 5;

pub(super) async fn examine(bucket: &Bucket, prefix: &str, ledger: &Ledger, now: DateTime<Utc>) -> Check {
    match strays::find(bucket, prefix, ledger, now).await {
        Ok(strays) => judge(&strays),
        Err(error) => Check::unknown(PART, CHECK, format!("could not be looked for: {}", told(&error))),
    }
}

fn judge(strays: &Strays) -> Check {
    let Strays { looked_at, is_cut_short, keys } = strays;
    let scope = if *is_cut_short { format!("the first {looked_at} objects") } else { format!("{looked_at} objects") };
    if keys.is_empty() {
        return Check::ok(PART, CHECK, format!("the ledger knows every one of {scope}"));
    }
    let named = keys.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let rest = if keys.len() > NAMED { ", …" } else { "" };
    Check::warning(
        PART,
        CHECK,
        format!("of {scope} the ledger does not know {}: {named}{rest}", keys.len()),
        "if no other installation and no restored ledger explains them, delete them by hand: nothing else will, but the bucket's own rule",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn strays_are_counted_and_the_first_named() {
        let keys = (0..7).map(|number| format!("archives/{number}.zip")).collect();
        let mut strays = Strays { looked_at: 10, is_cut_short: false, keys };
        let check = judge(&strays);
        assert_eq!(check.grade, Grade::Warning);
        assert!(check.message.contains("does not know 7: archives/0.zip"), "{}", check.message);
        assert!(check.message.ends_with("archives/4.zip, …"), "{}", check.message);
        strays.keys.clear();
        assert_eq!(judge(&strays).grade, Grade::Ok);
    }
}

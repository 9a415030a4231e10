//! The ledger.

use super::{Check, clock, told};
use shared::{
    clock::now,
    config::Config,
    ledger::{
        Ledger, LedgerError,
        examination::{self, Examined},
    },
};

const PART: &str = "ledger";

/// The ledger, if it can be used, and what was found. An embedded one that is not there yet is not made.
pub(super) async fn examine(config: &Config) -> (Option<Ledger>, Vec<Check>) {
    let embedded = config.data_dir.join("ledger.sqlite");
    if config.ledger.url.is_none() && !embedded.exists() {
        let message = format!("{} does not exist yet; `handover serve` makes it", embedded.display());
        return (None, vec![Check::unknown(PART, "reachable", message)]);
    }
    let ledger = match Ledger::open(&config.ledger_url()).await {
        Ok(ledger) => ledger,
        Err(error) => return (None, vec![unreachable(&error)]),
    };
    let before = now();
    let examined = match ledger.examine().await {
        Ok(examined) => examined,
        Err(error) => return (None, vec![unreachable(&error)]),
    };
    let after = now();
    let mut checks = judge(&examined);
    if examined.is_encrypted.is_some() {
        checks.push(clock::judge(PART, examined.clock, before, after, config.worker.lease));
    }
    match ledger.require_migrated().await {
        Ok(()) => checks.push(Check::ok(PART, "migrated", "its tables are this program's")),
        Err(LedgerError::NotMigrated) => {
            let message = "its tables are older or newer than this program";
            checks.push(Check::problem(
                PART,
                "migrated",
                message,
                "run `handover migrate` with the newest program in use",
            ));
            return (None, checks);
        }
        Err(error) => {
            checks.push(unreachable(&error));
            return (None, checks);
        }
    }
    match examination::undeleted(&ledger).await {
        Ok((0, _)) => checks.push(Check::ok(PART, "deletions", "no archive past its time waits to be deleted")),
        Ok((count, since)) => checks.push(Check::problem(
            PART,
            "deletions",
            format!(
                "{count} past their time could not be deleted, the oldest since {}",
                since.map_or_else(String::new, |since| since.format("%Y-%m-%d %H:%M UTC").to_string())
            ),
            "`deletion.error` of these exports says why; the sweep tries again by itself once the vault lets it",
        )),
        Err(error) => checks.push(unreachable(&error)),
    }
    (Some(ledger), checks)
}

fn unreachable(error: &LedgerError) -> Check {
    Check::problem(
        PART,
        "reachable",
        told(error),
        "check HANDOVER_LEDGER__URL, and whether the database runs and lets this machine in",
    )
}

fn judge(examined: &Examined) -> Vec<Check> {
    let mut checks = vec![Check::ok(PART, "reachable", format!("{} answers", examined.server))];
    checks.push(if examined.careless.is_empty() {
        Check::ok(PART, "durable", "what is committed is on the disk; back it up, for it is the only truth")
    } else {
        Check::problem(
            PART,
            "durable",
            format!("with {} a committed row may be lost when the machine stops", examined.careless.join(", ")),
            "set it on, or exports that were accepted may be forgotten",
        )
    });
    match examined.is_encrypted {
        Some(false) => checks.push(Check::warning(
            PART,
            "encrypted",
            "the connection is not encrypted",
            "add `?sslmode=verify-full` to HANDOVER_LEDGER__URL unless the database is on this machine or on a network of its own",
        )),
        Some(true) => checks.push(Check::ok(PART, "encrypted", "the connection is encrypted")),
        None => {}
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;
    use shared::clock::now;

    #[test]
    fn a_ledger_that_may_forget_is_a_problem_and_one_in_the_clear_a_warning() {
        let mut examined =
            Examined { server: "PostgreSQL 17".into(), clock: now(), is_encrypted: Some(true), careless: vec![] };
        let grades = |examined: &Examined| judge(examined).iter().map(|check| check.grade).collect::<Vec<_>>();
        assert_eq!(grades(&examined), [Grade::Ok, Grade::Ok, Grade::Ok]);
        examined.is_encrypted = Some(false);
        examined.careless = vec!["fsync=off".into()];
        assert_eq!(grades(&examined), [Grade::Ok, Grade::Problem, Grade::Warning]);
    }
}

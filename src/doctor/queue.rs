//! The queue.

use super::{Check, clock, told};
use shared::{
    clock::now,
    config::Config,
    queue::{Queue, redis::Examined},
};

const PART: &str = "queue";
const REACHABLE: &str = "reachable";

pub(super) async fn examine(config: &Config) -> Vec<Check> {
    if config.is_embedded_queue() {
        return vec![Check::ok(PART, REACHABLE, "in the process; the ledger rings again after a restart")];
    }
    let before = now();
    let examined = match Queue::open(&config.queue).await {
        Ok(Queue::Redis(redis)) => redis.examine().await,
        Ok(Queue::Memory(_)) => return Vec::new(),
        Err(error) => Err(error),
    };
    match examined {
        Ok(examined) => {
            let mut checks = judge(&examined);
            checks.push(clock::judge(PART, examined.clock, before, now(), config.queue.lease));
            checks
        }
        Err(error) => {
            let advice = "check HANDOVER_QUEUE__URL, and whether Redis runs and lets this machine in; exports wait in the ledger meanwhile";
            vec![Check::problem(PART, REACHABLE, told(&error), advice)]
        }
    }
}

fn judge(examined: &Examined) -> Vec<Check> {
    vec![answers(examined), persistence(examined), eviction(examined)]
}

fn answers(examined: &Examined) -> Check {
    let major: u32 = examined.version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    if major < 5 {
        let message = format!("Redis {} is older than 5, the oldest that works", examined.version);
        return Check::problem(PART, REACHABLE, message, "use Redis 6 or newer, or Valkey");
    }
    if examined.role != "master" {
        let message = format!("Redis {} is a replica, which takes no writes", examined.version);
        return Check::problem(PART, REACHABLE, message, "name the primary in HANDOVER_QUEUE__URL");
    }
    Check::ok(PART, REACHABLE, format!("Redis {} answers", examined.version))
}

fn persistence(examined: &Examined) -> Check {
    const CHECK: &str = "persistence";
    match (examined.append_only, examined.snapshots) {
        (Some(true), _) => Check::ok(PART, CHECK, "keeps an append-only file"),
        (_, Some(true)) => Check::warning(
            PART,
            CHECK,
            "keeps snapshots only: after a crash the last minutes are forgotten",
            "set `appendonly yes`; without it nothing is lost, but the ledger has to ring again",
        ),
        (_, Some(false)) => Check::warning(
            PART,
            CHECK,
            "keeps nothing over a restart",
            "set `appendonly yes`; without it nothing is lost, but the ledger has to ring again for everything that waits",
        ),
        (_, None) => Check::unknown(PART, CHECK, "Redis does not tell whether it keeps anything over a restart"),
    }
}

fn eviction(examined: &Examined) -> Check {
    const CHECK: &str = "eviction";
    let (Some(policy), Some(most)) = (&examined.eviction, examined.most_bytes) else {
        return Check::unknown(PART, CHECK, "Redis does not tell what it does when its memory is used up");
    };
    // The queue's keys have no end, so policies over those that do leave them alone.
    match (policy.starts_with("allkeys-"), most) {
        (true, 1..) => Check::problem(
            PART,
            CHECK,
            format!("with maxmemory-policy {policy} Redis throws away doorbells and leases when its memory is used up"),
            "set `maxmemory-policy noeviction`, or give the queue a Redis of its own",
        ),
        (true, 0) => Check::warning(
            PART,
            CHECK,
            format!("maxmemory-policy is {policy}; as long as maxmemory is 0 nothing is thrown away"),
            "set `maxmemory-policy noeviction`",
        ),
        (false, _) => Check::ok(PART, CHECK, format!("maxmemory-policy is {policy}: the queue's keys stay")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    fn good() -> Examined {
        Examined {
            version: "7.0.15".into(),
            clock: now(),
            role: "master".into(),
            append_only: Some(true),
            snapshots: None,
            most_bytes: Some(1),
            eviction: Some("noeviction".into()),
        }
    }

    fn grades(examined: &Examined) -> Vec<Grade> {
        judge(examined).iter().map(|check| check.grade).collect()
    }

    #[test]
    fn a_redis_that_keeps_everything_is_well() {
        assert_eq!(grades(&good()), [Grade::Ok; 3]);
    }

    #[test]
    fn an_old_one_and_a_replica_are_problems() {
        assert_eq!(grades(&Examined { version: "3.2.1".into(), ..good() })[0], Grade::Problem);
        assert_eq!(grades(&Examined { role: "slave".into(), ..good() })[0], Grade::Problem);
    }

    #[test]
    fn one_that_forgets_is_a_warning_and_one_that_does_not_tell_is_unknown() {
        let forgets = Examined { append_only: Some(false), snapshots: Some(false), ..good() };
        assert_eq!(grades(&forgets)[1], Grade::Warning);
        assert_eq!(grades(&Examined { snapshots: Some(true), ..forgets.clone() })[1], Grade::Warning);
        assert_eq!(grades(&Examined { snapshots: None, ..forgets })[1], Grade::Unknown);
    }

    #[test]
    fn one_that_throws_keys_away_is_a_problem_once_its_memory_has_an_end() {
        let evicts = Examined { eviction: Some("allkeys-lru".into()), ..good() };
        assert_eq!(grades(&evicts)[2], Grade::Problem);
        assert_eq!(grades(&Examined { most_bytes: Some(0), ..evicts })[2], Grade::Warning);
        assert_eq!(grades(&Examined { eviction: Some("volatile-ttl".into()), ..good() })[2], Grade::Ok);
        assert_eq!(grades(&Examined { eviction: None, ..good() })[2], Grade::Unknown);
    }
}

//! How each part of the installation is, and what to do where it is not well.

use super::said;
use crate::{
    Context,
    auth::Authorized,
    problem::Problem,
    routes::{health, sources},
};
use chrono::{DateTime, TimeDelta, Utc};
use shared::ledger::{
    overview::{self, Mails},
    schedules::{self, Health},
    workers,
};

/// A worker that has not polled its queue for so long is missing.
const SILENCE: TimeDelta = TimeDelta::seconds(30);
/// A worker that was silent for so long was stopped on purpose.
const FORGOTTEN: TimeDelta = TimeDelta::days(1);
/// A mail that is owed for longer waits for something else than its turn.
const SLOW_MAIL: TimeDelta = TimeDelta::minutes(10);
/// Mails that were given up are shown for so long.
const DEAD_MAILS: TimeDelta = TimeDelta::days(7);

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    /// Well.
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    /// It does not work.
    Problem,
}

impl Grade {
    /// The word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }

    /// The class of its badge.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Ok => "good",
            Self::Warning => "warn",
            Self::Problem => "bad",
        }
    }
}

/// One part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) grade: Grade,
    pub(crate) message: String,
    /// What to do; empty where there is nothing to do.
    pub(crate) advice: &'static str,
}

/// Every part, in a fixed order.
pub(crate) async fn parts<P>(
    context: &Context,
    access: &Authorized<P>,
    now: DateTime<Utc>,
) -> Result<Vec<Part>, Problem> {
    let (ready, workers, mails, schedules, sources) = tokio::join!(
        health::look(context),
        workers::list(&context.ledger),
        overview::mails(&context.ledger, now - DEAD_MAILS),
        schedules::health(&context.ledger, now),
        sources::all(context, access),
    );
    Ok(vec![
        answering(
            "Ledger",
            ready.ledger,
            "answers",
            "Look at the database behind HANDOVER_LEDGER__URL; handover doctor tells more.",
        ),
        answering(
            "Queue",
            ready.queue,
            "answers",
            "Look at Redis behind HANDOVER_QUEUE__URL. Nothing is lost: work goes on when it is back.",
        ),
        answering(
            "Vault",
            ready.vault,
            "answers",
            "Look at the bucket or folder of HANDOVER_VAULT; handover doctor tells more.",
        ),
        of_workers(&workers?, now),
        of_mail(&mails?, now),
        of_schedules(&schedules?),
        of_sources(&sources?),
    ])
}

fn answering(name: &'static str, part: health::Part, well: &str, advice: &'static str) -> Part {
    match part {
        health::Part::Ok => Part { name, grade: Grade::Ok, message: well.to_owned(), advice: "" },
        health::Part::Failed => Part { name, grade: Grade::Problem, message: "does not answer".to_owned(), advice },
    }
}

fn of_workers(workers: &[(String, DateTime<Utc>)], now: DateTime<Utc>) -> Part {
    let known: Vec<DateTime<Utc>> =
        workers.iter().map(|(_, polled)| *polled).filter(|polled| now - *polled < FORGOTTEN).collect();
    let alive = known.iter().filter(|polled| now - **polled <= SILENCE).count();
    let silent = known.len() - alive;
    let last = workers.first().map(|(_, polled)| *polled);
    let number = |count: usize| said::of(i64::try_from(count).unwrap_or(i64::MAX), "worker");
    let (grade, message, advice) = match (alive, silent, last) {
        (0, _, None) => (
            Grade::Problem,
            "no worker has ever signed".to_owned(),
            "Start handover worker, or handover serve, with this ledger.",
        ),
        (0, _, Some(last)) => (
            Grade::Problem,
            format!("none is alive; the last sign of life was {} ago", said::age(now - last)),
            "Look at the worker's process and log, and whether it reaches the queue.",
        ),
        (alive, 0, Some(last)) => {
            (Grade::Ok, format!("{} alive, last sign {} ago", number(alive), said::age(now - last)), "")
        }
        (alive, silent, _) => (
            Grade::Warning,
            format!("{} alive, {} silent", number(alive), number(silent)),
            "A silent worker did not sign off: look at its process. What it ran is taken over.",
        ),
    };
    Part { name: "Workers", grade, message, advice }
}

fn of_mail(mails: &Mails, now: DateTime<Utc>) -> Part {
    let waits = mails.oldest.map_or(TimeDelta::zero(), |oldest| now - oldest);
    let error = mails.last_error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    let (grade, message, advice) = match mails {
        Mails { dead, .. } if *dead > 0 => (
            Grade::Warning,
            format!("{} given up in the last 7 days{error}", said::of(*dead, "mail")),
            "Look at the address and the relay. The people were not told: send them a new link by hand.",
        ),
        Mails { owed, .. } if waits > SLOW_MAIL => (
            Grade::Problem,
            format!("{} owed, the oldest for {}{error}", said::of(*owed, "mail"), said::age(waits)),
            "Look at the relay of HANDOVER_MAIL; handover doctor --mail-to ADDRESS sends a trial mail.",
        ),
        Mails { owed: 0, .. } => (Grade::Ok, "nothing is owed".to_owned(), ""),
        Mails { owed, .. } => (Grade::Ok, format!("{} on the way", said::of(*owed, "mail")), ""),
    };
    Part { name: "Mail", grade, message, advice }
}

fn of_schedules(health: &Health) -> Part {
    let schedules = |count: i64| said::of(count, "schedule");
    let (grade, message, advice) = match health {
        Health { overdue, .. } if *overdue > 0 => (
            Grade::Problem,
            format!("{} overdue", schedules(*overdue)),
            "No worker begins runs: look at the workers and their clocks.",
        ),
        Health { failed, .. } if *failed > 0 => (
            Grade::Warning,
            format!("{} paused because runs failed", schedules(*failed)),
            "Look at the last run of each, mend what made it fail, and resume it.",
        ),
        Health { active: 0, .. } => (Grade::Ok, "there are none".to_owned(), ""),
        Health { active, .. } => (Grade::Ok, format!("{} on time", schedules(*active)), ""),
    };
    Part { name: "Schedules", grade, message, advice }
}

fn of_sources(sources: &[sources::SourceView]) -> Part {
    let count = |wanted: &dyn Fn(&sources::SourceView) -> bool| {
        i64::try_from(sources.iter().filter(|source| wanted(source)).count()).unwrap_or(i64::MAX)
    };
    let stopped = count(&|source| source.check.as_ref().is_some_and(|check| check.findings_open > 0));
    let blind = count(&|source| source.check.as_ref().is_some_and(|check| check.is_blind()));
    let away = count(&|source| !source.served);
    let total = count(&|_| true);
    let (grade, message, advice) = if total == 0 {
        (
            Grade::Problem,
            "no worker has announced one".to_owned(),
            "Give a worker a source and its catalog: HANDOVER_SOURCES__…__URL and __CATALOG.",
        )
    } else if stopped > 0 || blind > 0 {
        let message = match (stopped, blind) {
            (0, blind) => format!("{} could not be compared", said::of(blind, "source")),
            (stopped, 0) => format!("{} with open findings", said::of(stopped, "source")),
            (stopped, blind) => {
                format!("{} with open findings, {blind} could not be compared", said::of(stopped, "source"))
            }
        };
        (Grade::Problem, message, "Open the source: exports that its findings concern do not start.")
    } else if away > 0 {
        (
            Grade::Warning,
            format!("{} served by no worker now", said::of(away, "source")),
            "Start a worker that has it in its configuration.",
        )
    } else {
        (Grade::Ok, format!("{} served, every catalog fits", said::of(total, "source")), "")
    };
    Part { name: "Sources", grade, message, advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn workers_are_well_only_while_all_of_them_sign() {
        let now = at(1_000_000);
        let worker = |age: i64| ("w".to_owned(), now - TimeDelta::seconds(age));
        for (workers, grade, said) in [
            (vec![], Grade::Problem, "no worker has ever signed"),
            (vec![worker(3), worker(20)], Grade::Ok, "2 workers alive, last sign 3 s ago"),
            (vec![worker(3), worker(90)], Grade::Warning, "1 worker alive, 1 worker silent"),
            (vec![worker(90)], Grade::Problem, "none is alive; the last sign of life was 1 min ago"),
            (vec![worker(3), worker(200_000)], Grade::Ok, "1 worker alive, last sign 3 s ago"),
        ] {
            let part = of_workers(&workers, now);
            assert_eq!((part.grade, part.message.as_str()), (grade, said));
            assert_eq!(part.advice.is_empty(), grade == Grade::Ok);
        }
    }

    #[test]
    fn mail_is_well_while_nothing_waits_for_long_and_nothing_was_given_up() {
        let now = at(1_000_000);
        let mails = |owed, age: i64, dead| Mails {
            owed,
            oldest: (owed > 0).then(|| now - TimeDelta::seconds(age)),
            dead,
            last_error: Some("the relay said 550".into()),
        };
        for (mails, grade) in [
            (mails(0, 0, 0), Grade::Ok),
            (mails(3, 30, 0), Grade::Ok),
            (mails(3, 3000, 0), Grade::Problem),
            (mails(0, 0, 1), Grade::Warning),
        ] {
            assert_eq!(of_mail(&mails, now).grade, grade, "{mails:?}");
        }
        assert_eq!(of_mail(&mails(0, 0, 1), now).message, "1 mail given up in the last 7 days: the relay said 550");
    }
}

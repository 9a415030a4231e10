//! What `handover doctor` looks at: each part is asked about itself, and what it tells is judged by functions that ask nobody.

mod clock;
mod configuration;
mod encryption;
mod ledger;
mod machine;
mod mail;
mod queue;
mod source;
mod strays;
mod vault;

use serde::Serialize;
use shared::{clock::now, config::Config};

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Grade {
    /// As it should be.
    Ok,
    /// Could not be found out, or does not matter here.
    Unknown,
    /// Works, but should be another way.
    Warning,
    /// Does not work, or will lose or show something.
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    /// The part: `ledger`, `vault`, `source ceppro`.
    pub(crate) part: String,
    /// What was looked at.
    pub(crate) check: &'static str,
    /// How well it is.
    pub(crate) grade: Grade,
    /// What was found.
    pub(crate) message: String,
    /// What to do; where a rule or a statement is to be used as it is, it stands on lines of its own.
    pub(crate) advice: Option<String>,
}

impl Check {
    fn ok(part: &str, check: &'static str, message: impl Into<String>) -> Self {
        Self { part: part.to_owned(), check, grade: Grade::Ok, message: message.into(), advice: None }
    }

    fn unknown(part: &str, check: &'static str, message: impl Into<String>) -> Self {
        Self { grade: Grade::Unknown, ..Self::ok(part, check, message) }
    }

    fn warning(part: &str, check: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { grade: Grade::Warning, advice: Some(advice.into()), ..Self::ok(part, check, message) }
    }

    fn problem(part: &str, check: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { grade: Grade::Problem, ..Self::warning(part, check, message, advice) }
    }
}

/// Looks at everything that `config` names, part after part. A trial mail goes to `mail_to`, if given; beside that, and a small object in the vault that
/// is deleted again, nothing is written anywhere.
pub(crate) async fn examine(config: &Config, mail_to: Option<&str>) -> Vec<Check> {
    let mut checks = configuration::judge(config);
    let (opened, of_ledger) = ledger::examine(config).await;
    checks.extend(of_ledger);
    checks.extend(queue::examine(config).await);
    checks.extend(vault::examine(config, opened.as_ref(), now()).await);
    checks.extend(encryption::examine(config, opened.as_ref()).await);
    checks.extend(mail::examine(config, mail_to).await);
    for (name, source) in &config.sources {
        checks.extend(source::examine(name, source).await);
    }
    checks.extend(machine::examine(config));
    checks
}

/// An error with its causes, on one line.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text.replace(char::is_control, " ")
}

//! `handover doctor`: what is wrong with an installation, and what to do.

use super::Outcome;
use crate::{
    doctor::{self, Check, Grade},
    installation::read_config,
    progress::Progress,
};
use clap::{Args, ValueEnum};
use serde_json::json;
use shared::config::Role;
use std::path::Path;

/// Look at everything that this process is configured for, and say what is wrong and what to do.
///
/// Run it where the process runs, with the same settings: configuration, ledger, queue, vault, mail, sources, this machine. Exits 1 when there is a problem;
/// warnings alone exit 0. It writes one small object into the vault and deletes it again, sends no mail unless told to, and makes nothing that is missing.
#[derive(Args)]
pub(super) struct Doctor {
    /// `text` for people, `json` for programs: an object with `healthy` and `checks`, each with `part`, `check`, `grade` (ok, unknown, warning, problem),
    /// `message` and `advice`.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    format: Shape,
    /// Also hold the configuration against what this process needs.
    #[arg(long = "for", value_enum, value_name = "PROCESS")]
    process: Option<Process>,
    /// Send a trial mail to this address.
    #[arg(long, value_name = "ADDRESS")]
    mail_to: Option<String>,
}

/// How the result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// Lines.
    Text,
    /// One object.
    Json,
}

/// Whose configuration it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Process {
    /// `handover serve`.
    Serve,
    /// `handover api`.
    Api,
    /// `handover worker`.
    Worker,
}

/// Looks, and prints what was found.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(command: Doctor, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let role = match command.process {
        None => Role::Ledger,
        Some(Process::Serve) => Role::Serve,
        Some(Process::Api) => Role::Api,
        Some(Process::Worker) => Role::Worker,
    };
    let config = read_config(file, role)?;
    let progress = Progress::of("looking at every part");
    let checks = doctor::examine(&config, command.mail_to.as_deref()).await;
    drop(progress);
    let healthy = checks.iter().all(|check| check.grade != Grade::Problem);
    match command.format {
        Shape::Text => print!("{}", text(&checks)),
        Shape::Json => println!("{}", serde_json::to_string_pretty(&json!({ "healthy": healthy, "checks": checks }))?),
    }
    Ok(if healthy { Outcome::Done } else { Outcome::No })
}

/// A heading for each part, a line for each check, and below it what to do.
fn text(checks: &[Check]) -> String {
    let mut lines = Vec::new();
    let mut part = "";
    for check in checks {
        if check.part != part {
            part = &check.part;
            lines.push(part.to_owned());
        }
        let grade = match check.grade {
            Grade::Ok => "ok",
            Grade::Unknown => "unknown",
            Grade::Warning => "warning",
            Grade::Problem => "PROBLEM",
        };
        lines.push(format!("  {grade:<8} {}: {}", check.check, check.message));
        for advice in check.advice.iter().flat_map(|advice| advice.lines()) {
            lines.push(format!("           {advice}"));
        }
    }
    let count = |grade| checks.iter().filter(|check| check.grade == grade).count();
    let (problems, warnings) = (count(Grade::Problem), count(Grade::Warning));
    let plural = |count: usize, word: &str| if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") };
    lines.push(format!("{}, {}.", plural(problems, "problem"), plural(warnings, "warning")));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

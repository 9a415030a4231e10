//! `handover config`: the settings that are in force.

use super::Outcome;
use crate::installation::variables;
use clap::{Args, Subcommand, ValueEnum};
use shared::config::{Config, Origin, Role};
use std::path::Path;

/// Look at the settings that are in force.
#[derive(Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting with its value and where that comes from. Secrets are masked. Exits 1 when the process would not start with them.
    Show(Show),
}

#[derive(Args)]
pub(super) struct Show {
    /// The process whose configuration it is; others may hold other secrets.
    #[arg(long = "for", value_enum, value_name = "PROCESS", default_value_t = Process::Command)]
    process: Process,
}

/// What a configuration is for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Process {
    /// `handover serve`.
    Serve,
    /// `handover api`.
    Api,
    /// `handover worker`.
    Worker,
    /// Commands such as `migrate` and `key`.
    Command,
}

/// Does what was asked.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the result, and what is wrong with it")]
pub(super) fn run(command: &ConfigCommand, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let ConfigCommand::Show(Show { process }) = command;
    let role = match process {
        Process::Serve => Role::Serve,
        Process::Api => Role::Api,
        Process::Worker => Role::Worker,
        Process::Command => Role::Ledger,
    };
    let (settings, refused) = Config::show(file, variables()?, role);
    for setting in settings {
        let origin = match &setting.origin {
            Origin::Default => "default".to_owned(),
            Origin::Variable => "environment".to_owned(),
            Origin::SecretFile(file) => format!("{}_FILE: {file}", setting.variable),
            Origin::File(file) => file.clone(),
        };
        println!("{}={}  # {origin}", setting.variable, setting.value.as_deref().unwrap_or_default());
    }
    refused.iter().for_each(|line| eprintln!("{line}"));
    Ok(if refused.is_empty() { Outcome::Done } else { Outcome::No })
}

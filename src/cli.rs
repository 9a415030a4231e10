//! The command line: one word for each thing the program can be or do.

mod api;
mod audit;
mod catalog;
mod completions;
mod config;
mod database_url;
mod decrypt;
mod demo;
mod doctor;
mod export;
mod exports;
mod healthcheck;
mod key;
mod mail;
mod manual;
mod migrate;
mod operator;
mod recipients;
mod serve;
mod settings;
mod unlocking;
mod verify;
mod webhooks;
mod worker;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// Handover gives tenants of a SaaS product their data: all of it, only theirs, in a file that opens anywhere.
///
/// Exit codes: 0 done; 1 the answer is no (findings, an unsound archive, a failed export, not healthy); 2 wrong usage or
/// configuration; 130 interrupted. Results go to standard output, everything else to standard error.
#[derive(Parser)]
#[command(name = "handover", version, propagate_version = true)]
struct Arguments {
    /// Configuration file; default `handover.toml` in the working folder, if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything in one process: API, worker, and whatever is not configured embedded in the data folder.
    Serve,
    /// Run the HTTP API. Needs a shared ledger, queue and vault, and holds no source credentials.
    Api,
    /// Run a worker: it alone opens the sources, and it opens no port.
    Worker,
    Demo(demo::Demo),
    Export(export::ExportCommand),
    /// List, show, watch, cancel and retry the exports in the ledger.
    #[command(subcommand)]
    Exports(exports::ExportsCommand),
    /// Work with the catalog, the reviewed file that says what belongs to whom.
    #[command(subcommand)]
    Catalog(catalog::CatalogCommand),
    Verify(verify::Verify),
    Decrypt(decrypt::Decrypt),
    /// Check, show and export the audit: who did what to whose data.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Make, list and revoke API keys, and work with the keys that sign and seal archives.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Add, list and remove the public keys that a tenant's archives are encrypted to.
    #[command(subcommand)]
    Recipients(recipients::RecipientsCommand),
    /// Look at the mails that people get.
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Make, list and change the accounts of the people who sign in at the console.
    #[command(subcommand)]
    Operator(operator::OperatorCommand),
    /// Add, look at, change and remove the addresses that are told what became of exports, and send messages again.
    #[command(subcommand)]
    Webhooks(webhooks::WebhooksCommand),
    /// Bring the ledger's tables up to this program's version.
    Migrate,
    Healthcheck(healthcheck::Healthcheck),
    Doctor(doctor::Doctor),
    /// Look at the settings that are in force, with every secret masked.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Print every setting with its meaning and default.
    Settings(settings::Settings),
    Completions(completions::Completions),
    Manual(manual::Manual),
}

/// How a command ended, other than with an error.
enum Outcome {
    /// It did what was asked.
    Done,
    /// The answer is no; what is wrong was printed.
    No,
}

/// An error of usage or configuration; exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Misuse(pub(crate) String);

/// The user stopped it; exit code 130.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
struct Interrupted;

/// Parses, runs, and turns the end into an exit code.
#[expect(clippy::print_stderr, reason = "the last word to the person at the terminal")]
pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // One provider for the whole process; a second installation is harmless.
    let _already = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("handover: the runtime cannot be started: {error}");
            return ExitCode::from(1);
        }
    };
    let ended = runtime.block_on(async {
        let ended = run(arguments).await;
        shared::telemetry::stop().await;
        ended
    });
    // Work that was cut off by the deadline must not hold the process back.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match ended {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Err(error) => {
            eprintln!("handover: {error:#}");
            ExitCode::from(match () {
                () if error.is::<Misuse>() || error.is::<shared::config::ConfigError>() => 2,
                () if error.is::<Interrupted>() => 130,
                () => 1,
            })
        }
    }
}

/// Does the work, unless the user stops it first: then it is dropped, and with it the folders that it uses for a while.
async fn unless_stopped(work: impl Future<Output = anyhow::Result<Outcome>>) -> anyhow::Result<Outcome> {
    let stop = crate::installation::stop_signal()?;
    tokio::select! {
        ended = work => ended,
        () = stop.cancelled() => Err(Interrupted.into()),
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    let file = arguments.config.as_deref();
    match arguments.command {
        Command::Serve => serve::run(file).await,
        Command::Api => api::run(file).await,
        Command::Worker => worker::run(file).await,
        Command::Demo(command) => demo::run(command).await,
        Command::Export(command) => export::run(command, file).await,
        Command::Exports(command) => exports::run(command, file).await,
        Command::Catalog(command) => catalog::run(command, file).await,
        Command::Verify(command) => verify::run(command, file).await,
        Command::Decrypt(command) => decrypt::run(command, file).await,
        Command::Audit(command) => audit::run(command, file).await,
        Command::Key(command) => key::run(command, file).await,
        Command::Recipients(command) => recipients::run(command, file).await,
        Command::Mail(command) => mail::run(&command, file),
        Command::Operator(command) => operator::run(command, file).await,
        Command::Webhooks(command) => webhooks::run(command, file).await,
        Command::Migrate => migrate::run(file).await,
        Command::Healthcheck(command) => healthcheck::run(command, file).await,
        Command::Doctor(command) => doctor::run(command, file).await,
        Command::Config(command) => config::run(&command, file),
        Command::Settings(command) => settings::run(&command),
        Command::Completions(command) => completions::run(&command),
        Command::Manual(command) => manual::run(&command),
    }
}

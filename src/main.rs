//! The one binary `handover`: an export and portability service for SaaS products.

mod cli;
mod doctor;
mod installation;
mod progress;
mod scrape;
mod unsealing;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}

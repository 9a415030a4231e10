//! `handover catalog check`.

use super::{super::Outcome, CatalogedSource};
use clap::{Args, ValueEnum};
use std::path::Path;

#[derive(Args)]
pub(in crate::cli) struct Check {
    #[command(flatten)]
    at: CatalogedSource,
    /// How findings are printed: one line each for people, or one JSON array of objects with `code`, `table`, `column` and `message`.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// One line for each finding.
    Text,
    /// One JSON array.
    Json,
}

#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(command: Check, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let (source, catalog) = command.at.resolve(file)?;
    let schema = source.schema(&catalog.schemas).await?;
    let findings = worker::check::check(&catalog, &schema);
    match command.format {
        // A name with a line break in it must not make two lines of one finding.
        Format::Text => findings.iter().for_each(|finding| println!("{}", in_one_line(&finding.to_string()))),
        Format::Json => println!("{}", serde_json::to_string_pretty(&findings)?),
    }
    Ok(if findings.is_empty() { Outcome::Done } else { Outcome::No })
}

fn in_one_line(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

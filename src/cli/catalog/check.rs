//! `handover catalog check`.

use super::{super::Outcome, CatalogedSource, OneTenant};
use crate::progress::Progress;
use clap::{Args, ValueEnum};
use std::{path::Path, sync::Arc};
use worker::{check, steps::Steps};

#[derive(Args)]
pub(in crate::cli) struct Check {
    #[command(flatten)]
    at: CatalogedSource,
    #[command(flatten)]
    one: OneTenant,
    /// How findings are printed: one line each for people, or one JSON array of objects with `code`, `table`, `column` and `message`.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Look at the rows too: owners that contradict each other, references that find nothing, rows that are in nobody's export. Reads every table once or more,
    /// in one read-only snapshot; prints counts, never values.
    #[arg(long)]
    data: bool,
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
    let tenant = command.one.of(&catalog)?;
    let things = if catalog.tenant.placement.is_some() { "tenants" } else { "questions" };
    let steps = Arc::<Steps>::default();
    let progress = Progress::of_steps("comparing the catalog with the source", things, steps.clone());
    let findings = match &catalog.tenant.placement {
        Some(_) => check::placement::check(&source, &catalog, tenant, command.data, &steps).await?,
        None => {
            let mut findings = check::check(&catalog, &source.schema(&catalog.schemas).await?);
            if command.data {
                findings.extend(check::data::check(&source, &catalog, &steps).await?);
            }
            findings
        }
    };
    drop(progress);
    match command.format {
        // A name with a line break in it must not make two lines of one finding.
        Format::Text => findings.iter().for_each(|finding| println!("{}", in_one_line(&finding.to_string()))),
        Format::Json => println!("{}", serde_json::to_string_pretty(&findings)?),
    }
    Ok(if findings.iter().all(check::Finding::is_information) { Outcome::Done } else { Outcome::No })
}

fn in_one_line(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

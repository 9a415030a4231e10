//! `handover mail`: what the mails look like.

use super::{Misuse, Outcome};
use crate::installation::read_config;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use shared::{clock, config::Role, language::Language};
use std::path::{Path, PathBuf};
use uuid::Uuid;
use worker::mail::preview::previews;

/// Look at the mails that people get.
#[derive(Subcommand)]
pub(super) enum MailCommand {
    /// Write every kind of mail in every language, with the configured brand and example values, into a folder; nothing is sent.
    Preview(Preview),
}

#[derive(Args)]
pub(super) struct Preview {
    /// The folder; it is made if it is not there. Each mail becomes three files in it: `.html`, `.txt`, and `.eml` with its headers.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The source whose brand the mails have; default the installation's own brand.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Only in this language: `en`, `de`, `es`, `fr`; or one of the two for trying a layout, `en-XA` (longer) and `ar-XB` (from right to left).
    #[arg(long, value_name = "TAG")]
    language: Option<Language>,
}

/// Does what was asked.
pub(super) fn run(command: &MailCommand, file: Option<&Path>) -> anyhow::Result<Outcome> {
    match command {
        MailCommand::Preview(command) => preview(command, file),
    }
}

#[expect(clippy::print_stdout, reason = "the result")]
fn preview(command: &Preview, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let config = read_config(file, Role::Ledger)?;
    if let Some(source) = &command.source
        && !config.sources.contains_key(source)
        && !config.brands.contains_key(source)
    {
        return Err(Misuse(format!("no source `{source}` is configured, and no brand for one")).into());
    }
    let folder = &command.dir;
    if folder.exists() && !folder.is_dir() {
        return Err(Misuse(format!("{} is no folder", folder.display())).into());
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let languages = command.language.map_or(Language::OFFERED.to_vec(), |language| vec![language]);
    for language in languages {
        for preview in previews(&config, command.source.as_deref().unwrap_or_default(), language, clock::now())? {
            let (letter, name) = (&preview.letter, format!("{}.{language}", preview.kind));
            let message = letter.message(Uuid::now_v7())?.formatted();
            for (ending, content) in
                [("html", letter.html.as_bytes()), ("txt", letter.text.as_bytes()), ("eml", message.as_slice())]
            {
                let path = folder.join(format!("{name}.{ending}"));
                std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
            }
            println!("{name}: {}", letter.subject);
        }
    }
    Ok(Outcome::Done)
}

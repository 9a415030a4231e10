//! `handover audit verify`.

use crate::{cli::Outcome, progress::Progress};
use clap::{Args, ValueEnum};
use serde_json::json;
use shared::{
    config::Config,
    ledger::{
        Ledger,
        audit::{self, Checkpoint, Head, Question, Report, Trust},
    },
};
use std::path::PathBuf;
use worker::{
    notary::embedded_key,
    signing::{PublicKey, SigningKey},
};

#[derive(Args)]
pub(in crate::cli) struct Verify {
    /// Begin at this entry instead of the first there is.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(i64).range(1..))]
    from: Option<i64>,
    /// An earlier `handover audit head`, or what a worker's log said was signed: the chain must still hold exactly that entry.
    #[arg(long, value_name = "NUMBER:HASH")]
    head: Option<Head>,
    /// A public key that signatures are checked with, beside the configured one; repeat it for keys that were in use before.
    #[arg(long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// For people, or as JSON.
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,
}

/// How the result is printed.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Shape {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Checks, and says what was found.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(config: &Config, ledger: &Ledger, command: Verify) -> anyhow::Result<Outcome> {
    let mut keys = Vec::from_iter(configured(config)?);
    for path in &command.keys {
        keys.push(PublicKey::read(path)?);
    }
    let question = Question { from: command.from, known: command.head };
    let progress = Progress::of("checking every entry of the audit");
    let report = audit::verify(ledger, &question, |checkpoint| trust(&keys, checkpoint)).await?;
    drop(progress);
    match command.format {
        Shape::Text => print!("{}", text(&report)),
        Shape::Json => println!("{}", document(&report)),
    }
    Ok(if report.findings.is_empty() { Outcome::Done } else { Outcome::No })
}

/// The public half of the key that signs here.
pub(super) fn configured(config: &Config) -> anyhow::Result<Option<PublicKey>> {
    let embedded = embedded_key(config);
    let path = match &config.signing.key_file {
        Some(path) => path.clone(),
        None if config.ledger.url.is_none() && embedded.exists() => embedded,
        None => return Ok(None),
    };
    Ok(Some(SigningKey::read(&path)?.public()))
}

fn trust(keys: &[PublicKey], checkpoint: &Checkpoint) -> Trust {
    if keys.is_empty() {
        return Trust::Unchecked;
    }
    match keys.iter().find(|key| key.id() == checkpoint.key_id) {
        None => Trust::Unknown,
        Some(key) if key.is_signature(checkpoint.message().as_bytes(), &checkpoint.signature) => Trust::Good,
        Some(_) => Trust::Wrong,
    }
}

fn text(report: &Report) -> String {
    let mut lines = Vec::new();
    if let Some((seq, at)) = report.pruned {
        lines.push(format!("Entries up to {seq} were pruned by {}.", at.format("%Y-%m-%d %H:%M UTC")));
    }
    if let Some((seq, at)) = report.signed {
        lines.push(format!("Signed up to entry {seq} at {}.", at.format("%Y-%m-%d %H:%M UTC")));
    }
    if report.unchecked {
        lines.push("There are signatures, but no key to check them with: give --key FILE.".to_owned());
    } else if report.signed.is_none() {
        lines.push("Nothing is signed: who can write to the ledger could have rewritten all of it.".to_owned());
    }
    for finding in &report.findings {
        lines.push(format!("{finding}."));
    }
    lines.push(match report.findings.first() {
        Some(finding) => format!("The audit is NOT whole: the first fault is at entry {}.", finding.seq),
        None if report.entries == 0 => "The audit has no entries.".to_owned(),
        None => format!(
            "The audit is whole: {} entries, {} to {}, hash {}.",
            report.entries,
            report.first,
            report.last.seq,
            report.last.hex()
        ),
    });
    lines.join("\n") + "\n"
}

fn document(report: &Report) -> serde_json::Value {
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|finding| json!({ "entry": finding.seq, "message": finding.fault.to_string() }))
        .collect();
    json!({
        "whole": findings.is_empty(),
        "entries": report.entries,
        "first": report.first,
        "last": report.last.seq,
        "hash": report.last.hex(),
        "signed_through": report.signed.map(|(seq, _)| seq),
        "signatures_checked": !report.unchecked,
        "pruned_through": report.pruned.map(|(seq, _)| seq),
        "findings": findings,
    })
}

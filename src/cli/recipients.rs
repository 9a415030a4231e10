//! `handover recipients`: whom archives are encrypted to.

use super::{Misuse, Outcome, exports::text::harmless};
use crate::installation::{open_ledger, read_config};
use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use shared::{
    clock,
    config::Role,
    export::{SubjectId, TenantId},
    ledger::{
        Ledger, Person,
        audit::Actor,
        recipients::{self, Added, NewRecipient, Recipient, RecipientFilter},
        sources,
    },
    recipient::{MOST_RECIPIENTS, PublicKey, RefusedKey, label},
};
use std::{
    io::Read as _,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// More than any installation lists at a time.
const PAGE: i64 = 500;

/// Add, list and remove the public keys that a tenant's archives are encrypted to.
#[derive(Subcommand)]
pub(super) enum RecipientsCommand {
    /// Encrypt a tenant's archives to a public key, too. Prints the recipient's number.
    ///
    /// From then on only whoever holds the private half of one of the tenant's keys can open its archives: neither this server nor its operator can. Archives
    /// that are ready already stay as they are.
    Add(Add),
    /// List the keys that count.
    List(List),
    /// Remove a key by its number: no archive that becomes ready from then on is encrypted to it.
    Remove(Remove),
}

#[derive(Args)]
pub(super) struct Add {
    /// The name of the source.
    #[arg(long)]
    source: String,
    /// The tenant's key, as the source prints it.
    #[arg(long, value_name = "ID", value_parser = tenant_id)]
    tenant: TenantId,
    /// For the exports of this person in the tenant's data, instead of those of the whole tenant; as in `customer:42`.
    #[arg(long, value_name = "KIND:KEY", value_parser = subject_id)]
    subject: Option<SubjectId>,
    /// What people call the key; it stands in mails and on the download page.
    #[arg(long)]
    label: String,
    /// The public key: `age1…`, or `ssh-ed25519 AAAA…` as one word in quotes.
    #[arg(value_name = "PUBLIC_KEY", required_unless_present = "file", conflicts_with = "file")]
    key: Option<String>,
    /// A file with the public key, such as `id_ed25519.pub`; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct List {
    /// Only of this source.
    #[arg(long)]
    source: Option<String>,
    /// Only of this tenant, and of persons in its data.
    #[arg(long)]
    tenant: Option<String>,
    /// As a table for people, or as JSON, one recipient a line.
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
}

#[derive(Args)]
pub(super) struct Remove {
    /// The recipient's number, as `handover recipients list` shows it.
    id: Uuid,
}

/// How the result is printed.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Shape {
    /// For people.
    Table,
    /// For programs.
    Json,
}

fn subject_id(text: &str) -> Result<SubjectId, shared::export::SubjectIdError> {
    text.parse()
}

fn tenant_id(text: &str) -> Result<TenantId, shared::export::TenantIdError> {
    TenantId::new(text)
}

/// Does what was asked.
pub(super) async fn run(command: RecipientsCommand, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let ledger = open_ledger(&read_config(file, Role::Ledger)?).await?;
    ledger.require_migrated().await?;
    match command {
        RecipientsCommand::Add(command) => add(&ledger, command).await,
        RecipientsCommand::List(command) => list(&ledger, command).await,
        RecipientsCommand::Remove(Remove { id }) => remove(&ledger, id).await,
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the result")]
async fn add(ledger: &Ledger, command: Add) -> anyhow::Result<Outcome> {
    let text = match (command.key, &command.file) {
        (Some(text), _) => text,
        (None, Some(file)) => read(file)?,
        (None, None) => String::new(),
    };
    let key = PublicKey::parse(&text).map_err(|refused| match refused {
        RefusedKey::Private => Misuse(refused.to_string()),
        refused => Misuse(format!("the key is not taken: {refused}")),
    })?;
    let label = label(&command.label).map_err(|refused| Misuse(format!("--label {refused}")))?.to_owned();
    if sources::find(ledger, &command.source).await?.is_none() {
        eprintln!("No worker has served a source of the name {} yet.", harmless(&command.source));
    }
    let short = key.short();
    let (source, tenant, subject) = (command.source, command.tenant, Person(command.subject));
    let new = NewRecipient { source, tenant, subject, key, label };
    match recipients::add(ledger, new, Actor::operator(), clock::now()).await? {
        Added::New(recipient) => {
            println!("{}", recipient.id);
            eprintln!("Archives that become ready from now on are encrypted to {short}.");
            Ok(Outcome::Done)
        }
        Added::Known(recipient) => {
            println!("This key was added before, as {}.", recipient.id);
            Ok(Outcome::No)
        }
        Added::TooMany => {
            println!(
                "An archive is encrypted to at most {MOST_RECIPIENTS} keys. Remove one that is not used any more."
            );
            Ok(Outcome::No)
        }
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
    } else {
        text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    }
    Ok(text)
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn list(ledger: &Ledger, command: List) -> anyhow::Result<Outcome> {
    if command.format == Shape::Table {
        println!("{:<36}  {:<50}  {:<24}  of", "number", "key", "label");
    }
    let mut filter =
        RecipientFilter { source: command.source, tenant: command.tenant, limit: PAGE, ..RecipientFilter::default() };
    loop {
        let page = recipients::list(ledger, &filter).await?;
        for recipient in &page {
            match command.format {
                Shape::Json => println!("{}", document(recipient)),
                Shape::Table => println!("{}", line(recipient)),
            }
        }
        match page.last() {
            Some(last) if page.len() == usize::try_from(PAGE)? => filter.before = Some(last.id),
            _ => return Ok(Outcome::Done),
        }
    }
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn remove(ledger: &Ledger, id: Uuid) -> anyhow::Result<Outcome> {
    if !recipients::remove(ledger, id, Actor::operator(), clock::now()).await? {
        println!("There is no recipient {id}.");
        return Ok(Outcome::No);
    }
    println!("Removed {id}. Archives that were ready before stay readable with its key.");
    Ok(Outcome::Done)
}

fn line(recipient: &Recipient) -> String {
    let whose = match &recipient.subject.0 {
        None => harmless(recipient.tenant.as_str()).into_owned(),
        Some(subject) => {
            format!("{} / {}:{}", harmless(recipient.tenant.as_str()), subject.kind(), harmless(subject.key()))
        }
    };
    let (short, label) = (recipient.short(), harmless(&recipient.label));
    format!("{}  {short:<50}  {label:<24}  {} / {whose}", recipient.id, harmless(&recipient.source))
}

fn document(recipient: &Recipient) -> serde_json::Value {
    let subject = recipient.subject.0.as_ref();
    json!({
        "id": recipient.id,
        "source": recipient.source,
        "tenant": recipient.tenant.as_str(),
        "subject": subject.map(|subject| json!({ "kind": subject.kind(), "key": subject.key() })),
        "kind": recipient.kind,
        "public_key": recipient.public_key,
        "fingerprint": recipient.short(),
        "label": recipient.label,
        "created_at": recipient.created_at,
        "created_by": recipient.created_by,
    })
}

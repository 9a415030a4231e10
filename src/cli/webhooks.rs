//! `handover webhooks`: who is told what became of exports.

mod text;

use super::{Misuse, Outcome};
use crate::installation::{open_ledger, read_config};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use secrecy::ExposeSecret;
use shared::{
    clock,
    config::{Config, Role},
    keyring::Keyring,
    ledger::{
        Ledger,
        audit::Actor,
        sources,
        webhooks::{
            self, Change, MOST, NewWebhook, WebhookFilter,
            messages::{self, Again, MessageFilter, Whole, Wished},
            secrets::{self, NewSecret, Rotated},
        },
    },
    webhook::{self, Delivery, Event, Events, MessageId},
};
use std::{path::Path, time::Duration};
use uuid::Uuid;

/// More than any installation lists at a time.
const PAGE: i64 = 500;
/// The longest time for which old secrets sign too, as in the API.
const LONGEST_OVERLAP: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Add, look at, change and remove the addresses that are told what became of exports, and send messages again.
#[derive(Subcommand)]
pub(super) enum WebhooksCommand {
    /// Have an address told of exports. Prints the webhook's number and its secret, which is shown this once.
    Add(Add),
    /// List the webhooks.
    List(List),
    /// Send a message that tells of nothing, to try a webhook. Prints the message's number.
    Test(One),
    /// List the messages of a webhook and what became of them, the newest first.
    Messages(Messages),
    /// Send messages again: one of them, or everything since a time.
    Replay(Replay),
    /// Give a webhook a new secret and print it. The old ones sign for a while, too, so that no message is lost while the receiver changes over.
    Rotate(Rotate),
    /// Send to a webhook again, also after it disabled itself. What it missed is sent with `replay`.
    Enable(One),
    /// Send nothing to a webhook any more.
    Disable(One),
    /// Remove a webhook, and forget what was sent to it.
    Remove(One),
}

#[derive(Args)]
pub(super) struct Add {
    /// The address: https://, or http:// on this machine.
    url: String,
    /// What people call it.
    #[arg(long, default_value = "")]
    description: String,
    /// Tell it of this only; may be given more than once, and default is everything.
    #[arg(long = "event", value_name = "EVENT", value_parser = of_exports)]
    events: Vec<Event>,
    /// Only of exports of this source.
    #[arg(long)]
    source: Option<String>,
    /// Only of exports of this tenant of the source.
    #[arg(long, value_name = "ID", requires = "source")]
    tenant: Option<String>,
}

#[derive(Args)]
pub(super) struct List {
    /// Only those for this source alone.
    #[arg(long)]
    source: Option<String>,
    /// Only those for this tenant alone.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// As a table for people, or as JSON, one webhook a line.
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
}

#[derive(Args)]
pub(super) struct One {
    /// The webhook's number, as `handover webhooks list` shows it.
    id: Uuid,
}

#[derive(Args)]
pub(super) struct Messages {
    /// The webhook's number.
    id: Uuid,
    /// Only those that stand so: pending, delivered, failed or missed.
    #[arg(long)]
    state: Option<Delivery>,
    /// At most so many.
    #[arg(long, default_value_t = 20)]
    limit: u16,
    /// As a table for people, or as JSON, one message a line.
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
}

#[derive(Args)]
pub(super) struct Replay {
    /// The webhook's number.
    id: Uuid,
    /// The message, as in `msg_01890a5dac967774bbceb302099a8057`.
    #[arg(long, value_name = "ID", required_unless_present = "since", conflicts_with = "since")]
    message: Option<MessageId>,
    /// Everything since this time, as in `2026-11-23T06:00:00Z`.
    #[arg(long, value_name = "TIME")]
    since: Option<DateTime<Utc>>,
    /// Of what happened since then only what was not taken.
    #[arg(long, requires = "since")]
    undelivered_only: bool,
}

#[derive(Args)]
pub(super) struct Rotate {
    /// The webhook's number.
    id: Uuid,
    /// For how long the old secrets sign too, at most 30 days; `0s` after a leak.
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = overlap)]
    overlap: Duration,
}

/// How the result is printed.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Shape {
    /// For people.
    Table,
    /// For programs.
    Json,
}

fn of_exports(text: &str) -> Result<Event, String> {
    let event: Event = text.parse().map_err(|error: shared::export::UnknownWord| error.to_string())?;
    if event == Event::Ping { Err("a ping comes when it is asked for".to_owned()) } else { Ok(event) }
}

/// A time of at most [`LONGEST_OVERLAP`].
fn overlap(text: &str) -> Result<Duration, String> {
    let overlap = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if overlap > LONGEST_OVERLAP { Err("must be at most 30 days".to_owned()) } else { Ok(overlap) }
}

/// Does what was asked.
pub(super) async fn run(command: WebhooksCommand, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let config = read_config(file, Role::Ledger)?;
    let ledger = open_ledger(&config).await?;
    ledger.require_migrated().await?;
    match command {
        WebhooksCommand::Add(command) => add(&config, &ledger, command).await,
        WebhooksCommand::List(command) => list(&ledger, command).await,
        WebhooksCommand::Test(One { id }) => test(&ledger, id).await,
        WebhooksCommand::Messages(command) => list_messages(&ledger, &command).await,
        WebhooksCommand::Replay(command) => replay(&ledger, &command).await,
        WebhooksCommand::Rotate(command) => rotate(&config, &ledger, &command).await,
        WebhooksCommand::Enable(One { id }) => enable(&ledger, id, true).await,
        WebhooksCommand::Disable(One { id }) => enable(&ledger, id, false).await,
        WebhooksCommand::Remove(One { id }) => remove(&ledger, id).await,
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the result")]
async fn add(config: &Config, ledger: &Ledger, command: Add) -> anyhow::Result<Outcome> {
    let url = webhook::address(&command.url, &config.webhooks.allow_private)
        .map_err(|refused| Misuse(format!("the address {refused}")))?;
    if let Some(source) = &command.source
        && sources::find(ledger, source).await?.is_none()
    {
        eprintln!("No worker has served a source of the name {} yet.", text::harmless(source));
    }
    let (secret, kept) = NewSecret::make(&keyring(config)?).await?;
    let new = NewWebhook {
        url: url.into(),
        description: command.description,
        events: Events::new(&command.events),
        source: command.source,
        tenant: command.tenant,
    };
    match webhooks::create(ledger, new, &kept, Actor::operator(), clock::now()).await? {
        Some(webhook) => {
            println!("{}", webhook.id);
            println!("{}", secret.text().expose_secret());
            eprintln!("The second line is the secret. Keep it where the receiver reads it: it is not shown again.");
            Ok(Outcome::Done)
        }
        None => {
            println!("There are {MOST} webhooks for the same source and tenant. Remove one that is not used any more.");
            Ok(Outcome::No)
        }
    }
}

/// Where keys are kept in the data folder the first of them may have to be made, as at the first start of the program.
fn keyring(config: &Config) -> anyhow::Result<Keyring> {
    Ok(Keyring::open(config)?)
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn list(ledger: &Ledger, command: List) -> anyhow::Result<Outcome> {
    if command.format == Shape::Table {
        println!("{}", text::HEAD);
    }
    let mut filter = WebhookFilter { source: command.source, tenant: command.tenant, before: None, limit: PAGE };
    loop {
        let page = webhooks::list(ledger, &filter).await?;
        for webhook in &page {
            match command.format {
                Shape::Json => println!("{}", text::document(webhook)),
                Shape::Table => println!("{}", text::line(webhook)),
            }
        }
        match page.last() {
            Some(last) => filter.before = Some(last.id),
            None => return Ok(Outcome::Done),
        }
    }
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn test(ledger: &Ledger, id: Uuid) -> anyhow::Result<Outcome> {
    match messages::ping(ledger, id, Actor::operator(), clock::now()).await? {
        Some(Wished::Done(sent)) => println!("{}", MessageId(sent.message.id)),
        Some(Wished::Disabled) => return Ok(disabled(id)),
        None => return Ok(unknown(id)),
    }
    Ok(Outcome::Done)
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn list_messages(ledger: &Ledger, command: &Messages) -> anyhow::Result<Outcome> {
    if webhooks::find(ledger, command.id).await?.is_none() {
        return Ok(unknown(command.id));
    }
    if command.format == Shape::Table {
        println!("{}", text::MESSAGES_HEAD);
    }
    let filter = MessageFilter { state: command.state, limit: command.limit.into(), ..MessageFilter::default() };
    for sent in messages::list(ledger, command.id, &filter).await? {
        match command.format {
            Shape::Json => println!("{}", text::message_document(&sent)),
            Shape::Table => println!("{}", text::message_line(&sent)),
        }
    }
    Ok(Outcome::Done)
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn replay(ledger: &Ledger, command: &Replay) -> anyhow::Result<Outcome> {
    let whole = if command.undelivered_only { Whole::Undelivered } else { Whole::All };
    let again = match (command.message, command.since) {
        (Some(message), _) => Again::One(message),
        (None, Some(since)) => Again::Since(since, whole),
        (None, None) => return Err(Misuse("name a message or a time".to_owned()).into()),
    };
    match messages::replay(ledger, command.id, again, Actor::operator(), clock::now()).await? {
        Some(Wished::Done(0)) => {
            println!("There is nothing to send again.");
            Ok(Outcome::No)
        }
        Some(Wished::Done(messages)) => {
            println!("{messages} messages are sent again.");
            Ok(Outcome::Done)
        }
        Some(Wished::Disabled) => Ok(disabled(command.id)),
        None => Ok(unknown(command.id)),
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the result")]
async fn rotate(config: &Config, ledger: &Ledger, command: &Rotate) -> anyhow::Result<Outcome> {
    let (secret, kept) = NewSecret::make(&keyring(config)?).await?;
    let now = clock::now();
    match secrets::rotate(ledger, command.id, &kept, command.overlap, Actor::operator(), now).await? {
        Some(Rotated::Done(_)) => {
            println!("{}", secret.text().expose_secret());
            eprintln!("The old secrets sign until {}, too.", text::time(now + command.overlap));
            Ok(Outcome::Done)
        }
        Some(Rotated::TooMany) => {
            println!("{} secrets sign already. Wait until one ends, or use --overlap 0s.", secrets::MOST);
            Ok(Outcome::No)
        }
        None => Ok(unknown(command.id)),
    }
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn enable(ledger: &Ledger, id: Uuid, enabled: bool) -> anyhow::Result<Outcome> {
    let change = Change { enabled: Some(enabled), ..Change::default() };
    match webhooks::change(ledger, id, change, Actor::operator(), clock::now()).await? {
        Some(_) => println!("{}", if enabled { "It is sent to again." } else { "Nothing is sent to it any more." }),
        None => return Ok(unknown(id)),
    }
    Ok(Outcome::Done)
}

#[expect(clippy::print_stdout, reason = "the result")]
async fn remove(ledger: &Ledger, id: Uuid) -> anyhow::Result<Outcome> {
    if !webhooks::delete(ledger, id, Actor::operator(), clock::now()).await? {
        return Ok(unknown(id));
    }
    println!("It is removed.");
    Ok(Outcome::Done)
}

#[expect(clippy::print_stdout, reason = "the result")]
fn unknown(id: Uuid) -> Outcome {
    println!("There is no webhook {id}.");
    Outcome::No
}

#[expect(clippy::print_stdout, reason = "the result")]
fn disabled(id: Uuid) -> Outcome {
    println!("The webhook {id} is disabled. Enable it first: handover webhooks enable {id}");
    Outcome::No
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_secrets_sign_for_thirty_days_at_most() {
        assert_eq!(overlap("0s"), Ok(Duration::ZERO));
        assert_eq!(overlap("30days"), Ok(LONGEST_OVERLAP));
        assert_eq!(overlap("30days 1s"), Err("must be at most 30 days".to_owned()));
        assert!(overlap("soon").is_err());
    }
}

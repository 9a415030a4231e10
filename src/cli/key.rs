//! `handover key`: API keys.

mod encryption;
mod link;
mod signing;

use super::{Misuse, Outcome};
use crate::installation::{open_ledger, read_config};
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use shared::{
    clock,
    config::Role,
    ledger::{
        Ledger,
        audit::Actor,
        keys::{self, ApiKey, KeyScope, NewKey},
    },
};
use std::path::Path;

/// Make, list and revoke API keys.
#[derive(Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key. It is printed once and stored nowhere.
    Create(Create),
    /// List all keys.
    List,
    /// Revoke a key by its number or its prefix, from now on.
    Revoke(Revoke),
    /// Make a key that signs links.
    #[command(subcommand)]
    Link(link::LinkCommand),
    /// Make the key that signs archives, and show its public half.
    #[command(subcommand)]
    Signing(signing::SigningCommand),
    /// Make and list the keys that seal archives, wrap data keys anew, hand one out, destroy one.
    #[command(subcommand)]
    Encryption(encryption::EncryptionCommand),
}

#[derive(Args)]
pub(super) struct Create {
    /// What people call it.
    #[arg(long)]
    name: String,
    /// What it may do, by name: viewer looks, operator makes exports and schedules and reads the audit, admin does everything.
    #[arg(long, required_unless_present = "scopes")]
    role: Option<keys::Role>,
    /// What it may do besides: exports:read, exports:write, schedules:read, schedules:write, recipients:read, recipients:write, audit:read, keys:read, keys:write, admin. Repeat for several.
    #[arg(long = "scope")]
    scopes: Vec<KeyScope>,
    /// The only source it may use.
    #[arg(long)]
    source: Option<String>,
    /// The only tenant it may use.
    #[arg(long, requires = "source")]
    tenant: Option<String>,
    /// How long it counts, as in `90d`; default for ever.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    expires: Option<std::time::Duration>,
}

#[derive(Args)]
pub(super) struct Revoke {
    /// The key's number or prefix, as `handover key list` shows them.
    key: String,
}

/// Does what was asked.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(command: KeyCommand, file: Option<&Path>) -> anyhow::Result<Outcome> {
    let open = async || -> anyhow::Result<Ledger> {
        let ledger = open_ledger(&read_config(file, Role::Ledger)?).await?;
        ledger.require_migrated().await?;
        Ok(ledger)
    };
    let now = clock::now();
    match command {
        KeyCommand::Link(command) => return link::run(&command),
        KeyCommand::Signing(command) => return signing::run(command, file),
        KeyCommand::Encryption(command) => return encryption::run(command, file).await,
        KeyCommand::Create(create) => {
            let ledger = open().await?;
            let (_, secret) = keys::create(&ledger, new_key(create, now)?, Actor::operator(), now).await?;
            println!("{}", secret.expose_secret());
        }
        KeyCommand::List => {
            let ledger = open().await?;
            println!("{:<12} {:<36} {:<9} {:<24} role and scopes", "prefix", "number", "state", "name");
            for key in keys::list(&ledger).await? {
                println!("{}", line(&key, now));
            }
        }
        KeyCommand::Revoke(revoke) => {
            let ledger = open().await?;
            if !keys::revoke(&ledger, &revoke.key, Actor::operator(), now).await? {
                println!("There is no key {}.", revoke.key);
                return Ok(Outcome::No);
            }
            println!("Revoked {}.", revoke.key);
        }
    }
    Ok(Outcome::Done)
}

fn new_key(create: Create, now: DateTime<Utc>) -> anyhow::Result<NewKey> {
    if create.name.trim().is_empty() {
        return Err(Misuse("--name must not be empty".into()).into());
    }
    let expires_at = match create.expires {
        None => None,
        Some(length) => {
            let end = TimeDelta::from_std(length).ok().and_then(|length| now.checked_add_signed(length));
            Some(
                end.ok_or_else(|| Misuse("--expires is too long; leave it out for a key that counts for ever".into()))?,
            )
        }
    };
    Ok(NewKey {
        name: create.name,
        role: create.role,
        scopes: create.scopes,
        source: create.source,
        tenant: create.tenant,
        expires_at,
    })
}

fn line(key: &ApiKey, now: DateTime<Utc>) -> String {
    let state = match (key.revoked_at, key.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(end)) if end <= now => "expired",
        _ => "valid",
    };
    let role = key.role.map(keys::Role::as_str);
    let scopes: Vec<&str> = role.into_iter().chain(key.scopes.0.iter().map(|scope| scope.as_str())).collect();
    let bound = match (&key.source, &key.tenant) {
        (Some(source), Some(tenant)) => format!(" only {source} / {tenant}"),
        (Some(source), None) => format!(" only {source}"),
        _ => String::new(),
    };
    format!("{:<12} {:<36} {state:<9} {:<24} {}{bound}", key.prefix, key.id, key.name, scopes.join(","))
}

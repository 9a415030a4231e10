//! `handover key encryption rotate`: every data key wrapped by the first key-encryption key.

use crate::{cli::Outcome, progress::Progress};
use anyhow::Context as _;
use shared::{
    clock,
    keyring::{Keyring, KeyringError},
    ledger::{Ledger, audit::Actor, data_keys, webhooks::secrets},
};

/// How many data keys are looked at together.
const BATCH: i64 = 200;

/// What became of the data keys.
#[derive(Default)]
struct Tally {
    rewrapped: u64,
    right: u64,
    failed: u64,
}

/// Wraps anew and says how many; then which keys are still needed.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(keyring: &Keyring, ledger: &Ledger) -> anyhow::Result<Outcome> {
    let names = keyring.names();
    let first = names.first().ok_or(KeyringError::Empty)?;
    let progress = Progress::of("wrapping the data keys anew");
    let tally = rewrap(keyring, ledger, &progress).await?;
    drop(progress);
    println!("{} data keys are wrapped by {first} now; {} were before.", tally.rewrapped, tally.right);
    let of_webhooks = rewrap_secrets(keyring, ledger).await?;
    if of_webhooks.rewrapped + of_webhooks.right > 0 {
        println!(
            "{} secrets of webhooks are wrapped by it now; {} were before.",
            of_webhooks.rewrapped, of_webhooks.right
        );
    }
    let in_use = data_keys::in_use(ledger).await?;
    let kept: Vec<String> = in_use.iter().map(|used| used.name().to_string()).collect();
    for name in names.iter().skip(1).map(ToString::to_string).filter(|name| !kept.contains(name)) {
        println!("{name} wraps nothing any more. Once every process wraps with the new key, it may be removed.");
    }
    // An id or alias of KMS is known in the ledger by its key's ARN.
    for used in in_use.iter().filter(|used| used.name() != *first && names[1..].contains(&used.name())) {
        let wraps = used.data_keys + used.webhook_secrets;
        println!("{} still wraps {wraps} data keys: keep it, and rotate again.", used.name());
    }
    let failed = tally.failed + of_webhooks.failed;
    if failed > 0 {
        println!("{failed} data keys could not be unwrapped; the log above names the keys that are missing.");
        return Ok(Outcome::No);
    }
    Ok(Outcome::Done)
}

/// Each data key in a transaction of its own, so that an interrupted rotation has lost nothing.
#[expect(clippy::print_stderr, reason = "what is wrong")]
async fn rewrap(keyring: &Keyring, ledger: &Ledger, progress: &Progress) -> anyhow::Result<Tally> {
    let (mut tally, mut after) = (Tally::default(), None);
    loop {
        let keys = data_keys::live(ledger, after, BATCH).await?;
        let Some(last) = keys.last() else { return Ok(tally) };
        after = Some(last.archive());
        for key in &keys {
            let Some(wrapped) = key.wrapped() else { continue };
            match keyring.rewrap(&wrapped, key.archive()).await {
                Ok(None) => tally.right += 1,
                Ok(Some(new)) => {
                    if data_keys::rewrapped(ledger, key, &new, Actor::named("cli"), clock::now()).await? {
                        tally.rewrapped += 1;
                    }
                }
                Err(error) if error.is_transient() => {
                    return Err(error).context(format!("stopped after {} data keys; run it again", tally.rewrapped));
                }
                Err(error) => {
                    progress.aside(|| eprintln!("Export {}: {error}.", key.export_id));
                    tally.failed += 1;
                }
            }
        }
    }
}

/// The same for what webhooks' messages are signed with.
#[expect(clippy::print_stderr, reason = "what is wrong")]
async fn rewrap_secrets(keyring: &Keyring, ledger: &Ledger) -> anyhow::Result<Tally> {
    let (mut tally, mut after) = (Tally::default(), None);
    loop {
        let rows = secrets::page(ledger, after, BATCH).await?;
        let Some(last) = rows.last() else { return Ok(tally) };
        after = Some(last.id);
        for row in &rows {
            match row.kept().rewrap(keyring, row.id).await {
                Ok(None) => tally.right += 1,
                Ok(Some(new)) => {
                    if secrets::rewrapped(ledger, row, &new, Actor::named("cli"), clock::now()).await? {
                        tally.rewrapped += 1;
                    }
                }
                Err(error) if error.is_transient() => {
                    return Err(error).context(format!("stopped after {} secrets; run it again", tally.rewrapped));
                }
                Err(error) => {
                    eprintln!("Webhook {}: {error}.", row.webhook_id);
                    tally.failed += 1;
                }
            }
        }
    }
}

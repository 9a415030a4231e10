//! The keyring: whether it wraps and unwraps, and whether it holds every key that is in use.

use super::{Check, told};
use shared::{
    config::{Config, EncryptionMode},
    export::ExportId,
    keyring::{ArchiveId, Keyring, KeyringError},
    ledger::{Ledger, data_keys, webhooks::secrets},
};

const PART: &str = "encryption";

pub(super) async fn examine(config: &Config, ledger: Option<&Ledger>) -> Vec<Check> {
    let mut checks = vec![mode(config)];
    let keyring = match Keyring::existing(config) {
        Ok(keyring) => keyring,
        Err(error) => {
            let advice = "correct HANDOVER_ENCRYPTION__KEYS, or put the file back from a backup: without it nobody reads the archives";
            checks.push(Check::problem(PART, "keyring", told(&error), advice));
            return checks;
        }
    };
    if keyring.is_on() {
        checks.push(trial(&keyring).await);
    }
    if let Some(ledger) = ledger {
        checks.extend(in_use(&keyring, ledger).await);
    }
    checks
}

fn mode(config: &Config) -> Check {
    match config.encryption.mode {
        EncryptionMode::Envelope => Check::ok(PART, "mode", "archives are sealed before they reach the vault"),
        EncryptionMode::None => Check::warning(
            PART,
            "mode",
            "whoever reads the vault reads the archives",
            "remove HANDOVER_ENCRYPTION__MODE=none",
        ),
    }
}

/// A data key that is made, wrapped, unwrapped, and forgotten.
async fn trial(keyring: &Keyring) -> Check {
    const CHECK: &str = "keyring";
    let archive = ArchiveId { export: ExportId::nil(), attempt: 0 };
    let tried = async {
        let (key, wrapped) = keyring.make(archive).await?;
        let back = keyring.unwrap(&wrapped, archive).await?;
        Ok(key.expose() == back.expose()).map(|same| (same, wrapped.by))
    };
    match tried.await {
        Ok((true, by)) => Check::ok(PART, CHECK, format!("{by} wraps and unwraps")),
        Ok((false, by)) => {
            Check::problem(PART, CHECK, format!("{by} unwraps another key than it wrapped"), "take another key")
        }
        Err(KeyringError::Empty) => {
            Check::unknown(PART, CHECK, "there is no key yet; `handover serve` makes one in the data folder")
        }
        Err(error @ KeyringError::KmsRefused(_)) => Check::warning(
            PART,
            CHECK,
            told(&error),
            "a worker needs kms:GenerateDataKey, the API kms:Decrypt, a rotation kms:ReEncrypt*; this process has not all of them",
        ),
        Err(error) => Check::problem(PART, CHECK, told(&error), "no archive can be sealed until this is mended"),
    }
}

async fn in_use(keyring: &Keyring, ledger: &Ledger) -> Vec<Check> {
    const CHECK: &str = "keys in use";
    let unknown = |error: &dyn std::error::Error| vec![Check::unknown(PART, CHECK, told(error))];
    let names = match data_keys::in_use(ledger).await {
        Ok(names) => names,
        Err(error) => return unknown(&error),
    };
    let mut checks = Vec::new();
    for used in &names {
        let (name, count) = (used.name(), used.data_keys);
        let opened = match data_keys::one_by(ledger, &name).await {
            Ok(Some(key)) => match key.wrapped() {
                Some(wrapped) => keyring.unwrap(&wrapped, key.archive()).await.map(drop),
                None => continue,
            },
            Ok(None) => match secrets::one_by(ledger, &name).await {
                Ok(Some(row)) => row.kept().open(keyring, row.id).await.map(drop),
                // Shredded or wrapped anew meanwhile.
                Ok(None) => continue,
                Err(error) => return unknown(&error),
            },
            Err(error) => return unknown(&error),
        };
        let what = match used.webhook_secrets {
            0 => format!("{count} archives"),
            secrets => format!("{count} archives and {secrets} secrets of webhooks"),
        };
        checks.push(match opened {
            Ok(()) => Check::ok(PART, CHECK, format!("{name} opens {what}")),
            Err(error) => Check::problem(
                PART,
                CHECK,
                format!("{what} cannot be opened: {}", told(&error)),
                format!("give this process {name} again, from a backup if need be"),
            ),
        });
    }
    checks
}

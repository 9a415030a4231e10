//! The second factor of an operator: the sealed secret, which of its codes was used last, and the backup codes.

use super::{Operator, sessions, tell};
use crate::key_list;
use crate::ledger::audit::Actor;
use crate::ledger::{Ledger, Result, Transaction, stored};
use crate::link::Sealed;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How many backup codes there are at once.
const BACKUP_CODES: usize = 10;
/// Letters of a backup code: 80 random bits.
const LETTERS: usize = 16;
/// What a code is written with (Crockford's base32): nothing in it looks like something else.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What proved to be the second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Factor {
    /// A code of the authenticator app, of this step of 30 seconds.
    Totp {
        /// Seconds since 1970, divided by 30.
        step: i64,
    },
    /// A backup code.
    Backup(BackupCode),
}

/// A backup code as the ledger keeps it: the hash of its letters and of whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupCode(Vec<u8>);

impl BackupCode {
    /// The code that somebody typed for this operator, in capitals or not, with or without dashes and spaces; `None` if that can be none.
    pub fn typed(text: &SecretString, operator: Uuid) -> Option<Self> {
        let letters: String = text
            .expose_secret()
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| match c.to_ascii_lowercase() {
                'o' => '0',
                'i' | 'l' => '1',
                c => c,
            })
            .collect();
        let fits = letters.len() == LETTERS && letters.bytes().all(|byte| ALPHABET.contains(&byte));
        fits.then(|| Self::of(&letters, operator))
    }

    fn of(letters: &str, operator: Uuid) -> Self {
        Self(Sha256::new_with_prefix(operator.as_bytes()).chain_update(letters).finalize().to_vec())
    }

    /// A new one, and how it is shown: four groups of four letters.
    fn random(operator: Uuid) -> (SecretString, Self) {
        let bytes = key_list::random();
        let letters: String =
            bytes.iter().take(LETTERS).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
        let groups: Vec<&str> = (0..LETTERS).step_by(4).map(|start| &letters[start..start + 4]).collect();
        (groups.join("-").into(), Self::of(&letters, operator))
    }
}

impl Factor {
    /// The word for the audit.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Totp { .. } => "totp",
            Self::Backup(_) => "backup_code",
        }
    }

    /// Uses it up; `false` if that was done before, or with a later one.
    pub(super) async fn used_up(
        &self,
        transaction: &mut Transaction,
        operator: Uuid,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let used = match self {
            Self::Totp { step } => within!(transaction, connection => sqlx::query(
                "update operators set totp_step = $2 where id = $1 and totp_step < $2 and totp_secret is not null")
                .bind(operator).bind(step).execute(connection).await?.rows_affected()),
            Self::Backup(code) => within!(transaction, connection => sqlx::query(
                "update operator_backup_codes set used_at = $3 where operator_id = $1 and code_hash = $2 and used_at is null")
                .bind(operator).bind(&code.0).bind(stored(now)).execute(connection).await?.rows_affected()),
        };
        Ok(used > 0)
    }
}

/// The sealed secret of an operator's authenticator app.
pub async fn sealed_secret(ledger: &Ledger, operator: Uuid) -> Result<Option<Sealed>> {
    let row: Option<(String, Vec<u8>)> = on!(ledger, pool => sqlx::query_as(
        "select totp_sealed_by, totp_secret from operators where id = $1 and totp_secret is not null")
        .bind(operator).fetch_optional(pool).await?);
    Ok(row.map(|(by, bytes)| Sealed { by, bytes }))
}

/// Puts the same secret under another seal, unless it was changed meanwhile.
pub async fn seal_anew(ledger: &Ledger, operator: Uuid, before: &Sealed, after: &Sealed) -> Result<()> {
    on!(ledger, pool => sqlx::query(
        "update operators set totp_sealed_by = $3, totp_secret = $4 where id = $1 and totp_secret = $2")
        .bind(operator).bind(&before.bytes).bind(&after.by).bind(&after.bytes).execute(pool).await?.rows_affected());
    Ok(())
}

/// Asks for a second factor from now on: the secret as it is sealed, and the step of the code that proved it. Returns the backup codes, which are shown
/// this once. Every other session of the operator ends.
pub async fn set_up(
    ledger: &Ledger,
    operator: &Operator,
    session: Uuid,
    sealed: &Sealed,
    step: i64,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Vec<SecretString>> {
    let mut transaction = ledger.begin().await?;
    within!(&mut transaction, connection => sqlx::query(
        "update operators set totp_sealed_by = $2, totp_secret = $3, totp_step = $4, second_factor_since = $5 where id = $1")
        .bind(operator.id).bind(&sealed.by).bind(&sealed.bytes).bind(step).bind(stored(now))
        .execute(connection).await?.rows_affected());
    within!(&mut transaction, connection => sqlx::query(
        "delete from operator_sessions where operator_id = $1 and id <> $2")
        .bind(operator.id).bind(session).execute(connection).await?.rows_affected());
    let codes = new_codes(&mut transaction, operator.id).await?;
    tell(&mut transaction, "operator.second_factor_set_up", operator.id, Value::Null, actor, now).await?;
    transaction.commit().await?;
    Ok(codes)
}

/// Makes new backup codes in the place of all earlier ones, for an operator who proves the second factor with `factor`; `None` if that was used before.
pub async fn make_backup_codes(
    ledger: &Ledger,
    operator: Uuid,
    factor: &Factor,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Option<Vec<SecretString>>> {
    let mut transaction = ledger.begin().await?;
    if !factor.used_up(&mut transaction, operator, now).await? {
        return Ok(None);
    }
    let codes = new_codes(&mut transaction, operator).await?;
    tell(&mut transaction, "operator.backup_codes_made", operator, json!({ "codes": codes.len() }), actor, now).await?;
    transaction.commit().await?;
    Ok(Some(codes))
}

async fn new_codes(transaction: &mut Transaction, operator: Uuid) -> Result<Vec<SecretString>> {
    within!(transaction, connection => sqlx::query("delete from operator_backup_codes where operator_id = $1")
        .bind(operator).execute(connection).await?.rows_affected());
    let mut shown = Vec::with_capacity(BACKUP_CODES);
    for _ in 0..BACKUP_CODES {
        let (text, code) = BackupCode::random(operator);
        within!(transaction, connection => sqlx::query(
            "insert into operator_backup_codes (operator_id, code_hash) values ($1, $2)")
            .bind(operator).bind(&code.0).execute(connection).await?.rows_affected());
        shown.push(text);
    }
    Ok(shown)
}

/// How many backup codes are left.
pub async fn left(ledger: &Ledger, operator: Uuid) -> Result<i64> {
    Ok(on!(ledger, pool => sqlx::query_scalar(
        "select count(*) from operator_backup_codes where operator_id = $1 and used_at is null")
        .bind(operator).fetch_one(pool).await?))
}

/// Asks for no second factor any more, and ends all sessions; `false` if there is no such operator. With `proof` the operator does it and proves it once
/// more, and `false` says that the proof was used before.
pub async fn remove(
    ledger: &Ledger,
    operator: Uuid,
    proof: Option<&Factor>,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<bool> {
    let mut transaction = ledger.begin().await?;
    if let Some(proof) = proof
        && !proof.used_up(&mut transaction, operator, now).await?
    {
        return Ok(false);
    }
    let changed = within!(&mut transaction, connection => sqlx::query(
        "update operators set totp_sealed_by = null, totp_secret = null, second_factor_since = null where id = $1")
        .bind(operator).execute(connection).await?.rows_affected());
    if changed == 0 {
        return Ok(false);
    }
    within!(&mut transaction, connection => sqlx::query("delete from operator_backup_codes where operator_id = $1")
        .bind(operator).execute(connection).await?.rows_affected());
    sessions::end_all(&mut transaction, operator).await?;
    tell(&mut transaction, "operator.second_factor_removed", operator, Value::Null, actor, now).await?;
    transaction.commit().await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_code_is_known_however_it_is_typed_and_for_its_owner_only() {
        let (ann, bob) = (Uuid::now_v7(), Uuid::now_v7());
        let (shown, code) = BackupCode::random(ann);
        let shown = shown.expose_secret();
        assert_eq!((shown.len(), shown.matches('-').count()), (19, 3));
        for typed in [shown.to_owned(), shown.to_uppercase(), shown.replace('-', " "), shown.replace('-', "")] {
            assert_eq!(BackupCode::typed(&typed.into(), ann), Some(code.clone()));
        }
        assert_ne!(BackupCode::typed(&shown.to_owned().into(), bob), Some(code));
        for typed in ["", "1234", "123456", "uuuu-uuuu-uuuu-uuuu", "0000-0000-0000-00000"] {
            assert_eq!(BackupCode::typed(&typed.to_owned().into(), ann), None, "{typed}");
        }
    }

    #[test]
    fn letters_that_look_alike_are_alike() {
        let ann = Uuid::now_v7();
        let typed = |text: &str| BackupCode::typed(&text.to_owned().into(), ann);
        assert_eq!(typed("OOOO-IIII-LLLL-0000"), typed("0000-1111-1111-0000"));
    }
}

//! What proves to be the second factor.

use crate::{Context, problem::Problem};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use shared::{
    ledger::operators::{self, BackupCode, Factor},
    link::Sealed,
    totp::TotpSecret,
};
use uuid::Uuid;

/// Keeps the sealed secrets of authenticator apps apart from everything else that is sealed.
const PURPOSE: &str = "operator totp";

/// What a typed code is: one of the authenticator app that counts now, or in the form of a backup code.
pub(in crate::console) async fn factor(
    context: &Context,
    operator: Uuid,
    typed: &SecretString,
    now: DateTime<Utc>,
) -> Result<Option<Factor>, Problem> {
    if let Some(code) = BackupCode::typed(typed, operator) {
        return Ok(Some(Factor::Backup(code)));
    }
    let Some(sealed) = operators::sealed_secret(&context.ledger, operator).await? else { return Ok(None) };
    let Some(bytes) = context.signer.unseal(&sealed, PURPOSE, &operator.to_string()) else {
        tracing::warn!(operator = %operator, key = %sealed.by, "The secret of an authenticator app does not open: the key that sealed it is not in HANDOVER_LINKS__KEYS. Backup codes still count; else run `handover operator reset-totp`");
        return Ok(None);
    };
    let step = TotpSecret::from_bytes(&bytes).and_then(|secret| secret.step_of(typed, now));
    Ok(step.map(|step| Factor::Totp { step }))
}

/// Seals the secret anew with the first key, where an older one sealed it: keys of links are rotated.
pub(in crate::console) async fn renew_seal(context: &Context, operator: Uuid) -> Result<(), Problem> {
    let Some(sealed) = operators::sealed_secret(&context.ledger, operator).await? else { return Ok(()) };
    if context.signer.is_sealed_by_first(&sealed) {
        return Ok(());
    }
    let owner = operator.to_string();
    if let Some(bytes) = context.signer.unseal(&sealed, PURPOSE, &owner) {
        let anew = context.signer.seal(PURPOSE, &owner, &bytes);
        operators::seal_anew(&context.ledger, operator, &sealed, &anew).await?;
    }
    Ok(())
}

/// The secret as the ledger keeps it.
pub(super) fn sealed(context: &Context, operator: Uuid, secret: &TotpSecret) -> Sealed {
    context.signer.seal(PURPOSE, &operator.to_string(), secret.expose())
}

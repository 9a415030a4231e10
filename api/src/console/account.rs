//! The account of whoever is signed in: password, second factor, and where else this person is signed in.

use crate::{Context, problem::Problem};
use actix_web::{HttpRequest, http::StatusCode};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use shared::{
    ledger::operators::{self, BackupCode, Factor, Operator},
    totp::TotpSecret,
};
use uuid::Uuid;

/// Keeps the sealed secrets of authenticator apps apart from everything else that is sealed.
const PURPOSE: &str = "operator totp";

const PASSWORD_FIRST: &str = "password_change_needed";

/// What must be done before anything else, with where.
const FIRST: [(&str, &str); 1] = [(PASSWORD_FIRST, "console/account/password")];

/// Refuses an operator who has to do something about the account before anything else, everywhere but where that is done.
pub(crate) fn require_settled(request: &HttpRequest, _: &Context, operator: &Operator) -> Result<(), Problem> {
    let path = request.path();
    if path == "/console/sign-out" {
        return Ok(());
    }
    if operator.must_change_password && path != "/console/account/password" {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            PASSWORD_FIRST,
            "The password must be changed first",
            "Somebody else chose this account's password. Sign in at the console and choose another one.",
        ));
    }
    Ok(())
}

/// The page where what this problem asks for is done, if it is one of those.
pub(super) fn comes_first(problem: &Problem) -> Option<&'static str> {
    FIRST.iter().find(|(code, _)| *code == problem.code()).map(|(_, page)| *page)
}

/// What a typed code is: one of the authenticator app that counts now, or in the form of a backup code.
pub(super) async fn factor(
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
pub(super) async fn renew_seal(context: &Context, operator: Uuid) -> Result<(), Problem> {
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

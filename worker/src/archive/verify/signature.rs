//! Whether the manifest is signed, and by whom.

use super::opened::Opened;
use crate::{
    archive::manifest::{self, Manifest},
    signing::PublicKey,
};
use serde::Serialize;

/// Whose signature is looked for.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Nobody's: whether there is one is only told.
    Nobody,
    /// This key's, if the archive says that it signed.
    Known(PublicKey),
    /// This key's: without it the archive is not sound.
    Required(PublicKey),
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// There is none.
    None,
    /// There is one, by a key that is not at hand.
    Unchecked,
    /// It is good.
    Good,
    /// It is wrong.
    Wrong,
}

/// Looks at the signature of an archive's manifest.
pub(super) fn check(opened: &mut Opened, manifest: &Manifest, trust: &Trust, problems: &mut Vec<String>) -> Signature {
    let key = match (&manifest.signed_by, trust) {
        (None, Trust::Required(key)) => {
            problems.push(format!("The archive is not signed, but key {} should have signed it.", key.id()));
            return Signature::None;
        }
        (None, Trust::Nobody | Trust::Known(_)) => return Signature::None,
        (Some(_), Trust::Nobody) => return Signature::Unchecked,
        (Some(id), Trust::Known(key)) if *id != key.id() => return Signature::Unchecked,
        (Some(_), Trust::Known(key) | Trust::Required(key)) => key,
    };
    let signed = opened.bytes(manifest::PATH).and_then(|text| Ok((text, opened.bytes(manifest::SIGNATURE_PATH)?)));
    match signed {
        Ok((text, signature)) if key.is_signature(&text, &signature) => return Signature::Good,
        Ok(_) => problems.push(format!("The manifest was not signed by key {}: its signature is wrong.", key.id())),
        Err(problem) => problems.push(problem),
    }
    Signature::Wrong
}

//! The bytes of an archive: at a presigned address in the vault, or streamed from its folder.

use super::archive::Archive;
use crate::{Context, problem::Problem};
use actix_web::body::{BoxBody, MessageBody, SizedStream};
use chrono::{DateTime, Utc};
use shared::vault::ObjectKey;
use std::time::Duration;
use url::Url;

/// Where the bytes come from.
pub(super) enum Content {
    /// From the vault itself.
    Elsewhere(Url),
    /// Through this process, with their length known beforehand.
    Here(BoxBody),
}

/// Opens the archive. A presigned address never outlives the link or the archive.
pub(super) async fn open(
    context: &Context,
    archive: &Archive,
    now: DateTime<Utc>,
) -> Result<Content, Problem> {
    let key = ObjectKey::from_ledger(archive.file.object_key.clone());
    let left = (archive.until - now).to_std().unwrap_or_default();
    let lifetime = context.config.links.presigned_lifetime.min(left);
    if let Some(address) = presign(context, archive, lifetime).await? {
        return Ok(Content::Elsewhere(address));
    }
    let bytes = u64::try_from(archive.file.bytes).map_err(Problem::internal)?;
    let stream = context.vault.read(&key, None).await?;
    Ok(Content::Here(SizedStream::new(bytes, stream).boxed()))
}

/// The origin of the vault's addresses, where it has any.
pub(super) async fn origin(context: &Context, archive: &Archive) -> Option<String> {
    // Only its origin is shown: nobody gets the address itself.
    let address = presign(context, archive, Duration::from_secs(1)).await.ok()??;
    Some(address.origin().ascii_serialization())
}

async fn presign(
    context: &Context,
    archive: &Archive,
    lifetime: Duration,
) -> Result<Option<Url>, Problem> {
    let key = ObjectKey::from_ledger(archive.file.object_key.clone());
    // S3 counts in whole seconds and refuses zero.
    let lifetime = Duration::from_secs(lifetime.as_secs().max(1));
    let file = &archive.file;
    let address = context.vault.presign(&key, &file.name, &file.content_type, lifetime).await?;
    Ok(address)
}

/// `Content-Disposition` for saving under this name (RFC 6266), with the name once as plain ASCII and once in full.
pub(super) fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            '"' | '\\' | '/' | '%' => '_',
            ' '..='~' => letter,
            _ => '_',
        })
        .collect();
    let mut full = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            full.push(char::from(byte));
        } else {
            full.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_in_full_and_cannot_leave_its_quotes() {
        assert_eq!(
            disposition("Müller \"&\" Söhne.zip"),
            "attachment; filename=\"M_ller _&_ S_hne.zip\"; filename*=UTF-8''M%C3%BCller%20%22&%22%20S%C3%B6hne.zip"
        );
        let hostile = disposition("a\r\nSet-Cookie: x=1;\u{0}.zip");
        assert!(!hostile.contains(['\r', '\n', '\u{0}']));
    }
}

//! The bytes of an archive: at a presigned address in the vault, or streamed from there, and unsealed on the way.

use super::archive::Archive;
use crate::{Context, problem::Problem};
use actix_web::body::{BoxBody, MessageBody, SizedStream};
use chrono::{DateTime, Utc};
use shared::{
    keyring::ArchiveId,
    ledger::files::{File, Sealing},
    unsealing,
    vault::ObjectKey,
};
use std::{ops::Range, time::Duration};
use url::Url;

/// Where the bytes come from.
pub(super) enum Content {
    /// From the vault itself.
    Elsewhere(Url),
    /// Through this process, with their length known beforehand.
    Here(BoxBody),
}

/// Opens a file of the archive, or a range of it that lies in the file. A presigned address never outlives the link or the archive, and takes ranges itself.
///
/// Of a sealed file only the segments of the range are read, and no byte leaves before its segment's tag was checked: one that does not fit breaks the
/// connection off.
pub(super) async fn open(
    context: &Context,
    archive: &Archive,
    file: &File,
    range: Option<Range<u64>>,
    now: DateTime<Utc>,
) -> Result<Content, Problem> {
    let left = (archive.until - now).to_std().unwrap_or_default();
    let lifetime = context.config.links.presigned_lifetime.min(left);
    if let Some(address) = presign(context, file, lifetime).await? {
        return Ok(Content::Elsewhere(address));
    }
    let all = u64::try_from(file.bytes).map_err(Problem::internal)?;
    let bytes = range.as_ref().map_or(all, |range| range.end.saturating_sub(range.start));
    Ok(Content::Here(match file.sealing {
        Sealing::None => {
            let key = ObjectKey::from_ledger(file.object_key.clone());
            SizedStream::new(bytes, context.vault.read(&key, range).await?).boxed()
        }
        Sealing::Envelope => {
            let sealed = ArchiveId { export: file.export_id, attempt: file.attempt };
            let key = unsealing::data_key(&context.ledger, &context.keyring, sealed).await?;
            SizedStream::new(bytes, unsealing::read(&context.vault, &key, file, range).await?).boxed()
        }
    }))
}

/// The origin of the vault's addresses, where it has any.
pub(super) async fn origin(context: &Context, archive: &Archive) -> Option<String> {
    // Only its origin is shown: nobody gets the address itself.
    let address = presign(context, archive.files.first()?, Duration::from_secs(1)).await.ok()??;
    Some(address.origin().ascii_serialization())
}

async fn presign(context: &Context, file: &File, lifetime: Duration) -> Result<Option<Url>, Problem> {
    if file.sealing == Sealing::Envelope {
        return Ok(None);
    }
    let key = ObjectKey::from_ledger(file.object_key.clone());
    // S3 counts in whole seconds and refuses zero.
    let lifetime = Duration::from_secs(lifetime.as_secs().max(1));
    let address = context.vault.presign(&key, saved_as(file), &file.content_type, lifetime).await?;
    Ok(address)
}

/// The name that a file is saved under: of a path its last part.
pub(super) fn saved_as(file: &File) -> &str {
    file.name.rsplit('/').next().unwrap_or(&file.name)
}

//! A click that counts: where the bytes are to be had from then on.

use super::{
    archive::{self, Archive, Refused},
    content::{self, Content},
};
use crate::{Context, problem::Problem};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use shared::ledger::{
    audit::Actor,
    downloads::{self, Counted, NewDownload},
    files::File,
    links,
};
use url::Url;

/// How long a download that has begun may be taken up again after its click; never beyond its link or archive.
pub(crate) const RESUMABLE: TimeDelta = TimeDelta::hours(24);

/// Where a counted download is.
pub(crate) enum Way {
    /// In the vault, at an address of minutes.
    Vault(Url),
    /// Here, at `f/<ticket>`.
    Here(SecretString),
}

/// Counts a download of a file and says where it is. Nothing is counted where the file cannot be had right now.
pub(crate) async fn begin(
    context: &Context,
    archive: &Archive,
    file: &File,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<Way, Refused> {
    // Opened before it is counted: a vault that is down costs nobody a download. One byte shows it.
    let first = (file.bytes > 0).then_some(0..1);
    let content = content::open(context, archive, file, first, now).await.map_err(Refused::Failed)?;
    let (way, ticket) = match content {
        Content::Elsewhere(address) => (Way::Vault(address), None),
        Content::Here(_) => {
            let (ticket, signed) = context.signer.mint();
            (Way::Here(ticket), Some(signed.hash))
        }
    };
    let lifetime = TimeDelta::from_std(context.config.links.presigned_lifetime)
        .map_err(|error| Refused::Failed(Problem::internal(error)))?;
    let new = NewDownload {
        link: archive.link.id,
        file: &file.name,
        ticket_hash: ticket.as_ref().map(<[u8; 32]>::as_slice),
        begin_before: now + lifetime,
        ends_at: (now + RESUMABLE).min(archive.until),
    };
    match downloads::count(&context.ledger, new, actor, now).await? {
        Counted::Begun(_) => Ok(way),
        Counted::UsedUp => Err(Refused::UsedUp(archive.link.clone())),
        // Revoked or expired since it was looked at.
        Counted::Over => {
            let link = links::find(&context.ledger, archive.link.id).await?.ok_or(Refused::Unknown)?;
            match archive::of_link(context, link, now).await {
                Err(refused) => Err(refused),
                Ok(archive) => Err(Refused::Deleted(archive.link)),
            }
        }
    }
}

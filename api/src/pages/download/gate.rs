//! What a link asks for besides itself, and whether this request brings it.

use super::archive::Archive;
use crate::{
    Context,
    auth::{Authorized, ExportsWrite},
    cookie::HostCookie,
};
use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use shared::link::Protection;

/// What is still to be done before the archive is shown or given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// Nothing.
    Open,
    /// The one-time code is to be typed in.
    Code,
    /// A caller has to ask who may see the export.
    SignIn,
}

pub(super) fn of(
    context: &Context,
    request: &HttpRequest,
    token: &str,
    archive: &Archive,
    caller: Option<&Authorized<ExportsWrite>>,
    now: DateTime<Utc>,
) -> Gate {
    match archive.link.protection {
        Protection::None => Gate::Open,
        Protection::Code => {
            let cookie = HostCookie::of_link(request, token);
            let session = cookie.read(request);
            let counts = session.is_some_and(|session| context.signer.is_session(session, archive.link.id, now));
            if counts { Gate::Open } else { Gate::Code }
        }
        Protection::SignedIn => {
            let may = caller.is_some_and(|caller| {
                caller.seeing(Some(archive.export.clone())).is_some()
                    && caller.require_fresh(archive.export.subject.0.as_ref(), now).is_ok()
            });
            if may { Gate::Open } else { Gate::SignIn }
        }
    }
}

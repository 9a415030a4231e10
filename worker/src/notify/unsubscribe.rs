//! The addresses that stop mails.

use crate::context::Context;
use shared::reader::Reader;

/// The address that stops this reader's mails.
pub(super) fn address(context: &Context, reader: Reader) -> String {
    let token = context.signer.unsubscribe_token(reader);
    format!("{}/u/{token}", context.config.public_url().as_str().trim_end_matches('/'))
}

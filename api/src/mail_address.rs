//! An address that a mail can be sent to.

use serde::Deserialize;

/// A mail address of the plain kind (RFC 5321 `dot-string@domain`, ASCII): no comments, no quoted parts, no display name, so that
/// nothing in it can add a recipient or a header.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct MailAddress(String);

/// The text is not such an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a mail address of the form name@example.com")]
pub(crate) struct NotAnAddress;

impl TryFrom<String> for MailAddress {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, NotAnAddress> {
        let (local, domain) = text.split_once('@').ok_or(NotAnAddress)?;
        if local.len() <= 64 && text.len() <= 254 && is_dot_string(local) && is_domain(domain) {
            Ok(Self(text))
        } else {
            Err(NotAnAddress)
        }
    }
}

impl From<MailAddress> for String {
    fn from(address: MailAddress) -> Self {
        address.0
    }
}

fn is_dot_string(local: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(allowed))
}

fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_addresses_are_taken() {
        for text in ["a@b.c", "o'brien+export@shop.example", "x@localhost", "a.b@xn--bcher-kva.example"] {
            assert!(MailAddress::try_from(text.to_owned()).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_could_add_a_recipient_or_a_header_is_refused() {
        let long = format!("{}@b.c", "a".repeat(65));
        for text in [
            "",
            "a",
            "@b.c",
            "a@",
            "a@b@c",
            "a b@c.d",
            "a@b.c\r\nBcc: x@y.z",
            "a@b.c,d@e.f",
            "<a@b.c>",
            "A <a@b.c>",
            "\"a\"@b.c",
            ".a@b.c",
            "a..b@c.d",
            "a@-b.c",
            "a@b..c",
            "a@[127.0.0.1]",
            "ü@b.c",
            &long,
        ] {
            assert!(MailAddress::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }
}

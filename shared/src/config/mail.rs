//! Settings of mail.

use super::findings::Findings;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, time::Duration};

/// A reminder that comes earlier comes for no archive that lives as usual.
const EARLIEST: Duration = Duration::from_secs(90 * 24 * 3600);

/// Mail.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`; `smtp+plain://` sends without TLS. Without it mails are written to the mailbox folder.
    #[serde(skip_serializing)]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub url: Option<SecretString>,
    /// Sender, `Name <address>` or an address.
    pub from: String,
    /// A PEM file with further certificate authorities to trust for the relay.
    pub ca_file: Option<PathBuf>,
    /// How long before an archive is deleted its people are reminded, if nobody has downloaded it; only where it lives twice as long. `0s` for never, at most 90 days.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String", extend("format" = "duration"))]
    pub remind_before: Duration,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            url: None,
            from: "Handover <handover@localhost>".into(),
            ca_file: None,
            remind_before: Duration::from_secs(2 * 24 * 3600),
        }
    }
}

impl MailConfig {
    pub(super) fn check(&self, findings: &mut Findings) {
        if let Some(url) = &self.url
            && !url::Url::parse(url.expose_secret())
                .is_ok_and(|url| matches!(url.scheme(), "smtp" | "smtps" | "smtp+plain") && url.has_host())
        {
            findings.add("HANDOVER_MAIL__URL", "must be smtp://user:password@host:587, smtps://… or smtp+plain://…");
        }
        if !is_sender(&self.from) {
            findings.add("HANDOVER_MAIL__FROM", "must be an address or `Name <address>`");
        }
        if self.remind_before > EARLIEST {
            findings.add("HANDOVER_MAIL__REMIND_BEFORE", "must be 0s to 90d");
        }
        if self.url.is_some() && self.from == Self::default().from {
            findings.add(
                "HANDOVER_MAIL__FROM",
                "is not set: a relay needs a sender that it may send for, such as `Exports <exports@example.com>`",
            );
        }
        if let Some(file) = &self.ca_file
            && !file.is_file()
        {
            findings.add("HANDOVER_MAIL__CA_FILE", format_args!("there is no file `{}`", file.display()));
        }
    }
}

/// A plain check; the mailer parses the sender by RFC 5322 when it starts.
fn is_sender(text: &str) -> bool {
    let address = match text.strip_suffix('>').map(|open| open.rsplit_once('<')) {
        Some(Some((_, address))) => address,
        Some(None) => return false,
        None => text,
    };
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.contains(|c: char| c.is_whitespace() || c.is_control() || "<>@,;".contains(c))
    };
    !text.contains(char::is_control)
        && address.split_once('@').is_some_and(|(local, domain)| plain(local) && plain(domain))
}

#[cfg(test)]
mod tests {
    use super::is_sender;

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        for sender in ["a@example.com", "Handover <handover@localhost>", "\"Doe, J.\" <j@x.org>"] {
            assert!(is_sender(sender), "{sender}");
        }
        for other in ["", "a", "a@", "@b", "a@b@c", "A <a@b", "a@b>", "A <a b@c>", "a@b\r\nBcc: x@y"] {
            assert!(!is_sender(other), "{other:?}");
        }
    }
}

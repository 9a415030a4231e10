//! What a mail says, as text and as HTML for old clients.

use super::MailError;
use askama::Template;
use chrono::{DateTime, Utc};
use lettre::{
    Message,
    message::{Mailbox, MultiPart, header::HeaderName, header::HeaderValue},
};
use shared::{
    config::Config,
    display,
    export::Layout,
    ledger::{exports::Export, recipients::Recipient},
    link::Protection,
    recipient::RecipientKind,
};
use uuid::Uuid;

/// A letter, ready to be addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub(super) from: String,
    pub(super) to: String,
    /// Its subject: names the product, never the data.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// The same as HTML: tables and inline style, nothing loaded from anywhere.
    pub html: String,
}

#[derive(Template)]
#[template(path = "mail/ready.txt", escape = "none")]
struct ReadyText<'a> {
    product: &'a str,
    url: &'a str,
    size: &'a str,
    expires: &'a str,
    one_file: bool,
    /// What the link asks for besides itself.
    asks: &'a str,
    /// How often it gives the file.
    limit: &'a str,
    locked: &'a Locked,
}

#[derive(Template)]
#[template(path = "mail/ready.html")]
struct ReadyHtml<'a> {
    product: &'a str,
    url: &'a str,
    size: &'a str,
    expires: &'a str,
    one_file: bool,
    /// What the link asks for besides itself.
    asks: &'a str,
    /// How often it gives the file.
    limit: &'a str,
    locked: &'a Locked,
}

#[derive(Template)]
#[template(path = "mail/code.txt", escape = "none")]
struct CodeText<'a> {
    product: &'a str,
    code: &'a str,
    until: &'a str,
}

#[derive(Template)]
#[template(path = "mail/code.html")]
struct CodeHtml<'a> {
    product: &'a str,
    code: &'a str,
    until: &'a str,
}

/// Whose keys open the archive.
struct Locked {
    /// A label and a fingerprint each; none where no key is needed.
    keys: Vec<(String, String)>,
    key_file: &'static str,
}

#[derive(Template)]
#[template(path = "mail/failed.txt", escape = "none")]
struct FailedText<'a> {
    product: &'a str,
    asked: &'a str,
    number: &'a str,
}

#[derive(Template)]
#[template(path = "mail/failed.html")]
struct FailedHtml<'a> {
    product: &'a str,
    asked: &'a str,
    number: &'a str,
}

impl Letter {
    /// "Your data is ready", with the link; for recipients also which of their keys open it.
    pub fn ready(
        config: &Config,
        export: &Export,
        to: &str,
        bytes: u64,
        expires_at: DateTime<Utc>,
        token: &str,
        recipients: &[Recipient],
    ) -> Result<Self, MailError> {
        let product = &config.product;
        let url = format!("{}/d/{token}", config.public_url().as_str().trim_end_matches('/'));
        let (size, expires) = (display::size(bytes), display::moment(expires_at));
        let one_file = export.layout == Layout::Zip;
        let (asks, limit) = (asks(config.links.protection), limit(config.links.download_limit));
        let (asks, limit) = (asks.as_str(), limit.as_str());
        let locked = &Locked::of(recipients);
        let subject = format!("{product}: your data export is ready");
        let (url, size, expires) = (&url, &size, &expires);
        let text = rendered(&ReadyText { product, url, size, expires, one_file, asks, limit, locked })?;
        let html = rendered(&ReadyHtml { product, url, size, expires, one_file, asks, limit, locked })?;
        tracing::debug!(export = %export.id, "A mail with a link was written");
        Ok(Self { from: config.mail.from.clone(), to: to.to_owned(), subject, text, html })
    }

    /// "Your data export failed", with the number to mention to support. The reason itself may name tables and is for the operator.
    pub fn failed(config: &Config, export: &Export, to: &str) -> Result<Self, MailError> {
        let product = &config.product;
        let (asked, number) = (display::moment(export.created_at), export.id.to_string());
        let subject = format!("{product}: your data export did not succeed");
        let text = rendered(&FailedText { product, asked: &asked, number: &number })?;
        let html = rendered(&FailedHtml { product, asked: &asked, number: &number })?;
        Ok(Self { from: config.mail.from.clone(), to: to.to_owned(), subject, text, html })
    }

    /// "Your code", which alone opens nothing: the page that asked for it is at a link that this mail does not hold.
    pub fn code(config: &Config, to: &str, code: &str, until: DateTime<Utc>) -> Result<Self, MailError> {
        let (product, until) = (&config.product, display::moment(until));
        let subject = format!("{product}: your code for the download");
        let text = rendered(&CodeText { product, code, until: &until })?;
        let html = rendered(&CodeHtml { product, code, until: &until })?;
        Ok(Self { from: config.mail.from.clone(), to: to.to_owned(), subject, text, html })
    }

    /// "Mail arrives", for whoever tries the settings.
    pub fn trial(config: &Config, to: &str) -> Self {
        let product = &config.product;
        let text = format!("Mail from {product} arrives. Nothing else is meant by it.\n");
        let html = format!("<p>{}</p>", text.trim_end().replace('&', "&amp;").replace('<', "&lt;"));
        let subject = format!("{product}: a trial of the mail settings");
        Self { from: config.mail.from.clone(), to: to.to_owned(), subject, text, html }
    }

    /// The letter as RFC 5322 text with both parts, marked as sent by a machine (RFC 3834).
    pub(super) fn message(&self, number: Uuid) -> Result<Message, MailError> {
        let from: Mailbox = self.from.parse().map_err(|_| unwritable("HANDOVER_MAIL__FROM is no address"))?;
        let to: Mailbox = self.to.parse().map_err(|_| unwritable("the recipient is no address"))?;
        let domain = from.email.domain().to_owned();
        let mut message = Message::builder()
            .message_id(Some(format!("<{}@{domain}>", number.simple())))
            .from(from)
            .to(to)
            .subject(&self.subject)
            .multipart(MultiPart::alternative_plain_html(self.text.clone(), self.html.clone()))
            .map_err(|_| unwritable("its parts do not fit together"))?;
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        message.headers_mut().insert_raw(automatic);
        Ok(message)
    }
}

/// The sentence of a mail about what its link asks for; empty if for nothing.
fn asks(protection: Protection) -> String {
    match protection {
        Protection::None => "",
        Protection::Code => "For your safety the page will mail a code to this address before it gives anything out.",
        Protection::SignedIn => "For your safety you can only download while you are signed in.",
    }
    .to_owned()
}

/// The sentence of a mail about how often its link gives the file; empty if as often as one likes.
fn limit(downloads: Option<u32>) -> String {
    match downloads {
        None => String::new(),
        Some(1) => "You can download it once.".to_owned(),
        Some(times) => format!("You can download it {times} times."),
    }
}

impl Locked {
    fn of(recipients: &[Recipient]) -> Self {
        let own = recipients.is_empty() || recipients.iter().any(|one| one.kind == RecipientKind::X25519);
        let kind = if own { RecipientKind::X25519 } else { RecipientKind::SshEd25519 };
        let keys = recipients.iter().map(|one| (one.label.clone(), one.short())).collect();
        Self { keys, key_file: kind.key_file() }
    }
}

fn unwritable(why: &str) -> MailError {
    MailError::Unwritable(why.to_owned())
}

pub(super) fn rendered(template: &impl Template) -> Result<String, MailError> {
    template.render().map_err(|error| MailError::Unwritable(error.to_string()))
}

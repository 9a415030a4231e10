//! A letter: who gets it, what it says, and the lines before that which programs read.

use super::{MailError, sheet::Sheet};
use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use shared::{
    config::{Config, Support},
    language::Language,
};
use uuid::Uuid;

/// A letter, ready to be addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    from: String,
    to: String,
    /// Where an answer goes, where that is not the sender.
    reply_to: Option<String>,
    /// Its subject: names the product, never the data.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// The same as HTML: tables and inline style, nothing loaded from anywhere.
    pub html: String,
    /// The language that it is written in.
    pub language: Language,
    /// The address that stops such mails; none where the reader has to know what the mail says.
    pub unsubscribe: Option<String>,
}

impl Letter {
    /// The letter with what stands on this sheet.
    pub(super) fn of(config: &Config, to: &str, subject: &str, sheet: &Sheet) -> Result<Self, MailError> {
        let reply_to = match &sheet.brand.support {
            Some(Support::Mail(address)) => Some(address.clone()),
            _ => None,
        };
        Ok(Self {
            from: config.mail.from.clone(),
            to: to.to_owned(),
            reply_to,
            subject: subject.to_owned(),
            text: sheet.text(),
            html: sheet.html()?,
            language: sheet.language,
            unsubscribe: None,
        })
    }

    /// The same, with the address that stops such mails.
    pub(super) fn that_may_be_stopped(self, unsubscribe: &str) -> Self {
        Self { unsubscribe: Some(unsubscribe.to_owned()), ..self }
    }

    /// "Mail arrives", for whoever tries the settings.
    pub fn trial(config: &Config, to: &str) -> Self {
        let product = &config.product;
        let text = format!("Mail from {product} arrives. Nothing else is meant by it.\n");
        let html = format!("<p>{}</p>", text.trim_end().replace('&', "&amp;").replace('<', "&lt;"));
        Self {
            from: config.mail.from.clone(),
            to: to.to_owned(),
            reply_to: None,
            subject: format!("{product}: a trial of the mail settings"),
            text,
            html,
            language: Language::English,
            unsubscribe: None,
        }
    }

    /// The letter as RFC 5322 has it, with both parts.
    ///
    /// It is marked as sent by a machine (RFC 3834), tells its language (RFC 3282), and, where it may be stopped, how (RFC 2369), by one click of the mail program
    /// (RFC 8058) where the address is reached by TLS.
    pub fn message(&self, number: Uuid) -> Result<Message, MailError> {
        let from: Mailbox = self.from.parse().map_err(|_| unwritable("HANDOVER_MAIL__FROM is no address"))?;
        let to: Mailbox = self.to.parse().map_err(|_| unwritable("the recipient is no address"))?;
        let domain = from.email.domain().to_owned();
        let mut message = Message::builder().message_id(Some(format!("<{}@{domain}>", number.simple())));
        if let Some(Ok(reply_to)) = self.reply_to.as_ref().map(|address| address.parse::<Mailbox>()) {
            message = message.reply_to(reply_to);
        }
        let mut message = message
            .from(from)
            .to(to)
            .subject(&self.subject)
            .multipart(MultiPart::alternative_plain_html(self.text.clone(), self.html.clone()))
            .map_err(|_| unwritable("its parts do not fit together"))?;
        let mut lines = vec![
            ("Auto-Submitted", "auto-generated".to_owned()),
            // Exchange answers for people who are away, unless it is told not to.
            ("X-Auto-Response-Suppress", "All".to_owned()),
            ("Content-Language", self.language.as_str().to_owned()),
        ];
        if let Some(address) = &self.unsubscribe {
            lines.push(("List-Unsubscribe", format!("<{address}>")));
            if address.starts_with("https://") {
                lines.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
            }
        }
        for (name, value) in lines {
            // One line whatever its length: half an address is none.
            let name = HeaderName::new_from_ascii_str(name);
            message.headers_mut().insert_raw(HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value));
        }
        Ok(message)
    }
}

fn unwritable(why: &str) -> MailError {
    MailError::Unwritable(why.to_owned())
}

//! How the mails of the demo are shown.

use super::html;
use crate::Context;
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use mail_parser::MessageParser;

/// One mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mail {
    /// Its file.
    pub(crate) name: String,
    /// When it was sent, in seconds since 1970.
    pub(crate) sent: i64,
    /// The same for a person.
    date: String,
    subject: String,
    recipients: String,
    text: String,
}

impl Mail {
    /// Reads a mail (RFC 5322); `None` if it is none.
    pub(crate) fn parse(name: String, bytes: &[u8]) -> Option<Self> {
        let message = MessageParser::default().parse(bytes)?;
        let date = message.date();
        let recipients: Vec<&str> =
            message.to().into_iter().flat_map(|list| list.iter()).filter_map(|address| address.address()).collect();
        Some(Self {
            name,
            sent: date.map_or(0, |date| date.to_timestamp()),
            date: date.map(|date| date.to_rfc822()).unwrap_or_default(),
            subject: message.subject().unwrap_or("(no subject)").to_owned(),
            recipients: recipients.join(", "),
            text: message.body_text(0)?.into_owned(),
        })
    }

    /// The text in pieces, each with whether it is an address to follow.
    fn pieces(&self) -> Vec<(bool, &str)> {
        let is_address = |word: &str| word.starts_with("http://") || word.starts_with("https://");
        self.text
            .split_inclusive(char::is_whitespace)
            .flat_map(|word| {
                let bare = word.trim_end();
                let (bare, rest) = word.split_at(bare.len());
                [(is_address(bare), bare), (false, rest)]
            })
            .filter(|(_, piece)| !piece.is_empty())
            .collect()
    }
}

#[derive(Template)]
#[template(path = "mailbox.html")]
struct List<'a> {
    product: &'a str,
    mails: &'a [Mail],
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Show<'a> {
    product: &'a str,
    mail: &'a Mail,
}

/// The list of mails.
pub(crate) fn list(context: &Context, mails: &[Mail]) -> HttpResponse {
    let page = List { product: &context.config.product, mails };
    html(StatusCode::OK, &page, None)
}

/// One mail.
pub(crate) fn show(context: &Context, mail: &Mail) -> HttpResponse {
    let page = Show { product: &context.config.product, mail };
    html(StatusCode::OK, &page, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] = b"From: Handover <no-reply@example.com>\r\nTo: owner@shop.example\r\nSubject: Your export\r\n\
        Date: Thu, 01 Jan 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nOpen <this>:\r\nhttp://localhost:8080/d/k1.x.y\r\n\r\nThanks\r\n\
        --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Open</p>\r\n--b--\r\n";

    #[test]
    fn a_mail_is_shown_as_text_with_its_link() {
        let mail = Mail::parse("a.eml".into(), MAIL).unwrap();
        assert_eq!((mail.subject.as_str(), mail.recipients.as_str()), ("Your export", "owner@shop.example"));
        assert_eq!(mail.sent, 1_767_261_600);
        let page = Show { product: "CepPro", mail: &mail }.render().unwrap();
        assert!(page.contains("<a href=\"http://localhost:8080/d/k1.x.y\">http://localhost:8080/d/k1.x.y</a>"));
        assert!(!page.contains("<this>"));
    }
}

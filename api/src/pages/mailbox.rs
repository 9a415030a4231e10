//! How the mails of the demo are shown: as their readers see them, as text, and with the lines that only programs read.

use super::html;
use crate::{Context, headers::FRAMES};
use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use askama::Template;
use mail_parser::{MessageParser, MimeHeaders};

/// What the mail itself may do when it is shown: carry its own style, and open links in windows of their own. Mails have their style in the text, since old
/// clients know no other; here nobody's but the demo's own mails are shown.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'";
/// The page around it shows it in a frame.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'";

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
    language: String,
    text: String,
    html: Option<String>,
    /// The lines before the text, as they were sent.
    lines: Vec<(String, String)>,
}

impl Mail {
    /// Reads a mail (RFC 5322); `None` if it is none.
    pub(crate) fn parse(name: String, bytes: &[u8]) -> Option<Self> {
        let message = MessageParser::default().parse(bytes)?;
        let date = message.date();
        let recipients: Vec<&str> =
            message.to().into_iter().flat_map(|list| list.iter()).filter_map(|address| address.address()).collect();
        let lines = message.headers_raw().map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        Some(Self {
            name,
            sent: date.map_or(0, |date| date.to_timestamp()),
            date: date.map(|date| date.to_rfc822()).unwrap_or_default(),
            subject: message.subject().unwrap_or("(no subject)").to_owned(),
            recipients: recipients.join(", "),
            language: message.content_language().as_text().unwrap_or("en").to_owned(),
            text: message.body_text(0)?.into_owned(),
            html: message.body_html(0).map(|html| html.into_owned()),
            lines,
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
    let mut page = html(StatusCode::OK, &Show { product: &context.config.product, mail }, None);
    page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(PAGE_POLICY));
    page
}

/// What its reader sees; `None` if it has no HTML.
pub(crate) fn as_sent(mail: &Mail) -> Option<HttpResponse> {
    // Its links lead out of the frame.
    let shown = mail.html.as_ref()?.replacen("<head>", "<head><base target=\"_blank\">", 1);
    debug_assert!(MAIL_POLICY.contains(FRAMES), "or the mail could not be shown in its frame");
    let page = HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, MAIL_POLICY))
        .insert_header((header::X_FRAME_OPTIONS, "SAMEORIGIN"))
        .body(shown);
    Some(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] = b"From: Handover <no-reply@example.com>\r\nTo: owner@shop.example\r\nSubject: Your export\r\n\
        Date: Thu, 01 Jan 2026 10:00:00 +0000\r\nContent-Language: de\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nOpen <this>:\r\nhttp://localhost:8080/d/k1.x.y\r\n\r\nThanks\r\n\
        --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><head></head><p>Open</p></html>\r\n--b--\r\n";

    #[test]
    fn a_mail_is_shown_as_text_with_its_link_and_with_its_lines() {
        let mail = Mail::parse("a.eml".into(), MAIL).unwrap();
        assert_eq!((mail.subject.as_str(), mail.recipients.as_str()), ("Your export", "owner@shop.example"));
        assert_eq!((mail.sent, mail.language.as_str()), (1_767_261_600, "de"));
        let page = Show { product: "CepPro", mail: &mail }.render().unwrap();
        assert!(page.contains("<a href=\"http://localhost:8080/d/k1.x.y\">http://localhost:8080/d/k1.x.y</a>"));
        assert!(!page.contains("<this>") && page.contains("Content-Language"));
        assert!(page.contains("src=\"../mailbox/a.eml/html\""), "{page}");
    }

    #[test]
    fn the_html_of_a_mail_is_shown_as_it_was_sent_and_its_links_leave_the_frame() {
        let mail = Mail::parse("a.eml".into(), MAIL).unwrap();
        let page = as_sent(&mail).unwrap();
        let policy = page.headers().get(header::CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"));
        assert_eq!(mail.html.as_deref().map(str::trim), Some("<html><head></head><p>Open</p></html>"));
    }
}

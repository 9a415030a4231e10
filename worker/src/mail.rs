//! Mails: what they say and how they leave. They hold an address, a subject and a link, never data.

mod archive;
mod code;
mod letter;
pub mod preview;
mod schedule;
mod sheet;

pub use archive::{About, Key, Offer};
pub use letter::Letter;
pub use schedule::FailedRun;

use crate::error::ExportError;
use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};
use secrecy::ExposeSecret;
use shared::config::{Config, MailConfig};
use std::{os::unix::fs::DirBuilderExt, path::Path, time::Duration};
use url::Url;
use uuid::Uuid;

/// How mails leave.
pub enum Mailer {
    /// To a relay.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// Into the mailbox folder, one `.eml` file each.
    Mailbox(AsyncFileTransport<Tokio1Executor>),
}

/// Why a mail did not leave. Its text holds no address.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The relay could not be reached or broke off.
    #[error("the mail relay did not answer")]
    Unreachable,
    /// The relay refused.
    #[error("the mail relay refused with {}", code.map_or_else(|| "no code".to_owned(), |code| code.to_string()))]
    Relay {
        /// The SMTP reply code (RFC 5321).
        code: Option<u16>,
        /// Whether it will refuse again.
        permanent: bool,
    },
    /// The letter cannot be written, for instance because the address is none.
    #[error("the mail cannot be written: {0}")]
    Unwritable(String),
    /// The mailbox folder cannot be written.
    #[error("the mailbox folder cannot be written")]
    Mailbox,
    /// It would say something that is no longer true.
    #[error("the mail is pointless: {0}")]
    Pointless(&'static str),
}

impl MailError {
    /// Whether trying again may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable | Self::Mailbox => true,
            Self::Relay { permanent, .. } => !permanent,
            Self::Unwritable(_) | Self::Pointless(_) => false,
        }
    }
}

impl Mailer {
    /// The way the configuration names: `smtp://` demands STARTTLS, `smtps://` begins with TLS, `smtp+plain://` uses none.
    ///
    /// Refuses a sender that no mail could be written from.
    pub fn open(config: &Config) -> Result<Self, ExportError> {
        if config.mail.from.parse::<Mailbox>().is_err() {
            return Err(refused("HANDOVER_MAIL__FROM is no address; a name with a comma or the like stands in quotes"));
        }
        match &config.mail.url {
            Some(url) => {
                let url = Url::parse(url.expose_secret()).map_err(|_| refused("HANDOVER_MAIL__URL is no URL"))?;
                Ok(Self::Smtp(relay(&config.mail, &url)?))
            }
            None => {
                let folder = config.data_dir.join("mailbox");
                std::fs::DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(&folder)
                    .map_err(|cause| ExportError::Local { what: format!("cannot make {}", folder.display()), cause })?;
                Ok(Self::Mailbox(AsyncFileTransport::new(folder)))
            }
        }
    }

    /// Connects as for a mail, TLS and login included, and sends none. A mailbox folder only has to be there.
    pub async fn probe(&self) -> Result<(), MailError> {
        match self {
            Self::Smtp(relay) => match relay.test_connection().await {
                Ok(true) => Ok(()),
                Ok(false) => Err(MailError::Unreachable),
                Err(error) => Err(failure(&error)),
            },
            Self::Mailbox(_) => Ok(()),
        }
    }

    /// Sends a letter. `number` becomes its Message-ID, so that a relay or client can recognise a letter sent twice.
    pub async fn send(&self, letter: &Letter, number: Uuid) -> Result<(), MailError> {
        let message = letter.message(number)?;
        match self {
            Self::Smtp(relay) => relay.send(message).await.map(drop).map_err(|error| failure(&error)),
            Self::Mailbox(folder) => folder.send(message).await.map(drop).map_err(|_| MailError::Mailbox),
        }
    }
}

fn failure(error: &lettre::transport::smtp::Error) -> MailError {
    match error.status() {
        Some(status) => MailError::Relay { code: Some(status.into()), permanent: error.is_permanent() },
        None => MailError::Unreachable,
    }
}

fn refused(message: &str) -> ExportError {
    ExportError::Mail(message.to_owned())
}

fn relay(config: &MailConfig, url: &Url) -> Result<AsyncSmtpTransport<Tokio1Executor>, ExportError> {
    let host = url.host_str().ok_or_else(|| refused("HANDOVER_MAIL__URL names no host"))?;
    let (tls, port) = match url.scheme() {
        "smtp" => (Tls::Required(tls_parameters(config, host)?), 587),
        "smtps" => (Tls::Wrapper(tls_parameters(config, host)?), 465),
        "smtp+plain" => (Tls::None, 25),
        _ => return Err(refused("HANDOVER_MAIL__URL must begin with smtp://, smtps:// or smtp+plain://")),
    };
    let mut relay = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(url.port().unwrap_or(port))
        .tls(tls)
        .timeout(Some(Duration::from_secs(30)));
    if !url.username().is_empty() {
        let decoded = |text: &str| {
            percent_decoded(text)
                .ok_or_else(|| refused("HANDOVER_MAIL__URL: user or password is not percent-encoded UTF-8"))
        };
        relay = relay.credentials(Credentials::new(decoded(url.username())?, decoded(url.password().unwrap_or(""))?));
    }
    Ok(relay.build())
}

fn percent_decoded(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
}

fn tls_parameters(config: &MailConfig, host: &str) -> Result<TlsParameters, ExportError> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(path) = &config.ca_file {
        for certificate in certificates(path)? {
            parameters = parameters.add_root_certificate(certificate);
        }
    }
    parameters.build_rustls().map_err(|error| ExportError::Mail(format!("TLS cannot be set up: {error}")))
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, ExportError> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| ExportError::Local { what: format!("HANDOVER_MAIL__CA_FILE {}", path.display()), cause })?;
    const END: &str = "-----END CERTIFICATE-----";
    let found: Vec<Certificate> = text
        .split_inclusive(END)
        .filter(|block| block.contains(END))
        .map(|block| Certificate::from_pem(block.as_bytes()))
        .collect::<Result<_, _>>()
        .map_err(|_| refused("HANDOVER_MAIL__CA_FILE holds a certificate that cannot be read"))?;
    if found.is_empty() { Err(refused("HANDOVER_MAIL__CA_FILE holds no certificate")) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_that_no_mail_could_be_written_from_stops_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        assert!(Mailer::open(&config).is_ok());
        for from in ["Miller, Inc. <a@example.com>", "a@example_.com", "A <a@b..c>"] {
            config.mail.from = from.to_owned();
            let refused = Mailer::open(&config).err().map(|error| error.to_string());
            assert!(refused.is_some_and(|error| error.contains("HANDOVER_MAIL__FROM")), "{from}");
        }
    }

    #[test]
    fn every_address_that_the_api_takes_can_be_written_to() {
        for to in [
            "a@b.c",
            "x@localhost",
            "o'brien+x@shop.example",
            "a.b@xn--bcher-kva.example",
            "a@1.2",
            "!#$%&'*+-/=?^_`{|}~@x.y",
        ] {
            assert!(to.parse::<Mailbox>().is_ok(), "{to}");
        }
    }
}

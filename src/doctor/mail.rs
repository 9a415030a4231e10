//! Mail.

use super::{Check, told};
use shared::config::Config;
use uuid::Uuid;
use worker::mail::{Letter, MailError, Mailer};

const PART: &str = "mail";

pub(super) async fn examine(config: &Config, mail_to: Option<&str>) -> Vec<Check> {
    if config.is_embedded_mail() {
        let message = format!("mails are written to {}, and reach nobody", config.data_dir.join("mailbox").display());
        return vec![Check::warning(PART, "relay", message, "set HANDOVER_MAIL__URL=smtp://user:password@host:587")];
    }
    let mailer = match Mailer::open(config) {
        Ok(mailer) => mailer,
        Err(error) => return vec![Check::problem(PART, "relay", told(&error), "correct the setting that it names")],
    };
    let mut checks = vec![match mailer.probe().await {
        Ok(()) => Check::ok(PART, "relay", "the relay answers, and takes our name and password"),
        Err(error) => refused("relay", &error),
    }];
    if is_plain(config) {
        checks.push(Check::warning(
            PART,
            "encrypted",
            "with smtp+plain:// mails with links cross the network in the clear",
            "use smtp:// (STARTTLS) or smtps:// unless the relay is on this machine",
        ));
    }
    if let Some(to) = mail_to {
        checks.push(match mailer.send(&Letter::trial(config, to), Uuid::now_v7()).await {
            Ok(()) => Check::ok(PART, "trial", "the relay took a trial mail; look whether it arrives, and where"),
            Err(error) => refused("trial", &error),
        });
    }
    checks
}

fn is_plain(config: &Config) -> bool {
    use secrecy::ExposeSecret;
    config.mail.url.as_ref().is_some_and(|url| url.expose_secret().starts_with("smtp+plain:"))
}

fn refused(check: &'static str, error: &MailError) -> Check {
    let advice = match error {
        MailError::Relay { code: Some(530 | 534 | 535 | 538), .. } => "check user and password in HANDOVER_MAIL__URL",
        MailError::Relay { .. } => {
            "ask the relay's operator; HANDOVER_MAIL__FROM must be a sender that it lets this user send for"
        }
        MailError::Unreachable => {
            "check host, port and scheme of HANDOVER_MAIL__URL, whether a firewall is between, and whether HANDOVER_MAIL__CA_FILE names the authority of its certificate"
        }
        MailError::Unwritable(_) | MailError::Mailbox | MailError::Pointless(_) => {
            "check HANDOVER_MAIL__FROM and the address"
        }
    };
    Check::problem(PART, check, told(error), advice)
}

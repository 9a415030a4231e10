//! Mails about an export: its archive is ready, or goes soon, or there is none.

use super::{
    Letter, MailError,
    sheet::{Part, Sheet},
};
use chrono::{DateTime, Utc};
use shared::{
    config::{Config, Support},
    export::{ExportId, Layout},
    language::Language,
    ledger::{exports::Export, recipients::Recipient},
    link::Protection,
    recipient::RecipientKind,
};

/// An export, as far as mails tell of it.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Its number.
    pub export: ExportId,
    /// The name of the source: whose brand the mail has.
    pub source: &'a str,
    /// The language that its people read.
    pub language: Language,
    /// How the archive is laid out.
    pub layout: Layout,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// When its archive became ready.
    pub ready_at: Option<DateTime<Utc>>,
    /// When its archive is deleted.
    pub end: Option<DateTime<Utc>>,
}

impl<'a> From<&'a Export> for About<'a> {
    fn from(export: &'a Export) -> Self {
        Self {
            export: export.id,
            source: &export.source,
            language: export.language,
            layout: export.layout,
            asked_at: export.created_at,
            ready_at: export.finished_at,
            end: export.expires_at,
        }
    }
}

/// A key that opens an archive, as people know it.
#[derive(Debug, Clone)]
pub struct Key {
    /// What people call it.
    pub label: String,
    /// By what they tell it apart.
    pub short: String,
    /// What it is.
    pub kind: RecipientKind,
}

impl From<&Recipient> for Key {
    fn from(recipient: &Recipient) -> Self {
        Self { label: recipient.label.clone(), short: recipient.short(), kind: recipient.kind }
    }
}

/// A link that is mailed.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// Whom it is mailed to.
    pub to: &'a str,
    /// Its token.
    pub token: &'a str,
    /// When it ends.
    pub until: DateTime<Utc>,
    /// The size of the archive that it leads to.
    pub bytes: u64,
    /// The keys that open the archive; empty where none is needed.
    pub keys: &'a [Key],
}

impl Letter {
    /// "Your data is ready", with the link; for recipients also which of their keys open it.
    pub fn ready(config: &Config, export: About<'_>, offer: Offer<'_>) -> Result<Self, MailError> {
        let sheet = Sheet::new(export.language, config.brand(export.source), "mail-ready-title");
        let name = match (export.layout, offer.keys) {
            (Layout::Zip, []) => "mail-ready-file",
            (Layout::Zip, _) => "mail-ready-file-locked",
            (Layout::Files, []) => "mail-ready-files",
            (Layout::Files, _) => "mail-ready-files-locked",
        };
        let sheet = offered(sheet.paragraph(name, &[]), config, export, offer)
            .quiet("mail-not-you", &[])
            .foot("mail-why-export")
            .help();
        let subject = sheet.say("mail-ready-subject", &[]);
        tracing::debug!(export = %export.export, "A mail with a link was written");
        Self::of(config, offer.to, &subject, &sheet)
    }

    /// "Your data is deleted soon", with a link of its own, for an archive that nobody downloaded. `unsubscribe` stops such reminders.
    pub fn expiring(
        config: &Config,
        export: About<'_>,
        end: DateTime<Utc>,
        offer: Offer<'_>,
        unsubscribe: &str,
    ) -> Result<Self, MailError> {
        let language = export.language;
        let sheet = Sheet::new(language, config.brand(export.source), "mail-expiring-title");
        let ready = language.day(export.ready_at.unwrap_or(export.asked_at));
        let values = [("ready", ready.into()), ("end", language.moment(end).into())];
        let sheet = sheet.paragraph("mail-expiring-what", &values).paragraph("mail-expiring-need", &[]);
        let sheet = offered(sheet, config, export, offer)
            .foot("mail-why-export")
            .help()
            .unsubscribe("mail-unsubscribe-reminders", unsubscribe);
        let subject = sheet.say("mail-expiring-subject", &[("day", language.day(end).into())]);
        Ok(Self::of(config, offer.to, &subject, &sheet)?.that_may_be_stopped(unsubscribe))
    }

    /// "Your data export failed", what to do, and the number to mention. The reason itself may name tables and is for the operator.
    pub fn failed(config: &Config, export: About<'_>, to: &str) -> Result<Self, MailError> {
        let sheet = Sheet::new(export.language, config.brand(export.source), "mail-failed-title");
        let asked = export.language.day(export.asked_at);
        let mut sheet =
            sheet.paragraph("mail-failed-what", &[("asked", asked.into())]).paragraph("mail-failed-again", &[]);
        if let Some(home) = sheet.brand.home.clone() {
            sheet = sheet.button("mail-failed-button", home.as_str());
        }
        let (name, help) = match &sheet.brand.support {
            Some(support @ Support::Mail(_)) => ("mail-failed-help", support.text()),
            Some(support @ Support::Page(_)) => ("mail-failed-help-page", support.text()),
            None => ("mail-failed-people", String::new()),
        };
        let sheet = sheet
            .paragraph(name, &[("help", help.into())])
            .with(Part::Number(export.export.to_string()))
            .foot("mail-why-export");
        let subject = sheet.say("mail-failed-subject", &[]);
        Self::of(config, to, &subject, &sheet)
    }
}

/// The button and everything to know before it is pressed.
fn offered(sheet: Sheet, config: &Config, export: About<'_>, offer: Offer<'_>) -> Sheet {
    let url = format!("{}/d/{}", config.public_url().as_str().trim_end_matches('/'), offer.token);
    let mut sheet = sheet.button("mail-download", &url);
    let facts = facts(&sheet, export, offer);
    sheet = sheet.with(Part::Facts(facts));
    if !offer.keys.is_empty() {
        sheet = locked(sheet, export.layout, offer.keys);
    }
    if let Some(times) = config.links.download_limit {
        sheet = sheet.quiet("mail-limit", &[("times", times.into())]);
    }
    sheet = match config.links.protection {
        Protection::None => sheet,
        Protection::Code => sheet.quiet("mail-asks-code", &[]),
        Protection::SignedIn => sheet.quiet("mail-asks-signed-in", &[]),
    };
    let start = if export.layout == Layout::Zip { "mail-start-file" } else { "mail-start-files" };
    sheet.quiet(start, &[]).quiet("mail-private", &[]).with(Part::Address { url })
}

/// How large it is, how long its page works, and when it goes.
fn facts(sheet: &Sheet, export: About<'_>, offer: Offer<'_>) -> Vec<(String, String)> {
    let language = sheet.language;
    let mut facts = vec![
        (sheet.say("mail-size", &[]), language.size(offer.bytes)),
        (sheet.say("mail-page-until", &[]), language.moment(offer.until)),
    ];
    facts.extend(export.end.map(|end| (sheet.say("mail-deleted-at", &[]), language.moment(end))));
    facts
}

/// Which keys open it, and how.
fn locked(sheet: Sheet, layout: Layout, keys: &[Key]) -> Sheet {
    let own = keys.iter().any(|one| one.kind == RecipientKind::X25519);
    let file = if own { RecipientKind::X25519 } else { RecipientKind::SshEd25519 }.key_file();
    let keys = keys.iter().map(|one| format!("{} ({})", one.label, one.short)).collect();
    let command = match layout {
        Layout::Zip => format!("age --decrypt -i {file} -o export.zip THE-FILE.zip.age"),
        Layout::Files => format!("age --decrypt -i {file} -o FILE FILE.age"),
    };
    sheet
        .paragraph("mail-locked", &[])
        .with(Part::Points(keys))
        .paragraph("mail-locked-how", &[("file", file.into())])
        .with(Part::Number(command))
        .quiet("mail-locked-lost", &[])
}

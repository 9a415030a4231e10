//! The mail with a one-time code.

use super::{
    About, Letter, MailError,
    sheet::{Part, Sheet},
};
use chrono::{DateTime, Utc};
use shared::config::Config;

impl Letter {
    /// "Your code", which alone opens nothing: the page that asked for it is at a link that this mail does not hold.
    pub fn code(
        config: &Config,
        export: About<'_>,
        to: &str,
        code: &str,
        until: DateTime<Utc>,
    ) -> Result<Self, MailError> {
        let sheet = Sheet::new(export.language, config.brand(export.source), "mail-code-title");
        let until = export.language.moment(until);
        let sheet = sheet
            .paragraph("mail-code-what", &[])
            .with(Part::Code(code.to_owned()))
            .paragraph("mail-code-until", &[("until", until.into())])
            .quiet("mail-code-secret", &[])
            .quiet("mail-code-not-you", &[])
            .help();
        let subject = sheet.say("mail-code-subject", &[]);
        Self::of(config, to, &subject, &sheet)
    }
}

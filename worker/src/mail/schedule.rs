//! Mails about a schedule, for whoever runs it; in the installation's language.

use super::{
    Letter, MailError,
    sheet::{Part, Sheet},
};
use chrono::{DateTime, Utc};
use shared::{config::Config, ledger::schedules::Counts};
use uuid::Uuid;

/// A run of a schedule that failed.
#[derive(Debug, Clone, Copy)]
pub struct FailedRun<'a> {
    /// The schedule's number.
    pub schedule: Uuid,
    /// What people call it.
    pub name: &'a str,
    /// The name of the source: whose brand the mail has.
    pub source: &'a str,
    /// The run's number.
    pub run: Uuid,
    /// When it began.
    pub began: DateTime<Utc>,
    /// How its exports ended.
    pub counts: Counts,
    /// Whether exports of it could not be asked for.
    pub is_incomplete: bool,
    /// After so many failed runs in a row the schedule was paused, if it was.
    pub paused_after: Option<i64>,
}

impl Letter {
    /// "A scheduled run failed", and with `paused_after` that the schedule is paused. Numbers only: the reasons may name tables, and stand in the API. `unsubscribe`
    /// stops mails about this schedule.
    pub fn run_failed(config: &Config, failed: FailedRun<'_>, to: &str, unsubscribe: &str) -> Result<Self, MailError> {
        let (title, subject) = match failed.paused_after {
            Some(_) => ("mail-paused-title", "mail-paused-subject"),
            None => ("mail-run-failed-title", "mail-run-failed-subject"),
        };
        let sheet = Sheet::new(config.language, config.brand(failed.source), title);
        let began = sheet.language.moment(failed.began);
        let counts = failed.counts;
        let all = counts.open + counts.ready + counts.failed + counts.cancelled;
        let mut what = vec![
            sheet.say("mail-run-failed-what", &[("name", failed.name.into()), ("began", began.into())]),
            sheet.say("mail-run-failed-count", &[("failed", counts.failed.into()), ("all", all.into())]),
        ];
        if failed.is_incomplete {
            what.push(sheet.say("mail-run-failed-missing", &[]));
        }
        let mut sheet = sheet.with(Part::Paragraph(what.join(" ")));
        if let Some(failures) = failed.paused_after {
            let request = format!("PATCH /v1/schedules/{}  {{\"paused\": false}}", failed.schedule);
            sheet = sheet
                .paragraph("mail-paused-why", &[("failures", failures.into())])
                .paragraph("mail-paused-how", &[])
                .with(Part::Number(request));
        } else {
            sheet = sheet.paragraph("mail-run-failed-on", &[]);
        }
        let numbers = vec![
            (sheet.say("mail-schedule", &[]), failed.schedule.to_string()),
            (sheet.say("mail-run", &[]), failed.run.to_string()),
        ];
        let sheet = sheet
            .paragraph("mail-run-numbers", &[])
            .with(Part::Facts(numbers))
            .foot("mail-why-schedule")
            .unsubscribe("mail-unsubscribe-schedule", unsubscribe);
        let subject = sheet.say(subject, &[]);
        Ok(Self::of(config, to, &subject, &sheet)?.that_may_be_stopped(unsubscribe))
    }
}

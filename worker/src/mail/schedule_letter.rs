//! What a mail about a schedule says.

use super::{Letter, MailError, letter::rendered};
use askama::Template;
use shared::{
    config::Config,
    display,
    ledger::schedules::{Counts, Run, Schedule},
};

#[derive(Template)]
#[template(path = "mail/schedule.txt", escape = "none")]
struct Text<'a> {
    title: &'a str,
    product: &'a str,
    name: &'a str,
    began: &'a str,
    counted: &'a str,
    paused: bool,
    failures: i64,
    schedule: &'a str,
    run: &'a str,
}

#[derive(Template)]
#[template(path = "mail/schedule.html")]
struct Html<'a> {
    title: &'a str,
    product: &'a str,
    name: &'a str,
    began: &'a str,
    counted: &'a str,
    paused: bool,
    failures: i64,
    schedule: &'a str,
    run: &'a str,
}

impl Letter {
    /// "A scheduled run failed", and with `paused` that the schedule is paused. Numbers only: the reasons may name tables, and stand in the API.
    pub fn run_failed(
        config: &Config,
        schedule: &Schedule,
        run: &Run,
        counts: Counts,
        paused: bool,
        to: &str,
    ) -> Result<Self, MailError> {
        let product = &config.product;
        let title = if paused { "A schedule of exports is paused" } else { "A scheduled run of exports failed" };
        let began = display::moment(run.started_at);
        let (number, run_number) = (schedule.id.to_string(), run.id.to_string());
        let counted = counted(run, counts);
        let (name, failures) = (schedule.name.as_str(), schedule.pause_after);
        let (schedule, run) = (number.as_str(), run_number.as_str());
        let (began, counted) = (began.as_str(), counted.as_str());
        let text = rendered(&Text { title, product, name, began, counted, paused, failures, schedule, run })?;
        let html = rendered(&Html { title, product, name, began, counted, paused, failures, schedule, run })?;
        Ok(Self {
            from: config.mail.from.clone(),
            to: to.to_owned(),
            subject: format!("{product}: {}", lowered(title)),
            text,
            html,
        })
    }
}

fn counted(run: &Run, counts: Counts) -> String {
    let all = counts.open + counts.ready + counts.failed + counts.cancelled;
    let missing = if run.reason_code.is_some() { " Not every export could be asked for." } else { "" };
    format!("{} of its {all} exports failed.{missing}", counts.failed)
}

fn lowered(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

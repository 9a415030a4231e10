//! What a request for a schedule says.

use super::words as own;
use crate::{language_tag::LanguageTag, mail_address::MailAddress, problem::Finding, words};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{
    export::{Compression, CsvProfile, Format, Layout},
    language::Language,
    ledger::schedules::{Plan, Schedule},
    retention::Retention,
    schedule::{Recurrence, Tenants},
};
use utoipa::ToSchema;

const LONGEST_NAME: usize = 100;
const MOST_TENANTS: usize = 1000;
const MOST_ADDRESSES: usize = 10;
const LONGEST_JITTER: u32 = 24 * 3600;
const MOST_FAILURES: u32 = 100;
const LARGEST_RETENTION: u32 = 36_500;

/// A request for a schedule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleRequest {
    /// What people call it, 1 to 100 characters; stands in mails.
    #[schema(min_length = 1, max_length = 100, example = "nightly")]
    name: String,
    /// The name of the source.
    #[schema(example = "ceppro")]
    source: String,
    /// When it runs: five fields of cron (minute, hour, day of the month, month, day of the week). Where clocks are put forward, a time in the missing hour is the first
    /// moment after it; where they are put back, a time in the doubled hour is its first pass. With `*` or `*/n` as the hour it follows what the clocks show instead.
    #[schema(max_length = 120, example = "30 2 * * *")]
    cron: String,
    /// The name in the IANA database of the time zone in which `cron` is read; default `UTC`.
    #[serde(default = "utc")]
    #[schema(required = false, default = "UTC", example = "Europe/Berlin")]
    time_zone: String,
    /// Whose data: `"all"` for every tenant that the source has when a run begins, or a list of 1 to 1000 tenants.
    #[schema(schema_with = own::tenants)]
    tenants: Tenants,
    /// In which formats each table is written: `csv`, `sql`, `jsonl`; default `csv` and `sql`.
    #[serde(default = "usual_formats")]
    #[schema(schema_with = words::formats, required = false)]
    formats: Vec<Format>,
    /// The face of the CSV; default `lossless`.
    #[serde(default = "lossless")]
    #[schema(schema_with = words::csv_profile, required = false)]
    csv_profile: CsvProfile,
    /// How each archive is laid out: `files` (one object for each file, the manifest last; the default) or `zip`.
    #[serde(default = "files")]
    #[schema(schema_with = own::layout, required = false)]
    layout: Layout,
    /// How the files are compressed; default `zstd`. Only with `files`.
    #[serde(default)]
    #[schema(schema_with = own::compression, required = false)]
    compression: Option<Compression>,
    /// The language of what people read of it (mails, pages, START-HERE.html): a tag of BCP 47; default the installation's.
    #[serde(default)]
    #[schema(schema_with = words::language_tag, required = false)]
    language: Option<LanguageTag>,
    /// Which archives are kept; default what the installation keeps of scheduled exports.
    #[serde(default)]
    #[schema(required = false)]
    retention: RetentionView,
    /// Addresses that are told when a run failed, and when the schedule is paused because of that; at most 10.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 10, required = false, example = json!(["operations@shop.example"]))]
    notify: Vec<MailAddress>,
    /// Over how many seconds the starts of a run's exports are spread, 0 to 86,400; default 0.
    #[serde(default)]
    #[schema(required = false, maximum = 86_400, default = 0)]
    jitter: u32,
    /// After so many failed runs in a row it is paused, 1 to 100; default 3.
    #[serde(default = "three")]
    #[schema(required = false, minimum = 1, maximum = 100, default = 3)]
    pause_after: u32,
    /// Whether no run begins by itself; default false.
    #[serde(default)]
    #[schema(required = false, default = false)]
    paused: bool,
}

/// Which archives are kept: those that are young enough and, where any `keep_…` is given, that one of them keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Retention)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RetentionView {
    /// Not kept for longer, in days.
    #[schema(minimum = 1, maximum = 36_500)]
    max_age_days: Option<u32>,
    /// The newest so many.
    #[schema(minimum = 1, maximum = 36_500)]
    keep_last: Option<u32>,
    /// The newest of each of the last so many days (UTC) that have one.
    #[schema(minimum = 1, maximum = 36_500)]
    keep_daily: Option<u32>,
    /// The newest of each of the last so many weeks (ISO 8601) that have one.
    #[schema(minimum = 1, maximum = 36_500)]
    keep_weekly: Option<u32>,
    /// The newest of each of the last so many months that have one.
    #[schema(minimum = 1, maximum = 36_500)]
    keep_monthly: Option<u32>,
    /// The newest of each of the last so many years that have one.
    #[schema(minimum = 1, maximum = 36_500)]
    keep_yearly: Option<u32>,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn usual_formats() -> Vec<Format> {
    Format::USUAL.to_vec()
}

fn lossless() -> CsvProfile {
    CsvProfile::Lossless
}

fn files() -> Layout {
    Layout::Files
}

fn three() -> u32 {
    3
}

impl ScheduleRequest {
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn tenants(&self) -> &Tenants {
        &self.tenants
    }

    /// The plan that it is with its times, or everything that is wrong with it; in the language `usual` if it says no other.
    pub(super) fn plan(self, usual: Language) -> Result<(Plan, Recurrence), Vec<Finding>> {
        let mut findings = self.findings();
        let recurrence = match Recurrence::parse(&self.cron, &self.time_zone) {
            Ok(recurrence) => Some(recurrence),
            Err(error) => {
                let is_zone = error.is_time_zone();
                findings.push(finding(if is_zone { "/time_zone" } else { "/cron" }, error.to_string()));
                if is_zone && let Err(error) = Recurrence::parse(&self.cron, "UTC") {
                    findings.push(finding("/cron", error.to_string()));
                }
                None
            }
        };
        let compression = match (self.layout, self.compression) {
            (Layout::Files, compression) => Some(compression.unwrap_or(Compression::Zstd)),
            (Layout::Zip, None) => None,
            (Layout::Zip, Some(_)) => {
                findings.push(finding("/compression", "goes with the layout `files` only; leave it out, or null"));
                None
            }
        };
        let recurrence = match recurrence {
            Some(recurrence) if findings.is_empty() => recurrence,
            _ => return Err(findings),
        };
        let mut formats = self.formats;
        formats.sort_unstable();
        formats.dedup();
        let tenants = match self.tenants {
            Tenants::Every => Tenants::Every,
            Tenants::These(tenants) => Tenants::These(once_each(tenants)),
        };
        let plan = Plan {
            name: self.name,
            source: self.source,
            cron: self.cron,
            time_zone: self.time_zone,
            tenants,
            formats,
            csv_profile: self.csv_profile,
            layout: self.layout,
            compression,
            language: self.language.map_or(usual, |tag| tag.language(usual)),
            retention: self.retention.into(),
            notify: once_each(self.notify.into_iter().map(String::from).collect()),
            jitter: self.jitter,
            pause_after: self.pause_after,
            paused: self.paused,
        };
        Ok((plan, recurrence))
    }

    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut require = |holds: bool, pointer: &str, detail: String| {
            if !holds {
                findings.push(finding(pointer, detail));
            }
        };
        let letters = self.name.chars().count();
        let is_name = (1..=LONGEST_NAME).contains(&letters) && !self.name.chars().any(char::is_control);
        require(is_name, "/name", format!("has 1 to {LONGEST_NAME} characters, none of them a control character"));
        if let Tenants::These(tenants) = &self.tenants {
            let few = (1..=MOST_TENANTS).contains(&tenants.len());
            require(few, "/tenants", format!("names 1 to {MOST_TENANTS} tenants, or is `\"all\"`"));
        }
        require(!self.formats.is_empty(), "/formats", "names at least one format".to_owned());
        let few = self.notify.len() <= MOST_ADDRESSES;
        require(few, "/notify", format!("at most {MOST_ADDRESSES} addresses are told"));
        let short = self.jitter <= LONGEST_JITTER;
        require(short, "/jitter", format!("is at most {LONGEST_JITTER} seconds"));
        let sensible = (1..=MOST_FAILURES).contains(&self.pause_after);
        require(sensible, "/pause_after", format!("is from 1 to {MOST_FAILURES} runs"));
        for (name, rule) in self.retention.rules() {
            let sensible = rule.is_none_or(|number| (1..=LARGEST_RETENTION).contains(&number));
            require(sensible, &format!("/retention/{name}"), format!("is from 1 to {LARGEST_RETENTION}"));
        }
        findings
    }
}

/// What a schedule was made from, for a patch to be laid over.
pub(crate) fn document(schedule: &Schedule) -> Value {
    let mut document = json!({
        "name": schedule.name,
        "source": schedule.source,
        "cron": schedule.cron,
        "time_zone": schedule.time_zone,
        "tenants": schedule.tenants,
        "formats": schedule.formats,
        "csv_profile": schedule.csv_profile,
        "layout": schedule.layout,
        "language": schedule.language,
        "retention": RetentionView::from(schedule.retention.0),
        "notify": schedule.notify,
        "jitter": schedule.jitter,
        "pause_after": schedule.pause_after,
        "paused": schedule.paused_at.is_some(),
    });
    if let Some(compression) = schedule.compression {
        document["compression"] = json!(compression);
    }
    document
}

impl RetentionView {
    fn rules(&self) -> [(&'static str, Option<u32>); 6] {
        [
            ("max_age_days", self.max_age_days),
            ("keep_last", self.keep_last),
            ("keep_daily", self.keep_daily),
            ("keep_weekly", self.keep_weekly),
            ("keep_monthly", self.keep_monthly),
            ("keep_yearly", self.keep_yearly),
        ]
    }
}

impl From<RetentionView> for Retention {
    fn from(view: RetentionView) -> Self {
        Self {
            max_age_days: view.max_age_days,
            keep_last: view.keep_last,
            keep_daily: view.keep_daily,
            keep_weekly: view.keep_weekly,
            keep_monthly: view.keep_monthly,
            keep_yearly: view.keep_yearly,
        }
    }
}

impl From<Retention> for RetentionView {
    fn from(rules: Retention) -> Self {
        Self {
            max_age_days: rules.max_age_days,
            keep_last: rules.keep_last,
            keep_daily: rules.keep_daily,
            keep_weekly: rules.keep_weekly,
            keep_monthly: rules.keep_monthly,
            keep_yearly: rules.keep_yearly,
        }
    }
}

fn finding(pointer: &str, detail: impl Into<String>) -> Finding {
    Finding { pointer: pointer.to_owned(), detail: detail.into() }
}

/// The list without its repetitions, in its order.
fn once_each<T: Clone + Eq + std::hash::Hash>(list: Vec<T>) -> Vec<T> {
    let mut seen = std::collections::HashSet::new();
    list.into_iter().filter(|item| seen.insert(item.clone())).collect()
}

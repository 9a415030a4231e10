//! The fields of a schedule's form, and the request of the API that they are.

use crate::console::form::{Document, items, lines, ticked};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shared::export::Layout;

const RULES: [&str; 6] = ["max_age_days", "keep_last", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly"];
/// What a patch restores where its field is empty.
const OPTIONAL: [&str; 8] =
    ["time_zone", "csv_profile", "layout", "compression", "retention", "notify", "jitter", "pause_after"];

/// What is filled in. A box that is not ticked is not sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) cron: String,
    pub(super) time_zone: String,
    /// `all`, or `these`.
    pub(super) whose: String,
    /// One in each line.
    pub(super) tenants: String,
    pub(super) csv: String,
    pub(super) sql: String,
    pub(super) jsonl: String,
    pub(super) csv_profile: String,
    pub(super) layout: String,
    pub(super) compression: String,
    pub(super) max_age_days: String,
    pub(super) keep_last: String,
    pub(super) keep_daily: String,
    pub(super) keep_weekly: String,
    pub(super) keep_monthly: String,
    pub(super) keep_yearly: String,
    pub(super) notify: String,
    pub(super) jitter: String,
    pub(super) pause_after: String,
    /// The button: `preview` or `save`.
    then: String,
}

impl Fields {
    /// Of a new schedule, to begin with.
    pub(super) fn usual() -> Self {
        Self {
            cron: "30 2 * * *".into(),
            time_zone: "UTC".into(),
            whose: "all".into(),
            csv: "on".into(),
            sql: "on".into(),
            layout: Layout::Files.to_string(),
            ..Self::default()
        }
    }

    /// What a schedule was made from, as its form shows it.
    pub(super) fn of(document: &Value) -> Self {
        let text = |name: &str| match document.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let texts = |name: &str| -> Vec<String> {
            let list = document.get(name).and_then(Value::as_array);
            list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let rules = document.get("retention");
        let rule = |name: &str| {
            let rule = rules.and_then(|rules| rules.get(name)).and_then(Value::as_u64);
            rule.map_or(String::new(), |rule| rule.to_string())
        };
        let formats = texts("formats");
        let has = |format: &str| if formats.iter().any(|has| has == format) { "on".to_owned() } else { String::new() };
        Self {
            name: text("name"),
            source: text("source"),
            cron: text("cron"),
            time_zone: text("time_zone"),
            whose: if document.get("tenants").is_some_and(Value::is_string) { "all" } else { "these" }.to_owned(),
            tenants: texts("tenants").join("\n"),
            csv: has("csv"),
            sql: has("sql"),
            jsonl: has("jsonl"),
            csv_profile: text("csv_profile"),
            layout: text("layout"),
            compression: text("compression"),
            max_age_days: rule("max_age_days"),
            keep_last: rule("keep_last"),
            keep_daily: rule("keep_daily"),
            keep_weekly: rule("keep_weekly"),
            keep_monthly: rule("keep_monthly"),
            keep_yearly: rule("keep_yearly"),
            notify: texts("notify").join("\n"),
            jitter: text("jitter"),
            pause_after: text("pause_after"),
            then: String::new(),
        }
    }

    /// Whether only the times are asked for.
    pub(super) fn is_preview(&self) -> bool {
        self.then == "preview"
    }

    /// The request of the API that is filled in.
    pub(super) fn document(&self) -> Value {
        let mut document = Document::default();
        document.value("name", json!(self.name.trim()));
        document.value("source", json!(self.source));
        document.value("cron", json!(self.cron.trim()));
        document.text("time_zone", &self.time_zone);
        document.value(
            "tenants",
            match self.whose.as_str() {
                "all" => json!("all"),
                "these" => json!(lines(&self.tenants)),
                _ => Value::Null,
            },
        );
        document.value("formats", json!(ticked(&[("csv", &self.csv), ("sql", &self.sql), ("jsonl", &self.jsonl)])));
        document.text("csv_profile", &self.csv_profile);
        document.text("layout", &self.layout);
        document.text("compression", &self.compression);
        let mut retention = Document::default();
        for (name, rule) in RULES.into_iter().zip(self.rules()) {
            retention.number(name, rule);
        }
        match retention.finish() {
            Value::Object(rules) if rules.is_empty() => {}
            rules => document.value("retention", rules),
        }
        let notify = items(&self.notify);
        if !notify.is_empty() {
            document.value("notify", json!(notify));
        }
        document.number("jitter", &self.jitter);
        document.number("pause_after", &self.pause_after);
        document.finish()
    }

    /// The same as a patch (RFC 7396): a field that was emptied gets its default back.
    pub(super) fn patch(&self) -> Value {
        let mut whole: Map<String, Value> = OPTIONAL.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
        if let Value::Object(given) = self.document() {
            whole.extend(given);
        }
        if let Some(Value::Object(rules)) = whole.get_mut("retention") {
            for name in RULES {
                rules.entry(name).or_insert(Value::Null);
            }
        }
        Value::Object(whole)
    }

    fn rules(&self) -> [&str; 6] {
        [
            &self.max_age_days,
            &self.keep_last,
            &self.keep_daily,
            &self.keep_weekly,
            &self.keep_monthly,
            &self.keep_yearly,
        ]
    }

    /// The time zone, also where it was left empty.
    pub(super) fn zone(&self) -> &str {
        match self.time_zone.trim() {
            "" => "UTC",
            zone => zone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled_in() -> Fields {
        Fields {
            name: "nightly".into(),
            source: "shop".into(),
            cron: "30 2 * * *".into(),
            time_zone: "Europe/Berlin".into(),
            whose: "these".into(),
            tenants: "7\nMiller, Ann".into(),
            csv: "on".into(),
            layout: "files".into(),
            keep_daily: "7".into(),
            notify: "ops@x.example".into(),
            jitter: "60".into(),
            ..Fields::default()
        }
    }

    #[test]
    fn a_form_is_the_request_that_it_shows() {
        let wanted = json!({
            "name": "nightly", "source": "shop", "cron": "30 2 * * *", "time_zone": "Europe/Berlin", "tenants": ["7", "Miller, Ann"],
            "formats": ["csv"], "layout": "files", "retention": { "keep_daily": 7 }, "notify": ["ops@x.example"], "jitter": 60,
        });
        assert_eq!(filled_in().document(), wanted);
    }

    #[test]
    fn what_was_emptied_gets_its_default_back() {
        let patch = filled_in().patch();
        assert_eq!(patch["retention"]["keep_daily"], 7);
        assert_eq!((&patch["retention"]["keep_last"], &patch["pause_after"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn a_schedule_is_shown_in_its_form_as_it_was_made() {
        let fields = filled_in();
        let again = Fields::of(&fields.document());
        assert_eq!(again.document(), fields.document());
        let all = Fields { whose: "all".into(), tenants: String::new(), ..fields };
        assert_eq!(Fields::of(&all.document()).document(), all.document());
    }
}

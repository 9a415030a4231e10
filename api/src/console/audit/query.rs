//! What the filters of the page ask for. A field that is left empty asks for nothing.

use crate::{body, problem::Problem, routes::audit::AuditQuery};
use chrono::{DateTime, Days, NaiveDate, SecondsFormat, Utc};
use serde::Deserialize;
use shared::ledger::audit::Filter;
use url::form_urlencoded::Serializer;

/// The fields of the form, as they stand in the page's address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PageQuery {
    pub(super) source: String,
    pub(super) tenant: String,
    pub(super) export: String,
    pub(super) actor: String,
    pub(super) action: String,
    pub(super) outcome: String,
    /// The first day, in UTC.
    pub(super) since: String,
    /// The last day, which is included.
    pub(super) until: String,
    cursor: String,
}

impl PageQuery {
    /// The fields with their names.
    fn fields(&self) -> [(&'static str, &str); 8] {
        [
            ("source", &self.source),
            ("tenant", &self.tenant),
            ("export", &self.export),
            ("actor", &self.actor),
            ("action", &self.action),
            ("outcome", &self.outcome),
            ("since", &self.since),
            ("until", &self.until),
        ]
    }

    /// Whether anything is filtered.
    pub(super) fn filters(&self) -> bool {
        self.fields().iter().any(|(_, value)| !value.trim().is_empty())
    }

    /// The same as the API takes it.
    pub(super) fn of_api(&self, limit: i64) -> Result<AuditQuery, Problem> {
        let text = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
        let wrong = |what: &str| body::invalid_query(what.to_owned());
        let export =
            text(&self.export).map(|id| id.parse().map_err(|_| wrong("export: must be the number of an export")));
        let outcome =
            text(&self.outcome).map(|word| word.parse().map_err(|_| wrong("outcome: must be done, refused or failed")));
        let since = day(&self.since).map_err(|()| wrong("since: must be a day such as 2026-01-31"))?;
        let until = day(&self.until).map_err(|()| wrong("until: must be a day such as 2026-01-31"))?;
        Ok(AuditQuery {
            source: text(&self.source),
            tenant: text(&self.tenant),
            export: export.transpose()?,
            actor: text(&self.actor),
            action: text(&self.action),
            outcome: outcome.transpose()?,
            since,
            until: until.and_then(|day| day.checked_add_days(Days::new(1))),
            format: None,
            limit: Some(limit),
            cursor: text(&self.cursor),
        })
    }

    /// The query of the page that begins before this place.
    pub(super) fn page_at(&self, place: i64) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in self.fields().into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query.append_pair("cursor", &place.to_string()).finish()
    }

    /// The query of the API that finds the same entries.
    pub(super) fn same(&self, filter: &Filter) -> String {
        let moment = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut query = Serializer::new(String::new());
        let fields = self
            .fields()
            .into_iter()
            .filter(|(name, value)| !matches!(*name, "since" | "until") && !value.trim().is_empty());
        for (name, value) in fields {
            query.append_pair(name, value.trim());
        }
        for (name, at) in [("since", filter.since), ("until", filter.until)] {
            if let Some(at) = at {
                query.append_pair(name, &moment(at));
            }
        }
        query.finish()
    }
}

/// The beginning of a day in UTC; `None` for an empty field.
fn day(text: &str) -> Result<Option<DateTime<Utc>>, ()> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let day: NaiveDate = text.trim().parse().map_err(|_| ())?;
    Ok(day.and_hms_opt(0, 0, 0).map(|beginning| beginning.and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query() -> PageQuery {
        PageQuery {
            action: " link ".into(),
            since: "2026-01-31".into(),
            until: "2026-01-31".into(),
            ..PageQuery::default()
        }
    }

    #[test]
    fn days_include_the_last_one_and_empty_fields_ask_for_nothing() {
        let asked = query().of_api(50).unwrap();
        assert_eq!((asked.action.as_deref(), asked.source), (Some("link"), None));
        assert_eq!(asked.since, Some("2026-01-31T00:00:00Z".parse().unwrap()));
        assert_eq!(asked.until, Some("2026-02-01T00:00:00Z".parse().unwrap()));
        for wrong in [
            PageQuery { since: "yesterday".into(), ..PageQuery::default() },
            PageQuery { export: "7".into(), ..PageQuery::default() },
            PageQuery { outcome: "fine".into(), ..PageQuery::default() },
        ] {
            assert_eq!(wrong.of_api(50).map(|_| ()).unwrap_err().code(), "invalid_query");
        }
    }

    #[test]
    fn the_files_hold_what_the_page_shows() {
        let asked = query().of_api(50).unwrap();
        let filter = Filter { since: asked.since, until: asked.until, ..Filter::default() };
        assert_eq!(query().same(&filter), "action=link&since=2026-01-31T00%3A00%3A00Z&until=2026-02-01T00%3A00%3A00Z");
        assert!(query().page_at(7).ends_with("since=2026-01-31&until=2026-01-31&cursor=7"));
    }
}

//! Exports: finding one, and everything that a page says and does about it.

pub(crate) mod actions;
mod contents;
pub(crate) mod detail;
pub(super) mod row;
mod timeline;
pub(crate) mod wish;

use super::{ApiCall, Section, Shell, page};
use crate::{
    Context,
    auth::{Authorized, ExportsRead},
    body,
    problem::Problem,
    routes::exports::{self, ListQuery},
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use row::Row;
use serde::Deserialize;
use shared::{
    clock,
    export::{Origin, State},
    ledger::{keys::KeyScope, sources},
};
use url::form_urlencoded::Serializer;

const PAGE: i64 = 25;

#[derive(Template)]
#[template(path = "console/exports.html")]
struct List {
    shell: Shell,
    wanted: Wanted,
    /// What of the filter could not be understood.
    wrong: String,
    rows: Vec<Row>,
    sources: Vec<String>,
    /// The address of the next page; empty on the last.
    next: String,
    is_first: bool,
    call: ApiCall,
}

/// The filter as it stands in its form: every field may be empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    search: String,
    state: String,
    source: String,
    origin: String,
    schedule: String,
    since: String,
    until: String,
    cursor: String,
}

/// The list.
pub(crate) async fn list(
    access: Authorized<ExportsRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let wanted: Wanted = body::query(&request)?;
    let shell = Shell::of(&context, &request, Section::Exports);
    let now = clock::now();
    let (query, wrong) = match wanted.query() {
        Ok(query) => (Some(query), String::new()),
        Err(wrong) => (None, wrong),
    };
    let (found, cursor) = match query {
        Some(query) => exports::page(&context, &access, query).await?,
        None => (Vec::new(), None),
    };
    let list = List {
        rows: found.into_iter().map(|export| Row::of(access.shown(export), now)).collect(),
        sources: sources::list(&context.ledger).await?.into_iter().map(|source| source.name).collect(),
        next: cursor.map_or(String::new(), |cursor| wanted.address(&cursor)),
        is_first: wanted.cursor.is_empty(),
        call: ApiCall::new(&request, "GET", &format!("v1/exports{}", wanted.api_query()), None),
        wrong,
        wanted,
        shell,
    };
    Ok(page(StatusCode::OK, &list))
}

impl Wanted {
    /// The query of the API that says the same; else what cannot be understood.
    fn query(&self) -> Result<ListQuery, String> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let until = day(&self.until)?.map(|until| until + Days::new(1));
        let word = |_| "The filter is not one of those on this page.".to_owned();
        Ok(ListQuery {
            search: text(&self.search),
            state: text(&self.state).map(|state| state.parse::<State>()).transpose().map_err(word)?,
            source: text(&self.source),
            origin: text(&self.origin).map(|origin| origin.parse::<Origin>()).transpose().map_err(word)?,
            schedule: text(&self.schedule)
                .map(|schedule| schedule.parse())
                .transpose()
                .map_err(|_| "A schedule is named by its number.".to_owned())?,
            since: day(&self.since)?,
            until,
            limit: Some(PAGE),
            cursor: text(&self.cursor),
            ..ListQuery::default()
        })
    }

    /// The address of the page that begins at `cursor`, from the console's.
    fn address(&self, cursor: &str) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in self.fields() {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.append_pair("cursor", cursor);
        format!("console/exports?{}", query.finish())
    }

    /// The same as a query of the API; empty where there is none.
    fn api_query(&self) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in self.fields().into_iter().filter(|(_, value)| !value.is_empty()) {
            match (name, day(value)) {
                ("since", Ok(Some(day))) => query.append_pair(name, &rfc3339(day)),
                ("until", Ok(Some(day))) => query.append_pair(name, &rfc3339(day + Days::new(1))),
                _ => query.append_pair(name, value),
            };
        }
        match query.finish() {
            query if query.is_empty() => query,
            query => format!("?{query}"),
        }
    }

    fn fields(&self) -> [(&'static str, &str); 7] {
        [
            ("search", &self.search),
            ("state", &self.state),
            ("source", &self.source),
            ("origin", &self.origin),
            ("schedule", &self.schedule),
            ("since", &self.since),
            ("until", &self.until),
        ]
    }

    /// Whether anything is filtered.
    fn is_narrow(&self) -> bool {
        self.fields().iter().any(|(_, value)| !value.is_empty())
    }
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// The beginning of a day as a date field sends it; `None` for an empty one.
fn day(text: &str) -> Result<Option<DateTime<Utc>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let date: NaiveDate = text.parse().map_err(|_| "A day is written as in 2026-03-31.".to_owned())?;
    let in_reach = (2000..=9000).contains(&chrono::Datelike::year(&date));
    match in_reach {
        true => Ok(Some(date.and_time(NaiveTime::MIN).and_utc())),
        false => Err("There is no export of such a day.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_of_a_filter_is_part_of_it() {
        let wanted = Wanted { since: "2026-03-01".into(), until: "2026-03-31".into(), ..Wanted::default() };
        let query = wanted.query().unwrap();
        assert_eq!(query.since, Some("2026-03-01T00:00:00Z".parse().unwrap()));
        assert_eq!(query.until, Some("2026-04-01T00:00:00Z".parse().unwrap()));
        assert_eq!(wanted.api_query(), "?since=2026-03-01T00%3A00%3A00Z&until=2026-04-01T00%3A00%3A00Z");
    }

    #[test]
    fn an_empty_field_filters_nothing_and_a_wrong_one_is_said() {
        let query = Wanted { search: "  ".into(), ..Wanted::default() }.query().unwrap();
        assert!(query.search.is_none() && query.state.is_none());
        for wrong in [
            Wanted { state: "lost".into(), ..Wanted::default() },
            Wanted { since: "31.03.2026".into(), ..Wanted::default() },
            Wanted { until: "99999-03-31".into(), ..Wanted::default() },
            Wanted { schedule: "nightly".into(), ..Wanted::default() },
        ] {
            assert!(wrong.query().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_next_page_keeps_the_filter() {
        let wanted = Wanted { search: "a&b".into(), state: "ready".into(), ..Wanted::default() };
        assert_eq!(wanted.address("01ab"), "console/exports?search=a%26b&state=ready&cursor=01ab");
    }
}

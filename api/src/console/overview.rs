//! The first page: the whole installation at a glance.

use super::{
    Section, Shell,
    chart::{Chart, Figure, Series},
    exports::row::Row,
    health::{self, Grade, Part},
    page,
    said::{self, Moment},
};
use crate::{
    Context,
    auth::{Authorized, ExportsRead},
    problem::Problem,
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use shared::{
    clock,
    ledger::{
        exports::Export,
        history::{self, Day},
        overview::{self, Part as Bounded},
    },
};

/// So many are listed; the lists of exports have the rest.
const LISTED: i64 = 8;
/// Failures take more room.
const FAILURES: i64 = 4;
/// How many days the charts show.
const DAYS: u32 = 30;
/// Archives whose time ends within this are shown as going.
const SOON: TimeDelta = TimeDelta::days(7);
/// In how many days a person who asks for their data is answered (GDPR, Article 12(3): one month, taken as its shortest promise).
const ANSWERED_WITHIN: TimeDelta = TimeDelta::days(30);
/// A request this old is looked at before it is late.
const LATE_SOON: TimeDelta = TimeDelta::days(20);

#[derive(Template)]
#[template(path = "console/overview.html")]
struct Overview {
    shell: Shell,
    now: String,
    running: Running,
    waiting: Vec<Waiting>,
    waiting_total: String,
    oldest: String,
    failures: Vec<Row>,
    failures_total: i64,
    requests: Vec<Request>,
    requests_total: i64,
    overdue: i64,
    late_soon: i64,
    stored: Vec<Stored>,
    stored_bytes: String,
    stored_archives: String,
    health: Vec<Part>,
    ill: usize,
    charts: Vec<Chart>,
}

/// What runs: a piece of the page that is fetched again and again.
#[derive(Template)]
#[template(path = "console/running.html")]
pub(super) struct Running {
    up: String,
    rows: Vec<Row>,
    total: i64,
}

struct Waiting {
    source: String,
    origin: &'static str,
    exports: String,
    oldest: Moment,
}

/// What a person asked for and has not got.
struct Request {
    row: Row,
    age: String,
    due: String,
    class: &'static str,
}

struct Stored {
    source: String,
    archives: String,
    bytes: String,
    going: String,
    held: String,
}

/// The page.
pub(crate) async fn show(
    access: Authorized<ExportsRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let now = clock::now();
    let shell = Shell::of(&context, &request, Section::Overview);
    let (ledger, bounded) = (&context.ledger, bounded(&access));
    let running = running(&access, &context, &shell.up, now).await?;
    let waiting = overview::waiting(ledger, &bounded).await?;
    let (failures_total, failures) = overview::failures(ledger, &bounded, FAILURES).await?;
    let (requests_total, requests) = overview::unanswered(ledger, &bounded, LISTED).await?;
    let overdue = overview::unanswered_before(ledger, &bounded, now - ANSWERED_WITHIN).await?;
    let late_soon = overview::unanswered_before(ledger, &bounded, now - LATE_SOON).await? - overdue;
    let stored = overview::stored_archives(ledger, &bounded, now + SOON).await?;
    let days = history::days(ledger, &bounded, DAYS, now).await?;
    let health = health::parts(&context, &access, now).await?;
    let overview = Overview {
        now: said::moment(now),
        waiting_total: said::count(waiting.iter().map(|waiting| waiting.exports).sum()),
        oldest: waiting
            .iter()
            .map(|waiting| waiting.oldest)
            .min()
            .map_or(String::new(), |oldest| said::age(now - oldest)),
        waiting: waiting
            .into_iter()
            .map(|waiting| Waiting {
                source: waiting.source,
                origin: waiting.origin.as_str(),
                exports: said::count(waiting.exports),
                oldest: Moment::of(waiting.oldest, now),
            })
            .collect(),
        failures: failures.into_iter().map(|export| Row::of(access.shown(export), now)).collect(),
        failures_total,
        requests: requests.into_iter().map(|export| Request::of(access.shown(export), now)).collect(),
        requests_total,
        overdue,
        late_soon,
        stored_bytes: said::size(stored.iter().map(|stored| stored.bytes).sum()),
        stored_archives: said::of(stored.iter().map(|stored| stored.archives).sum(), "archive"),
        stored: stored
            .into_iter()
            .map(|stored| Stored {
                source: stored.source,
                archives: said::count(stored.archives),
                bytes: said::size(stored.bytes),
                going: match stored.going {
                    0 => "none".to_owned(),
                    going => format!("{} ({})", said::count(going), said::size(stored.going_bytes)),
                },
                held: said::count(stored.held),
            })
            .collect(),
        ill: health.iter().filter(|part| part.grade != Grade::Ok).count(),
        health,
        charts: charts(&days),
        running,
        shell,
    };
    Ok(page(StatusCode::OK, &overview))
}

/// What runs, by itself.
pub(crate) async fn running_only(
    access: Authorized<ExportsRead>,
    context: Data<Context>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    // It becomes a piece of the page one step above.
    let up = super::up(&request);
    let up = up.strip_prefix("../").unwrap_or(&up);
    Ok(page(StatusCode::OK, &running(&access, &context, up, clock::now()).await?))
}

async fn running(
    access: &Authorized<ExportsRead>,
    context: &Context,
    up: &str,
    now: DateTime<Utc>,
) -> Result<Running, Problem> {
    let (total, running) = overview::running(&context.ledger, &bounded(access), LISTED).await?;
    let rows = running.into_iter().map(|export| Row::of(access.shown(export), now)).collect();
    Ok(Running { up: up.to_owned(), rows, total })
}

/// The part of the installation that the caller is for.
fn bounded<P>(access: &Authorized<P>) -> Bounded {
    let bounds = access.bounds();
    Bounded { source: bounds.source.clone(), tenant: bounds.tenant.clone() }
}

impl Request {
    fn of(export: Export, now: DateTime<Utc>) -> Self {
        let due = export.created_at + ANSWERED_WITHIN;
        let class = match now - export.created_at {
            age if age >= ANSWERED_WITHIN => "bad",
            age if age >= LATE_SOON => "warn",
            _ => "good",
        };
        Self {
            age: said::age(now - export.created_at),
            due: if due < now {
                format!("{} late", said::age(now - due))
            } else {
                format!("in {}", said::age(due - now))
            },
            class,
            row: Row::of(export, now),
        }
    }
}

fn charts(days: &[Day]) -> Vec<Chart> {
    #[expect(clippy::cast_precision_loss, reason = "a picture shows three digits at the most")]
    let of = |name, class, number: &dyn Fn(&Day) -> i64| Series {
        name,
        class,
        values: days.iter().map(|day| Some(number(day) as f64)).collect(),
    };
    let times = |name, class, number: &dyn Fn(&Day) -> Option<f64>| Series {
        name,
        class,
        values: days.iter().map(number).collect(),
    };
    let places: Vec<String> = days.iter().map(|day| day.date.format("%-d %b").to_string()).collect();
    let sum = |number: &dyn Fn(&Day) -> i64| days.iter().map(number).sum::<i64>();
    let (ready, failed) = (sum(&|day| day.ready), sum(&|day| day.failed));
    let slowest = days.iter().filter_map(|day| day.slow).fold(0.0, f64::max);
    vec![
        Chart::bars(&Figure {
            id: "exports-per-day",
            title: "Exports per day",
            summary: format!("{} ready and {} failed in {DAYS} days", said::count(ready), said::count(failed)),
            places: &places,
            series: &[
                of("ready", "ready", &|day| day.ready),
                of("cancelled", "cancelled", &|day| day.cancelled),
                of("failed", "failed", &|day| day.failed),
            ],
            say: |number| format!("{number:.0}"),
        }),
        Chart::bars(&Figure {
            id: "bytes-per-day",
            title: "Archived per day",
            summary: format!("{} in {DAYS} days", said::size(sum(&|day| day.bytes))),
            places: &places,
            series: &[of("stored", "bytes", &|day| day.bytes)],
            #[expect(clippy::cast_possible_truncation, reason = "bytes are whole numbers")]
            say: |number| said::size(number as i64),
        }),
        Chart::lines(&Figure {
            id: "durations",
            title: "Time an export takes",
            summary: match slowest > 0.0 {
                true => format!("Most took less than {} on every day of {DAYS}", said::took(slowest)),
                false => format!("No export became ready in {DAYS} days"),
            },
            places: &places,
            series: &[times("median", "median", &|day| day.median), times("95 of 100 within", "slow", &|day| day.slow)],
            say: said::took,
        }),
    ]
}

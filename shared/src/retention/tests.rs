use super::*;
use chrono::TimeDelta;
use proptest::prelude::*;
use uuid::Uuid;

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}Z").parse().unwrap()
}

/// A series asked for at these times, ready a minute later; the numbers rise with the place.
fn series(times: &[&str]) -> Vec<Archive> {
    let archive = |(place, time): (usize, &&str)| {
        let asked_at = at(time);
        Archive { id: Uuid::from_u128(place as u128 + 1), asked_at, ready_at: asked_at + TimeDelta::minutes(1) }
    };
    times.iter().enumerate().map(archive).collect()
}

/// The times that stay, at a moment when nothing is too old.
fn kept<'a>(rules: Retention, times: &[&'a str]) -> Vec<&'a str> {
    let verdicts = rules.judge(&series(times), at("2030-01-01T00:00:00"));
    times.iter().zip(verdicts).filter(|(_, verdict)| !verdict.goes()).map(|(time, _)| *time).collect()
}

const NONE: Retention = Retention {
    max_age_days: None,
    keep_last: None,
    keep_daily: None,
    keep_weekly: None,
    keep_monthly: None,
    keep_yearly: None,
};

#[test]
fn without_any_rule_everything_stays() {
    let times = ["2001-01-01T00:00:00", "2026-11-22T03:00:00"];
    assert_eq!(kept(NONE, &times), times);
    assert_eq!(NONE.judge(&series(&times), at("2100-01-01T00:00:00")), [Verdict::Young, Verdict::Young]);
}

#[test]
fn age_takes_whatever_is_as_old_as_it_may_be_to_the_second() {
    let week = Retention { max_age_days: Some(7), ..NONE };
    let archive = series(&["2026-11-15T11:59:00"]);
    assert_eq!(week.judge(&archive, at("2026-11-22T11:59:59")), [Verdict::Young]);
    assert_eq!(week.judge(&archive, at("2026-11-22T12:00:00")), [Verdict::TooOld]);
    assert_eq!(week.end_of(at("2026-11-15T12:00:00")), Some(at("2026-11-22T12:00:00")));
    assert_eq!(Retention { max_age_days: Some(u32::MAX), ..NONE }.end_of(at("2026-11-15T12:00:00")), None);
}

#[test]
fn the_last_so_many_stay() {
    let times = ["2026-11-20T03:00:00", "2026-11-21T03:00:00", "2026-11-22T03:00:00", "2026-11-22T04:00:00"];
    assert_eq!(kept(Retention { keep_last: Some(2), ..NONE }, &times), times[2..]);
    assert_eq!(kept(Retention { keep_last: Some(9), ..NONE }, &times), times);
}

#[test]
fn of_each_day_the_newest_stays_and_a_day_without_one_uses_up_no_place() {
    let times = [
        "2026-11-10T23:59:59",
        "2026-11-11T00:00:00",
        "2026-11-11T12:00:00",
        "2026-11-20T01:00:00",
        "2026-11-22T03:00:00",
        "2026-11-22T23:59:59",
    ];
    assert_eq!(kept(Retention { keep_daily: Some(3), ..NONE }, &times), [times[2], times[3], times[5]]);
    assert_eq!(kept(Retention { keep_daily: Some(4), ..NONE }, &times), [times[0], times[2], times[3], times[5]]);
}

#[test]
fn weeks_begin_on_monday_and_go_on_over_new_year() {
    // 2026-12-28 is the Monday of week 53 of 2026, which ends on Sunday 2027-01-03.
    let times = [
        "2026-12-27T22:00:00",
        "2026-12-28T00:00:00",
        "2026-12-31T23:59:59",
        "2027-01-01T00:00:00",
        "2027-01-03T23:59:59",
        "2027-01-04T00:00:00",
    ];
    assert_eq!(kept(Retention { keep_weekly: Some(3), ..NONE }, &times), [times[0], times[4], times[5]]);
    // Week 1 of 2025 begins in 2024: by the date's own year it would be mistaken for week 1 of 2024.
    let times = ["2024-01-01T00:00:00", "2024-12-29T00:00:00", "2024-12-30T00:00:00", "2025-01-05T00:00:00"];
    assert_eq!(kept(Retention { keep_weekly: Some(3), ..NONE }, &times), [times[0], times[1], times[3]]);
}

#[test]
fn of_each_month_the_newest_stays_also_on_a_leap_day() {
    let times = [
        "2027-02-28T23:59:59",
        "2028-02-28T03:00:00",
        "2028-02-29T23:59:59",
        "2028-03-01T00:00:00",
        "2028-03-31T00:00:00",
    ];
    assert_eq!(kept(Retention { keep_monthly: Some(2), ..NONE }, &times), [times[2], times[4]]);
    assert_eq!(kept(Retention { keep_monthly: Some(3), ..NONE }, &times), [times[0], times[2], times[4]]);
}

#[test]
fn of_each_year_the_newest_stays() {
    let times = ["2024-12-31T23:59:59", "2025-01-01T00:00:00", "2025-06-01T00:00:00", "2027-01-01T00:00:00"];
    assert_eq!(kept(Retention { keep_yearly: Some(3), ..NONE }, &times), [times[0], times[2], times[3]]);
    assert_eq!(kept(Retention { keep_yearly: Some(1), ..NONE }, &times), [times[3]]);
}

#[test]
fn an_archive_stays_if_any_rule_keeps_it_and_the_first_one_is_named() {
    let rules = Retention {
        keep_last: Some(1),
        keep_daily: Some(2),
        keep_weekly: Some(2),
        keep_monthly: Some(2),
        keep_yearly: Some(2),
        ..NONE
    };
    let times = [
        "2025-12-31T03:00:00",
        "2026-10-31T03:00:00",
        "2026-11-15T03:00:00",
        "2026-11-20T03:00:00",
        "2026-11-21T03:00:00",
        "2026-11-22T03:00:00",
        "2026-11-22T04:00:00",
    ];
    let verdicts = rules.judge(&series(&times), at("2026-11-22T05:00:00"));
    let kept_by = Verdict::KeptBy;
    assert_eq!(
        verdicts,
        [
            kept_by(Rule::Yearly),
            kept_by(Rule::Monthly),
            kept_by(Rule::Weekly),
            Verdict::Superseded,
            kept_by(Rule::Daily),
            Verdict::Superseded,
            kept_by(Rule::Last)
        ]
    );
}

#[test]
fn of_two_in_the_same_second_the_one_with_the_higher_number_is_newer() {
    let times = ["2026-11-22T03:00:00", "2026-11-22T03:00:00"];
    let verdicts = Retention { keep_last: Some(1), ..NONE }.judge(&series(&times), at("2026-11-23T00:00:00"));
    assert_eq!(verdicts, [Verdict::Superseded, Verdict::KeptBy(Rule::Last)]);
}

#[test]
fn rules_that_keep_none_leave_the_newest() {
    let times = ["2026-11-21T03:00:00", "2026-11-22T03:00:00"];
    let nothing = Retention { keep_last: Some(0), keep_daily: Some(0), ..NONE };
    assert_eq!(nothing.judge(&series(&times), at("2026-11-23T00:00:00")), [Verdict::Superseded, Verdict::Newest]);
}

#[test]
fn an_archive_that_finished_after_midnight_is_still_that_nights() {
    let late = |day: u32| Archive {
        id: Uuid::from_u128(u128::from(day)),
        asked_at: at(&format!("2026-11-{day}T23:55:00")),
        ready_at: at(&format!("2026-11-{}T00:{}:00", day + 1, 10 + day)),
    };
    let mut nights = vec![late(20), late(21), late(22)];
    // The first one was quick: by the end of its work two would share a day, and one day would have none.
    nights[0].ready_at = at("2026-11-20T23:56:00");
    let verdicts = Retention { keep_daily: Some(3), ..NONE }.judge(&nights, at("2026-11-23T12:00:00"));
    assert_eq!(verdicts, [Verdict::KeptBy(Rule::Daily); 3]);
}

#[test]
fn the_rules_are_stored_under_their_names_and_a_misspelt_one_is_refused() {
    let rules: Retention = serde_json::from_str(r#"{ "max_age_days": 90, "keep_daily": 7 }"#).unwrap();
    assert_eq!(rules, Retention { max_age_days: Some(90), keep_daily: Some(7), ..NONE });
    assert!(serde_json::from_str::<Retention>(r#"{ "keep_dayly": 7 }"#).is_err());
}

fn any_rules() -> impl Strategy<Value = Retention> {
    let places = || proptest::option::of(0_u32..6);
    (proptest::option::of(0_u32..900), places(), places(), places(), places(), places()).prop_map(
        |(max_age_days, keep_last, keep_daily, keep_weekly, keep_monthly, keep_yearly)| Retention {
            max_age_days,
            keep_last,
            keep_daily,
            keep_weekly,
            keep_monthly,
            keep_yearly,
        },
    )
}

fn any_series() -> impl Strategy<Value = Vec<Archive>> {
    // Hours over about four years, so that days, weeks, months and years meet.
    let archive = (0_i64..35_000, 0_i64..50);
    proptest::collection::vec(archive, 0..60).prop_map(|hours| {
        let archive = |(place, (asked, took)): (usize, (i64, i64))| {
            let asked_at = at("2024-01-01T00:00:00") + TimeDelta::hours(asked);
            Archive { id: Uuid::from_u128(place as u128 + 1), asked_at, ready_at: asked_at + TimeDelta::hours(took) }
        };
        hours.into_iter().enumerate().map(archive).collect()
    })
}

fn newest(series: &[Archive]) -> Option<usize> {
    (0..series.len()).max_by_key(|&place| (series[place].asked_at, series[place].id))
}

proptest! {
    #[test]
    fn rules_never_take_the_newest(rules in any_rules(), series in any_series(), hours in 0_i64..50_000) {
        let verdicts = rules.judge(&series, at("2024-01-01T00:00:00") + TimeDelta::hours(hours));
        if let Some(newest) = newest(&series) {
            prop_assert_ne!(verdicts[newest], Verdict::Superseded);
        }
    }

    #[test]
    fn age_always_wins(rules in any_rules(), series in any_series(), hours in 0_i64..50_000) {
        let now = at("2024-01-01T00:00:00") + TimeDelta::hours(hours);
        for (archive, verdict) in series.iter().zip(rules.judge(&series, now)) {
            let too_old = rules.max_age_days.is_some_and(|days| now - archive.ready_at >= TimeDelta::days(days.into()));
            prop_assert_eq!(verdict == Verdict::TooOld, too_old);
        }
    }

    #[test]
    fn what_goes_at_one_moment_goes_at_every_later_one(rules in any_rules(), series in any_series(), hours in 0_i64..50_000, later in 0_i64..50_000) {
        let now = at("2024-01-01T00:00:00") + TimeDelta::hours(hours);
        let (first, second) = (rules.judge(&series, now), rules.judge(&series, now + TimeDelta::hours(later)));
        for (first, second) in first.into_iter().zip(second) {
            prop_assert!(!first.goes() || second.goes());
        }
    }

    #[test]
    fn what_stays_after_a_sweep_stays_in_the_next(rules in any_rules(), series in any_series(), hours in 0_i64..50_000) {
        let now = at("2024-01-01T00:00:00") + TimeDelta::hours(hours);
        let verdicts = rules.judge(&series, now);
        let left: Vec<Archive> = series.iter().zip(verdicts).filter(|(_, verdict)| !verdict.goes()).map(|(archive, _)| *archive).collect();
        for verdict in rules.judge(&left, now) {
            prop_assert!(!verdict.goes(), "{:?}", verdict);
        }
    }

    #[test]
    fn a_new_archive_brings_none_back(rules in any_rules(), series in any_series(), hours in 35_100_i64..50_000) {
        let now = at("2024-01-01T00:00:00") + TimeDelta::hours(hours);
        let before = rules.judge(&series, now);
        let mut longer = series.clone();
        longer.push(Archive { id: Uuid::from_u128(1000), asked_at: now, ready_at: now });
        for (before, after) in before.into_iter().zip(rules.judge(&longer, now)) {
            prop_assert!(!before.goes() || after.goes());
        }
    }

    #[test]
    fn the_order_in_which_archives_are_given_does_not_matter(rules in any_rules(), series in any_series()) {
        let now = at("2027-01-01T00:00:00");
        let mut backwards = series.clone();
        backwards.reverse();
        let mut verdicts = rules.judge(&backwards, now);
        verdicts.reverse();
        prop_assert_eq!(rules.judge(&series, now), verdicts);
    }
}

use super::*;
use chrono::Timelike;
use proptest::prelude::*;

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The times of a cron text in a time zone after a moment, as UTC without seconds.
fn times(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let recurrence = Recurrence::parse(cron, zone).unwrap();
    let times = recurrence.preview(moment(after), count);
    times.iter().map(|time| time.format("%Y-%m-%d %H:%M").to_string()).collect()
}

#[test]
fn a_time_is_what_the_clocks_of_the_zone_show() {
    assert_eq!(times("30 2 * * *", "Europe/Berlin", "2026-01-01T00:00:00Z", 1), ["2026-01-01 01:30"]);
    assert_eq!(times("30 2 * * *", "Europe/Berlin", "2026-07-01T00:00:00Z", 1), ["2026-07-01 00:30"]);
    assert_eq!(times("0 0 * * *", "Asia/Kathmandu", "2026-01-01T00:00:00Z", 1), ["2026-01-01 18:15"]);
    assert_eq!(times("30 2 * * *", "UTC", "2026-01-01T02:30:00Z", 1), ["2026-01-02 02:30"], "after, not at");
    assert_eq!(times("30 2 * * *", "UTC", "2026-01-01T02:29:59.999999Z", 1), ["2026-01-01 02:30"]);
}

#[test]
fn a_time_in_the_missing_hour_is_the_next_moment_there_is_and_once() {
    // In Berlin, 2026-03-29 has no 02:00 to 02:59.
    let expected = ["2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"];
    assert_eq!(times("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", 3), expected);
    let expected = ["2026-03-28 01:00", "2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:00"];
    assert_eq!(times("0,30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", 4), expected);
    assert_eq!(
        times("30 1,2,3 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 3),
        ["2026-03-29 00:30", "2026-03-29 01:00", "2026-03-29 01:30"]
    );
    // Samoa had no 30th of December 2011: it is made up for as the 31st begins.
    let samoa = times("0 2 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", 3);
    assert_eq!(samoa, ["2011-12-29 12:00", "2011-12-30 10:00", "2011-12-30 12:00"]);
}

#[test]
fn a_time_in_the_doubled_hour_is_its_first_pass_and_once() {
    // In Berlin, 2026-10-25 has 02:00 to 02:59 twice.
    let expected = ["2026-10-24 00:30", "2026-10-25 00:30", "2026-10-26 01:30"];
    assert_eq!(times("30 2 * * *", "Europe/Berlin", "2026-10-23T12:00:00Z", 3), expected);
    let expected = ["2026-10-25 00:00", "2026-10-25 00:30", "2026-10-26 01:00"];
    assert_eq!(times("0,30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 3), expected);
    assert_eq!(times("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", 1), ["2026-10-26 01:30"], "second pass");
    // New York's clocks go back at 06:00 UTC.
    let expected = ["2026-11-01 05:30", "2026-11-02 06:30"];
    assert_eq!(times("30 1 * * *", "America/New_York", "2026-11-01T00:00:00Z", 2), expected);
}

#[test]
fn a_rhythm_goes_through_every_hour_there_is() {
    let spring = ["2026-03-29 00:00", "2026-03-29 01:00", "2026-03-29 02:00"];
    assert_eq!(times("0 * * * *", "Europe/Berlin", "2026-03-28T23:30:00Z", 3), spring);
    let autumn = ["2026-10-25 00:30", "2026-10-25 01:30", "2026-10-25 02:30"];
    assert_eq!(times("30 * * * *", "Europe/Berlin", "2026-10-24T23:45:00Z", 3), autumn);
    let quarters = ["2026-10-25 00:45", "2026-10-25 01:00", "2026-10-25 01:15"];
    assert_eq!(times("*/15 * * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", 3), quarters);
}

#[test]
fn leap_days_and_the_ends_of_months_are_found() {
    assert_eq!(
        times("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", 3),
        ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]
    );
    assert_eq!(times("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1), ["2104-02-29 00:00"], "2100 has no leap day");
    assert_eq!(
        times("0 0 31 * *", "UTC", "2026-01-31T00:00:00Z", 3),
        ["2026-03-31 00:00", "2026-05-31 00:00", "2026-07-31 00:00"]
    );
    assert_eq!(
        times("0 0 L * *", "UTC", "2028-01-31T00:00:00Z", 3),
        ["2028-02-29 00:00", "2028-03-31 00:00", "2028-04-30 00:00"]
    );
    assert_eq!(times("0 0 * * FRI#2", "UTC", "2026-01-01T00:00:00Z", 2), ["2026-01-09 00:00", "2026-02-13 00:00"]);
    let new_year = ["2026-12-31 23:00", "2027-01-01 23:00"];
    assert_eq!(times("0 0 * * *", "Europe/Berlin", "2026-12-31T22:59:59Z", 2), new_year);
}

#[test]
fn a_day_of_the_month_and_one_of_the_week_are_either_unless_joined() {
    let either = ["2026-02-13 00:00", "2026-02-20 00:00"];
    assert_eq!(times("0 0 13 * FRI", "UTC", "2026-02-12T12:00:00Z", 2), either);
    assert_eq!(times("0 0 13 * +FRI", "UTC", "2026-02-12T12:00:00Z", 2), ["2026-02-13 00:00", "2026-03-13 00:00"]);
}

#[test]
fn what_is_no_cron_text_is_refused_with_a_reason() {
    for (cron, fields) in [("", 0), ("* * * *", 4), ("0 30 2 * * *", 6), ("@daily", 1), ("0 0 0 1 1 * 2030", 7)] {
        assert_eq!(Recurrence::parse(cron, "UTC"), Err(RecurrenceError::Fields(fields)), "{cron}");
    }
    for cron in [
        "60 2 * * *",
        "x 2 * * *",
        "0 24 * * *",
        "0 0 32 * *",
        "0 0 * 13 *",
        "0 0 * * 9",
        "*/0 * * * *",
        "0 ٣ * * *",
        "0 0 @ * *",
    ] {
        let refused = Recurrence::parse(cron, "UTC");
        assert!(matches!(refused, Err(RecurrenceError::Field(_))), "{cron}: {refused:?}");
    }
    for cron in ["0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
        assert_eq!(Recurrence::parse(cron, "UTC"), Err(RecurrenceError::Never), "{cron}");
    }
    for zone in ["", "Berlin", "Europe/Atlantis", "+01:00", "../etc/passwd"] {
        let refused = Recurrence::parse("0 0 * * *", zone).unwrap_err();
        assert!(refused.is_time_zone(), "{zone}: {refused}");
    }
    assert_eq!(Recurrence::parse(&" ".repeat(200), "UTC"), Err(RecurrenceError::TooLong));
}

fn field(least: u32, most: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        Just("*".to_owned()),
        (2..10_u32).prop_map(|step| format!("*/{step}")),
        (least..=most).prop_map(|number| number.to_string()),
        (least..=most, least..=most).prop_map(|(one, other)| format!("{},{}", one.min(other), one.max(other))),
    ]
}

prop_compose! {
    fn cron()(minute in field(0, 59), hour in field(0, 23), day in field(1, 31), month in field(1, 12), weekday in field(0, 6)) -> String {
        format!("{minute} {hour} {day} {month} {weekday}")
    }
}

/// From 1990 to 2050, and often within two hours of the moments at which clocks changed in Europe in 2026.
fn any_moment() -> impl Strategy<Value = DateTime<Utc>> {
    let (spring, autumn) = (1_774_746_000_i64, 1_792_890_000_i64);
    let seconds =
        prop_oneof![631_152_000_i64..2_524_608_000, spring - 7200..spring + 7200, autumn - 7200..autumn + 7200];
    (seconds, 0_u32..1_000_000).prop_map(|(seconds, micros)| DateTime::from_timestamp(seconds, micros * 1000).unwrap())
}

fn zone() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Tehran",
        "America/Sao_Paulo",
        "Africa/Casablanca",
        "Pacific/Apia",
        "Asia/Kathmandu",
        "Europe/Dublin",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_next_time_is_after_now_on_a_whole_minute_and_nothing_lies_between(cron in cron(), zone in zone(), now in any_moment()) {
        let Ok(recurrence) = Recurrence::parse(&cron, zone) else { return Ok(()) };
        let next = recurrence.next_after(now).unwrap();
        prop_assert!(next > now);
        prop_assert_eq!((next.second(), next.nanosecond()), (0, 0));
        // From any moment before it, it is still the next one.
        let between = now + (next - now) / 2;
        prop_assert_eq!(recurrence.next_after(between), Some(next));
        prop_assert_eq!(recurrence.next_after(next - TimeDelta::microseconds(1)), Some(next));
    }

    #[test]
    fn no_text_is_too_strange_to_be_read_or_refused(cron in "[0-9*,/LW#+?A-Za-z@ -]{0,30}|\\PC{0,20}", zone in "\\PC{0,12}|UTC", now in any_moment()) {
        if let Ok(recurrence) = Recurrence::parse(&cron, &zone) {
            prop_assert!(recurrence.next_after(now).is_none_or(|next| next > now));
        }
    }
}

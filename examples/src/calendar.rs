/// Microseconds since 1970 of 2023-01-01 00:00 UTC, the first moment of the example data.
const FIRST: i64 = 1_672_531_200_000_000;
/// Three years: the example data ends with 2025, whenever it is generated.
const SPAN: i64 = 1_096 * DAY;
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A point in time in microseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(i64);

impl Moment {
    /// The moment at `part` of `whole` of the three example years.
    pub(crate) fn within(part: u64, whole: u64) -> Self {
        let share = i128::from(SPAN) * i128::from(part) / i128::from(whole.max(1));
        Self(FIRST + share as i64)
    }

    pub(crate) fn plus_days(self, days: i64) -> Self {
        Self(self.0 + days * DAY)
    }

    pub(crate) fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * SECOND)
    }

    pub(crate) fn plus_micros(self, micros: i64) -> Self {
        Self(self.0 + micros)
    }

    /// `2024-02-29`
    pub(crate) fn date(self) -> String {
        let (year, month, day) = civil(self.0.div_euclid(DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// `2024-02-29T08:15:30Z`, as CustomerTrackr stores it: text that sorts.
    pub(crate) fn iso(self) -> String {
        let (hour, minute, second, _) = self.clock();
        format!("{}T{hour:02}:{minute:02}:{second:02}Z", self.date())
    }

    /// `2024-02-29 08:15:30.000125+00`, a PostgreSQL `timestamptz`.
    pub(crate) fn timestamptz(self) -> String {
        format!("{}+00", self.datetime())
    }

    /// `2024-02-29 08:15:30.000125`, a MySQL `datetime(6)`.
    pub(crate) fn datetime(self) -> String {
        let (hour, minute, second, micros) = self.clock();
        format!("{} {hour:02}:{minute:02}:{second:02}.{micros:06}", self.date())
    }

    fn clock(self) -> (i64, i64, i64, i64) {
        let seconds = self.0.rem_euclid(DAY) / SECOND;
        (seconds / 3_600, seconds / 60 % 60, seconds % 60, self.0.rem_euclid(SECOND))
    }
}

/// Year, month and day of a day number since 1970 (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_clocks_are_spelled_right() {
        assert_eq!(Moment(0).timestamptz(), "1970-01-01 00:00:00.000000+00");
        assert_eq!(Moment(FIRST).date(), "2023-01-01");
        assert_eq!(Moment(FIRST).plus_days(424).iso(), "2024-02-29T00:00:00Z");
        assert_eq!(Moment(FIRST).plus_seconds(3_661).plus_micros(125).timestamptz(), "2023-01-01 01:01:01.000125+00");
        assert_eq!(Moment::within(1, 1).date(), "2026-01-01");
    }
}

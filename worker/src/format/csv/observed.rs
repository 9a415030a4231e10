//! What was seen in a column while its rows went by; decides which type the archive may promise.

use crate::{plan::ColumnPlan, rows::SqliteValue};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Counts and findings about one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// Values that are NULL.
    pub nulls: u64,
    /// Texts of no characters.
    pub empty_texts: u64,
    /// Texts written as [`super::HEX_MARK`] and hexadecimal.
    pub hex_values: u64,
    /// Cells that got a leading `'`.
    pub guarded_values: u64,
    /// Cells that got a tab behind them.
    pub kept_values: u64,
    /// SQLite: how many values are of each storage class.
    pub storage: Storage,
    /// Whether a date or time was outside of what calendars of programs know: infinite, before Christ, after the year 9999, the 31st of February.
    pub beyond_calendar: bool,
    calendar: bool,
    /// Whether its values are texts, whatever they look like.
    pub(super) is_text: bool,
}

/// How many values of a SQLite column are of each storage class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// INTEGER.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub integer: u64,
    /// REAL.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub real: u64,
    /// TEXT.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub text: u64,
    /// BLOB.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub blob: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Observed {
    pub(super) fn new(column: &ColumnPlan) -> Self {
        Self {
            calendar: matches!(column.base_type.as_str(), "date" | "datetime" | "timestamp" | "timestamptz"),
            is_text: column.mask.is_some() || is_text(&column.base_type),
            ..Self::default()
        }
    }

    /// Takes note of a value that PostgreSQL printed.
    pub(super) fn printed(&mut self, value: &[u8]) {
        if self.calendar && !self.beyond_calendar {
            let four_digits_then_dash = value.len() >= 10
                && value[..4].iter().all(u8::is_ascii_digit)
                && value[4] == b'-'
                && !value.starts_with(b"0000");
            self.beyond_calendar = !four_digits_then_dash || value.ends_with(b" BC");
        }
    }

    /// Takes note of a value that MySQL printed, which knows days that are in no calendar: `0000-00-00`, `2024-00-15`.
    pub(super) fn dated(&mut self, value: &[u8]) {
        if self.calendar && !self.beyond_calendar {
            let day = value.get(..10).and_then(|day| std::str::from_utf8(day).ok());
            let real = day.is_some_and(|day| !day.starts_with("0000") && day.parse::<NaiveDate>().is_ok());
            self.beyond_calendar = !real;
        }
    }

    /// Takes note of a SQLite value.
    pub(super) fn stored(&mut self, value: &SqliteValue) {
        match value {
            SqliteValue::Null => self.nulls += 1,
            SqliteValue::Integer(_) => self.storage.integer += 1,
            SqliteValue::Real(_) => self.storage.real += 1,
            SqliteValue::Text(_) => self.storage.text += 1,
            SqliteValue::Blob(_) => self.storage.blob += 1,
        }
    }
}

/// Whether a type of a source holds texts: everything but numbers, days, times and truths.
fn is_text(base_type: &str) -> bool {
    !matches!(
        base_type.to_ascii_lowercase().as_str(),
        "int2"
            | "int4"
            | "int8"
            | "oid"
            | "numeric"
            | "float4"
            | "float8"
            | "money"
            | "bool"
            | "bit"
            | "tinyint"
            | "smallint"
            | "mediumint"
            | "int"
            | "integer"
            | "bigint"
            | "decimal"
            | "float"
            | "double"
            | "real"
            | "year"
            | "date"
            | "time"
            | "timetz"
            | "datetime"
            | "timestamp"
            | "timestamptz"
            | "interval"
    )
}

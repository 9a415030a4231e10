//! The ceilings of a source: how much one export of it may hold. What is above is refused, never cut.

use crate::error::ExportError;
use shared::{config::SourceConfig, ledger::estimates::Estimate};

/// By how much an estimate that was not counted must be above a ceiling before it refuses: the source's planner errs, and what it missed is counted while it
/// is read.
const DOUBT: u64 = 2;

/// What one export may not exceed; nothing by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ceilings {
    /// Rows of all tables together.
    pub rows: Option<u64>,
    /// Bytes as they are read from the source.
    pub bytes: Option<u64>,
}

impl Ceilings {
    /// Those of a configured source.
    pub fn of(source: &SourceConfig) -> Self {
        Self { rows: source.max_rows, bytes: source.max_bytes }
    }

    /// Whether there are any.
    pub fn are_set(&self) -> bool {
        self.rows.is_some() || self.bytes.is_some()
    }

    /// [`ExportError::TooLarge`] if this much is above a ceiling for certain, or by so much that the estimate need not be right.
    pub fn refuse(&self, estimate: &Estimate) -> Result<(), ExportError> {
        let counted: u64 = estimate.tables.iter().filter(|table| table.exact).filter_map(|table| table.rows).sum();
        let about = |exact: bool| if exact { "" } else { "about " };
        if let Some(most) = self.rows
            && (counted > most || estimate.rows / DOUBT > most)
        {
            return Err(too_large(format!("it holds {}{} rows", about(estimate.exact), estimate.rows), most, "rows"));
        }
        if let Some(most) = self.bytes
            && estimate.bytes / DOUBT > most
        {
            return Err(too_large(format!("it holds about {} bytes", estimate.bytes), most, "bytes"));
        }
        Ok(())
    }

    /// [`ExportError::TooLarge`] once more than a ceiling was read.
    pub(crate) fn check(&self, rows: u64, bytes: u64) -> Result<(), ExportError> {
        for (read, most, unit) in [(rows, self.rows, "rows"), (bytes, self.bytes, "bytes")] {
            if let Some(most) = most.filter(|most| read > *most) {
                return Err(too_large(format!("more than {most} {unit} were read"), most, unit));
            }
        }
        Ok(())
    }
}

fn too_large(what: String, most: u64, unit: &str) -> ExportError {
    ExportError::TooLarge {
        message: format!(
            "{what}, and this source allows {most} {unit} in one export; nothing was delivered. Ask the operator to raise `max_{unit}` of the source, or export one person at a time"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::ledger::estimates::TableEstimate;

    fn estimate(counted: u64, guessed: u64, bytes: u64) -> Estimate {
        let table = |rows, exact| TableEstimate { table: "t".into(), rows: Some(rows), bytes: None, exact };
        Estimate {
            rows: counted + guessed,
            bytes,
            exact: guessed == 0,
            tables: vec![table(counted, true), table(guessed, guessed == 0)],
        }
    }

    #[test]
    fn what_was_counted_refuses_at_once_and_what_was_guessed_only_when_it_is_twice_as_much() {
        let ceilings = Ceilings { rows: Some(100), bytes: Some(1000) };
        for allowed in [estimate(100, 0, 0), estimate(50, 60, 0), estimate(0, 201, 0), estimate(0, 0, 2001)] {
            assert!(ceilings.refuse(&allowed).is_ok(), "{allowed:?}");
        }
        for refused in [estimate(101, 0, 0), estimate(0, 202, 0), estimate(0, 0, 2002)] {
            let error = ceilings.refuse(&refused).unwrap_err();
            assert_eq!(error.code(), "too_large", "{refused:?}");
        }
        assert!(Ceilings::default().refuse(&estimate(u64::MAX / 2, 0, u64::MAX)).is_ok());
    }

    #[test]
    fn what_is_read_is_refused_above_the_ceiling_and_not_at_it() {
        let ceilings = Ceilings { rows: Some(100), bytes: Some(1000) };
        assert!(ceilings.check(100, 1000).is_ok());
        let error = ceilings.check(101, 0).unwrap_err().to_string();
        assert!(error.contains("more than 100 rows") && error.contains("max_rows"), "{error}");
        let error = ceilings.check(0, 1001).unwrap_err().to_string();
        assert!(error.contains("more than 1000 bytes") && error.contains("max_bytes"), "{error}");
    }
}

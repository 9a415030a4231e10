//! The first rows of a table, as `START-HERE.html` shows them to people.

use crate::{
    format::{Malformed, csv::CsvEncoder},
    plan::ColumnPlan,
    rows::RowBlock,
};
use shared::export::CsvProfile;

/// So many rows.
const ROWS: usize = 3;
/// So many columns; how many more there are is told.
const COLUMNS: usize = 12;
/// So many characters of a value.
const CHARACTERS: usize = 60;
/// A row with more bytes is passed over: it would be copied for a glance at it.
const LARGEST: usize = 64 * 1024;

/// The first rows of a table. Values are those of the CSV: what is masked there is masked here.
#[derive(Debug, Default)]
pub(super) struct Preview {
    /// Each row as the first of its values, cut; NULL is empty.
    pub(super) rows: Vec<Vec<String>>,
}

impl Preview {
    /// Looks at a block of a table of these columns, until there are enough rows.
    pub(super) fn look(&mut self, columns: &[ColumnPlan], block: &RowBlock) -> Result<(), Malformed> {
        let wanted = ROWS.saturating_sub(self.rows.len());
        if wanted == 0 || columns.is_empty() {
            return Ok(());
        }
        let mut encoded = Vec::new();
        CsvEncoder::new(CsvProfile::Lossless, columns).encode(&block.first(wanted, LARGEST), &mut encoded)?;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(encoded.as_slice());
        for record in reader.records() {
            let record = record.map_err(|_| Malformed::Unfinished)?;
            // How a table of one column writes NULL.
            let value = |value: &str| if record.len() == 1 && value == "\\N" { String::new() } else { cut(value) };
            self.rows.push(record.iter().take(COLUMNS).map(value).collect());
        }
        Ok(())
    }

    /// How many columns of so many are not shown.
    pub(super) fn hidden(columns: usize) -> usize {
        columns.saturating_sub(COLUMNS)
    }
}

/// A value on one line, cut.
fn cut(value: &str) -> String {
    let mut characters = value.chars().map(|character| if character.is_control() { ' ' } else { character });
    let mut text: String = characters.by_ref().take(CHARACTERS).collect();
    if characters.next().is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::SqliteValue;

    fn texts(rows: &[[&str; 2]]) -> RowBlock {
        let value = |text: &&str| SqliteValue::Text(text.as_bytes().to_vec());
        RowBlock::Sqlite(rows.iter().map(|row| row.iter().map(value).collect()).collect())
    }

    fn seen(columns: usize, blocks: &[RowBlock]) -> Vec<Vec<String>> {
        let columns: Vec<ColumnPlan> = (0..columns)
            .map(|number| ColumnPlan {
                name: format!("c{number}"),
                type_name: "text".to_owned(),
                base_type: "text".to_owned(),
                nullable: true,
                generated: false,
                mask: None,
            })
            .collect();
        let mut preview = Preview::default();
        for block in blocks {
            preview.look(&columns, block).unwrap();
        }
        preview.rows
    }

    #[test]
    fn three_rows_are_enough_from_however_many_blocks() {
        let blocks =
            [texts(&[["1", "a"]]), texts(&[]), texts(&[["2", "b"], ["3", "c"], ["4", "d"]]), texts(&[["5", "e"]])];
        assert_eq!(seen(2, &blocks), [["1", "a"], ["2", "b"], ["3", "c"]]);
    }

    #[test]
    fn long_values_and_lines_are_cut_and_quotes_are_none() {
        let long = "ü".repeat(100);
        let rows = seen(2, &[texts(&[[&long, "two\nlines, \"and\" more"]])]);
        assert_eq!(rows, [[format!("{}…", "ü".repeat(60)), "two lines, \"and\" more".to_owned()]]);
    }

    #[test]
    fn a_row_that_is_too_large_is_passed_over() {
        let large = "x".repeat(70_000);
        assert_eq!(seen(2, &[texts(&[["1", &large], ["2", "small"]])]), [["2", "small"]]);
        let copy = RowBlock::CopyText { bytes: format!("1\t{large}\n2\tsmall\n").into(), rows: 2 };
        assert_eq!(seen(2, &[copy]), [["2", "small"]]);
    }

    #[test]
    fn nothing_is_shown_for_null() {
        let copy = |text: &'static str, rows| RowBlock::CopyText { bytes: text.into(), rows };
        assert_eq!(seen(2, &[copy("\\N\t1\n", 1)]), [["", "1"]]);
        assert_eq!(seen(1, &[copy("\\N\n", 1)]), [[""]]);
    }

    #[test]
    fn columns_beyond_the_twelfth_are_counted() {
        let row = vec![SqliteValue::Integer(7); 15];
        assert_eq!(seen(15, &[RowBlock::Sqlite(vec![row])]), [vec!["7"; 12]]);
        assert_eq!((Preview::hidden(15), Preview::hidden(12), Preview::hidden(1)), (3, 0, 0));
    }
}

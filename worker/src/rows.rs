//! Rows as the database printed them, in blocks.

use bytes::Bytes;

/// Blocks of more bytes are giant.
const GIANT: u64 = 2 * 1024 * 1024;

/// Some rows of one table, in the form in which the source delivers them. About 256 KiB, or one row if that is larger.
#[derive(Debug, Clone)]
pub enum RowBlock {
    /// Lines of PostgreSQL's COPY text format, each ended by `\n`, columns as planned.
    CopyText {
        /// The lines.
        bytes: Bytes,
        /// How many.
        rows: u64,
    },
    /// SQLite values with their storage classes; every row has the planned columns.
    Sqlite(Vec<Vec<SqliteValue>>),
    /// Cells of MySQL's text protocol; every row has the planned columns, at least one.
    Mysql(PrintedRows),
}

/// A SQLite value in its storage class. NaN does not exist in SQLite (it is stored as NULL).
#[derive(Debug, Clone, PartialEq)]
pub enum SqliteValue {
    /// NULL.
    Null,
    /// INTEGER.
    Integer(i64),
    /// REAL.
    Real(f64),
    /// TEXT: any bytes, normally UTF-8, may hold NUL.
    Text(Vec<u8>),
    /// BLOB.
    Blob(Vec<u8>),
}

impl SqliteValue {
    fn bytes(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Integer(_) | Self::Real(_) => 8,
            Self::Text(bytes) | Self::Blob(bytes) => bytes.len(),
        }
    }
}

impl RowBlock {
    /// How many rows it holds.
    pub fn rows(&self) -> u64 {
        match self {
            Self::CopyText { rows, .. } => *rows,
            Self::Sqlite(rows) => rows.len() as u64,
            Self::Mysql(rows) => rows.len() as u64,
        }
    }

    /// How many bytes its values have.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::CopyText { bytes, .. } => bytes.len() as u64,
            Self::Mysql(rows) => rows.bytes(),
            Self::Sqlite(rows) => rows.iter().flatten().map(|value| value.bytes() as u64).sum(),
        }
    }

    /// Whether it is mostly one row that is much larger than rows are: only one such is in memory at a time.
    pub fn is_giant(&self) -> bool {
        self.bytes() > GIANT
    }

    /// Its first rows, at most so many, without those of more than `largest` bytes.
    pub fn first(&self, most: usize, largest: usize) -> Self {
        match self {
            Self::CopyText { bytes, .. } => {
                let lines = bytes.split_inclusive(|byte| *byte == b'\n');
                let kept: Vec<&[u8]> = lines.filter(|line| line.len() <= largest).take(most).collect();
                Self::CopyText { bytes: kept.concat().into(), rows: kept.len() as u64 }
            }
            Self::Mysql(rows) => {
                let mut kept = PrintedRows::new(rows.columns());
                let fits = |row: &usize| rows.cells_of(*row).flatten().map(<[u8]>::len).sum::<usize>() <= largest;
                for row in (0..rows.len()).filter(fits).take(most) {
                    rows.cells_of(row).for_each(|cell| kept.push(cell));
                }
                Self::Mysql(kept)
            }
            Self::Sqlite(rows) => {
                let fits = |row: &&Vec<SqliteValue>| row.iter().map(SqliteValue::bytes).sum::<usize>() <= largest;
                Self::Sqlite(rows.iter().filter(fits).take(most).cloned().collect())
            }
        }
    }

    /// A block of the same kind without rows.
    pub fn without_rows(&self) -> Self {
        match self {
            Self::CopyText { .. } => Self::CopyText { bytes: Bytes::new(), rows: 0 },
            Self::Mysql(rows) => Self::Mysql(PrintedRows::new(rows.columns())),
            Self::Sqlite(_) => Self::Sqlite(Vec::new()),
        }
    }
}

/// Rows of cells as the database printed them, one after the other in one buffer.
#[derive(Debug, Clone, Default)]
pub struct PrintedRows {
    columns: usize,
    bytes: Vec<u8>,
    /// For each cell where it ends in `bytes`, and whether it is NULL.
    cells: Vec<(usize, bool)>,
}

impl PrintedRows {
    /// No rows yet, of so many columns each.
    pub fn new(columns: usize) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Appends the next cell; `None` is NULL. Cells come row by row.
    pub fn push(&mut self, cell: Option<&[u8]>) {
        self.bytes.extend_from_slice(cell.unwrap_or_default());
        self.cells.push((self.bytes.len(), cell.is_none()));
    }

    /// How many columns each row has.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// How many rows are complete.
    pub fn len(&self) -> usize {
        self.cells.len().checked_div(self.columns).unwrap_or(0)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// How many bytes the cells have.
    pub fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// About how many bytes they take in memory.
    pub fn size(&self) -> usize {
        self.bytes.len() + 16 * self.cells.len()
    }

    /// The rows, each as its cells.
    pub fn rows(&self) -> impl Iterator<Item = impl Iterator<Item = Option<&[u8]>>> {
        (0..self.len()).map(|row| self.cells_of(row))
    }

    fn cells_of(&self, row: usize) -> impl Iterator<Item = Option<&[u8]>> {
        (row * self.columns..(row + 1) * self.columns).map(|place| self.cell(place))
    }

    fn cell(&self, place: usize) -> Option<&[u8]> {
        let (end, null) = self.cells[place];
        let start = place.checked_sub(1).map_or(0, |before| self.cells[before].0);
        (!null).then(|| &self.bytes[start..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_as_they_went_in() {
        let mut rows = PrintedRows::new(3);
        let cells: [Option<&[u8]>; 6] = [Some(b"a"), None, Some(b""), None, None, Some(b"\0b")];
        cells.iter().for_each(|cell| rows.push(*cell));
        let back: Vec<Vec<Option<&[u8]>>> = rows.rows().map(Iterator::collect).collect();
        assert_eq!(back, [&cells[..3], &cells[3..]]);
        assert_eq!(rows.len(), 2);
    }
}

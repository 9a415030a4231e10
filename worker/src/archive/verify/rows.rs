//! Counting the rows of a SQL member, and summing them up, without a database, in the shape in which [`crate::format::sql`] writes them.

use super::checksum::{Checksum, Summing};
use crate::format::sql::{Target, postgres};
use memchr::{memchr, memchr2};
use shared::export::Engine;

/// Counts while the bytes of a member go by.
pub(super) enum SqlRows {
    /// A COPY block: one row a line, between the statement and `\.`.
    Copy(CopyRows),
    /// INSERT statements.
    Insert(InsertRows),
}

pub(super) struct CopyRows {
    /// What is still expected of the statement before the rows.
    header: Vec<u8>,
    /// Where the current line stands in comparison with the end of the rows.
    line: Line,
    rows: u64,
    problem: Option<&'static str>,
    summing: Option<Summing>,
}

#[derive(Clone, Copy, PartialEq)]
enum Line {
    /// So many bytes of the end mark have been seen, and nothing else.
    MaybeEnd(usize),
    Row,
    /// After the end mark.
    Over,
}

#[derive(Default)]
pub(super) struct InsertRows {
    state: Lexer,
    depth: u32,
    groups: u64,
    started: bool,
    /// Whether the statement is one with rows: MySQL's files also say how values are to be read.
    inserts: bool,
    /// MySQL: a backslash takes the meaning from the next character of a text, and names stand in backticks.
    mysql: bool,
    rows: u64,
    summing: Option<Summing>,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Lexer {
    #[default]
    Plain,
    Dash,
    Comment,
    Text,
    /// After a backslash in a text.
    Escape,
    Name,
}

impl SqlRows {
    /// For the member of this table.
    pub(super) fn new(target: &Target) -> Self {
        if target.engine == Engine::Postgres && target.stores_columns() {
            let mut header = postgres::header(target).into_bytes();
            header.reverse();
            Self::Copy(CopyRows { header, line: Line::MaybeEnd(0), rows: 0, problem: None, summing: None })
        } else {
            Self::Insert(InsertRows { mysql: target.engine == Engine::Mysql, ..InsertRows::default() })
        }
    }

    /// The same, to end with [`SqlRows::finish_sum`].
    pub(super) fn summing(target: &Target) -> Self {
        let mut rows = Self::new(target);
        let (Self::Copy(CopyRows { summing, .. }) | Self::Insert(InsertRows { summing, .. })) = &mut rows;
        *summing = Some(Summing::default());
        rows
    }

    /// Takes the next bytes.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        match self {
            Self::Copy(rows) => rows.take(bytes),
            Self::Insert(rows) => rows.take(bytes),
        }
    }

    /// How many rows there were.
    pub(super) fn finish(self) -> Result<u64, String> {
        let problem = match &self {
            Self::Copy(rows) => {
                rows.problem.or_else(|| (rows.line != Line::Over).then_some("the line that ends the rows is missing"))
            }
            Self::Insert(rows) => {
                (rows.started || rows.state != Lexer::Plain).then_some("the last statement does not end")
            }
        };
        match (problem, self) {
            (Some(problem), _) => Err(problem.to_owned()),
            (None, Self::Copy(rows)) => Ok(rows.rows),
            (None, Self::Insert(rows)) => Ok(rows.rows),
        }
    }
}

impl SqlRows {
    /// How many rows there were, and their checksum.
    pub(super) fn finish_sum(mut self) -> Result<Checksum, String> {
        let (Self::Copy(CopyRows { summing, .. }) | Self::Insert(InsertRows { summing, .. })) = &mut self;
        let sum = summing.take().map(Summing::finish).unwrap_or_default();
        match self.finish() {
            Ok(rows) if rows != sum.rows => Err("some rows were counted but not summed up".to_owned()),
            Ok(_) => Ok(sum),
            Err(problem) => Err(problem),
        }
    }
}

impl CopyRows {
    fn take(&mut self, mut bytes: &[u8]) {
        while let (Some(expected), [first, rest @ ..]) = (self.header.last(), bytes) {
            if expected != first {
                self.problem = Some("it does not begin with the statement for its table");
            }
            self.header.pop();
            bytes = rest;
        }
        while !bytes.is_empty() {
            match self.line {
                Line::Over => {
                    self.problem = Some("something stands after the last row");
                    return;
                }
                Line::MaybeEnd(seen) if bytes[0] == postgres::END_OF_ROWS[seen] => {
                    bytes = &bytes[1..];
                    self.line =
                        if seen + 1 == postgres::END_OF_ROWS.len() { Line::Over } else { Line::MaybeEnd(seen + 1) };
                }
                Line::MaybeEnd(seen) => {
                    self.sum(&postgres::END_OF_ROWS[..seen]);
                    self.line = Line::Row;
                }
                Line::Row => match memchr(b'\n', bytes) {
                    None => {
                        self.sum(bytes);
                        return;
                    }
                    Some(end) => {
                        self.sum(&bytes[..end]);
                        if let Some(summing) = &mut self.summing {
                            summing.end_row();
                        }
                        self.rows += 1;
                        self.line = Line::MaybeEnd(0);
                        bytes = &bytes[end + 1..];
                    }
                },
            }
        }
    }
}

impl CopyRows {
    fn sum(&mut self, bytes: &[u8]) {
        if let Some(summing) = &mut self.summing {
            summing.take(bytes);
        }
    }
}

impl InsertRows {
    /// A statement has one group of brackets for its columns and one for each row, or none at all for a row without values.
    fn take(&mut self, bytes: &[u8]) {
        let mut place = 0;
        // Where the part of a row begins that is in these bytes.
        let mut row = 0;
        while let Some(byte) = bytes.get(place) {
            match (self.state, byte) {
                (Lexer::Text, _) => match self.end_of_text(&bytes[place..]) {
                    // A doubled quote ends the text and begins it again: the same in the end.
                    Some((offset, state)) => {
                        place += offset;
                        self.state = state;
                    }
                    None => break,
                },
                (Lexer::Escape, _) => self.state = Lexer::Text,
                (Lexer::Name, byte) if *byte == self.name_quote() => self.state = Lexer::Plain,
                (Lexer::Comment, b'\n') => self.state = Lexer::Plain,
                (Lexer::Name | Lexer::Comment, _) => {}
                (Lexer::Dash, b'-') => self.state = Lexer::Comment,
                (Lexer::Plain | Lexer::Dash, other) => {
                    let was_in_row = self.is_in_row();
                    self.plain(*other);
                    match (was_in_row, self.is_in_row()) {
                        (false, true) => row = place,
                        (true, false) => self.end_row(&bytes[row..=place]),
                        _ => {}
                    }
                }
            }
            place += 1;
        }
        if let (true, Some(summing)) = (self.is_in_row(), &mut self.summing) {
            summing.take(&bytes[row..]);
        }
    }

    /// Whether the place is between the brackets of a row; the first brackets of a statement are those of its columns.
    fn is_in_row(&self) -> bool {
        self.depth > 0 && self.groups > 1
    }

    fn end_row(&mut self, rest: &[u8]) {
        if let Some(summing) = &mut self.summing {
            summing.take(rest);
            summing.end_row();
        }
    }

    /// Where the next character stands that ends a text or escapes another one, and what follows.
    fn end_of_text(&self, bytes: &[u8]) -> Option<(usize, Lexer)> {
        let found = if self.mysql { memchr2(b'\'', b'\\', bytes) } else { memchr(b'\'', bytes) };
        found.map(|offset| (offset, if bytes[offset] == b'\'' { Lexer::Plain } else { Lexer::Escape }))
    }

    fn name_quote(&self) -> u8 {
        if self.mysql { b'`' } else { b'"' }
    }

    fn plain(&mut self, byte: u8) {
        self.state = Lexer::Plain;
        if !self.started && byte.is_ascii_alphabetic() {
            self.inserts = byte.eq_ignore_ascii_case(&b'i');
        }
        match byte {
            b'\'' => self.state = Lexer::Text,
            quote if quote == self.name_quote() => self.state = Lexer::Name,
            b'-' => self.state = Lexer::Dash,
            b'(' => {
                self.groups += u64::from(self.depth == 0);
                self.depth += 1;
            }
            b')' => self.depth = self.depth.saturating_sub(1),
            b';' => {
                if self.inserts {
                    if self.groups == 0 {
                        self.end_row(&[]);
                    }
                    self.rows += if self.groups == 0 { 1 } else { self.groups - 1 };
                }
                self.groups = 0;
                self.started = false;
                return;
            }
            _ => {}
        }
        self.started |= !byte.is_ascii_whitespace() && self.state == Lexer::Plain;
    }
}

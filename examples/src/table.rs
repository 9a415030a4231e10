use std::borrow::Cow;

use crate::calendar::Moment;
use crate::random::Random;
use crate::{Generator, Tenant};

/// One table of an example product: how many rows a tenant has in it and what each of them holds.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The columns that are written; generated ones and ones left to their default are absent.
    pub(crate) columns: &'static [&'static str],
    pub(crate) size: Size,
    pub(crate) row: fn(&mut Cursor<'_>) -> Vec<Value>,
}

/// How many rows one tenant has in a table.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    at_scale_one: u64,
    least: u64,
    each: u64,
}

impl Size {
    /// `at_scale_one` rows at scale 1, and at any scale no fewer than `least`.
    pub(crate) const fn new(at_scale_one: u64, least: u64) -> Self {
        Self { at_scale_one, least, each: 1 }
    }

    /// `count` rows for each row of this table.
    pub(crate) const fn each(self, count: u64) -> Self {
        Self { each: self.each * count, ..self }
    }

    pub(crate) fn rows(self, scale: f64) -> u64 {
        let scaled = (self.at_scale_one as f64 * scale).ceil() as u64;
        scaled.max(self.least) * self.each
    }
}

/// A cell before an engine's spelling is chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(Cow<'static, str>),
    Bytes(Vec<u8>),
}

/// The values of a row in the order of the table's columns.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$($crate::table::Value::from($value)),*] };
}
pub(crate) use row;

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&'static str> for Value {
    fn from(value: &'static str) -> Self {
        Self::Text(Cow::Borrowed(value))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Cow::Owned(value))
    }
}

impl From<Cow<'static, str>> for Value {
    fn from(value: Cow<'static, str>) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The row that is about to be written: whose it is, which one, and its own randomness.
///
/// Everything about another row can be computed from its index, so nothing is kept while millions are written.
pub(crate) struct Cursor<'g> {
    pub(crate) tenant: &'g Tenant,
    /// The tenant's place among the tenants, from zero.
    pub(crate) place: u64,
    /// The row's number within its table and tenant, from zero.
    pub(crate) index: u64,
    pub(crate) random: Random,
    generator: &'g Generator,
    size: Size,
}

impl<'g> Cursor<'g> {
    /// Visits every row of a table, tenants interleaved as they are in a table that has grown over years.
    pub(crate) fn over(generator: &'g Generator, table: &'g Table, number: usize) -> impl Iterator<Item = Cursor<'g>> {
        (0..table.size.rows(generator.scale)).flat_map(move |index| {
            generator.tenants.iter().zip(0..).map(move |(tenant, place)| Cursor {
                tenant,
                place,
                index,
                random: Random::at([generator.seed, number as u64, place, index]),
                generator,
                size: table.size,
            })
        })
    }

    /// The row's own id.
    pub(crate) fn id(&self) -> i64 {
        self.id_of(self.index)
    }

    /// The id of the tenant's row with this index, in any table that is numbered.
    pub(crate) fn id_of(&self, index: u64) -> i64 {
        (index * self.generator.tenants.len() as u64 + self.place + 1) as i64
    }

    /// How many rows the tenant has in a table.
    pub(crate) fn rows(&self, size: Size) -> u64 {
        size.rows(self.generator.scale)
    }

    /// The index of some row of the tenant in a table.
    pub(crate) fn any(&mut self, size: Size) -> u64 {
        let rows = self.rows(size);
        self.random.below(rows)
    }

    /// The id of some row of the tenant in a table.
    pub(crate) fn any_id(&mut self, size: Size) -> i64 {
        let index = self.any(size);
        self.id_of(index)
    }

    /// When the row came to be: later rows are younger.
    pub(crate) fn moment(&mut self) -> Moment {
        let jitter = self.random.between(0, 3_599_999_999);
        Moment::within(self.index, self.rows(self.size)).plus_micros(jitter)
    }
}

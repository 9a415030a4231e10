//! Statements that count, and what their answers mean.

use super::{MOST_COUNTED, path::Path};
use crate::{
    check::Finding,
    plan::{
        identifier::quote_for,
        key::Key,
        mysql,
        slice::{Slicer, comparison::{collate, equals}},
        territory::{Place, Territory},
    },
    schema::Column,
};
use shared::export::Engine;

/// One statement whose answer may be a finding.
pub(super) struct Question {
    /// The table that it is about.
    pub(super) place: Place,
    pub(super) column: Option<String>,
    pub(super) code: &'static str,
    /// Returns rows of a text or NULL and a count.
    pub(super) sql: String,
    /// Counts what `{of}` stands for in the message; asked only where there is a finding.
    pub(super) out_of: Option<String>,
    /// One sentence; `{rows}` is the number that was counted, `{words}` the texts that came with it.
    pub(super) message: String,
}

impl Question {
    /// The finding, unless the answer counts nothing.
    pub(super) fn judge(&self, territory: &Territory<'_>, answer: &[(Option<String>, u64)]) -> Option<Finding> {
        let rows = total(answer);
        if rows == 0 {
            return None;
        }
        let message = self.message.replace("{rows}", &number(rows)).replace("{words}", &super::words::listed(answer));
        let finding = Finding::table(self.code, territory.name(self.place), message);
        Some(Finding { column: self.column.clone(), ..finding })
    }
}

/// Writes the conditions of one statement.
pub(super) struct Statement<'t, 'a> {
    territory: &'t Territory<'a>,
    slicer: Slicer<'t, 'a>,
    /// The row that is asked about.
    pub(super) row: String,
}

impl<'t, 'a> Statement<'t, 'a> {
    pub(super) fn new(territory: &'t Territory<'a>) -> Self {
        let mut slicer = Slicer::new(territory);
        let row = slicer.alias();
        Self { territory, slicer, row }
    }

    /// How many rows of the table meet the condition, as far as they are counted.
    pub(super) fn counting(&self, place: Place, condition: &str) -> String {
        let (relation, row) = (self.slicer.relation(place), &self.row);
        format!(
            "select null, count(*) from (select 1 as one from {relation} as {row} where {condition} limit {MOST_COUNTED}) as found"
        )
    }

    pub(super) fn relation(&self, place: Place) -> String {
        self.slicer.relation(place)
    }

    pub(super) fn cell(&self, alias: &str, column: &str) -> String {
        format!("{alias}.{}", quote_for(self.territory.schema.engine, column))
    }

    /// None of the key's columns is NULL in the row.
    pub(super) fn is_set(&self, key: &Key<'_>) -> String {
        let cells = key.columns.iter().map(|column| format!("{} is not null", self.cell(&self.row, column)));
        cells.collect::<Vec<_>>().join(" and ")
    }

    /// The row's key finds a row.
    pub(super) fn finds(&mut self, key: &Key<'a>) -> String {
        let other = self.slicer.alias();
        let (relation, row) = (self.slicer.relation(key.to), self.row.clone());
        let leads = self.leads(key, &row, &other);
        format!("exists (select 1 from {relation} as {other} where {leads})")
    }

    /// The column of the row holds the key of a tenant that exists.
    pub(super) fn names_a_tenant(&mut self, place: Place, column: &str) -> Option<String> {
        let tenants = self.territory.tenants()?;
        let key = &self.territory.catalog.tenant.key;
        let other = self.slicer.alias();
        let (row, relation) = (self.row.clone(), self.slicer.relation(tenants));
        let same = self.same((&row, place, column), (&other, tenants, key))?;
        Some(format!("exists (select 1 from {relation} as {other} where {same})"))
    }

    /// By this way the row belongs to the tenant of the row's own column, or to another.
    pub(super) fn owner_is(&mut self, path: &Path<'_, 'a>, place: Place, column: &str, same: bool) -> Option<String> {
        let (from, conditions, end) = self.follow(path);
        let row = self.row.clone();
        let compared = self.same((&row, place, column), (&end, path.end, path.column))?;
        let compared = if same { compared } else { format!("not ({compared})") };
        Some(format!("exists (select 1 from {from} where {conditions} and {compared})"))
    }

    /// By the one way the row belongs to another tenant than by the other.
    pub(super) fn owners_differ(&mut self, one: &Path<'_, 'a>, other: &Path<'_, 'a>) -> Option<String> {
        let (one_from, one_conditions, one_end) = self.follow(one);
        let (other_from, other_conditions, other_end) = self.follow(other);
        let same = self.same((&one_end, one.end, one.column), (&other_end, other.end, other.column))?;
        Some(format!(
            "exists (select 1 from {one_from} cross join {other_from} where {one_conditions} and {other_conditions} and not ({same}))"
        ))
    }

    /// The tables of a way, the conditions that join them to the row and to each other, and the name of the last one.
    fn follow(&mut self, path: &Path<'_, 'a>) -> (String, String, String) {
        let mut here = self.row.clone();
        let (mut tables, mut conditions) = (Vec::new(), Vec::new());
        for key in &path.keys {
            let next = self.slicer.alias();
            tables.push(format!("{} as {next}", self.slicer.relation(key.to)));
            conditions.push(self.leads(key, &here, &next));
            here = next;
        }
        (tables.join(" cross join "), conditions.join(" and "), here)
    }

    /// The row known as `from` points by the key to the one known as `to`. A key whose columns have no comparison finds nothing: `check` itself names it.
    fn leads(&mut self, key: &Key<'a>, from: &str, to: &str) -> String {
        self.slicer.points(key, from, to).unwrap_or_else(|_| "1 = 0".to_owned())
    }

    /// The column holds this word of the catalog's, as slices compare it.
    pub(super) fn word(&self, place: Place, column: &str, word: &str) -> Option<String> {
        self.slicer.word(place, &self.row, column, word).ok()
    }

    /// Two cells hold the same key; the second one's collation decides, as it does for slices.
    fn same(&self, left: (&str, Place, &str), right: (&str, Place, &str)) -> Option<String> {
        let engine = self.territory.schema.engine;
        let column = |place: Place, name: &str| self.territory.table(place).column(name);
        let (left_column, right_column) = (column(left.1, left.2)?, column(right.1, right.2)?);
        let (left, right) = (self.cell(left.0, left.2), self.cell(right.0, right.2));
        if engine == Engine::Postgres && !comparable(left_column, right_column) {
            return Some(format!("{left}::pg_catalog.text = {right}::pg_catalog.text"));
        }
        if engine == Engine::Mysql {
            return Some(mysql::equal((&left, left_column), (&right, right_column), right_column));
        }
        let collate = collate(engine, left_column, right_column);
        Some(format!("{left}{collate} {} {right}", equals(left_column, right_column)))
    }
}

/// Whether PostgreSQL has an `=` between the two types.
fn comparable(left: &Column, right: &Column) -> bool {
    const FAMILIES: [&[&str]; 2] =
        [&["int2", "int4", "int8", "numeric", "oid"], &["text", "varchar", "bpchar", "name", "citext"]];
    let family = |column: &Column| FAMILIES.iter().position(|family| family.contains(&column.base_type.as_str()));
    left.base_type == right.base_type || family(left).is_some_and(|one| family(right) == Some(one))
}

/// The sum of the counts.
pub(super) fn total(answer: &[(Option<String>, u64)]) -> u64 {
    answer.iter().map(|(_, rows)| rows).sum()
}

/// `12,345`, or `10,000 or more` where counting stopped.
pub(super) fn number(rows: u64) -> String {
    let digits = rows.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if rows == MOST_COUNTED { format!("{grouped} or more") } else { grouped }
}

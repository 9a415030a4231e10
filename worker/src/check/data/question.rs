//! Statements that count, and what their answers mean.

use super::{
    MOST_COUNTED,
    path::{self, Path},
    words,
};
use crate::{
    catalog::OwnerRule,
    check::Finding,
    plan::{
        identifier::quote_for,
        key::Key,
        slice::{Slicer, Unplannable},
        territory::{Place, Territory},
    },
};

/// One statement whose answer may be a finding.
pub(in crate::check) struct Question {
    /// The table that it is about.
    pub(in crate::check) place: Place,
    pub(super) column: Option<String>,
    pub(in crate::check) code: &'static str,
    /// Returns rows of a text or NULL and a count.
    pub(in crate::check) sql: String,
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
        let message = self.message.replace("{rows}", &number(rows)).replace("{words}", &words::listed(answer));
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

    /// The row holds something that points by the key.
    pub(super) fn points(&mut self, key: &Key<'a>) -> Result<String, Unplannable> {
        let row = self.row.clone();
        self.slicer.points(key, &row)
    }

    /// Something that the row points to by the key is not there.
    pub(super) fn misses(&mut self, key: &Key<'a>) -> Result<String, Unplannable> {
        let row = self.row.clone();
        self.slicer.misses(key, &row)
    }

    /// The row's key finds a row.
    pub(super) fn finds(&mut self, key: &Key<'a>) -> Result<String, Unplannable> {
        let other = self.slicer.alias();
        let (relation, row) = (self.slicer.relation(key.to), self.row.clone());
        Ok(format!("exists (select 1 from {relation} as {other} where {})", self.slicer.leads(key, &row, &other)?))
    }

    /// The column of the row holds the key of a tenant that exists.
    pub(super) fn names_a_tenant(&mut self, place: Place, column: &str) -> Result<String, Unplannable> {
        // In a tenant's own schema or database only that tenant's key is anybody's.
        if self.territory.is_placed(place) {
            return self.slicer.owner(place, &self.row, column);
        }
        let tenants = self.territory.tenants().ok_or(Unplannable)?;
        let key = &self.territory.catalog.tenant.key;
        let other = self.slicer.alias();
        let same = self.slicer.same((&self.row, place, column), (&other, tenants, key))?;
        Ok(format!("exists (select 1 from {} as {other} where {same})", self.slicer.relation(tenants)))
    }

    /// What finds a tenant or a row of one beside the owner's column: one condition for each way of the rule but its pair of type and id.
    pub(super) fn other_ways(&mut self, place: Place, rule: &OwnerRule) -> Result<Vec<String>, Unplannable> {
        let row = self.row.clone();
        let mut ways = self.slicer.names_somebody(place, &row, rule)?;
        for key in path::ways(self.territory, place).into_iter().filter(|key| !words::is_polymorphic(key)) {
            ways.push(self.finds(key)?);
        }
        Ok(ways)
    }

    /// By this way the row belongs to the tenant of the row's own column, or to another.
    pub(super) fn owner_is(
        &mut self,
        path: &Path<'_, 'a>,
        place: Place,
        column: &str,
        same: bool,
    ) -> Result<String, Unplannable> {
        let (from, conditions, end) = self.follow(path)?;
        let compared = self.slicer.same((&self.row, place, column), (&end, path.end, path.column))?;
        let compared = if same { compared } else { format!("not ({compared})") };
        Ok(format!("exists (select 1 from {from} where {conditions} and {compared})"))
    }

    /// By the one way the row belongs to another tenant than by the other.
    pub(super) fn owners_differ(&mut self, one: &Path<'_, 'a>, other: &Path<'_, 'a>) -> Result<String, Unplannable> {
        let (one_from, one_conditions, one_end) = self.follow(one)?;
        let (other_from, other_conditions, other_end) = self.follow(other)?;
        let same = self.slicer.same((&one_end, one.end, one.column), (&other_end, other.end, other.column))?;
        Ok(format!(
            "exists (select 1 from {one_from} cross join {other_from} where {one_conditions} and {other_conditions} and not ({same}))"
        ))
    }

    /// The tables of a way, the conditions that join them to the row and to each other, and the name of the last one.
    fn follow(&mut self, path: &Path<'_, 'a>) -> Result<(String, String, String), Unplannable> {
        let mut here = self.row.clone();
        let (mut tables, mut conditions) = (Vec::new(), Vec::new());
        for key in &path.keys {
            let next = self.slicer.alias();
            tables.push(format!("{} as {next}", self.slicer.relation(key.to)));
            conditions.push(self.slicer.leads(key, &here, &next)?);
            here = next;
        }
        Ok((tables.join(" cross join "), conditions.join(" and "), here))
    }

    /// The column holds this word of the catalog's, as slices compare it.
    pub(super) fn word(&self, place: Place, column: &str, word: &str) -> Result<String, Unplannable> {
        self.slicer.word(place, &self.row, column, word)
    }
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

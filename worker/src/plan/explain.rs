//! Why rows of a table are in a tenant's archive, told to people.

mod layout;

use super::{
    RowKind, TablePlan, check, reason,
    select::select,
    slice::Slicer,
    territory::{Class, Territory},
    way,
};
use crate::{
    catalog::{Catalog, Mask},
    check::Finding,
    schema::Schema,
};
use serde::Serialize;
use std::fmt;

/// What an export makes of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The table, as the catalog names it.
    pub table: String,
    /// What the catalog makes of it.
    pub fate: Fate,
    /// The ways in which its rows belong to a tenant; empty unless they do.
    pub ways: Vec<Way>,
    /// For referenced tables the keys whose rows bring its own into the archive, as `accounts.plan_id`.
    pub pointed_to_by: Vec<String>,
    /// Columns that are never selected.
    pub omitted: Vec<OmittedColumn>,
    /// Columns that are delivered in part.
    pub masked: Vec<MaskedColumn>,
    /// The query of its slice, laid out over lines; `:tenant` stands for the tenant's key, which an export binds. None where nothing is read, or a finding prevents it.
    pub sql: Option<String>,
    /// What `check` finds about the table: exports do not start before it is settled.
    pub findings: Vec<Finding>,
}

/// What becomes of a table's rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "reason")]
pub enum Fate {
    /// Rows of the tenant's leave; why they are the tenant's.
    Owned(String),
    /// Rows that exported rows point to leave.
    Referenced(String),
    /// Every row leaves.
    Shared(String),
    /// None leaves; why.
    Excluded(String),
    /// Nobody has decided; the open question.
    Undecided(String),
}

/// One way to a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// As a sentence.
    pub sentence: String,
    /// The shortest path, as `sale_lines.sale_id → sales.workspace_id = tenant`; none for a way that leads only back to tables on the way.
    pub path: Option<String>,
}

/// A column that is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OmittedColumn {
    /// Its name.
    pub column: String,
    /// Why.
    pub reason: String,
}

/// A column that is delivered in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MaskedColumn {
    /// Its name.
    pub column: String,
    /// How.
    pub mask: Mask,
}

/// Why a table cannot be explained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unexplained {
    /// The catalog is for another kind of database.
    #[error("the catalog is for {catalog}, the source is {source_engine}")]
    WrongEngine {
        /// The catalog's.
        catalog: shared::export::Engine,
        /// The source's.
        source_engine: shared::export::Engine,
    },
    /// The source has no such table, or more than one reads like this.
    #[error("the source has no table that the catalog would name `{0}`")]
    NoSuchTable(String),
}

/// Tells why rows of `table` (named as in the catalog) are in a tenant's archive, also where findings keep exports from starting.
pub fn explain(catalog: &Catalog, schema: &Schema, table: &str) -> Result<Explanation, Unexplained> {
    if catalog.engine != schema.engine {
        return Err(Unexplained::WrongEngine { catalog: catalog.engine, source_engine: schema.engine });
    }
    let territory = Territory::new(catalog, schema);
    let place = match territory.by_name().get(table).map(Vec::as_slice) {
        Some([place]) => *place,
        _ => return Err(Unexplained::NoSuchTable(table.to_owned())),
    };
    let mut findings = check::check(catalog, schema);
    findings.retain(|finding| finding.table.as_deref() == Some(table));
    let (_, because) = reason(&territory, place);
    let fate = match territory.class(place) {
        Class::Owned(_) => Fate::Owned(because),
        Class::Referenced => Fate::Referenced(because),
        Class::Shared => Fate::Shared(because),
        Class::Excluded(reason) => Fate::Excluded(reason.to_owned()),
        Class::Undecided | Class::Unclassified => {
            let question = territory.rule(place).and_then(|rule| rule.undecided.clone());
            Fate::Undecided(question.unwrap_or_else(|| "nobody has decided about this table".to_owned()))
        }
    };
    let planned = super::table_plan(&territory, place, String::new()).ok();
    let sql = planned
        .as_ref()
        .and_then(|plan| select(&mut Slicer::for_people(&territory), place, &plan.columns).ok())
        .map(|sql| layout::lines(schema.engine, &sql));
    let (omitted, masked) = planned.map(hidden).unwrap_or_default();
    Ok(Explanation {
        table: table.to_owned(),
        ways: match territory.class(place) {
            Class::Owned(rule) => {
                let sentences = way::sentences(&territory, place, rule);
                let paths = way::paths(&territory, place, rule);
                sentences.into_iter().zip(paths).map(|(sentence, path)| Way { sentence, path }).collect()
            }
            _ => Vec::new(),
        },
        pointed_to_by: match territory.class(place) {
            Class::Referenced => territory.pointing_to(place).map(|key| way::step(&territory, key)).collect(),
            _ => Vec::new(),
        },
        fate,
        omitted,
        masked,
        sql,
        findings,
    })
}

fn hidden(plan: TablePlan) -> (Vec<OmittedColumn>, Vec<MaskedColumn>) {
    let omitted = plan.omitted.into_iter().map(|(column, reason)| OmittedColumn { column, reason });
    let masked = plan.masked.into_iter().map(|(column, mask)| MaskedColumn { column, mask });
    (omitted.collect(), masked.collect())
}

impl Fate {
    /// The kind of rows that leave; none if no row does.
    pub fn kind(&self) -> Option<RowKind> {
        match self {
            Self::Owned(_) => Some(RowKind::Owned),
            Self::Referenced(_) => Some(RowKind::Referenced),
            Self::Shared(_) => Some(RowKind::Shared),
            Self::Excluded(_) | Self::Undecided(_) => None,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = &self.table;
        match &self.fate {
            Fate::Owned(_) => writeln!(formatter, "{table}: rows of the tenant's leave.")?,
            Fate::Referenced(_) => writeln!(formatter, "{table}: rows that exported rows point to leave.")?,
            Fate::Shared(reason) => writeln!(formatter, "{table}: every row leaves ({reason}).")?,
            Fate::Excluded(reason) => writeln!(formatter, "{table}: no row leaves: {reason}")?,
            Fate::Undecided(question) => writeln!(formatter, "{table}: no export starts yet: {question}")?,
        }
        for finding in &self.findings {
            writeln!(formatter, "  finding: {finding}")?;
        }
        for Way { sentence, path } in &self.ways {
            writeln!(formatter, "  {sentence}")?;
            match path {
                Some(path) => writeln!(formatter, "    {path}")?,
                None => writeln!(formatter, "    leads back to tables on the way")?,
            }
        }
        for key in &self.pointed_to_by {
            writeln!(formatter, "  {key} points to it")?;
        }
        for OmittedColumn { column, reason } in &self.omitted {
            writeln!(formatter, "  without {column}: {reason}")?;
        }
        for MaskedColumn { column, mask } in &self.masked {
            let mask = match mask {
                Mask::Last4 => "only its last four characters",
                Mask::Email => "only its first character and the domain",
                Mask::Redact => "only that it holds something",
            };
            writeln!(formatter, "  of {column} {mask}")?;
        }
        match &self.sql {
            Some(sql) => write!(formatter, "\n{sql}"),
            None => Ok(()),
        }
    }
}

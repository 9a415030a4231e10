//! Ways from table to table: the keys that the database declares, and those that only names, types and samples speak for.

use super::{
    landscape::{Landscape, Place},
    noun,
    reading::{Likeness, Reading, Readings},
    reviewed,
    sample::{Sampler, Share},
};
use crate::{catalog::Catalog, error::ExportError, schema::Column};
use std::collections::BTreeSet;

/// A key that is held for certain.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// The columns that point.
    pub(super) columns: Vec<String>,
    pub(super) to: Place,
    pub(super) to_columns: Vec<String>,
    /// None of the columns can be NULL.
    pub(super) required: bool,
    /// The database deletes the row together with the one that it points to.
    pub(super) cascades: bool,
    /// For a key that the database does not declare: what speaks for it.
    pub(super) evidence: Option<String>,
}

/// A column that may be a key, or looks like one without saying to what.
#[derive(Debug, Clone)]
pub(super) struct Doubt {
    pub(super) to: Option<Place>,
    pub(super) required: bool,
    /// What is known, as a sentence without its end.
    pub(super) what: String,
}

/// The keys of one table.
#[derive(Debug, Clone, Default)]
pub(super) struct Ways {
    pub(super) ways: Vec<Way>,
    pub(super) doubts: Vec<Doubt>,
}

impl Way {
    /// As `owner.through` names it.
    pub(super) fn words(&self) -> String {
        self.columns.join(", ")
    }
}

/// The keys of every table.
pub(super) async fn all(
    land: &Landscape<'_>,
    catalog: Option<&Catalog>,
    sampler: &mut Sampler<'_>,
) -> Result<Vec<Ways>, ExportError> {
    let readings = Readings::new(land);
    let mut all = Vec::with_capacity(land.schema.tables.len());
    for place in land.all() {
        let known = catalog.map(|catalog| reviewed::ways(land, catalog, place)).unwrap_or_default();
        all.push(of(land, &readings, place, known, sampler).await?);
    }
    Ok(all)
}

async fn of(
    land: &Landscape<'_>,
    readings: &Readings<'_>,
    place: Place,
    known: Vec<Way>,
    sampler: &mut Sampler<'_>,
) -> Result<Ways, ExportError> {
    let table = land.table(place);
    let mut found = Ways::default();
    if table.is_virtual() {
        return Ok(found);
    }
    let mut declared: BTreeSet<&str> = BTreeSet::new();
    for key in &table.foreign_keys {
        declared.extend(key.columns.iter().map(String::as_str));
        if let Some(to) = land.place(&key.to_schema, &key.to_table) {
            let required = |name: &String| table.column(name).is_some_and(|column| column.not_null);
            found.ways.push(Way {
                columns: key.columns.clone(),
                to,
                to_columns: key.to_columns.clone(),
                required: key.columns.iter().all(required),
                cascades: key
                    .definition
                    .as_ref()
                    .is_some_and(|text| text.to_ascii_lowercase().contains("on delete cascade")),
                evidence: None,
            });
        }
    }
    let known_columns: BTreeSet<String> = known.iter().flat_map(|way| way.columns.clone()).collect();
    found.ways.extend(known);
    let open = |column: &&Column| !declared.contains(column.name.as_str()) && !known_columns.contains(&column.name);
    for column in table.columns.iter().filter(open) {
        if land.names_the_tenant(&column.name) || column.generated.is_some() {
            continue;
        }
        let readings = readings.of(land, place, column);
        match readings.as_slice() {
            [] => {
                if looks_like_key(land, place, column) {
                    found.doubts.push(Doubt {
                        to: None,
                        required: column.not_null,
                        what: format!("`{}` looks like a key, but no table has its name", column.name),
                    });
                }
            }
            [reading] => weigh(land, place, column, *reading, sampler, &mut found).await?,
            several => {
                let tables: Vec<&str> = several.iter().map(|reading| land.name(reading.to)).collect();
                found.doubts.push(Doubt {
                    to: several.first().map(|reading| reading.to),
                    required: column.not_null,
                    what: format!("`{}` may point to each of {}", column.name, tables.join(", ")),
                });
            }
        }
    }
    Ok(found)
}

/// Lets a sample speak for or against what the name says.
async fn weigh(
    land: &Landscape<'_>,
    from: Place,
    column: &Column,
    reading: Reading<'_>,
    sampler: &mut Sampler<'_>,
    found: &mut Ways,
) -> Result<(), ExportError> {
    let Reading { to, key, likeness } = reading;
    let share = sampler.contained(land, from, column, to, key).await?;
    let target = format!("{}.{}", land.name(to), key.name);
    let counted = share.map(|share| told(share, &target));
    let certain = match (likeness, share) {
        (Likeness::Exact, None) => Some("name and type match; not sampled".to_owned()),
        (Likeness::Exact, Some(Share { of: 0, .. })) => Some("name and type match; there are no values yet".to_owned()),
        (Likeness::Exact, Some(share)) if share.is_all() => {
            counted.as_ref().map(|counted| format!("name and type match, {counted}"))
        }
        (Likeness::Prefixed, Some(share)) if share.is_all() => {
            counted.as_ref().map(|counted| format!("the name's end and the type match, {counted}"))
        }
        _ => None,
    };
    if let Some(evidence) = certain {
        found.ways.push(Way {
            columns: vec![column.name.clone()],
            to,
            to_columns: vec![key.name.clone()],
            required: column.not_null,
            cascades: false,
            evidence: Some(evidence),
        });
        return Ok(());
    }
    let sample = counted.unwrap_or_else(|| "not sampled".to_owned());
    found.doubts.push(Doubt {
        to: Some(to),
        required: column.not_null,
        what: format!("`{}` may point to {target}: the type matches, {sample}", column.name),
    });
    Ok(())
}

fn told(share: Share, target: &str) -> String {
    match share {
        Share { of: 0, .. } => "there are no values yet".to_owned(),
        Share { of, so } if of == so => format!("{so} of {of} sampled values are found in {target}"),
        Share { of, so } => format!("only {so} of {of} sampled values are found in {target}"),
    }
}

/// Whether the column has a name and a type as keys have them, and is not the table's own.
fn looks_like_key(land: &Landscape<'_>, place: Place, column: &Column) -> bool {
    let table = land.table(place);
    let words = noun::words(&column.name);
    let ends = words.last().is_some_and(|last| ["id", "ids", "uuid", "guid", "by", "fk"].contains(&last.as_str()));
    let own = table.primary_key.as_slice() == [column.name.as_str()];
    let base = column.base_type.to_ascii_lowercase();
    let moment = ["time", "date", "bool"].iter().any(|part| base.contains(part));
    words.len() > 1 && ends && !own && !moment
}

//! The plan of an export: for each table what is selected, why, and what is left out.

mod certain;
mod circle;
pub mod explain;
pub(crate) mod identifier;
pub(crate) mod json_text;
pub(crate) mod key;
pub(crate) mod large_object;
pub(crate) mod mysql;
mod order;
pub(crate) mod person;
pub(crate) mod select;
pub(crate) mod slice;
mod stem;
pub(crate) mod territory;
mod way;

use crate::{
    catalog::{Catalog, Mask, OwnerRule},
    check::{self, Finding},
    schema::{Schema, Table},
};
pub use explain::{Explanation, explain};
use person::{Belonging, Showing};
use shared::export::Engine;
use slice::Slicer;
use territory::{Class, Place, Territory};

/// Everything an export will read, and what it will not.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The live schema it was made from.
    pub schema: Schema,
    /// Fingerprint of the catalog.
    pub catalog_fingerprint: String,
    /// Tables to read, parents before children where keys allow.
    pub tables: Vec<TablePlan>,
    /// Tables that are left out, with the reason.
    pub excluded: Vec<Excluded>,
}

/// One table to read.
#[derive(Debug, Clone)]
pub struct TablePlan {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// Its name in the catalog (`table` or `schema.table`), as people see it.
    pub name: String,
    /// First part of its file names: its name made safe for every file system and unique in the archive without regard to case.
    pub file_stem: String,
    /// Groups it in the index; `"Other"` unless the catalog says.
    pub category: String,
    /// Why its rows are in the archive.
    pub kind: RowKind,
    /// The same as a sentence: "workspace_id is the tenant's key".
    pub because: String,
    /// The columns that are selected, in order. Generated columns are selected (for CSV) but take no part in SQL data.
    pub columns: Vec<ColumnPlan>,
    /// Columns never selected, with the reason.
    pub omitted: Vec<(String, String)>,
    /// Columns delivered in part.
    pub masked: Vec<(String, Mask)>,
    /// The slice as a query over `columns`, ordered by primary key where there is one. The owner's key is bound: PostgreSQL through the session setting
    /// `handover.tenant`, SQLite as parameter 1; so is a person's: `handover.subject`, parameter 2.
    pub select: String,
    /// Which of `columns` holds the owner's key, for the tripwire: no row of the slice may hold another tenant's in it.
    pub owner_column: Option<usize>,
    /// Whether rows in which the owner's column is NULL may be in the slice all the same, because the table has other ways to a tenant. Without it the
    /// tripwire refuses NULL as it refuses another tenant's key.
    pub owner_may_be_null: bool,
    /// Which of the live table's foreign keys, by their places, lead only to rows that are in the archive too, unless the source breaks its own keys.
    pub certain_keys: Vec<usize>,
    /// PostgreSQL: the columns whose values are numbers of large objects that are delivered too.
    pub large_objects: Vec<String>,
    /// PostgreSQL: the columns of text that `select` reads as JSON, each as `table.column`: a row of theirs that holds none stops the reading.
    pub json_texts: Vec<String>,
}

/// One selected column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnPlan {
    /// Its name.
    pub name: String,
    /// See [`crate::schema::Column::type_name`].
    pub type_name: String,
    /// See [`crate::schema::Column::base_type`].
    pub base_type: String,
    /// Whether it may be NULL in the archive.
    pub nullable: bool,
    /// Whether the database computes it: it is in the CSV but not in the SQL data.
    pub generated: bool,
    /// How it is masked.
    pub mask: Option<Mask>,
}

/// Why rows are in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// They belong to the tenant.
    Owned,
    /// Owned rows point to them.
    Referenced,
    /// Reference data.
    Shared,
}

/// A table that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// Why.
    pub reason: String,
}

impl Plan {
    /// Plans the export of a tenant; refuses with every finding of [`crate::check::check`].
    pub fn tenant(catalog: &Catalog, schema: Schema) -> Result<Self, Vec<Finding>> {
        let findings = check::tenant(catalog, &schema);
        if !findings.is_empty() {
            return Err(findings);
        }
        let (tables, excluded) = plan(&Territory::new(catalog, &schema))?;
        Ok(Self { catalog_fingerprint: catalog.fingerprint.clone(), tables, excluded, schema })
    }

    /// Plans the export of one person of this kind; refuses with every finding of [`crate::check::subject`].
    pub fn subject(catalog: &Catalog, schema: Schema, kind: &str) -> Result<Self, Vec<Finding>> {
        let findings = check::subject(catalog, &schema, kind);
        if !findings.is_empty() {
            return Err(findings);
        }
        let territory =
            Territory::subject(catalog, &schema, kind).ok_or_else(|| vec![check::no_such_subject(catalog, kind)])?;
        let (tables, excluded) = plan(&territory)?;
        Ok(Self { catalog_fingerprint: catalog.fingerprint.clone(), tables, excluded, schema })
    }

    /// The live table behind a planned one.
    pub fn live(&self, table: &TablePlan) -> Option<&Table> {
        self.schema.table(&table.schema, &table.table)
    }
}

fn plan(territory: &Territory<'_>) -> Result<(Vec<TablePlan>, Vec<Excluded>), Vec<Finding>> {
    let places = order::parents_first(territory);
    let stems = stem::stems(places.iter().map(|place| territory.name(*place)));
    let tables = places
        .iter()
        .zip(stems)
        .map(|(place, stem)| table_plan(territory, *place, stem))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|finding| vec![finding])?;
    let control = control(territory.catalog);
    let excluded = (0..territory.schema.tables.len())
        .filter_map(|place| match territory.class(place) {
            Class::Excluded(reason) => Some(Excluded {
                schema: territory.table(place).schema.clone(),
                table: territory.table(place).name.clone(),
                reason: reason.to_owned(),
            }),
            _ => None,
        })
        .chain(control)
        .collect();
    Ok((tables, excluded))
}

/// What stays behind where each tenant has a database of its own: the database that tells who exists.
fn control(catalog: &Catalog) -> Option<Excluded> {
    let (_, reason) = (catalog.placed_database()?, catalog.tenant.control.as_ref()?);
    let (schema, table) = match catalog.schemas.as_slice() {
        [schema] => (schema.as_str(), catalog.tenant.table.as_str()),
        _ => catalog.tenant.table.split_once('.').unwrap_or(("", &catalog.tenant.table)),
    };
    Some(Excluded {
        schema: schema.to_owned(),
        table: table.to_owned(),
        reason: format!(
            "this, like everything in the {} that lists who the tenants are: {reason}",
            match catalog.engine {
                Engine::Sqlite => "file",
                _ => "database",
            }
        ),
    })
}

fn table_plan(territory: &Territory<'_>, place: Place, file_stem: String) -> Result<TablePlan, Finding> {
    let table = territory.table(place);
    let name = territory.name(place).to_owned();
    let unplannable = || {
        Finding {
        code: "unplannable",
        table: Some(name.clone()),
        column: None,
        message: "the rules of this table lead over more ways than one query can follow; give it an owner column or share one of the tables on the way with \"all\"".to_owned(),
    }
    };
    let rule = territory.rule(place).ok_or_else(unplannable)?;
    let mut columns = Vec::new();
    let mut omitted = Vec::new();
    let mut masked = Vec::new();
    let mut large_objects = Vec::new();
    for column in &table.columns {
        let mask = match territory.showing(rule, &column.name) {
            Showing::Omitted(reason) => {
                omitted.push((column.name.clone(), reason.to_owned()));
                continue;
            }
            Showing::Masked(mask) => {
                masked.push((column.name.clone(), mask));
                Some(mask)
            }
            Showing::Whole => None,
        };
        if mask.is_none() && rule.columns.get(&column.name).is_some_and(|rule| rule.deliver.is_some()) {
            large_objects.push(column.name.clone());
        }
        columns.push(ColumnPlan {
            name: column.name.clone(),
            type_name: column.type_name.clone(),
            base_type: column.base_type.clone(),
            nullable: !column.not_null,
            generated: column.generated.as_ref().is_some_and(|rule| !rule.own_code),
            mask,
        });
    }
    let (kind, mut because) = reason(territory, place);
    if let Some(engine) = &table.untransacted {
        because.push_str(&format!(
            "; {engine} knows no snapshot, so its rows are those of the moment when they were read"
        ));
    }
    let (owner_column, owner_may_be_null) = match territory.whole().class(place) {
        Class::Owned(rule @ OwnerRule { column: Some(owner), .. }) => {
            let index = columns.iter().position(|column| column.name == *owner).ok_or_else(unplannable)?;
            (Some(index), rule.has_ways_beside_column())
        }
        _ => (None, false),
    };
    let select = select::select(&mut Slicer::new(territory), place, &columns).map_err(|_| unplannable())?;
    Ok(TablePlan {
        schema: table.schema.clone(),
        table: table.name.clone(),
        file_stem,
        category: rule.category.clone().unwrap_or_else(|| "Other".to_owned()),
        kind,
        because,
        json_texts: json_text::read_by(territory.whole(), &select),
        select,
        name,
        columns,
        omitted,
        masked,
        owner_column,
        owner_may_be_null,
        certain_keys: certain::keys(territory, place),
        large_objects,
    })
}

fn reason(territory: &Territory<'_>, place: Place) -> (RowKind, String) {
    match (territory.class(place), territory.belonging(place)) {
        (_, Some(belonging)) => persons_reason(territory, place, belonging),
        (Class::Owned(rule), None) => (RowKind::Owned, way::sentences(territory, place, rule).join(" or ")),
        (Class::Referenced, _) => (RowKind::Referenced, "exported rows point to it".to_owned()),
        _ => (RowKind::Shared, "reference data that belongs to nobody".to_owned()),
    }
}

fn persons_reason(territory: &Territory<'_>, place: Place, belonging: Belonging<'_>) -> (RowKind, String) {
    match belonging {
        Belonging::Themselves => (RowKind::Owned, "it is the person's own entry".to_owned()),
        Belonging::Through(_) => (RowKind::Owned, way::persons(territory, place).join(" or ")),
        Belonging::Referenced => (RowKind::Referenced, "rows of the person's point to it".to_owned()),
        Belonging::All => (RowKind::Shared, "the tenant's, for everybody whose data it keeps".to_owned()),
    }
}

//! Drafting where each tenant has a schema or a database of its own: one tenant's tables stand for those of all.

use super::{
    InferError, Request, draft,
    landscape::{Landscape, Place},
    share, story,
    verdict::{Decision, Verdict},
};
use crate::{
    catalog::{Catalog, Placement},
    check::placement::first,
    schema::{Schema, Table},
    source::{Snapshot, Source},
};
use shared::export::Engine;

/// The schema in which the table of tenants stands while the tables of another database are drafted.
const ELSEWHERE: &str = "the database that lists the tenants";

/// One tenant's place, whose tables stand for those of all.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) placement: Placement,
    /// The tenant's schema or database.
    pub(super) place: String,
    /// With placement by database: the table of tenants.
    control: Option<Control>,
}

/// The table of tenants in another database.
#[derive(Debug, Clone)]
struct Control {
    /// As the catalog names it.
    name: String,
    /// Its key.
    key: String,
    /// Without its keys, so that nothing seems to point to it.
    table: Table,
}

/// How the catalog names what is live.
pub(super) struct Naming<'p> {
    /// The schemas as the catalog lists them.
    pub(super) schemas: Vec<String>,
    pub(super) placed: Option<&'p Placed>,
}

/// The placement that is asked for, or that the reviewed file has.
pub(super) fn asked(
    engine: Engine,
    request: &Request,
    reviewed: Option<&story::Reviewed>,
) -> Result<Option<Placement>, InferError> {
    let known = reviewed.map(|reviewed| reviewed.catalog.tenant.placement.as_ref());
    match (&request.placement, known) {
        (Some(Placement::Schema(_)), _) if engine != Engine::Postgres => Err(InferError::Request(format!(
            "a source of {engine} has no schemas in a database; use --placement-database"
        ))),
        (Some(wanted), Some(known)) if known != Some(wanted) => {
            Err(InferError::Reviewed("it has another `placement` or none; change it there".to_owned()))
        }
        (None, Some(known)) => Ok(known.cloned()),
        (wanted, _) => Ok(wanted.clone()),
    }
}

/// Finds the first tenant that has a place; with it a catalog that knows only who the tenants are.
pub(super) async fn find(
    source: &Source,
    snapshot: &mut Snapshot,
    request: &Request,
    schemas: &[String],
    placement: &Placement,
) -> Result<(Placed, Catalog), InferError> {
    let fixed: Vec<String> =
        schemas.iter().filter(|schema| **schema != placement.template().to_string()).cloned().collect();
    let live = snapshot.schema(&fixed).await?;
    let naming = Naming { schemas: schemas.to_vec(), placed: None };
    let land = story::survey_land(&live, &naming, request)?;
    let (name, key) = (land.name(land.tenants).to_owned(), land.key.clone());
    let catalog = bare(source.engine, schemas, placement, &name, &key)?;
    let Some(place) = first(source, snapshot, &catalog).await? else {
        return Err(InferError::Request(format!(
            "no tenant of `{name}` has a {} named `{}`; a draft needs the tables of one",
            placement.noun(source.engine),
            placement.template()
        )));
    };
    let control = matches!(placement, Placement::Database(_)).then(|| {
        let table = live.tables[land.tenants].clone();
        let table = Table {
            schema: ELSEWHERE.to_owned(),
            primary_key: Vec::new(),
            unique: Vec::new(),
            foreign_keys: Vec::new(),
            row_level_security: false,
            ..table
        };
        Control { name, key, table }
    });
    Ok((Placed { placement: placement.clone(), place, control }, catalog))
}

/// A catalog that knows only who the tenants are and where.
fn bare(
    engine: Engine,
    schemas: &[String],
    placement: &Placement,
    table: &str,
    key: &str,
) -> Result<Catalog, InferError> {
    let quoted = draft::quoted;
    let listed: Vec<String> = schemas.iter().map(|schema| quoted(schema)).collect();
    let schemas = match engine {
        Engine::Postgres => format!("schemas = [{}]\n", listed.join(", ")),
        Engine::Mysql | Engine::Sqlite => String::new(),
    };
    let (kind, control) = match placement {
        Placement::Schema(_) => ("schema", String::new()),
        Placement::Database(_) => ("database", "control = \"not asked yet\"\n".to_owned()),
    };
    let text = format!(
        "version = 1\nengine = {}\n{schemas}[tenant]\ntable = {table}\nkey = {key}\nplacement = {{ {kind} = {} }}\n{control}[tables.{table}]\nowner = {{ column = {key} }}\n",
        quoted(engine.as_str()),
        quoted(&placement.template().to_string()),
        table = quoted(table),
        key = quoted(key),
    );
    Catalog::parse(&text).map_err(|error| InferError::Request(error.to_string()))
}

impl Placed {
    /// The schemas to read, of those that the catalog lists.
    pub(super) fn live_schemas(&self, schemas: &[String]) -> Vec<String> {
        let template = self.placement.template().to_string();
        let live = |schema: &String| if *schema == template { self.place.clone() } else { schema.clone() };
        match self.placement {
            Placement::Schema(_) => schemas.iter().map(live).collect(),
            Placement::Database(_) => schemas.to_vec(),
        }
    }

    /// What is live, with the table of tenants where it is in another database.
    pub(super) fn with_control(&self, schema: &Schema) -> Schema {
        let mut schema = schema.clone();
        schema.tables.extend(self.control.iter().map(|control| control.table.clone()));
        schema
    }

    /// What is live, as the catalog names it.
    pub(super) fn as_named(&self, schema: &Schema) -> Schema {
        let fixed: Vec<String> = schema.tables.iter().map(|table| table.schema.clone()).collect();
        match &self.placement {
            Placement::Schema(template) => {
                let fixed: Vec<String> = fixed.into_iter().filter(|schema| *schema != self.place).collect();
                schema.shape(&fixed, &self.place, &template.to_string())
            }
            Placement::Database(_) => schema.clone(),
        }
    }

    /// What the reviewer should know.
    pub(super) fn note(&self, engine: Engine) -> String {
        format!(
            "Each tenant has a {noun} of its own; that of the tenants' first, `{}`, was looked at. `handover catalog check` compares all of them.",
            self.place,
            noun = self.placement.noun(engine)
        )
    }
}

impl Naming<'_> {
    /// As the catalog names the table.
    pub(super) fn of(&self, schema: &str, table: &str) -> String {
        let (template, own) = match self.placed {
            Some(Placed { control: Some(control), .. }) if schema == ELSEWHERE => return format!("\0{}", control.name),
            Some(Placed { placement: Placement::Schema(template), place, .. }) => {
                (template.to_string(), schema == place)
            }
            _ => (String::new(), false),
        };
        match self.schemas.as_slice() {
            [_] => table.to_owned(),
            _ if own => format!("{template}.{table}"),
            _ => format!("{schema}.{table}"),
        }
    }

    /// The tenants' key, where their table is in another database.
    pub(super) fn key(&self) -> Option<&str> {
        self.placed.and_then(|placed| placed.control.as_ref()).map(|control| control.key.as_str())
    }

    /// The table of tenants as the catalog names it.
    pub(super) fn tenants(&self, land: &Landscape<'_>) -> String {
        land.name(land.tenants).trim_start_matches('\0').to_owned()
    }

    /// Whether the table is in another database than those that are drafted.
    pub(super) fn is_elsewhere(&self, land: &Landscape<'_>, place: Place) -> bool {
        self.placed.is_some_and(|placed| placed.control.is_some()) && place == land.tenants
    }

    /// Every table of the tenant's own is the tenant's, but for what tools keep there and what cannot be read.
    pub(super) fn decide(&self, land: &Landscape<'_>, verdicts: &mut [Option<Verdict>]) {
        let Some(placed) = self.placed else { return };
        let by_schema = matches!(placed.placement, Placement::Schema(_));
        let noun = placed.placement.noun(land.schema.engine);
        for place in land.all() {
            let table = land.table(place);
            if self.is_elsewhere(land, place) || by_schema && table.schema != placed.place {
                continue;
            }
            verdicts[place] = match table.is_virtual() || share::bookkeeping(table).is_some() {
                true => None,
                false => Some(Verdict::new(Decision::Placement, format!("In the tenant's own {noun}."))),
            };
        }
    }
}

//! Where a tenant's data are: in the source itself, in a schema of the tenant's own, or in a database of its own.

use super::{NOWHERE_NOTED, Snapshot, Source, TenantRow, mysql, postgres, refusal, sqlite, tenant_table};
use crate::{
    catalog::{Catalog, Placement},
    check,
    error::ExportError,
    plan::territory::Territory,
    schema::Schema,
};
use chrono::{DateTime, Utc};
use shared::export::{Engine, TenantId};

/// A tenant's data in one snapshot; [`Opened::bind`] makes them that tenant's.
pub struct Opened {
    /// The source, or the tenant's own database.
    pub source: Source,
    /// The catalog as it speaks of this tenant.
    pub catalog: Catalog,
    /// The snapshot; to be closed.
    pub snapshot: Snapshot,
    tenant: TenantId,
    /// Who was found in another database.
    found: Option<(TenantRow, Bound)>,
}

/// A tenant that was found, to be bound elsewhere.
#[derive(Clone)]
enum Bound {
    Postgres(postgres::Tenant),
    Mysql(Box<mysql::Tenant>),
    Sqlite(sqlite::Tenant),
}

impl Opened {
    /// The live schema of the tenant's data, as the snapshot sees it. Refused where columns need something of another tenant's schema.
    pub async fn schema(&mut self) -> Result<Schema, ExportError> {
        let schema = self.snapshot.schema(&self.catalog.schemas).await?;
        let taken = schema.taken_from_strangers(&self.catalog);
        match taken.is_empty() {
            true => Ok(schema.without_strangers(&self.catalog)),
            false => Err(ExportError::Catalog(taken.iter().map(ToString::to_string).collect())),
        }
    }

    /// Binds the tenant for every later read, once `schema` was read from the snapshot.
    pub async fn bind(&mut self, schema: &Schema) -> Result<TenantRow, ExportError> {
        match &self.found {
            None => self.snapshot.bind_tenant(&self.catalog, schema, &self.tenant).await,
            Some((row, bound)) => {
                self.snapshot.adopt(&self.catalog, schema, bound).await?;
                Ok(row.clone())
            }
        }
    }
}

impl Source {
    /// The live schema of a tenant's data, on a connection of its own.
    pub(crate) async fn schema_of(&self, catalog: &Catalog) -> Result<Schema, ExportError> {
        Ok(self.schema(&catalog.schemas).await?.without_strangers(catalog))
    }

    /// Takes a snapshot of where this tenant's data are. `label` and `now` as in [`Source::snapshot`]; [`ExportError::TenantNotFound`] where the tenant had
    /// to be found first, else [`Opened::bind`] says so.
    pub async fn open(
        &self,
        catalog: &Catalog,
        tenant: &TenantId,
        label: &str,
        now: DateTime<Utc>,
    ) -> Result<Opened, ExportError> {
        if catalog.tenant.placement.is_some() && catalog.engine != self.engine {
            return Err(ExportError::Catalog(vec![check::wrong_engine(catalog, self.engine).to_string()]));
        }
        let mut snapshot = self.snapshot(label, now).await?;
        match &catalog.tenant.placement {
            None => Ok(Opened {
                source: self.clone(),
                catalog: catalog.clone(),
                snapshot,
                tenant: tenant.clone(),
                found: None,
            }),
            Some(Placement::Schema(_)) => match self.in_schema(&mut snapshot, catalog, tenant).await {
                Ok(catalog) => {
                    Ok(Opened { source: self.clone(), catalog, snapshot, tenant: tenant.clone(), found: None })
                }
                Err(error) => {
                    snapshot.close().await;
                    Err(error)
                }
            },
            Some(Placement::Database(_)) => {
                let found = self.in_database(&mut snapshot, catalog, tenant).await;
                snapshot.close().await;
                let (source, catalog, row, bound) = found?;
                let snapshot = source.snapshot(label, now).await?;
                Ok(Opened { source, catalog, snapshot, tenant: tenant.clone(), found: Some((row, bound)) })
            }
        }
    }

    async fn in_schema(
        &self,
        snapshot: &mut Snapshot,
        catalog: &Catalog,
        tenant: &TenantId,
    ) -> Result<Catalog, ExportError> {
        let row = found(snapshot, catalog, tenant).await?;
        let place = self.place(snapshot, catalog, &row.key).await?;
        Ok(catalog.at_place(&place))
    }

    async fn in_database(
        &self,
        snapshot: &mut Snapshot,
        catalog: &Catalog,
        tenant: &TenantId,
    ) -> Result<(Source, Catalog, TenantRow, Bound), ExportError> {
        let control = catalog.control();
        let schema = snapshot.schema(&control.schemas).await?;
        let row = snapshot.bind_tenant(&control, &schema, tenant).await?;
        let bound =
            snapshot.bound().ok_or_else(|| ExportError::Internal("a tenant that was found is not bound".to_owned()))?;
        let place = self.place(snapshot, catalog, &row.key).await?;
        let mut placed = catalog.at_place(&place);
        placed.known_key = Territory::new(&control, &schema).tenant_key().cloned();
        Ok((self.at(catalog, &place)?, placed, row, bound))
    }

    /// The name of the tenant's schema or database, which exists under exactly this name.
    async fn place(&self, snapshot: &mut Snapshot, catalog: &Catalog, key: &str) -> Result<String, ExportError> {
        let (Some(placement), Ok(place)) = (&catalog.tenant.placement, catalog.place_of(key)) else {
            let why = catalog.place_of(key).err().map_or_else(String::new, |error| error.to_string());
            return Err(refusal::refused(why, None));
        };
        let place = place.unwrap_or_default();
        let exists = match self.engine {
            Engine::Sqlite => sqlite::places::file(&self.url, placement.template(), key)?.is_some(),
            _ => snapshot.places(placement).await?.contains(&place),
        };
        match exists {
            true => Ok(place),
            false => Err(refusal::refused(missing(placement, self.engine, &place), None)),
        }
    }

    /// The database or file of this name, where the catalog places tenants so; itself where it does not.
    pub(crate) fn at(&self, catalog: &Catalog, place: &str) -> Result<Self, ExportError> {
        let Some(template) = catalog.placed_database() else { return Ok(self.clone()) };
        let place = match self.engine {
            Engine::Sqlite => {
                let key = template.key_of(place).unwrap_or_default();
                let file = sqlite::places::file(&self.url, template, key)?;
                file.ok_or_else(|| {
                    refusal::refused(missing(&Placement::Database(template.clone()), self.engine, place), None)
                })?
            }
            Engine::Postgres | Engine::Mysql => place.to_owned(),
        };
        Ok(Self { place: Some(place), ..self.clone() })
    }

    /// The tenant's row, on a connection of its own, without a look at its data.
    pub(super) async fn tenant_row(&self, catalog: &Catalog, tenant: &TenantId) -> Result<TenantRow, ExportError> {
        let mut snapshot = self.snapshot("tenant", NOWHERE_NOTED).await?;
        let row = found(&mut snapshot, catalog, tenant).await;
        snapshot.close().await;
        row
    }

    /// The names of all schemas or databases, or the paths of all files, that fit the catalog's template and are no others'. The snapshot is one of the source
    /// itself.
    pub(crate) async fn places(&self, snapshot: &mut Snapshot, catalog: &Catalog) -> Result<Vec<String>, ExportError> {
        let Some(placement) = &catalog.tenant.placement else { return Ok(Vec::new()) };
        let (template, fixed) = (placement.template(), catalog.fixed_schemas());
        let places = match self.engine {
            Engine::Sqlite => {
                sqlite::places::keys_of_files(&self.url, template)?.iter().map(|key| template.of(key)).collect()
            }
            _ => snapshot.places(placement).await?,
        };
        let fits = |place: &String| template.key_of(place).is_some();
        let kept = |place: &String| catalog.placed_schema().is_none() || !fixed.contains(place);
        Ok(places.into_iter().filter(|place| fits(place) && kept(place)).collect())
    }
}

impl Snapshot {
    async fn places(&mut self, placement: &Placement) -> Result<Vec<String>, ExportError> {
        match self {
            Self::Postgres(snapshot) => snapshot.places(placement).await,
            Self::Mysql(snapshot) => snapshot.places().await,
            Self::Sqlite(_) => Err(ExportError::Internal("files were looked for in a database".to_owned())),
        }
    }

    /// The keys of all tenants, as they are printed. `schema` is that of [`Catalog::fixed_schemas`].
    pub(crate) async fn keys(&mut self, catalog: &Catalog, schema: &Schema) -> Result<Vec<String>, ExportError> {
        let control = lookup(catalog);
        let territory = Territory::new(&control, schema);
        let place = tenant_table(&territory)?;
        match self {
            Self::Postgres(snapshot) => snapshot.keys(&territory, place).await,
            Self::Mysql(snapshot) => snapshot.keys(&territory, place).await,
            Self::Sqlite(snapshot) => snapshot.keys(&territory, place).await,
        }
    }

    /// The tenant that is bound.
    fn bound(&self) -> Option<Bound> {
        match self {
            Self::Postgres(snapshot) => snapshot.bound().map(Bound::Postgres),
            Self::Mysql(snapshot) => snapshot.bound().map(|tenant| Bound::Mysql(Box::new(tenant))),
            Self::Sqlite(snapshot) => snapshot.bound().map(Bound::Sqlite),
        }
    }

    /// Binds a tenant that was found in another database of the same kind.
    async fn adopt(&mut self, catalog: &Catalog, schema: &Schema, tenant: &Bound) -> Result<(), ExportError> {
        match (self, tenant) {
            (Self::Postgres(snapshot), Bound::Postgres(tenant)) => {
                snapshot.adopt(&Territory::new(catalog, schema), tenant).await
            }
            (Self::Mysql(snapshot), Bound::Mysql(tenant)) => snapshot.adopt(tenant).await,
            (Self::Sqlite(snapshot), Bound::Sqlite(tenant)) => {
                snapshot.adopt(tenant);
                Ok(())
            }
            _ => Err(ExportError::Internal("a tenant was bound in another kind of database".to_owned())),
        }
    }
}

/// Looks the tenant up and binds it, seeing nothing but what is the same for every tenant.
async fn found(snapshot: &mut Snapshot, catalog: &Catalog, tenant: &TenantId) -> Result<TenantRow, ExportError> {
    let catalog = lookup(catalog);
    let schema = snapshot.schema(&catalog.fixed_schemas()).await?;
    snapshot.bind_tenant(&catalog, &schema, tenant).await
}

/// The catalog by which a tenant is looked up.
pub(crate) fn lookup(catalog: &Catalog) -> Catalog {
    match catalog.placed_database() {
        Some(_) => catalog.control(),
        None => catalog.clone(),
    }
}

/// What is said of a place that is not there.
pub(crate) fn missing(placement: &Placement, engine: Engine, place: &str) -> String {
    let noun = placement.noun(engine);
    let place: String = place.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    let rights = match (placement, engine) {
        (_, Engine::Sqlite) => ", or it is a link, or its folder cannot be read",
        (Placement::Database(_), Engine::Mysql) => ", or its user has no rights on it",
        _ => "",
    };
    format!(
        "there is no {noun} `{place}`, the tenant's own{rights}; `handover catalog check` names every tenant without one"
    )
}

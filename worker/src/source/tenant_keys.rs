//! Who the tenants are, page by page.

use super::{Snapshot, placement, tenant_table};
use crate::{
    catalog::Catalog,
    error::ExportError,
    plan::{
        identifier::quote_for,
        mysql::Kind,
        slice::Slicer,
        territory::{Place, Territory},
    },
    schema::Schema,
};
use shared::export::{Engine, TenantId};

/// Tenants of one page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantPage {
    /// Their ids, each once.
    pub tenants: Vec<TenantId>,
    /// How many keys can be no tenant's id: empty, longer than 512 bytes, or no UTF-8.
    pub unusable: u64,
    /// Whether there may be more pages.
    pub more: bool,
}

/// Instead of bytes that are no UTF-8.
const REPLACED: char = '\u{fffd}';

impl Snapshot {
    /// The keys in the table of tenants, `limit` of them from the place `offset` on, each once and as [`Snapshot::bind_tenant`] takes it. On one snapshot the
    /// pages together are all tenants. A source that would hide tenants from its user refuses.
    pub async fn tenant_keys(
        &mut self,
        catalog: &Catalog,
        schema: &Schema,
        offset: u64,
        limit: u64,
    ) -> Result<TenantPage, ExportError> {
        let catalog = placement::lookup(catalog);
        let territory = Territory::new(&catalog, schema);
        let place = tenant_table(&territory)?;
        let rows = self.count(&query(&territory, place, offset, limit)?, "listing the tenants").await?;
        let mut page = TenantPage { more: rows.len() as u64 >= limit, ..TenantPage::default() };
        for (key, _) in rows {
            // A row without a key is nobody's: no other row can point to it.
            let Some(key) = key else { continue };
            match TenantId::new(key) {
                Ok(tenant) if !tenant.as_str().contains(REPLACED) => page.tenants.push(tenant),
                _ => page.unusable += 1,
            }
        }
        Ok(page)
    }
}

/// Every key once, as it is printed, in the order of its bytes: one order for all pages. No id is part of the text, for pages go by numbers.
fn query(territory: &Territory<'_>, place: Place, offset: u64, limit: u64) -> Result<String, ExportError> {
    let rule = &territory.catalog.tenant;
    let engine = territory.schema.engine;
    let key = territory.table(place).column(&rule.key).ok_or(ExportError::TenantNotFound)?;
    let cell = format!("t.{}", quote_for(engine, &key.name));
    let printed = match engine {
        Engine::Postgres if key.base_type == "bpchar" => format!("pg_catalog.rtrim(format('%s', {cell}), ' ')"),
        Engine::Postgres => format!("format('%s', {cell})"),
        Engine::Mysql if Kind::of(key) == Kind::Bytes => format!("lower(hex({cell}))"),
        Engine::Mysql => format!("convert({cell} using utf8mb4)"),
        Engine::Sqlite => {
            format!("case typeof({cell}) when 'blob' then lower(hex({cell})) else cast({cell} as text) end")
        }
    };
    // Two keys that differ only in their case, or in blanks at the end, are two.
    let exact = match engine {
        Engine::Postgres => format!("{printed} collate \"C\""),
        Engine::Mysql => format!("cast({printed} as binary)"),
        Engine::Sqlite => format!("cast({printed} as blob)"),
    };
    let relation = Slicer::new(territory).relation(place);
    Ok(format!(
        "select printed, count(*) from (select {exact} as printed from {relation} as t where {cell} is not null) as listed group by printed order by printed limit {limit} offset {offset}"
    ))
}

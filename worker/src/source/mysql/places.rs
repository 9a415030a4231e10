//! The databases in which tenants are placed, and who the tenants are.

use super::{MysqlSnapshot, cells, tenant};
use crate::{
    error::ExportError,
    plan::{
        identifier::quote_for,
        slice::Slicer,
        territory::{Place, Territory},
    },
};
use shared::export::Engine;

impl MysqlSnapshot {
    /// The names of all other databases that the role sees, but the server's own, as the server spells them.
    pub(in crate::source) async fn places(&mut self) -> Result<Vec<String>, ExportError> {
        let text = format!(
            "{}select schema_name from information_schema.schemata where schema_name not in ('mysql', 'sys', 'information_schema', 'performance_schema') \
             order by schema_name",
            self.name
        );
        let rows = cells::read(&mut self.connection, &text).await;
        let rows = rows.map_err(|error| self.failed(error, "looking for the tenants' databases"))?;
        let own = self.database.clone();
        Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).filter(|name| *name != own).collect())
    }

    /// The keys of all tenants, as they are printed.
    pub(in crate::source) async fn keys(
        &mut self,
        territory: &Territory<'_>,
        place: Place,
    ) -> Result<Vec<String>, ExportError> {
        let Some(key) = territory.tenant_key() else { return Ok(Vec::new()) };
        let cell = format!("t.{}", quote_for(Engine::Mysql, &key.name));
        let text = format!(
            "{}select {} from {} as t where {cell} is not null order by {cell}",
            self.name,
            tenant::printed(&cell, key),
            Slicer::new(territory).relation(place)
        );
        let rows = cells::read(&mut self.connection, &text).await;
        let rows = rows.map_err(|error| self.failed(error, "reading who the tenants are"))?;
        self.release().await?;
        Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
    }
}

//! The schemas and databases in which tenants are placed, and who the tenants are.

use super::PostgresSnapshot;
use crate::{
    catalog::Placement,
    error::ExportError,
    plan::{
        identifier::quote,
        slice::Slicer,
        territory::{Place, Territory},
    },
};
use sqlx::AssertSqlSafe;

impl PostgresSnapshot {
    /// The names of all schemas, or of all other databases, but the server's own.
    pub(in crate::source) async fn places(&mut self, placement: &Placement) -> Result<Vec<String>, ExportError> {
        let text = match placement {
            Placement::Schema(_) => {
                "select nspname::text from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1"
            }
            Placement::Database(_) => {
                "select datname::text from pg_database where datallowconn and not datistemplate and datname <> current_database() order by 1"
            }
        };
        let names = sqlx::query_scalar(text).persistent(false).fetch_all(&mut self.connection).await;
        names.map_err(|error| self.failed(error, "looking for the tenants' schemas or databases"))
    }

    /// The keys of all tenants, as they are printed.
    pub(in crate::source) async fn keys(
        &mut self,
        territory: &Territory<'_>,
        place: Place,
    ) -> Result<Vec<String>, ExportError> {
        let Some(key) = territory.tenant_key() else { return Ok(Vec::new()) };
        let cell = format!("t.{}", quote(&key.name));
        let printed = match key.base_type.as_str() {
            "bpchar" => format!("rtrim(format('%s', {cell}), ' ')"),
            _ => format!("format('%s', {cell})"),
        };
        let text = format!(
            "select {printed} from {} as t where {cell} is not null order by {cell}",
            Slicer::new(territory).relation(place)
        );
        let keys = sqlx::query_scalar(AssertSqlSafe(text)).persistent(false).fetch_all(&mut self.connection).await;
        keys.map_err(|error| self.failed(error, "reading who the tenants are"))
    }
}

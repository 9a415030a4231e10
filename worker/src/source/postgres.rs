//! PostgreSQL as a source.

mod copy;
mod definitions;
mod introspection;
pub(crate) mod large_objects;
mod needs;
mod own_types;
mod places;
mod policies;
mod prelude;
pub(super) mod sequences;
mod session;
mod survey;
mod triggers;
mod uncarried;

use super::{
    SnapshotProof, TenantRow, refusal,
    tripwire::{Alike, Tripwire},
};
use crate::{
    error::ExportError,
    plan::{
        TablePlan,
        identifier::quote,
        json_text,
        person::Person,
        slice::{self, Slicer},
        territory::{Place, Territory},
    },
    rows::RowBlock,
    schema::Schema,
};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use shared::export::{SubjectId, TenantId};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::mpsc;

use session::Backend;
pub(super) use session::{options, settle};

/// A `repeatable read, read only` transaction on a session that is pinned as pg_dump pins its own.
pub struct PostgresSnapshot {
    connection: PgConnection,
    backend: Backend,
    role: String,
    version: String,
    proof: SnapshotProof,
    tenant: Option<Tenant>,
}

/// The key that is bound, as it is printed, and the type of the tenants' key.
#[derive(Clone)]
pub(super) struct Tenant {
    printed: String,
    base_type: String,
    /// Whether a collation of the product's own compares it.
    own_collation: bool,
}

impl PostgresSnapshot {
    pub(super) async fn take(
        url: &SecretString,
        place: Option<&str>,
        label: &str,
        now: DateTime<Utc>,
    ) -> Result<Self, ExportError> {
        session::begin(url, place, label, now).await
    }

    pub(super) fn proof(&self) -> &SnapshotProof {
        &self.proof
    }

    pub(super) async fn schema(&mut self, schemas: &[String]) -> Result<Schema, ExportError> {
        introspection::schema(&mut self.connection, &self.version, schemas).await.map_err(|error| {
            self.backend.broken = true;
            refusal::postgres(error, &self.role, "reading the schema")
        })
    }

    pub(super) async fn bind_tenant(
        &mut self,
        territory: &Territory<'_>,
        place: Place,
        tenant: &TenantId,
    ) -> Result<TenantRow, ExportError> {
        let rule = &territory.catalog.tenant;
        let key = territory.table(place).column(&rule.key).ok_or(ExportError::TenantNotFound)?;
        self.under_policies(territory, tenant.as_str()).await?;
        let label = rule.label.as_ref().map_or("null".to_owned(), |label| format!("format('%s', t.{})", quote(label)));
        let text = format!(
            "select format('%s', t.{key}), {label} from {table} as t where t.{key} {equals} $1::pg_catalog.text::{key_type} limit 2",
            key = quote(&key.name),
            table = Slicer::new(territory).relation(place),
            equals = slice::equals(key, key),
            key_type = slice::key_type(key),
        );
        let rows: Vec<(String, Option<String>)> = match sqlx::query_as(AssertSqlSafe(text))
            .persistent(false)
            .bind(tenant.as_str())
            .fetch_all(&mut self.connection)
            .await
        {
            Ok(rows) => rows,
            Err(error) if refusal::is_data_exception(&error) => {
                self.backend.broken = true;
                return Err(ExportError::TenantNotFound);
            }
            Err(error) => return Err(self.failed(error, "looking the tenant up")),
        };
        let (printed, label) = match rows.as_slice() {
            [] => return Err(ExportError::TenantNotFound),
            [row] => row.clone(),
            _ => {
                return Err(refusal::refused(
                    "several rows of the table of tenants have this key; name a unique column as `tenant.key`"
                        .to_owned(),
                    None,
                ));
            }
        };
        let printed = match key.base_type.as_str() {
            "bpchar" => printed.trim_end_matches(' ').to_owned(),
            _ => printed,
        };
        if printed != tenant.as_str() {
            return Err(ExportError::TenantNotFound);
        }
        self.bind(Tenant {
            printed: printed.clone(),
            base_type: key.base_type.clone(),
            own_collation: key.own_collation.is_some(),
        })
        .await?;
        Ok(TenantRow { key: printed, label })
    }

    async fn bind(&mut self, tenant: Tenant) -> Result<(), ExportError> {
        sqlx::query("select set_config('handover.tenant', $1, true)")
            .persistent(false)
            .bind(&tenant.printed)
            .execute(&mut self.connection)
            .await
            .map_err(|error| self.failed(error, "binding the tenant"))?;
        self.tenant = Some(tenant);
        Ok(())
    }

    async fn under_policies(&mut self, territory: &Territory<'_>, tenant: &str) -> Result<(), ExportError> {
        let Some(security) = &territory.catalog.tenant.row_level_security else { return Ok(()) };
        session::under_row_level_security(&mut self.connection, &security.setting, tenant)
            .await
            .map_err(|error| self.failed(error, "setting the tenant for row level security"))?;
        self.sees_all(territory, &security.setting).await
    }

    /// The tenant that is bound.
    pub(super) fn bound(&self) -> Option<Tenant> {
        self.tenant.clone()
    }

    /// Binds a tenant that was found in another database.
    pub(super) async fn adopt(&mut self, territory: &Territory<'_>, tenant: &Tenant) -> Result<(), ExportError> {
        self.under_policies(territory, &tenant.printed).await?;
        self.bind(tenant.clone()).await
    }

    pub(super) async fn bind_subject(&mut self, person: &Person<'_>, subject: &SubjectId) -> Result<(), ExportError> {
        let territory = &person.tenant;
        let key = territory.table(person.place).column(&person.rule.key).ok_or(ExportError::SubjectNotFound)?;
        let mut slicer = Slicer::new(territory);
        let alias = slicer.alias();
        let tenants = slicer.tenants_of_person(person.place, &alias).ok_or(ExportError::SubjectNotFound)?;
        let text = format!(
            "select format('%s', {alias}.{key}) from {table} as {alias} where {alias}.{key} {equals} $1::pg_catalog.text::{key_type} and ({tenants}) limit 2",
            key = quote(&key.name),
            table = slicer.relation(person.place),
            equals = slice::equals(key, key),
            key_type = slice::key_type(key),
        );
        let rows: Vec<String> = match sqlx::query_scalar(AssertSqlSafe(text))
            .persistent(false)
            .bind(subject.key())
            .fetch_all(&mut self.connection)
            .await
        {
            Ok(rows) => rows,
            Err(error) if refusal::is_data_exception(&error) && !refusal::is_no_json(&error) => {
                self.backend.broken = true;
                return Err(ExportError::SubjectNotFound);
            }
            Err(error) => return Err(self.failed(error, "looking the person up")),
        };
        let printed = match rows.as_slice() {
            [] => return Err(ExportError::SubjectNotFound),
            [printed] if key.base_type == "bpchar" => printed.trim_end_matches(' '),
            [printed] => printed,
            _ => return Err(refusal::several_persons()),
        };
        if printed != subject.key() {
            return Err(ExportError::SubjectNotFound);
        }
        sqlx::query("select set_config('handover.subject', $1, true)")
            .persistent(false)
            .bind(printed)
            .execute(&mut self.connection)
            .await
            .map_err(|error| self.failed(error, "binding the person"))?;
        Ok(())
    }

    /// Nobody's key: a plan that has none to compare may be read.
    pub(super) fn read_whole_tables(&mut self) {
        self.tenant = Some(Tenant { printed: String::new(), base_type: String::new(), own_collation: false });
    }

    /// Refuses where policies would hide more from the role than other tenants' rows.
    async fn sees_all(&mut self, territory: &Territory<'_>, setting: &str) -> Result<(), ExportError> {
        let places: Vec<Place> =
            (0..territory.schema.tables.len()).filter(|place| territory.class(*place).is_delivered()).collect();
        let asked: Vec<(&str, &str)> = places
            .iter()
            .map(|place| territory.table(*place))
            .map(|table| (table.schema.as_str(), table.name.as_str()))
            .collect();
        let hiding = policies::hiding(&mut self.connection, setting, &asked)
            .await
            .map_err(|error| self.failed(error, "reading the policies of row level security"))?;
        if hiding.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = hiding.iter().filter_map(|place| Some(territory.name(*places.get(*place)?))).collect();
        Err(refusal::refused(
            format!(
                "row level security may hide rows of {} from role {}: its policies there do not go by the setting {setting}, which the catalog names as \
                 `row_level_security`; add a policy for the role that does (for reference data: `using (true)`), or give the role BYPASSRLS",
                names.join(", "),
                self.role
            ),
            None,
        ))
    }

    pub(super) async fn read(
        &mut self,
        table: &TablePlan,
        blocks: &mpsc::Sender<RowBlock>,
    ) -> Result<u64, ExportError> {
        if self.backend.broken {
            return Err(ExportError::Internal("a broken snapshot was read again".to_owned()));
        }
        let tenant = self
            .tenant
            .as_ref()
            .ok_or_else(|| ExportError::Internal("a slice was read before its tenant was bound".to_owned()))?;
        let tripwire = table.owner_column.map(|index| {
            let alike = match table.columns.get(index).map(|column| column.base_type.as_str()) {
                Some("citext") if tenant.base_type == "citext" => Alike::Case,
                // Which letters such a collation takes for one only the database knows.
                Some("text" | "varchar") if tenant.own_collation => Alike::Case,
                Some("bpchar") => Alike::Blanks,
                Some("numeric") => Alike::Zeros,
                _ => Alike::Exact,
            };
            (index, Tripwire::new(&tenant.printed, alike).with_null(table.owner_may_be_null))
        });
        self.backend.broken = true;
        let rows =
            copy::read(&mut self.connection, table, tripwire.as_ref(), blocks).await.map_err(
                |failure| match failure {
                    copy::Failure::Database(error) if refusal::is_no_json(&error) && !table.json_texts.is_empty() => {
                        // Its text quotes the value.
                        let place = format!("reading {}: {}", table.name, table.json_texts.join(" or "));
                        refusal::refused(refusal::no_json(&place), None)
                    }
                    copy::Failure::Database(error) => {
                        refusal::postgres(error, &self.role, &format!("reading {}", table.name))
                    }
                    copy::Failure::Export(error) => error,
                },
            )?;
        let unchanged = copy::is_unchanged(&mut self.connection, table)
            .await
            .map_err(|error| refusal::postgres(error, &self.role, &format!("checking {}", table.name)))?;
        if !unchanged {
            return Err(ExportError::SchemaChanged);
        }
        self.backend.broken = false;
        Ok(rows)
    }

    pub(super) async fn count(&mut self, sql: &str, what: &str) -> Result<Vec<(Option<String>, u64)>, ExportError> {
        let counted: Result<Vec<(Option<String>, i64)>, _> =
            sqlx::query_as(AssertSqlSafe(sql)).persistent(false).fetch_all(&mut self.connection).await;
        match counted {
            Ok(rows) => Ok(rows.into_iter().map(|(text, count)| (text, count.unsigned_abs())).collect()),
            Err(error) if refusal::hides_rows(&error) => {
                self.backend.broken = true;
                Err(refusal::refused(
                    format!(
                        "row level security would hide rows from role {} while {what}; all tenants are looked at together, so use a role with BYPASSRLS",
                        self.role
                    ),
                    Some(error),
                ))
            }
            Err(error) => Err(self.failed(error, what)),
        }
    }

    /// Whether every row of a column of text holds JSON.
    pub(super) async fn holds_json(&mut self, relation: &str, column: &str, what: &str) -> Result<bool, ExportError> {
        let begun = sqlx::raw_sql("savepoint handover_json").execute(&mut self.connection).await;
        begun.map_err(|error| self.failed(error, what))?;
        let read = json_text::read(&format!("r.{}", quote(column)));
        // What takes a value apart also finds `\u0000`, which JSON knows and PostgreSQL cannot print.
        let text = format!("select count(*) from {relation} as r where json_strip_nulls({read}) is not null");
        let counted = sqlx::query(AssertSqlSafe(text)).persistent(false).execute(&mut self.connection).await;
        let holds = match counted {
            Ok(_) => true,
            Err(error) if refusal::is_no_json(&error) => false,
            Err(error) => return Err(self.failed(error, what)),
        };
        let ended =
            sqlx::raw_sql("rollback to handover_json; release handover_json").execute(&mut self.connection).await;
        ended.map_err(|error| self.failed(error, what))?;
        Ok(holds)
    }

    pub(super) async fn close(mut self) {
        if self.backend.broken {
            self.backend.cancel().await;
            drop(self.connection.close_hard().await);
        } else {
            let ended = sqlx::raw_sql("rollback").execute(&mut self.connection).await;
            if let Err(error) = ended {
                tracing::debug!(%error, "the source's transaction could not be ended, closing its connection");
            }
            self.backend.end();
            drop(self.connection.close().await);
        }
    }

    fn failed(&mut self, error: sqlx::Error, what: &str) -> ExportError {
        self.backend.broken = true;
        refusal::postgres(error, &self.role, what)
    }
}

//! What PostgreSQL tells `catalog infer` beyond the schema.

use super::PostgresSnapshot;
use crate::{
    error::ExportError,
    source::{
        refusal,
        survey::{PATIENCE, Policy, Probe, Survey},
    },
};
use sqlx::{AssertSqlSafe, PgConnection, Row, ValueRef, postgres::PgRow};

impl PostgresSnapshot {
    pub(in crate::source) async fn survey(&mut self, schemas: &[String]) -> Result<Survey, ExportError> {
        read(&mut self.connection, schemas).await.map_err(|error| self.failed(error, "reading views and policies"))
    }

    pub(in crate::source) async fn probe(&mut self, query: &str) -> Result<Probe, ExportError> {
        if self.backend.broken {
            return Err(ExportError::Internal("a broken snapshot was asked again".to_owned()));
        }
        self.backend.broken = true;
        let begin = format!("savepoint probe; set local statement_timeout = {}", PATIENCE.as_millis());
        let asked = async {
            sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut self.connection).await?;
            let rows = sqlx::raw_sql(AssertSqlSafe(query.to_owned())).fetch_all(&mut self.connection).await;
            let rows = match rows {
                Ok(rows) => Ok(rows),
                Err(error) => Err(refusal_of(&error).ok_or(error)?),
            };
            sqlx::raw_sql("rollback to savepoint probe; release savepoint probe").execute(&mut self.connection).await?;
            Ok(rows)
        };
        let asked: sqlx::Result<Result<Vec<PgRow>, String>> = asked.await;
        let rows = asked.map_err(|error| refusal::postgres(error, &self.role, "sampling rows"))?;
        self.backend.broken = false;
        match rows {
            Ok(rows) => rows
                .iter()
                .map(cells)
                .collect::<sqlx::Result<_>>()
                .map(Probe::Rows)
                .map_err(|error| refusal::postgres(error, &self.role, "sampling rows")),
            Err(why) => Ok(Probe::Refused(why)),
        }
    }
}

fn cells(row: &PgRow) -> sqlx::Result<Vec<Option<Vec<u8>>>> {
    (0..row.len())
        .map(|index| {
            let value = row.try_get_raw(index)?;
            match value.is_null() {
                true => Ok(None),
                false => value.as_bytes().map(|bytes| Some(bytes.to_vec())).map_err(sqlx::Error::Decode),
            }
        })
        .collect()
}

/// Why the database would not answer; none where the connection is what failed.
fn refusal_of(error: &sqlx::Error) -> Option<String> {
    let database = error.as_database_error()?;
    let code = database.code().unwrap_or_default().into_owned();
    let hidden = database
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .is_some_and(|database| database.routine() == Some("check_enable_rls"));
    match code.as_str() {
        _ if hidden => Some("row level security hides rows from the role".to_owned()),
        "42501" => Some("the role may not read it".to_owned()),
        "57014" => Some(format!("it took longer than {} seconds", PATIENCE.as_secs())),
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25P04" => None,
        _ if code.starts_with("08") => None,
        _ => Some(format!("PostgreSQL could not compare it (SQLSTATE {code})")),
    }
}

async fn read(connection: &mut PgConnection, schemas: &[String]) -> sqlx::Result<Survey> {
    let views = sqlx::query_as(
        "select n.nspname::text, c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = any($1) and c.relkind in ('v', 'm') order by 1, 2",
    )
    .persistent(false)
    .bind(schemas)
    .fetch_all(&mut *connection)
    .await?;
    let policies: Vec<(String, String, String)> = sqlx::query_as(
        "select n.nspname::text, c.relname::text,
                concat_ws(' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid),
                    (select string_agg(pg_get_functiondef(f.oid), ' ' order by f.oid)
                       from pg_depend d join pg_proc f on f.oid = d.refobjid
                      where d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_proc'::regclass
                        and f.oid >= 16384 and f.prokind = 'f'))
         from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = any($1) order by 1, 2, p.polname",
    )
    .persistent(false)
    .bind(schemas)
    .fetch_all(&mut *connection)
    .await?;
    let unreadable: Vec<(String, String, String)> = sqlx::query_as(
        "select n.nspname::text, c.relname::text, a.attname::text
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         where n.nspname = any($1) and c.relkind in ('r', 'p', 'f') and not c.relispartition
           and not has_column_privilege(c.oid, a.attnum, 'select')",
    )
    .persistent(false)
    .bind(schemas)
    .fetch_all(connection)
    .await?;
    Ok(Survey {
        views,
        policies: policies.into_iter().map(|(schema, table, text)| Policy { schema, table, text }).collect(),
        unreadable: unreadable.into_iter().collect(),
    })
}

//! Large objects, read in pieces within the snapshot of the rows that point to them.

use super::{PostgresSnapshot, copy};
use crate::{
    error::ExportError,
    plan::{Plan, TablePlan, large_object},
    source::refusal,
};
use sqlx::{AssertSqlSafe, postgres::types::Oid};
use std::collections::VecDeque;

/// About as many bytes of an object as are in memory at a time.
pub(crate) const PIECE: usize = 256 * 1024;

const READING: &str = "reading large objects";

/// The large objects that delivered rows point to, by number.
pub(crate) struct LargeObjects<'s, 'p> {
    snapshot: &'s mut PostgresSnapshot,
    tables: Vec<&'p TablePlan>,
    /// The columns that point, each as its table and its name.
    columns: Vec<(&'p TablePlan, &'p str)>,
    waiting: VecDeque<(u32, Vec<usize>)>,
}

impl<'s, 'p> LargeObjects<'s, 'p> {
    /// Finds those of a plan; `None` if the plan delivers none.
    pub(in crate::source) async fn find(
        snapshot: &'s mut PostgresSnapshot,
        plan: &'p Plan,
    ) -> Result<Option<Self>, ExportError> {
        let tables: Vec<&TablePlan> = plan.tables.iter().filter(|table| !table.large_objects.is_empty()).collect();
        let columns: Vec<(&TablePlan, &str)> = tables
            .iter()
            .flat_map(|table| table.large_objects.iter().map(move |column| (*table, column.as_str())))
            .collect();
        if columns.is_empty() {
            return Ok(None);
        }
        let text = format!("declare handover_large_objects no scroll cursor for {}", large_object::query(&columns));
        snapshot.backend.broken = true;
        let declared = sqlx::query(AssertSqlSafe(text)).persistent(false).execute(&mut snapshot.connection).await;
        declared.map_err(|error| snapshot.failed(error, "looking for large objects"))?;
        snapshot.backend.broken = false;
        Ok(Some(Self { snapshot, tables, columns, waiting: VecDeque::new() }))
    }

    /// The columns that point to them, each as its table and its name.
    pub(crate) fn columns(&self) -> &[(&'p TablePlan, &'p str)] {
        &self.columns
    }

    /// The next number, with the places of the columns in which rows point to it. Whether there is such an object shows when it is read.
    pub(crate) async fn next(&mut self) -> Result<Option<(u32, Vec<usize>)>, ExportError> {
        if self.waiting.is_empty() {
            self.snapshot.backend.broken = true;
            let found: Vec<(Oid, Vec<i32>)> = sqlx::query_as("fetch 500 from handover_large_objects")
                .persistent(false)
                .fetch_all(&mut self.snapshot.connection)
                .await
                .map_err(|error| self.snapshot.failed(error, "looking for large objects"))?;
            self.snapshot.backend.broken = false;
            let places =
                |places: Vec<i32>| places.into_iter().filter_map(|place| usize::try_from(place).ok()).collect();
            self.waiting = found.into_iter().map(|(number, columns)| (number.0, places(columns))).collect();
        }
        Ok(self.waiting.pop_front())
    }

    /// A piece of an object; see [`PostgresSnapshot::large_object`].
    pub(crate) async fn piece(&mut self, number: u32, offset: u64) -> Result<Option<Vec<u8>>, ExportError> {
        self.snapshot.large_object(number, offset).await
    }

    /// Ends the reading. [`ExportError::SchemaChanged`] if a table that was asked a second time is not the one whose rows were delivered.
    pub(crate) async fn finish(self) -> Result<(), ExportError> {
        let Self { snapshot, tables, .. } = self;
        snapshot.backend.broken = true;
        let closed = sqlx::raw_sql("close handover_large_objects").execute(&mut snapshot.connection).await;
        closed.map_err(|error| snapshot.failed(error, READING))?;
        for table in tables {
            let unchanged = copy::is_unchanged(&mut snapshot.connection, table).await;
            if !unchanged.map_err(|error| snapshot.failed(error, &format!("checking {}", table.name)))? {
                return Err(ExportError::SchemaChanged);
            }
        }
        snapshot.backend.broken = false;
        Ok(())
    }
}

impl PostgresSnapshot {
    /// The [`PIECE`] of a large object that begins at `offset`, shorter where the object ends; `None` if the snapshot has no such object.
    pub(in crate::source) async fn large_object(
        &mut self,
        number: u32,
        offset: u64,
    ) -> Result<Option<Vec<u8>>, ExportError> {
        let offset =
            i64::try_from(offset).map_err(|_| ExportError::Internal("a large object has no end".to_owned()))?;
        self.backend.broken = true;
        let read = sqlx::query_scalar(
            "select case when exists (select from pg_largeobject_metadata where oid = $1) then lo_get($1, $2, $3) end",
        )
        .persistent(false)
        .bind(Oid(number))
        .bind(offset)
        .bind(i32::try_from(PIECE).unwrap_or(i32::MAX))
        .fetch_one(&mut self.connection)
        .await;
        let piece = read.map_err(|error| self.unreadable(error))?;
        self.backend.broken = false;
        Ok(piece)
    }

    /// How many large objects the database has.
    pub(in crate::source) async fn large_objects(&mut self) -> Result<u64, ExportError> {
        let counted: sqlx::Result<i64> = sqlx::query_scalar("select count(*) from pg_largeobject_metadata")
            .persistent(false)
            .fetch_one(&mut self.connection)
            .await;
        counted.map(i64::unsigned_abs).map_err(|error| self.failed(error, "counting large objects"))
    }

    fn unreadable(&mut self, error: sqlx::Error) -> ExportError {
        let code = error.as_database_error().and_then(|database| database.code()).unwrap_or_default().into_owned();
        if code != "42501" {
            return self.failed(error, READING);
        }
        self.backend.broken = true;
        let role = &self.role;
        refusal::refused(
            format!(
                "role {role} may not read a large object that delivered rows point to (SQLSTATE {code}); every large object has rights of its own: let their owner \
                 `grant select on large object … to {role}` on each, now and for new ones, or let a superuser run `alter role {role} set lo_compat_privileges = on`"
            ),
            Some(error),
        )
    }
}

//! MySQL and MariaDB as a source.

use super::{SnapshotProof, TenantRow};
use crate::{
    error::ExportError,
    plan::{
        TablePlan,
        territory::{Place, Territory},
    },
    rows::RowBlock,
    schema::Schema,
};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use shared::export::TenantId;
use sqlx::{MySqlConnection, mysql::MySqlConnectOptions};
use tokio::sync::mpsc;

/// A consistent snapshot: one `start transaction with consistent snapshot, read only` on a pinned session.
pub struct MysqlSnapshot {
    connection: MySqlConnection,
    proof: SnapshotProof,
}

pub(super) fn options(_url: &SecretString) -> Result<MySqlConnectOptions, ExportError> {
    todo!()
}

impl MysqlSnapshot {
    pub(super) async fn take(_url: &SecretString, _label: &str, _now: DateTime<Utc>) -> Result<Self, ExportError> {
        todo!()
    }

    pub(super) fn proof(&self) -> &SnapshotProof {
        &self.proof
    }

    pub(super) async fn schema(&mut self) -> Result<Schema, ExportError> {
        todo!()
    }

    pub(super) async fn bind_tenant(
        &mut self,
        _territory: &Territory<'_>,
        _place: Place,
        _tenant: &TenantId,
    ) -> Result<TenantRow, ExportError> {
        todo!()
    }

    pub(super) async fn read(
        &mut self,
        _table: &TablePlan,
        _blocks: &mpsc::Sender<RowBlock>,
    ) -> Result<u64, ExportError> {
        todo!()
    }

    pub(in crate::source) async fn survey(&mut self) -> Result<super::Survey, ExportError> {
        todo!()
    }

    pub(in crate::source) async fn probe(&mut self, _query: &str) -> Result<super::Probe, ExportError> {
        todo!()
    }

    pub(super) async fn close(self) {
        drop(self.connection);
        todo!()
    }
}

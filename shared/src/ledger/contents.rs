//! The table `archive_contents`: what each archive holds, for as long as it is there.

use super::{Ledger, Result, Transaction};
use crate::export::{Contents, ExportId};
use serde_json::json;

/// What this export's archive holds; `None` if there is none, or if it was made before this was noted.
pub async fn of_export(ledger: &Ledger, export: ExportId) -> Result<Option<Contents>> {
    let text: Option<String> = on!(ledger, pool => sqlx::query_scalar("select contents from archive_contents where export_id = $1")
        .bind(export).fetch_optional(pool).await?);
    // What another version wrote and this one cannot read is as good as not noted.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Notes what a new archive holds.
pub(super) async fn note(transaction: &mut Transaction, export: ExportId, contents: &Contents) -> Result<()> {
    let contents = json!(contents).to_string();
    within!(transaction, connection => sqlx::query(
        "insert into archive_contents (export_id, contents) values ($1, $2) on conflict (export_id) do update set contents = excluded.contents")
        .bind(export).bind(contents).execute(connection).await?.rows_affected());
    Ok(())
}

/// Forgets it, with the archive.
pub(super) async fn forget(transaction: &mut Transaction, export: ExportId) -> Result<()> {
    within!(transaction, connection => sqlx::query("delete from archive_contents where export_id = $1")
        .bind(export).execute(connection).await?.rows_affected());
    Ok(())
}

//! The place of an export in a trace, so that every process that works on it goes on in the same one.

use crate::export::ExportId;
use crate::ledger::{Ledger, Result, Transaction};
use crate::telemetry::traces;

/// Notes where the request that is being entered stands in its trace; nothing if traces are off.
pub(super) async fn note(transaction: &mut Transaction, id: ExportId) -> Result<()> {
    if let Some(place) = traces::traceparent("request") {
        within!(transaction, connection => sqlx::query("update exports set traceparent = $2 where id = $1")
            .bind(id).bind(place).execute(connection).await?.rows_affected());
    }
    Ok(())
}

/// The W3C `traceparent` of the request that asked for the export; not looked for if traces are off.
pub async fn traceparent(ledger: &Ledger, id: ExportId) -> Result<Option<String>> {
    if !traces::are_on() {
        return Ok(None);
    }
    let place: Option<Option<String>> = on!(ledger, pool =>
        sqlx::query_scalar("select traceparent from exports where id = $1").bind(id).fetch_optional(pool).await?);
    Ok(place.flatten())
}

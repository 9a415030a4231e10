//! Lists of exports, newest first.

use super::{Export, Filter};
use crate::export::SubjectId;
use crate::ledger::{Ledger, Result, storable, stored};
use uuid::Uuid;

/// Every way by which an export is found has an index of its own. Whose mail is not owed yet is one of the few that are open.
const SEARCHED: &str = "and id in (
    select id from exports where tenant = $13
    union select id from exports where id = $14
    union select export_id from notifications where lower(recipient) = $15 and export_id is not null
    union select id from exports where state in ('queued', 'running') and lower(cast(notify as text)) like $16 escape '\\')";

/// Newest first.
pub async fn list(ledger: &Ledger, filter: &Filter) -> Result<Vec<Export>> {
    let text = format!(
        "select * from exports
         where ($1 is null or source = $1) and ($2 is null or tenant = $2) and ($3 is null or state = $3)
           and ($4 is null or (created_at, id) < (select page.created_at, page.id from exports page where page.id = $4))
           and ($6 is null or (subject_kind = $6 and subject_key = $7))
           and ($8 is null or schedule_id = $8) and ($9 is null or schedule_run_id = $9) and ($10 is null or origin = $10)
           and ($11 is null or created_at >= $11) and ($12 is null or created_at < $12)
           {}
         order by created_at desc, id desc limit $5",
        if filter.search.is_some() { SEARCHED } else { "" }
    );
    Ok(on!(ledger, pool => {
        let query = sqlx::query_as(sqlx::AssertSqlSafe(text))
            .bind(filter.source.as_deref().map(storable))
            .bind(filter.tenant.as_deref().map(storable))
            .bind(filter.state)
            .bind(filter.before)
            .bind(filter.limit.max(0))
            .bind(filter.subject.as_ref().map(SubjectId::kind))
            .bind(filter.subject.as_ref().map(SubjectId::key))
            .bind(filter.schedule)
            .bind(filter.run)
            .bind(filter.origin)
            .bind(filter.since.map(stored))
            .bind(filter.until.map(stored));
        match filter.search.as_deref().map(storable) {
            None => query,
            Some(search) => {
                let address = search.to_lowercase();
                let within = ["\\", "%", "_"].iter().fold(address.clone(), |text, special| text.replace(special, &format!("\\{special}")));
                query.bind(search.clone().into_owned()).bind(Uuid::parse_str(&search).ok()).bind(address).bind(format!("%\"{within}\"%"))
            }
        }
        .fetch_all(pool).await?
    }))
}

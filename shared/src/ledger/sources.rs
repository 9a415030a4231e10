//! The table `sources`: which sources the workers serve. The workers write it, the API reads it.

use super::{Ledger, Result, storable, stored};
use crate::export::Engine;
use chrono::{DateTime, Utc};

/// A source that some worker serves.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Source {
    /// Its name in the configuration.
    pub name: String,
    /// Its kind of database.
    pub engine: Engine,
    /// How many exports may read it at the same time.
    pub exports: i64,
    /// When a worker last announced it.
    pub seen_at: DateTime<Utc>,
}

/// Announces the sources of a worker.
pub async fn announce(ledger: &Ledger, sources: &[Source]) -> Result<()> {
    // In one order, so that two workers that announce at once wait for each other instead of locking each other out.
    let mut sources: Vec<&Source> = sources.iter().collect();
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    let mut transaction = ledger.begin().await?;
    for source in sources {
        within!(&mut transaction, connection => sqlx::query(
            "insert into sources (name, engine, exports, seen_at) values ($1, $2, $3, $4)
             on conflict (name) do update set engine = excluded.engine, exports = excluded.exports, seen_at = excluded.seen_at")
            .bind(&source.name)
            .bind(source.engine)
            .bind(source.exports)
            .bind(stored(source.seen_at))
            .execute(connection).await?.rows_affected());
    }
    transaction.commit().await
}

/// The source of this name.
pub async fn find(ledger: &Ledger, name: &str) -> Result<Option<Source>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from sources where name = $1")
        .bind(storable(name)).fetch_optional(pool).await?))
}

/// All sources by name.
pub async fn list(ledger: &Ledger) -> Result<Vec<Source>> {
    Ok(on!(ledger, pool => sqlx::query_as("select * from sources order by name").fetch_all(pool).await?))
}

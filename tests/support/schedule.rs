//! Schedules as far as their archives are concerned.

use serde_json::Value;
use shared::ledger::Ledger;
use sqlx::types::Json;
use uuid::Uuid;

/// A schedule with these rules.
pub(crate) async fn with_rules(ledger: &Ledger, rules: Value) -> Uuid {
    let id = Uuid::now_v7();
    let statement = "insert into schedules (id, retention) values ($1, $2)";
    match ledger {
        Ledger::Sqlite(pool) => drop(sqlx::query(statement).bind(id).bind(Json(rules)).execute(pool).await.unwrap()),
        Ledger::Postgres(pool) => drop(sqlx::query(statement).bind(id).bind(Json(rules)).execute(pool).await.unwrap()),
    }
    id
}

/// Gives a schedule other rules.
pub(crate) async fn change_rules(ledger: &Ledger, schedule: Uuid, rules: Value) {
    let statement = "update schedules set retention = $2 where id = $1";
    match ledger {
        Ledger::Sqlite(pool) => {
            drop(sqlx::query(statement).bind(schedule).bind(Json(rules)).execute(pool).await.unwrap());
        }
        Ledger::Postgres(pool) => {
            drop(sqlx::query(statement).bind(schedule).bind(Json(rules)).execute(pool).await.unwrap());
        }
    }
}

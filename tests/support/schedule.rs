//! Schedules as far as their archives are concerned.

use chrono::{DateTime, Utc};
use serde_json::Value;
use shared::{
    export::{CsvProfile, Format, Layout, TenantId},
    ledger::{
        Ledger,
        audit::Actor,
        schedules::{self, Plan},
    },
    schedule::{Recurrence, Tenants},
};
use sqlx::types::Json;
use uuid::Uuid;

/// A schedule with these rules.
pub(crate) async fn with_rules(ledger: &Ledger, rules: Value) -> Uuid {
    let plan = Plan {
        name: "nightly".into(),
        source: "shop".into(),
        cron: "0 2 * * *".into(),
        time_zone: "UTC".into(),
        tenants: Tenants::These(vec![TenantId::new("t1").unwrap()]),
        formats: vec![Format::Csv],
        csv_profile: CsvProfile::Lossless,
        layout: Layout::Zip,
        compression: None,
        language: shared::language::Language::English,
        retention: serde_json::from_value(rules).unwrap(),
        notify: Vec::new(),
        jitter: 0,
        pause_after: 3,
        paused: true,
    };
    let nightly = Recurrence::parse(&plan.cron, &plan.time_zone).unwrap();
    let made_at = DateTime::<Utc>::UNIX_EPOCH;
    schedules::create(ledger, &plan, &nightly, None, Actor::default(), made_at).await.unwrap().id
}

/// Gives a schedule other rules.
pub(crate) async fn change_rules(ledger: &Ledger, schedule: Uuid, rules: Value) {
    let statement = "update schedules set retention = $2 where id = $1";
    let changed = match ledger {
        Ledger::Sqlite(pool) => {
            sqlx::query(statement).bind(schedule).bind(Json(rules)).execute(pool).await.unwrap().rows_affected()
        }
        Ledger::Postgres(pool) => {
            sqlx::query(statement).bind(schedule).bind(Json(rules)).execute(pool).await.unwrap().rows_affected()
        }
    };
    assert_eq!(changed, 1);
}

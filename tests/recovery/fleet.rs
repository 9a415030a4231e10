//! Five hundred exports of fifty tenants on two workers that die again and again.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chrono::{DateTime, Utc};
use proptest::{
    prelude::Rng,
    test_runner::{RngAlgorithm, TestRng},
};
use shared::{
    export::{CsvProfile, ExportId, Format, State},
    ledger::Ledger,
};
use sqlx::{AssertSqlSafe, Connection, PgPool, SqliteConnection};
use tokio::time::timeout;

use super::{bulk, site::Site};
use crate::support::redis::Redis;

const SEED: [u8; 32] = *b"whoever is killed is drawn by it";
const TENANTS: usize = 50;
const EACH: usize = 10;
const ALL: i64 = (TENANTS * EACH) as i64;
/// Fewer than the workers have room for together.
const PLACES: i64 = 6;
/// When so many exports are ready, a worker dies.
const DEATHS: [i64; 5] = [40, 130, 220, 310, 400];
/// Only what never happens takes so long.
const PATIENCE: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_exports_on_two_workers_that_are_killed_again_and_again_end_once_each_and_in_turn() {
    let folder = tempfile::tempdir().unwrap();
    let source = product(folder.path()).await;
    let ledger = Site::ledger().await;
    let mut site = Site::on("fleet", &ledger.url, Redis::shared().await, &source).await;
    std::fs::write(site.get("SOURCES__BULK__CATALOG"), bulk::CATALOG.replace("postgres", "sqlite")).unwrap();
    site.set("SOURCES__BULK__EXPORTS", PLACES.to_string());
    site.set("WORKER__EXPORTS", "4");
    // The first tenants ask for everything before the others come.
    let mut exports = Vec::new();
    for tenant in 0..TENANTS {
        for number in 0..EACH {
            let new = site.wish(&format!("t{tenant}"), formats(number));
            let profile = if number < 7 { CsvProfile::Lossless } else { CsvProfile::Spreadsheet };
            exports.push(site.request(shared::ledger::exports::NewExport { csv_profile: profile, ..new }).await);
        }
    }
    let Ledger::Postgres(pool) = &site.ledger else { unreachable!() };
    let running = async {
        let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
        let mut workers = vec![site.worker().await, site.worker().await];
        for ready in DEATHS {
            until_ready(pool, ready).await;
            let victim = usize::try_from(random.next_u64() % 2).unwrap();
            workers.swap_remove(victim).kill().await;
            workers.push(site.worker().await);
        }
        until_ready(pool, ALL).await;
        workers
    };
    let _workers = tokio::select! {
        workers = timeout(PATIENCE, running) => workers.unwrap(),
        () = limits_hold(pool) => unreachable!(),
    };
    site.until_quiet("fleet").await;
    site.assert_keeps_only(&exports, "fleet").await;
    for export in &exports {
        assert_eq!(site.show(*export).await.state, State::Ready);
        site.assert_audit_is_complete(*export, "fleet").await;
    }
    assert_eq!(site.bucket.keys().await.len(), exports.len());
    assert_in_turn(pool).await;
}

/// Every subset of the formats.
fn formats(number: usize) -> Vec<Format> {
    let bits = number % 7 + 1;
    let all = [(1, Format::Csv), (2, Format::Sql), (4, Format::Jsonl)];
    all.into_iter().filter(|(bit, _)| bits & bit != 0).map(|(_, format)| format).collect()
}

async fn product(folder: &std::path::Path) -> String {
    let url = format!("sqlite://{}", folder.join("product.sqlite").display());
    let mut product = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.unwrap();
    let statements = format!(
        "create table tenants (id text primary key);
         create table pages (id integer primary key, tenant_id text not null references tenants (id), body text not null);
         with recursive n (n) as (select 0 union all select n + 1 from n where n < {last}) insert into tenants select 't' || n from n;
         insert into pages (tenant_id, body) select a.id, b.id from tenants a, tenants b",
        last = TENANTS - 1
    );
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut product).await.unwrap();
    product.close().await.unwrap();
    url
}

async fn until_ready(pool: &PgPool, wanted: i64) {
    loop {
        let query = "select count(*) filter (where state = 'ready'), count(*) filter (where state not in ('ready', 'queued', 'running')) from exports";
        let (ready, astray): (i64, i64) = sqlx::query_as(query).fetch_one(pool).await.unwrap();
        assert_eq!(astray, 0);
        if ready >= wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Looks at the ledger for as long as it is let: no tenant has two running exports, and the source no more than its places.
async fn limits_hold(pool: &PgPool) {
    loop {
        let query = "select coalesce(max(number), 0)::bigint, coalesce(sum(number), 0)::bigint
            from (select count(*) as number from exports where state = 'running' group by tenant) tenants";
        let (most, all): (i64, i64) = sqlx::query_as(query).fetch_one(pool).await.unwrap();
        assert!(most <= 1, "{most} exports of one tenant at once");
        assert!(all <= PLACES, "{all} exports of one source at once");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Between the moment from which a tenant's next export could have begun and the moment when it did, every other tenant began at most one, and one more for
/// claims whose moments are told in another order than they were decided.
async fn assert_in_turn(pool: &PgPool) {
    let query = "select e.tenant, e.id, min(a.at) filter (where a.action = 'export.claimed'), max(a.at) filter (where a.action = 'export.ready')
        from exports e join audit_events a on a.export_id = e.id group by e.tenant, e.id order by 3";
    let rows: Vec<(String, ExportId, DateTime<Utc>, DateTime<Utc>)> =
        sqlx::query_as(query).fetch_all(pool).await.unwrap();
    let mut begun: BTreeMap<&str, Vec<DateTime<Utc>>> = BTreeMap::new();
    let mut ended: BTreeMap<&str, Vec<DateTime<Utc>>> = BTreeMap::new();
    for (tenant, _, begin, end) in &rows {
        begun.entry(tenant).or_default().push(*begin);
        ended.entry(tenant).or_default().push(*end);
    }
    let mut worst = 0;
    for (tenant, begins) in &begun {
        assert_eq!(begins.len(), EACH);
        for (begin, could) in begins[1..].iter().zip(&ended[tenant]) {
            let others = begun.iter().filter(|(other, _)| *other != tenant);
            let between =
                |times: &Vec<DateTime<Utc>>| times.iter().filter(|time| *time > could && *time < begin).count();
            worst = worst.max(others.map(|(_, times)| between(times)).max().unwrap_or(0));
        }
    }
    assert!(worst <= 2, "a tenant began {worst} exports while another one waited for its turn");
    let first: BTreeSet<&str> = rows[..TENANTS].iter().map(|(tenant, ..)| tenant.as_str()).collect();
    assert!(first.len() >= TENANTS - 10, "only {} tenants had their turn in the first round", first.len());
}

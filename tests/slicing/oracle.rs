//! Random schemas, random rows, and an oracle that walks the rows one by one.

mod world;
mod written;

use super::desk::{catalog, export, keys, run_postgres, sqlite};
use crate::{
    restoring::archive,
    support::{archive::Archive, postgres::Postgres},
};
use proptest::prelude::*;
use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};
use world::{Rule, TENANTS, Table, world};
use written::Style;

/// The rows of every table that are this tenant's export, found by walking.
fn walk(world: &[Table], tenant: usize) -> Vec<BTreeSet<usize>> {
    let mut found: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); world.len()];
    loop {
        let before: usize = found.iter().map(BTreeSet::len).sum();
        for (place, table) in world.iter().enumerate() {
            for (number, row) in table.rows.iter().enumerate() {
                let belongs = match &table.rule {
                    Rule::Owned { column: true, .. } if row.owner.is_some() => row.owner == Some(tenant),
                    Rule::Owned { ways, .. } => {
                        let by_key = |way: &usize| {
                            let to = &found[table.keys[*way].to];
                            row.cells[*way].iter().any(|row| to.contains(row))
                        };
                        ways.iter().any(by_key)
                            || row.pair.is_some_and(|(kind, row)| found[table.pair[kind]].contains(&row))
                    }
                    Rule::All => true,
                    Rule::Referenced => false,
                };
                if belongs {
                    found[place].insert(number);
                }
                if found[place].contains(&number) {
                    for (key, rows) in table.keys.iter().zip(&row.cells) {
                        if matches!(world[key.to].rule, Rule::Referenced) {
                            found[key.to].extend(rows);
                        }
                    }
                }
            }
        }
        if found.iter().map(BTreeSet::len).sum::<usize>() == before {
            return found;
        }
    }
}

async fn agrees(world: &[Table], url: &str, style: Style) {
    let catalog = catalog(&written::catalog(world, style));
    for tenant in 0..TENANTS {
        let slice = export(url, &catalog, &tenant.to_string()).await.unwrap();
        for (place, expected) in walk(world, tenant).into_iter().enumerate() {
            let expected: BTreeSet<String> = expected.iter().map(ToString::to_string).collect();
            let found = keys(&slice, &format!("t{place}"));
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "table t{place}, tenant {tenant}");
        }
    }
}

/// Counts the rows of every table, one number a line.
fn counts(world: &[Table]) -> String {
    let counts: Vec<String> = (0..world.len()).map(|place| format!("select count(*) from t{place};")).collect();
    counts.join(" ")
}

/// Every row of tenant 1's archive is in a database that was restored with its keys checked.
fn restored(world: &[Table], mut restore: Command, mut count: Command, archive: &Archive) {
    let script = std::fs::File::open(archive.root().join("sql/restore.sql")).unwrap();
    let output = restore.current_dir(archive.root()).stdin(Stdio::from(script)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = count.output().unwrap();
    let found: Vec<usize> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| line.trim().parse().unwrap()).collect();
    let expected: Vec<usize> = walk(world, 1).iter().map(BTreeSet::len).collect();
    assert_eq!(found, expected, "{}", String::from_utf8_lossy(&output.stderr));
}

fn worlds() -> impl Strategy<Value = (Vec<Table>, bool)> {
    any::<bool>().prop_flat_map(|composite| (world(composite), Just(composite)))
}

static SQLITE_CASES: AtomicU32 = AtomicU32::new(0);
static POSTGRES_CASES: AtomicU32 = AtomicU32::new(0);

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_slices_are_what_a_walk_over_the_rows_finds((world, composite) in worlds()) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let style = Style { engine: "sqlite", composite };
            let (_folder, url) = sqlite(&written::statements(&world, style)).await;
            agrees(&world, &url, style).await;
            if SQLITE_CASES.fetch_add(1, Ordering::Relaxed).is_multiple_of(8) {
                let archive = archive(&url, &written::catalog(&world, style)).await;
                let file = archive.root().join("restored.db").display().to_string();
                let (mut restore, mut count) = (Command::new("sqlite3"), Command::new("sqlite3"));
                restore.args(["-bail", &file]);
                count.args([&file, &counts(&world)]);
                restored(&world, restore, count, &archive);
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, max_shrink_iters: 30, ..ProptestConfig::default() })]

    #[test]
    fn postgres_slices_are_what_a_walk_over_the_rows_finds((world, composite) in worlds()) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let style = Style { engine: "postgres", composite };
            let database = Postgres::shared().await.create_database("oracle").await;
            run_postgres(&database.url, &written::statements(&world, style)).await;
            agrees(&world, &database.url, style).await;
            if POSTGRES_CASES.fetch_add(1, Ordering::Relaxed).is_multiple_of(4) {
                let archive = archive(&database.url, &written::catalog(&world, style)).await;
                let into = Postgres::shared().await.create_database("oracle_restored").await;
                let (mut restore, mut count) = (Command::new("psql"), Command::new("psql"));
                restore.args(["-v", "ON_ERROR_STOP=1", "-q", "-f", "sql/restore.sql", &into.url]);
                count.args(["-At", "-c", &counts(&world), &into.url]);
                restored(&world, restore, count, &archive);
            }
        });
    }
}

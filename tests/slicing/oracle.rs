//! Random schemas, random rows, and an oracle that walks the rows one by one.

use super::desk::{catalog, export, keys, run_postgres, sqlite};
use crate::support::postgres::Postgres;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write;

/// How a table comes into the archive.
#[derive(Debug, Clone)]
enum Rule {
    Column,
    /// Through these of its keys.
    Through(Vec<usize>),
    Referenced,
    All,
}

#[derive(Debug, Clone)]
struct Table {
    rule: Rule,
    /// The table that each key points to; all keys are nullable.
    keys: Vec<usize>,
    /// For each row its owner and, for each key, the row that it points to.
    rows: Vec<(usize, Vec<Option<usize>>)>,
}

const TENANTS: usize = 3;

/// Table 0 is the tenants'. Owned tables stand before shared ones; ways in lead to earlier owned tables; shared tables point to later shared ones or to themselves.
fn world() -> impl Strategy<Value = Vec<Table>> {
    let rows = || {
        prop::collection::vec(
            (0..TENANTS, prop::collection::vec(prop::option::weighted(0.8, any::<prop::sample::Index>()), 3)),
            0..7,
        )
    };
    (
        prop::collection::vec((any::<bool>(), prop::collection::vec(any::<prop::sample::Index>(), 1..4), rows()), 1..5),
        prop::collection::vec((0..4_u8, prop::collection::vec(any::<prop::sample::Index>(), 0..3), rows()), 0..4),
    )
        .prop_map(|(owned, shared)| {
            let (owned_count, count) = (owned.len() + 1, owned.len() + 1 + shared.len());
            let mut tables = vec![Table {
                rule: Rule::Column,
                keys: vec![],
                rows: (0..TENANTS).map(|tenant| (tenant, vec![])).collect(),
            }];
            for (number, (column, keys, rows)) in owned.into_iter().enumerate() {
                let place = number + 1;
                // Any table may be pointed to, but only earlier owned ones are ways in.
                let keys: Vec<usize> = keys.iter().map(|key| key.index(count)).collect();
                let ways: Vec<usize> = (0..keys.len()).filter(|key| keys[*key] < place).collect();
                let rule = if column || ways.is_empty() { Rule::Column } else { Rule::Through(ways) };
                tables.push(Table { rule, keys, rows: resolve(rows) });
            }
            for (number, (kind, keys, rows)) in shared.into_iter().enumerate() {
                let place = owned_count + number;
                let keys = keys.iter().map(|key| place + key.index(count - place)).collect();
                let rule = if kind == 0 { Rule::All } else { Rule::Referenced };
                tables.push(Table { rule, keys, rows: resolve(rows) });
            }
            let sizes: Vec<usize> = tables.iter().map(|table| table.rows.len()).collect();
            for table in &mut tables {
                for (_, cells) in &mut table.rows {
                    cells.truncate(table.keys.len());
                    for (cell, to) in cells.iter_mut().zip(&table.keys) {
                        *cell = cell.filter(|_| sizes[*to] > 0).map(|index| index % sizes[*to].max(1));
                    }
                }
            }
            tables
        })
}

fn resolve(rows: Vec<(usize, Vec<Option<prop::sample::Index>>)>) -> Vec<(usize, Vec<Option<usize>>)> {
    rows.into_iter()
        .map(|(owner, cells)| (owner, cells.into_iter().map(|cell| cell.map(|index| index.index(1000))).collect()))
        .collect()
}

/// The rows of every table that are this tenant's export, found by walking.
fn walk(world: &[Table], tenant: usize) -> Vec<BTreeSet<usize>> {
    let mut found: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); world.len()];
    loop {
        let before: usize = found.iter().map(BTreeSet::len).sum();
        for (place, table) in world.iter().enumerate() {
            for (row, (owner, cells)) in table.rows.iter().enumerate() {
                let belongs = match &table.rule {
                    Rule::Column => *owner == tenant,
                    Rule::Through(ways) => {
                        ways.iter().any(|way| cells[*way].is_some_and(|to| found[table.keys[*way]].contains(&to)))
                    }
                    Rule::All => true,
                    Rule::Referenced => false,
                };
                if belongs {
                    found[place].insert(row);
                }
                if found[place].contains(&row) {
                    for (key, to) in table.keys.iter().enumerate() {
                        if let (Rule::Referenced, Some(cell)) = (&world[*to].rule, cells[key]) {
                            found[*to].insert(cell);
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

/// The schema with its rows; `composite` makes every key one of two columns, half of whose NULLs are only half NULL.
fn statements(world: &[Table], composite: bool) -> String {
    let mut text = String::new();
    for (place, table) in world.iter().enumerate() {
        let second = if composite { ", half integer not null" } else { "" };
        write!(text, "create table t{place}(id integer not null{second}, owner integer").unwrap();
        for key in 0..table.keys.len() {
            write!(text, ", k{key} integer{}", if composite { format!(", h{key} integer") } else { String::new() })
                .unwrap();
        }
        write!(text, ", primary key (id{})", if composite { ", half" } else { "" }).unwrap();
        text.push_str(");\n");
    }
    for (place, table) in world.iter().enumerate() {
        for (row, (owner, cells)) in table.rows.iter().enumerate() {
            let own = if composite && place == 0 {
                format!("{row}, 0")
            } else if composite {
                format!("{row}, {}", row % 2)
            } else {
                row.to_string()
            };
            write!(text, "insert into t{place} values ({own}, {owner}").unwrap();
            for (cell, to) in cells.iter().zip(&table.keys) {
                let half = |row: usize| if *to == 0 { 0 } else { row % 2 };
                match (cell, composite) {
                    (Some(cell), false) => write!(text, ", {cell}").unwrap(),
                    (Some(cell), true) => write!(text, ", {cell}, {}", half(*cell)).unwrap(),
                    (None, false) => text.push_str(", null"),
                    (None, true) => text.push_str(if row % 2 == 0 { ", null, 0" } else { ", 0, null" }),
                }
            }
            text.push_str(");\n");
        }
    }
    text
}

fn keys_declared(world: &[Table], composite: bool) -> impl Iterator<Item = (usize, String)> + '_ {
    world.iter().enumerate().flat_map(move |(place, table)| {
        table.keys.iter().enumerate().map(move |(key, to)| {
            let own = if composite { format!("k{key}, h{key}") } else { format!("k{key}") };
            let other = if composite { "id, half" } else { "id" };
            (place, format!("foreign key ({own}) references t{to} ({other})"))
        })
    })
}

fn sqlite_statements(world: &[Table], composite: bool) -> String {
    let mut text = statements(world, composite);
    for (place, key) in keys_declared(world, composite) {
        let head = format!("create table t{place}(");
        let begin = text.find(&head).unwrap();
        let end = begin + text[begin..].find(");\n").unwrap();
        text.insert_str(end, &format!(", {key}"));
    }
    format!("pragma foreign_keys = off;\n{text}")
}

fn postgres_statements(world: &[Table], composite: bool) -> String {
    let mut text = statements(world, composite);
    for (place, key) in keys_declared(world, composite) {
        writeln!(text, "alter table t{place} add {key};").unwrap();
    }
    text
}

fn catalog_text(world: &[Table], engine: &str, composite: bool) -> String {
    let mut text = format!("version = 1\nengine = \"{engine}\"\n[tenant]\ntable = \"t0\"\nkey = \"id\"\n");
    for (place, table) in world.iter().enumerate() {
        let rule = match &table.rule {
            Rule::Column if place == 0 => "owner = { column = \"id\" }".to_owned(),
            Rule::Column => "owner = { column = \"owner\" }".to_owned(),
            Rule::Through(ways) => {
                let ways: Vec<String> = ways
                    .iter()
                    .map(|way| if composite { format!("\"h{way}, k{way}\"") } else { format!("\"k{way}\"") })
                    .collect();
                format!("owner = {{ through = [{}] }}", ways.join(", "))
            }
            Rule::Referenced => "share = \"referenced\"".to_owned(),
            Rule::All => "share = \"all\"".to_owned(),
        };
        writeln!(text, "[tables.t{place}]\n{rule}").unwrap();
    }
    text
}

/// Worlds in which shared tables point to each other in a circle are refused, not exported.
fn is_circular(world: &[Table]) -> bool {
    fn leads_back(world: &[Table], from: usize, to: usize, depth: usize) -> bool {
        depth < world.len()
            && world[from].keys.iter().any(|next| {
                *next != from
                    && matches!(world[*next].rule, Rule::Referenced)
                    && (*next == to || leads_back(world, *next, to, depth + 1))
            })
    }
    (0..world.len()).any(|place| matches!(world[place].rule, Rule::Referenced) && leads_back(world, place, place, 0))
}

async fn agrees(world: &[Table], url: &str, engine: &str, composite: bool) {
    let catalog = catalog(&catalog_text(world, engine, composite));
    for tenant in 0..TENANTS {
        let slice = export(url, &catalog, &tenant.to_string()).await.unwrap();
        for (place, expected) in walk(world, tenant).into_iter().enumerate() {
            let expected: BTreeSet<String> = expected.iter().map(ToString::to_string).collect();
            let found = keys(&slice, &format!("t{place}"));
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "table t{place}, tenant {tenant}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_slices_are_what_a_walk_over_the_rows_finds(world in world(), composite in any::<bool>()) {
        prop_assume!(!is_circular(&world));
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let (_folder, url) = sqlite(&sqlite_statements(&world, composite)).await;
            agrees(&world, &url, "sqlite", composite).await;
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, max_shrink_iters: 30, ..ProptestConfig::default() })]

    #[test]
    fn postgres_slices_are_what_a_walk_over_the_rows_finds(world in world(), composite in any::<bool>()) {
        prop_assume!(!is_circular(&world));
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let database = Postgres::shared().await.create_database("oracle").await;
            run_postgres(&database.url, &postgres_statements(&world, composite)).await;
            agrees(&world, &database.url, "postgres", composite).await;
        });
    }
}

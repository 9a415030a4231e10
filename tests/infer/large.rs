//! Seven hundred tables.

use std::time::{Duration, Instant};

use super::desk::{decisions, draft, request};
use crate::slicing::desk::run_postgres;
use crate::support::postgres::Postgres;

/// Groups of five tables: one with the tenant's column, three that hang on it without a declared key, one list.
fn schema(groups: usize) -> String {
    let mut statements = "create table workspaces(id uuid primary key, name text);
        insert into workspaces select gen_random_uuid(), 'w' || n from generate_series(1, 20) n;"
        .to_owned();
    for n in 0..groups {
        statements.push_str(&format!(
            "create table kind{n}x(id bigserial primary key, title text, colour text);
             create table thing{n}xes(id bigserial primary key, workspace_id uuid not null, kind{n}x_id bigint not null, title text, body text, state text, details jsonb);
             insert into kind{n}x(title) select 'k' || n from generate_series(1, 5) n;
             insert into thing{n}xes(workspace_id, kind{n}x_id, title, details) select id, 1 + row_number() over () % 5, 'title', '{{\"a\": 1}}' from workspaces, generate_series(1, 20);
             create table thing{n}x_lines(id bigserial primary key, thing{n}x_id bigint not null, text text, amount numeric);
             insert into thing{n}x_lines(thing{n}x_id, text) select id, 'line' from thing{n}xes;
             create table thing{n}x_notes(id bigserial primary key, thing{n}x_id bigint not null, text text, api_token text);
             insert into thing{n}x_notes(thing{n}x_id, text) select id, 'note' from thing{n}xes;
             create table thing{n}x_line_taxes(thing{n}x_line_id bigint not null, tax int not null, rate numeric, primary key (thing{n}x_line_id, tax));"
        ));
    }
    statements
}

#[tokio::test]
async fn seven_hundred_tables_take_seconds() {
    let database = Postgres::shared().await.create_database("infer_large").await;
    run_postgres(&database.url, &schema(140)).await;
    let begun = Instant::now();
    let (inferred, catalog) = draft(&database.url, &request("workspaces")).await;
    let took = begun.elapsed();
    println!("701 tables took {took:?}");
    let found = decisions(&catalog);
    assert_eq!(found.len(), 701);
    assert_eq!(found["thing7xes"], "column workspace_id");
    assert_eq!(found["thing7x_lines"], "through thing7x_id", "{}", &inferred.text[..2000]);
    assert_eq!(found["thing7x_line_taxes"], "through thing7x_line_id");
    assert_eq!(found["kind7x"], "share Referenced");
    // Far more than it takes on an idle machine, far less than what looks at every pair of tables would take.
    assert!(took < Duration::from_secs(60), "{took:?}");
}

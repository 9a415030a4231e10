//! Large objects of PostgreSQL: those that a tenant's rows point to, all of them and no other.

use super::{archive, assert_same_rows, postgres::reader, postgres::restore, try_archive};
use crate::{
    slicing::desk::{catalog, run_postgres, source},
    support::{archive::Archive, postgres::Postgres},
};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{collections::BTreeMap, process::Command};
use worker::check;

const CATALOG: &str = "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nowner = { column = \"t_id\" }\n\
    columns = { photo = { deliver = \"large_objects\" }, scan = { deliver = \"large_objects\" }, mapped = { deliver = \"large_objects\" }, counted = { deliver = \"large_objects\" } }\n";

/// 50100 is both tenants', 50101 and 50107 the other one's, 50108 nobody's, 50199 is the number of none, 50102 is empty, 50103 has 20 MB that do not compress
/// away, 50104 is exactly two pieces long, 50105 begins with a hole.
const SCHEMA: &str = "create extension lo; create table t(id int primary key); insert into t values (1), (2);
    create table c(id int primary key, t_id int, photo lo, scan oid, mapped text, counted bigint);
    select lo_from_bytea(50100, 'both tenants'''), lo_from_bytea(50101, 'CANARY'), lo_create(50102), lo_from_bytea(50104, decode(repeat('00ff5c27', 131072), 'hex')),
           lo_from_bytea(50103, (select decode(string_agg(md5(n::text), ''), 'hex') from generate_series(1, 1250000) n)), lo_create(50105), lo_put(50105, 300000, 'after a hole'),
           lo_from_bytea(50106, 'by text'), lo_from_bytea(50107, 'CANARY'), lo_from_bytea(50108, 'CANARY'), lo_from_bytea(4294967295, 'last');
    insert into c values (1, 1, 50100, 50103, 'not 50107 a number', null), (2, 1, 50102, 50104, '50106', 4294967295), (3, 1, 50199, 50103, '99999999999', -1), (4, 1, 0, null, '0', 0),
           (5, 1, 50105, 50100, '4294967296', 9000000000000), (6, 2, 50101, 50100, '50107', null)";

/// The members with objects by their number: their length and hash.
fn objects(archive: &Archive) -> BTreeMap<u32, (usize, String)> {
    let members = archive.members().into_iter().filter_map(|member| {
        let number = member.name.strip_prefix("large_objects/")?.strip_suffix(".bin")?.parse().unwrap();
        Some((number, (member.bytes.len(), hex::encode(Sha256::digest(&member.bytes)))))
    });
    members.collect()
}

/// The same of a database.
async fn in_database(url: &str, numbers: &[u32]) -> BTreeMap<u32, (usize, String)> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let mut found = BTreeMap::new();
    for number in numbers {
        let query = AssertSqlSafe(format!("select lo_get({number}::bigint::oid)"));
        let bytes: Vec<u8> = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
        found.insert(*number, (bytes.len(), hex::encode(Sha256::digest(&bytes))));
    }
    found
}

#[tokio::test]
async fn the_objects_of_delivered_rows_leave_whole_and_arrive_under_their_numbers() {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database("objects").await;
    run_postgres(&database.url, SCHEMA).await;
    let role = reader(&database.url, &database.name, &["public".to_owned()]).await;
    run_postgres(&database.url, &format!("alter role {role} set lo_compat_privileges = on")).await;
    let url = postgres.url_as(&role, &database.name);

    let first = archive(&url, CATALOG, "1").await;
    let ours = [50100, 50102, 50103, 50104, 50105, 50106, u32::MAX];
    assert_eq!(objects(&first), in_database(&database.url, &ours).await);
    assert_eq!(objects(&first)[&50103].0, 20_000_000);
    let facts = &first.manifest()["large_objects"];
    let columns: Vec<String> = facts["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| {
            format!(
                "{} {} {} {}",
                column["column"].as_str().unwrap(),
                column["objects"],
                column["missing"],
                column["missing_numbers"]
            )
        })
        .collect();
    assert_eq!(columns, ["photo 3 1 [50199]", "scan 3 0 null", "mapped 1 0 null", "counted 1 0 null"]);
    assert_eq!(facts["objects"].as_array().unwrap().len(), ours.len());
    assert!(first.members().iter().all(|member| !String::from_utf8_lossy(&member.bytes).contains("CANARY")));
    assert!(first.sheet("c").rows.iter().any(|row| row[2] == "50199"));
    assert!(std::fs::read_to_string(first.root().join("START-HERE.html")).unwrap().contains("large_objects/16400.bin"));
    first.assert_sound().await;

    let (owner, restored) = restore("objects_restored", &first).await;
    assert_eq!(in_database(&restored, &ours).await, objects(&first));
    let again = archive(&owner, CATALOG, "1").await;
    assert_same_rows(&first, &again);
    assert_eq!(again.manifest()["large_objects"], *facts);
    let sql = |archive: &Archive| std::fs::read(archive.root().join("sql/large_objects.sql")).unwrap();
    assert!(sql(&first) == sql(&again), "the statements differ");

    let other = archive(&url, CATALOG, "2").await;
    assert_eq!(objects(&other).keys().copied().collect::<Vec<u32>>(), [50100, 50101, 50107]);
}

#[tokio::test]
async fn a_restore_stops_at_a_number_that_is_taken_and_overwrites_nothing() {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database("objects_taken").await;
    run_postgres(&database.url, SCHEMA).await;
    let made = archive(&database.url, CATALOG, "2").await;
    let target = postgres.create_database("objects_occupied").await;
    run_postgres(&target.url, "select lo_from_bytea(50100, 'mine')").await;
    let mut psql = Command::new("psql");
    psql.args(["-X", "-q", "-f", "sql/restore.sql", &target.url]).current_dir(made.root());
    let output = psql.output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("already exists"), "{output:?}");
    let mut connection = PgConnection::connect(&target.url).await.unwrap();
    let left: (i64, Vec<u8>) = sqlx::query_as(
        "select (select count(*) from pg_largeobject_metadata) + (select count(*) from pg_tables where schemaname = 'public'), lo_get(50100)",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(left, (1, b"mine".to_vec()));
}

#[tokio::test]
async fn an_object_that_the_role_may_not_read_stops_the_export_with_the_fix() {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database("objects_forbidden").await;
    run_postgres(&database.url, SCHEMA).await;
    let role = reader(&database.url, &database.name, &["public".to_owned()]).await;
    let url = postgres.url_as(&role, &database.name);
    let refusal = try_archive(&url, CATALOG, "2", false).await.err().unwrap().to_string();
    for told in [role.as_str(), "lo_compat_privileges = on", "grant select on large object"] {
        assert!(refusal.contains(told), "{refusal}");
    }
    let grants: String =
        [50100, 50101, 50107].map(|number| format!("grant select on large object {number} to {role};")).concat();
    run_postgres(&database.url, &grants).await;
    assert_eq!(objects(&archive(&url, CATALOG, "2").await).len(), 3);
}

#[tokio::test]
async fn an_object_that_changes_during_an_export_leaves_as_it_was() {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database("objects_moment").await;
    run_postgres(&database.url, SCHEMA).await;
    let before = in_database(&database.url, &[50100, 50101, 50107]).await;
    let catalog = catalog(CATALOG);
    let (mut snapshot, plan, tenant) = crate::slicing::desk::open(&database.url, &catalog, "2").await.unwrap();
    run_postgres(
        &database.url,
        "select lo_put(50100, 0, 'changed'), lo_unlink(50101), lo_from_bytea(50110, 'new'), lo_truncate(lo_open(50107, 131072), 2); update c set scan = 50110 where t_id = 2",
    )
    .await;
    let written = super::write(&plan, &tenant, &mut snapshot).await;
    snapshot.close().await;
    assert_eq!(objects(&written), before);
}

#[tokio::test]
async fn a_column_of_numbers_must_be_decided_and_only_numbers_can_be_delivered() {
    let database = Postgres::shared().await.create_database("objects_undecided").await;
    run_postgres(
        &database.url,
        "create table t(id int primary key); create table c(id int primary key, t_id int, photo oid, scan uuid, other oid)",
    )
    .await;
    let schema = source(&database.url).schema(&["public".to_owned()]).await.unwrap();
    let text =
        CATALOG.replace(", mapped = { deliver = \"large_objects\" }, counted = { deliver = \"large_objects\" }", "");
    let findings = check::check(&catalog(&text), &schema);
    let found: Vec<(&str, &str)> = findings.iter().map(|one| (one.code, one.column.as_deref().unwrap())).collect();
    assert_eq!(found, [("large_object", "other"), ("no_large_object", "scan")]);
}

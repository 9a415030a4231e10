//! The torture database for PostgreSQL: exported, restored by psql, exported again.

use super::{archive, assert_same_rows, left_out, psql, toml};
use crate::{
    slicing::desk::run_postgres,
    support::{archive::Archive, postgres::Postgres},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use std::{fmt::Write, path::Path};

/// A role that may read the tables of these schemas and nothing else.
pub(super) async fn reader(url: &str, database: &str, schemas: &[String]) -> String {
    let role = format!("reader_{database}");
    let mut grants = format!(
        "create role {role} login nosuperuser nocreatedb nocreaterole nobypassrls; grant connect on database \"{database}\" to {role};"
    );
    for schema in schemas {
        let schema = schema.replace('"', "\"\"");
        write!(
            grants,
            "grant usage on schema \"{schema}\" to {role}; grant select on all tables in schema \"{schema}\" to {role};"
        )
        .unwrap();
    }
    run_postgres(url, &grants).await;
    role
}

struct Torture {
    schemas: Vec<String>,
    /// Schema, table, whether rows have an owner, whether it is partitioned.
    tables: Vec<(String, String, bool, bool)>,
}

impl Torture {
    async fn read(connection: &mut PgConnection) -> Torture {
        let schemas = sqlx::query_scalar(
            "select nspname::text from pg_namespace where nspname = 'public' or nspname like 'odd%' order by 1",
        )
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        let tables = sqlx::query_as(
            "select n.nspname::text, c.relname::text, exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 't_id'), c.relkind = 'p'
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where (n.nspname = 'public' or n.nspname like 'odd%') and c.relkind in ('r', 'p') and not c.relispartition order by 1, 2",
        )
        .fetch_all(connection)
        .await
        .unwrap();
        Torture { schemas, tables }
    }

    /// `left` is the reason for the one table that stays behind.
    fn catalog(&self) -> String {
        let schemas: Vec<String> = self.schemas.iter().map(|schema| toml(schema)).collect();
        let mut text = format!(
            "version = 1\nengine = \"postgres\"\nschemas = [{}]\n[tenant]\ntable = \"public.tenants\"\nkey = \"id\"\nlabel = \"name\"\n",
            schemas.join(", ")
        );
        for (schema, table, owned, _) in &self.tables {
            let name = toml(&format!("{schema}.{table}"));
            let rule = match (schema.as_str(), table.as_str(), owned) {
                ("public", "tenants", _) => "owner = { column = \"id\" }",
                ("public", "left_behind", _) => "exclude = \"internal\"",
                ("public", "numbers", _) => {
                    "owner = { column = \"t_id\" }\ncolumns = { o = { keep = \"plain numbers\" } }"
                }
                (_, _, true) => "owner = { column = \"t_id\" }",
                (_, _, false) => "share = \"all\"",
            };
            writeln!(text, "[tables.{name}]\n{rule}").unwrap();
        }
        text
    }

    /// For each delivered table how many rows of the tenant it has and what they are, as the database itself tells.
    async fn digests(&self, connection: &mut PgConnection, key: &str) -> Vec<(String, i64, Option<String>)> {
        let mut digests = Vec::new();
        for (schema, table, owned, partitioned) in &self.tables {
            let quoted = format!("\"{}\".\"{}\"", schema.replace('"', "\"\""), table.replace('"', "\"\""));
            let only = if *partitioned { "" } else { "only" };
            let own = match (table.as_str(), owned) {
                ("left_behind", _) => continue,
                ("tenants", false) => format!("where id = {key}"),
                (_, true) => format!("where t_id = {key}"),
                (_, false) => String::new(),
            };
            let query = format!(
                "select count(*), md5(string_agg(md5(r::text), '' order by md5(r::text))) from (select * from {only} {quoted} {own}) r"
            );
            let row = sqlx::query(AssertSqlSafe(query)).fetch_one(&mut *connection).await.unwrap();
            digests.push((quoted, row.get(0), row.get(1)));
        }
        digests
    }
}

/// Restores into an empty database as a role that owns it and is nothing else; returns the URLs of that role and of the superuser.
pub(super) async fn restore(hint: &str, archive: &Archive) -> (String, String) {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database(hint).await;
    let role = format!("owner_{}", database.name);
    let own = format!(
        "create role {role} login nosuperuser nocreaterole; alter database \"{}\" owner to {role}",
        database.name
    );
    run_postgres(&database.url, &own).await;
    let url = postgres.url_as(&role, &database.name);
    psql(&url, &["-f", "sql/restore.sql"], &archive.root());
    (url, database.url)
}

#[tokio::test]
async fn every_value_name_and_table_of_postgres_arrives_as_it_left() {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database("torture").await;
    psql(&database.url, &["-f", "tests/fixtures/postgres.sql"], Path::new(env!("CARGO_MANIFEST_DIR")));
    let mut source = PgConnection::connect(&database.url).await.unwrap();
    let torture = Torture::read(&mut source).await;
    let role = reader(&database.url, &database.name, &torture.schemas).await;
    let url = postgres.url_as(&role, &database.name);
    for key in ["1", "2"] {
        let first = archive(&url, &torture.catalog(), key).await;
        assert!(first.manifest()["tables"].as_array().unwrap().iter().any(|table| table["rows"].as_u64() > Some(3)));
        let (owner, superuser) = restore("tortured", &first).await;
        let mut restored = PgConnection::connect(&superuser).await.unwrap();
        assert_eq!(torture.digests(&mut source, key).await, torture.digests(&mut restored, key).await, "tenant {key}");
        let arrived = Torture::read(&mut restored).await;
        assert_eq!(arrived.tables.len(), torture.tables.len() - 1);
        assert_same_rows(&first, &archive(&owner, &arrived.catalog(), key).await);
        assert_rules(&first, &mut source, &mut restored).await;
    }
    assert!(!Path::new("/tmp/handover-pwned").exists());
}

async fn texts(connection: &mut PgConnection, query: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_all(connection).await.unwrap()
}

/// Types, sequences, keys and collations are those of the source; what is not has been named.
async fn assert_rules(archive: &Archive, source: &mut PgConnection, restored: &mut PgConnection) {
    let alike = [
        "select format_type(t.oid, null) || ' ' || l.enumlabel from pg_enum l join pg_type t on t.oid = l.enumtypid where t.typname <> 'excluded_mood' order by t.typname, l.enumsortorder",
        "select concat_ws(' ', schemaname, sequencename, data_type, start_value, min_value, max_value, increment_by, cycle, cache_size) from pg_sequences order by 1",
        "select concat_ws(' ', s.relname, d.refobjid::regclass, d.refobjsubid, d.deptype) from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
         where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') order by 1",
        "select concat_ws(' ', k.conname, k.conrelid::regclass, k.condeferrable, k.condeferred, pg_get_constraintdef(k.oid)) from pg_constraint k join pg_class c on c.oid = k.conrelid
         where not c.relispartition and k.conparentid = 0 and k.conname not in ('points_to_part_listed_id_fkey') and c.relname <> 'left_behind' order by 1",
        "select concat_ws(' ', collname, collprovider, collisdeterministic, colliculocale) from pg_collation where oid >= 16384 and collnamespace = 'public'::regnamespace order by 1",
        "select concat_ws(' ', a.attrelid::regclass, a.attname, a.attnotnull, a.attidentity, a.attgenerated, a.attcollation::regcollation, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid))
         from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
         where c.relkind in ('r', 'p') and not c.relispartition and (c.relnamespace = 'public'::regnamespace or c.relnamespace::regnamespace::text like '%odd%')
           and a.attnum > 0 and not a.attisdropped and c.relname <> 'left_behind' order by 1",
    ];
    for query in alike {
        let (left, arrived) = (texts(source, query).await, texts(restored, query).await);
        let different: Vec<&String> = left
            .iter()
            .filter(|one| !arrived.contains(one))
            .chain(arrived.iter().filter(|one| !left.contains(one)))
            .collect();
        assert!(different.is_empty(), "{different:?}");
    }
    let one_only = texts(
        restored,
        "select tgname::text from pg_trigger where not tgisinternal union all select typname::text from pg_type where typname = 'excluded_mood'",
    );
    assert_eq!(one_only.await, [""; 0]);
    let left_out = left_out(archive);
    for expected in [
        "trigger fires?",
        "trigger always",
        "rewrite rule swallow",
        "partitioning parts",
        "partitioning listed",
        "inheritance parent",
        "check only_here",
        "index only_there",
        "unique rule listed_rest_id_key",
        "foreign key points_to_part_listed_id_fkey",
    ] {
        assert!(left_out.iter().any(|one| one == expected), "{expected} is not in {left_out:?}");
    }
}

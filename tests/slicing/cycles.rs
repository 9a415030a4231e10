//! Rules that lead back to their own table: rows are gathered until no new one is found, and nobody else's with them.

use super::desk::{catalog, export, keys, run_mysql, run_postgres, sqlite};
use crate::support::{mariadb::MariaDb, postgres::Postgres};

fn rules(engine: &str, tables: &str) -> String {
    format!(
        "version = 1\nengine = \"{engine}\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = {{ column = \"id\" }}\n{tables}"
    )
}

/// What each tenant gets of the tables, the same from every engine.
async fn agree(hint: &str, statements: &str, tables: &str, expected: &[(&str, &str, &[&str])]) {
    let (_folder, url) = sqlite(&format!("pragma foreign_keys = off; {statements}")).await;
    let database = Postgres::shared().await.create_database(hint).await;
    run_postgres(&database.url, statements).await;
    let maria = MariaDb::shared().await.create_database(hint).await;
    run_mysql(&maria.url, statements).await;
    for (url, engine) in [(&url, "sqlite"), (&database.url, "postgres"), (&maria.url, "mysql")] {
        for (tenant, table, rows) in expected {
            let slice = export(url, &catalog(&rules(engine, tables)), tenant).await.unwrap();
            assert_eq!(keys(&slice, table), *rows, "{engine}: {table} of tenant {tenant}");
        }
    }
}

const TENANTS: &str = "create table t(id integer primary key); insert into t values (1), (2);";

#[tokio::test]
async fn folders_hang_by_their_parent_and_only_the_root_names_the_tenant() {
    agree(
        "folders",
        &format!(
            "{TENANTS} create table folders(id integer primary key, t_id integer, parent_id integer references folders(id));
             insert into folders values (1, 1, null), (2, null, 1), (3, null, 2), (4, 2, null), (5, null, 4), (6, null, null), (7, null, 6), (8, 2, 3), (9, null, 8);
             create table files(id integer primary key, folder_id integer references folders(id)); insert into files values (10, 3), (11, 5), (12, 7), (13, 1), (14, 9);"
        ),
        "[tables.folders]\nowner = { column = \"t_id\", through = \"parent_id\" }\n[tables.files]\nowner = { through = \"folder_id\" }\n",
        &[
            ("1", "folders", &["1", "2", "3"]),
            ("2", "folders", &["4", "5", "8", "9"]),
            ("1", "files", &["10", "13"]),
            ("2", "files", &["11", "14"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn trees_reached_only_through_another_table_and_endless_loops_of_rows_end() {
    agree(
        "loops",
        &format!(
            "{TENANTS} create table users(id integer primary key, t_id integer); insert into users values (1, 1), (2, 2);
             create table posts(id integer primary key, user_id integer references users(id), reply_to integer, quotes integer);
             insert into posts values (1, 1, 3, null), (2, null, 1, null), (3, null, 2, null), (4, 2, null, null), (5, null, 5, null), (6, null, null, 4), (7, null, 6, 1);"
        ),
        "[tables.users]\nowner = { column = \"t_id\" }\n[tables.posts]\nowner = { through = [\"user_id\", \"answer\", \"quotes\"] }\n\
         [tables.posts.references]\nanswer = { column = \"reply_to\", table = \"posts\" }\nquotes = { table = \"posts\" }\n",
        &[("1", "posts", &["1", "2", "3", "7"]), ("2", "posts", &["4", "6", "7"])],
    )
    .await;
}

#[tokio::test]
async fn two_tables_own_each_other_with_composite_and_text_keys() {
    agree(
        "mutual",
        &format!(
            "{TENANTS} create table a(x integer, y varchar(9), t_id integer, b_code varchar(9), primary key (x, y)); create table b(code varchar(9) primary key, ax integer, ay varchar(9));
             insert into a values (1, 'k', 1, null), (2, 'k', null, 'b1'), (3, 'k', 2, null), (4, 'k', null, 'b3'), (1, 'l', 2, 'b1');
             insert into b values ('b1', 1, 'k'), ('b2', 2, 'k'), ('b3', 3, 'k'), ('b4', 1, null), ('b5', 1, 'l');
             create table c(id integer primary key, b_code varchar(9)); insert into c values (1, 'b2'), (2, 'b3'), (3, 'b4'), (4, 'b5');"
        ),
        "[tables.a]\nowner = { column = \"t_id\", through = \"b_code\" }\n[tables.a.references]\nb_code = { table = \"b\" }\n\
         [tables.b]\nowner = { through = \"a\" }\n[tables.b.references]\na = { column = \"ax, ay\", table = \"a\", key = \"x, y\" }\n\
         [tables.c]\nowner = { through = \"b_code\" }\n[tables.c.references]\nb_code = { table = \"b\" }\n",
        &[
            ("1", "a", &["1", "2"]),
            ("1", "b", &["b1", "b2"]),
            ("1", "c", &["1"]),
            ("2", "a", &["1", "3", "4"]),
            ("2", "b", &["b3", "b5"]),
            ("2", "c", &["2", "4"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn shared_tables_in_a_circle_are_gathered_upwards_and_never_down() {
    agree(
        "shared",
        &format!(
            "{TENANTS} create table s(id integer primary key, u_id integer, boss integer); create table u(id integer primary key, s_id integer, v_id varchar(9)); create table v(id varchar(9) primary key, u_id integer);
             create table own(id integer primary key, t_id integer, s_id integer);
             insert into own values (1, 1, 1), (2, 2, 5);
             insert into s values (1, 1, null), (2, 2, 1), (3, null, 2), (4, 1, 1), (5, 5, 4);
             insert into u values (1, 3, 'v1'), (2, null, 'v2'), (3, 1, 'v1'), (5, 5, null);
             insert into v values ('v1', 1), ('v2', 2), ('v3', 1);"
        ),
        "[tables.own]\nowner = { column = \"t_id\" }\n[tables.own.references]\ns_id = { table = \"s\" }\n\
         [tables.s]\nshare = \"referenced\"\n[tables.s.references]\nu_id = { table = \"u\" }\nboss = { table = \"s\" }\n\
         [tables.u]\nshare = \"referenced\"\n[tables.u.references]\ns_id = { table = \"s\" }\nv_id = { table = \"v\" }\n\
         [tables.v]\nshare = \"referenced\"\n[tables.v.references]\nu_id = { table = \"u\" }\n",
        &[
            ("1", "s", &["1", "2", "3"]),
            ("1", "u", &["1", "2"]),
            ("1", "v", &["v1", "v2"]),
            ("2", "s", &["1", "2", "3", "4", "5"]),
            ("2", "u", &["1", "2", "5"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn shared_tables_in_a_circle_that_nobody_points_to_are_empty() {
    agree(
        "unseen",
        &format!(
            "{TENANTS} create table s(id integer primary key, u_id integer); create table u(id integer primary key, s_id integer);
             insert into s values (1, 1); insert into u values (1, 1);"
        ),
        "[tables.s]\nshare = \"referenced\"\n[tables.s.references]\nu_id = { table = \"u\" }\n\
         [tables.u]\nshare = \"referenced\"\n[tables.u.references]\ns_id = { table = \"s\" }\n",
        &[("1", "s", &[]), ("1", "u", &[])],
    )
    .await;
}

#[tokio::test]
async fn circles_over_tables_without_a_primary_key_are_followed_by_the_place_of_their_rows() {
    let statements = format!(
        "{TENANTS} create table nodes(marker text, id integer unique, t_id integer, parent integer);
         insert into nodes values ('a', 1, 1, null), ('b', 2, null, 1), ('c', null, null, 2), ('d', 4, 2, null), ('e', null, null, 4), ('f', null, null, null), ('c', null, null, 2);"
    );
    let tables = "[tables.nodes]\nowner = { column = \"t_id\", through = \"up\" }\n[tables.nodes.references]\nup = { column = \"parent\", table = \"nodes\", key = \"id\" }\n";
    let (_folder, url) = sqlite(&statements).await;
    let database = Postgres::shared().await.create_database("keyless").await;
    run_postgres(&database.url, &statements).await;
    for (url, engine) in [(&url, "sqlite"), (&database.url, "postgres")] {
        for (tenant, rows) in [("1", &["a", "b", "c", "c"][..]), ("2", &["d", "e"])] {
            let slice = export(url, &catalog(&rules(engine, tables)), tenant).await.unwrap();
            assert_eq!(keys(&slice, "nodes"), rows, "{engine}: tenant {tenant}");
        }
    }
    // MariaDB has nothing that tells such rows apart.
    let maria = MariaDb::shared().await.create_database("keyless").await;
    run_mysql(&maria.url, &statements).await;
    let refused = export(&maria.url, &catalog(&rules("mysql", tables)), "1").await.unwrap_err().to_string();
    assert!(refused.contains("primary key"), "{refused}");
}

#[tokio::test]
async fn circles_over_partitions_collations_and_arrays_are_followed_in_postgres() {
    let database = Postgres::shared().await.create_database("odd").await;
    run_postgres(
        &database.url,
        &format!(
            "{TENANTS} create extension citext; create collation lax (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
             create table nodes(id varchar(10) collate \"C\" unique, t_id int, parent varchar(20), inside citext[]) partition by hash (id);
             create table n1 partition of nodes for values with (modulus 2, remainder 0); create table n2 partition of nodes for values with (modulus 2, remainder 1);
             create table links(code text collate lax primary key, node varchar(10) collate \"C\", near text collate lax, bits bit(3));
             insert into nodes values ('a', 1, null, null), ('b', null, 'L1', null), ('c', null, null, '{{x,l2}}'), ('d', 2, null, null), ('e', null, 'l3', null);
             insert into links values ('l1', 'a', null, '101'), ('l2', 'b', null, '101'), ('l3', 'd', null, '111'), ('l4', null, 'L2', '001'), ('l5', 'A', null, '001');"
        ),
    )
    .await;
    let tables = "[tables.nodes]\nowner = { column = \"t_id\", through = [\"parent\", \"inside\"] }\n[tables.nodes.references]\nparent = { table = \"links\" }\ninside = { table = \"links\", array = true }\n\
        [tables.links]\nowner = { through = [\"node\", \"near\"] }\n[tables.links.references]\nnode = { table = \"nodes\", key = \"id\" }\nnear = { table = \"links\" }\n";
    for (tenant, nodes, links) in [("1", &["a", "b", "c"][..], &["l1", "l2", "l4"][..]), ("2", &["d", "e"], &["l3"])] {
        let slice = export(&database.url, &catalog(&rules("postgres", tables)), tenant).await.unwrap();
        assert_eq!((keys(&slice, "nodes"), keys(&slice, "links")), (owned(nodes), owned(links)), "tenant {tenant}");
    }
}

fn owned(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[tokio::test]
async fn a_tree_without_an_index_takes_no_scan_for_each_row() {
    let rows = 30_000;
    let statements = format!(
        "{TENANTS} create table folders(id integer primary key, t_id integer, parent_id integer);
         create table labels(code text primary key, up text);"
    );
    let tables = "[tables.folders]\nowner = { column = \"t_id\", through = \"parent_id\" }\n[tables.folders.references]\nparent_id = { table = \"folders\" }\nlabel = { column = \"id\", table = \"labels\", key = \"code\" }\n\
        [tables.labels]\nshare = \"referenced\"\n[tables.labels.references]\nup = { table = \"labels\" }\n";
    let (_folder, url) = sqlite(&format!(
        "{statements} with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows}) insert into folders select i, case when i <= 2 then i end, case when i > 2 then max(1, i / 3) end from n;
         insert into labels select cast(id as text), cast(parent_id as text) from folders;"
    ))
    .await;
    let database = Postgres::shared().await.create_database("large").await;
    run_postgres(
        &database.url,
        &format!(
            "{statements} insert into folders select i, case when i <= 2 then i end, case when i > 2 then greatest(1, i / 3) end from generate_series(1, {rows}) i;
             insert into labels select id::text, parent_id::text from folders; analyze;"
        ),
    )
    .await;
    for (url, engine) in [(&url, "sqlite"), (&database.url, "postgres")] {
        let began = std::time::Instant::now();
        let mut folders = 0;
        for tenant in ["1", "2"] {
            let slice = export(url, &catalog(&rules(engine, tables)), tenant).await.unwrap();
            assert_eq!(slice["labels"].len(), slice["folders"].len(), "every label above a folder is one of its own");
            folders += slice["folders"].len();
        }
        assert_eq!(folders, rows);
        assert!(began.elapsed().as_secs() < 30, "{engine} took {:?}", began.elapsed());
    }
}

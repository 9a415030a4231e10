//! Slices of a MySQL source: rows, masks, the tripwire, the schema.

mod keys;
mod moment;
mod rights;
mod schema;
mod values;

use super::desk::{catalog, export, keys, open, read, run_mysql};
use crate::support::mariadb::{Database, MariaDb};
use worker::error::{Consequence, ExportError};

const CATALOG: &str = r#"
version = 1
engine = "mysql"
[tenant]
table = "workspaces"
key = "id"
label = "name"
[tables.workspaces]
owner = { column = "id" }
[tables.sales]
owner = { column = "workspace_id" }
[tables.lines]
owner = { through = "sale_year, sale_no" }
[tables.returns]
owner = { through = "line_id" }
[tables.messages]
owner = { through = ["sender", "recipient"] }
[tables.people]
owner = { column = "workspace_id" }
[tables.people.columns]
phone = { mask = "last4" }
email = { mask = "email" }
pin = { omit = "secret" }
note = { mask = "redact" }
[tables.products]
share = "referenced"
[tables.categories]
share = "referenced"
[tables."we`ird ' \" ü"]
owner = { through = "per`son" }
"#;

const SCHEMA: &str = "
create table workspaces(id char(36) character set ascii primary key, name varchar(40));
create table categories(id int primary key, parent int, marker text, foreign key (parent) references categories(id));
create table products(code varchar(20) primary key, category int, marker text, foreign key (category) references categories(id));
create table people(id bigint unsigned auto_increment primary key, workspace_id char(36) character set ascii not null, phone varchar(8), email varchar(12),
    pin text, note text, foreign key (workspace_id) references workspaces(id));
create table sales(workspace_id char(36) character set ascii not null, year year, no int, marker text, primary key (year, no),
    foreign key (workspace_id) references workspaces(id));
create table `lines`(id int auto_increment primary key, sale_no int, sale_year year, product varchar(20), marker text,
    foreign key (sale_year, sale_no) references sales(year, no), foreign key (product) references products(code));
create table returns(id int primary key, line_id int, marker text, foreign key (line_id) references `lines`(id));
create table messages(id int primary key, sender bigint unsigned, recipient bigint unsigned, marker text,
    foreign key (sender) references people(id), foreign key (recipient) references people(id));
create table `we``ird ' \" ü`(`sel``ect` int primary key, `per``son` bigint unsigned, constraint `f``k` foreign key (`per``son`) references people(id));
insert into workspaces values ('aaaaaaaa-0000-4000-8000-000000000001', 'Älpha'), ('bbbbbbbb-0000-4000-8000-000000000002', 'Beta');
insert into categories values (1, null, 'both'), (2, 1, 'A'), (3, 1, 'B'), (4, 2, 'nobody');
insert into products values ('Cable', 2, 'A'), ('case', 3, 'B'), ('dock', 4, 'nobody');
insert into people(workspace_id, phone, email, pin, note) values
    ('aaaaaaaa-0000-4000-8000-000000000001', '12345678', 'jo@a.example', '1', 'x'), ('bbbbbbbb-0000-4000-8000-000000000002', null, null, '2', null),
    ('aaaaaaaa-0000-4000-8000-000000000001', '1234', 'no address', '3', '');
insert into sales values ('aaaaaaaa-0000-4000-8000-000000000001', 2026, 1, 'A'), ('bbbbbbbb-0000-4000-8000-000000000002', 2026, 2, 'B'),
    ('bbbbbbbb-0000-4000-8000-000000000002', 2025, 1, 'B');
insert into `lines`(sale_no, sale_year, product, marker) values (1, 2026, 'CABLE', 'A'), (2, 2026, 'case', 'B'), (1, 2025, 'case', 'B'), (1, null, 'dock', 'nobody');
insert into returns values (1, 1, 'A'), (2, 2, 'B'), (3, 4, 'nobody'), (4, null, 'nobody');
insert into messages values (1, 1, 3, 'A'), (2, 2, 1, 'both'), (3, 2, 2, 'B'), (4, null, null, 'nobody');
insert into `we``ird ' \" ü` values (7, 1), (8, 2), (9, 3);
";

const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";

async fn shop(hint: &str) -> Database {
    filled(hint, SCHEMA).await
}

/// A database of its own, with these tables.
async fn filled(hint: &str, statements: &str) -> Database {
    let database = MariaDb::shared().await.create_database(hint).await;
    run_mysql(&database.url, statements).await;
    database
}

#[tokio::test]
async fn a_tenant_gets_all_of_its_rows_and_nobody_elses() {
    let database = shop("rows").await;
    let slice = export(&database.url, &catalog(CATALOG), A).await.unwrap();
    assert_eq!(keys(&slice, "lines"), ["1"]);
    assert_eq!(keys(&slice, "returns"), ["1"]);
    assert_eq!(keys(&slice, "messages"), ["1", "2"]);
    assert_eq!(keys(&slice, "products"), ["Cable"], "found without regard to case, as its foreign key does");
    assert_eq!(keys(&slice, "categories"), ["1", "2"]);
    assert_eq!(keys(&slice, "we`ird ' \" ü"), ["7", "9"]);
    assert_eq!(slice["sales"].len(), 1);
    for (table, rows) in &slice {
        for cell in rows.iter().flatten().flatten() {
            assert!(!["B", "nobody"].contains(&cell.as_str()) && cell != B, "{table}");
        }
    }
    let other = export(&database.url, &catalog(CATALOG), B).await.unwrap();
    assert_eq!(
        (keys(&other, "lines"), keys(&other, "messages")),
        (vec!["2".into(), "3".into()], vec!["2".into(), "3".into()])
    );
}

#[tokio::test]
async fn masks_run_in_the_database_and_fit_their_columns() {
    let database = shop("masks").await;
    let slice = export(&database.url, &catalog(CATALOG), A).await.unwrap();
    let row = |index: usize| -> Vec<&str> {
        slice["people"][index].iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect()
    };
    assert_eq!(row(0), ["1", A, "****5678", "j***@a.examp", "***"]);
    assert_eq!(row(1), ["3", A, "****", "***", "***"]);
    let slice = export(&database.url, &catalog(CATALOG), B).await.unwrap();
    assert_eq!(slice["people"][0][2..], [None, None, None]);
}

#[tokio::test]
async fn the_tripwire_stops_a_query_that_returns_too_much() {
    let database = shop("tripwire").await;
    let (mut snapshot, plan, row) = open(&database.url, &catalog(CATALOG), A).await.unwrap();
    assert_eq!((row.key.as_str(), row.label.as_deref()), (A, Some("Älpha")));
    let mut sales = plan.tables.iter().find(|table| table.name == "sales").unwrap().clone();
    sales.select = sales.select.replace(" where ", " where true or ");
    let error = read(&mut snapshot, &sales).await.unwrap_err();
    assert!(matches!(&error, ExportError::Tripwire { table } if table == "sales"));
    assert_eq!(error.consequence(), Consequence::Fail);
    assert!(read(&mut snapshot, &sales).await.is_err(), "a broken session is not used again");
    snapshot.close().await;
}

#[tokio::test]
async fn a_new_table_and_a_new_secret_stop_every_export_and_are_named() {
    let database = shop("findings").await;
    run_mysql(
        &database.url,
        "create table gifts(id int); alter table people add api_token text invisible, add nickname text",
    )
    .await;
    let Err(ExportError::Catalog(findings)) = export(&database.url, &catalog(CATALOG), A).await else {
        panic!("exported");
    };
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings[0].starts_with("gifts: nobody has decided"), "{findings:?}");
    assert!(findings[1].starts_with("people.api_token: looks like a secret"), "{findings:?}");
}

#[tokio::test]
async fn a_chain_longer_than_the_servers_limit_on_recursion_is_followed_to_its_end() {
    let database = filled(
        "chain",
        "create table t(id int primary key, c int); create table c(id int primary key, next int, name varchar(10), foreign key (next) references c(id));
         set foreign_key_checks = 0; insert into c select seq, if(seq < 3000, seq + 1, null), concat('n', seq) from seq_1_to_3005;
         insert into t values (1, 1); alter table t add foreign key (c) references c(id);",
    )
    .await;
    let catalog = catalog(
        "version = 1\nengine = \"mysql\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n[tables.c]\nshare = \"referenced\"",
    );
    assert_eq!(export(&database.url, &catalog, "1").await.unwrap()["c"].len(), 3000);
}

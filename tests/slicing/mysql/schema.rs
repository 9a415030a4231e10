//! The schema of a MySQL source, as slicing and restoring need it.

use super::filled;
use crate::slicing::desk::{run_mysql, source};
use shared::export::Engine;
use std::time::{Duration, Instant};

const SCHEMA: &str = "
create sequence counter start with 5;
create table parent(id bigint unsigned auto_increment, code varchar(20) character set latin1 not null default 'it''s \\\\ x', at timestamp not null default current_timestamp() on update current_timestamp(),
    primary key (id), unique key code (code), unique key start (code(3)), fulltext key words (code)) comment 'it''s AUTO_INCREMENT=9' auto_increment=17;
create table child(id int default nextval(counter), parent bigint unsigned, hidden int invisible, twice int generated always as (hidden * 2) stored, `we``ird` json,
    primary key (id desc), constraint up foreign key (parent) references parent(id) on delete cascade on update set null, constraint small check (id < 10 and hidden <> 7), key way (parent, hidden));
create table versioned(id int primary key) with system versioning;
create table parts(id int, at date, primary key (id, at)) partition by range (year(at)) (partition p0 values less than (2026), partition p1 values less than maxvalue);
create view seen as select * from child;
";

#[tokio::test]
async fn everything_that_a_table_is_made_of_is_seen() {
    let database = filled("schema", SCHEMA).await;
    let schema = source(&database.url).schema(&[String::new()]).await.unwrap();
    assert_eq!(schema.engine, Engine::Mysql);
    assert!(schema.version.starts_with("1"), "{}", schema.version);
    assert_eq!(
        schema.tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>(),
        ["child", "parent", "parts", "versioned"]
    );
    assert_eq!(schema.prelude.len(), 1);
    assert!(schema.prelude[0].statement.starts_with("CREATE SEQUENCE `counter` start with 5 "), "{:?}", schema.prelude);

    let parent = schema.table("", "parent").unwrap();
    assert_eq!((parent.primary_key.as_slice(), parent.unique.len()), (["id".to_owned()].as_slice(), 2));
    let id = parent.column("id").unwrap();
    assert_eq!(
        (id.type_name.as_str(), id.base_type.as_str(), id.identity.as_deref()),
        ("bigint(20) unsigned", "bigint", Some("auto_increment"))
    );
    let code = parent.column("code").unwrap();
    assert_eq!((code.collation.as_deref(), code.not_null), (Some("latin1_swedish_ci"), true));
    assert_eq!(
        parent.indexes.iter().map(|index| index.text.as_str()).collect::<Vec<_>>(),
        ["FULLTEXT KEY `words` (`code`)"]
    );
    assert_eq!(parent.comment.as_deref(), Some("it's AUTO_INCREMENT=9"));
    let statement = parent.create_statement.as_deref().unwrap();
    assert!(!statement.contains("AUTO_INCREMENT=17") && statement.contains("it''s AUTO_INCREMENT=9"), "{statement}");

    let child = schema.table("", "child").unwrap();
    assert_eq!(
        child.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
        ["id", "parent", "hidden", "twice", "we`ird"]
    );
    let twice = child.column("twice").unwrap().generated.as_ref().unwrap();
    assert_eq!((twice.expression.as_str(), twice.stored), ("`hidden` * 2", true));
    let key = &child.foreign_keys[0];
    assert_eq!(
        (key.columns.join(","), key.to_schema.as_str(), key.to_table.as_str(), key.to_columns.join(",")),
        ("parent".into(), "", "parent", "id".into())
    );
    assert_eq!(
        key.definition.as_deref(),
        Some("CONSTRAINT `up` FOREIGN KEY (`parent`) REFERENCES `parent` (`id`) ON DELETE CASCADE ON UPDATE SET NULL")
    );
    let check = child.constraints.iter().find(|rule| rule.name == "small").unwrap();
    assert_eq!(check.columns, ["id", "hidden"]);
    assert_eq!((child.sequences[0].column.as_str(), child.sequences[0].name.as_str()), ("id", "`counter`"));
    assert!(schema.tables.iter().all(|table| table.untransacted.is_none() && !table.is_virtual()));
}

#[tokio::test]
async fn rows_leave_the_fingerprint_alone_and_rules_do_not() {
    let database = filled("print", SCHEMA).await;
    let before = source(&database.url).schema(&[String::new()]).await.unwrap().fingerprint();
    run_mysql(&database.url, "insert into parent(code) values ('abc'), ('def'); insert into child(parent) values (17)")
        .await;
    assert_eq!(source(&database.url).schema(&[String::new()]).await.unwrap().fingerprint(), before);
    run_mysql(&database.url, "alter table child drop constraint small").await;
    assert_ne!(source(&database.url).schema(&[String::new()]).await.unwrap().fingerprint(), before);
}

#[tokio::test]
async fn a_key_into_another_database_carries_its_name() {
    let other = filled("other", "create table o(id int primary key)").await;
    let database = filled(
        "near",
        &format!("create table c(id int primary key, o int, foreign key (o) references `{}`.o(id))", other.name),
    )
    .await;
    let schema = source(&database.url).schema(&[String::new()]).await.unwrap();
    assert_eq!(schema.tables[0].foreign_keys[0].to_schema, other.name);
}

#[tokio::test]
async fn a_schema_of_seven_hundred_tables_is_read_in_seconds() {
    let tables: String = (0..700)
        .map(|number| {
            format!(
                "create table t{number}(id int primary key, p int, x varchar(20), unique key (x), key (p)) engine=aria;"
            )
        })
        .collect();
    let database = filled("many", &tables).await;
    let begun = Instant::now();
    assert_eq!(source(&database.url).schema(&[String::new()]).await.unwrap().tables.len(), 700);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

//! What `explain` tells people.

use super::desk::{catalog, open, source, sqlite};
use crate::support::program::handover;
use worker::plan::explain;

const CATALOG: &str = "version = 1\nengine = \"sqlite\"\n[tenant]\ntable = \"t\"\nkey = \"id\"\n[tables.t]\nowner = { column = \"id\" }\n\
    [tables.sales]\nowner = { column = \"t_id\" }\n[tables.sales.columns]\npin = { omit = \"secret\" }\nphone = { mask = \"last4\" }\n\
    [tables.lines]\nowner = { through = [\"sale_id\", \"of\"] }\n[tables.lines.references]\nof = { column = \"line_id\", table = \"lines\" }\n\
    [tables.plans]\nshare = \"referenced\"\n[tables.log]\nexclude = \"bookkeeping\"\n";

const SCHEMA: &str = "create table t(id integer primary key, plan integer references plans); create table plans(id integer primary key); create table log(x);
    create table sales(id integer primary key, t_id integer, phone text, pin text); create table lines(id integer primary key, sale_id integer references sales, line_id integer);
    insert into t values (1, null); insert into sales values (1, 1, '12345', 'x'); insert into lines values (1, 1, null), (2, null, 1);";

#[tokio::test]
async fn a_table_is_explained_by_its_paths_and_the_query_that_runs() {
    let (_folder, url) = sqlite(SCHEMA).await;
    let catalog = catalog(CATALOG);
    let schema = source(&url).schema(&catalog.schemas).await.unwrap();
    let lines = explain(&catalog, &schema, "lines").unwrap();
    let paths: Vec<_> = lines.ways.iter().map(|way| way.path.as_deref().unwrap()).collect();
    assert_eq!(paths, ["lines.sale_id → sales.t_id = tenant", "lines.line_id → lines.sale_id → sales.t_id = tenant"]);
    let sales = explain(&catalog, &schema, "sales").unwrap();
    assert_eq!(
        sales.to_string(),
        "sales: rows of the tenant's leave.\n  t_id is the tenant's key\n    sales.t_id = tenant\n  without pin: secret\n  of phone only its last four characters\n\n".to_owned()
            + sales.sql.as_deref().unwrap()
    );
    assert!(sales.sql.as_ref().unwrap().contains("\nwhere t0.\"t_id\" = :tenant\norder by t0.\"id\"\n"), "{sales}");
    assert_eq!(explain(&catalog, &schema, "plans").unwrap().pointed_to_by, ["t.plan"]);
    assert!(explain(&catalog, &schema, "log").unwrap().to_string().starts_with("log: no row leaves: bookkeeping"));
    assert!(explain(&catalog, &schema, "gone").is_err());
    let json = serde_json::to_value(&sales).unwrap();
    assert_eq!((&json["fate"]["kind"], &json["omitted"][0]["column"]), (&"owned".into(), &"pin".into()));

    let (snapshot, plan, _) = open(&url, &catalog, "1").await.unwrap();
    snapshot.close().await;
    for table in &plan.tables {
        let shown = explain(&catalog, &schema, &table.name).unwrap().sql.unwrap();
        let bare = |text: &str| text.replace(['\n', ' '], "");
        assert_eq!(bare(&shown).replace(":tenant", "?1"), bare(&table.select), "{}", table.name);
    }
}

#[tokio::test]
async fn the_terminal_explains_a_table_for_people_and_for_programs() {
    let (folder, url) = sqlite(SCHEMA).await;
    let path = folder.path().join("catalog.toml");
    std::fs::write(&path, CATALOG).unwrap();
    let file = path.display().to_string();
    let asked = |table: &'static str, format: &'static str| {
        let file = file.clone();
        let url = url.clone();
        async move {
            handover(&["catalog", "explain", table, "--source", &url, "--catalog", &file, "--format", format])
                .run()
                .await
        }
    };
    let told = asked("lines", "text").await;
    assert!(told.status.success(), "{told:?}");
    assert!(told.stdout.contains("lines.sale_id → sales.t_id = tenant") && told.stdout.contains(":tenant"), "{told:?}");
    let told = asked("lines", "json").await;
    let json: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(json["ways"][0]["path"], "lines.sale_id → sales.t_id = tenant");
    let told = asked("gone", "text").await;
    assert_eq!(told.status.code(), Some(2), "{told:?}");
    assert!(told.stderr.contains("no table that the catalog would name `gone`"), "{told:?}");
}

//! From a database file to a restored one, through catalog, plan, snapshot and archive.

use super::sample::{members, on_disk, request};
use crate::{
    archive::{Meter, verify, write},
    catalog::Catalog,
    plan::Plan,
    source::Source,
};
use bytes::Bytes;
use secrecy::SecretString;
use shared::export::{CsvProfile, Format, TenantId};
use sqlx::{Connection, Executor, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use std::sync::Arc;
use tokio::sync::mpsc;

const PRODUCT: &str = "
create table shop (id integer primary key, name text not null);
create table customer (id integer primary key autoincrement, shop_id integer not null references shop, name text, password text, upper text generated always as (upper(name)) stored);
create table sale (id integer primary key, customer_id integer not null references customer, total real, note any);
create table log (line text);
insert into shop values (1, 'Anna & Söhne'), (2, 'CANARY');
insert into customer (shop_id, name, password) values (1, 'it''s' || char(13, 10) || 'me', 'secret'), (2, 'CANARY', 'secret'), (1, null, 'secret');
insert into sale values (1, 1, 1.0, x'00ff'), (2, 2, 2.0, 'CANARY'), (3, 3, 0.1 + 0.2, 'a' || char(0) || 'b'), (4, 1, -1e999, 42);
";

const CATALOG: &str = r#"
version = 1
engine = "sqlite"
[tenant]
table = "shop"
key = "id"
label = "name"
[tables.shop]
owner = { column = "id" }
[tables.customer]
owner = { column = "shop_id" }
[tables.customer.columns]
password = { omit = "secret" }
upper = { keep = "made of the name alone" }
[tables.sale]
owner = { through = "customer_id" }
[tables.log]
exclude = "bookkeeping"
"#;

#[tokio::test]
async fn a_tenant_leaves_one_database_and_arrives_in_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("product.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut product = SqliteConnection::connect_with(&options).await.unwrap();
    product.execute(PRODUCT).await.unwrap();
    let catalog = Catalog::parse(CATALOG).unwrap();
    let url = SecretString::from(format!("sqlite://{}", path.display()));
    let source = Source::new("shop", &url).unwrap();
    let request = request(&[Format::Csv, Format::Sql], CsvProfile::Lossless);
    let mut snapshot = source.snapshot("test", request.now).await.unwrap();
    let schema = snapshot.schema(&catalog.schemas).await.unwrap();
    let tenant = snapshot.bind_tenant(&catalog, &schema, &TenantId::new("1").unwrap()).await.unwrap();
    let plan = Plan::tenant(&catalog, schema).unwrap();
    let fingerprint = std::future::ready(Ok(plan.schema.fingerprint()));
    let (output, mut chunks) = mpsc::channel::<Bytes>(2);
    let meter = Arc::new(Meter::default());
    let gather = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.recv().await {
            bytes.extend_from_slice(&chunk);
        }
        bytes
    };
    let (manifest, bytes) =
        tokio::join!(write(&request, &plan, &tenant, &mut snapshot, &meter, output, fingerprint), gather);
    let manifest = manifest.unwrap();
    snapshot.close().await;
    let file = on_disk(&bytes);
    assert_eq!(verify::verify(file.path()).unwrap().manifest, manifest);
    assert_eq!(manifest.export.tenant_label.as_deref(), Some("Anna & Söhne"));
    let members = members(&bytes);
    for (name, content) in &members {
        assert!(!String::from_utf8_lossy(content).contains("CANARY"), "{name}");
        assert!(!name.starts_with("csv/customer") || !String::from_utf8_lossy(content).contains("secret"));
    }
    let mut restored = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    restored.execute(sqlx::AssertSqlSafe(super::sqlite::script(&members))).await.unwrap();
    let rows = "select s.id, s.total, typeof(s.note), hex(s.note), hex(c.name), hex(c.upper) from sale s join customer c on c.id = s.customer_id order by s.id";
    let restored = sqlx::query(rows).fetch_all(&mut restored).await.unwrap();
    let original = format!("{} ", rows.replace("order by", "where c.shop_id = 1 order by"));
    let original = sqlx::query(sqlx::AssertSqlSafe(original)).fetch_all(&mut product).await.unwrap();
    assert_eq!(restored.len(), 3);
    for (restored, original) in restored.iter().zip(&original) {
        assert_eq!(restored.get::<i64, _>(0), original.get::<i64, _>(0));
        assert_eq!(restored.get::<f64, _>(1).to_bits(), original.get::<f64, _>(1).to_bits());
        for place in 2..6 {
            assert_eq!(restored.get::<Option<String>, _>(place), original.get::<Option<String>, _>(place));
        }
    }
}

//! The examples, walked through as an engineer does it: infer, check, export, verify with a restore.

use crate::support::{
    ceppro::CepPro,
    customertrackr::CustomerTrackr,
    mariadb::MariaDb,
    postgres::Postgres,
    process::text,
    proecommerce::ProEcommerce,
    program::{Ended, handover},
};
use examples::{Tenant, ceppro, customertrackr, proecommerce};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection, SqliteConnection};
use std::fs;
use tempfile::TempDir;

/// One example with its source.
struct Walk {
    folder: TempDir,
    url: String,
}

impl Walk {
    fn with(url: String, catalog: &str) -> Walk {
        let walk = Walk { folder: tempfile::Builder::new().prefix("handover-walk-").tempdir().unwrap(), url };
        fs::write(walk.path("catalog.toml"), catalog).unwrap();
        walk
    }

    fn path(&self, name: &str) -> String {
        text(&self.folder.path().join(name)).to_owned()
    }

    /// What a draft leaves to people are questions; the reviewed catalog leaves nothing.
    async fn infers_and_checks(&self, tenants: &str, subject: &str) {
        let draft = self.path("draft.toml");
        let infer = ["catalog", "infer", "--source", &self.url, "--tenant-table", tenants, "--subject", subject];
        succeeded(&handover(&[&infer[..], &["-o", &draft]].concat()).run().await);
        let check = ["catalog", "check", "--source", &self.url, "--format", "json", "--catalog"];
        let asked = handover(&[&check[..], &[&draft]].concat()).run().await;
        let findings: Vec<Value> = serde_json::from_str(&asked.stdout).unwrap();
        for finding in &findings {
            let question = ["undecided", "undecided_subject"].contains(&finding["code"].as_str().unwrap());
            assert!(question, "{finding}");
        }
        let reviewed = handover(&[&check[..], &[&self.path("catalog.toml"), "--data"]].concat()).run().await;
        succeeded(&reviewed);
    }

    /// Exports a tenant, or one person of it, and restores the archive into the empty database of this URL.
    async fn exports_and_restores(&self, tenant: &Tenant, subject: Option<&str>, empty: &str) -> Value {
        let (catalog, archive) = (self.path("catalog.toml"), self.path("archive.zip"));
        let mut export = vec!["export", "--force", "--source", &self.url, "--catalog", &catalog];
        export.extend(["--tenant", &tenant.key, "--output", &archive, "--format", "csv,sql,jsonl"]);
        export.extend(subject.iter().flat_map(|subject| ["--subject", subject]));
        succeeded(&handover(&export).run().await);
        let verified = handover(&["verify", &archive, "--restore", empty, "--format", "json"]).run().await;
        succeeded(&verified);
        let report: Value = serde_json::from_str(&verified.stdout).unwrap();
        assert_eq!(report["restored"]["rows"], report["rows"]);
        assert!(report["rows"].as_u64().unwrap() > 0);
        report
    }
}

fn succeeded(ended: &Ended) {
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
}

#[tokio::test]
async fn ceppro_goes_from_its_schema_to_restored_archives_of_every_workspace_and_a_customer() {
    let product = CepPro::create().await;
    // Looking at the rows of all workspaces at once is for those whom no policy filters.
    let walk = Walk::with(product.database.url.clone(), ceppro::CATALOG);
    walk.infers_and_checks("workspaces", "customer=customers").await;
    let walk = Walk { url: product.source_url().await, ..walk };
    let mut database = PgConnection::connect(&product.database.url).await.unwrap();
    for tenant in &product.tenants {
        let empty = Postgres::shared().await.create_database("walk").await.url;
        let whole = walk.exports_and_restores(tenant, None, &empty).await;
        let customer = "select id::text from customers where workspace_id::text = $1 order by id limit 1";
        let customer: String = sqlx::query_scalar(customer).bind(&tenant.key).fetch_one(&mut database).await.unwrap();
        let empty = Postgres::shared().await.create_database("walk").await.url;
        let part = walk.exports_and_restores(tenant, Some(&format!("customer:{customer}")), &empty).await;
        assert!(part["rows"].as_u64() < whole["rows"].as_u64());
    }
}

#[tokio::test]
async fn customertrackr_goes_from_its_schema_to_restored_archives_of_every_account_and_a_contact() {
    let product = CustomerTrackr::create(crate::support::markers::marked(customertrackr::tenants(3))).await;
    let walk = Walk::with(product.source_url(), customertrackr::CATALOG);
    walk.infers_and_checks("accounts", "contact=contacts").await;
    let mut database = SqliteConnection::connect(&product.source_url()).await.unwrap();
    for (number, tenant) in product.tenants.iter().enumerate() {
        let empty = |what: &str| format!("sqlite://{}", walk.path(&format!("{what}-{number}.db")));
        let whole = walk.exports_and_restores(tenant, None, &empty("whole")).await;
        let contact = "select cast(id as text) from contacts where account_id = ? order by id limit 1";
        let contact: String = sqlx::query_scalar(contact).bind(&tenant.key).fetch_one(&mut database).await.unwrap();
        let part = walk.exports_and_restores(tenant, Some(&format!("contact:{contact}")), &empty("part")).await;
        assert!(part["rows"].as_u64() < whole["rows"].as_u64());
    }
}

#[tokio::test]
async fn proecommerce_goes_from_its_schema_to_restored_archives_of_every_account_and_a_contact() {
    let product = ProEcommerce::create().await;
    let walk = Walk::with(product.source_url().await, proecommerce::CATALOG);
    walk.infers_and_checks("accounts", "contact=contacts").await;
    let mut database = MySqlConnection::connect(&product.database.url).await.unwrap();
    for tenant in &product.tenants {
        let empty = MariaDb::shared().await.create_database("walk").await.url;
        let whole = walk.exports_and_restores(tenant, None, &empty).await;
        let contact = format!("select cast(min(id) as char) from contacts where account_id = {}", tenant.key);
        let contact: String = sqlx::query_scalar(AssertSqlSafe(contact)).fetch_one(&mut database).await.unwrap();
        let empty = MariaDb::shared().await.create_database("walk").await.url;
        let part = walk.exports_and_restores(tenant, Some(&format!("contact:{contact}")), &empty).await;
        assert!(part["rows"].as_u64() < whole["rows"].as_u64());
    }
}

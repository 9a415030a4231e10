//! ProEcommerce on MariaDB.

use examples::{Generator, Tenant, proecommerce};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};

use super::{
    mariadb::{Database, MariaDb},
    markers::marked,
    postgres::PASSWORD,
};

/// A database of the product that one test has for itself.
pub(crate) struct ProEcommerce {
    pub(crate) database: Database,
    pub(crate) tenants: Vec<Tenant>,
    reader: String,
}

impl ProEcommerce {
    /// Three accounts with marked rows, and a user who may look and nothing else.
    pub(crate) async fn create() -> ProEcommerce {
        let server = MariaDb::shared().await;
        let database = server.create_database("proecommerce").await;
        let generator = ProEcommerce::generator();
        proecommerce::create(&database.url, &generator).await.unwrap();
        let reader = format!("{}_export", database.name);
        let product = ProEcommerce { database, tenants: generator.tenants, reader };
        let grant = format!(
            "create user '{reader}'@'%' identified by '{PASSWORD}'; grant select on `{name}`.* to '{reader}'@'%'",
            reader = product.reader,
            name = product.database.name
        );
        product.run(&grant).await;
        product
    }

    /// What [`ProEcommerce::create`] writes.
    pub(crate) fn generator() -> Generator {
        Generator::with_tenants(marked(proecommerce::tenants(3)), 0.01, 7)
    }

    /// As the user of exports, who may only select.
    pub(crate) async fn source_url(&self) -> String {
        MariaDb::shared().await.url_as(&self.reader, &self.database.name)
    }

    /// As the owner of the product's database.
    pub(crate) async fn connect(&self) -> MySqlConnection {
        MySqlConnection::connect(&self.database.url).await.unwrap()
    }

    /// Does something to the product's database that Handover itself could not do.
    pub(crate) async fn run(&self, statements: &str) {
        let mut owner = self.connect().await;
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut owner).await.unwrap();
        owner.close().await.unwrap();
    }
}

//! A product whose rows do not compress, so that an archive has the size that a test wants.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

use crate::support::postgres::Postgres;

/// What says whose rows they are.
pub(super) const CATALOG: &str = "version = 1
engine = \"postgres\"
[tenant]
table = \"tenants\"
key = \"id\"
[tables.tenants]
owner = { column = \"id\" }
[tables.pages]
owner = { column = \"tenant_id\" }
";

/// An archive of about 12 MB: three parts of 5 MiB.
pub(super) const BIG: &str = "big";
pub(super) const BIG_ROWS: u64 = 18_000;
/// An archive of about 1 MB, which one request stores.
pub(super) const SMALL: &str = "small";
pub(super) const SMALL_ROWS: u64 = 1_500;

static SHARED: OnceCell<String> = OnceCell::const_new();

/// The URL of one such product for the whole suite, which nobody writes to.
pub(super) async fn url() -> String {
    let fill = async || {
        let database = Postgres::shared().await.create_database("bulk").await;
        fill(&database.url).await;
        database.url
    };
    SHARED.get_or_init(fill).await.clone()
}

/// Fills an empty database.
pub(super) async fn fill(url: &str) {
    let rows = |tenant: &str, rows: u64| {
        format!(
            "insert into pages select n + (select coalesce(max(id), 0) from pages), '{tenant}',
                 (select string_agg(translate(encode(sha256((n || ':' || part)::bytea), 'base64'), '=', ''), '') from generate_series(1, 20) part)
             from generate_series(1, {rows}) n;"
        )
    };
    let statements = format!(
        "create table tenants (id text primary key);
         create table pages (id bigint primary key, tenant_id text not null references tenants (id), body text not null);
         insert into tenants values ('{BIG}'), ('{SMALL}');
         {}{}
         create index on pages (tenant_id); analyze",
        rows(BIG, BIG_ROWS),
        rows(SMALL, SMALL_ROWS),
    );
    let mut owner = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut owner).await.unwrap();
    owner.close().await.unwrap();
}

pub(super) fn rows(tenant: &str) -> u64 {
    if tenant == BIG { BIG_ROWS } else { SMALL_ROWS }
}

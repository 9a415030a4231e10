//! Stand-in, to be thrown away for the suite's own support: one PostgreSQL cluster for the whole test binary.

use sqlx::{Connection, Executor};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;

pub(crate) struct Postgres {
    port: u16,
    // The shell that keeps the server ends it when this process, and with it the pipe, is gone.
    _keeper: Child,
}

static SHARED: OnceCell<Postgres> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

impl Postgres {
    pub(crate) async fn shared() -> &'static Self {
        SHARED.get_or_init(Self::start).await
    }

    async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let script = format!(
            "set -e; d=$(mktemp -d /tmp/handover-pg-XXXXXX); b=/usr/lib/postgresql/15/bin
             $b/initdb -D $d/data -A trust -U postgres -E UTF8 --locale=C.UTF-8 -N >/dev/null
             $b/postgres -D $d/data -p {port} -k $d -c fsync=off -c listen_addresses=127.0.0.1 -c max_connections=300 >$d/log 2>&1 &
             p=$!; read -r _ || true; kill -QUIT $p; wait $p || true; rm -rf $d"
        );
        let keeper = Command::new("setpriv")
            .args([
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                "bash",
                "-c",
                &script,
            ])
            .current_dir("/tmp")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let cluster = Self {
            port,
            _keeper: keeper,
        };
        for _ in 0..600 {
            if sqlx::PgConnection::connect(&cluster.url("postgres"))
                .await
                .is_ok()
            {
                return cluster;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("PostgreSQL did not start");
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    pub(crate) async fn create_database(&self, hint: &str) -> String {
        let name = format!("{hint}_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut admin = sqlx::PgConnection::connect(&self.url("postgres"))
            .await
            .unwrap();
        admin
            .execute(sqlx::AssertSqlSafe(format!("create database \"{name}\"")))
            .await
            .unwrap();
        self.url(&name)
    }
}

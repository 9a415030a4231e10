//! A PostgreSQL cluster for the tests.

use std::{
    path::Path,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

use super::{
    port,
    process::{self, Launch, Process, run, text},
    tools,
};

static SHARED: OnceCell<Postgres> = OnceCell::const_new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// One cluster per test process; tests are kept apart by databases of their own.
///
/// Roles belong to the whole cluster: a test that makes one names it after its database.
pub(crate) struct Postgres {
    port: u16,
    process: Process,
}

/// A database that one test has for itself.
pub(crate) struct Database {
    pub(crate) name: String,
    /// As the superuser; for another role see [`Postgres::url_as`].
    pub(crate) url: String,
}

impl Postgres {
    /// The cluster of this test process, started by whoever asks first.
    pub(crate) async fn shared() -> &'static Postgres {
        SHARED.get_or_init(Postgres::start).await
    }

    async fn start() -> Postgres {
        let folder = process::folder("postgres");
        if process::is_root() {
            run(Command::new("chown").arg("postgres:").arg(&folder));
        }
        let data = folder.join("data");
        run(as_server_user("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
            .arg("--pgdata")
            .arg(&data));

        let port = port::free();
        let mut command = as_server_user("postgres");
        command.arg("-D").arg(&data);
        for setting in settings(port, &folder) {
            command.arg("-c").arg(setting);
        }
        // Opened by the keeper before the server becomes another user.
        let log = folder.join("log");
        // QUIT is the immediate shutdown: it takes the children and the shared memory along, KILL would not.
        let launch = Launch { command: &command, output: log.clone(), errors: log, last: "QUIT", folder: Some(folder) };
        let postgres = Postgres { port, process: Process::start(launch) };
        postgres.until_ready().await;
        postgres
    }

    async fn until_ready(&self) {
        assert!(port::answers(self.port, Duration::from_secs(60)).await, "PostgreSQL; {}", self.process.said());
        for _ in 0..300 {
            // It listens before it has recovered, and refuses until then.
            if PgConnection::connect(&self.admin_url()).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("PostgreSQL is not ready; {}", self.process.said());
    }

    /// The superuser on the database `postgres`.
    pub(crate) fn admin_url(&self) -> String {
        self.url_as("postgres", "postgres")
    }

    /// Makes an empty database, named by the hint and a number that no other test gets.
    pub(crate) async fn create_database(&self, hint: &str) -> Database {
        self.create_database_like(hint, "template0").await
    }

    /// Makes a copy of a database to which nobody is connected.
    pub(crate) async fn create_database_like(&self, hint: &str, template: &str) -> Database {
        let name = format!("{hint}_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.admin_url()).await.unwrap();
        let statement = format!(r#"create database "{name}" template "{template}""#);
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        Database { url: self.url_as("postgres", &name), name }
    }

    /// The URL of a role on a database. Any password is right here; one is given so that tests can look for it in
    /// places where it must not be.
    pub(crate) fn url_as(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }
}

/// Stands in every URL of [`Postgres::url_as`] and must never appear in a log.
pub(crate) const PASSWORD: &str = "correct-horse-battery-staple";

fn settings(port: u16, folder: &Path) -> [String; 9] {
    [
        format!("port={port}"),
        format!("unix_socket_directories={}", text(folder)),
        "listen_addresses=127.0.0.1".into(),
        "fsync=off".into(),
        "synchronous_commit=off".into(),
        "full_page_writes=off".into(),
        "max_connections=300".into(),
        "shared_buffers=64MB".into(),
        "timezone=UTC".into(),
    ]
}

/// PostgreSQL refuses to run as root.
fn as_server_user(program: &str) -> Command {
    let program = tools::postgres(program);
    if !process::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program);
    command
}

//! A PostgreSQL cluster for the tests.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
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
    folder: PathBuf,
    process: Option<Process>,
    /// Of a cluster that one test owns: removed with it. The keeper removes the shared one's.
    owned: Option<TempDir>,
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
        SHARED.get_or_init(async || Postgres::create(process::folder("postgres"), None).await).await
    }

    /// A cluster for one test, which may stop it.
    pub(crate) async fn own() -> Postgres {
        let folder = tempfile::Builder::new().prefix("handover-postgres-").tempdir().unwrap();
        Postgres::create(folder.path().to_owned(), Some(folder)).await
    }

    async fn create(folder: PathBuf, owned: Option<TempDir>) -> Postgres {
        if process::is_root() {
            run(Command::new("chown").arg("postgres:").arg(&folder));
        }
        let data = folder.join("data");
        run(as_server_user("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
            .arg("--pgdata")
            .arg(&data));

        let mut postgres = Postgres { port: port::free(), folder, process: None, owned };
        postgres.start().await;
        postgres
    }

    /// Starts it on the same port as before.
    pub(crate) async fn start(&mut self) {
        assert!(self.process.is_none(), "PostgreSQL is running already");
        let mut command = as_server_user("postgres");
        command.arg("-D").arg(self.folder.join("data"));
        for setting in settings(self.port, &self.folder, self.owned.is_some()) {
            command.arg("-c").arg(setting);
        }
        // Opened by the keeper before the server becomes another user.
        let log = self.folder.join("log");
        let folder = self.owned.is_none().then(|| self.folder.clone());
        // QUIT is the immediate shutdown: it takes the children and the shared memory along, KILL would not.
        let launch = Launch { command: &command, output: log.clone(), errors: log, last: "QUIT", folder };
        self.process = Some(Process::start(launch));
        self.until_ready().await;
    }

    /// Stops it at once, as a crash would, with every connection; what it has committed stays; until [`Postgres::start`] its port refuses.
    pub(crate) async fn stop(&mut self) {
        let mut process = self.process.take().unwrap();
        process.signal("QUIT");
        assert!(process.exit(Duration::from_secs(30)).await.is_some(), "PostgreSQL goes on; {}", process.said());
    }

    fn said(&self) -> String {
        self.process.as_ref().map(Process::said).unwrap_or_default()
    }

    async fn until_ready(&self) {
        assert!(port::answers(self.port, Duration::from_secs(60)).await, "PostgreSQL; {}", self.said());
        for _ in 0..300 {
            // It listens before it has recovered, and refuses until then.
            if PgConnection::connect(&self.admin_url()).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("PostgreSQL is not ready; {}", self.said());
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

fn settings(port: u16, folder: &Path, synchronous: bool) -> [String; 9] {
    [
        format!("port={port}"),
        format!("unix_socket_directories={}", text(folder)),
        "listen_addresses=127.0.0.1".into(),
        "fsync=off".into(),
        format!("synchronous_commit={}", if synchronous { "on" } else { "off" }),
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

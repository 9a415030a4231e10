//! A MariaDB server for the tests.

use std::{
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use tokio::sync::OnceCell;

use super::{
    port,
    postgres::PASSWORD,
    process::{self, Launch, Process, run, text},
};

static SHARED: OnceCell<MariaDb> = OnceCell::const_new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// One server per test process; tests are kept apart by databases of their own. It writes a binary log, as servers with replicas do.
///
/// Users belong to the whole server: a test that makes one names it after its database.
pub(crate) struct MariaDb {
    port: u16,
    process: Process,
}

/// A database that one test has for itself.
pub(crate) struct Database {
    pub(crate) name: String,
    /// As the superuser; for another user see [`MariaDb::url_as`].
    pub(crate) url: String,
}

impl MariaDb {
    /// The server of this test process, started by whoever asks first.
    pub(crate) async fn shared() -> &'static MariaDb {
        SHARED.get_or_init(|| MariaDb::start(&[])).await
    }

    /// Another server, with more options.
    pub(crate) async fn start(options: &[&str]) -> MariaDb {
        let folder = process::folder("mariadb");
        let data = folder.join("data");
        let user: &[&str] = if process::is_root() { &["--user=mysql"] } else { &[] };
        if process::is_root() {
            run(Command::new("chown").arg("mysql:").arg(&folder));
        }
        run(Command::new("mariadb-install-db")
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .args(user)
            .env("TMPDIR", &folder)
            .arg(format!("--datadir={}", text(&data))));

        let port = port::free();
        let mut command = Command::new("mariadbd");
        command.args(["--no-defaults", "--bind-address=127.0.0.1", "--log-bin=binlog", "--server-id=1"]).args(user);
        command.args(["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--max-connections=300"]);
        command.args(["--innodb-buffer-pool-size=64M", "--skip-name-resolve", "--max-allowed-packet=256M"]);
        command.arg(format!("--port={port}")).arg(format!("--datadir={}", text(&data)));
        // A server that starts deletes the temporary tables of every other one that keeps them in the same folder.
        command.env("TMPDIR", &folder);
        command.args(options);
        command.arg(format!("--socket={}", text(&folder.join("socket"))));
        let log = folder.join("log");
        let launch = Launch { command: &command, output: log.clone(), errors: log, last: "KILL", folder: Some(folder) };
        let server = MariaDb { port, process: Process::start(launch) };
        assert!(port::answers(port, Duration::from_secs(60)).await, "MariaDB; {}", server.process.said());
        server.open_to_all().await;
        server
    }

    /// Root may connect over TCP with the password that stands in every URL.
    async fn open_to_all(&self) {
        let url = format!("mysql://root@127.0.0.1:{}/mysql", self.port);
        let mut root = MySqlConnection::connect(&url).await.unwrap();
        let statement = format!(
            "create user root@'127.0.0.1' identified by '{PASSWORD}'; grant all on *.* to root@'127.0.0.1' with grant option"
        );
        let made = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut root).await;
        if made.is_err() {
            let statement = format!("alter user root@'127.0.0.1' identified by '{PASSWORD}'");
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut root).await.unwrap();
        }
        root.close().await.unwrap();
    }

    /// Makes an empty database, named by the hint and a number that no other test gets.
    pub(crate) async fn create_database(&self, hint: &str) -> Database {
        let name = format!("{hint}_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let mut root = MySqlConnection::connect(&self.url_as("root", "mysql")).await.unwrap();
        let statement = format!("create database `{name}` character set utf8mb4");
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut root).await.unwrap();
        root.close().await.unwrap();
        Database { url: self.url_as("root", &name), name }
    }

    /// The URL of a user on a database, with the password of every user in the suite.
    pub(crate) fn url_as(&self, user: &str, database: &str) -> String {
        format!("mysql://{user}:{PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs statements through the `mariadb` client, in a folder.
    pub(crate) fn client(&self, database: &str, folder: &std::path::Path, statements: &[u8]) -> Output {
        self.client_with(&[], database, folder, statements)
    }

    /// The same with more options.
    pub(crate) fn client_with(
        &self,
        options: &[&str],
        database: &str,
        folder: &std::path::Path,
        statements: &[u8],
    ) -> Output {
        use std::io::Write;
        let mut client = Command::new("mariadb")
            .args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user=root", "--batch"])
            .arg(format!("--port={}", self.port))
            .args(options)
            .arg(database)
            .env("MYSQL_PWD", PASSWORD)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = client.stdin.take().unwrap();
        let statements = statements.to_vec();
        let writing = std::thread::spawn(move || drop(stdin.write_all(&statements)));
        let output = client.wait_with_output().unwrap();
        writing.join().unwrap();
        output
    }
}

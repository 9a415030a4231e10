//! A Redis server for the tests.

use std::{
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{
    port,
    process::{self, Launch, Process, text},
};

static SHARED: OnceCell<Redis> = OnceCell::const_new();
static PREFIXES: AtomicU32 = AtomicU32::new(0);

/// A Redis server on a port that it keeps over restarts.
pub(crate) struct Redis {
    port: u16,
    persistence: Persistence,
    process: Option<Process>,
    folder: PathBuf,
    /// Of a server that one test owns: removed with it. The keeper removes the shared one's.
    owned: Option<TempDir>,
}

/// What a Redis server still knows after `kill -9` and a new start.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Persistence {
    /// Nothing: as after the loss of its disk.
    Nothing,
    /// Every command that it has answered.
    AppendOnly,
}

impl Redis {
    /// The server of this test process, for tests that only use keys with a prefix of their own.
    pub(crate) async fn shared() -> &'static Redis {
        let start = async || {
            let folder = process::folder("redis");
            let mut redis = Redis::stopped(Persistence::Nothing, folder, None);
            redis.start().await;
            redis
        };
        SHARED.get_or_init(start).await
    }

    /// A server for one test, which may stop it.
    pub(crate) async fn own(persistence: Persistence) -> Redis {
        let folder = tempfile::Builder::new().prefix("handover-redis-").tempdir().unwrap();
        let mut redis = Redis::stopped(persistence, folder.path().to_owned(), Some(folder));
        redis.start().await;
        redis
    }

    fn stopped(persistence: Persistence, folder: PathBuf, owned: Option<TempDir>) -> Redis {
        Redis { port: port::free(), persistence, process: None, folder, owned }
    }

    /// Starts it on the same port as before, with what it persisted.
    pub(crate) async fn start(&mut self) {
        assert!(self.process.is_none(), "Redis is running already");
        let append_only = if self.persistence == Persistence::AppendOnly { "yes" } else { "no" };
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--dir", text(&self.folder)]);
        command.args(["--save", "", "--appendonly", append_only, "--appendfsync", "always"]);
        let log = self.folder.join("log");
        let folder = self.owned.is_none().then(|| self.folder.clone());
        let launch = Launch { command: &command, output: log.clone(), errors: log, last: "KILL", folder };
        let process = Process::start(launch);
        assert!(port::answers(self.port, Duration::from_secs(60)).await, "Redis; {}", process.said());
        self.until_loaded().await;
        self.process = Some(process);
    }

    /// It listens before it has read its file, and answers "LOADING" until then.
    async fn until_loaded(&self) {
        let client = redis::Client::open(self.url()).unwrap();
        for _ in 0..300 {
            if let Ok(mut connection) = client.get_multiplexed_async_connection().await
                && redis::cmd("PING").query_async::<()>(&mut connection).await.is_ok()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("Redis does not answer");
    }

    /// Ends it at once, as a crash would; until [`Redis::start`] its port refuses connections.
    pub(crate) async fn kill(&mut self) {
        self.process.take().unwrap().kill().await;
    }

    /// Sends the server a signal: `STOP` makes it hang with its connections open, `CONT` lets it go on.
    pub(crate) fn signal(&mut self, name: &str) {
        self.process.as_mut().unwrap().signal(name);
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// The start of the names of keys that no other test uses.
    pub(crate) fn prefix(&self, hint: &str) -> String {
        format!("{hint}_{}", PREFIXES.fetch_add(1, Ordering::Relaxed))
    }
}

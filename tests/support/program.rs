//! The program under test, run as an operator runs it.

use std::{
    path::PathBuf,
    process::{Command, ExitStatus},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{
    process::{Launch, Process},
    secrets,
};

/// The real binary with nothing in its environment but what the test gave.
pub(crate) struct Program {
    process: Process,
    folder: TempDir,
}

/// What is run, before it is started.
pub(crate) struct Invocation {
    command: Command,
}

/// How a program ended, and what it wrote.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// `handover` with these arguments; the URL of a database goes to its standard input, as one with a password must.
pub(crate) fn handover(arguments: &[&str]) -> Invocation {
    let mut arguments = arguments.to_vec();
    let of_database = |pair: &[&str]| matches!(pair[0], "--source" | "--restore") && pair[1].contains('@');
    let url = arguments.windows(2).position(of_database).map(|place| std::mem::replace(&mut arguments[place + 1], "-"));
    let invocation = Invocation::of(env!("CARGO_BIN_EXE_handover"), &arguments);
    match url {
        Some(url) => invocation.set("KEEP_INPUT", url),
        None => invocation,
    }
}

impl Invocation {
    /// Another program under the same conditions.
    pub(crate) fn of(program: &str, arguments: &[&str]) -> Invocation {
        let mut command = Command::new(program);
        command.args(arguments);
        Invocation { command }
    }

    /// Sets a variable of its environment, such as `HANDOVER_LISTEN`.
    pub(crate) fn set(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Invocation {
        self.command.env(name, value);
        self
    }

    /// Starts it and returns at once.
    pub(crate) fn start(self) -> Program {
        let folder = tempfile::Builder::new().prefix("handover-program-").tempdir().unwrap();
        let (output, errors) = (folder.path().join("stdout"), folder.path().join("stderr"));
        let launch = Launch { command: &self.command, output, errors, last: "KILL", folder: None };
        Program { process: Process::start(launch), folder }
    }

    /// Runs it to its end; panics after a minute.
    pub(crate) async fn run(self) -> Ended {
        self.start().wait(Duration::from_secs(60)).await
    }
}

impl Program {
    /// Sends a signal, named as `kill -s` does: `TERM`, `INT`, `STOP`, `CONT`.
    pub(crate) fn signal(&mut self, name: &str) {
        self.process.signal(name);
    }

    /// Ends it at once, as a crash of the machine would.
    pub(crate) async fn kill(mut self) -> Ended {
        self.process.signal("KILL");
        self.wait(Duration::from_secs(10)).await
    }

    /// Waits for its end; panics after `limit` with what it has written. Ended by signal n, it exits with 128 + n.
    pub(crate) async fn wait(mut self, limit: Duration) -> Ended {
        let Some(status) = self.process.exit(limit).await else {
            panic!("still running after {limit:?}; {}", self.process.said());
        };
        Ended { status, stdout: self.stdout(), stderr: self.stderr() }
    }

    /// Waits until a line of standard error contains the text and returns that line; panics after `limit`, or when
    /// the program ends without saying so.
    pub(crate) async fn says(&mut self, wanted: &str, limit: Duration) -> String {
        let deadline = Instant::now() + limit;
        loop {
            let ended = self.process.exit(Duration::from_millis(20)).await;
            // Only whole lines: the last one may still be growing.
            let stderr = self.stderr();
            let whole = stderr.rsplit_once('\n').map_or("", |(lines, _)| lines);
            if let Some(line) = whole.lines().find(|line| line.contains(wanted)) {
                return line.to_owned();
            }
            assert!(ended.is_none(), "ended without saying {wanted:?}; {}", self.process.said());
            assert!(Instant::now() < deadline, "has not said {wanted:?} in {limit:?}; {}", self.process.said());
        }
    }

    pub(crate) fn stdout(&self) -> String {
        read(self.folder.path().join("stdout"))
    }

    pub(crate) fn stderr(&self) -> String {
        read(self.folder.path().join("stderr"))
    }
}

impl Drop for Program {
    /// Whatever a test was about: none of its programs may have told a secret.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            secrets::assert_absent("what a program told", self.stderr().as_bytes());
        }
    }
}

/// Empty when the program has not been started by its keeper yet.
fn read(file: PathBuf) -> String {
    String::from_utf8(std::fs::read(&file).unwrap_or_default()).unwrap()
}

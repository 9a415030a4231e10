//! A program that runs beside the tests and never outlives them.

use std::{
    io::{Read, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

const KEEPER: &str = include_str!("keep.sh");

/// A running program under the watch of `keep.sh`.
///
/// It ends when this value is dropped, and also when the test process dies without dropping anything, as it does
/// for every value in a `static`.
pub(crate) struct Process {
    keeper: Child,
    pipes: Option<(ChildStdin, ChildStdout)>,
    errors: PathBuf,
}

/// What to run and how it ends.
pub(crate) struct Launch<'a> {
    /// Arguments and environment are taken from here; nothing else is.
    pub(crate) command: &'a Command,
    /// Receives standard output, appended.
    pub(crate) output: PathBuf,
    /// Receives standard error, appended; may be the same file.
    pub(crate) errors: PathBuf,
    /// The signal that ends it for good, such as `KILL`.
    pub(crate) last: &'static str,
    /// A folder to remove once the program has ended and the test process is done with it.
    pub(crate) folder: Option<PathBuf>,
}

impl Process {
    pub(crate) fn start(launch: Launch<'_>) -> Process {
        let Launch { command, output, errors, last, folder } = launch;
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", KEEPER, "keep.sh"]).arg(&output).arg(&errors).arg(last).arg(folder.unwrap_or_default());
        shell.arg(command.get_program()).args(command.get_args());
        // No program of the suite sees the settings of the person who runs it.
        shell
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LANG", "C.UTF-8");
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        // In a group of its own, so that Ctrl-C reaches the tests only and the keeper can still tidy up.
        shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut keeper = shell.spawn().unwrap();
        let pipes = keeper.stdin.take().zip(keeper.stdout.take());
        Process { keeper, pipes, errors }
    }

    /// Sends a signal, named as `kill -s` does (`TERM`, `KILL`, `STOP`, `CONT`), and returns when it was sent.
    pub(crate) fn signal(&mut self, name: &str) {
        let (signals, answers) = self.pipes.as_mut().unwrap();
        // Both pipes are closed when the program has ended: then there is nobody left to signal.
        if writeln!(signals, "{name}").is_ok() {
            let _ = answers.read(&mut [0]);
        }
    }

    /// Waits until the program has ended; `None` after `limit`. A program ended by signal n exits with 128 + n.
    pub(crate) async fn exit(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if let Some(status) = self.keeper.try_wait().unwrap() {
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        None
    }

    /// Ends the program at once, as a crash would, and waits until it is gone.
    pub(crate) async fn kill(&mut self) {
        self.signal("KILL");
        assert!(self.exit(Duration::from_secs(10)).await.is_some(), "survived SIGKILL; {}", self.said());
    }

    /// What it has written to standard error so far, for the message of a failed assertion.
    pub(crate) fn said(&self) -> String {
        let text = std::fs::read(&self.errors).unwrap_or_default();
        format!("it said:\n{}", String::from_utf8_lossy(&text))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.pipes = None;
        let _ = self.keeper.wait();
    }
}

/// A folder that outlives this process' destructors: [`Process`] removes it.
pub(crate) fn folder(purpose: &str) -> PathBuf {
    tempfile::Builder::new().prefix(&format!("handover-{purpose}-")).tempdir().unwrap().keep()
}

/// True when this process may become another user.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Runs a command to its end and returns standard output; a failure panics with standard error.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// The path as text; the suite makes no others.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

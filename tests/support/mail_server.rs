//! An SMTP server with STARTTLS and a login, which keeps what it receives.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::{
    port,
    process::{self, Launch, Process},
    tools,
};

static SHARED: OnceCell<MailServer> = OnceCell::const_new();
static ADDRESSES: AtomicU32 = AtomicU32::new(0);

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/mail_server.py");

/// An SMTP server at `localhost`, whose certificate is signed by an authority of its own.
pub(crate) struct MailServer {
    port: u16,
    folder: PathBuf,
    _process: Process,
    /// Of a server that one test owns: removed with it. The keeper removes the shared one's.
    _owned: Option<TempDir>,
}

impl MailServer {
    pub(crate) const USER: &'static str = "handover";
    pub(crate) const PASSWORD: &'static str = "a-mail-password";

    /// The server of this test process; tests are kept apart by addresses of their own.
    pub(crate) async fn shared() -> &'static MailServer {
        SHARED.get_or_init(async || MailServer::start(process::folder("mail"), None).await).await
    }

    /// A server for one test, which may make it refuse messages.
    pub(crate) async fn own() -> MailServer {
        let folder = tempfile::Builder::new().prefix("handover-mail-").tempdir().unwrap();
        MailServer::start(folder.path().to_owned(), Some(folder)).await
    }

    async fn start(folder: PathBuf, owned: Option<TempDir>) -> MailServer {
        let port = port::free();
        let mut command = Command::new(tools::python("python"));
        command.arg(SCRIPT).arg(port.to_string()).arg(&folder).args([Self::USER, Self::PASSWORD]);
        let log = folder.join("log");
        let remove = owned.is_none().then(|| folder.clone());
        let launch = Launch { command: &command, output: log.clone(), errors: log, last: "KILL", folder: remove };
        let process = Process::start(launch);
        assert!(port::answers(port, Duration::from_secs(60)).await, "the mail server; {}", process.said());
        MailServer { port, folder, _process: process, _owned: owned }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// As the setting `HANDOVER_MAIL__URL` takes it; STARTTLS is demanded.
    pub(crate) fn url(&self) -> String {
        format!("smtp://{}:{}@localhost:{}", Self::USER, Self::PASSWORD, self.port)
    }

    /// The certificate (PEM) of the authority that a client must trust; `SSL_CERT_FILE` of a program under test.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// An address that no other test uses.
    pub(crate) fn address(&self, hint: &str) -> String {
        format!("{hint}-{}@example.com", ADDRESSES.fetch_add(1, Ordering::Relaxed))
    }

    /// Answers the next messages with 451, "try again later". For a server of the test's own.
    pub(crate) fn refuse_next(&self, messages: u32) {
        let draft = self.folder.join("refuse.test");
        std::fs::write(&draft, messages.to_string()).unwrap();
        std::fs::rename(draft, self.folder.join("refuse")).unwrap();
    }

    /// The messages received for an address so far, oldest first, as they came over the wire.
    pub(crate) fn received(&self, address: &str) -> Vec<String> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.join("mail"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        files.sort();
        files.iter().map(|path| read(path)).filter(|mail| is_for(mail, address)).collect()
    }

    /// Waits for the first message for an address, at most for `limit`.
    pub(crate) async fn first(&self, address: &str, limit: Duration) -> Option<String> {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if let Some(mail) = self.received(address).into_iter().next() {
                return Some(mail);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        None
    }
}

fn read(path: &Path) -> String {
    String::from_utf8(std::fs::read(path).unwrap()).unwrap()
}

/// The server writes the envelope's recipients into the second line.
fn is_for(mail: &str, address: &str) -> bool {
    let recipients = mail.lines().nth(1).and_then(|line| line.strip_prefix("X-RcptTo: "));
    recipients.is_some_and(|list| list.split(", ").any(|recipient| recipient == address))
}

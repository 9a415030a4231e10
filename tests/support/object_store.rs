//! Two S3 servers that complete each other.
//!
//! moto answers with the headers of server-side encryption, lifecycle and tags, and checks no signature.
//! Garage checks every signature and checksum, and has no server-side encryption with managed keys.

use std::{
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
};
use tokio::sync::OnceCell;

use super::{
    port,
    process::{self, Launch, Process},
    tools,
};

static MOTO: OnceCell<ObjectStore> = OnceCell::const_new();
static GARAGE: OnceCell<ObjectStore> = OnceCell::const_new();
static BUCKETS: AtomicU32 = AtomicU32::new(0);

/// An S3 server of this test process; tests are kept apart by buckets of their own.
pub(crate) struct ObjectStore {
    pub(crate) endpoint: String,
    pub(crate) region: &'static str,
    pub(crate) access_key_id: &'static str,
    pub(crate) secret_access_key: &'static str,
    /// Garage's configuration.
    configuration: Option<PathBuf>,
    _process: Process,
}

impl ObjectStore {
    /// The moto server, started by whoever asks first.
    pub(crate) async fn moto() -> &'static ObjectStore {
        MOTO.get_or_init(start_moto).await
    }

    /// The Garage server, started by whoever asks first.
    pub(crate) async fn garage() -> &'static ObjectStore {
        GARAGE.get_or_init(start_garage).await
    }

    /// A client with this server's own credentials.
    pub(crate) fn client(&self) -> Client {
        self.client_with(self.secret_access_key)
    }

    /// A client that signs with another secret.
    pub(crate) fn client_with(&self, secret_access_key: &str) -> Client {
        self.client_of(self.access_key_id, secret_access_key)
    }

    /// A client with other credentials.
    pub(crate) fn client_of(&self, access_key_id: &str, secret_access_key: &str) -> Client {
        let credentials = Credentials::new(access_key_id, secret_access_key, None, None, "tests");
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint)
            .region(Region::new(self.region))
            .credentials_provider(credentials)
            .force_path_style(true);
        Client::from_conf(config.build())
    }

    /// Runs `garage` with these arguments; returns what it printed.
    pub(crate) fn manage(&self, arguments: &[&str]) -> String {
        process::run(Command::new(tools::garage()).arg("-c").arg(self.configuration.as_ref().unwrap()).args(arguments))
    }

    /// Makes an empty bucket whose name every key knows; the server's own may do everything with it.
    pub(crate) async fn create_public_bucket(&self, hint: &str) -> String {
        let name = format!("{hint}-{}", BUCKETS.fetch_add(1, Ordering::Relaxed));
        self.manage(&["bucket", "create", &name]);
        self.manage(&["bucket", "allow", "--read", "--write", "--owner", &name, "--key", self.access_key_id]);
        name
    }

    /// Makes an empty bucket and returns its name: the hint and a number that no other test gets.
    pub(crate) async fn create_bucket(&self, hint: &str) -> String {
        let name = format!("{hint}-{}", BUCKETS.fetch_add(1, Ordering::Relaxed));
        self.client().create_bucket().bucket(&name).send().await.unwrap();
        name
    }
}

async fn start_moto() -> ObjectStore {
    let port = port::free();
    let mut command = Command::new(tools::python("moto_server"));
    command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
    let folder = process::folder("moto");
    let log = folder.join("log");
    let launch = Launch { command: &command, output: log.clone(), errors: log, last: "KILL", folder: Some(folder) };
    let process = Process::start(launch);
    assert!(port::answers(port, Duration::from_secs(60)).await, "moto; {}", process.said());
    ObjectStore {
        endpoint: format!("http://127.0.0.1:{port}"),
        region: "us-east-1",
        access_key_id: "AKIAHANDOVERTESTS000",
        secret_access_key: "moto-checks-no-signature",
        configuration: None,
        _process: process,
    }
}

async fn start_garage() -> ObjectStore {
    let (s3, rpc) = (port::free(), port::free());
    let folder = process::folder("garage");
    let configuration = folder.join("garage.toml");
    let place = folder.display();
    let settings = format!(
        r#"
        metadata_dir = "{place}/metadata"
        data_dir = "{place}/data"
        db_engine = "lmdb"
        metadata_fsync = false
        data_fsync = false
        replication_factor = 1
        compression_level = "none"
        rpc_bind_addr = "127.0.0.1:{rpc}"
        rpc_public_addr = "127.0.0.1:{rpc}"
        rpc_secret = "{GARAGE_SECRET}"

        [s3_api]
        s3_region = "garage"
        api_bind_addr = "127.0.0.1:{s3}"
        "#
    );
    std::fs::write(&configuration, settings).unwrap();

    let mut command = Command::new(tools::garage());
    command.arg("-c").arg(&configuration).args(["server", "--single-node", "--default-access-key"]);
    command.env("GARAGE_DEFAULT_ACCESS_KEY", GARAGE_KEY).env("GARAGE_DEFAULT_SECRET_KEY", GARAGE_SECRET);
    let log = folder.join("log");
    let launch = Launch { command: &command, output: log.clone(), errors: log, last: "KILL", folder: Some(folder) };
    let process = Process::start(launch);
    // The layout and the key are made before the port is opened.
    assert!(port::answers(s3, Duration::from_secs(60)).await, "Garage; {}", process.said());
    ObjectStore {
        endpoint: format!("http://127.0.0.1:{s3}"),
        region: "garage",
        access_key_id: GARAGE_KEY,
        secret_access_key: GARAGE_SECRET,
        configuration: Some(configuration),
        _process: process,
    }
}

/// Garage's keys have this shape: `GK` and 12 bytes in hexadecimal, and a secret of 32 bytes.
const GARAGE_KEY: &str = "GK000102030405060708090a0b";
const GARAGE_SECRET: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

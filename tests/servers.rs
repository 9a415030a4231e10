//! The ground under the suite: the servers behave as the other tests take for granted.

use std::{path::Path, process::Command, time::Duration};

use aws_sdk_s3::{error::ProvideErrorMetadata, primitives::ByteStream, types::ServerSideEncryption};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};
use redis::AsyncCommands;
use sqlx::{Connection, MySqlConnection, PgConnection};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::support::{
    mail_server::MailServer,
    mariadb::MariaDb,
    object_store::ObjectStore,
    postgres::{PASSWORD, Postgres},
    process::{self, Launch, Process},
    program::{Invocation, handover},
    redis::{Persistence, Redis},
    tools,
};

const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_database_of_a_test_is_empty_and_its_own() {
    let postgres = Postgres::shared().await;
    let (first, second) = (postgres.create_database("shop").await, postgres.create_database("shop").await);
    assert_ne!(first.name, second.name);

    let mut connection = PgConnection::connect(&first.url).await.unwrap();
    sqlx::query("create table sales (id bigint primary key)").execute(&mut connection).await.unwrap();
    let tables = "select table_name::text from information_schema.tables where table_schema = 'public'";
    assert_eq!(sqlx::query_scalar::<_, String>(tables).fetch_all(&mut connection).await.unwrap(), ["sales"]);

    let mut connection = PgConnection::connect(&second.url).await.unwrap();
    assert!(sqlx::query_scalar::<_, String>(tables).fetch_all(&mut connection).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_mariadb_database_of_a_test_is_empty_and_its_own() {
    let server = MariaDb::shared().await;
    let (first, second) = (server.create_database("shop").await, server.create_database("shop").await);
    let made = server.client(&first.name, Path::new("/"), b"create table sales (id bigint primary key)");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for (database, tables) in [(&first, vec!["sales".to_owned()]), (&second, Vec::new())] {
        let mut connection = MySqlConnection::connect(&database.url).await.unwrap();
        let found: Vec<String> = sqlx::query_scalar("show tables").fetch_all(&mut connection).await.unwrap();
        assert_eq!(found, tables);
    }
}

#[tokio::test]
async fn a_role_connects_as_itself_and_sees_its_own_rows_only() {
    let postgres = Postgres::shared().await;
    let database = postgres.create_database("rows").await;
    let mut owner = PgConnection::connect(&database.url).await.unwrap();
    let schema = "create table notes (owner text not null);
        alter table notes enable row level security;
        create policy own on notes using (owner = current_user);
        create role a_clerk login;
        grant select on notes to a_clerk;
        insert into notes values ('a_clerk'), ('somebody else')";
    sqlx::raw_sql(schema).execute(&mut owner).await.unwrap();

    let url = postgres.url_as("a_clerk", &database.name);
    assert!(url.contains(PASSWORD));
    let mut clerk = PgConnection::connect(&url).await.unwrap();
    let owners: Vec<String> = sqlx::query_scalar("select owner from notes").fetch_all(&mut clerk).await.unwrap();
    assert_eq!(owners, ["a_clerk"]);
}

#[tokio::test]
async fn a_killed_redis_without_persistence_comes_back_empty() {
    assert_eq!(after_kill(Persistence::Nothing).await, None);
}

#[tokio::test]
async fn a_killed_append_only_redis_keeps_what_it_answered() {
    assert_eq!(after_kill(Persistence::AppendOnly).await.as_deref(), Some("rings"));
}

async fn after_kill(persistence: Persistence) -> Option<String> {
    let mut redis = Redis::own(persistence).await;
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    connection.set::<_, _, ()>("bell", "rings").await.unwrap();

    redis.kill().await;
    assert!(client.get_multiplexed_async_connection().await.is_err());
    redis.start().await;
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    connection.get("bell").await.unwrap()
}

#[tokio::test]
async fn a_stopped_redis_is_silent_and_goes_on_later() {
    let mut redis = Redis::own(Persistence::Nothing).await;
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis.signal("STOP");
    assert!(connection.set::<_, _, ()>("bell", "rings").await.is_err());
    redis.signal("CONT");
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    connection.set::<_, _, ()>("bell", "rings").await.unwrap();
}

#[tokio::test]
async fn the_shared_redis_gives_every_test_another_prefix() {
    let redis = Redis::shared().await;
    let (first, second) = (redis.prefix("queue"), redis.prefix("queue"));
    assert_ne!(first, second);

    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    connection.set::<_, _, ()>(&first, 1).await.unwrap();
    assert_eq!(connection.get::<_, Option<u8>>(&first).await.unwrap(), Some(1));
    assert_eq!(connection.get::<_, Option<u8>>(&second).await.unwrap(), None);
}

#[tokio::test]
async fn garage_refuses_a_wrong_signature() {
    let garage = ObjectStore::garage().await;
    let bucket = garage.create_bucket("signed").await;
    let body = || ByteStream::from_static(b"an archive");
    garage.client().put_object().bucket(&bucket).key("a").body(body()).send().await.unwrap();

    let forger = garage.client_with(&"f".repeat(64));
    let refusal = forger.put_object().bucket(&bucket).key("b").body(body()).send().await.unwrap_err();
    assert_eq!(refusal.code(), Some("AccessDenied"));
    let keys = garage.client().list_objects_v2().bucket(&bucket).send().await.unwrap();
    assert_eq!(keys.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(), ["a"]);
}

#[tokio::test]
async fn moto_reports_the_encryption_that_was_asked_for() {
    let moto = ObjectStore::moto().await;
    let bucket = moto.create_bucket("sealed").await;
    let client = moto.client();
    let put = client.put_object().bucket(&bucket).key("a").body(ByteStream::from_static(b"an archive"));
    let put = put.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id("key-1");
    put.send().await.unwrap();

    let head = client.head_object().bucket(&bucket).key("a").send().await.unwrap();
    assert_eq!(head.server_side_encryption(), Some(&ServerSideEncryption::AwsKms));
    assert_eq!(head.ssekms_key_id(), Some("key-1"));
}

#[tokio::test]
async fn the_mail_server_takes_mail_over_tls_with_a_login() {
    let server = MailServer::shared().await;
    let (ann, bea) = (server.address("ann"), server.address("bea"));
    deliver(server, MailServer::PASSWORD, &ann).await.unwrap();

    let mail = server.first(&ann, SOON).await.unwrap();
    assert!(mail.contains("Subject: Your export\r\n"), "{mail}");
    let (_, body) = mail.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.trim_end(), "It is ready.");
    assert!(server.received(&bea).is_empty());
}

#[tokio::test]
async fn the_mail_server_refuses_a_wrong_password() {
    let server = MailServer::shared().await;
    let ann = server.address("ann");
    let refusal = deliver(server, "guessed", &ann).await.unwrap_err();
    assert_eq!(refusal.status().map(u16::from), Some(535), "{refusal}");
    assert!(server.received(&ann).is_empty());
}

#[tokio::test]
async fn the_mail_server_demands_starttls_before_a_login_and_before_a_message() {
    let server = MailServer::shared().await;
    let stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    let mut lines = BufReader::new(stream);
    assert_eq!(answer(&mut lines, None).await, "220");
    assert_eq!(answer(&mut lines, Some("EHLO tests")).await, "250");
    assert_eq!(answer(&mut lines, Some("AUTH PLAIN AGhhbmRvdmVyAGEtbWFpbC1wYXNzd29yZA==")).await, "530");
    assert_eq!(answer(&mut lines, Some("MAIL FROM:<handover@example.com>")).await, "530");
    assert_eq!(answer(&mut lines, Some("STARTTLS")).await, "220");
}

/// Sends a command, if any, and reads the code of the answer.
async fn answer(lines: &mut BufReader<TcpStream>, command: Option<&str>) -> String {
    if let Some(command) = command {
        lines.write_all(format!("{command}\r\n").as_bytes()).await.unwrap();
    }
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).await.unwrap();
        // "250-…" announces that the answer goes on.
        if line.get(3..4) != Some("-") {
            return line[..3].to_owned();
        }
    }
}

#[tokio::test]
async fn the_mail_server_refuses_as_many_messages_as_asked() {
    let server = MailServer::own().await;
    let ann = server.address("ann");
    server.refuse_next(2);
    for _ in 0..2 {
        let refusal = deliver(&server, MailServer::PASSWORD, &ann).await.unwrap_err();
        assert!(refusal.is_transient(), "{refusal}");
    }
    assert!(server.received(&ann).is_empty());
    deliver(&server, MailServer::PASSWORD, &ann).await.unwrap();
    assert_eq!(server.received(&ann).len(), 1);
    assert!(server.url().ends_with(&format!("@localhost:{}", server.port())));
}

async fn deliver(server: &MailServer, password: &str, to: &str) -> Result<(), lettre::transport::smtp::Error> {
    let authority = Certificate::from_pem(&std::fs::read(server.authority()).unwrap()).unwrap();
    let tls = TlsParameters::builder("localhost".into()).add_root_certificate(authority).build().unwrap();
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("localhost")
        .port(server.port())
        .credentials(Credentials::new(MailServer::USER.into(), password.into()))
        .tls(Tls::Required(tls))
        .build::<Tokio1Executor>();
    let message = Message::builder()
        .from("Handover <handover@example.com>".parse().unwrap())
        .to(to.parse().unwrap())
        .subject("Your export")
        .body("It is ready.\r\n".to_owned())
        .unwrap();
    transport.send(message).await.map(drop)
}

#[tokio::test]
async fn a_server_ends_and_its_folder_goes_when_the_test_process_is_gone() {
    let folder = process::folder("orphan");
    let log = folder.join("log");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "echo $$; exec sleep 1000"]);
    let launch = Launch {
        command: &command,
        output: log.clone(),
        errors: log.clone(),
        last: "KILL",
        folder: Some(folder.clone()),
    };
    let server = Process::start(launch);
    let pid = loop {
        match std::fs::read_to_string(&log).ok().and_then(|text| text.trim().parse::<u32>().ok()) {
            Some(pid) => break pid,
            None => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };
    assert!(Path::new(&format!("/proc/{pid}")).exists());

    // What dropping does is what the kernel does for a killed process: it closes the pipe.
    drop(server);
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
    assert!(!folder.exists());
}

#[tokio::test]
async fn the_program_runs_with_the_given_environment_only() {
    let script = "env; echo seen >&2; exit 3";
    let ended = Invocation::of("/bin/sh", &["-c", script]).set("HANDOVER_LISTEN", "127.0.0.1:0").run().await;
    assert_eq!(ended.status.code(), Some(3));
    assert_eq!(ended.stderr, "seen\n");
    let mut names: Vec<&str> = ended.stdout.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    names.sort_unstable();
    names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
    assert_eq!(names, ["HANDOVER_LISTEN", "LANG", "PATH"]);

    assert!(handover(&["--version"]).run().await.status.success());
}

#[tokio::test]
async fn a_program_is_stopped_by_a_signal_and_killed_without_a_chance_to_say_so() {
    let script = r#"trap 'echo "goodbye" >&2; exit 0' TERM; echo "ready on port 1" >&2; while :; do sleep 0.05; done"#;
    let start = || Invocation::of("/bin/sh", &["-c", script]).start();

    let mut program = start();
    assert_eq!(program.says("ready", SOON).await, "ready on port 1");
    program.signal("TERM");
    let ended = program.wait(SOON).await;
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), "ready on port 1\ngoodbye\n"));

    let mut program = start();
    program.says("ready", SOON).await;
    let ended = program.kill().await;
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(128 + 9), "ready on port 1\n"));
}

#[test]
fn the_validator_of_data_packages_is_installed() {
    assert!(process::run(Command::new(tools::python("frictionless")).arg("--version")).starts_with("5."));
}

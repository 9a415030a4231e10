//! Running an archive's SQL through the engine's own client, as its owner would. Passwords travel in the environment: arguments are visible to everybody.

use crate::archive::manifest::SourceFacts;
use secrecy::{ExposeSecret, SecretString};
use shared::export::Engine;
use sqlx::sqlite::SqliteConnectOptions;
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::process::Command;
use url::Url;

/// What is shown of a client's complaint.
const LONGEST_COMPLAINT: usize = 2000;

/// Why the SQL did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The client is not installed.
    #[error("{program} is not on the PATH: install {package} to restore archives of this engine")]
    Missing {
        /// The program.
        program: &'static str,
        /// What Debian calls its package.
        package: &'static str,
    },
    /// The URL says what the client does not understand.
    #[error("the URL of the database cannot be given to {program}: {why}")]
    Url {
        /// The program.
        program: &'static str,
        /// Why, without the URL.
        why: &'static str,
    },
    /// It could not be started.
    #[error("{program} could not be started")]
    Start {
        /// The program.
        program: &'static str,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// It ended with an error.
    #[error("{program} could not restore the archive; nothing of it is in the database:\n{complaint}")]
    Failed {
        /// The program.
        program: &'static str,
        /// What it said.
        complaint: String,
    },
}

/// Runs `sql/restore.sql` of an archive from this source in `folder`.
pub(super) async fn run(source: &SourceFacts, url: &SecretString, folder: &Path) -> Result<(), ClientError> {
    let (program, package, mut command) = match source.engine {
        Engine::Postgres => ("psql", "postgresql-client", psql(url)?),
        Engine::Mysql if source.server.contains("MariaDB") => {
            ("mariadb", "mariadb-client", mysql("mariadb", url, folder)?)
        }
        Engine::Mysql => ("mysql", "default-mysql-client", mysql("mysql", url, folder)?),
        Engine::Sqlite => ("sqlite3", "sqlite3", sqlite3(url, folder)?),
    };
    // What a client prints may be rows.
    command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let output = command.output().await.map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => ClientError::Missing { program, package },
        _ => ClientError::Start { program, cause },
    })?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let complaint = complaint.trim().chars().take(LONGEST_COMPLAINT).collect();
    Err(ClientError::Failed { program, complaint })
}

fn parse(url: &SecretString, program: &'static str) -> Result<Url, ClientError> {
    Url::parse(url.expose_secret()).map_err(|_| ClientError::Url { program, why: "it is not a URL" })
}

/// The URL without its password, as libpq reads it; what only our driver knows is left out or called by libpq's name.
fn psql(url: &SecretString) -> Result<Command, ClientError> {
    let mut url = parse(url, "psql")?;
    let mut command = Command::new("psql");
    command.args([
        "--no-psqlrc",
        "--no-password",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--set=VERBOSITY=terse",
        "--file=sql/restore.sql",
    ]);
    if let Some(password) = url.password() {
        command.env("PGPASSWORD", decoded(password));
    }
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter_map(|(name, value)| {
            let name = match &*name {
                "password" => {
                    command.env("PGPASSWORD", &*value);
                    return None;
                }
                "statement-cache-capacity" => return None,
                "ssl-mode" => "sslmode".to_owned(),
                "ssl-root-cert" | "ssl-ca" => "sslrootcert".to_owned(),
                "ssl-cert" => "sslcert".to_owned(),
                "ssl-key" => "sslkey".to_owned(),
                other => other.to_owned(),
            };
            Some((name, value.into_owned()))
        })
        .collect();
    let unfit = |()| ClientError::Url { program: "psql", why: "it names no host" };
    if url.password().is_some() {
        url.set_password(None).map_err(unfit)?;
    }
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    command.arg(format!("--dbname={}", url.as_str().replace('+', "%20")));
    Ok(command)
}

fn mysql(program: &'static str, url: &SecretString, folder: &Path) -> Result<Command, ClientError> {
    let url = parse(url, program)?;
    let mut command = Command::new(program);
    command.args(["--no-defaults", "--batch", "--default-character-set=utf8mb4", "--max-allowed-packet=1G"]);
    match url.query_pairs().find(|(name, _)| name == "socket") {
        Some((_, socket)) => command.arg(format!("--socket={socket}")),
        None => {
            let host = url.host_str().ok_or(ClientError::Url { program, why: "it names no host" })?;
            let host = host.trim_start_matches('[').trim_end_matches(']');
            command.args([
                "--protocol=tcp",
                &format!("--host={host}"),
                &format!("--port={}", url.port().unwrap_or(3306)),
            ])
        }
    };
    if !url.username().is_empty() {
        command.arg(format!("--user={}", decoded(url.username())));
    }
    if let Some(password) = url.password() {
        command.env("MYSQL_PWD", decoded(password));
    }
    let database = decoded(url.path().trim_start_matches('/'));
    command.arg(format!("--database={database}"));
    command.stdin(script(folder, program)?);
    Ok(command)
}

fn sqlite3(url: &SecretString, folder: &Path) -> Result<Command, ClientError> {
    const PROGRAM: &str = "sqlite3";
    let mut command = Command::new(PROGRAM);
    command.args(["-batch", "-bail", "-init", "/dev/null"]).arg(file(url)?).stdin(script(folder, PROGRAM)?);
    Ok(command)
}

/// The absolute path of a SQLite database: the client runs in another folder.
pub(super) fn file(url: &SecretString) -> Result<PathBuf, ClientError> {
    let unfit = |why| ClientError::Url { program: "sqlite3", why };
    let options: SqliteConnectOptions = url.expose_secret().parse().map_err(|_| unfit("it is not sqlite://PATH"))?;
    std::path::absolute(options.get_filename()).map_err(|_| unfit("it names no file"))
}

fn script(folder: &Path, program: &'static str) -> Result<File, ClientError> {
    File::open(folder.join("sql/restore.sql")).map_err(|cause| ClientError::Start { program, cause })
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(command: &Command) -> (Vec<String>, Vec<String>) {
        let command = command.as_std();
        let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
        let variables = command
            .get_envs()
            .map(|(name, value)| format!("{}={}", name.to_string_lossy(), value.unwrap().to_string_lossy()));
        (arguments, variables.collect())
    }

    #[test]
    fn a_password_is_in_the_environment_and_not_in_the_arguments() {
        for url in [
            "postgres://me:s%40cret@db.example:5433/shop?sslmode=require&statement-cache-capacity=0",
            "postgres://me@db.example:5433/shop?password=s%40cret&ssl-mode=require",
        ] {
            let (arguments, variables) = told(&psql(&url.into()).unwrap());
            assert_eq!(arguments.last().unwrap(), "--dbname=postgres://me@db.example:5433/shop?sslmode=require");
            assert_eq!(variables, ["PGPASSWORD=s@cret"]);
        }
    }

    #[test]
    fn mariadb_is_told_the_parts_of_the_url() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sql")).unwrap();
        std::fs::write(folder.path().join("sql/restore.sql"), "").unwrap();
        let (arguments, variables) =
            told(&mysql("mariadb", &"mysql://me:s%40cret@[::1]/the%20shop".into(), folder.path()).unwrap());
        assert!(arguments.ends_with(&[
            "--host=::1".to_owned(),
            "--port=3306".to_owned(),
            "--user=me".to_owned(),
            "--database=the shop".to_owned()
        ]));
        assert_eq!(variables, ["MYSQL_PWD=s@cret"]);
    }
}

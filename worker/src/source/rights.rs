//! What the user of a source could do beyond reading, for `handover doctor`. Handover never uses it, but whoever got hold of the password could.

use super::{Source, mysql, postgres, refusal};
use crate::error::ExportError;
use chrono::{DateTime, NaiveDateTime, Utc};
use shared::export::Engine;
use sqlx::{ConnectOptions, Connection};
use std::time::Duration;
use tokio::time::timeout;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a source's user could do, and how it is connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// The user.
    pub role: String,
    /// Rights that exports do not need, in words.
    pub beyond_reading: Vec<String>,
    /// Whether the connection is encrypted; `None` for a file.
    pub is_encrypted: Option<bool>,
    /// Whether the server is on this machine.
    pub is_local: bool,
    /// The server's clock; `None` for a file.
    pub clock: Option<DateTime<Utc>>,
}

impl Source {
    /// Asks the source what its user may do.
    pub async fn rights(&self) -> Result<Rights, ExportError> {
        let asked = async {
            match self.engine {
                Engine::Postgres => self.postgres_rights().await,
                Engine::Mysql => self.mysql_rights().await,
                // It is opened read-only, and whoever may read the file needs no user.
                Engine::Sqlite => Ok(Rights {
                    role: String::new(),
                    beyond_reading: Vec::new(),
                    is_encrypted: None,
                    is_local: true,
                    clock: None,
                }),
            }
        };
        timeout(PATIENCE, asked)
            .await
            .map_err(|_| refusal::away("it did not say in time what its user may do".to_owned(), None))?
    }

    async fn postgres_rights(&self) -> Result<Rights, ExportError> {
        let options = postgres::options(&self.url)?;
        let is_local = options.get_socket().is_some() || is_local(options.get_host());
        let user = options.get_username().to_owned();
        let refuse = |error| refusal::postgres(error, &user, "looking at its rights");
        let mut connection = options.connect().await.map_err(refuse)?;
        let (role, is_superuser, makes_roles, owns, writes, is_encrypted, clock): (
            String,
            bool,
            bool,
            i64,
            i64,
            Option<bool>,
            DateTime<Utc>,
        ) = sqlx::query_as(
            "select current_user::text, bool_or(rolsuper), bool_or(rolcreaterole or rolcreatedb),
                    (select count(*) from pg_class where relkind in ('r', 'p') and relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
                        and pg_has_role(relowner, 'usage')),
                    (select count(*) from pg_class where relkind in ('r', 'p') and relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
                        and has_table_privilege(oid, 'insert, update, delete, truncate')),
                    (select ssl from pg_stat_ssl where pid = pg_backend_pid()), clock_timestamp()
               from pg_roles where pg_has_role(oid, 'usage') and (rolname = current_user or not rolsuper)",
        )
        .persistent(false)
        .fetch_one(&mut connection)
        .await
        .map_err(refuse)?;
        // The answer is there; how the connection ends does not matter.
        drop(connection.close().await);
        let mut beyond_reading = Vec::new();
        if is_superuser {
            beyond_reading.push("is a superuser".to_owned());
        } else {
            beyond_reading.extend(makes_roles.then(|| "may make roles or databases".to_owned()));
            beyond_reading.extend((owns > 0).then(|| format!("owns {}", tables(owns))));
            beyond_reading.extend((writes > 0).then(|| format!("may write into {}", tables(writes))));
        }
        Ok(Rights { role, beyond_reading, is_encrypted, is_local, clock: Some(clock) })
    }

    async fn mysql_rights(&self) -> Result<Rights, ExportError> {
        let options = mysql::options(&self.url)?;
        let is_local = options.get_socket().is_some() || is_local(options.get_host());
        let user = options.get_username().to_owned();
        let refuse = |error| refusal::mysql(error, &user, "looking at its rights");
        let mut connection = options.connect().await.map_err(refuse)?;
        let (role, clock): (String, NaiveDateTime) = sqlx::query_as("select current_user(), utc_timestamp(6)")
            .persistent(false)
            .fetch_one(&mut connection)
            .await
            .map_err(refuse)?;
        let grants: Vec<String> =
            sqlx::query_scalar("show grants").persistent(false).fetch_all(&mut connection).await.map_err(refuse)?;
        let (_, cipher): (String, String) = sqlx::query_as("show session status like 'Ssl_cipher'")
            .persistent(false)
            .fetch_one(&mut connection)
            .await
            .map_err(refuse)?;
        drop(connection.close().await);
        Ok(Rights {
            role,
            beyond_reading: beyond_reading(&grants),
            is_encrypted: Some(!cipher.is_empty()),
            is_local,
            clock: Some(clock.and_utc()),
        })
    }
}

fn tables(count: i64) -> String {
    if count == 1 { "1 table".to_owned() } else { format!("{count} tables") }
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Of what MySQL and MariaDB print for `show grants`, the rights that reading does not need.
fn beyond_reading(grants: &[String]) -> Vec<String> {
    const READING: &[&str] = &[
        "USAGE",
        "SELECT",
        "SHOW VIEW",
        "SHOW DATABASES",
        "TRIGGER",
        "EVENT",
        "LOCK TABLES",
        "PROCESS",
        "REPLICATION CLIENT",
        "BINLOG MONITOR",
        "BINLOG ADMIN",
        "SHOW_ROUTINE",
        "SHOW CREATE ROUTINE",
        "SET USER",
    ];
    let mut found = Vec::new();
    for grant in grants {
        // A line without `on` grants a role, whose own rights are not printed here.
        let Some((rights, object)) = grant.strip_prefix("GRANT ").and_then(|rest| rest.split_once(" ON ")) else {
            continue;
        };
        let object = object.split(" TO ").next().unwrap_or_default();
        // Of a right for single columns the columns do not matter.
        let mut depth = 0_i32;
        let plain: String = rights
            .chars()
            .filter(|letter| {
                depth += i32::from(*letter == '(');
                let outside = depth == 0;
                depth -= i32::from(*letter == ')');
                outside
            })
            .collect();
        let more: Vec<&str> = plain.split(',').map(str::trim).filter(|right| !READING.contains(right)).collect();
        if !more.is_empty() {
            found.push(format!("has {} on {object}", more.join(", ").to_lowercase()));
        }
        if grant.contains("WITH GRANT OPTION") {
            found.push(format!("may grant its rights on {object} to others"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beyond(grant: &str) -> Vec<String> {
        beyond_reading(&[grant.to_owned()])
    }

    #[test]
    fn of_grants_only_what_goes_beyond_reading_is_told() {
        assert!(beyond("GRANT USAGE ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*AB'").is_empty());
        assert!(beyond("GRANT SELECT, SHOW VIEW, BINLOG ADMIN ON *.* TO `r`@`%`").is_empty());
        assert!(beyond("GRANT SELECT (`a`, `insert`) ON `shop`.`t` TO `r`@`%`").is_empty());
        assert!(beyond("GRANT `reader`@`%` TO `r`@`%`").is_empty());
        assert_eq!(
            beyond("GRANT SELECT, INSERT, UPDATE (`a`) ON `shop`.* TO `r`@`%`"),
            ["has insert, update on `shop`.*"]
        );
        assert_eq!(
            beyond("GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION"),
            ["has all privileges on *.*", "may grant its rights on *.* to others"]
        );
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        assert!(is_local("localhost") && is_local("127.0.0.1") && is_local("::1") && is_local("[::1]"));
        assert!(!is_local("db.example") && !is_local("10.0.0.1"));
    }
}

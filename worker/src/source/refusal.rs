//! What a database's refusal means: whose problem it is and what to do, without the database's own words, which may hold values.

use crate::error::ExportError;

/// An error of PostgreSQL while doing `what`, as `role`.
pub(super) fn postgres(error: sqlx::Error, role: &str, what: &str) -> ExportError {
    let code = match &error {
        sqlx::Error::Database(database) => database.code().unwrap_or_default().into_owned(),
        sqlx::Error::Configuration(_) | sqlx::Error::InvalidArgument(_) => {
            return refused("its URL is not understood; write postgres://user:password@host/database".to_owned(), None);
        }
        sqlx::Error::Tls(_) => {
            return refused(
                "no encrypted connection could be set up; check `sslmode` and the certificate".to_owned(),
                Some(error),
            );
        }
        _ => return away(format!("the connection broke while {what}"), Some(error)),
    };
    let row_level_security = hides_rows(&error);
    let class = code.get(..2).unwrap_or_default();
    let message = match (class, code.as_str()) {
        (_, "40001") => {
            return away(
                format!(
                    "PostgreSQL ended the transaction while {what} (SQLSTATE 40001), mostly a standby that had to go on replaying; it is tried again, \
                     and if it happens often raise `max_standby_streaming_delay`, set `hot_standby_feedback` or export from the primary"
                ),
                Some(error),
            );
        }
        (_, "57014") => {
            return away(
                format!(
                    "PostgreSQL cancelled the query while {what} (SQLSTATE 57014): a statement timeout that the server or a pooler enforces, or a person"
                ),
                Some(error),
            );
        }
        ("08" | "53", _) | (_, "57P01" | "57P02" | "57P03" | "57P05" | "40P01" | "55P03" | "25P03" | "25P04") => {
            return away(format!("PostgreSQL gave up while {what} (SQLSTATE {code})"), Some(error));
        }
        ("28", _) | (_, "3D000") => format!(
            "PostgreSQL does not let role {role} in (SQLSTATE {code}); check user, password, database name and pg_hba.conf"
        ),
        _ if row_level_security => format!(
            "row level security would hide rows from role {role} while {what} (SQLSTATE {code}); name the product's session setting in the catalog as \
             `row_level_security`, or give the role BYPASSRLS"
        ),
        (_, "42501") => format!(
            "role {role} has no right for {what} (SQLSTATE {code}); grant it usage on the schema and select on its tables"
        ),
        (_, "42P01" | "42703" | "42704" | "42883" | "3F000") => format!(
            "something that the catalog or the schema names does not exist while {what} (SQLSTATE {code}); run `handover catalog check`"
        ),
        _ if is_no_json(&error) => {
            format!(
                "{} while {what} (SQLSTATE {code})",
                no_json("a column of text in which the catalog looks for keys")
            )
        }
        ("22" | "23", _) => format!(
            "a value does not fit the type that it is compared with while {what} (SQLSTATE {code}); the owner's column and the tenant's key must hold the same kind of value"
        ),
        _ => format!("PostgreSQL failed while {what} (SQLSTATE {code}); its own log says why"),
    };
    // Data exceptions quote the value in their text, which must not reach a log.
    refused(message, Some(error).filter(|_| !matches!(class, "22" | "23")))
}

/// An error of MySQL or MariaDB while doing `what`, as `role`.
pub(super) fn mysql(error: sqlx::Error, role: &str, what: &str) -> ExportError {
    let Some(number) = mysql_number(&error) else {
        return match error {
            sqlx::Error::Configuration(_) | sqlx::Error::InvalidArgument(_) => {
                refused("its URL is not understood; write mysql://user:password@host/database".to_owned(), None)
            }
            sqlx::Error::Tls(_) => refused(
                "no encrypted connection could be set up; check `ssl-mode` and the certificate".to_owned(),
                Some(error),
            ),
            sqlx::Error::Protocol(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => {
                refused(format!("it said something that is not understood while {what}"), Some(error))
            }
            _ => away(format!("the connection broke while {what}"), Some(error)),
        };
    };
    // https://mariadb.com/kb/en/mariadb-error-code-reference/, https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
    let message = match number {
        1412 => return ExportError::SchemaChanged,
        1021
        | 1037
        | 1038
        | 1040
        | 1041
        | 1053
        | 1077
        | 1078
        | 1079
        | 1080
        | 1114
        | 1135
        | 1158..=1161
        | 1203
        | 1205
        | 1206
        | 1213
        | 1226
        | 1317
        | 1614
        | 1927
        | 1969
        | 3024
        | 4031 => {
            return away(format!("MySQL gave up while {what} (error {number})"), Some(error));
        }
        1044 | 1045 | 1049 | 1130 | 1251 | 1275 | 1524 | 1698 | 1820 | 1862 | 3118 | 4151 => {
            format!("MySQL does not let role {role} in (error {number}); check user, password, host and database name")
        }
        1142 | 1143 | 1227 | 1370 => {
            format!("role {role} has no right for {what} (error {number}); grant it select, show view on the database")
        }
        1051 | 1054 | 1109 | 1146 | 1305 => format!(
            "something that the catalog or the schema names does not exist while {what} (error {number}); run `handover catalog check`"
        ),
        1153 => format!("a packet is too large while {what} (error 1153); raise `max_allowed_packet`"),
        1267 | 1253 | 1271 => format!(
            "two columns whose texts cannot be compared are compared while {what} (error {number}); give them one character set"
        ),
        _ => format!("MySQL failed while {what} (error {number}); its own log says why"),
    };
    // Errors about data quote the value in their text, which must not reach a log.
    let code = error.as_database_error().and_then(|database| database.code()).unwrap_or_default().into_owned();
    let quotes = code.starts_with("22") || code.starts_with("23") || matches!(number, 1366 | 1411 | 1525);
    refused(message, Some(error).filter(|_| !quotes))
}

/// The number of an error of MySQL.
pub(super) fn mysql_number(error: &sqlx::Error) -> Option<u16> {
    error
        .as_database_error()
        .and_then(|database| database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>())
        .map(sqlx::mysql::MySqlDatabaseError::number)
}

/// An error of SQLite while doing `what`.
pub(super) fn sqlite(error: sqlx::Error, what: &str) -> ExportError {
    let code = match &error {
        sqlx::Error::Database(database) => database.code().and_then(|code| code.parse::<u32>().ok()),
        sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => {
            return away(format!("the connection broke while {what}"), Some(error));
        }
        sqlx::Error::Configuration(_) => {
            return refused("its URL is not understood; write sqlite:///path/to/file".to_owned(), None);
        }
        _ => None,
    };
    // https://www.sqlite.org/rescode.html: the lowest byte is the primary code.
    let message = match code.map(|code| code & 0xff) {
        Some(5 | 6 | 10 | 15) => {
            return away(format!("SQLite was busy or its disk failed while {what}"), Some(error));
        }
        Some(14) => {
            "the file cannot be opened; check the path and the rights of the worker's user on the file and its folder"
                .to_owned()
        }
        Some(3 | 8 | 23) => format!(
            "the file may not be read while {what}; check the rights of the worker's user on the file and its folder"
        ),
        Some(11 | 26) => {
            format!("the file is damaged or no SQLite database (while {what}); check it with `pragma integrity_check`")
        }
        Some(code) => format!("SQLite failed while {what} (code {code})"),
        None => format!("SQLite failed while {what}"),
    };
    refused(message, Some(error))
}

/// Whether PostgreSQL refuses because policies would hide rows.
pub(super) fn hides_rows(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|database| database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>())
        .is_some_and(|database| database.routine() == Some("check_enable_rls"))
}

/// Whether the database says that a text is no value of a type.
pub(super) fn is_data_exception(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|database| database.code()).is_some_and(|code| code.starts_with("22"))
}

/// The server led to another database than the one that was asked for.
pub(super) fn another_database() -> ExportError {
    refused(
        "the server opened another database than the tenant's own; connect to it directly, and look at how it treats upper and lower case".to_owned(),
        None,
    )
}

/// Whether PostgreSQL says that a text is no JSON, or none that it can take apart.
pub(super) fn is_no_json(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|database| database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>())
        .is_some_and(|database| {
            database.code().starts_with("22") && database.r#where().is_some_and(|place| place.contains("JSON"))
        })
}

/// What to do about a text that is no JSON.
pub(super) fn no_json(place: &str) -> String {
    format!(
        "{place} holds a text that is no JSON, so that nobody knows whose the row is; `handover catalog check --data` names each such column: correct the rows, make \
         the column jsonb, or exclude the table with a reason"
    )
}

pub(super) fn several_persons() -> ExportError {
    refused(
        "several rows of the tenant's have this person's key; name a unique column as the subject's `key`".to_owned(),
        None,
    )
}

pub(super) fn refused(message: String, cause: Option<sqlx::Error>) -> ExportError {
    ExportError::Source { message, cause }
}

pub(super) fn away(message: String, cause: Option<sqlx::Error>) -> ExportError {
    ExportError::SourceAway { message, cause }
}

#[cfg(test)]
mod tests;

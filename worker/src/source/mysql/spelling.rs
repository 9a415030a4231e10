//! Whether a key that is spelt differently is the tenant's all the same.
//!
//! Most collations take `acme`, `ACME`, `acmé` and `acme ` for one key, each by rules of its own. No folding of ours would be exactly as lax: if it were laxer,
//! two tenants might pass for one; if it were stricter, a tenant's own rows would stop the export. So a cell that is not the key letter by letter is shown to the
//! server, by itself and on another session: is it the key in the collation of the tenants' table? There a key means one tenant, because the tenant was
//! found to be the only one with it.

use crate::schema::Column;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySqlConnection, mysql::MySqlConnectOptions};
use std::collections::HashMap;

/// More spellings of one key than this are not remembered.
const REMEMBERED: usize = 10_000;

/// Asks the server, once for each spelling.
pub(super) struct Spelling {
    options: MySqlConnectOptions,
    question: String,
    key: String,
    connection: Option<MySqlConnection>,
    answers: HashMap<Vec<u8>, bool>,
}

impl Spelling {
    /// For the tenant whose key is printed so and held by this column; `None` if the column holds no text.
    pub(super) fn new(options: &MySqlConnectOptions, key: &Column, printed: &str) -> Option<Self> {
        let collation = key.collation.as_deref().filter(|collation| *collation != "binary")?;
        let set = crate::plan::mysql::character_set(collation);
        let text = "convert(? using utf8mb4)";
        let question = format!(
            "select convert({text} using {set}) collate {collation} = convert({text} using {set}) collate {collation} \
             and convert(convert({text} using {set}) using utf8mb4) collate utf8mb4_bin = {text} collate utf8mb4_bin"
        );
        let (options, key) = (options.clone(), printed.to_owned());
        Some(Self { options, question, key, connection: None, answers: HashMap::new() })
    }

    /// Whether the printed cell is the tenant's key.
    pub(super) async fn is_the_key(&mut self, cell: &[u8]) -> sqlx::Result<bool> {
        if let Some(known) = self.answers.get(cell) {
            return Ok(*known);
        }
        let Ok(text) = std::str::from_utf8(cell) else { return Ok(false) };
        if self.connection.is_none() {
            self.connection = Some(self.options.connect().await?);
        }
        let Some(connection) = &mut self.connection else { return Ok(false) };
        let answer: Option<i64> = sqlx::query_scalar(AssertSqlSafe(self.question.clone()))
            .persistent(false)
            .bind(text)
            .bind(&self.key)
            .bind(text)
            .bind(text)
            .fetch_one(connection)
            .await?;
        let answer = answer == Some(1);
        if self.answers.len() < REMEMBERED {
            self.answers.insert(cell.to_owned(), answer);
        }
        Ok(answer)
    }

    /// Ends the other session, if there was one.
    pub(super) async fn close(self) {
        if let Some(connection) = self.connection {
            drop(connection.close().await);
        }
    }
}

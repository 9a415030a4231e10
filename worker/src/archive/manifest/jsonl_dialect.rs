//! How the JSON Lines files of an archive are written, for people and programs that read them.

use crate::format::jsonl::HEX_MARK;
use serde::{Deserialize, Serialize};
use shared::export::Engine;

/// The dialect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JsonlDialect {
    /// `utf-8`, without a byte order mark.
    pub encoding: String,
    /// Line feed; after the last row too.
    pub line_terminator: String,
    /// What a line is.
    pub record: String,
    /// NULL.
    pub null: String,
    /// Booleans.
    pub booleans: String,
    /// Whole numbers.
    pub integers: String,
    /// Exact decimals.
    pub decimals: String,
    /// Binary floating point numbers.
    pub floats: String,
    /// Values of the database's own JSON types.
    pub documents: String,
    /// Binary values.
    pub binary: String,
    /// What a string of JSON cannot hold, or what could be taken for something else.
    pub unreadable_text: String,
    /// Everything else.
    pub values: String,
}

impl JsonlDialect {
    /// The dialect for values of this engine.
    pub fn new(engine: Engine) -> Self {
        let sqlite = engine == Engine::Sqlite;
        Self {
            encoding: "utf-8".to_owned(),
            line_terminator: "\n".to_owned(),
            record: "one JSON object a row; its keys are the columns in the order of the table".to_owned(),
            null: "null".to_owned(),
            booleans: if engine == Engine::Postgres {
                "true and false"
            } else {
                "the database has none of its own: 1 and 0"
            }
            .to_owned(),
            integers: "numbers from -(2^53 - 1) to 2^53 - 1; beyond that strings of their digits, because most readers would round them".to_owned(),
            decimals: if sqlite {
                "the database has none of its own"
            } else {
                "strings of their digits, zeros at the end included"
            }
            .to_owned(),
            floats: if sqlite {
                "numbers, always with a point or an exponent; \"Infinity\" and \"-Infinity\""
            } else {
                "numbers; \"NaN\", \"Infinity\" and \"-Infinity\" where there is no number"
            }
            .to_owned(),
            documents: if sqlite {
                "the database has no type for them: they are text"
            } else {
                "values of the types json and jsonb stand in the row as the database prints them, only line breaks outside of strings are blanks; a reader that keeps one of two equal keys, or rounds long numbers, loses the other"
            }
            .to_owned(),
            binary: "strings: \\x followed by lowercase hexadecimal".to_owned(),
            unreadable_text: format!(
                "{HEX_MARK} followed by the lowercase hexadecimal of the bytes: text that is not UTF-8, text that begins with {HEX_MARK} itself{}",
                if sqlite { ", text that looks like a blob, a large integer or an infinity" } else { ", a document that is not JSON" }
            ),
            values: match engine {
                Engine::Postgres => "strings as PostgreSQL prints them, arrays and composite values included",
                Engine::Mysql => "strings as the database prints them, dates and times in UTC; bit fields are integers, geometries are binary (four bytes of SRID, then WKB)",
                Engine::Sqlite => "strings; with the rules above every value shows its storage class",
            }
            .to_owned(),
        }
    }
}

//! How the CSV files of an archive are written, for people and programs that read them.

use crate::format::csv::HEX_MARK;
use serde::{Deserialize, Serialize};
use shared::export::{CsvProfile, Engine};

/// The dialect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvDialect {
    /// The face.
    pub profile: CsvProfile,
    /// `utf-8`.
    pub encoding: String,
    /// Whether files begin with the bytes EF BB BF.
    pub byte_order_mark: bool,
    /// `,`
    pub delimiter: String,
    /// `"`
    pub quote: String,
    /// Whether a quote inside of a field is written twice.
    pub double_quote: bool,
    /// Carriage return and line feed.
    pub line_terminator: String,
    /// Whether the first record names the columns.
    pub header: bool,
    /// NULL, without quotes. A file that does otherwise says so as `null`.
    pub null: String,
    /// The text of no characters, as it stands in the file.
    pub empty_text: String,
    /// Binary values.
    pub binary: String,
    /// Text that is not UTF-8 or holds a NUL character.
    pub unreadable_text: String,
    /// What happens to cells that a spreadsheet would run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formulas: Option<String>,
    /// What happens to cells that a spreadsheet would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    /// How values are printed.
    pub values: String,
}

impl CsvDialect {
    /// The dialect of this face, for values of this engine.
    pub fn new(profile: CsvProfile, engine: Engine) -> Self {
        let spreadsheet = profile == CsvProfile::Spreadsheet;
        Self {
            profile,
            encoding: "utf-8".to_owned(),
            byte_order_mark: spreadsheet,
            delimiter: ",".to_owned(),
            quote: "\"".to_owned(),
            double_quote: true,
            line_terminator: "\r\n".to_owned(),
            header: true,
            null: String::new(),
            empty_text: if spreadsheet { "" } else { "\"\"" }.to_owned(),
            binary: "\\x followed by lowercase hexadecimal".to_owned(),
            unreadable_text: format!(
                "{HEX_MARK} followed by the lowercase hexadecimal of its bytes; so is a text that begins with {HEX_MARK} itself"
            ),
            formulas: spreadsheet.then(|| {
                "a cell that begins with = + - @, a tab or a line break gets a leading ' unless it is a negative number".to_owned()
            }),
            kept: spreadsheet.then(|| {
                "a cell that a spreadsheet would change gets a tab behind it: numbers with leading zeros or with twelve digits and more, and texts that look like a day, a time, a share, an amount or a power of ten".to_owned()
            }),
            values: match engine {
                Engine::Postgres => "as PostgreSQL prints them: booleans are t and f, dates and times are ISO 8601 with a blank between",
                Engine::Mysql => "as the database prints them, in UTC: booleans are 1 and 0, bit fields are numbers, dates and times are ISO 8601 with a blank between, geometries are binary (four bytes of SRID, then WKB)",
                Engine::Sqlite => "integers in decimal, reals with a point or an exponent; the storage class of every value is in the SQL files, and counted for each column in this manifest",
            }
            .to_owned(),
        }
    }
}

//! What the page of an archive says about it, however it is laid out.

use super::{archive::Archive, locked::Locked};
use crate::{Context, form, pages::frame::Frame};
use actix_web::HttpRequest;
use shared::{
    export::{Category, Compression, Contents, CsvProfile, Format, Layout},
    language::Value,
    ledger::{LedgerError, contents},
    link::Protection,
};

/// What there is to say of an archive in a language.
pub(super) struct About<'a> {
    pub(super) frame: &'a Frame,
    /// What is in it; `None` if that was not noted when it was made.
    pub(super) holds: Option<Contents>,
    pub(super) made: String,
    pub(super) until: String,
    /// How often it, or each of its files, may be downloaded; `None` for any number of times.
    pub(super) limit: Option<u64>,
    pub(super) csrf: String,
    pub(super) locked: Option<Locked>,
    /// Whether nothing but the link is asked for.
    pub(super) by_link_alone: bool,
    /// Whether it is about one person only.
    pub(super) is_person: bool,
    pub(super) is_zip: bool,
    /// `CSV, SQL`.
    pub(super) formats: String,
    pub(super) has_csv: bool,
    pub(super) has_sql: bool,
    pub(super) has_jsonl: bool,
    pub(super) for_spreadsheets: bool,
    /// The command that restores it; empty if that is not known.
    pub(super) restore: Vec<String>,
    /// What the names of compressed files end in, and the command that unpacks one.
    pub(super) compressed: Option<(&'static str, &'static str)>,
}

impl<'a> About<'a> {
    /// All of it, as the ledger knows it.
    pub(super) async fn of(
        context: &Context,
        request: &HttpRequest,
        frame: &'a Frame,
        archive: &Archive,
    ) -> Result<Self, LedgerError> {
        let export = &archive.export;
        let holds = contents::of_export(&context.ledger, export.id).await?;
        let formats = &export.formats.0;
        let made = archive.files.iter().map(|file| file.created_at).max().unwrap_or(export.created_at);
        Ok(Self {
            frame,
            restore: holds.iter().filter_map(|holds| holds.restore.clone()).collect(),
            holds,
            made: frame.moment(made),
            until: frame.moment(archive.until),
            limit: archive.link.download_limit.map(i64::unsigned_abs),
            csrf: form::token(&context.signer, request),
            locked: Locked::of(context, archive).await?,
            by_link_alone: archive.link.protection == Protection::None,
            is_person: export.subject.0.is_some(),
            is_zip: export.layout == Layout::Zip,
            formats: named(formats),
            has_csv: formats.contains(&Format::Csv),
            has_sql: formats.contains(&Format::Sql),
            has_jsonl: formats.contains(&Format::Jsonl),
            for_spreadsheets: export.csv_profile == CsvProfile::Spreadsheet,
            compressed: export.compression.map(|how| match how {
                Compression::Zstd => (".zst", "zstd -d FILE"),
                Compression::Gzip => (".gz", "gunzip FILE"),
            }),
        })
    }

    /// Whose data it is.
    pub(super) fn lead(&self) -> String {
        self.frame.say_product(if self.is_person { "page-lead-person" } else { "page-lead-all" })
    }

    /// How much is in a category.
    pub(super) fn counts(&self, category: &Category) -> String {
        let (tables, rows) = (self.frame.number(category.tables), self.frame.number(category.rows));
        let values = [
            ("tables", Value::from(category.tables)),
            ("tables-shown", Value::from(tables)),
            ("rows", Value::from(category.rows)),
            ("rows-shown", Value::from(rows)),
        ];
        self.frame.language.say_with("page-category-counts", &values)
    }
}

/// The formats by the names that people know.
fn named(formats: &[Format]) -> String {
    let named: Vec<&str> = Format::ALL
        .iter()
        .filter(|format| formats.contains(format))
        .map(|format| match format {
            Format::Csv => "CSV",
            Format::Sql => "SQL",
            Format::Jsonl => "JSON",
        })
        .collect();
    named.join(", ")
}

#[cfg(test)]
impl<'a> About<'a> {
    /// An archive of two categories in this frame.
    pub(super) fn example(frame: &'a Frame) -> Self {
        let tables = [("Sales & <b>more</b>", "orders", 12_034), ("", "odd \"table\"", 1)];
        let tables = tables.map(|(category, table, rows)| (category, table.to_owned(), rows));
        Self {
            frame,
            holds: Some(Contents { restore: Some("psql x".to_owned()), ..Contents::of(tables, 12_345_678, 2) }),
            made: frame.moment(chrono::DateTime::UNIX_EPOCH),
            until: frame.moment(chrono::DateTime::UNIX_EPOCH),
            limit: Some(1),
            csrf: "a-token".into(),
            locked: None,
            by_link_alone: true,
            is_person: false,
            is_zip: true,
            formats: named(Format::ALL),
            has_csv: true,
            has_sql: true,
            has_jsonl: true,
            for_spreadsheets: true,
            restore: vec!["psql x".to_owned()],
            compressed: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_stand_in_one_order() {
        assert_eq!(named(&[Format::Jsonl, Format::Sql, Format::Csv]), "CSV, SQL, JSON");
        assert_eq!(named(&[Format::Sql]), "SQL");
    }
}

//! The page of an archive that is laid out as files: all of them, each with its button.

use super::{archive::Archive, contents, limit, locked::Locked};
use crate::Context;
use askama::Template;
use shared::{display, export::Compression, link::Protection};

/// What a person sees before the downloads.
#[derive(Template)]
#[template(path = "download-files.html")]
pub(super) struct ListPage<'a> {
    product: &'a str,
    contents: String,
    files: Vec<Row<'a>>,
    size: String,
    made: String,
    expires: String,
    /// What the names of compressed files end in, and the command that unpacks one.
    compressed: Option<(&'static str, &'static str)>,
    csrf: String,
    /// How often each file may be downloaded, in words; empty for any number of times.
    limit: String,
    /// Whether a terminal can download by the link alone.
    by_link_alone: bool,
    locked: Option<Locked>,
}

/// A file in the list.
struct Row<'a> {
    name: &'a str,
    size: String,
    /// Whether the link has given it as often as it may.
    done: bool,
}

impl<'a> ListPage<'a> {
    pub(super) fn new(
        context: &'a Context,
        archive: &'a Archive,
        taken: &[(String, i64)],
        csrf: String,
        locked: Option<Locked>,
    ) -> Self {
        let made = archive.files.iter().map(|file| file.created_at).max().unwrap_or(archive.export.created_at);
        let rows = archive.files.iter().map(|file| Row {
            name: &file.name,
            size: display::size(file.bytes.unsigned_abs()),
            done: archive.is_used_up(&file.name, taken),
        });
        Self {
            product: &context.config.product,
            contents: contents(&archive.export.formats.0, archive.export.csv_profile),
            files: rows.collect(),
            size: display::size(archive.files.iter().map(|file| file.bytes.unsigned_abs()).sum()),
            made: display::moment(made),
            expires: display::moment(archive.until),
            compressed: archive.export.compression.map(|how| match how {
                Compression::Zstd => (".zst", "zstd -d FILE"),
                Compression::Gzip => (".gz", "gunzip FILE"),
            }),
            csrf,
            limit: limit(archive.link.download_limit),
            by_link_alone: archive.link.protection == Protection::None,
            locked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_its_button_and_no_name_brings_markup_along() {
        let names = ["START-HERE.html", "csv/<b>\"sales\".csv.zst"];
        let page = ListPage {
            product: "CepPro",
            contents: "Your data as CSV tables".to_owned(),
            files: names.iter().map(|name| Row { name, size: "1 kB".to_owned(), done: false }).collect(),
            size: "2 kB".to_owned(),
            made: "now".to_owned(),
            expires: "later".to_owned(),
            compressed: Some((".zst", "zstd -d FILE")),
            csrf: "a-token".to_owned(),
            limit: String::new(),
            by_link_alone: true,
            locked: None,
        };
        let page = page.render().unwrap();
        assert_eq!(page.matches("<form method=\"post\"").count(), 2);
        assert_eq!(page.matches("name=\"file\"").count(), 2);
        assert_eq!(page.matches("name=\"csrf\" value=\"a-token\"").count(), 2);
        assert!(page.contains("2 files") && !page.contains("<b>") && !page.contains("//") && !page.contains("style="));
    }
}

//! The page of an archive that is laid out as files: all of them, each with its button.

use super::{about::About, archive::Archive};
use crate::pages::frame::Frame;
use askama::Template;

/// What a person sees before the downloads.
#[derive(Template)]
#[template(path = "download-files.html")]
pub(super) struct ListPage<'a> {
    frame: &'a Frame,
    about: About<'a>,
    /// How many files there are, and how large.
    shape: String,
    files: Vec<Row<'a>>,
}

/// A file in the list.
struct Row<'a> {
    name: &'a str,
    size: String,
    /// Whether the link has given it as often as it may.
    done: bool,
}

impl<'a> ListPage<'a> {
    /// `taken` says how often the link gave which file.
    pub(super) fn new(about: About<'a>, archive: &'a Archive, taken: &[(String, i64)]) -> Self {
        let frame = about.frame;
        let bytes = archive.files.iter().map(|file| file.bytes.unsigned_abs()).sum();
        let rows = archive.files.iter().map(|file| Row {
            name: &file.name,
            size: frame.size(file.bytes.unsigned_abs()),
            done: archive.is_used_up(&file.name, taken),
        });
        Self { frame, shape: shape(&about, archive.files.len() as u64, bytes), files: rows.collect(), about }
    }
}

fn shape(about: &About<'_>, files: u64, bytes: u64) -> String {
    let name = if about.locked.is_some() { "page-shape-files-locked" } else { "page-shape-files" };
    about.frame.count_with(name, files, &[("size", about.frame.size(bytes).into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::language::Language;

    #[test]
    fn every_file_has_its_button_and_no_name_brings_markup_along() {
        for language in Language::ALL {
            let frame = Frame::example(*language, "CepPro");
            let about = About {
                compressed: Some((".zst", "zstd -d FILE")),
                is_zip: false,
                for_spreadsheets: false,
                ..About::example(&frame)
            };
            let names = ["START-HERE.html", "csv/<b>\"sales\".csv.zst"];
            let files = names.iter().map(|name| Row { name, size: "1 kB".to_owned(), done: false }).collect();
            let page = ListPage { frame: &frame, shape: shape(&about, 2, 2000), about, files }.render().unwrap();
            assert_eq!(page.matches("<form method=\"post\"").count(), 2);
            assert_eq!(page.matches("name=\"file\"").count(), 2);
            assert_eq!(page.matches("name=\"csrf\" value=\"a-token\"").count(), 2);
            for part in ["zstd -d FILE", &frame.say("page-open-csv-how"), &frame.say("page-all"), &frame.size(2000)] {
                assert!(page.contains(part), "{language}: {part}");
            }
            assert!(!page.contains("<b>") && !page.contains("//") && !page.contains("style="));
            assert!(!page.contains(&frame.say("page-open-unpack-how")), "there is nothing to unpack");
        }
    }
}

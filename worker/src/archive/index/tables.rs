//! The tables of `START-HERE.html`, by what they are about.

use super::{counted, shown, words};
use crate::archive::{
    contents::UNNAMED,
    manifest::{ColumnFacts, FileFacts, Manifest, TableFacts, large_objects::PointingFacts},
    preview::Preview,
};
use shared::language::Language;

/// Tables that belong together.
pub(super) struct Category<'a> {
    pub(super) name: String,
    pub(super) anchor: String,
    /// How many tables, and how many rows.
    pub(super) counts: String,
    pub(super) tables: Vec<TableView<'a>>,
}

/// A table as people see it.
pub(super) struct TableView<'a> {
    pub(super) name: String,
    pub(super) anchor: String,
    pub(super) facts: &'a TableFacts,
    pub(super) kind: String,
    pub(super) rows: String,
    pub(super) csv: Option<FileView<'a>>,
    pub(super) sql: Option<FileView<'a>>,
    pub(super) jsonl: Option<FileView<'a>>,
    /// Its first rows, as far as columns fit; what they are; and how many columns do not fit.
    pub(super) preview: &'a [Vec<String>],
    pub(super) caption: String,
    pub(super) hidden: usize,
    /// `(column, type, remark)`.
    pub(super) columns: Vec<(&'a str, &'a str, String)>,
    /// `(column, how)`.
    pub(super) masked: Vec<(&'a str, String)>,
}

/// A file with its link.
pub(super) struct FileView<'a> {
    pub(super) path: &'a str,
    pub(super) href: String,
    pub(super) size: String,
}

/// A column that points to large objects.
pub(super) struct ObjectsView<'a> {
    pub(super) column: &'a str,
    pub(super) table: String,
    pub(super) objects: String,
    pub(super) missing: String,
}

impl<'a> ObjectsView<'a> {
    pub(super) fn new(facts: &'a PointingFacts, language: Language, several_schemas: bool) -> Self {
        Self {
            column: &facts.column,
            table: shown(&facts.schema, &facts.table, several_schemas),
            objects: language.number(facts.objects),
            missing: language.number(facts.missing),
        }
    }
}

impl<'a> FileView<'a> {
    fn new(file: &'a FileFacts, language: Language) -> Self {
        let (path, bytes, _) = file.kept();
        Self { path, href: words::href(path), size: language.size(bytes) }
    }
}

/// The tables by category, in alphabetical order; the unnamed category last.
pub(super) fn categories<'a>(
    manifest: &'a Manifest,
    previews: &'a [Preview],
    several_schemas: bool,
) -> Vec<Category<'a>> {
    let language = manifest.export.language;
    let mut names: Vec<&str> = manifest.tables.iter().map(|table| table.category.as_str()).collect();
    names.sort_by_key(|name| (*name == UNNAMED, name.to_lowercase(), *name));
    names.dedup();
    names
        .into_iter()
        .enumerate()
        .map(|(number, name)| {
            let mut tables: Vec<TableView<'_>> = manifest
                .tables
                .iter()
                .zip(previews)
                .enumerate()
                .filter(|(_, (facts, _))| facts.category == name)
                .map(|(place, (facts, preview))| TableView::new(place, facts, preview, language, several_schemas))
                .collect();
            tables.sort_by_key(|table| table.name.to_lowercase());
            Category {
                name: if name == UNNAMED { language.say("start-category-other") } else { name.to_owned() },
                anchor: format!("category-{}", number + 1),
                counts: counts(language, &tables),
                tables,
            }
        })
        .collect()
}

fn counts(language: Language, tables: &[TableView<'_>]) -> String {
    let number = tables.len() as u64;
    let rows: u64 = tables.iter().map(|table| table.facts.rows).sum();
    let values = [
        ("tables", number.into()),
        ("tables-shown", language.number(number).into()),
        ("rows", rows.into()),
        ("rows-shown", language.number(rows).into()),
    ];
    language.say_with("start-category-counts", &values)
}

impl<'a> TableView<'a> {
    fn new(
        place: usize,
        facts: &'a TableFacts,
        preview: &'a Preview,
        language: Language,
        several_schemas: bool,
    ) -> Self {
        let file = |facts: &'a FileFacts| FileView::new(facts, language);
        let masked: Vec<(&str, String)> = facts
            .masked
            .iter()
            .map(|masked| (masked.column.as_str(), language.say(words::mask(masked.mask))))
            .collect();
        let hidden = Preview::hidden(facts.columns.len());
        let which = if preview.rows.len() as u64 == facts.rows { "all" } else { "first" };
        Self {
            name: facts.shown(several_schemas),
            anchor: format!("table-{}", place + 1),
            facts,
            kind: language.say(words::kind(facts.kind)),
            rows: language.number(facts.rows),
            csv: facts.files.csv.as_ref().map(file),
            sql: facts.files.sql.as_ref().map(file),
            jsonl: facts.files.jsonl.as_ref().map(file),
            preview: &preview.rows,
            caption: counted(language, "start-preview", hidden as u64, &[("which", which.into())]),
            hidden,
            columns: facts
                .columns
                .iter()
                .map(|column| {
                    let mask = masked.iter().find(|(name, _)| *name == column.name).map(|(_, how)| how.clone());
                    (column.name.as_str(), column.type_name.as_str(), remark(language, mask, column))
                })
                .collect(),
            masked,
        }
    }
}

fn remark(language: Language, mask: Option<String>, column: &ColumnFacts) -> String {
    let remarks = [
        mask,
        column.comment.clone(),
        (column.hex_values > 0).then(|| language.say("start-remark-hex")),
        (column.guarded_values > 0).then(|| language.say("start-remark-guarded")),
        (column.kept_values > 0).then(|| language.say("start-remark-kept")),
    ];
    let remarks: Vec<String> = remarks.into_iter().flatten().collect();
    remarks.join("; ")
}

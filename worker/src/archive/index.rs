//! `START-HERE.html`: the archive explained to whoever opens it. One file, without scripts, without anything from elsewhere.

mod words;

use super::{
    manifest::{FileFacts, Manifest, TableFacts, large_objects::PointingFacts},
    members::suffix,
    preview::Preview,
    unpacking::unpacking,
};
use crate::{error::ExportError, format::sql::kept::LeftOut, plan::RowKind, schema};
use askama::Template;
use shared::{
    display,
    export::{CsvProfile, Engine, Format, Layout, SubjectId},
};

/// The name of the member.
pub(super) const PATH: &str = "START-HERE.html";

#[derive(Template)]
#[template(path = "start-here.html")]
struct Page<'a> {
    title: String,
    owner: String,
    person: Option<&'a SubjectId>,
    product: &'a str,
    taken_at: String,
    created_at: String,
    tables: usize,
    rows: String,
    size: String,
    categories: Vec<Category<'a>>,
    has_csv: bool,
    has_sql: bool,
    has_jsonl: bool,
    large_objects: Vec<ObjectsView<'a>>,
    files_as: String,
    spreadsheet: bool,
    postgres: bool,
    database: &'static str,
    in_one_transaction: bool,
    /// Where each file is compressed by itself: what its name ends in, and the command that unpacks them all.
    compressed: Option<(&'static str, String)>,
    restore: &'a str,
    excluded: Vec<(String, &'a str)>,
    left_out: &'a [LeftOut],
    hides_columns: bool,
    manifest: &'a Manifest,
}

/// Tables that belong together.
struct Category<'a> {
    name: &'a str,
    anchor: String,
    rows: String,
    tables: Vec<TableView<'a>>,
}

/// A table as people see it.
struct TableView<'a> {
    name: String,
    anchor: String,
    facts: &'a TableFacts,
    kind: &'static str,
    rows: String,
    csv: Option<FileView<'a>>,
    sql: Option<FileView<'a>>,
    jsonl: Option<FileView<'a>>,
    /// Its first rows, as far as columns fit; and how many columns do not.
    preview: &'a [Vec<String>],
    hidden: usize,
    /// `(column, type, remark)`.
    columns: Vec<(&'a str, &'a str, String)>,
    masked: Vec<(&'a str, &'static str)>,
}

/// A column that points to large objects.
struct ObjectsView<'a> {
    column: &'a str,
    table: String,
    objects: String,
    missing: String,
}

impl<'a> ObjectsView<'a> {
    fn new(facts: &'a PointingFacts, several_schemas: bool) -> Self {
        Self {
            column: &facts.column,
            table: shown(&facts.schema, &facts.table, several_schemas),
            objects: words::number(facts.objects),
            missing: words::number(facts.missing),
        }
    }
}

struct FileView<'a> {
    path: &'a str,
    href: String,
    size: String,
}

impl<'a> FileView<'a> {
    fn new(file: &'a FileFacts) -> Self {
        let (path, bytes, _) = file.kept();
        Self { path, href: words::href(path), size: display::size(bytes) }
    }
}

/// The page of an archive; `previews` has one entry a table, in the manifest's order.
pub(super) fn html(manifest: &Manifest, previews: &[Preview]) -> Result<String, ExportError> {
    let export = &manifest.export;
    let engine = manifest.source.engine;
    let tenant = export.tenant_label.as_deref().unwrap_or(&export.tenant);
    let several_schemas = manifest.tables.iter().any(|table| table.schema != manifest.tables[0].schema);
    let page = Page {
        title: if export.product.is_empty() {
            "Your data".to_owned()
        } else {
            format!("Your data from {}", export.product)
        },
        owner: match &export.subject {
            None => tenant.to_owned(),
            Some(person) => format!("{} {}, in the data of {tenant}", capitalized(person.kind()), person.key()),
        },
        person: export.subject.as_ref(),
        product: &export.product,
        taken_at: display::moment(manifest.snapshot.taken_at),
        created_at: display::moment(export.created_at),
        tables: manifest.tables.len(),
        rows: words::number(manifest.rows()),
        size: display::size(manifest.files().map(|file| file.bytes).sum()),
        categories: categories(manifest, previews, several_schemas),
        has_csv: export.formats.contains(&Format::Csv),
        has_sql: export.formats.contains(&Format::Sql),
        has_jsonl: export.formats.contains(&Format::Jsonl),
        large_objects: manifest
            .large_objects
            .iter()
            .flat_map(|facts| &facts.columns)
            .map(|facts| ObjectsView::new(facts, several_schemas))
            .collect(),
        files_as: words::formats(&export.formats),
        spreadsheet: export.csv_profile == CsvProfile::Spreadsheet,
        postgres: engine == Engine::Postgres,
        database: schema::product(engine, &manifest.source.version),
        in_one_transaction: engine != Engine::Mysql,
        compressed: export.compression.and_then(|how| {
            let unpack = unpacking(manifest.files(), &["csv/", "jsonl/", "large_objects/", "sql/data/", "sql/"])?;
            Some((suffix(how), unpack))
        }),
        restore: manifest.sql.as_ref().map_or("", |sql| sql.restore.as_str()),
        excluded: manifest
            .excluded
            .iter()
            .map(|excluded| {
                let name = shown(&excluded.schema, &excluded.table, several_schemas);
                (name, excluded.reason.as_str())
            })
            .collect(),
        left_out: &manifest.left_out,
        hides_columns: manifest.tables.iter().any(|table| !table.omitted.is_empty() || !table.masked.is_empty()),
        manifest,
    };
    page.render().map_err(|error| ExportError::Internal(format!("the index could not be written: {error}")))
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn shown(schema: &str, table: &str, several_schemas: bool) -> String {
    if several_schemas { format!("{schema}.{table}") } else { table.to_owned() }
}

/// The tables by category, in alphabetical order; the unnamed category last.
fn categories<'a>(manifest: &'a Manifest, previews: &'a [Preview], several_schemas: bool) -> Vec<Category<'a>> {
    let mut names: Vec<&str> = manifest.tables.iter().map(|table| table.category.as_str()).collect();
    names.sort_by_key(|name| (*name == "Other", name.to_lowercase(), *name));
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
                .map(|(place, (facts, preview))| TableView::new(place, facts, preview, several_schemas))
                .collect();
            tables.sort_by_key(|table| table.name.to_lowercase());
            Category {
                name,
                anchor: format!("category-{}", number + 1),
                rows: words::number(tables.iter().map(|table| table.facts.rows).sum()),
                tables,
            }
        })
        .collect()
}

impl<'a> TableView<'a> {
    fn new(place: usize, facts: &'a TableFacts, preview: &'a Preview, several_schemas: bool) -> Self {
        let masked: Vec<(&str, &'static str)> =
            facts.masked.iter().map(|masked| (masked.column.as_str(), words::mask(masked.mask))).collect();
        Self {
            name: shown(&facts.schema, &facts.table, several_schemas),
            anchor: format!("table-{}", place + 1),
            facts,
            kind: match facts.kind {
                RowKind::Owned => "Your rows",
                RowKind::Referenced => "Rows that yours point to",
                RowKind::Shared => "Reference data",
            },
            rows: words::number(facts.rows),
            csv: facts.files.csv.as_ref().map(FileView::new),
            sql: facts.files.sql.as_ref().map(FileView::new),
            jsonl: facts.files.jsonl.as_ref().map(FileView::new),
            preview: &preview.rows,
            hidden: Preview::hidden(facts.columns.len()),
            columns: facts
                .columns
                .iter()
                .map(|column| {
                    let mask = masked.iter().find(|(name, _)| *name == column.name);
                    let remarks: Vec<&str> = [
                        mask.map(|(_, how)| *how),
                        column.comment.as_deref(),
                        (column.hex_values > 0)
                            .then_some("some values are not readable text and stand as handover-hex: and their bytes"),
                        (column.guarded_values > 0)
                            .then_some("some values got a ' in front, so that a spreadsheet does not run them"),
                    ]
                    .into_iter()
                    .flatten()
                    .collect();
                    (column.name.as_str(), column.type_name.as_str(), remarks.join("; "))
                })
                .collect(),
            masked,
        }
    }
}

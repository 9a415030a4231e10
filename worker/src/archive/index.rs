//! `START-HERE.html`: the archive explained to whoever opens it, in their language and in the product's colours. One file, without scripts, without anything
//! from elsewhere.

mod tables;
mod words;

use self::tables::{Category, ObjectsView, categories};
use super::{
    manifest::{ExportFacts, Manifest},
    members::suffix,
    preview::Preview,
    unpacking::unpacking,
};
use crate::{error::ExportError, format::sql::kept::LeftOut, schema};
use askama::Template;
use shared::{
    config::{Colour, Palette},
    export::{CsvProfile, Engine, Format, Layout, SubjectId},
    language::{Language, Value},
};

/// The name of the member.
pub(super) const PATH: &str = "START-HERE.html";

#[derive(Template)]
#[template(path = "start-here.html")]
struct Page<'a> {
    language: Language,
    /// Custom properties with the brand's colours.
    colours: String,
    title: String,
    as_of: String,
    /// Whose data it is, as a sentence.
    what: String,
    product: &'a str,
    tables: String,
    rows: String,
    size: String,
    categories: Vec<Category<'a>>,
    is_zip: bool,
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
    compressed: Option<(String, String)>,
    restore: &'a str,
    excluded: Vec<(String, &'a str)>,
    left_out: &'a [LeftOut],
    hides_columns: bool,
    manifest: &'a Manifest,
    /// When and by what it was made.
    made: String,
    /// What it was read from.
    read: String,
}

impl Page<'_> {
    fn say(&self, name: &str) -> String {
        self.language.say(name)
    }

    fn say_of(&self, name: &str, place: &str, value: &str) -> String {
        self.language.say_with(name, &[(place, value.into())])
    }

    fn count(&self, name: &str, count: impl std::borrow::Borrow<u64>) -> String {
        counted(self.language, name, *count.borrow(), &[])
    }
}

/// The sentence of this name about so many things.
fn counted(language: Language, name: &str, count: u64, values: &[(&str, Value<'_>)]) -> String {
    let counted = [("count", Value::from(count)), ("shown", Value::from(language.number(count)))];
    let values: Vec<_> = counted.into_iter().chain(values.iter().cloned()).collect();
    language.say_with(name, &values)
}

/// The page of an archive; `previews` has one entry a table, in the manifest's order.
pub(super) fn html(manifest: &Manifest, previews: &[Preview], accent: Colour) -> Result<String, ExportError> {
    let export = &manifest.export;
    let (language, engine) = (export.language, manifest.source.engine);
    let several_schemas = manifest.has_several_schemas();
    let database = schema::product(engine, &manifest.source.version);
    let read = [
        ("database", Value::from(format!("{database} {}", manifest.source.version))),
        ("isolation", Value::from(manifest.snapshot.isolation.as_str())),
    ];
    let page = Page {
        language,
        colours: colours(accent),
        title: match export.product.as_str() {
            "" => language.say("start-title"),
            product => language.say_with("start-title-product", &[("product", product.into())]),
        },
        as_of: as_of(manifest),
        what: what(export),
        product: &export.product,
        tables: language.number(manifest.tables.len() as u64),
        rows: language.number(manifest.rows()),
        size: language.size(manifest.files().map(|file| file.bytes).sum()),
        categories: categories(manifest, previews, several_schemas),
        is_zip: export.layout == Layout::Zip,
        has_csv: export.formats.contains(&Format::Csv),
        has_sql: export.formats.contains(&Format::Sql),
        has_jsonl: export.formats.contains(&Format::Jsonl),
        large_objects: manifest
            .large_objects
            .iter()
            .flat_map(|facts| &facts.columns)
            .map(|facts| ObjectsView::new(facts, language, several_schemas))
            .collect(),
        files_as: words::formats(&export.formats),
        spreadsheet: export.csv_profile == CsvProfile::Spreadsheet,
        postgres: engine == Engine::Postgres,
        database,
        in_one_transaction: engine != Engine::Mysql,
        compressed: export.compression.and_then(|how| {
            let unpack = unpacking(manifest.files(), &["csv/", "jsonl/", "large_objects/", "sql/data/", "sql/"])?;
            Some((format!(".{}", suffix(how)), unpack))
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
        made: made(export),
        read: language.say_with("start-read", &read),
    };
    page.render().map_err(|error| ExportError::Internal(format!("the index could not be written: {error}")))
}

/// Links in the brand's colour, as it is read on either ground.
fn colours(accent: Colour) -> String {
    let (light, dark) = (Palette::light(accent).text, Palette::dark(accent).text);
    format!(
        ":root {{ --accent: {light}; }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ --accent: {dark}; }} }}"
    )
}

/// Whose data it is, and since when.
fn as_of(manifest: &Manifest) -> String {
    let (export, language) = (&manifest.export, manifest.export.language);
    let tenant = export.tenant_label.as_deref().unwrap_or(&export.tenant);
    let owner = match &export.subject {
        None => tenant.to_owned(),
        Some(person) => language.say_with(
            "start-owner-person",
            &[("kind", capitalized(person.kind()).into()), ("key", person.key().into()), ("tenant", tenant.into())],
        ),
    };
    let time = language.moment(manifest.snapshot.taken_at);
    language.say_with("start-as-of", &[("owner", owner.into()), ("time", time.into())])
}

fn what(export: &ExportFacts) -> String {
    let name = match (&export.subject, export.product.is_empty()) {
        (Some(_), true) => "start-what-person",
        (Some(_), false) => "start-what-person-product",
        (None, true) => "start-what-all",
        (None, false) => "start-what-all-product",
    };
    let (kind, key) = words_of(export.subject.as_ref());
    let values = [("product", export.product.as_str().into()), ("kind", kind.into()), ("key", key.into())];
    export.language.say_with(name, &values)
}

fn made(export: &ExportFacts) -> String {
    let name = if export.subject.is_some() { "start-made-person" } else { "start-made" };
    let (kind, key) = words_of(export.subject.as_ref());
    let values = [
        ("time", export.language.moment(export.created_at).into()),
        ("program", export.made_by.as_str().into()),
        ("export", export.id.to_string().into()),
        ("tenant", export.tenant.as_str().into()),
        ("kind", kind.into()),
        ("key", key.into()),
    ];
    export.language.say_with(name, &values)
}

fn words_of(person: Option<&SubjectId>) -> (&str, &str) {
    person.map_or(("", ""), |person| (person.kind(), person.key()))
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(super) fn shown(schema: &str, table: &str, several_schemas: bool) -> String {
    if several_schemas { format!("{schema}.{table}") } else { table.to_owned() }
}

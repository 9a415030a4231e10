//! Reading a catalog from its file: syntax, then the rules that a single file can break by itself.

mod persons;
mod placement;

use super::{Catalog, ColumnRule, OwnerRule, Polymorphic, Reference, TableRule};
use crate::error::ExportError;
use sha2::{Digest, Sha256};
use shared::export::Engine;
use std::{collections::BTreeSet, path::Path};
use toml::de::{DeTable, DeValue};

/// More than any catalog of ten thousand tables needs.
const LARGEST: u64 = 16 * 1024 * 1024;

impl Catalog {
    /// Reads a catalog file; the error names file, line and what to do.
    pub fn read(path: &Path) -> Result<Self, ExportError> {
        let refuse = |what: String| ExportError::CatalogFile(format!("{}: {what}", path.display()));
        let length = std::fs::metadata(path).map_err(|error| refuse(error.to_string()))?.len();
        if length > LARGEST {
            return Err(refuse(format!("has {length} bytes; a catalog has at most {LARGEST}")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
        parse(&text).map_err(refuse)
    }

    /// Reads a catalog from its text; the error names the line and what to do.
    pub fn parse(text: &str) -> Result<Self, ExportError> {
        parse(text).map_err(ExportError::CatalogFile)
    }
}

fn parse(text: &str) -> Result<Catalog, String> {
    let mut catalog: Catalog = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        format!("line {line}: {}", error.message())
    })?;
    if catalog.schemas.is_empty() {
        catalog.schemas = vec![home(catalog.engine).to_owned()];
    }
    catalog.fingerprint = format!("sha256:{}", hex::encode(Sha256::digest(text.as_bytes())));
    match problem(&catalog) {
        None => Ok(catalog),
        Some(Problem { place, message }) => {
            Err(format!("line {}, {}: {message}", line_of_place(text, &place), place.join(".")))
        }
    }
}

fn home(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "public",
        // A MySQL source is one database, whose name differs from installation to installation: nothing qualifies its tables.
        Engine::Mysql => "",
        Engine::Sqlite => "main",
    }
}

struct Problem {
    place: Vec<String>,
    message: String,
}

impl Problem {
    fn at(place: &[&str], message: &str) -> Self {
        Self { place: place.iter().map(|part| (*part).to_owned()).collect(), message: message.to_owned() }
    }
}

fn problem(catalog: &Catalog) -> Option<Problem> {
    let at = |place: &[&str], message: &str| Some(Problem::at(place, message));
    if catalog.version != 1 {
        return at(&["version"], "this Handover reads catalogs of version 1; write `version = 1`");
    }
    if catalog.engine == Engine::Mysql && catalog.schemas != [""] {
        return at(&["schemas"], "a MySQL source is the one database of its URL; leave `schemas` out");
    }
    let distinct: BTreeSet<&String> = catalog.schemas.iter().collect();
    if distinct.len() != catalog.schemas.len()
        || catalog.engine != Engine::Mysql && distinct.iter().any(|name| name.is_empty())
    {
        return at(&["schemas"], "name every schema once, none empty");
    }
    if catalog.engine == Engine::Sqlite && catalog.schemas != ["main"] {
        return at(&["schemas"], "SQLite has one schema, `main`; leave `schemas` out");
    }
    if let Some(setting) = catalog.tenant.row_level_security.as_ref().map(|rule| rule.setting.as_str()) {
        if catalog.engine == Engine::Sqlite {
            return at(&["tenant", "row_level_security"], "SQLite has no row level security; take it out");
        }
        if !is_custom_setting(setting) {
            return at(
                &["tenant", "row_level_security"],
                "the setting must be one of your product's own, in the form `app.tenant_id`",
            );
        }
    }
    if let Some(problem) = placement::of_tenants(catalog) {
        return Some(problem);
    }
    for (name, rule) in &catalog.tables {
        if catalog.schemas.len() > 1
            && !catalog.schemas.iter().any(|schema| {
                name.strip_prefix(schema.as_str())
                    .and_then(|rest| rest.strip_prefix('.'))
                    .is_some_and(|table| !table.is_empty())
            })
        {
            return at(&["tables", name], "several schemas are listed, so write `\"schema.table\"` with one of them");
        }
        if let Some(message) = table_problem(name, rule) {
            return at(&["tables", name], message);
        }
        for (reference, rule) in &rule.references {
            if let Some(message) = reference_problem(reference, rule) {
                return at(&["tables", name, "references", reference], message);
            }
        }
        for (column, rule) in &rule.columns {
            if let Some(message) = column_problem(column, rule) {
                return at(&["tables", name, "columns", column], message);
            }
        }
    }
    if let Some(problem) = placement::of_tables(catalog).or_else(|| persons::problem(catalog)) {
        return Some(problem);
    }
    let tenant = &catalog.tenant;
    if placement::has_control(catalog) {
        return None;
    }
    match catalog.tables.get(&tenant.table) {
        None => at(&["tenant", "table"], "the table of tenants needs its own entry under `tables`"),
        Some(TableRule { owner: Some(OwnerRule { column: Some(column), .. }), .. }) if *column == tenant.key => None,
        Some(_) => at(
            &["tables", &tenant.table],
            &format!("the table of tenants belongs to itself; write `owner = {{ column = \"{}\" }}`", tenant.key),
        ),
    }
}

fn table_problem(name: &str, rule: &TableRule) -> Option<&'static str> {
    let decisions = [rule.owner.is_some(), rule.share.is_some(), rule.exclude.is_some(), rule.undecided.is_some()];
    let blank = |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty() || text.contains('\0'));
    if name.is_empty() || name.contains('\0') {
        return Some("a table has a name");
    }
    if decisions.iter().filter(|decided| **decided).count() != 1 {
        return Some("decide exactly one of `owner`, `share`, `exclude`, `undecided` for each table");
    }
    if blank(&rule.exclude) {
        return Some("write why the table is left out: the reason is printed in the archive");
    }
    if blank(&rule.undecided) {
        return Some("write the question that must be answered");
    }
    if blank(&rule.category) {
        return Some("a category has a name; else leave it out");
    }
    match &rule.owner {
        Some(owner) if owner.says_nothing() => Some(
            "`owner` says how rows belong to a tenant: `column`, `through`, `polymorphic`, `array`, `json` or `placement`",
        ),
        Some(OwnerRule { column: Some(column), .. }) if column.is_empty() => {
            Some("`owner.column` names the column that holds the tenant's key")
        }
        Some(OwnerRule { through: Some(through), .. })
            if through.keys().is_empty() || through.keys().iter().any(|key| key.trim().is_empty()) =>
        {
            Some("`owner.through` names at least one foreign key by its column")
        }
        Some(OwnerRule { array: Some(column), .. }) if column.is_empty() => {
            Some("`owner.array` names the column that lists tenants' keys")
        }
        Some(OwnerRule { json: Some(json), .. }) if json.column.is_empty() => {
            Some("`owner.json.column` names the column that holds JSON")
        }
        Some(OwnerRule { polymorphic: Some(pair), .. }) => pair_problem(pair),
        _ => None,
    }
}

fn pair_problem(pair: &Polymorphic) -> Option<&'static str> {
    if pair.type_column.is_empty() || pair.id_column.is_empty() {
        return Some("`owner.polymorphic` names two columns, `type` and `id`");
    }
    if pair.map.is_empty() {
        return Some("`owner.polymorphic.map` names a table for each word that the type's column holds");
    }
    if pair.map.keys().any(|word| word.contains('\0')) {
        return Some("no database holds the character NUL in a word of `owner.polymorphic.map`");
    }
    None
}

fn reference_problem(name: &str, reference: &Reference) -> Option<&'static str> {
    let blank = |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty());
    if name.trim().is_empty() || blank(&reference.column) {
        return Some("a reference names the column that points: by its own name or as `column`");
    }
    if reference.table.is_empty() || blank(&reference.key) {
        return Some("a reference names the table that it points to, and where `key` is given a column of it");
    }
    if reference.array && reference.json.is_some() {
        return Some("a reference lies in an array or at a place in JSON, not both; leave out `array` or `json`");
    }
    None
}

fn column_problem(name: &str, rule: &ColumnRule) -> Option<&'static str> {
    let texts = [&rule.omit, &rule.keep, &rule.undecided];
    let decided = texts.iter().filter(|text| text.is_some()).count()
        + usize::from(rule.mask.is_some())
        + usize::from(rule.deliver.is_some());
    if name.is_empty() {
        return Some("a column has a name");
    }
    if rule.omit.is_some() && rule.in_subject.is_some() {
        return Some("the column is already omitted for everybody; take `in_subject` out");
    }
    if decided > 1 || decided == 0 && rule.in_subject.is_none() {
        return Some("decide exactly one of `omit`, `mask`, `keep`, `deliver`, `undecided` for each column");
    }
    if texts.iter().any(|text| text.as_ref().is_some_and(|text| text.trim().is_empty())) {
        return Some("write the reason, not an empty text");
    }
    None
}

/// Whether PostgreSQL takes it for a product's own setting: nothing of its own (`role`, `search_path`) has a dot.
fn is_custom_setting(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part.chars().all(|char| char.is_ascii_alphanumeric() || char == '_')
    };
    name.contains('.') && name.split('.').all(part) && !name.starts_with("handover.")
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

/// The line of the deepest part of `place` that the text spells out.
fn line_of_place(text: &str, place: &[String]) -> usize {
    let Ok(document) = DeTable::parse(text) else {
        return 1;
    };
    let mut line = 1;
    let mut table = document.get_ref();
    for part in place {
        let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref().as_ref() == part.as_str()) else {
            break;
        };
        line = line_of(text, key.span().start);
        match value.get_ref() {
            DeValue::Table(next) => table = next,
            _ => break,
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Mask, Share};

    const GOOD: &str = r#"version = 1
engine = "postgres"
[tenant]
table = "workspaces"
key = "id"
[tables.workspaces]
owner = { column = "id" }
[tables.sales]
owner = { column = "workspace_id" }
category = "Retail sales"
[tables.messages]
owner = { through = ["sender_id", "recipient_id"] }
[tables.lines]
owner = { through = "sale_id, sale_year" }
[tables.plans]
share = "referenced"
[tables.migrations]
exclude = "bookkeeping"
[tables.sales.columns]
phone = { mask = "last4" }
token = { omit = "secret" }
"#;

    fn refusal(text: &str) -> String {
        Catalog::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_catalog_is_read_with_its_fingerprint_and_its_schema() {
        let catalog = Catalog::parse(GOOD).unwrap();
        assert_eq!(catalog.schemas, ["public"]);
        assert!(catalog.fingerprint.starts_with("sha256:"));
        assert_eq!(catalog.tables["plans"].share, Some(Share::Referenced));
        assert_eq!(catalog.tables["sales"].columns["phone"].mask, Some(Mask::Last4));
        assert_ne!(catalog.fingerprint, Catalog::parse(&format!("{GOOD}\n")).unwrap().fingerprint);
    }

    #[test]
    fn a_misspelt_field_is_refused_with_its_line() {
        let text = refusal(&GOOD.replace("category =", "categroy ="));
        assert!(text.contains("line 10"), "{text}");
        assert!(text.contains("categroy"), "{text}");
    }

    #[test]
    fn a_table_with_two_decisions_or_none_is_refused_with_its_line() {
        let two = refusal(&GOOD.replace("share = \"referenced\"", "share = \"referenced\"\nexclude = \"x\""));
        assert!(two.contains("line 15, tables.plans"), "{two}");
        let none = refusal(&GOOD.replace("share = \"referenced\"", ""));
        assert!(none.contains("exactly one of"), "{none}");
    }

    #[test]
    fn a_column_with_two_decisions_is_refused_with_its_line() {
        let text = refusal(&GOOD.replace("{ omit = \"secret\" }", "{ omit = \"secret\", keep = \"y\" }"));
        assert!(text.contains("line 21, tables.sales.columns.token"), "{text}");
    }

    #[test]
    fn the_table_of_tenants_belongs_to_itself() {
        let text = refusal(&GOOD.replace("owner = { column = \"id\" }", "share = \"all\""));
        assert!(text.contains("owner = { column = \"id\" }"), "{text}");
        let text = refusal(&GOOD.replace("table = \"workspaces\"", "table = \"accounts\""));
        assert!(text.contains("line 4"), "{text}");
    }

    #[test]
    fn only_a_setting_of_the_product_can_carry_the_tenant() {
        for hostile in ["role", "search_path", "handover.tenant", "a.b; x", "app.", ""] {
            let text =
                refusal(&GOOD.replace(
                    "key = \"id\"",
                    &format!("key = \"id\"\nrow_level_security = {{ setting = \"{hostile}\" }}"),
                ));
            assert!(text.contains("app.tenant_id"), "{hostile}: {text}");
        }
    }

    #[test]
    fn several_schemas_need_qualified_names() {
        let text = refusal(&GOOD.replace("[tenant]", "schemas = [\"public\", \"crm\"]\n[tenant]"));
        assert!(text.contains("schema.table"), "{text}");
    }

    #[test]
    fn every_way_to_a_tenant_is_read_and_broken_ones_are_refused_with_their_line() {
        let with = |owner: &str| GOOD.replace("through = \"sale_id, sale_year\"", owner);
        let all = "column = \"w\", array = \"ws\", json = { column = \"data\", path = \"$.account.\\\"the id\\\"[0]\" }, polymorphic = { type = \"t\", id = \"i\", map = { Sale = \"sales\" } }";
        let catalog = Catalog::parse(&with(all)).unwrap();
        let owner = catalog.tables["lines"].owner.as_ref().unwrap();
        assert_eq!(owner.json.as_ref().unwrap().path.steps().len(), 3);
        for (broken, told) in [
            ("array = \"\"", "`owner.array`"),
            ("json = { column = \"data\", path = \"account\" }", "`account` is no place inside JSON"),
            ("json = { column = \"data\", path = \"$.a'||'\" }", "no place inside JSON"),
            ("json = { column = \"\", path = \"$.a\" }", "`owner.json.column`"),
            ("polymorphic = { type = \"t\", id = \"i\", map = {} }", "map"),
            ("polymorphic = { type = \"\", id = \"i\", map = { Sale = \"sales\" } }", "two columns"),
        ] {
            let text = refusal(&with(broken));
            assert!(text.contains("line 1") && text.contains(told), "{broken}: {text}");
        }
    }

    #[test]
    fn references_that_cannot_mean_anything_are_refused_with_their_line() {
        let with = |reference: &str| format!("{GOOD}[tables.lines.references]\n{reference}\n");
        assert!(Catalog::parse(&with("sale = { table = \"sales\", column = \"data\", json = \"$.sale\" }")).is_ok());
        for (broken, told) in [
            ("sale = { table = \"\" }", "names the table"),
            ("sale = { table = \"sales\", key = \" \" }", "`key`"),
            ("sale = { table = \"sales\", column = \"\" }", "the column that points"),
            ("sale = { table = \"sales\", json = \"$.a\", array = true }", "not both"),
            ("sale = { table = \"sales\", json = \"$[x]\" }", "no place inside JSON"),
        ] {
            let text = refusal(&with(broken));
            assert!(text.contains("line 23") && text.contains(told), "{broken}: {text}");
        }
    }

    #[test]
    fn reasons_and_keys_are_not_empty() {
        assert!(refusal(&GOOD.replace("\"bookkeeping\"", "\" \"")).contains("why"));
        assert!(refusal(&GOOD.replace("[\"sender_id\", \"recipient_id\"]", "[]")).contains("through"));
        assert!(refusal(&GOOD.replace("version = 1", "version = 2")).contains("version 1"));
    }
}

//! Comparing a catalog with the live schema, both ways.

mod circles;
mod columns;
pub mod data;
mod owners;
mod personal;
pub mod placement;
mod references;
pub(crate) mod secret;
mod subjects;
mod tables;
mod values;

use crate::{catalog::Catalog, plan::territory::Territory, schema::Schema};
use serde::Serialize;
use shared::export::Engine;
use std::fmt;

/// Something that a person must look at before an export may run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// A stable code: `unclassified_table`, `vanished_table`, `vanished_column`, `undecided`, `secret_looking_column`, `no_such_key`, `owner_cycle`, `wrong_engine`, …
    pub code: &'static str,
    /// The table, as the catalog names it.
    pub table: Option<String>,
    /// The column.
    pub column: Option<String>,
    /// One sentence with what to do.
    pub message: String,
}

impl Finding {
    fn table(code: &'static str, table: &str, message: impl Into<String>) -> Self {
        Self { code, table: Some(table.to_owned()), column: None, message: message.into() }
    }

    fn column(code: &'static str, table: &str, column: &str, message: impl Into<String>) -> Self {
        Self { column: Some(column.to_owned()), ..Self::table(code, table, message) }
    }
}

impl Finding {
    /// Whether it only tells something: exports are right all the same.
    pub fn is_information(&self) -> bool {
        matches!(self.code, "orphaned_rows" | "orphaned_place")
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.table, &self.column) {
            (Some(table), Some(column)) => write!(formatter, "{table}.{column}: {}", self.message),
            (Some(table), None) => write!(formatter, "{table}: {}", self.message),
            _ => formatter.write_str(&self.message),
        }
    }
}

/// Every finding, sorted by table and column; empty when every export may run.
pub fn check(catalog: &Catalog, schema: &Schema) -> Vec<Finding> {
    let mut findings = tenant(catalog, schema);
    for kind in catalog.subjects.keys() {
        findings.extend(subject(catalog, schema, kind));
    }
    sorted(findings)
}

/// The findings that stand in the way of exports of persons of one kind; empty when they may run.
pub fn subject(catalog: &Catalog, schema: &Schema, kind: &str) -> Vec<Finding> {
    if !catalog.subjects.contains_key(kind) {
        return vec![no_such_subject(catalog, kind)];
    }
    let mut findings = tenant(catalog, schema);
    if let Some(territory) = Territory::subject(catalog, schema, kind) {
        subjects::check(&territory, &mut findings);
    }
    sorted(findings)
}

/// The catalog does not know persons of this kind.
pub(crate) fn no_such_subject(catalog: &Catalog, kind: &str) -> Finding {
    let known: Vec<&str> = catalog.subjects.keys().map(String::as_str).collect();
    Finding {
        code: "no_such_subject",
        table: None,
        column: None,
        message: format!(
            "the catalog knows no kind of person `{kind}` (known: {})",
            if known.is_empty() { "none".to_owned() } else { known.join(", ") }
        ),
    }
}

/// The findings that stand in the way of exports of tenants; empty when they may run.
pub fn tenant(catalog: &Catalog, schema: &Schema) -> Vec<Finding> {
    if catalog.engine != schema.engine {
        return vec![wrong_engine(catalog, schema.engine)];
    }
    let territory = Territory::new(catalog, schema);
    let mut findings = Vec::new();
    tables::both_ways(&territory, &mut findings);
    for place in 0..schema.tables.len() {
        owners::check(&territory, place, &mut findings);
        references::check(&territory, place, &mut findings);
        columns::check(&territory, place, &mut findings);
        values::check(&territory, place, &mut findings);
    }
    circles::check(&territory, &mut findings);
    tables::persons(&territory, &mut findings);
    sorted(findings)
}

/// The catalog is for another kind of database than the source.
pub(crate) fn wrong_engine(catalog: &Catalog, source: Engine) -> Finding {
    Finding {
        code: "wrong_engine",
        table: None,
        column: None,
        message: format!(
            "the catalog is for {}, the source is {source}; name the right source or the right catalog",
            catalog.engine
        ),
    }
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings
        .sort_by(|left, right| (&left.table, &left.column, left.code).cmp(&(&right.table, &right.column, right.code)));
    findings.dedup();
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, ForeignKey, Generated, Table};
    use shared::export::Engine;

    fn table(name: &str, columns: &[(&str, &str)], keys: &[(&str, &str)]) -> Table {
        Table {
            schema: "public".to_owned(),
            name: name.to_owned(),
            columns: columns
                .iter()
                .map(|(name, base_type)| Column {
                    name: (*name).to_owned(),
                    type_name: (*base_type).to_owned(),
                    base_type: (*base_type).to_owned(),
                    ..Column::default()
                })
                .collect(),
            primary_key: vec!["id".to_owned()],
            foreign_keys: keys
                .iter()
                .map(|(column, to)| ForeignKey {
                    name: None,
                    columns: vec![(*column).to_owned()],
                    to_schema: "public".to_owned(),
                    to_table: (*to).to_owned(),
                    to_columns: vec!["id".to_owned()],
                    definition: None,
                })
                .collect(),
            ..Table::default()
        }
    }

    fn schema() -> Schema {
        Schema {
            hides_triggers: false,
            engine: Engine::Postgres,
            version: "15".to_owned(),
            prelude: Vec::new(),
            tables: vec![
                table("accounts", &[("id", "uuid"), ("name", "text")], &[]),
                table(
                    "users",
                    &[("id", "int8"), ("account_id", "uuid"), ("phone", "text"), ("age", "int4")],
                    &[("account_id", "accounts")],
                ),
                table(
                    "notes",
                    &[("id", "int8"), ("user_id", "int8"), ("reply_to", "int8"), ("tag_id", "int8")],
                    &[("user_id", "users"), ("reply_to", "notes"), ("tag_id", "tags")],
                ),
                table("tags", &[("id", "int8"), ("group_id", "int8")], &[("group_id", "groups")]),
                table("groups", &[("id", "int8"), ("tag_id", "int8")], &[("tag_id", "tags")]),
            ],
        }
    }

    const CATALOG: &str = r#"
version = 1
engine = "postgres"
[tenant]
table = "accounts"
key = "id"
[tables.accounts]
owner = { column = "id" }
[tables.users]
owner = { column = "account_id" }
[tables.notes]
owner = { through = "user_id" }
[tables.tags]
share = "referenced"
[tables.groups]
share = "all"
"#;

    fn found(text: &str, schema: &Schema) -> Vec<(&'static str, String)> {
        check(&Catalog::parse(text).unwrap(), schema)
            .into_iter()
            .map(|finding| {
                let table = finding.table.unwrap_or_default();
                let column = finding.column.map(|column| format!(".{column}"));
                (finding.code, table + &column.unwrap_or_default())
            })
            .collect()
    }

    fn with(addition: &str) -> String {
        format!("{CATALOG}{addition}")
    }

    #[test]
    fn a_catalog_that_fits_has_no_findings() {
        assert_eq!(found(CATALOG, &schema()), []);
    }

    #[test]
    fn what_only_one_side_knows_is_found() {
        let mut live = schema();
        live.tables.push(table("gifts", &[("id", "int8")], &[]));
        live.tables[1].columns.remove(2);
        let text = with(
            "[tables.users.columns]\nphone = { mask = \"last4\" }\n[tables.gone]\nshare = \"all\"\n[subjects.user]\ntable = \"users\"\nkey = \"id\"\nemail = \"mail\"",
        );
        assert_eq!(
            found(&text, &live),
            [
                ("unclassified_table", "gifts".to_owned()),
                ("vanished_table", "gone".to_owned()),
                ("undecided_subject", "notes".to_owned()),
                ("vanished_column", "users.mail".to_owned()),
                ("vanished_column", "users.phone".to_owned()),
            ]
        );
    }

    #[test]
    fn the_wrong_engine_is_the_only_finding() {
        let mut live = schema();
        live.engine = Engine::Sqlite;
        assert_eq!(found(CATALOG, &live), [("wrong_engine", String::new())]);
    }

    #[test]
    fn open_questions_stop_exports() {
        let text = CATALOG.replace("share = \"all\"", "undecided = \"whose?\"")
            + "[tables.users.columns]\nage = { undecided = \"needed?\" }";
        assert_eq!(
            found(&text, &schema()),
            [("undecided", "groups".to_owned()), ("undecided", "users.age".to_owned())]
        );
    }

    #[test]
    fn a_new_secret_stops_exports_and_a_new_harmless_column_does_not() {
        let mut live = schema();
        for name in ["api_token", "nickname"] {
            live.tables[1].columns.push(Column {
                name: name.to_owned(),
                base_type: "text".to_owned(),
                ..Column::default()
            });
        }
        assert_eq!(found(CATALOG, &live), [("secret_looking_column", "users.api_token".to_owned())]);
        let kept = with("[tables.users.columns]\napi_token = { keep = \"the customer made it\" }");
        assert_eq!(found(&kept, &live), []);
        let excluded = CATALOG
            .replace("owner = { column = \"account_id\" }", "exclude = \"x\"")
            .replace("owner = { through = \"user_id\" }", "exclude = \"x\"");
        assert_eq!(found(&excluded, &live), []);
    }

    #[test]
    fn owners_that_lead_nowhere_are_found() {
        let rule = |through: &str| CATALOG.replace("through = \"user_id\"", &format!("through = \"{through}\""));
        assert_eq!(found(&rule("reply_to"), &schema()), [("owner_cycle", "notes".to_owned())]);
        assert_eq!(found(&rule("tag_id"), &schema()), [("parent_not_owned", "notes".to_owned())]);
        assert_eq!(found(&rule("id"), &schema()), [("no_such_key", "notes".to_owned())]);
        assert_eq!(found(&rule("gone"), &schema()), [("vanished_column", "notes.gone".to_owned())]);
        let column = CATALOG.replace("through = \"user_id\"", "column = \"user_id\"");
        assert_eq!(found(&column, &schema()), [("foreign_owner", "notes.user_id".to_owned())]);
    }

    #[test]
    fn circles_are_followed_and_only_owners_without_any_way_out_are_found() {
        assert_eq!(found(&CATALOG.replace("share = \"all\"", "share = \"referenced\""), &schema()), []);
        let tree = CATALOG.replace("through = \"user_id\"", "through = [\"user_id\", \"reply_to\"]");
        assert_eq!(found(&tree, &schema()), []);
        let endless = CATALOG
            .replace("share = \"referenced\"", "owner = { through = \"group_id\" }")
            .replace("share = \"all\"", "owner = { through = \"tag_id\" }");
        let findings = check(&Catalog::parse(&endless).unwrap(), &schema());
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].code, "owner_cycle");
        assert!(findings[0].message.contains("tags → groups → tags"), "{}", findings[0]);
    }

    #[test]
    fn a_table_that_every_tenant_gets_must_not_point_to_owned_rows() {
        let text = CATALOG.replace("owner = { through = \"user_id\" }", "share = \"all\"");
        assert_eq!(found(&text, &schema()), [("shared_owned", "notes".to_owned())]);
    }

    #[test]
    fn persons_in_shared_tables_are_decided_column_by_column() {
        let mut live = schema();
        live.tables[4].columns.push(Column {
            name: "Email".to_owned(),
            base_type: "text".to_owned(),
            ..Column::default()
        });
        assert_eq!(found(CATALOG, &live), [("personal_column", "groups.Email".to_owned())]);
        for decision in ["omit = \"x\"", "mask = \"email\"", "keep = \"our own address\""] {
            assert_eq!(found(&with(&format!("[tables.groups.columns]\nEmail = {{ {decision} }}")), &live), []);
        }
    }

    #[test]
    fn two_keys_over_one_column_are_ambiguous_only_where_they_lead_apart() {
        let mut live = schema();
        let again = live.tables[2].foreign_keys[0].clone();
        live.tables[2].foreign_keys.push(again);
        assert_eq!(found(CATALOG, &live), []);
        live.tables[2].foreign_keys[3].to_table = "accounts".to_owned();
        assert_eq!(found(CATALOG, &live), [("ambiguous_key", "notes".to_owned())]);
    }

    #[test]
    fn keys_cannot_be_hidden_and_numbers_cannot_be_masked() {
        let text = with(
            "[tables.users.columns]\nid = { omit = \"x\" }\naccount_id = { mask = \"redact\" }\nage = { mask = \"last4\" }\nphone = { mask = \"last4\" }\n\
             [tables.notes.columns]\ntag_id = { omit = \"x\" }",
        );
        assert_eq!(
            found(&text, &schema()),
            [
                ("hidden_key", "notes.tag_id".to_owned()),
                ("hidden_key", "users.account_id".to_owned()),
                ("unmaskable_column", "users.age".to_owned()),
                ("hidden_key", "users.id".to_owned()),
            ]
        );
    }

    #[test]
    fn a_column_that_is_computed_from_a_hidden_one_is_found() {
        let mut live = schema();
        live.tables[1].columns.push(Column {
            name: "search".to_owned(),
            base_type: "tsvector".to_owned(),
            generated: Some(Generated {
                expression: "to_tsvector('simple'::regconfig, phone)".to_owned(),
                stored: true,
                own_code: false,
            }),
            ..Column::default()
        });
        let text = with("[tables.users.columns]\nphone = { mask = \"last4\" }");
        assert_eq!(found(&text, &live), [("derived_column", "users.search".to_owned())]);
        assert_eq!(found(CATALOG, &live), []);
    }
}

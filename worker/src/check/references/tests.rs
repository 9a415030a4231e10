use crate::{
    catalog::Catalog,
    check::check,
    schema::{Column, Schema, Table},
};
use shared::export::Engine;

fn table(name: &str, columns: &[(&str, &str)]) -> Table {
    let columns = columns.iter().map(|(name, base_type)| Column {
        name: (*name).to_owned(),
        type_name: base_type.strip_prefix('_').map_or((*base_type).to_owned(), |element| format!("{element}[]")),
        base_type: (*base_type).to_owned(),
        ..Column::default()
    });
    Table {
        schema: "public".to_owned(),
        name: name.to_owned(),
        columns: columns.collect(),
        primary_key: vec!["id".to_owned()],
        unique: vec![vec!["id".to_owned()]],
        ..Table::default()
    }
}

fn found(rules: &str) -> Vec<(&'static str, String)> {
    let schema = Schema {
        hides_triggers: false,
        engine: Engine::Postgres,
        version: "15".to_owned(),
        prelude: Vec::new(),
        tables: vec![
            table("accounts", &[("id", "uuid")]),
            table(
                "docs",
                &[
                    ("id", "int8"),
                    ("ref", "text"),
                    ("number", "int4"),
                    ("day", "date"),
                    ("list", "_text"),
                    ("data", "jsonb"),
                    ("kind", "text"),
                ],
            ),
            table("plans", &[("id", "int8"), ("code", "text")]),
            table("users", &[("id", "int8"), ("account_id", "uuid"), ("slug", "text")]),
        ],
    };
    let text = format!(
        "version = 1\nengine = \"postgres\"\n[tenant]\ntable = \"accounts\"\nkey = \"id\"\n[tables.accounts]\nowner = {{ column = \"id\" }}\n\
         [tables.users]\nowner = {{ column = \"account_id\" }}\n[tables.plans]\nshare = \"all\"\n[tables.docs]\n{rules}\n"
    );
    check(&Catalog::parse(&text).unwrap(), &schema)
        .into_iter()
        .map(|finding| (finding.code, finding.column.map_or(finding.table.unwrap_or_default(), |column| column)))
        .collect()
}

fn through(reference: &str) -> Vec<(&'static str, String)> {
    found(&format!("owner = {{ through = \"way\" }}\n[tables.docs.references]\nway = {reference}"))
}

#[test]
fn references_that_fit_have_no_findings() {
    for reference in [
        "{ column = \"number\", table = \"users\" }",
        "{ column = \"ref\", table = \"users\" }",
        "{ column = \"list\", table = \"users\", array = true }",
        "{ column = \"data\", table = \"users\", json = \"$.user\" }",
        "{ column = \"ref\", table = \"users\", json = \"$.user\" }",
    ] {
        assert_eq!(through(reference), [], "{reference}");
    }
}

#[test]
fn references_that_fit_nothing_are_found() {
    for (reference, code) in [
        ("{ column = \"number\", table = \"people\" }", "vanished_table"),
        ("{ column = \"nr\", table = \"users\" }", "vanished_column"),
        ("{ column = \"number\", table = \"users\", key = \"nr\" }", "vanished_column"),
        ("{ column = \"number, ref\", table = \"users\" }", "uneven_reference"),
        ("{ column = \"ref\", table = \"users\", key = \"slug\" }", "not_unique"),
        ("{ column = \"day\", table = \"users\" }", "incomparable_key"),
        ("{ column = \"number\", table = \"users\", array = true }", "not_an_array"),
        ("{ column = \"number\", table = \"users\", json = \"$.user\" }", "not_json"),
        ("{ column = \"number\", table = \"plans\" }", "parent_not_owned"),
    ] {
        let codes: Vec<&str> = through(reference).into_iter().map(|(code, _)| code).collect();
        assert!(codes.contains(&code), "{reference}: {codes:?}");
    }
}

#[test]
fn pairs_of_type_and_id_must_lead_to_owned_rows() {
    let pair = |id: &str, map: &str| {
        found(&format!("owner = {{ polymorphic = {{ type = \"kind\", id = \"{id}\", map = {{ {map} }} }} }}"))
    };
    assert_eq!(pair("number", "User = \"users\""), []);
    assert_eq!(pair("ref", "User = \"users\", Doc = \"docs\""), [], "text finds the printed key");
    assert_eq!(pair("number", "User = \"users\", Plan = \"plans\""), [("parent_not_owned", "docs".to_owned())]);
    assert_eq!(pair("number", "User = \"people\""), [("vanished_table", "docs".to_owned())]);
    assert_eq!(pair("nr", "User = \"users\""), [("vanished_column", "nr".to_owned())]);
    assert_eq!(pair("day", "User = \"users\""), [("incomparable_key", "day".to_owned())]);
}

#[test]
fn arrays_and_json_that_name_the_tenant_must_be_such() {
    assert_eq!(found("owner = { array = \"list\" }"), []);
    assert_eq!(found("owner = { array = \"ref\" }"), [("not_an_array", "ref".to_owned())]);
    assert_eq!(found("owner = { array = \"gone\" }"), [("vanished_column", "gone".to_owned())]);
    assert_eq!(found("owner = { json = { column = \"data\", path = \"$.a\" } }"), []);
    assert_eq!(found("owner = { json = { column = \"day\", path = \"$.a\" } }"), [("not_json", "day".to_owned())]);
}

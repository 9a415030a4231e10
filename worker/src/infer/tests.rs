use super::*;
use crate::schema::{Column, ForeignKey, Schema, Table};
use proptest::prelude::*;

/// Names that speak of tables and keys, and names of anything at all.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "id",
            "tenants",
            "tenant_id",
            "customer",
            "customers",
            "customer_id",
            "customer_type",
            "order",
            "orders",
            "order_id",
            "parent_id",
            "password_hash",
            "email",
            "name",
            "a.b",
            "a, b",
            "created_by",
            "kind_type",
            "kind_id",
        ])
        .prop_map(str::to_owned),
        any::<String>().prop_map(|name| name.replace('\0', "0") + "x"),
    ]
}

fn table() -> impl Strategy<Value = Table> {
    let column = (name(), prop::sample::select(vec!["int8", "text", "uuid", "jsonb"]), any::<bool>());
    let key = (0_usize..6, 0_usize..8, any::<bool>());
    let text = proptest::option::of(any::<String>());
    (name(), prop::collection::vec(column, 1..7), prop::collection::vec(key, 0..4), any::<bool>(), text).prop_map(
        |(name, columns, keys, keyed, comment)| {
            let mut table = Table { schema: "public".to_owned(), name, comment, ..Table::default() };
            for (name, kind, not_null) in columns {
                if table.column(&name).is_none() {
                    table.columns.push(Column {
                        name,
                        type_name: kind.to_owned(),
                        base_type: kind.to_owned(),
                        not_null,
                        ..Column::default()
                    });
                }
            }
            if keyed {
                table.primary_key = vec![table.columns[0].name.clone()];
            }
            // Resolved when all tables are known.
            for (column, to, cascades) in keys {
                table.foreign_keys.push(ForeignKey {
                    name: None,
                    columns: vec![table.columns[column % table.columns.len()].name.clone()],
                    to_schema: "public".to_owned(),
                    to_table: to.to_string(),
                    to_columns: Vec::new(),
                    definition: cascades.then(|| " on delete cascade".to_owned()),
                });
            }
            table
        },
    )
}

fn schema() -> impl Strategy<Value = Schema> {
    prop::collection::vec(table(), 0..8).prop_map(|found| {
        let tenants = Table {
            schema: "public".to_owned(),
            name: "tenants".to_owned(),
            columns: vec![Column {
                name: "id".to_owned(),
                type_name: "int8".to_owned(),
                base_type: "int8".to_owned(),
                not_null: true,
                ..Column::default()
            }],
            primary_key: vec!["id".to_owned()],
            ..Table::default()
        };
        let mut tables = vec![tenants];
        for table in found {
            if tables.iter().all(|known| known.name != table.name) {
                tables.push(table);
            }
        }
        let targets: Vec<(String, String)> =
            tables.iter().map(|table| (table.name.clone(), table.columns[0].name.clone())).collect();
        for key in tables.iter_mut().flat_map(|table| &mut table.foreign_keys) {
            let place = key.to_table.parse::<usize>().unwrap_or_default() % targets.len();
            key.to_table.clone_from(&targets[place].0);
            key.to_columns = vec![targets[place].1.clone()];
        }
        Schema {
            engine: Engine::Postgres,
            version: "15".to_owned(),
            prelude: Vec::new(),
            tables,
            hides_triggers: false,
        }
    })
}

fn drafted(schema: &Schema, reviewed: Option<&str>) -> Inferred {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let request = Request { tenant_table: "tenants".to_owned(), ..Request::default() };
    let reviewed = reviewed.map(|text| story::Reviewed::read(text).unwrap());
    let naming = super::placement::Naming { schemas: vec!["public".to_owned()], placed: None };
    let survey = Survey::default();
    runtime.block_on(story::draft(schema, &naming, &survey, None, &request, reviewed.as_ref())).unwrap()
}

proptest! {
    #[test]
    fn every_schema_gives_a_catalog_that_is_read_and_leaves_only_questions(schema in schema()) {
        let text = drafted(&schema, None).text;
        let catalog = crate::catalog::Catalog::parse(&text).unwrap();
        for table in &schema.tables {
            prop_assert!(catalog.tables.contains_key(&table.name), "{} is missing in {text}", table.name);
        }
        for finding in crate::check::check(&catalog, &schema) {
            prop_assert!(finding.code == "undecided", "{finding:?} in {text}");
        }
        prop_assert_eq!(&drafted(&schema, Some(&text)).text, &text);
    }

    #[test]
    fn a_draft_of_a_part_grows_to_the_whole_and_keeps_its_lines(schema in schema()) {
        let mut part = schema.clone();
        part.tables.truncate(part.tables.len().div_ceil(2));
        let first = drafted(&part, None).text;
        let merged = drafted(&schema, Some(&first)).text;
        let mut lines = merged.lines();
        for line in first.lines() {
            prop_assert!(lines.any(|other| other == line), "{line:?} is lost in {merged}");
        }
        prop_assert_eq!(&drafted(&schema, Some(&merged)).text, &merged);
    }
}

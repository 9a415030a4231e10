use super::*;
use proptest::prelude::*;

fn template(text: &str) -> Template {
    Template::try_from(text.to_owned()).unwrap()
}

const BY_SCHEMA: &str = r#"version = 1
engine = "postgres"
schemas = ["public", "tenant_{key}"]
[tenant]
table = "public.tenants"
key = "id"
placement = { schema = "tenant_{key}" }
[subjects.customer]
table = "tenant_{key}.customers"
key = "id"
[tables."public.tenants"]
owner = { column = "id" }
[tables."tenant_{key}.customers"]
owner = { placement = true }
[tables."tenant_{key}.orders"]
owner = { placement = true }
in_subject = { customer = { through = "customer_id" } }
references = { customer_id = { table = "tenant_{key}.customers" } }
[tables."public.notes"]
owner = { polymorphic = { type = "t", id = "i", map = { Order = "tenant_{key}.orders" } } }
"#;

const BY_DATABASE: &str = r#"version = 1
engine = "sqlite"
[tenant]
table = "accounts"
key = "id"
placement = { database = "shops/{key}.db" }
control = "who has an account is in another export"
[tables.orders]
owner = { placement = true }
"#;

fn refusal(text: &str) -> String {
    Catalog::parse(text).unwrap_err().to_string()
}

#[test]
fn texts_that_are_no_templates_are_refused() {
    for text in ["", "tenant", "{key}{key}", "{key}_{}", "{{key}}", "x{key}y{", "{Key}", "{ key }", "a\0{key}"] {
        assert_eq!(Template::try_from(text.to_owned()), Err(NotATemplate), "{text:?}");
    }
}

proptest! {
    #[test]
    fn a_template_is_printed_as_it_was_written_and_finds_the_key_again(
        before in "[^{}\0]{0,12}", after in "[^{}\0]{0,12}", key in "[^\0]{1,20}"
    ) {
        let text = format!("{before}{{key}}{after}");
        let template = template(&text);
        prop_assert_eq!(template.to_string(), text);
        let name = template.of(&key);
        prop_assert_eq!(template.key_of(&name), Some(key.as_str()));
    }

    #[test]
    fn two_keys_never_get_one_name(before in "[a-z_]{0,6}", after in "[a-z_]{0,6}", one in "[^\0]{1,9}", other in "[^\0]{1,9}") {
        let template = template(&format!("{before}{{key}}{after}"));
        prop_assert_eq!(template.of(&one) == template.of(&other), one == other);
    }

    #[test]
    fn every_text_with_other_braces_or_without_exactly_one_key_is_refused(text in "[a-z{}]{0,16}") {
        let once = text.matches("{key}").count() == 1 && !text.replacen("{key}", "", 1).contains(['{', '}']);
        prop_assert_eq!(Template::try_from(text).is_ok(), once);
    }
}

#[test]
fn a_placed_catalog_names_the_tenants_schema_everywhere() {
    let catalog = Catalog::parse(BY_SCHEMA).unwrap();
    assert_eq!(catalog.fixed_schemas(), ["public"]);
    // A key that looks like a template is a key like any other.
    for key in ["7", "{key}", "a.b", "o'\"x"] {
        let place = catalog.place_of(key).unwrap().unwrap();
        assert_eq!(place, format!("tenant_{key}"));
        let placed = catalog.at_place(&place);
        assert_eq!(placed.schemas, ["public".to_owned(), place.clone()]);
        let names: Vec<&String> = placed.tables.keys().collect();
        let own = |table: &str| format!("{place}.{table}");
        assert_eq!(
            names,
            [&"public.notes".to_owned(), &"public.tenants".to_owned(), &own("customers"), &own("orders")]
        );
        assert_eq!(placed.subjects["customer"].table, own("customers"));
        assert_eq!(placed.tables[&own("orders")].references["customer_id"].table, own("customers"));
        let pair = placed.tables["public.notes"].owner.as_ref().unwrap().polymorphic.as_ref().unwrap();
        assert_eq!(pair.map["Order"], own("orders"));
        assert_eq!(placed.fingerprint, catalog.fingerprint);
        assert!(placed.is_placed(&place) && !placed.is_placed("public"));
        assert_eq!(placed.named_for_all(&own("orders")), "tenant_{key}.orders");
        assert_eq!(placed.fixed_schemas(), ["public"]);
    }
}

#[test]
fn keys_that_lead_elsewhere_have_no_place() {
    let schemas = Catalog::parse(&BY_SCHEMA.replace("tenant_{key}", "{key}")).unwrap();
    for key in ["public", "pg_catalog", "PG_toast", "information_schema", ""] {
        assert!(schemas.place_of(key).is_err(), "{key}");
    }
    assert_eq!(schemas.place_of("Public").unwrap().as_deref(), Some("Public"));
    assert_eq!(schemas.place_of(&"x".repeat(63)).unwrap().unwrap().len(), 63);
    let long = schemas.place_of(&"ü".repeat(32)).unwrap_err().to_string();
    assert!(long.contains("64 letters") && long.contains("63 at most"), "{long}");

    let files = Catalog::parse(BY_DATABASE).unwrap();
    assert_eq!(files.place_of("7").unwrap().as_deref(), Some("shops/7.db"));
    for key in ["..", ".", "a/b", "/etc/passwd", "a\\b", "../../x", ""] {
        assert!(files.place_of(key).is_err(), "{key}");
    }
    assert!(files.place_of(&"x".repeat(300)).is_err());

    let mysql = BY_DATABASE.replace("\"sqlite\"", "\"mysql\"").replace("shops/{key}.db", "{key}");
    let databases = Catalog::parse(&mysql).unwrap();
    for key in ["mysql", "INFORMATION_SCHEMA", "sys", "#mysql50#x"] {
        assert!(databases.place_of(key).is_err(), "{key}");
    }
    assert!(databases.place_of(&"ü".repeat(64)).is_ok() && databases.place_of(&"ü".repeat(65)).is_err());
}

#[test]
fn a_path_is_taken_apart_around_the_part_with_the_key() {
    for (text, folder, name, rest) in [
        ("{key}.db", "", "{key}.db", ""),
        ("shops/s_{key}.db", "shops", "s_{key}.db", ""),
        ("/var/{key}/data/shop.db", "/var", "{key}", "data/shop.db"),
        ("/{key}", "/", "{key}", ""),
    ] {
        let template = template(text);
        let (before, file, after) = template.path();
        assert_eq!((before, file.to_string().as_str(), after), (folder, name, rest));
    }
}

#[test]
fn placements_that_cannot_hold_are_refused_with_their_line() {
    let orders = "[tables.\"tenant_{key}.orders\"]\nowner = { placement = true }";
    for (from, to, line, told) in [
        ("\"tenant_{key}\" }", "\"tenant\" }", 7, "exactly once"),
        ("{ schema = \"tenant_{key}\" }", "{ schema = \"{key}\", database = \"{key}\" }", 7, ""),
        ("\"postgres\"\nschemas = [\"public\", \"tenant_{key}\"]", "\"mysql\"", 6, "PostgreSQL"),
        ("schemas = [\"public\", \"tenant_{key}\"]", "schemas = [\"public\", \"crm\"]", 3, "list `tenant_{key}`"),
        ("schemas = [\"public\", \"tenant_{key}\"]", "schemas = [\"tenant_{key}\"]", 3, "a schema of all"),
        ("placement = {", "control = \"x\"\nplacement = {", 7, "`control`"),
        ("table = \"public.tenants\"", "table = \"tenant_{key}.customers\"", 5, "the same for all"),
        (
            "placement = true }\n[tables.\"tenant_{key}.o",
            "placement = true, column = \"x\" }\n[tables.\"tenant_{key}.o",
            13,
            "alone",
        ),
        ("owner = { polymorphic", "owner = { placement = true, polymorphic", 19, "alone"),
        (
            "map = { Order = \"tenant_{key}.orders\" } }",
            "map = { Order = \"tenant_{key}.orders\" } } }\n[tables.\"public.x\"]\nowner = { placement = true",
            21,
            "of one tenant",
        ),
    ] {
        let text = BY_SCHEMA.replacen(from, to, 1);
        assert_ne!(text, BY_SCHEMA, "{from}");
        let told_here = refusal(&text);
        assert!(told_here.contains(told) && told_here.contains(&format!("line {line}")), "{to}: {told_here}");
    }
    assert!(BY_SCHEMA.contains(orders));
    let without = BY_SCHEMA.replace("placement = { schema = \"tenant_{key}\" }\n", "");
    assert!(refusal(&without).contains("no `placement`"), "{}", refusal(&without));
    let silent = BY_DATABASE.replace("control = \"who has an account is in another export\"\n", "");
    assert!(refusal(&silent).contains("line 6") && refusal(&silent).contains("`control`"), "{}", refusal(&silent));
    let blank = BY_DATABASE.replace("who has an account is in another export", " ");
    assert!(refusal(&blank).contains("`control`"));
}

#[test]
fn placement_by_database_needs_no_entry_for_the_table_of_tenants() {
    let catalog = Catalog::parse(BY_DATABASE).unwrap();
    assert!(catalog.is_placed("main"));
    let control = catalog.control();
    assert_eq!(control.tables.keys().collect::<Vec<_>>(), ["accounts"]);
    assert!(control.tenant.placement.is_none() && !control.is_placed("main"));
}

//! What `in_subject` can say, on a small shop in SQLite.

use crate::slicing::desk::{Slice, cells, keys, noon, read, source, sqlite, tenant};
use worker::{catalog::Catalog, check, error::ExportError, plan::Plan};

const SCHEMA: &str = "
pragma foreign_keys = off;
create table shops(id integer primary key, founder integer references people, name text);
create table people(id integer primary key, shop_id integer, name text, referrer integer references people);
create table messages(id integer primary key, sender integer references people, recipient integer references people, phone text, body text);
create table products(id integer primary key, shop_id integer, parent integer references products, name text);
create table orders(id integer primary key, shop_id integer, person_id integer references people, product_id integer references products);
create table terms(id integer primary key, shop_id integer, body text);
create table machines(id integer primary key, shop_id integer);
create table comments(id integer primary key, shop_id integer, about_type text, about_id integer);
create table trees(id integer primary key, shop_id integer, parent integer references trees, person_id integer references people);
insert into shops values (1, 10, 'One'), (2, 20, 'Two');
insert into people values (10, 1, 'Ann', null), (11, 1, 'Bob', 10), (20, 2, 'Cy', null);
insert into messages values (1, 10, 11, '123456', 'x'), (2, 11, 10, '123456', 'x'), (3, 11, 11, '123456', 'x'), (4, 20, 20, '1', 'x'), (5, 20, 10, '1', 'x');
insert into products values (1, 1, null, 'root'), (2, 1, 1, 'bought'), (3, 1, 1, 'unsold'), (4, 2, null, 'other');
insert into orders values (1, 1, 10, 2), (2, 1, 11, 3), (3, 2, 20, 4), (4, 2, 10, 4);
insert into terms values (1, 1, 'one'), (2, 2, 'two');
insert into machines values (1, 1);
insert into comments values (1, 1, 'person', 10), (2, 1, 'order', 1), (3, 1, 'person', 11), (4, 1, 'order', 2), (5, 1, 'product', 10);
insert into trees values (1, 1, null, 10), (2, 1, 1, null), (3, 1, 2, 11), (4, 2, 2, null), (5, 1, 4, null), (6, 1, null, 11);
";

const CATALOG: &str = r#"version = 1
engine = "sqlite"
[tenant]
table = "shops"
key = "id"
[subjects.person]
table = "people"
key = "id"
[tables.shops]
owner = { column = "id" }
in_subject.person = { exclude = "the shop's own" }
[tables.people]
owner = { column = "shop_id" }
[tables.messages]
owner = { through = ["sender", "recipient"] }
in_subject.person = { through = ["sender", "recipient"] }
[tables.messages.columns]
phone = { in_subject = "last4" }
[tables.products]
owner = { column = "shop_id" }
in_subject.person = { share = "referenced" }
[tables.orders]
owner = { column = "shop_id" }
in_subject.person = { through = "person_id" }
[tables.terms]
owner = { column = "shop_id" }
in_subject.person = { share = "all" }
[tables.machines]
owner = { column = "shop_id" }
[tables.comments]
owner = { column = "shop_id", polymorphic = { type = "about_type", id = "about_id", map = { person = "people", order = "orders", product = "products" } } }
in_subject.person = { through = "about_id" }
[tables.trees]
owner = { column = "shop_id" }
in_subject.person = { through = "person_id" }
"#;

async fn slice(url: &str, text: &str, shop: &str, subject: &str) -> Result<(Slice, Plan), ExportError> {
    let catalog = Catalog::parse(text).unwrap();
    let subject = super::person(subject);
    let mut snapshot = source(url).snapshot("test", noon()).await?;
    let schema = snapshot.schema(&catalog.schemas).await?;
    let plan = Plan::subject(&catalog, schema, subject.kind())
        .map_err(|findings| ExportError::Catalog(findings.iter().map(ToString::to_string).collect()))?;
    snapshot.bind_tenant(&catalog, &plan.schema, &tenant(shop)).await?;
    snapshot.bind_subject(&catalog, &plan.schema, &subject).await?;
    let mut slice = Slice::new();
    for table in &plan.tables {
        let blocks = read(&mut snapshot, table).await?;
        slice.insert(table.name.clone(), blocks.iter().flat_map(cells).collect());
    }
    snapshot.close().await;
    Ok((slice, plan))
}

/// The findings, as `code table.column`.
async fn found(text: &str) -> Vec<String> {
    let (_folder, url) = sqlite(SCHEMA).await;
    let catalog = Catalog::parse(text).unwrap();
    let schema = source(&url).schema(&catalog.schemas).await.unwrap();
    let findings = check::check(&catalog, &schema).into_iter();
    findings
        .map(|finding| {
            let column = finding.column.map(|column| format!(".{column}")).unwrap_or_default();
            format!("{} {}{column}", finding.code, finding.table.unwrap_or_default())
        })
        .collect()
}

#[tokio::test]
async fn every_kind_of_rule_finds_the_persons_rows_within_the_tenants() {
    let (_folder, url) = sqlite(SCHEMA).await;
    let (slice, plan) = slice(&url, CATALOG, "1", "person:10").await.unwrap();
    assert_eq!(keys(&slice, "people"), ["10"]);
    assert_eq!(keys(&slice, "messages"), ["1", "2", "5"], "sent and received");
    assert_eq!(slice["messages"][0][3].as_deref(), Some("**3456"));
    assert_eq!(keys(&slice, "orders"), ["1"], "not the order at another shop");
    assert_eq!(keys(&slice, "products"), ["1", "2"], "what was ordered, and what that points to");
    assert_eq!(keys(&slice, "terms"), ["1"], "all of this shop's");
    assert_eq!(keys(&slice, "comments"), ["1", "2"], "about the person, and about an order of theirs");
    assert_eq!(keys(&slice, "trees"), ["1"]);
    let left_out: Vec<(&str, &str)> =
        plan.excluded.iter().map(|table| (table.table.as_str(), table.reason.as_str())).collect();
    assert_eq!(left_out, [("machines", "nothing leads from its rows to this person"), ("shops", "the shop's own")]);
    assert!(plan.tables.iter().filter(|table| table.name != "messages").all(|table| table.owner_column.is_some()));
}

#[tokio::test]
async fn a_whole_tenants_export_is_not_touched_by_rules_about_persons() {
    let (_folder, url) = sqlite(SCHEMA).await;
    let catalog = Catalog::parse(CATALOG).unwrap();
    let slice = crate::slicing::desk::export(&url, &catalog, "1").await.unwrap();
    assert_eq!(keys(&slice, "people"), ["10", "11"]);
    assert_eq!(slice["messages"][0][3].as_deref(), Some("123456"));
    assert_eq!(keys(&slice, "shops"), ["1"]);
    let undecided = CATALOG.replace("in_subject.person = { through = \"person_id\" }\n", "");
    let slice = crate::slicing::desk::export(&url, &Catalog::parse(&undecided).unwrap(), "1").await.unwrap();
    assert_eq!(keys(&slice, "orders"), ["1", "2"], "an open question about persons does not stop it");
}

#[tokio::test]
async fn a_person_is_found_only_in_the_tenants_own_data() {
    let (_folder, url) = sqlite(SCHEMA).await;
    for (shop, subject) in [("1", "person:20"), ("2", "person:10"), ("1", "person:99"), ("1", "person:010")] {
        let refused = slice(&url, CATALOG, shop, subject).await.err();
        assert!(matches!(refused, Some(ExportError::SubjectNotFound)), "{subject}: {refused:?}");
    }
    let Some(ExportError::Catalog(findings)) = slice(&url, CATALOG, "1", "client:10").await.err() else {
        panic!("exported");
    };
    assert_eq!(findings, ["the catalog knows no kind of person `client` (known: person)"]);
}

#[tokio::test]
async fn what_nobody_has_decided_about_a_person_stops_their_exports_by_name() {
    assert_eq!(found(CATALOG).await, [""; 0]);
    let open = CATALOG.replace("in_subject.person = { through = \"person_id\" }\n", "");
    assert_eq!(found(&open).await, ["undecided_subject orders", "undecided_subject trees"]);
    // That the founder is a person makes not every row of the shop theirs, only the shop's own row must be decided.
    let founder = CATALOG.replace("in_subject.person = { exclude = \"the shop's own\" }\n", "");
    assert_eq!(found(&founder).await, ["undecided_subject shops"]);
    let (_folder, url) = sqlite(SCHEMA).await;
    let Some(ExportError::Catalog(findings)) = slice(&url, &founder, "1", "person:10").await.err() else {
        panic!("exported");
    };
    assert!(findings[0].starts_with("shops: its rows lead to people"), "{findings:?}");
}

#[tokio::test]
async fn rules_that_lead_nowhere_are_found() {
    let with = |from: &str, to: &str| CATALOG.replacen(from, to, 1);
    let orders = "in_subject.person = { through = \"person_id\" }";
    for (to, finding) in [
        ("in_subject.person = { through = \"gone\" }", "vanished_column orders.gone"),
        ("in_subject.person = { through = \"shop_id\" }", "no_such_key orders"),
        ("in_subject.person = { through = \"product_id\" }", "parent_not_owned orders"),
    ] {
        assert_eq!(found(&with(orders, to)).await, [finding], "{to}");
    }
    assert_eq!(found(&tree("through = \"parent\"")).await, ["owner_cycle trees"]);
    let hidden = format!(
        "{CATALOG}[tables.orders.columns]\nperson_id = {{ in_subject = \"omit\" }}\nproduct_id = {{ in_subject = \"redact\" }}\n"
    );
    assert_eq!(found(&hidden).await, ["hidden_key orders.person_id", "hidden_key orders.product_id"]);
    let number = format!(
        "{CATALOG}[tables.people.columns]\nreferrer = {{ in_subject = \"omit\" }}\nid = {{ in_subject = \"omit\" }}\n"
    );
    assert_eq!(found(&number).await, ["hidden_key people.id", "hidden_key people.referrer"]);
}

/// The catalog with another rule for the trees.
fn tree(rule: &str) -> String {
    let at = CATALOG.rfind("through = \"person_id\"").unwrap();
    format!("{}{rule}{}", &CATALOG[..at], &CATALOG[at + "through = \"person_id\"".len()..])
}

#[tokio::test]
async fn what_hangs_on_a_persons_rows_in_a_tree_is_theirs_too() {
    let (_folder, url) = sqlite(SCHEMA).await;
    let both = tree("through = [\"person_id\", \"parent\"]");
    assert_eq!(found(&both).await, [""; 0]);
    let (slice, _) = slice(&url, &both, "1", "person:10").await.unwrap();
    assert_eq!(
        keys(&slice, "trees"),
        ["1", "2", "3"],
        "not the tree of the other shop that hangs on one of this shop's"
    );
}

//! The rules about persons that a single file can break by itself.

use super::Problem;
use crate::catalog::{Catalog, ColumnRule, PersonRule, Share, TableRule};
use shared::export::SubjectId;

/// The first rule that is broken, with its place.
pub(super) fn problem(catalog: &Catalog) -> Option<Problem> {
    catalog.subjects.keys().find_map(|kind| of_kind(catalog, kind)).or_else(|| {
        catalog.tables.iter().find_map(|(name, rule)| {
            let rules = rule.in_subject.iter().find_map(|(kind, person)| of_table(catalog, name, rule, kind, person));
            rules.or_else(|| rule.columns.iter().find_map(|(column, rule)| of_column(catalog, name, column, rule)))
        })
    })
}

fn of_kind(catalog: &Catalog, kind: &str) -> Option<Problem> {
    let at = |message: &str| Some(Problem::at(&["subjects", kind], message));
    if !SubjectId::is_kind(kind) {
        return at("a kind of person is named with letters, digits, `_` or `-`, at most 64");
    }
    match catalog.tables.get(&catalog.subjects[kind].table) {
        None => at("the table of these persons needs its own entry under `tables`"),
        Some(TableRule { owner: None, .. }) => at("these persons must belong to a tenant: give their table an owner"),
        Some(_) => None,
    }
}

fn of_table(catalog: &Catalog, name: &str, rule: &TableRule, kind: &str, person: &PersonRule) -> Option<Problem> {
    let at = |message: &str| Some(Problem::at(&["tables", name, "in_subject", kind], message));
    let Some(subject) = catalog.subjects.get(kind) else {
        return at("no such kind of person; name it under `subjects`");
    };
    let decisions = [person.through.is_some(), person.share.is_some(), person.exclude.is_some()];
    if decisions.iter().filter(|decided| **decided).count() != 1 {
        return at("decide exactly one of `through`, `share`, `exclude` for each kind of person");
    }
    if person.exclude.as_ref().is_some_and(|reason| reason.trim().is_empty() || reason.contains('\0')) {
        return at("write why the table is left out: the reason is printed in the archive");
    }
    let empty = |key: &String| key.trim().is_empty();
    if person.through.as_ref().is_some_and(|through| through.keys().is_empty() || through.keys().iter().any(empty)) {
        return at("`through` names at least one key by its column");
    }
    if subject.table == name {
        return at("of the table of these persons the person's own row is delivered; take the rule out");
    }
    if rule.owner.is_none() && person.exclude.is_none() {
        return at(
            "rows that belong to nobody are delivered to persons as to tenants; only `exclude` can be said here",
        );
    }
    // Every row of the tenant's reaches each of its persons.
    if person.share == Some(Share::All) && catalog.subjects.values().any(|subject| subject.table == name) {
        return at("the table holds persons; say `share = \"referenced\"` or leave it out with `exclude`");
    }
    None
}

fn of_column(catalog: &Catalog, name: &str, column: &str, rule: &ColumnRule) -> Option<Problem> {
    let rule = rule.in_subject.as_ref()?;
    let unknown = rule.kinds().find(|kind| !catalog.subjects.contains_key(*kind));
    unknown.or(catalog.subjects.is_empty().then_some("")).map(|_| {
        Problem::at(
            &["tables", name, "columns", column],
            "`in_subject` names a kind of person that is not under `subjects`",
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;

    const GOOD: &str = r#"version = 1
engine = "postgres"
[tenant]
table = "shops"
key = "id"
[subjects.customer]
table = "customers"
key = "id"
[tables.shops]
owner = { column = "id" }
[tables.customers]
owner = { column = "shop_id" }
[tables.countries]
share = "all"
[tables.orders]
owner = { column = "shop_id" }
in_subject = { customer = { through = "customer_id" } }
[tables.orders.columns]
clerk = { in_subject = "omit" }
phone = { mask = "last4", in_subject = { customer = "redact" } }
"#;

    #[test]
    fn rules_about_persons_are_read() {
        let catalog = Catalog::parse(GOOD).unwrap();
        let orders = &catalog.tables["orders"];
        assert_eq!(orders.in_subject["customer"].through.as_ref().unwrap().keys(), ["customer_id"]);
        assert!(orders.columns["clerk"].in_subject.as_ref().unwrap().hiding("customer").is_some());
        assert!(orders.columns["phone"].in_subject.as_ref().unwrap().hiding("user").is_none());
    }

    #[test]
    fn rules_that_cannot_hold_are_refused_with_their_line() {
        let customer = "in_subject = { customer = { through = \"customer_id\" } }";
        for (from, to, line, told) in [
            (customer, "in_subject = { client = { exclude = \"x\" } }", 17, "no such kind of person"),
            (customer, "in_subject = { customer = { } }", 17, "exactly one of"),
            (customer, "in_subject = { customer = { exclude = \" \" } }", 17, "write why"),
            (customer, "in_subject = { customer = { through = [] } }", 17, "at least one key"),
            (
                "share = \"all\"",
                "share = \"all\"\nin_subject = { customer = { share = \"all\" } }",
                15,
                "belong to nobody",
            ),
            (
                "owner = { column = \"shop_id\" }",
                "owner = { column = \"shop_id\" }\nin_subject = { customer = { share = \"all\" } }",
                13,
                "own row",
            ),
            ("table = \"customers\"", "table = \"countries\"", 6, "must belong to a tenant"),
            ("table = \"customers\"", "table = \"gone\"", 6, "needs its own entry"),
            ("[subjects.customer]", "[subjects.\"a b\"]", 6, "a kind of person is named with"),
            ("{ in_subject = \"omit\" }", "{ omit = \"x\", in_subject = \"omit\" }", 19, "already omitted"),
            ("{ customer = \"redact\" }", "{ client = \"redact\" }", 20, "not under `subjects`"),
            ("{ in_subject = \"omit\" }", "{ }", 19, "exactly one of"),
        ] {
            let error = Catalog::parse(&GOOD.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(told) && error.contains(&format!("line {line}")), "{to}: {error}");
        }
    }
}

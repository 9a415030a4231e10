//! What the tests of infer work with.

use std::collections::BTreeMap;

use secrecy::SecretString;
use worker::{
    catalog::{Catalog, TableRule},
    check,
    infer::{InferError, Inferred, Request, infer},
    source::Source,
};

pub(crate) fn source(url: &str) -> Source {
    Source::new("test", &SecretString::from(url.to_owned())).unwrap()
}

pub(crate) fn request(tenants: &str) -> Request {
    Request { tenant_table: tenants.to_owned(), ..Request::default() }
}

/// Drafts, and holds the draft against the check: nothing but questions may be left.
pub(crate) async fn draft(url: &str, request: &Request) -> (Inferred, Catalog) {
    let inferred = attempt(url, request, None).await.unwrap();
    let catalog = Catalog::parse(&inferred.text).unwrap();
    let schema = source(url).schema(&catalog.schemas).await.unwrap();
    for finding in check::check(&catalog, &schema) {
        assert!(finding.code == "undecided" || finding.code.contains("subject"), "{finding}\n{}", inferred.text);
    }
    (inferred, catalog)
}

pub(crate) async fn attempt(url: &str, request: &Request, reviewed: Option<&str>) -> Result<Inferred, InferError> {
    infer(&source(url), request, reviewed, super::super::slicing::desk::noon()).await
}

/// A table's decision in one word or two, columns left aside.
pub(crate) fn decision(rule: &TableRule) -> String {
    match rule {
        TableRule { owner: Some(owner), .. } => match (&owner.column, owner.ways(), &owner.polymorphic) {
            (Some(column), [], None) => format!("column {column}"),
            (None, ways, None) => format!("through {}", ways.join(" or ")),
            (None, [], Some(pair)) => format!("polymorphic {}, {}, {:?}", pair.type_column, pair.id_column, pair.map),
            other => format!("{other:?}"),
        },
        TableRule { share: Some(share), .. } => format!("share {share:?}"),
        TableRule { exclude: Some(_), .. } => "exclude".to_owned(),
        _ => "undecided".to_owned(),
    }
}

pub(crate) fn decisions(catalog: &Catalog) -> BTreeMap<String, String> {
    catalog.tables.iter().map(|(name, rule)| (name.clone(), decision(rule))).collect()
}

//! The export of one person: all of theirs, nothing of anybody else's.

mod ceppro;
mod customertrackr;
mod proecommerce;
mod rules;

use crate::{
    slicing::desk::{noon, source, tenant},
    support::archive::Archive,
};
use shared::export::{CsvProfile, Format, Origin, SubjectId};
use std::sync::Arc;
use tokio::sync::mpsc;
use worker::{
    archive::{Meter, Request},
    catalog::Catalog,
    error::ExportError,
    export::write_archive,
};

fn person(text: &str) -> SubjectId {
    text.parse().unwrap()
}

/// The archive of one person.
pub(crate) async fn archive(
    url: &str,
    catalog: &Catalog,
    tenant_key: &str,
    subject: &str,
) -> Result<Archive, ExportError> {
    let request = Request {
        export: "01930000-0000-7000-8000-000000000000".parse().unwrap(),
        tenant: tenant(tenant_key),
        subject: Some(person(subject)),
        origin: Origin::Cli,
        source: "test".to_owned(),
        product: "Test".to_owned(),
        accent: shared::config::Colour::USUAL,
        formats: vec![Format::Csv, Format::Sql],
        csv_profile: CsvProfile::Lossless,
        signing: None,
        with_triggers: false,
        language: shared::language::Language::English,
        now: noon(),
    };
    let (output, mut chunks) = mpsc::channel::<bytes::Bytes>(2);
    let gather = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.recv().await {
            bytes.extend_from_slice(&chunk);
        }
        bytes
    };
    let (source, meter) = (source(url), Arc::new(Meter::default()));
    let (written, bytes) = tokio::join!(write_archive(&source, catalog, &request, &meter, output), gather);
    written?;
    Ok(Archive::keep(&bytes))
}

/// The archive says in every place whose data it holds.
fn assert_names(archive: &Archive, kind: &str, key: &str) {
    let manifest = archive.manifest();
    assert_eq!(manifest["export"]["scope"], "subject");
    assert_eq!(manifest["export"]["subject"], serde_json::json!({ "kind": kind, "key": key }));
    let text = |name: &str| std::fs::read_to_string(archive.root().join(name)).unwrap();
    assert!(text("START-HERE.html").contains(&format!("one person, {kind} {key}")));
    assert!(text("datapackage.json").contains(&format!("Data about {kind} {key} from Test")));
}

/// The names of the tables that are left out, with their reasons.
fn excluded(archive: &Archive) -> Vec<(String, String)> {
    let manifest = archive.manifest();
    let excluded = manifest["excluded"].as_array().unwrap().iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    excluded.map(|table| (text(&table["table"]), text(&table["reason"]))).collect()
}

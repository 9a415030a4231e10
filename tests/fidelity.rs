//! What leaves a database arrives in another one byte for byte, whatever its values, names and rules are.

mod large;
mod large_objects;
mod postgres;
mod rules;
mod security;
mod sqlite;

use crate::{
    slicing::desk::{catalog, noon, source, tenant},
    support::archive::Archive,
};
use bytes::Bytes;
use shared::export::{CsvProfile, Format, Origin};
use std::{collections::BTreeMap, path::Path, process::Command, sync::Arc};
use tokio::sync::mpsc;
use worker::{
    archive::{Meter, Request},
    error::ExportError,
    export::write_archive,
    plan::Plan,
    source::{Snapshot, TenantRow},
};

/// The archive of a tenant, in both formats.
pub(crate) async fn archive(url: &str, catalog_text: &str, key: &str) -> Archive {
    try_archive(url, catalog_text, key, false).await.unwrap()
}

/// The same with the triggers or without.
pub(crate) async fn try_archive(
    url: &str,
    catalog_text: &str,
    key: &str,
    with_triggers: bool,
) -> Result<Archive, ExportError> {
    let (source, catalog, meter) = (source(url), catalog(catalog_text), Arc::new(Meter::default()));
    let request = Request { with_triggers, ..request(key) };
    gather(|output| async { write_archive(&source, &catalog, &request, &meter, output).await.map(drop) }).await
}

/// The archive of an open snapshot, in both formats.
async fn write(plan: &Plan, tenant: &TenantRow, snapshot: &mut Snapshot) -> Archive {
    let (request, meter) = (request(&tenant.key), Arc::new(Meter::default()));
    let fingerprint = std::future::ready(Ok(plan.schema.fingerprint()));
    let written = gather(|output| async {
        worker::archive::write(&request, plan, tenant, snapshot, &meter, output, fingerprint).await.map(drop)
    });
    written.await.unwrap()
}

fn request(key: &str) -> Request {
    Request {
        export: "01930000-0000-7000-8000-000000000000".parse().unwrap(),
        tenant: tenant(key),
        subject: None,
        signing: None,
        origin: Origin::Cli,
        source: "test".to_owned(),
        product: "Test".to_owned(),
        accent: shared::config::Colour::USUAL,
        formats: vec![Format::Csv, Format::Sql],
        csv_profile: CsvProfile::Lossless,
        with_triggers: false,
        language: shared::language::Language::English,
        now: noon(),
    }
}

async fn gather<W: Future<Output = Result<(), ExportError>>>(
    write: impl FnOnce(mpsc::Sender<Bytes>) -> W,
) -> Result<Archive, ExportError> {
    let (output, mut chunks) = mpsc::channel::<Bytes>(2);
    let gather = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.recv().await {
            bytes.extend_from_slice(&chunk);
        }
        bytes
    };
    let (written, bytes) = tokio::join!(write(output), gather);
    written.map(|()| Archive::keep(&bytes))
}

/// The members that hold rows, by their path.
fn rows(archive: &Archive) -> BTreeMap<String, Vec<u8>> {
    let holds_rows = |name: &str| name.starts_with("csv/") || name.starts_with("sql/data/");
    archive
        .members()
        .into_iter()
        .filter(|member| holds_rows(&member.name))
        .map(|member| (member.name, member.bytes))
        .collect()
}

/// Names the members that differ, instead of printing them.
fn assert_same_rows(one: &Archive, other: &Archive) {
    let (one, other) = (rows(one), rows(other));
    assert!(one.keys().eq(other.keys()), "{:?} {:?}", one.keys(), other.keys());
    let different: Vec<&String> =
        one.iter().filter(|(name, bytes)| other[*name] != **bytes).map(|(name, _)| name).collect();
    assert!(different.is_empty(), "different after a restore: {different:?}");
}

/// A name or reason as it stands in a catalog: what JSON escapes, TOML escapes alike.
fn toml(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn psql(url: &str, arguments: &[&str], folder: &Path) {
    let mut psql = Command::new("psql");
    psql.args(["-X", "-v", "ON_ERROR_STOP=1", "-q"]).args(arguments).arg(url).current_dir(folder);
    succeeded(&psql.output().unwrap());
}

/// Feeds a script to the sqlite3 shell; returns what it printed.
fn sqlite3(file: &Path, script: &str, folder: &Path) -> String {
    let mut shell = Command::new("sqlite3");
    shell.args(["-bail", file.to_str().unwrap()]).current_dir(folder);
    shell.stdin(std::fs::File::open(folder.join(script)).unwrap());
    let output = shell.output().unwrap();
    succeeded(&output);
    String::from_utf8(output.stdout).unwrap()
}

fn succeeded(output: &std::process::Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What the archive says that it does not hold, as `kind name`.
pub(crate) fn left_out(archive: &Archive) -> Vec<String> {
    let manifest = archive.manifest();
    let each = manifest["left_out"].as_array().unwrap().iter();
    each.map(|one| format!("{} {}", one["kind"].as_str().unwrap(), one["name"].as_str().unwrap())).collect()
}

//! Plans with their rows, and archives of them.

use super::super::{Request, manifest::Manifest};
use crate::{
    plan::{ColumnPlan, Plan, RowKind, TablePlan},
    rows::RowBlock,
    schema::{Column, Table},
};
use chrono::{DateTime, Utc};
use shared::export::{CsvProfile, Format, Origin, TenantId};
use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
};
use tokio::sync::mpsc;

/// A plan and what a source would deliver for it: the blocks of each table, by name.
pub(crate) struct Sample {
    pub(crate) plan: Plan,
    pub(crate) rows: Vec<(String, Vec<RowBlock>)>,
    pub(crate) sequences: Vec<String>,
    pub(crate) label: String,
}

pub(crate) fn request(formats: &[Format], csv_profile: CsvProfile) -> Request {
    Request {
        export: "01930000-0000-7000-8000-000000000000".parse().unwrap(),
        tenant: TenantId::new("t1").unwrap(),
        subject: None,
        origin: Origin::Portal,
        source: "shop".to_owned(),
        product: "Till & Shop".to_owned(),
        accent: shared::config::Colour::USUAL,
        formats: formats.to_vec(),
        csv_profile,
        with_triggers: false,
        language: shared::language::Language::English,
        now: "2026-11-22T13:37:00Z".parse::<DateTime<Utc>>().unwrap(),
        signing: None,
    }
}

/// The bytes of an archive, gathered from its chunks, and its manifest.
pub(crate) async fn archive(sample: &Sample, formats: &[Format], profile: CsvProfile) -> (Vec<u8>, Manifest) {
    let request = request(formats, profile);
    let (output, mut chunks) = mpsc::channel::<bytes::Bytes>(2);
    let gather = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.recv().await {
            assert!(chunk.len() <= 256 * 1024);
            bytes.extend_from_slice(&chunk);
        }
        bytes
    };
    let (manifest, bytes) = tokio::join!(super::write_sample(sample, &request, output), gather);
    (bytes, manifest)
}

/// The members by path.
pub(crate) fn members(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = ::zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    (0..zip.len())
        .map(|place| {
            let mut member = zip.by_index(place).unwrap();
            let mut content = Vec::new();
            member.read_to_end(&mut content).unwrap();
            (member.name().unwrap().into_owned(), content)
        })
        .collect()
}

/// A file with these bytes.
pub(crate) fn on_disk(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

pub(crate) fn column(name: &str, type_name: &str, base_type: &str) -> Column {
    Column {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        base_type: base_type.to_owned(),
        ..Column::default()
    }
}

/// The plan of a live table, all columns selected.
pub(crate) fn planned(live: &Table, stem: &str, category: &str, because: &str) -> TablePlan {
    TablePlan {
        schema: live.schema.clone(),
        table: live.name.clone(),
        name: live.name.clone(),
        file_stem: stem.to_owned(),
        category: category.to_owned(),
        kind: RowKind::Owned,
        because: because.to_owned(),
        columns: live
            .columns
            .iter()
            .map(|column| ColumnPlan {
                name: column.name.clone(),
                type_name: column.type_name.clone(),
                base_type: column.base_type.clone(),
                nullable: !column.not_null,
                generated: column.generated.is_some(),
                mask: None,
            })
            .collect(),
        omitted: Vec::new(),
        masked: Vec::new(),
        select: String::new(),
        owner_column: None,
        owner_may_be_null: false,
        certain_keys: Vec::new(),
        large_objects: Vec::new(),
        json_texts: Vec::new(),
    }
}

mod files;
mod postgres;
pub(crate) mod sample;
mod sqlite;
mod whole;

use super::*;
use crate::{plan::TablePlan, rows::RowBlock, source::SnapshotProof};
use sample::{Sample, archive, members};
use std::collections::BTreeMap;

#[tokio::test]
async fn an_archive_holds_what_its_manifest_says_and_verifies() {
    let sample = postgres::sample();
    let (bytes, manifest) = archive(&sample, &[Format::Csv, Format::Sql], CsvProfile::Lossless).await;
    let file = sample::on_disk(&bytes);
    let verified = verify::verify(file.path()).unwrap();
    assert_eq!(verified.manifest, manifest);
    let members = members(&bytes);
    assert_eq!(verified.members, members.len());
    assert_eq!(verified.bytes, members.values().map(|text| text.len() as u64).sum::<u64>());
    for fixed in ["manifest.json", "datapackage.json", "START-HERE.html", "CHECKSUMS.sha256", "sql/restore.sql"] {
        assert!(members.contains_key(fixed), "{fixed}");
    }
    assert_eq!(serde_json::from_slice::<Manifest>(&members["manifest.json"]).unwrap(), manifest);
    for (table, (_, rows)) in manifest.tables.iter().zip(&sample.rows) {
        let expected: u64 = rows.iter().map(RowBlock::rows).sum();
        assert_eq!(table.rows, expected, "{}", table.table);
    }
}

#[tokio::test]
async fn the_sql_member_is_what_the_source_printed() {
    let sample = postgres::sample();
    let (bytes, manifest) = archive(&sample, &[Format::Csv, Format::Sql], CsvProfile::Lossless).await;
    let members = members(&bytes);
    let place = sample.plan.tables.iter().position(|table| table.table == "big").unwrap();
    let path = &manifest.tables[place].files.sql.as_ref().unwrap().path;
    let mut expected = b"copy \"public\".\"big\" (\"id\", \"noise\") from stdin;\n".to_vec();
    for block in &sample.rows[place].1 {
        if let RowBlock::CopyText { bytes, .. } = block {
            expected.extend_from_slice(bytes);
        }
    }
    expected.extend_from_slice(b"\\.\n");
    assert!(members[path] == expected);
}

#[tokio::test]
async fn one_format_alone_has_only_its_own_files() {
    let sample = postgres::sample();
    let (bytes, manifest) = archive(&sample, &[Format::Csv], CsvProfile::Spreadsheet).await;
    let file = sample::on_disk(&bytes);
    verify::verify(file.path()).unwrap();
    assert!(members(&bytes).keys().all(|path| !path.starts_with("sql/")));
    assert!(manifest.sql.is_none() && manifest.left_out.is_empty());
    let (bytes, manifest) = archive(&sample, &[Format::Sql], CsvProfile::Lossless).await;
    let file = sample::on_disk(&bytes);
    verify::verify(file.path()).unwrap();
    assert!(members(&bytes).keys().all(|path| !path.starts_with("csv/") && path != "datapackage.json"));
    assert!(manifest.csv_dialect.is_none());
}

#[tokio::test]
async fn rows_that_do_not_arrive_end_the_export() {
    let sample = postgres::sample();
    let request = sample::request(&[Format::Csv, Format::Sql], CsvProfile::Lossless);
    let meter = Meter::default();
    let (output, mut chunks) = mpsc::channel(4);
    let drain = tokio::spawn(async move { while chunks.recv().await.is_some() {} });
    let mut writer = Writer::begin(&request, &sample.plan, &meter, output.into()).await.unwrap();
    let (sender, blocks) = mpsc::channel(1);
    let block = sample.rows[0].1[0].clone();
    let rows = block.rows();
    let read = async move {
        sender.send(block).await.unwrap();
        Ok(rows + 1)
    };
    let error = writer.table(&sample.plan.tables[0], blocks, read).await.unwrap_err();
    assert!(matches!(error, ExportError::Incomplete { .. }), "{error}");
    drop(writer);
    drain.await.unwrap();
}

#[tokio::test]
async fn an_archive_that_grows_above_its_ceiling_ends_with_that_as_its_reason() {
    let sample = postgres::sample();
    let request = sample::request(&[Format::Csv, Format::Sql], CsvProfile::Lossless);
    let (output, mut chunks) = mpsc::channel(4);
    let drain = tokio::spawn(async move { while chunks.recv().await.is_some() {} });
    let block = sample.rows[0].1[0].clone();
    let rows = block.rows();
    let meter = Meter { ceilings: Ceilings { rows: Some(2 * rows - 1), bytes: None }, ..Meter::default() };
    let mut writer = Writer::begin(&request, &sample.plan, &meter, output.into()).await.unwrap();
    let (sender, blocks) = mpsc::channel(1);
    let read = async move {
        for _ in 0..1000 {
            sender.send(block.clone()).await.map_err(|_| ExportError::Cancelled)?;
        }
        Ok(1000 * rows)
    };
    let error = writer.table(&sample.plan.tables[0], blocks, read).await.unwrap_err();
    assert!(matches!(error, ExportError::TooLarge { .. }), "{error}");
    drop(writer);
    drain.await.unwrap();
}

#[tokio::test]
async fn an_error_of_the_source_is_told_and_no_zip_is_left() {
    let sample = postgres::sample();
    let request = sample::request(&[Format::Csv, Format::Sql], CsvProfile::Lossless);
    let meter = Meter::default();
    let (output, mut chunks) = mpsc::channel::<Bytes>(4);
    let collected = tokio::spawn(async move {
        let mut bytes = Vec::new();
        while let Some(chunk) = chunks.recv().await {
            bytes.extend_from_slice(&chunk);
        }
        bytes
    });
    let mut writer = Writer::begin(&request, &sample.plan, &meter, output.into()).await.unwrap();
    let (sender, blocks) = mpsc::channel(1);
    let block = sample.rows[0].1[0].clone();
    let read = async move {
        sender.send(block).await.unwrap();
        Err(ExportError::Tripwire { table: "customers".to_owned() })
    };
    let error = writer.table(&sample.plan.tables[0], blocks, read).await.unwrap_err();
    assert!(matches!(error, ExportError::Tripwire { .. }), "{error}");
    drop(writer);
    let bytes = collected.await.unwrap();
    assert!(::zip::ZipArchive::new(std::io::Cursor::new(bytes)).is_err());
}

#[tokio::test]
async fn nobody_taking_the_output_stops_the_reading() {
    let sample = postgres::sample();
    let request = sample::request(&[Format::Csv, Format::Sql], CsvProfile::Lossless);
    let meter = Meter::default();
    let (output, mut chunks) = mpsc::channel(1);
    let mut writer = Writer::begin(&request, &sample.plan, &meter, output.into()).await.unwrap();
    let big = sample.plan.tables.iter().position(|table| table.table == "big").unwrap();
    let (sender, blocks) = mpsc::channel(1);
    let read = async move {
        let mut sent = 0;
        loop {
            for block in &sample.rows[big].1 {
                sent += block.rows();
                if sender.send(block.clone()).await.is_err() {
                    return Err(ExportError::Cancelled);
                }
            }
            assert!(sent < 100_000_000, "nobody stopped the reading");
        }
    };
    let go_away = async {
        chunks.recv().await;
        drop(chunks);
    };
    let plan = postgres::sample().plan;
    let (written, ()) = tokio::join!(writer.table(&plan.tables[big], blocks, read), go_away);
    assert!(matches!(written, Err(ExportError::Cancelled)));
}

#[tokio::test]
async fn rules_that_need_what_is_not_delivered_are_left_out_and_named() {
    let sample = postgres::sample();
    let (bytes, manifest) = archive(&sample, &[Format::Sql], CsvProfile::Lossless).await;
    let named: Vec<(&str, &str)> =
        manifest.left_out.iter().map(|rule| (rule.kind.as_str(), rule.name.as_str())).collect();
    assert_eq!(
        named,
        [
            ("unique rule", "customers_secret_key"),
            ("check", "customers_email_check"),
            ("index", "customers_email"),
            ("foreign key", "sales_audit_fkey"),
        ]
    );
    let members = members(&bytes);
    let constraints = String::from_utf8(members["sql/constraints.sql"].clone()).unwrap();
    let run: Vec<&str> = constraints.lines().filter(|line| !line.starts_with("--")).collect();
    assert!(run.iter().all(|line| !line.contains("secret") && !line.contains("sales_audit_fkey")));
    let page = String::from_utf8(members["START-HERE.html"].clone()).unwrap();
    assert!(page.contains("sales_audit_fkey") && page.contains("bookkeeping &#60;of&#62; the deploy tool"));
}

#[tokio::test]
async fn the_index_escapes_every_name_and_loads_nothing() {
    let sample = postgres::sample();
    let (bytes, _) = archive(&sample, &[Format::Csv, Format::Sql], CsvProfile::Spreadsheet).await;
    let page = String::from_utf8(members(&bytes)["START-HERE.html"].clone()).unwrap();
    assert!(page.contains("Müller &#38; &#60;script&#62;alert(1)&#60;/script&#62; GmbH"));
    assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
    assert!(!page.contains("<img") && !page.contains("src="));
}

#[tokio::test]
async fn the_index_shows_the_first_rows_of_each_table_and_escapes_them() {
    let mut sample = postgres::sample();
    let table = sample.plan.tables[0].clone();
    let line = |value: &str| format!("{}\n", vec![value; table.columns.len()].join("\t"));
    let lines = ["<b>1</b>", "second", "third", "fourth"].map(line).concat();
    let (_, blocks) = sample.rows.iter_mut().find(|(name, _)| *name == table.table).unwrap();
    *blocks = vec![RowBlock::CopyText { bytes: lines.into(), rows: 4 }];
    let (bytes, _) = archive(&sample, &[Format::Sql], CsvProfile::Lossless).await;
    let page = String::from_utf8(members(&bytes)["START-HERE.html"].clone()).unwrap();
    assert!(page.contains("<td>&#60;b&#62;1&#60;/b&#62;</td>") && page.contains("<td>third</td>"));
    assert!(!page.contains("fourth") && !page.contains("<b>1</b>"));
    assert!(page.contains("<caption>The first rows; long values are cut here, not in the files</caption>"));
}

/// Writes a sample's archive from its blocks, without a source.
async fn write_sample(sample: &Sample, request: &Request, output: impl Into<Output>) -> Manifest {
    let meter = Meter::default();
    let mut writer = Writer::begin(request, &sample.plan, &meter, output.into()).await.unwrap();
    let rows: BTreeMap<&str, &Vec<RowBlock>> = sample.rows.iter().map(|(table, rows)| (table.as_str(), rows)).collect();
    for table in &sample.plan.tables {
        let (sender, blocks) = mpsc::channel(BLOCKS_WAITING);
        writer.table(table, blocks, send(table, rows[table.table.as_str()], sender)).await.unwrap();
    }
    let tenant = TenantRow { key: "t1".to_owned(), label: Some(sample.label.clone()) };
    let proof = SnapshotProof {
        taken_at: request.now,
        isolation: "repeatable read".to_owned(),
        proof: "726:726:".to_owned(),
        server: "PostgreSQL 15.18 on a test".to_owned(),
    };
    let manifest = writer.finish(&tenant, &proof, sample.plan.schema.fingerprint(), &sample.sequences).await.unwrap();
    assert_eq!(meter.tables_done.into_inner(), sample.plan.tables.len() as u64);
    assert_eq!(meter.rows.into_inner(), manifest.rows());
    manifest
}

async fn send(_table: &TablePlan, blocks: &[RowBlock], sender: mpsc::Sender<RowBlock>) -> Result<u64, ExportError> {
    let mut rows = 0;
    for block in blocks {
        rows += block.rows();
        sender.send(block.clone()).await.map_err(|_| ExportError::Cancelled)?;
    }
    Ok(rows)
}

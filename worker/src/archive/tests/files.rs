//! Archives of which each member is a file of its own.

use super::*;
use crate::archive::manifest::StoredFacts;
use futures::stream::{FuturesUnordered, StreamExt};
use sample::on_disk;
use shared::export::Layout;
use std::{fs, io::Read, path::Path};

/// Writes a sample as files into a folder; returns the paths in the order in which they were whole.
async fn files(sample: &Sample, folder: &Path, compression: Compression) -> (Vec<String>, Manifest) {
    let request = sample::request(Format::ALL, CsvProfile::Lossless);
    let (files, mut outgoing) = mpsc::channel(1);
    let keep = async {
        let (mut under_way, mut kept) = (FuturesUnordered::new(), Vec::new());
        loop {
            tokio::select! {
                Some(file) = outgoing.recv(), if under_way.len() < 4 => under_way.push(write_file(folder, file)),
                Some(path) = under_way.next() => kept.push(path),
                else => return kept,
            }
        }
    };
    let (manifest, kept) = tokio::join!(write_sample(sample, &request, Output::Files(compression, files)), keep);
    (kept, manifest)
}

async fn write_file(folder: &Path, mut file: Outgoing) -> String {
    let (path, to) = (file.path.clone(), folder.join(&file.path));
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let mut bytes = Vec::new();
    while let Some(chunk) = file.next().await.unwrap() {
        bytes.extend_from_slice(&chunk);
    }
    fs::write(to, bytes).unwrap();
    file.keep();
    path
}

fn unpacked(stored: &StoredFacts, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match stored.compression {
        Compression::Zstd => zstd::stream::read::Decoder::new(bytes).unwrap().read_to_end(&mut plain).unwrap(),
        Compression::Gzip => flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap(),
    };
    plain
}

#[tokio::test]
async fn the_files_hold_what_the_zip_holds_and_the_manifest_comes_last() {
    let sample = postgres::sample();
    let (zip, _) = archive(&sample, Format::ALL, CsvProfile::Lossless).await;
    let zip = members(&zip);
    for compression in [Compression::Zstd, Compression::Gzip] {
        let folder = tempfile::tempdir().unwrap();
        let (kept, manifest) = files(&sample, folder.path(), compression).await;
        assert_eq!(kept.last().unwrap(), manifest::PATH);
        assert_eq!(kept[kept.len() - 2], checksums::PATH);
        assert_eq!(kept.len(), zip.len());
        assert_eq!((manifest.export.layout, manifest.export.compression), (Layout::Files, Some(compression)));
        for file in manifest.files() {
            let (path, bytes, _) = file.kept();
            let stored = fs::read(folder.path().join(path)).unwrap();
            assert_eq!(stored.len() as u64, bytes);
            let plain = file.stored.as_ref().map_or_else(|| stored.clone(), |facts| unpacked(facts, &stored));
            assert!(plain == zip[&file.path], "{}", file.path);
        }
        let data = |path: &str| ["csv/", "sql/data/", "jsonl/"].iter().any(|folder| path.starts_with(folder));
        assert!(manifest.files().all(|file| file.stored.is_some() == data(&file.path)));
        let verified = verify::verify(folder.path()).unwrap();
        assert_eq!((verified.members, verified.manifest), (zip.len(), manifest));
    }
}

#[tokio::test]
async fn whatever_is_wrong_with_the_files_is_found() {
    let mut sample = postgres::sample();
    // Each of its files is looked at many times.
    sample.plan.tables.retain(|table| table.table != "big");
    let folder = tempfile::tempdir().unwrap();
    let (kept, manifest) = files(&sample, folder.path(), Compression::Zstd).await;
    let problems = || verify::verify(folder.path()).unwrap_err().join("\n");
    for path in &kept {
        let place = folder.path().join(path);
        let bytes = fs::read(&place).unwrap();
        fs::remove_file(&place).unwrap();
        let told = problems();
        match path.as_str() {
            manifest::PATH => assert!(told.contains("not a complete archive: manifest.json is missing"), "{told}"),
            _ => assert!(told.contains(&format!("The member {path} is missing")), "{told}"),
        }
        for changed in [bytes.len() / 2, bytes.len() - 1] {
            let mut wrong = bytes.clone();
            wrong[changed] ^= 1;
            fs::write(&place, wrong).unwrap();
            assert!(!problems().is_empty(), "{path}");
        }
        fs::write(&place, [&bytes[..], b"more"].concat()).unwrap();
        assert!(!problems().is_empty(), "{path}");
        fs::write(&place, bytes).unwrap();
    }
    fs::write(folder.path().join("csv/other.csv.zst"), b"").unwrap();
    assert!(problems().contains("The member csv/other.csv.zst is not part of the archive"));
    fs::remove_file(folder.path().join("csv/other.csv.zst")).unwrap();
    assert_eq!(verify::verify(folder.path()).unwrap().manifest, manifest);
}

#[tokio::test]
async fn files_that_somebody_unpacked_are_checked_as_well() {
    let sample = postgres::sample();
    let folder = tempfile::tempdir().unwrap();
    let (_, manifest) = files(&sample, folder.path(), Compression::Gzip).await;
    let file = manifest.tables[0].files.csv.as_ref().unwrap();
    let stored = file.stored.as_ref().unwrap();
    let packed = fs::read(folder.path().join(&stored.path)).unwrap();
    fs::write(folder.path().join(&file.path), unpacked(stored, &packed)).unwrap();
    verify::verify(folder.path()).unwrap();
    fs::remove_file(folder.path().join(&stored.path)).unwrap();
    verify::verify(folder.path()).unwrap();
    fs::write(folder.path().join(&file.path), b"other").unwrap();
    let told = verify::verify(folder.path()).unwrap_err().join("\n");
    assert!(told.contains(&format!("The member {} is not what was exported", file.path)), "{told}");
}

#[tokio::test]
async fn a_path_of_the_manifest_that_leads_out_of_the_folder_is_refused() {
    let sample = postgres::sample();
    let folder = tempfile::tempdir().unwrap();
    let (_, mut manifest) = files(&sample, folder.path(), Compression::Zstd).await;
    manifest.tables[0].files.sql.as_mut().unwrap().path = "../outside.sql".to_owned();
    fs::write(folder.path().join(manifest::PATH), serde_json::to_string(&manifest).unwrap()).unwrap();
    let told = verify::verify(folder.path()).unwrap_err().join("\n");
    assert!(told.contains("\"../outside.sql\", which is outside"), "{told}");
}

#[tokio::test]
async fn the_texts_say_how_files_are_unpacked() {
    let sample = postgres::sample();
    let folder = tempfile::tempdir().unwrap();
    let (_, manifest) = files(&sample, folder.path(), Compression::Zstd).await;
    let restore = &manifest.sql.as_ref().unwrap().restore;
    assert!(restore.starts_with("zstd -dqf sql/data/*.zst && psql "), "{restore}");
    let page = fs::read_to_string(folder.path().join("START-HERE.html")).unwrap();
    assert!(page.contains("zstd -dqf csv/*.zst jsonl/*.zst sql/data/*.zst") && !page.contains("Unpack the ZIP"));
    assert!(page.contains("href=\"csv/big.csv.zst\""));
    let (zip, _) = archive(&sample, Format::ALL, CsvProfile::Lossless).await;
    let page = String::from_utf8(members(&zip)["START-HERE.html"].clone()).unwrap();
    assert!(page.contains("Unpack the ZIP") && !page.contains(".zst"));
    verify::verify(on_disk(&zip).path()).unwrap();
}

//! Whatever a server sends as COPY text: CSV and JSON Lines agree on whether it can be read and on how many rows there are, and other programs read as many.

#![no_main]

use handover_fuzz::columns;
use libfuzzer_sys::fuzz_target;
use shared::export::CsvProfile;
use worker::{
    format::{csv::CsvEncoder, jsonl::JsonlEncoder},
    rows::RowBlock,
};

fuzz_target!(|input: (u8, bool, Vec<u8>)| {
    let (count, spreadsheet, bytes) = input;
    let profile = if spreadsheet { CsvProfile::Spreadsheet } else { CsvProfile::Lossless };
    let columns = columns(&vec!["text"; usize::from(count % 9)]);
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let block = RowBlock::CopyText { bytes: bytes.into(), rows: lines };

    let (mut csv, mut sheet) = (CsvEncoder::new(profile, &columns), Vec::new());
    csv.header(&columns, &mut sheet);
    let (mut jsonl, mut objects) = (JsonlEncoder::new(&columns), Vec::new());
    let (as_csv, as_jsonl) = (csv.encode(&block, &mut sheet), jsonl.encode(&block, &mut objects));
    assert_eq!(as_csv, as_jsonl);
    if as_csv.is_ok() {
        assert_eq!(csv.rows(), jsonl.rows());
        let mut reader = csv::Reader::from_reader(&sheet[..]);
        let records = reader.byte_records().inspect(|record| assert!(record.is_ok())).count() as u64;
        assert_eq!(records, csv.rows());
        assert_eq!(objects.iter().filter(|byte| **byte == b'\n').count() as u64, jsonl.rows());
    }
});

//! Every value comes back from a lossless CSV file as it went in.

#![no_main]

use handover_fuzz::{Rows, columns, copied, rectangular};
use libfuzzer_sys::fuzz_target;
use shared::export::CsvProfile;
use worker::format::csv::{CsvEncoder, HEX_MARK};

fuzz_target!(|rows: Rows| {
    let (count, rows) = rectangular(rows);
    let columns = columns(&vec!["text"; count]);
    let (mut encoder, mut sheet) = (CsvEncoder::new(CsvProfile::Lossless, &columns), Vec::new());
    encoder.header(&columns, &mut sheet);
    encoder.encode(&copied(&rows), &mut sheet).unwrap();

    let mut reader = csv::Reader::from_reader(&sheet[..]);
    let mut records = reader.byte_records();
    for row in &rows {
        let record = records.next().unwrap().unwrap();
        assert_eq!(record.len(), count);
        for (field, cell) in record.iter().zip(row) {
            match (cell, field.strip_prefix(HEX_MARK.as_bytes())) {
                // A reader does not tell NULL and the empty text apart by their quotes; a lone NULL is written out.
                (None, _) => assert!(field.is_empty() || count == 1 && field == b"\\N"),
                (Some(cell), Some(bytes)) => assert_eq!(*cell, hex::decode(bytes).unwrap()),
                (Some(cell), None) => assert_eq!(cell, field),
            }
        }
    }
    assert!(records.next().is_none());
});

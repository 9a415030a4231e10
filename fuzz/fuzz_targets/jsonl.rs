//! Every value of every type is one line of JSON that a reader takes, and text comes back from it.

#![no_main]

use handover_fuzz::{Rows, columns, copied, rectangular};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use worker::format::jsonl::{HEX_MARK, JsonlEncoder};

const TYPES: [&str; 9] = ["text", "json", "int8", "float8", "bool", "numeric", "jsonb", "bytea", "text"];

fuzz_target!(|rows: Rows| {
    let (count, rows) = rectangular(rows);
    let mut encoder = JsonlEncoder::new(&columns(&TYPES[..count]));
    let mut out = Vec::new();
    encoder.encode(&copied(&rows), &mut out).unwrap();
    let mut lines = std::str::from_utf8(&out).unwrap().lines();
    for row in &rows {
        let line = lines.next().unwrap();
        serde_json::from_str::<IgnoredAny>(line).unwrap();
        // Documents may hold numbers that serde_json's values cannot; text is looked at alone.
        let mut alone = JsonlEncoder::new(&columns(&["text"]));
        let mut out = Vec::new();
        alone.encode(&copied(&vec![vec![row[0].clone()]]), &mut out).unwrap();
        let object: serde_json::Value = serde_json::from_slice(&out).unwrap();
        match (&row[0], object["c0"].as_str()) {
            (None, found) => assert_eq!(found, None),
            (Some(cell), Some(text)) => match text.strip_prefix(HEX_MARK) {
                Some(bytes) => assert_eq!(*cell, hex::decode(bytes).unwrap()),
                None => assert_eq!(cell, text.as_bytes()),
            },
            (Some(_), None) => panic!("text became something else"),
        }
    }
    assert_eq!(lines.next(), None);
});

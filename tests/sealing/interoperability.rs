//! Tink opens what is sealed here, and here opens what Tink sealed.

use super::desk::{content, seal};
use crate::support::{process::run, tools};
use shared::{
    envelope::{AssociatedData, DataKey, EnvelopeError, HEADER, Opener, SEGMENT, TAG},
    export::ExportId,
};
use std::{path::Path, process::Command};

const KEY: [u8; 32] = [0x5a; 32];
const FIRST: usize = SEGMENT - HEADER - TAG;

fn tink(way: &str, words: &AssociatedData, from: &Path, to: &Path) -> Command {
    let mut command = Command::new(tools::python("python"));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/tink_stream.py");
    command.args([script, way, &hex::encode(KEY), words.as_str()]).args([from, to]);
    command
}

fn open(words: &AssociatedData, sealed: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
    let key = DataKey::from_bytes(&KEY).unwrap();
    let mut opening = Opener::new(&key, words, &sealed[..HEADER], sealed.len() as u64)?.whole();
    let (mut plaintext, mut rest) = (Vec::new(), &sealed[HEADER..]);
    while !rest.is_empty() {
        if let Some(opened) = opening.open(&mut rest)? {
            plaintext.extend_from_slice(&opened);
        }
    }
    opening.finish().map(|()| plaintext)
}

#[test]
fn tink_and_handover_open_what_the_other_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let [plain, sealed, opened] = ["plain", "sealed", "opened"].map(|name| folder.path().join(name));
    let words = AssociatedData::of_file(ExportId::max(), 3, "csv/orders.csv.zst");
    let key = DataKey::from_bytes(&KEY).unwrap();
    for length in [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + SEGMENT - TAG, 2 * SEGMENT + 12_345] {
        let content = content(length, 7);
        std::fs::write(&sealed, seal(&key, &words, &content)).unwrap();
        run(&mut tink("open", &words, &sealed, &opened));
        assert!(std::fs::read(&opened).unwrap() == content, "{length} bytes sealed here");

        std::fs::write(&plain, &content).unwrap();
        run(&mut tink("seal", &words, &plain, &sealed));
        assert!(open(&words, &std::fs::read(&sealed).unwrap()).unwrap() == content, "{length} bytes sealed by Tink");
    }
}

#[test]
fn tink_refuses_other_words() {
    let folder = tempfile::tempdir().unwrap();
    let [sealed, opened] = ["sealed", "opened"].map(|name| folder.path().join(name));
    let [words, other] = [1, 2].map(|attempt| AssociatedData::of_file(ExportId::nil(), attempt, "a.zip"));
    std::fs::write(&sealed, seal(&DataKey::from_bytes(&KEY).unwrap(), &words, b"content")).unwrap();
    let refused = tink("open", &other, &sealed, &opened).output().unwrap();
    assert!(!refused.status.success());
}

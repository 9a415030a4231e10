//! Any `Range` header: what is given lies in the file.
#![no_main]

use api::range::{Wanted, wanted};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, u64)| {
    let (header, length) = input;
    for header in [header.to_owned(), format!("bytes={header}")] {
        if let Wanted::Part(part) = wanted(&header, length) {
            assert!(part.start < part.end && part.end <= length, "{header:?} of {length}: {part:?}");
        }
    }
});

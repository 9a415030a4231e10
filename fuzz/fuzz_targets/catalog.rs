//! Whatever stands in a catalog file, with its rules and JSON paths, is read or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use worker::catalog::Catalog;

fuzz_target!(|text: &str| {
    let _ = Catalog::parse(text);
});

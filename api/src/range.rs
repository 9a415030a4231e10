//! Ranges of bytes that a download is asked for (RFC 9110, section 14).

use std::ops::Range;

/// What a `Range` header asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Everything: there is no range, it is malformed or of another unit, or there are several at once, which a server may answer with the whole.
    Whole,
    /// These bytes, at least one, all of them in the file.
    Part(Range<u64>),
    /// Bytes beyond the end: 416.
    Nowhere,
}

/// Reads the value of a `Range` header for a file of so many bytes.
pub fn wanted(header: &str, length: u64) -> Wanted {
    let Some((unit, set)) = header.split_once('=') else { return Wanted::Whole };
    if !unit.eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    // A list may have empty elements and spaces around its commas (section 5.6.1).
    let mut specs = set.split(',').map(|spec| spec.trim_matches([' ', '\t'])).filter(|spec| !spec.is_empty());
    match (specs.next(), specs.next()) {
        (Some(only), None) => one(only, length),
        _ => Wanted::Whole,
    }
}

fn one(spec: &str, length: u64) -> Wanted {
    let Some((first, last)) = spec.split_once('-') else { return Wanted::Whole };
    match (position(first), position(last)) {
        (Position::None, Position::At(suffix)) => suffix_of(suffix, length),
        (Position::At(first), Position::None) => part(first, u64::MAX, length),
        (Position::At(first), Position::At(last)) if first <= last => part(first, last, length),
        _ => Wanted::Whole,
    }
}

fn suffix_of(suffix: u64, length: u64) -> Wanted {
    match (suffix, length) {
        (0, _) => Wanted::Nowhere,
        // The last bytes of nothing are nothing, for which there is no Content-Range.
        (_, 0) => Wanted::Whole,
        _ => Wanted::Part(length.saturating_sub(suffix)..length),
    }
}

fn part(first: u64, last: u64, length: u64) -> Wanted {
    if first >= length {
        return Wanted::Nowhere;
    }
    Wanted::Part(first..last.saturating_add(1).min(length))
}

enum Position {
    /// Nothing stands there.
    None,
    /// The number; the largest there is where it is larger than that.
    At(u64),
    /// No number.
    Malformed,
}

fn position(text: &str) -> Position {
    if text.is_empty() {
        return Position::None;
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Position::Malformed;
    }
    // All digits: it can only be too large.
    Position::At(text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_standard_are_understood() {
        for (header, expected) in [
            ("bytes=0-499", Wanted::Part(0..500)),
            ("bytes=500-999", Wanted::Part(500..1000)),
            ("bytes=-500", Wanted::Part(9500..10_000)),
            ("bytes=9500-", Wanted::Part(9500..10_000)),
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=-1", Wanted::Part(9999..10_000)),
            ("bytes=9999-20000", Wanted::Part(9999..10_000)),
            ("bytes=-20000", Wanted::Part(0..10_000)),
            ("BYTES=0-499", Wanted::Part(0..500)),
            ("bytes= , 0-499\t,", Wanted::Part(0..500)),
            ("bytes=0-99999999999999999999999", Wanted::Part(0..10_000)),
            ("bytes=10000-", Wanted::Nowhere),
            ("bytes=10000-10001", Wanted::Nowhere),
            ("bytes=99999999999999999999999-", Wanted::Nowhere),
            ("bytes=-0", Wanted::Nowhere),
        ] {
            assert_eq!(wanted(header, 10_000), expected, "{header}");
        }
    }

    #[test]
    fn what_is_malformed_or_of_another_unit_or_more_than_one_is_no_range() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-4",
            "bytes=+1-2",
            "bytes=1-2-3",
            "bytes= 1 - 2",
            "bytes =1-2",
            "seconds=0-1",
            "bytes=0-0,-1",
            "bytes=0-499, 500-999",
            "bytes=0x1-2",
            "bytes=٣-٤",
        ] {
            assert_eq!(wanted(header, 10_000), Wanted::Whole, "{header:?}");
        }
    }

    #[test]
    fn an_empty_file_has_no_range() {
        assert_eq!(wanted("bytes=0-", 0), Wanted::Nowhere);
        assert_eq!(wanted("bytes=-5", 0), Wanted::Whole);
    }

    proptest! {
        #[test]
        fn a_part_always_lies_in_the_file(header in "bytes=[0-9]{0,20}-[0-9]{0,20}|bytes=\\PC*|\\PC*", length in any::<u64>()) {
            if let Wanted::Part(part) = wanted(&header, length) {
                prop_assert!(part.start < part.end && part.end <= length);
            }
        }

        #[test]
        fn a_range_gives_the_bytes_it_names(first in 0_u64..50, more in 0_u64..50, length in 1_u64..60) {
            let (last, all): (u64, Vec<u64>) = (first + more, (0..length).collect());
            let named: Vec<u64> = all.iter().copied().filter(|byte| (first..=last).contains(byte)).collect();
            let given = match wanted(&format!("bytes={first}-{last}"), length) {
                Wanted::Part(part) => part.collect(),
                Wanted::Nowhere => Vec::new(),
                Wanted::Whole => all,
            };
            prop_assert_eq!(given, named);
        }

        #[test]
        fn a_suffix_gives_the_last_bytes(suffix in 1_u64..80, length in 1_u64..60) {
            let expected = length - suffix.min(length)..length;
            prop_assert_eq!(wanted(&format!("bytes=-{suffix}"), length), Wanted::Part(expected));
        }
    }
}

//! The tripwire: the owner's key in a row is compared with the tenant's before the row is handed on.

use std::borrow::Cow;

/// The tenant's key in the forms in which its own rows may print it.
#[derive(Debug)]
pub(super) struct Tripwire {
    key: Vec<u8>,
    alike: Alike,
    /// Whether NULL passes: other ways say whose the row is.
    null_passes: bool,
}

/// When two printed keys are one key to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alike {
    /// Byte by byte.
    Exact,
    /// Without regard to case.
    Case,
    /// Without regard to ASCII case.
    AsciiCase,
    /// Without regard to blanks at the end.
    Blanks,
    /// Without regard to zeros at the end of a fraction.
    Zeros,
    /// As decimal numbers: without regard to zeros before them and at the end of a fraction.
    Number,
    /// The key is printed in lower-case hexadecimal, the cells as the bytes that it means.
    Hexadecimal,
}

impl Tripwire {
    pub(super) fn new(key: &str, alike: Alike) -> Self {
        let key = match alike {
            // Its own cells are folded into this form.
            Alike::Hexadecimal => key.as_bytes().to_vec(),
            _ => fold(key.as_bytes(), alike).into_owned(),
        };
        Self { key, alike, null_passes: false }
    }

    /// Lets NULL pass where `passes`: then other ways say whose a row is.
    pub(super) fn with_null(self, passes: bool) -> Self {
        Self { null_passes: passes, ..self }
    }

    /// Whether the cell (as the database prints it; `None` for NULL) is the tenant's.
    pub(super) fn allows(&self, cell: Option<&[u8]>) -> bool {
        cell.map_or(self.null_passes, |cell| *fold(cell, self.alike) == *self.key)
    }

    /// Whether column `index` of a line of COPY text is the tenant's.
    pub(super) fn allows_line(&self, line: &[u8], index: usize) -> bool {
        // A tab inside a value is written as `\t`, so every raw tab separates.
        let Some(cell) = line.split(|byte| *byte == b'\t').nth(index) else {
            return false;
        };
        match cell {
            b"\\N" => self.null_passes,
            _ if cell.contains(&b'\\') => self.allows(Some(&unescape(cell))),
            _ => self.allows(Some(cell)),
        }
    }
}

fn fold(text: &[u8], alike: Alike) -> Cow<'_, [u8]> {
    match alike {
        Alike::Exact => text.into(),
        Alike::AsciiCase => text.to_ascii_lowercase().into(),
        Alike::Case => String::from_utf8_lossy(text).to_lowercase().into_bytes().into(),
        Alike::Blanks => {
            let end = text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
            (&text[..end]).into()
        }
        Alike::Zeros if text.contains(&b'.') => {
            let end = text.iter().rposition(|byte| *byte != b'0').map_or(0, |last| last + 1);
            (text[..end].strip_suffix(b".").unwrap_or(&text[..end])).into()
        }
        Alike::Zeros => text.into(),
        Alike::Number => {
            let (sign, digits) = text.strip_prefix(b"-").map_or((&b""[..], text), |digits| (&b"-"[..], digits));
            let whole = digits.iter().position(|byte| *byte == b'.').unwrap_or(digits.len());
            let zeros = digits[..whole].iter().take_while(|byte| **byte == b'0').count().min(whole.saturating_sub(1));
            [sign, &fold(&digits[zeros..], Alike::Zeros)].concat().into()
        }
        Alike::Hexadecimal => hex::encode(text).into_bytes().into(),
    }
}

/// Undoes the escapes that COPY writes: <https://www.postgresql.org/docs/current/sql-copy.html>, "Text Format".
fn unescape(cell: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(cell.len());
    let mut bytes = cell.iter();
    while let Some(byte) = bytes.next() {
        text.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'b') => 8,
                Some(b't') => b'\t',
                Some(b'n') => b'\n',
                Some(b'v') => 11,
                Some(b'f') => 12,
                Some(b'r') => b'\r',
                Some(other) => *other,
                None => b'\\',
            },
            other => *other,
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_tenants_own_key_passes() {
        let tripwire = Tripwire::new("a\tb\\c", Alike::Exact);
        assert!(tripwire.allows_line(b"1\ta\\tb\\\\c\t9", 1));
        assert!(!tripwire.allows_line(b"1\ta\\tb\t9", 1));
        assert!(!tripwire.allows_line(b"1\t\\N\t9", 1));
        assert!(!tripwire.allows_line(b"1", 1));
        assert!(!Tripwire::new("\\N", Alike::Exact).allows_line(b"\\N", 0));
        assert!(Tripwire::new("\\N", Alike::Exact).allows_line(b"\\\\N", 0));
    }

    #[test]
    fn null_passes_only_where_other_ways_decide() {
        let tripwire = Tripwire::new("A", Alike::Exact).with_null(true);
        assert!(tripwire.allows(None) && tripwire.allows_line(b"1\t\\N", 1) && tripwire.allows_line(b"1\tA", 1));
        assert!(
            !tripwire.allows_line(b"1\tB", 1) && !tripwire.allows_line(b"1\t", 1) && !tripwire.allows_line(b"1", 1)
        );
        assert!(!Tripwire::new("A", Alike::Exact).allows(None));
    }

    #[test]
    fn keys_that_the_database_takes_for_one_pass() {
        assert!(Tripwire::new("Äcme", Alike::Case).allows(Some("äCME".as_bytes())));
        assert!(Tripwire::new("Acme", Alike::AsciiCase).allows(Some(b"aCME")));
        assert!(!Tripwire::new("Acme", Alike::Exact).allows(Some(b"acme")));
        assert!(Tripwire::new("ab", Alike::Blanks).allows(Some(b"ab  ")));
        assert!(Tripwire::new("10", Alike::Zeros).allows(Some(b"10.00")));
        assert!(!Tripwire::new("10", Alike::Zeros).allows(Some(b"1")));
        assert!(!Tripwire::new("10", Alike::Zeros).allows(Some(b"100")));
    }

    #[test]
    fn numbers_are_one_key_however_they_are_padded_and_bytes_are_shown_as_hexadecimal() {
        let allows = |key: &str, alike: Alike, cell: &[u8]| Tripwire::new(key, alike).allows(Some(cell));
        for (key, cell, own) in [
            ("7", "0007", true),
            ("0007", "7", true),
            ("-7", "-7.00", true),
            ("0", "000", true),
            ("0.5", "0.50", true),
            ("7", "-7", false),
            ("7", "70", false),
            ("70", "7", false),
            ("1", "1abc", false),
            ("0", "", false),
        ] {
            assert_eq!(allows(key, Alike::Number, cell.as_bytes()), own, "{key} {cell}");
        }
        assert!(allows("00ff", Alike::Hexadecimal, b"\x00\xff"));
        assert!(!allows("00ff", Alike::Hexadecimal, b"00ff"));
        assert!(!allows("00ff", Alike::Hexadecimal, b"\x00\xff\x00"));
    }
}

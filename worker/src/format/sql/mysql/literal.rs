//! Cells as literals that a MySQL or MariaDB server reads back to the same bytes, and that no client touches on the way.
//!
//! Clients drop carriage returns, stop at NUL and look for commands at the beginning of lines. So a literal is one line of printable characters: what is not is
//! escaped with a backslash, as `mysqldump` does it. That is what every session understands, unless its `sql_mode` has `NO_BACKSLASH_ESCAPES`.

use crate::format::{Sink, append, csv::HEX_MARK, hexadecimal, printed::Printed};

/// Appends a cell; `None` is NULL.
pub(super) fn append_cell(printed: Printed, cell: Option<&[u8]>, out: &mut impl Sink) {
    match (cell, printed) {
        (None, _) => out.extend_from_slice(b"null"),
        (Some(cell), Printed::Number) if Printed::is_number(cell) => {
            out.extend_from_slice(cell);
            // A whole number has no negative zero.
            if cell == b"-0" {
                out.extend_from_slice(b"e0");
            }
        }
        (Some(cell), Printed::Bits) => append(out, format_args!("b'{:b}'", Printed::bits(cell))),
        (Some(b""), _) => out.extend_from_slice(b"''"),
        (Some(cell), Printed::Bytes) => append_bytes(cell, out),
        (Some(cell), Printed::Number | Printed::Choice | Printed::Text) => append_text(cell, out),
    }
}

/// A text of ours as a literal.
pub(super) fn literal(text: &str) -> String {
    let mut quoted = Vec::new();
    append_text(text.as_bytes(), &mut quoted);
    String::from_utf8_lossy(&quoted).into_owned()
}

fn append_bytes(bytes: &[u8], out: &mut impl Sink) {
    out.extend_from_slice(b"x'");
    hexadecimal(bytes, out);
    out.push(b'\'');
}

/// Text that is no UTF-8 stands in tables that older servers wrote; none takes it back today. It is written as in the CSV: its mark and its bytes.
fn append_text(text: &[u8], out: &mut impl Sink) {
    if std::str::from_utf8(text).is_err() {
        append(out, format_args!("'{HEX_MARK}"));
        hexadecimal(text, out);
        out.push(b'\'');
        return;
    }
    out.reserve(text.len() + 2);
    out.push(b'\'');
    let mut copied = 0;
    for (place, byte) in text.iter().enumerate() {
        let escaped: &[u8] = match byte {
            0 => b"\\0",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            0x1A => b"\\Z",
            b'\\' => b"\\\\",
            b'\'' => b"''",
            _ => continue,
        };
        out.extend_from_slice(&text[copied..place]);
        out.extend_from_slice(escaped);
        copied = place + 1;
    }
    out.extend_from_slice(&text[copied..]);
    out.push(b'\'');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(printed: Printed, cell: &[u8]) -> String {
        let mut out = Vec::new();
        append_cell(printed, Some(cell), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_kind_of_cell_has_its_literal() {
        assert_eq!(of(Printed::Number, b"-12.50"), "-12.50");
        assert_eq!(of(Printed::Number, b"-0"), "-0e0");
        assert_eq!(of(Printed::Number, b"1);drop"), "'1);drop'");
        assert_eq!(of(Printed::Bits, &[1, 5]), "b'100000101'");
        assert_eq!(of(Printed::Bits, &[0]), "b'0'");
        assert_eq!(of(Printed::Bytes, b""), "''");
        assert_eq!(of(Printed::Bytes, &[0, 0xff, b'\'']), "x'00ff27'");
        assert_eq!(of(Printed::Text, "it's \\ \r\n\0\u{1a} ß😀".as_bytes()), "'it''s \\\\ \\r\\n\\0\\Z ß😀'");
        assert_eq!(of(Printed::Text, &[0xff]), "'handover-hex:ff'");
        let mut null = Vec::new();
        append_cell(Printed::Bytes, None, &mut null);
        assert_eq!(null, b"null");
    }

    proptest! {
        #[test]
        fn a_literal_is_one_line_of_text_without_control_characters(cell: Vec<u8>, kind in 0..5_usize) {
            let kinds = [Printed::Number, Printed::Bits, Printed::Bytes, Printed::Choice, Printed::Text];
            let literal = of(kinds[kind], &cell);
            let broken = literal.contains(['\0', '\n', '\r', '\u{1a}']);
            prop_assert!(!broken);
        }
    }
}

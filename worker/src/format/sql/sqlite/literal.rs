//! SQLite values as literals that the sqlite3 shell reads back to the same storage class and the same bytes.

use crate::{format::append, rows::SqliteValue};
use memchr::{memchr, memchr_iter, memmem};

/// Appends a value.
pub fn append_value(value: &SqliteValue, out: &mut Vec<u8>) {
    match value {
        SqliteValue::Null => out.extend_from_slice(b"null"),
        // Its digits alone would be too large for an integer and become a real.
        SqliteValue::Integer(i64::MIN) => out.extend_from_slice(b"(-9223372036854775807-1)"),
        SqliteValue::Integer(number) => append(out, format_args!("{number}")),
        SqliteValue::Real(number) => append_real(*number, out),
        SqliteValue::Text(text) => append_text(text, out),
        SqliteValue::Blob(bytes) => append_blob(bytes, out),
    }
}

fn append_real(number: f64, out: &mut Vec<u8>) {
    if number.is_infinite() {
        out.extend_from_slice(if number > 0.0 { b"1e999" } else { b"-1e999" });
        return;
    }
    let start = out.len();
    append(out, format_args!("{number:?}"));
    let digits = out[start..]
        .iter()
        .take_while(|byte| **byte != b'e')
        .filter(|byte| byte.is_ascii_digit())
        .count();
    if digits > 15 {
        // The shortest form may lie so close to the next number that SQLite's own reading of decimals takes that one; 17 digits are far from it.
        out.truncate(start);
        append(out, format_args!("{number:.16e}"));
    }
}

fn append_text(text: &[u8], out: &mut Vec<u8>) {
    if memchr(0, text).is_some() || std::str::from_utf8(text).is_err() {
        append_as_bytes(text, out);
    } else if memchr(b'\r', text).is_none() {
        append_quoted(text, out);
    } else if memmem::find(text, b"\\r").is_some() {
        append_as_bytes(text, out);
    } else {
        // The shell drops a carriage return at the end of a line, also inside a literal.
        out.extend_from_slice(b"replace(");
        let mut visible = Vec::with_capacity(text.len() + 16);
        let mut copied = 0;
        for place in memchr_iter(b'\r', text) {
            visible.extend_from_slice(&text[copied..place]);
            visible.extend_from_slice(b"\\r");
            copied = place + 1;
        }
        visible.extend_from_slice(&text[copied..]);
        append_quoted(&visible, out);
        out.extend_from_slice(b",'\\r',char(13))");
    }
}

fn append_quoted(text: &[u8], out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'\'');
    let mut copied = 0;
    for place in memchr_iter(b'\'', text) {
        out.extend_from_slice(&text[copied..=place]);
        out.push(b'\'');
        copied = place + 1;
    }
    out.extend_from_slice(&text[copied..]);
    out.push(b'\'');
}

fn append_as_bytes(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"cast(");
    append_blob(text, out);
    out.extend_from_slice(b" as text)");
}

fn append_blob(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"x'");
    out.extend_from_slice(hex::encode(bytes).as_bytes());
    out.push(b'\'');
}

//! SQLite values as literals that the sqlite3 shell reads back to the same storage class and the same bytes.

use crate::{
    format::{Sink, append, hexadecimal},
    rows::SqliteValue,
};
use memchr::{memchr, memchr_iter, memmem};

/// Appends a value.
pub fn append_value(value: &SqliteValue, out: &mut impl Sink) {
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

fn append_real(number: f64, out: &mut impl Sink) {
    if number.is_infinite() {
        out.extend_from_slice(if number > 0.0 { b"1e999" } else { b"-1e999" });
    } else if reads_back_as_decimal(number) {
        append(out, format_args!("{number:?}"));
    } else {
        append_as_fraction(number, out);
    }
}

/// Whether every version of SQLite reads the number's decimal form exactly. Its reading of decimals is only exact while digits and power of ten are both exact
/// as doubles; otherwise it may end at a neighbour, whatever the number of digits.
fn reads_back_as_decimal(number: f64) -> bool {
    let text = format!("{number:e}");
    let Some((digits, exponent)) = text.split_once('e') else {
        return false;
    };
    let count = digits.bytes().filter(u8::is_ascii_digit).count();
    let Ok(exponent) = exponent.parse::<i32>() else {
        return false;
    };
    let places = i32::try_from(count).map_or(i32::MAX, |count| count - 1);
    count <= 15 && (exponent - places).abs() <= 22
}

/// Appends the number as a whole number times or over powers of two: each step is exact.
fn append_as_fraction(number: f64, out: &mut impl Sink) {
    /// So that a power of two has at most 16 digits.
    const LARGEST_STEP: i64 = 50;
    let bits = number.to_bits();
    let exponent_bits = (bits >> 52) & 0x7ff;
    let fraction = bits & ((1 << 52) - 1);
    let (mut whole, mut exponent) = match exponent_bits {
        0 => (fraction, -1074),
        normal => (fraction | 1 << 52, normal.cast_signed() - 1075),
    };
    let zeros = whole.trailing_zeros();
    whole >>= zeros;
    exponent += i64::from(zeros);
    let sign = if number.is_sign_negative() { "-" } else { "" };
    append(out, format_args!("({sign}{whole}"));
    if exponent == 0 {
        out.extend_from_slice(b"*1.0");
    }
    while exponent != 0 {
        let step = exponent.clamp(-LARGEST_STEP, LARGEST_STEP);
        let operator = if step > 0 { '*' } else { '/' };
        append(out, format_args!("{operator}{}.0", 1_u64 << step.abs()));
        exponent -= step;
    }
    out.push(b')');
}

fn append_text(text: &[u8], out: &mut impl Sink) {
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

fn append_quoted(text: &[u8], out: &mut impl Sink) {
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

fn append_as_bytes(text: &[u8], out: &mut impl Sink) {
    out.extend_from_slice(b"cast(");
    append_blob(text, out);
    out.extend_from_slice(b" as text)");
}

fn append_blob(bytes: &[u8], out: &mut impl Sink) {
    out.extend_from_slice(b"x'");
    hexadecimal(bytes, out);
    out.push(b'\'');
}

#[cfg(test)]
mod tests {

    use super::*;
    use proptest::prelude::*;
    use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

    /// What SQLite makes of the literals: storage class, bytes, and the bits of a real.
    fn read_back(values: &[SqliteValue]) -> Vec<(String, Vec<u8>, Option<f64>)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
            let mut rows = Vec::new();
            for value in values {
                let mut literal = Vec::new();
                append_value(value, &mut literal);
                let literal = String::from_utf8(literal).unwrap();
                let sql = format!("with v(v) as (select {literal}) select typeof(v), cast(v as blob), v from v");
                let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
                let class: String = row.get(0);
                let real = (class == "real").then(|| row.get::<f64, _>(2));
                rows.push((class, row.get::<Option<Vec<u8>>, _>(1).unwrap_or_default(), real));
            }
            rows
        })
    }

    fn value() -> impl Strategy<Value = SqliteValue> {
        let pieces = prop::sample::select(vec![
            "a", "'", "\"", "\r\n", "\r", "\n", "\0", "\\r", "\\", ";", "--", "(", ")", "😀", ".read x", "ß",
        ]);
        let text = prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat().into_bytes());
        prop_oneof![
            Just(SqliteValue::Null),
            any::<i64>().prop_map(SqliteValue::Integer),
            any::<u64>()
                .prop_map(f64::from_bits)
                .prop_filter("SQLite has no NaN", |number| !number.is_nan())
                .prop_map(SqliteValue::Real),
            text.prop_map(SqliteValue::Text),
            prop::collection::vec(any::<u8>(), 0..20).prop_map(SqliteValue::Text),
            prop::collection::vec(any::<u8>(), 0..20).prop_map(SqliteValue::Blob),
        ]
    }

    fn check(values: &[SqliteValue]) {
        for (value, (class, bytes, real)) in values.iter().zip(read_back(values)) {
            match value {
                SqliteValue::Null => assert_eq!(class, "null"),
                SqliteValue::Integer(number) => {
                    assert_eq!((class.as_str(), bytes), ("integer", number.to_string().into_bytes()));
                }
                SqliteValue::Real(number) => {
                    assert_eq!(class, "real", "{number:?}");
                    assert_eq!(real.unwrap().to_bits(), number.to_bits(), "{number:?}");
                }
                SqliteValue::Text(text) => assert_eq!((class.as_str(), &bytes), ("text", text)),
                SqliteValue::Blob(blob) => assert_eq!((class.as_str(), &bytes), ("blob", blob)),
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn sqlite_reads_every_literal_back(values in prop::collection::vec(value(), 40)) {
            check(&values);
        }
    }

    #[test]
    fn the_numbers_at_the_edges_come_back() {
        let reals = [
            0.0,
            -0.0,
            1.0,
            -1.5,
            0.1 + 0.2,
            f64::MAX,
            f64::MIN,
            f64::MIN_POSITIVE,
            5e-324,
            2.225_073_858_507_201e-308,
            f64::INFINITY,
            f64::NEG_INFINITY,
            1e15,
            1e16,
            9007199254740993.0,
            1.7976931348623157e308,
            4.35,
            123456.7,
        ];
        let integers = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX];
        let values: Vec<SqliteValue> =
            reals.into_iter().map(SqliteValue::Real).chain(integers.map(SqliteValue::Integer)).collect();
        check(&values);
    }

    #[test]
    fn no_literal_has_a_carriage_return_or_nul_in_it() {
        for text in ["a\r\nb", "a\r\n\\r", "a\0b"] {
            let mut literal = Vec::new();
            append_value(&SqliteValue::Text(text.into()), &mut literal);
            assert!(!literal.contains(&b'\r') && !literal.contains(&0), "{text:?}");
        }
    }
}

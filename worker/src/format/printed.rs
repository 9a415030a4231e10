//! What the cells of MySQL's text protocol are: the bytes alone do not tell a number from a text from a picture.

use crate::plan::ColumnPlan;

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Printed {
    /// A number in decimal.
    Number,
    /// The bytes of a bit field, the highest first.
    Bits,
    /// Bytes that mean no text: `binary`, `blob`, geometries.
    Bytes,
    /// One of a list of words, of which the empty one is none: there it means a value that the database once refused.
    Choice,
    /// Text in UTF-8, and everything that is written like text: dates, JSON, `uuid`.
    Text,
}

impl Printed {
    /// What this column's cells are; a masked one is text.
    pub(crate) fn of(column: &ColumnPlan) -> Self {
        if column.mask.is_some() {
            return Self::Text;
        }
        match column.base_type.to_ascii_lowercase().as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" | "decimal" | "numeric" | "float"
            | "double" | "real" | "year" => Self::Number,
            "bit" => Self::Bits,
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "geometry" | "point"
            | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon" | "geometrycollection"
            | "geomcollection" | "vector" => Self::Bytes,
            "enum" if !has_empty_word(&column.type_name) => Self::Choice,
            _ => Self::Text,
        }
    }

    /// The number of a bit field.
    pub(crate) fn bits(cell: &[u8]) -> u64 {
        cell.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// Whether a cell is a number as databases print them: an optional minus, digits with at most one point, an exponent.
    pub(crate) fn is_number(cell: &[u8]) -> bool {
        let unsigned = cell.strip_prefix(b"-").unwrap_or(cell);
        let (mantissa, exponent) = match unsigned.iter().position(|byte| *byte == b'e') {
            Some(place) => (&unsigned[..place], Some(&unsigned[place + 1..])),
            None => (unsigned, None),
        };
        let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
        let whole = match mantissa.iter().position(|byte| *byte == b'.') {
            Some(point) => digits(&mantissa[..point]) && digits(&mantissa[point + 1..]),
            None => digits(mantissa),
        };
        whole && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(b"-").unwrap_or(exponent)))
    }
}

/// Whether the words of an `enum` type, in quotes of which those inside are doubled, have the empty one among them.
fn has_empty_word(type_name: &str) -> bool {
    let mut characters = type_name.chars().peekable();
    let mut length = None;
    while let Some(character) = characters.next() {
        length = match (length, character) {
            (None, '\'') => Some(0_usize),
            (None, _) => None,
            (Some(length), '\'') if characters.next_if_eq(&'\'').is_some() => Some(length + 1),
            (Some(0), '\'') => return true,
            (Some(_), '\'') => None,
            (Some(length), _) => Some(length + 1),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(type_name: &str) -> Printed {
        Printed::of(&ColumnPlan {
            name: "c".to_owned(),
            type_name: type_name.to_owned(),
            base_type: type_name.split([' ', '(']).next().unwrap_or_default().to_owned(),
            nullable: true,
            generated: false,
            mask: None,
        })
    }

    #[test]
    fn a_type_tells_what_its_cells_are() {
        assert_eq!(of("bigint(20) unsigned zerofill"), Printed::Number);
        assert_eq!(of("bit(64)"), Printed::Bits);
        assert_eq!(of("multipolygon"), Printed::Bytes);
        assert_eq!(of("inet6"), Printed::Text);
        assert_eq!(of("longtext"), Printed::Text);
        for without_the_empty_word in ["enum('a','b''')", "enum('x,'',y')", "enum(''',''','''')"] {
            assert_eq!(of(without_the_empty_word), Printed::Choice, "{without_the_empty_word}");
        }
        for with_the_empty_word in ["enum('','a')", "enum('a','')", "enum('a','','b')"] {
            assert_eq!(of(with_the_empty_word), Printed::Text);
        }
    }

    #[test]
    fn only_numbers_are_numbers() {
        for number in ["0", "-12", "00042", "1.50", "-1.5e-7", "1e20", "18446744073709551615"] {
            assert!(Printed::is_number(number.as_bytes()), "{number}");
        }
        for other in ["", "-", "1.", ".5", "1e", "0x1", "1;", "1 ", "nan", "--1", "1e+5", "1,2", "1)"] {
            assert!(!Printed::is_number(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn bits_are_a_number() {
        assert_eq!(Printed::bits(&[0xff; 8]), u64::MAX);
        assert_eq!(Printed::bits(&[1, 0]), 256);
    }
}

//! Numbers, masks and links as people read them.

use crate::catalog::Mask;
use shared::export::Format;

/// `1,500,000`.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `CSV, SQL and JSON`.
pub(super) fn formats(formats: &[Format]) -> String {
    let names: Vec<&str> = Format::ALL
        .iter()
        .filter(|format| formats.contains(format))
        .map(|format| match format {
            Format::Csv => "CSV",
            Format::Sql => "SQL",
            Format::Jsonl => "JSON",
        })
        .collect();
    match names.as_slice() {
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        names => names.concat(),
    }
}

/// What a mask leaves.
pub(super) fn mask(mask: Mask) -> &'static str {
    match mask {
        Mask::Last4 => "only the last four characters are shown",
        Mask::Email => "only the first character and the domain are shown",
        Mask::Redact => "hidden: every value is shown as ***",
    }
}

/// A path in the archive as a link.
pub(super) fn href(path: &str) -> String {
    let mut link = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            link.push(char::from(byte));
        } else {
            link.push_str(&format!("%{byte:02X}"));
        }
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_500_000), "1,500,000");
    }

    #[test]
    fn formats_are_listed_as_in_a_sentence() {
        assert_eq!(formats(&[Format::Sql]), "SQL");
        assert_eq!(formats(Format::USUAL), "CSV and SQL");
        assert_eq!(formats(&[Format::Jsonl, Format::Csv, Format::Sql]), "CSV, SQL and JSON");
    }

    #[test]
    fn a_link_keeps_its_meaning() {
        assert_eq!(href("csv/größe#1.csv"), "csv/gr%C3%B6%C3%9Fe%231.csv");
    }
}

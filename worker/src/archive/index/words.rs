//! Masks, formats and links as people read them.

use crate::{catalog::Mask, plan::RowKind};
use shared::export::Format;

/// `CSV, SQL, JSON`.
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
    names.join(", ")
}

/// The sentence of what a mask leaves.
pub(super) fn mask(mask: Mask) -> &'static str {
    match mask {
        Mask::Last4 => "start-mask-last4",
        Mask::Email => "start-mask-email",
        Mask::Redact => "start-mask-redact",
    }
}

/// The sentence of why rows are here.
pub(super) fn kind(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Owned => "start-kind-owned",
        RowKind::Referenced => "start-kind-referenced",
        RowKind::Shared => "start-kind-shared",
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
    fn formats_are_listed_in_one_order() {
        assert_eq!(formats(&[Format::Sql]), "SQL");
        assert_eq!(formats(&[Format::Jsonl, Format::Csv, Format::Sql]), "CSV, SQL, JSON");
    }

    #[test]
    fn a_link_keeps_its_meaning() {
        assert_eq!(href("csv/größe#1.csv"), "csv/gr%C3%B6%C3%9Fe%231.csv");
    }
}

//! Spellings that live inside a text cell: JSON strings and PostgreSQL arrays.

use std::fmt::Write as _;

/// A JSON string, quotes included.
pub(crate) fn json(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// A PostgreSQL array of texts; `None` is an element that is NULL.
pub(crate) fn array<T: AsRef<str>>(elements: &[Option<T>]) -> String {
    let spelled: Vec<String> = elements
        .iter()
        .map(|element| match element {
            None => "NULL".to_owned(),
            Some(text) => {
                format!("\"{}\"", text.as_ref().replace('\\', "\\\\").replace('"', "\\\""))
            }
        })
        .collect();
    format!("{{{}}}", spelled.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_backslashes_and_control_characters_are_escaped() {
        assert_eq!(json("a\"b\\c\n\u{1}é"), r#""a\"b\\c\n\u0001é""#);
        assert_eq!(array(&[Some("a\"b"), None, Some("NULL"), Some("c\\")]), r#"{"a\"b",NULL,"NULL","c\\"}"#);
    }
}

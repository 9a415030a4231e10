//! Names in SQL.

/// The name as a quoted identifier: the only form in which a name of the source reaches SQL text, so that no name can end it.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn a_quote_in_a_name_does_not_end_it() {
        assert_eq!(quote(r#"a" or 1=1 --"#), r#""a"" or 1=1 --""#);
    }
}

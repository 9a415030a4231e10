//! Names in statements and comments, however hostile.

/// A name in double quotes.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name in backticks, as MySQL quotes it.
pub fn backticked(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A schema and a name, each in double quotes.
pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quoted(schema), quoted(name))
}

/// A list of names, each in double quotes.
pub fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    names.join(", ")
}

/// A text in single quotes, for a database that reads backslashes as they are.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A text in single quotes that means the same whatever `standard_conforming_strings` says.
pub fn literal_anywhere(text: &str) -> String {
    let quoted = literal(text);
    match quoted.contains('\\') {
        true => format!("E{}", quoted.replace('\\', "\\\\")),
        false => quoted,
    }
}

/// Text that may stand in a `--` comment: no character in it ends a line.
pub fn comment(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Whether a piece of SQL mentions a name as a word, in any case. Says yes rather too often (in a string, for example).
pub fn mentions(sql: &str, name: &str) -> bool {
    has_word(sql, &name.replace('"', "\"\""))
}

/// The same where names stand in backticks.
pub fn mentions_backticked(sql: &str, name: &str) -> bool {
    has_word(sql, &name.replace('`', "``"))
}

fn has_word(sql: &str, written: &str) -> bool {
    let (sql, name) = (sql.to_lowercase(), written.to_lowercase());
    let part_of_a_word = |character: char| character.is_alphanumeric() || character == '_' || character == '$';
    sql.match_indices(&name).any(|(start, found)| {
        let before = sql[..start].chars().next_back();
        let after = sql[start + found.len()..].chars().next();
        !before.is_some_and(part_of_a_word) && !after.is_some_and(part_of_a_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_never_ends_its_line_early() {
        let comment = comment("x\n\\! touch /tmp/p\r\u{2028}y");
        assert_eq!(comment, "x\\u{a}\\! touch /tmp/p\\u{d}\\u{2028}y");
    }

    #[test]
    fn a_name_is_found_only_as_a_word() {
        assert!(mentions("lower(Email)", "email"));
        assert!(mentions("\"a\"\"b\" + 1", "a\"b"));
        assert!(!mentions("lower(email_hash)", "email"));
        assert!(mentions_backticked("`a``\"b` + 1", "a`\"b"));
    }
}

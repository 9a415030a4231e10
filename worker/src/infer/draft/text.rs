//! TOML text that no name, comment or reason can break out of.

/// The widest line of a comment.
const WIDTH: usize = 118;

/// A basic string, whatever is in it. <https://toml.io/en/v1.0.0#string>
pub(in crate::infer) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if unreadable(char) => out.push_str(&escaped(char)),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

/// A key: bare where TOML allows it.
pub(in crate::infer) fn bare_or_quoted(key: &str) -> String {
    let bare = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == '-';
    match !key.is_empty() && key.chars().all(bare) {
        true => key.to_owned(),
        false => quoted(key),
    }
}

/// Adds a comment of as many lines as it takes; what would end a line or turn it around becomes a blank.
pub(in crate::infer) fn comment(out: &mut String, text: &str) {
    let readable: String = text.chars().map(|char| if unreadable(char) { ' ' } else { char }).collect();
    let mut width = 0;
    for word in readable.split_whitespace() {
        let length = word.chars().count();
        if width == 0 || width + 1 + length > WIDTH {
            if width > 0 {
                out.push('\n');
            }
            out.push('#');
            width = 1;
        }
        out.push(' ');
        out.push_str(word);
        width += 1 + length;
    }
    if width > 0 {
        out.push('\n');
    }
}

/// Control characters, line and paragraph separators, and what changes the direction in which a line is read.
fn unreadable(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn escaped(char: char) -> String {
    format!("\\u{:04X}", u32::from(char))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_text_is_read_back_as_key_and_as_value(key in any::<String>(), value in any::<String>(), remark in any::<String>()) {
            let mut text = String::new();
            comment(&mut text, &remark);
            text.push_str(&format!("{} = {}\n", bare_or_quoted(&key), quoted(&value)));
            let read: toml::Table = toml::from_str(&text).unwrap();
            prop_assert_eq!(read.len(), 1);
            prop_assert_eq!(read[&key].as_str(), Some(value.as_str()));
        }
    }

    #[test]
    fn a_comment_stays_a_comment() {
        let mut text = String::new();
        comment(&mut text, "a\n[tables.evil]\r\nshare = \"all\"\u{2028}x");
        assert_eq!(text, "# a [tables.evil] share = \"all\" x\n");
    }
}

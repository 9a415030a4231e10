//! The words of a statement that a MySQL or MariaDB server printed.

/// One word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// As it stands in the statement.
    pub(super) text: &'a str,
    /// Where it begins.
    pub(super) start: usize,
    /// How many brackets are open around it; a bracket itself counts as outside.
    pub(super) depth: usize,
}

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name in backticks.
    Name,
    /// A text in single quotes.
    Text,
    Open,
    Close,
    Comma,
    /// `/*!50100`, `/*M!100301` or `*/`: what stands between is part of the statement.
    Versioned,
    /// Anything else up to a blank or one of the others.
    Word,
}

impl Token<'_> {
    /// Where it ends.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this word, in any case.
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// The name without its backticks.
    pub(super) fn name(&self) -> Option<String> {
        let inner = self.text.strip_prefix('`')?.strip_suffix('`')?;
        (self.kind == Kind::Name).then(|| inner.replace("``", "`"))
    }
}

/// The words of a statement, blanks left out; `None` if a quote does not end or brackets do not match. Servers escape with backslashes in what they print
/// whatever the session's `sql_mode`.
pub(super) fn tokens(statement: &str) -> Option<Vec<Token<'_>>> {
    let bytes = statement.as_bytes();
    let mut tokens = Vec::new();
    let (mut place, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(place) {
        let rest = &bytes[place..];
        let (kind, length) = match byte {
            byte if byte.is_ascii_whitespace() => {
                place += 1;
                continue;
            }
            b'`' => (Kind::Name, quoted(rest, b'`')?),
            b'\'' => (Kind::Text, quoted(rest, b'\'')?),
            b'(' => (Kind::Open, 1),
            b')' => (Kind::Close, 1),
            b',' => (Kind::Comma, 1),
            b'/' if rest.starts_with(b"/*!") || rest.starts_with(b"/*M!") => {
                let digits = rest.iter().skip(4).take_while(|byte| byte.is_ascii_digit()).count();
                (Kind::Versioned, 4 + digits)
            }
            b'*' if rest.starts_with(b"*/") => (Kind::Versioned, 2),
            _ => (Kind::Word, word(rest)),
        };
        if kind == Kind::Close {
            depth = depth.checked_sub(1)?;
        }
        // Every cut is beside an ASCII character.
        tokens.push(Token { kind, text: statement.get(place..place + length)?, start: place, depth });
        if kind == Kind::Open {
            depth += 1;
        }
        place += length;
    }
    (depth == 0).then_some(tokens)
}

/// The length of a quoted piece with both its quotes.
fn quoted(bytes: &[u8], quote: u8) -> Option<usize> {
    let mut place = 1;
    loop {
        match bytes.get(place)? {
            b'\\' if quote == b'\'' => place += 2,
            byte if *byte == quote && bytes.get(place + 1) == Some(&quote) => place += 2,
            byte if *byte == quote => return Some(place + 1),
            _ => place += 1,
        }
    }
}

fn word(bytes: &[u8]) -> usize {
    let ends = |place: usize| {
        let byte = bytes[place];
        byte.is_ascii_whitespace() || b"`'(),".contains(&byte) || bytes[place..].starts_with(b"*/")
    };
    (1..bytes.len()).find(|place| ends(*place)).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_hold_whatever_they_hold() {
        let text = "a `b``(` 'it''s \\' )' (x=1,/*!50100 y*/)";
        let found: Vec<(&str, usize)> = tokens(text).unwrap().iter().map(|token| (token.text, token.depth)).collect();
        assert_eq!(
            found,
            [
                ("a", 0),
                ("`b``(`", 0),
                ("'it''s \\' )'", 0),
                ("(", 0),
                ("x=1", 1),
                (",", 1),
                ("/*!50100", 1),
                ("y", 1),
                ("*/", 1),
                (")", 0)
            ]
        );
    }

    #[test]
    fn what_does_not_end_is_refused() {
        for text in ["'a", "`a", "(a", "a)", "'a\\'"] {
            assert_eq!(tokens(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn words_are_slices_of_the_statement_in_order(text in "[a`'\\\\(),/*!1é \n]{0,30}") {
            for token in tokens(&text).unwrap_or_default() {
                prop_assert_eq!(&text[token.start..token.end()], token.text);
            }
        }
    }
}

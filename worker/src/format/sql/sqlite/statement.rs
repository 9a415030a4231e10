//! What only the text of a `create table` statement tells: SQLite has no pragma for checks and deferred keys.

/// What a statement says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Checks in order: the name, if there is one, and the expression with its brackets.
    pub(crate) checks: Vec<(Option<String>, String)>,
    /// For each foreign key in order whether it is checked only at the end of a transaction.
    pub(crate) deferred: Vec<bool>,
    /// `integer primary key desc`, which is no other name for the rowid: <https://www.sqlite.org/lang_createtable.html#rowid>.
    pub(crate) descending_key: bool,
    /// A rule says what happens to a row that breaks it (`on conflict replace`).
    pub(crate) resolves_conflicts: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    /// A name or a text in quotes.
    Quoted,
    Open,
    Close,
    Comma,
    Other,
}

struct Token<'s> {
    kind: Kind,
    text: &'s str,
    start: usize,
    /// How many brackets are open around it.
    depth: usize,
}

/// Reads a statement; `None` if it has no list of columns.
pub(crate) fn read(statement: &str) -> Option<Told> {
    let tokens = tokens(statement);
    let first = tokens.iter().position(|token| token.kind == Kind::Open)?;
    let body = &tokens[first + 1..];
    let end = body.iter().position(|token| token.kind == Kind::Close && token.depth == 1)?;
    let mut told = Told::default();
    for item in body[..end].split(|token| token.kind == Kind::Comma && token.depth == 1) {
        item_tells(statement, item, &mut told);
    }
    Some(told)
}

fn item_tells(statement: &str, item: &[Token<'_>], told: &mut Told) {
    let word = |place: usize, word: &str| {
        item.get(place)
            .is_some_and(|token| token.kind == Kind::Word && token.depth == 1 && token.text.eq_ignore_ascii_case(word))
    };
    for place in 0..item.len() {
        if word(place, "check") {
            let close = item[place..].iter().find(|token| token.kind == Kind::Close && token.depth == 2);
            if let (Some(open), Some(close)) = (item.get(place + 1), close) {
                let named = place >= 2 && word(place - 2, "constraint");
                let name = named.then(|| unquoted(item[place - 1].text));
                told.checks.push((name, statement[open.start..=close.start].to_owned()));
            }
        } else if word(place, "references") {
            told.deferred.push(false);
        } else if word(place, "deferrable") {
            let not = place > 0 && word(place - 1, "not");
            let late = word(place + 1, "initially") && word(place + 2, "deferred");
            if let Some(deferred) = told.deferred.last_mut() {
                *deferred = late && !not;
            }
        } else if word(place, "primary") && word(place + 1, "key") && word(place + 2, "desc") {
            told.descending_key = true;
        } else if word(place, "conflict") {
            told.resolves_conflicts = true;
        }
    }
}

fn unquoted(name: &str) -> String {
    let inner = || name.get(1..name.len().checked_sub(1)?);
    match name.chars().next() {
        Some(quote @ ('"' | '`' | '\'')) => {
            inner().unwrap_or_default().replace(&format!("{quote}{quote}"), &quote.to_string())
        }
        Some('[') => inner().unwrap_or_default().to_owned(),
        _ => name.to_owned(),
    }
}

/// <https://www.sqlite.org/lang_keywords.html> and `tokenize.c`; comments and blanks are left out.
fn tokens(sql: &str) -> Vec<Token<'_>> {
    let bytes = sql.as_bytes();
    let (mut tokens, mut place, mut depth) = (Vec::new(), 0, 0_usize);
    while let Some(byte) = bytes.get(place) {
        let rest = &sql[place..];
        let (kind, length) = match byte {
            blank if blank.is_ascii_whitespace() => {
                place += 1;
                continue;
            }
            b'-' if rest.starts_with("--") => {
                place += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            b'/' if rest.starts_with("/*") => {
                place += rest.get(2..).and_then(|inner| inner.find("*/")).map_or(rest.len(), |end| end + 4);
                continue;
            }
            quote @ (b'"' | b'`' | b'\'') => (Kind::Quoted, quoted_length(rest, *quote)),
            b'[' => (Kind::Quoted, rest.find(']').map_or(rest.len(), |end| end + 1)),
            b'(' => (Kind::Open, 1),
            b')' => (Kind::Close, 1),
            b',' => (Kind::Comma, 1),
            letter if is_word(*letter) => {
                (Kind::Word, rest.bytes().position(|byte| !is_word(byte)).unwrap_or(rest.len()))
            }
            _ => (Kind::Other, 1),
        };
        if kind == Kind::Open {
            depth += 1;
        }
        // A bracket counts to what it encloses.
        tokens.push(Token { kind, text: &rest[..length], start: place, depth });
        if kind == Kind::Close {
            depth = depth.saturating_sub(1);
        }
        place += length;
    }
    tokens
}

fn quoted_length(text: &str, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let mut place = 1;
    while let Some(byte) = bytes.get(place) {
        if *byte == quote {
            if bytes.get(place + 1) != Some(&quote) {
                return place + 1;
            }
            place += 1;
        }
        place += 1;
    }
    text.len()
}

/// Every byte beyond ASCII is part of a word, so that no character is cut.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_keys_and_directions_are_read_from_the_text() {
        let told = read(
            "create table \"x (check\" ( -- check (comment)
                id integer primary key desc, [check] text default 'check (x)' check (\"a\"\"(\" <> ')' and (1)),
                p int references x (id) on delete cascade deferrable initially deferred /* references */,
                constraint \"it's \"\"named\"\"\" check(größe > 0),
                foreign key (id, p) references y not deferrable initially deferred, unique (id) on conflict replace,
                q default (1 + (2)) references y
             ) strict",
        )
        .unwrap();
        assert_eq!(
            told.checks,
            [
                (None, "(\"a\"\"(\" <> ')' and (1))".to_owned()),
                (Some("it's \"named\"".to_owned()), "(größe > 0)".to_owned())
            ]
        );
        assert_eq!(told.deferred, [true, false, false]);
        assert!(told.descending_key && told.resolves_conflicts);
    }

    #[test]
    fn a_text_without_columns_tells_nothing() {
        assert_eq!(read("create table composed anew"), None);
        assert_eq!(read("create table t (a, b)"), Some(Told::default()));
        assert_eq!(read("create table t (a, 'b"), None);
    }
}

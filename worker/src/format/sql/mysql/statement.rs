//! What a server prints for `show create table`, taken apart: each piece can be kept as it stands or left out.

use super::token::{Kind, Token, tokens};

/// A `create table` statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    pub(super) columns: Vec<ColumnText<'a>>,
    pub(super) rules: Vec<Rule<'a>>,
    pub(super) options: Vec<TableOption<'a>>,
    /// `partition by` and all that follows.
    pub(super) partitions: Option<Piece<'a>>,
}

/// A column's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnText<'a> {
    pub(super) name: String,
    /// What follows the name, in order.
    pub(super) clauses: Vec<(Clause, Piece<'a>)>,
}

/// What a part of a column's line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clause {
    /// Type, character set, NULL, comment and the like.
    Plain,
    /// `default …`.
    Default,
    /// `generated always as (…) stored`.
    Generated,
    /// `generated always as row start`.
    RowTime,
    /// `check (…)`.
    Check,
    /// `auto_increment`.
    Counter,
    /// `without system versioning`.
    Unversioned,
}

/// Part of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'a>(pub(super) &'a str);

/// A line that is no column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule<'a> {
    pub(super) kind: RuleKind,
    pub(super) name: Option<String>,
    /// Every other name in it.
    pub(super) columns: Vec<String>,
    pub(super) text: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RuleKind {
    Primary,
    Unique,
    Index,
    /// A full-text index: a server builds only one at a time.
    Fulltext,
    Foreign,
    Check,
    /// `period for system_time (…)` or for a name.
    Period,
}

/// An option behind the brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TableOption<'a> {
    /// `engine`, in the case in which it is printed; with two words where it has two.
    pub(super) key: &'a str,
    pub(super) text: &'a str,
}

impl<'a> Statement<'a> {
    /// Takes a statement apart; `None` if it is of no known shape.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let tokens = tokens(text)?;
        let open = tokens.iter().position(|token| token.kind == Kind::Open)?;
        let close = open + tokens[open..].iter().position(|token| token.kind == Kind::Close && token.depth == 0)?;
        let (mut columns, mut rules) = (Vec::new(), Vec::new());
        let between = |token: &Token<'_>| token.kind == Kind::Comma && token.depth == 1;
        for line in tokens[open + 1..close].split(between) {
            match line {
                [name, rest @ ..] if name.kind == Kind::Name => {
                    columns.push(ColumnText { name: name.name()?, clauses: clauses(text, rest) });
                }
                _ => rules.push(rule(text, line)?),
            }
        }
        let (options, partitions) = tail(text, &tokens[close + 1..]);
        Some(Self { columns, rules, options, partitions })
    }

    /// The column of this name.
    pub(super) fn column(&self, name: &str) -> Option<&ColumnText<'a>> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether the table keeps its rows' earlier versions.
    pub(super) fn is_versioned(&self) -> bool {
        self.options.iter().any(|option| option.key.eq_ignore_ascii_case("with system versioning"))
    }

    /// The value of `engine`.
    pub(super) fn engine(&self) -> &'a str {
        let option = self.options.iter().find(|option| option.key.eq_ignore_ascii_case("engine"));
        option.and_then(|option| option.text.split_once('=')).map_or("", |(_, engine)| engine)
    }
}

impl ColumnText<'_> {
    /// Whether the column numbers rows.
    pub(super) fn counts(&self) -> bool {
        self.clauses.iter().any(|(clause, _)| *clause == Clause::Counter)
    }
}

impl Rule<'_> {
    /// Its name, or what it is over.
    pub(super) fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.columns.join(", "))
    }

    /// Whether it is the period of this name.
    pub(super) fn is_period(&self, name: &str) -> bool {
        self.kind == RuleKind::Period && self.name.as_deref() == Some(name)
    }

    /// Whether it is the period of the rows' earlier versions.
    pub(super) fn is_system_period(&self) -> bool {
        self.kind == RuleKind::Period && self.name.is_none()
    }
}

impl Piece<'_> {
    /// Whether this word is in it.
    pub(super) fn has(self, word: &str) -> bool {
        tokens(self.0).unwrap_or_default().iter().any(|token| token.is(word))
    }

    /// The names in it.
    pub(super) fn names(self) -> Vec<String> {
        tokens(self.0).unwrap_or_default().iter().filter_map(Token::name).collect()
    }
}

fn slice<'a>(text: &'a str, tokens: &[Token<'_>]) -> &'a str {
    match tokens {
        [] => "",
        [first, .., last] => &text[first.start..last.end()],
        [only] => &text[only.start..only.end()],
    }
}

/// Splits what follows a column's name.
fn clauses<'a>(text: &'a str, tokens: &[Token<'_>]) -> Vec<(Clause, Piece<'a>)> {
    let mut clauses = Vec::new();
    let mut rest = tokens;
    while let Some(first) = rest.first() {
        let (clause, length) = match first {
            word if word.is("default") => (Clause::Default, 2 + until_clause(first.depth, &rest[2.min(rest.len())..])),
            word if word.is("generated") => generated(rest),
            word if word.is("check") => (Clause::Check, 1 + group(&rest[1..])),
            word if word.is("auto_increment") => (Clause::Counter, 1),
            word if word.is("without") => (Clause::Unversioned, 3),
            _ => (Clause::Plain, 1 + until_clause(first.depth, &rest[1..])),
        };
        let (own, after) = rest.split_at(length.min(rest.len()));
        clauses.push((clause, Piece(slice(text, own))));
        rest = after;
    }
    clauses
}

/// How many tokens stand before the next clause at this depth.
fn until_clause(depth: usize, tokens: &[Token<'_>]) -> usize {
    const WORDS: [&str; 9] =
        ["default", "generated", "check", "auto_increment", "without", "on", "comment", "invisible", "not"];
    tokens
        .iter()
        .position(|token| {
            token.depth == depth && (token.kind == Kind::Versioned || WORDS.iter().any(|word| token.is(word)))
        })
        .unwrap_or(tokens.len())
}

/// The length of a group in brackets.
fn group(tokens: &[Token<'_>]) -> usize {
    let depth = tokens.first().map_or(0, |token| token.depth);
    tokens
        .iter()
        .position(|token| token.kind == Kind::Close && token.depth == depth)
        .map_or(tokens.len(), |place| place + 1)
}

fn generated(tokens: &[Token<'_>]) -> (Clause, usize) {
    match tokens.iter().position(|token| token.is("as")) {
        Some(place) if tokens.get(place + 1).is_some_and(|token| token.is("row")) => (Clause::RowTime, place + 3),
        Some(place) => {
            let end = place + 1 + group(&tokens[place + 1..]);
            let stored = |token: &Token<'_>| ["virtual", "stored", "persistent"].iter().any(|word| token.is(word));
            (Clause::Generated, end + usize::from(tokens.get(end).is_some_and(stored)))
        }
        None => (Clause::Plain, tokens.len()),
    }
}

fn rule<'a>(text: &'a str, tokens: &[Token<'_>]) -> Option<Rule<'a>> {
    let has = |word: &str| tokens.iter().any(|token| token.depth == 1 && token.is(word));
    let kind = match tokens.first()? {
        first if first.is("primary") => RuleKind::Primary,
        first if first.is("unique") => RuleKind::Unique,
        first if first.is("fulltext") => RuleKind::Fulltext,
        first if first.is("period") => RuleKind::Period,
        first if first.is("constraint") && has("foreign") => RuleKind::Foreign,
        first if first.is("constraint") && has("check") => RuleKind::Check,
        first if first.is("check") => RuleKind::Check,
        first if has("key") && first.kind == Kind::Word => RuleKind::Index,
        _ => return None,
    };
    // `period for p (…)` carries its name where the others do.
    let name = tokens.iter().take_while(|token| token.kind != Kind::Open).find_map(Token::name);
    let names = tokens.iter().filter_map(Token::name).skip(usize::from(name.is_some()));
    let mut columns: Vec<String> = Vec::new();
    for name in names {
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    Some(Rule { kind, name, columns, text: slice(text, tokens) })
}

/// The options, and the partitions behind them.
fn tail<'a>(text: &'a str, tokens: &[Token<'_>]) -> (Vec<TableOption<'a>>, Option<Piece<'a>>) {
    let partition = tokens
        .windows(2)
        .position(|pair| pair[0].is("partition") && pair[1].is("by"))
        .map(|place| place - usize::from(place > 0 && tokens[place - 1].kind == Kind::Versioned));
    let (mut rest, partitions) = match partition {
        Some(place) => (&tokens[..place], Some(Piece(slice(text, &tokens[place..])))),
        None => (tokens, None),
    };
    let mut options = Vec::new();
    while !rest.is_empty() {
        let length = match rest.iter().position(|token| token.text.contains('=') && token.kind == Kind::Word) {
            _ if rest[0].is("with") => 3,
            _ if rest[0].kind == Kind::Versioned => {
                1 + rest.iter().position(|token| token.text == "*/").unwrap_or(rest.len())
            }
            // The value is a word of its own: a text, a name, or a list in brackets.
            Some(place) if rest[place].text.ends_with('=') => place + 1 + value(&rest[place + 1..]),
            Some(place) => place + 1,
            None => rest.len(),
        };
        let (own, after) = rest.split_at(length.min(rest.len()));
        let whole = slice(text, own);
        let key = whole.split('=').next().unwrap_or_default().trim();
        options.push(TableOption { key, text: whole });
        rest = after;
    }
    (options, partitions)
}

/// How many tokens a value that begins here has.
fn value(tokens: &[Token<'_>]) -> usize {
    match tokens.first() {
        Some(token) if token.kind == Kind::Open => group(tokens),
        _ => 1,
    }
}

#[cfg(test)]
mod tests;

//! Queries over lines, for people to read.

use shared::export::Engine;

/// The query with each clause and each condition on a line of its own, indented by its depth. Only blanks differ from `sql`.
pub(super) fn lines(engine: Engine, sql: &str) -> String {
    let tokens = tokens(engine, sql);
    let mut layout =
        Layout { text: String::with_capacity(sql.len() * 2), open: vec![Parenthesis::Block], cases: 0, glued: true };
    for (index, token) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1).map_or("", |next| next.text);
        let before = index.checked_sub(1).map_or("", |before| tokens[before].text);
        layout.write(token, before, next, || opens_block(&tokens[index..]));
    }
    layout.text.push('\n');
    layout.text
}

#[derive(Debug, Clone, Copy)]
struct Token<'s> {
    text: &'s str,
    /// Whether a blank stood before it.
    apart: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parenthesis {
    /// Around clauses or conditions.
    Block,
    /// Around a list.
    Inline,
}

struct Layout {
    text: String,
    open: Vec<Parenthesis>,
    cases: usize,
    /// Whether the next token follows an opening parenthesis or begins the text.
    glued: bool,
}

impl Layout {
    fn write(&mut self, token: &Token<'_>, before: &str, next: &str, is_block: impl Fn() -> bool) {
        match token.text {
            "(" => {
                self.place(token.apart && !self.glued);
                self.text.push('(');
                let kind = if is_block() { Parenthesis::Block } else { Parenthesis::Inline };
                self.open.push(kind);
                self.glued = true;
                if kind == Parenthesis::Block {
                    self.new_line(0);
                }
            }
            ")" => {
                let kind = self.open.pop();
                if kind == Some(Parenthesis::Block) {
                    self.new_line(0);
                }
                self.text.push(')');
                self.glued = false;
            }
            word => {
                self.cases += usize::from(word == "case");
                let breaks = self.cases == 0 && self.open.last() == Some(&Parenthesis::Block) && !self.glued;
                match (breaks, word) {
                    (true, "from" | "where" | "union" | "cross") => self.new_line(0),
                    (true, "order") if next == "by" => self.new_line(0),
                    (true, "select") if !matches!(before, "(" | "") => self.new_line(0),
                    (true, "and" | "or") => self.new_line(1),
                    _ => self.place(token.apart && !self.glued),
                }
                self.text.push_str(word);
                self.cases -= usize::from(word == "end" && self.cases > 0);
                self.glued = false;
            }
        }
    }

    fn place(&mut self, apart: bool) {
        if apart {
            self.text.push(' ');
        }
    }

    fn new_line(&mut self, deeper: usize) {
        let depth = self.open.iter().filter(|kind| **kind == Parenthesis::Block).count().saturating_sub(1) + deeper;
        self.text.push('\n');
        self.text.push_str(&"  ".repeat(depth));
    }
}

/// Whether the parenthesis that `tokens` begin with holds clauses or conditions directly.
fn opens_block(tokens: &[Token<'_>]) -> bool {
    let (mut depth, mut cases) = (0_usize, 0_usize);
    for token in tokens {
        match token.text {
            "(" => depth += 1,
            ")" if depth <= 1 => return false,
            ")" => depth -= 1,
            "case" => cases += 1,
            "end" => cases = cases.saturating_sub(1),
            "select" | "with" | "and" | "or" | "union" if depth == 1 && cases == 0 => return true,
            _ => {}
        }
    }
    false
}

/// Words, parentheses, quoted names and literals; a quote doubled inside belongs to it.
fn tokens(engine: Engine, sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    loop {
        let trimmed = rest.trim_start_matches(' ');
        let apart = trimmed.len() < rest.len();
        let Some(first) = trimmed.chars().next() else {
            return tokens;
        };
        let length = match first {
            '(' | ')' | ',' => 1,
            _ => word(engine, trimmed),
        };
        let (text, after) = trimmed.split_at(length);
        tokens.push(Token { text, apart });
        rest = after;
    }
}

fn word(engine: Engine, text: &str) -> usize {
    let is_quote = |char: char| char == '\'' || char == '"' || (char == '`' && engine == Engine::Mysql);
    let mut quote = None;
    for (index, char) in text.char_indices() {
        match quote {
            // A doubled quote closes and opens again.
            Some(open) if char == open => quote = None,
            Some(_) => {}
            None if is_quote(char) => quote = Some(char),
            None if index > 0 && matches!(char, ' ' | '(' | ')' | ',') => return index,
            None => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn clauses_and_conditions_stand_on_lines_of_their_own() {
        let sql = "select t0.\"id\", t0.\"a (and) b\" from only \"public\".\"x\" as t0 where (t0.\"w\" = :tenant::pg_catalog.\"uuid\" or t0.\"w\" is null and \
                   exists (select 1 from \"y\" as t1 where (t0.a, t0.b) = ('it''s or', case when x and y then 1 end))) order by t0.\"id\"";
        assert_eq!(
            lines(Engine::Postgres, sql),
            "select t0.\"id\", t0.\"a (and) b\"\n\
             from only \"public\".\"x\" as t0\n\
             where (\n\
             \x20 t0.\"w\" = :tenant::pg_catalog.\"uuid\"\n\
             \x20   or t0.\"w\" is null\n\
             \x20   and exists (\n\
             \x20   select 1\n\
             \x20   from \"y\" as t1\n\
             \x20   where (t0.a, t0.b) = ('it''s or', case when x and y then 1 end)\n\
             \x20 )\n\
             )\n\
             order by t0.\"id\"\n"
        );
    }

    proptest! {
        #[test]
        fn only_blanks_change(sql in "[a-c()',\" ]{0,40}( and | or |select| from )[a-c()'\" ]{0,40}") {
            let bare = |text: &str| text.chars().filter(|char| !matches!(char, ' ' | '\n')).collect::<String>();
            prop_assert_eq!(bare(&lines(Engine::Postgres, &sql)), bare(&sql));
        }
    }
}

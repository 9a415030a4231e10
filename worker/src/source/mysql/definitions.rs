//! What stands in a `create table` statement, as the server prints it.

use crate::schema::Definition;

/// A `create table` statement, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement<'s> {
    /// What stands between the parentheses: columns, keys, constraints.
    clauses: Vec<&'s str>,
    /// Where the text after the closing parenthesis begins: the table's options.
    options: usize,
}

/// The rules of a table that are not columns.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rules {
    /// Primary key, unique keys, checks.
    pub(super) constraints: Vec<Definition>,
    /// Other keys.
    pub(super) indexes: Vec<Definition>,
    /// Foreign keys, by their names.
    pub(super) foreign_keys: Vec<(String, String)>,
}

impl<'s> Statement<'s> {
    /// Takes the statement apart; `None` if it has no list in parentheses.
    pub(super) fn parse(text: &'s str) -> Option<Self> {
        let (mut clauses, mut depth, mut begin) = (Vec::new(), 0_usize, 0);
        for (place, letter) in outside_of_quotes(text) {
            match (letter, depth) {
                ('(', 0) => (depth, begin) = (1, place + 1),
                ('(', _) => depth += 1,
                (')', 1) => {
                    clauses.push(text[begin..place].trim());
                    return Some(Self { clauses, options: place + 1 });
                }
                (')', 2..) => depth -= 1,
                (',', 1) => {
                    clauses.push(text[begin..place].trim());
                    begin = place + 1;
                }
                _ => {}
            }
        }
        None
    }

    /// Everything but columns. Each text is the clause itself, as it may stand in `create table` or behind `alter table … add`; `columns` are the table's.
    pub(super) fn rules(&self, columns: &[String]) -> Rules {
        let mut rules = Rules::default();
        for clause in &self.clauses {
            let words = clause.split('`').next().unwrap_or_default().trim();
            let names = names(clause);
            let first = names.first().cloned().unwrap_or_default();
            let mentioned =
                |names: &[String]| columns.iter().filter(|column| names.contains(column)).cloned().collect();
            let definition = |name: String, names: &[String]| Definition {
                name,
                columns: mentioned(names),
                text: (*clause).to_owned(),
            };
            match words {
                "PRIMARY KEY (" => rules.constraints.push(definition("PRIMARY".to_owned(), &names)),
                "UNIQUE KEY" => rules.constraints.push(definition(first, names.get(1..).unwrap_or_default())),
                "KEY" | "FULLTEXT KEY" | "SPATIAL KEY" | "VECTOR KEY" => {
                    rules.indexes.push(definition(first, names.get(1..).unwrap_or_default()))
                }
                "CONSTRAINT" if is_foreign_key(clause) => rules.foreign_keys.push((first, (*clause).to_owned())),
                "CONSTRAINT" => rules.constraints.push(definition(first, names.get(1..).unwrap_or_default())),
                "CHECK (" => rules.constraints.push(definition(String::new(), &names)),
                _ => {}
            }
        }
        rules
    }
}

/// The statement without the place where the counter of `auto_increment` stands: it tells how many rows all tenants have, and it moves all the time.
pub(super) fn without_counter(text: &str) -> String {
    const COUNTER: &str = " AUTO_INCREMENT=";
    let Some(statement) = Statement::parse(text) else { return text.to_owned() };
    let options = &text[statement.options..];
    let counter =
        outside_of_quotes(options).map(|(place, _)| place).find(|place| options[*place..].starts_with(COUNTER));
    match counter {
        None => text.to_owned(),
        Some(place) => {
            let after = options[place + COUNTER.len()..].trim_start_matches(|letter: char| letter.is_ascii_digit());
            format!("{}{}{after}", &text[..statement.options], &options[..place])
        }
    }
}

/// The letters that stand outside of quotes, with their places. The server writes a quote within quotes twice or behind a backslash, whatever the mode of the session.
fn outside_of_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut quote, mut escaped) = (None, false);
    text.char_indices().filter(move |(_, letter)| match (quote, letter) {
        (None, '\'' | '`' | '"') => {
            quote = Some(*letter);
            false
        }
        (None, _) => true,
        (Some(_), _) if escaped => {
            escaped = false;
            false
        }
        (Some('\'' | '"'), '\\') => {
            escaped = true;
            false
        }
        (Some(open), letter) => {
            if open == *letter {
                quote = None;
            }
            false
        }
    })
}

/// The names in backticks, outside of texts.
fn names(clause: &str) -> Vec<String> {
    let (mut names, mut name, mut text) = (Vec::new(), None::<String>, false);
    let mut letters = clause.chars().peekable();
    while let Some(letter) = letters.next() {
        match (&mut name, letter) {
            (Some(open), '`') if letters.peek() == Some(&'`') => {
                letters.next();
                open.push('`');
            }
            (Some(_), '`') => names.extend(name.take()),
            (Some(open), letter) => open.push(letter),
            (None, '\\') if text => drop(letters.next()),
            (None, '\'') => text = !text,
            (None, '`') if !text => name = Some(String::new()),
            (None, _) => {}
        }
    }
    names
}

fn is_foreign_key(clause: &str) -> bool {
    let after_name = outside_of_quotes(clause).map(|(_, letter)| letter).collect::<String>();
    after_name.split_ascii_whitespace().nth(1) == Some("FOREIGN")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "CREATE TABLE `we``ird (` (\n  `id` int(11) NOT NULL AUTO_INCREMENT COMMENT 'a, b) '' \\' AUTO_INCREMENT=4',\n  `note` varchar(30) DEFAULT 'it''s (',\n  \
        PRIMARY KEY (`id`),\n  UNIQUE KEY `u` (`note`(5),`id`),\n  KEY `k``1` (`note` DESC) COMMENT '`id`',\n  FULLTEXT KEY `ft` (`note`),\n  \
        CONSTRAINT `fk` FOREIGN KEY (`id`) REFERENCES `other` (`x`) ON DELETE CASCADE,\n  CONSTRAINT `FOREIGN` CHECK (`note` <> 'it\\'s `id`')\n\
        ) ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4 COMMENT=' AUTO_INCREMENT=5'";

    #[test]
    fn clauses_are_told_apart_whatever_their_texts_hold() {
        let rules = Statement::parse(TABLE).unwrap().rules(&["id".to_owned(), "note".to_owned()]);
        let told = |definitions: &[Definition]| -> Vec<String> {
            definitions.iter().map(|rule| format!("{}: {}", rule.name, rule.columns.join(" "))).collect()
        };
        assert_eq!(told(&rules.constraints), ["PRIMARY: id", "u: id note", "FOREIGN: note"]);
        assert_eq!(told(&rules.indexes), ["k`1: note", "ft: note"]);
        assert_eq!(rules.indexes[0].text, "KEY `k``1` (`note` DESC) COMMENT '`id`'");
        let key = "CONSTRAINT `fk` FOREIGN KEY (`id`) REFERENCES `other` (`x`) ON DELETE CASCADE";
        assert_eq!(rules.foreign_keys, [("fk".to_owned(), key.to_owned())]);
    }

    #[test]
    fn the_counter_is_taken_out_and_nothing_else() {
        assert_eq!(without_counter(TABLE), TABLE.replace("InnoDB AUTO_INCREMENT=17", "InnoDB"));
        assert_eq!(
            without_counter("CREATE TABLE `t` (`a` int) ENGINE=InnoDB"),
            "CREATE TABLE `t` (`a` int) ENGINE=InnoDB"
        );
    }
}

//! Checks that demand that one of several columns is not NULL.

use crate::schema::Table;

/// For each such check of the table its columns, in its order.
pub(super) fn groups(table: &Table) -> Vec<Vec<String>> {
    let mut groups: Vec<Vec<String>> = Vec::new();
    for text in checks(table) {
        if let Some(mut group) = group(table, &text)
            && group.len() > 1
        {
            let place = |name: &String| table.columns.iter().position(|column| column.name == *name);
            group.sort_by_key(place);
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
    }
    groups
}

/// The conditions of the table's checks.
fn checks(table: &Table) -> Vec<String> {
    let defined = table.constraints.iter().map(|definition| definition.text.as_str());
    defined.chain(table.create_statement.as_deref()).flat_map(conditions).collect()
}

/// What stands in the brackets after each `check` of a text.
fn conditions(text: &str) -> Vec<String> {
    let text = without_remarks(text);
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (begin, word) in lower.match_indices("check") {
        let rest = &text[begin + word.len()..];
        let Some(open) = rest.find('(').filter(|open| rest[..*open].trim().is_empty()) else { continue };
        let mut depth = 0_usize;
        let mut quoted = false;
        for (index, char) in rest[open..].char_indices() {
            match char {
                '"' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => {
                    depth -= 1;
                    if depth == 0 {
                        found.push(rest[open + 1..open + index].to_owned());
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// The text with every string empty and every comment gone: what they say is no rule.
fn without_remarks(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let skipped = match char {
            '\'' => rest[1..].find('\'').map_or(rest.len(), |end| end + 2),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => {
                let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
                left.push_str(&rest[..end]);
                rest = &rest[end..];
                continue;
            }
            _ => {
                left.push(char);
                rest = &rest[char.len_utf8()..];
                continue;
            }
        };
        left.push_str(if char == '\'' { "''" } else { " " });
        rest = &rest[skipped..];
    }
    left
}

/// The columns of `a is not null or b is not null` and of `num_nonnulls(a, b) > 0`, whatever brackets stand around them.
fn group(table: &Table, condition: &str) -> Option<Vec<String>> {
    let bare: String = condition.chars().map(|char| if matches!(char, '(' | ')' | ',') { ' ' } else { char }).collect();
    let words: Vec<&str> = bare.split_ascii_whitespace().collect();
    let is = |word: &str, wanted: &str| word.eq_ignore_ascii_case(wanted);
    if let [function, columns @ .., sign, number] = words.as_slice()
        && is(function, "num_nonnulls")
        && [(">", "0"), (">=", "1"), ("=", "1")].contains(&(*sign, *number))
    {
        return columns.iter().map(|word| column(table, word)).collect();
    }
    let mut group = Vec::new();
    for part in words.split(|word| is(word, "or")) {
        let [name, a, b, c] = part else { return None };
        if !(is(a, "is") && is(b, "not") && is(c, "null")) {
            return None;
        }
        group.push(column(table, name)?);
    }
    Some(group)
}

fn column(table: &Table, word: &str) -> Option<String> {
    let bare = word.trim_matches(['"', '`', '[', ']']);
    table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(bare)).map(|column| column.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, Definition};

    fn found(text: &str) -> Vec<Vec<String>> {
        let column = |name: &str| Column { name: name.to_owned(), ..Column::default() };
        groups(&Table {
            columns: ["a", "b", "c"].map(column).to_vec(),
            constraints: vec![Definition { name: "x".to_owned(), columns: Vec::new(), text: text.to_owned() }],
            ..Table::default()
        })
    }

    #[test]
    fn a_check_that_demands_one_of_several_columns_is_understood() {
        let group = [["a", "b"].map(str::to_owned).to_vec()];
        assert_eq!(found("CHECK ((num_nonnulls(a, b) > 0))"), group);
        assert_eq!(found("CHECK (((b IS NOT NULL) OR (a IS NOT NULL)))"), group);
        assert_eq!(found("check (\"a\" is not null or b is not null)"), group);
    }

    #[test]
    fn a_check_that_demands_less_is_not() {
        for text in [
            "CHECK (a is not null and b is not null)",
            "CHECK (a is not null or b > 0)",
            "CHECK (a is not null or b is null)",
            "CHECK (num_nonnulls(a, b) >= 0)",
            "CHECK (num_nulls(a, b) > 0)",
            "CHECK (a is not null or b is not null or kind = 'free')",
            "CHECK (note <> 'check (a is not null or b is not null)')",
            "check (",
            "create table t (a, b -- check (a is not null or b is not null)\n)",
            "create table t (a, b /* check (a is not null or b is not null) */)",
        ] {
            assert_eq!(found(text), Vec::<Vec<String>>::new(), "{text}");
        }
    }
}

//! Places inside JSON.

use serde::Deserialize;
use std::fmt;

/// A place inside a JSON value, as in `$.customer.id`, `$."order no"` or `$.parties[0].id`.
///
/// `$` is the whole value. Each step is a name after a dot (letters, digits, `_` and `-`; any other name in double quotes) or the number of an array's element
/// in square brackets, counted from 0. There is at least one step. Quotes, backslashes and control characters are in no name: the engines disagree about them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct JsonPlace {
    steps: Vec<Step>,
}

/// One step into a JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into the member of an object.
    Member(String),
    /// Into the element of an array.
    Element(u32),
}

/// More steps than any document that people write is deep.
const DEEPEST: usize = 64;

/// A text that names no place inside JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no place inside JSON; write it as `$.customer.id`, `$.\"order no\".id` or `$.parties[0].id`")]
pub struct NotAPlace(String);

impl JsonPlace {
    /// The steps from the outside in; at least one.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl TryFrom<String> for JsonPlace {
    type Error = NotAPlace;

    fn try_from(text: String) -> Result<Self, NotAPlace> {
        let steps = text.strip_prefix('$').and_then(steps);
        match steps {
            Some(steps) if (1..=DEEPEST).contains(&steps.len()) => Ok(Self { steps }),
            _ => Err(NotAPlace(text)),
        }
    }
}

impl fmt::Display for JsonPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("$")?;
        self.steps.iter().try_for_each(|step| match step {
            Step::Element(number) => write!(formatter, "[{number}]"),
            Step::Member(name) if name.chars().all(is_plain) => write!(formatter, ".{name}"),
            Step::Member(name) => write!(formatter, ".\"{name}\""),
        })
    }
}

fn steps(mut rest: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(".\"") {
            let (name, after) = after.split_once('"')?;
            if name.is_empty() || name.chars().any(|char| char == '\\' || char.is_control()) {
                return None;
            }
            steps.push(Step::Member(name.to_owned()));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|char| !is_plain(char)).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            if name.is_empty() {
                return None;
            }
            steps.push(Step::Member(name.to_owned()));
            rest = after;
        } else {
            let (number, after) = rest.strip_prefix('[')?.split_once(']')?;
            // Digits alone: a sign would count from the end in PostgreSQL only.
            if !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            // PostgreSQL counts elements with 32 bits and a sign.
            steps.push(Step::Element(number.parse().ok().filter(|number| *number <= i32::MAX as u32)?));
            rest = after;
        }
    }
    Some(steps)
}

fn is_plain(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(text: &str) -> Result<JsonPlace, NotAPlace> {
        JsonPlace::try_from(text.to_owned())
    }

    #[test]
    fn names_quoted_names_and_elements_are_steps() {
        assert_eq!(
            place("$.customer.\"order no\"[0].größe-2").unwrap().steps(),
            [
                Step::Member("customer".to_owned()),
                Step::Member("order no".to_owned()),
                Step::Element(0),
                Step::Member("größe-2".to_owned()),
            ]
        );
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "$",
            "customer.id",
            "$customer",
            "$.",
            "$..id",
            "$.a.",
            "$.a b",
            "$.a[",
            "$.a[]",
            "$.a[-1]",
            "$.a[*]",
            "$.a[1",
            "$.*",
            "$.a[99999999999]",
            "$.a[2147483648]",
            "$.\"\"",
            "$.\"a",
            "$.\"a\\\"b\"",
            "$.a'",
            "$.a;",
            "$ .a",
            "$.a ",
            "lax $.a",
            "$.\"a\0\"",
            "$.a[+1]",
        ] {
            assert!(place(text).is_err(), "{text}");
        }
        assert!(place(&format!("${}", ".a".repeat(65))).is_err());
    }

    proptest! {
        #[test]
        fn a_place_that_is_printed_is_read_back(steps in prop::collection::vec(
            prop_oneof![
                (0..=i32::MAX as u32).prop_map(Step::Element),
                "[^\"\\\\\\p{Cc}]{1,12}".prop_map(Step::Member),
                "[a-z_][a-z0-9_-]{0,8}".prop_map(Step::Member),
            ],
            1..6,
        )) {
            let written = JsonPlace { steps };
            prop_assert_eq!(place(&written.to_string()), Ok(written));
        }

        #[test]
        fn whatever_is_accepted_means_what_it_prints(text in "\\$[.\"a-c0-2\\[\\]\\\\' -]{0,12}") {
            if let Ok(read) = place(&text) {
                prop_assert_eq!(place(&read.to_string()), Ok(read));
            }
        }
    }
}

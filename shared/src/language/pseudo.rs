//! Languages made from English: what breaks with them breaks with a real language, and everybody can still read them.

use std::borrow::Cow;

/// Accents on every vowel, and about a third longer, as German is. Names of files and options stay what they are.
pub(super) fn lengthen(text: &str) -> Cow<'_, str> {
    text.split_inclusive(char::is_whitespace)
        .map(|word| if is_name(word) { word.to_owned() } else { longer(word) })
        .collect()
}

/// Whether people would look for exactly this: `START-HERE.html`, `--identity`, `csv/`.
fn is_name(word: &str) -> bool {
    let word = word.trim_matches(|sign: char| !sign.is_alphanumeric() && sign != '-');
    word.starts_with("--") || word.split_once('.').is_some_and(|(_, rest)| rest.starts_with(char::is_alphanumeric))
}

fn longer(text: &str) -> String {
    let mut long = String::with_capacity(text.len() * 2);
    for sign in text.chars() {
        long.push(match sign {
            'a' => 'á',
            'e' => 'ë',
            'i' => 'ï',
            'o' => 'ö',
            'u' => 'ü',
            'A' => 'Å',
            'E' => 'É',
            'I' => 'Î',
            'O' => 'Ø',
            'U' => 'Û',
            other => other,
        });
        if "aeo".contains(sign) {
            long.push(sign);
        }
    }
    long
}

/// Each word between the signs of Unicode that turn its direction (UAX #9), but for names as above.
pub(super) fn mirror(text: &str) -> Cow<'_, str> {
    text.split_inclusive(char::is_whitespace)
        .map(|word| if is_name(word) { word.to_owned() } else { turned(word) })
        .collect()
}

fn turned(text: &str) -> String {
    let mut mirrored = String::with_capacity(text.len() * 2);
    let mut inside = false;
    for sign in text.chars() {
        if sign.is_alphanumeric() != inside {
            mirrored.push_str(if inside { "\u{202c}" } else { "\u{202e}" });
            inside = !inside;
        }
        mirrored.push(sign);
    }
    if inside {
        mirrored.push('\u{202c}');
    }
    mirrored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_look_for_stays_and_the_rest_changes() {
        assert_eq!(lengthen("Open START-HERE.html first."), "Øpëen START-HERE.html fïrst.");
        assert_eq!(lengthen("(sql/restore.sql) or --identity"), "(sql/restore.sql) öor --identity");
        assert_eq!(mirror("a b.c"), "\u{202e}a\u{202c} b.c");
    }
}

//! Languages made from English: what breaks with them breaks with a real language, and everybody can still read them.

use std::borrow::Cow;

/// Accents on every vowel, and about a third longer, as German is.
pub(super) fn lengthen(text: &str) -> Cow<'_, str> {
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
    long.into()
}

/// Each word between the signs of Unicode that turn its direction (UAX #9).
pub(super) fn mirror(text: &str) -> Cow<'_, str> {
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
    mirrored.into()
}

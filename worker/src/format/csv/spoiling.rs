//! Values that a spreadsheet would silently change when it opens a file: zeros that it drops, digits that it rounds, texts that it takes for dates.

/// Excel rounds to so many digits, and LibreOffice with it.
const DIGITS: usize = 15;
/// From so many digits before the point on, Excel shows a power of ten: no barcode can be read in that.
const SHOWN: usize = 12;
/// Nothing that is longer is taken for a number or a date.
const LONGEST: usize = 40;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Whether a spreadsheet would show another value than this one. Where the column `is_text`, what looks like a number is none, so its form counts; elsewhere
/// only its digits do.
///
/// Days as ISO 8601 has them may become days: they stay what they mean.
pub(super) fn is_spoilt(value: &[u8], is_text: bool) -> bool {
    if value.is_empty() || value.len() > LONGEST || !value.is_ascii() {
        return false;
    }
    match Number::read(value) {
        Some(number) => number.is_spoilt(is_text),
        None => {
            is_text && (is_like_a_day(value) || is_like_an_amount(value) || is_like_a_month(value) || is_truth(value))
        }
    }
}

/// The parts of a number as databases print it, or as people write it who leave out the zero before the point.
struct Number<'a> {
    whole: &'a [u8],
    fraction: &'a [u8],
    has_exponent: bool,
}

impl<'a> Number<'a> {
    fn read(value: &'a [u8]) -> Option<Self> {
        let value = value.strip_prefix(b"-").unwrap_or(value);
        let exponent = value.iter().position(|byte| matches!(byte, b'e' | b'E'));
        let (number, power) = exponent.map_or((value, None), |place| (&value[..place], Some(&value[place + 1..])));
        let point = number.iter().position(|byte| *byte == b'.');
        let (whole, fraction) = point.map_or((number, None), |place| (&number[..place], Some(&number[place + 1..])));
        let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
        let unsigned = |power: &'a [u8]| power.strip_prefix(b"-").or_else(|| power.strip_prefix(b"+")).unwrap_or(power);
        let is_number = match fraction {
            Some(fraction) => (whole.is_empty() || digits(whole)) && digits(fraction),
            None => digits(whole),
        };
        let fits = is_number && power.is_none_or(|power| digits(unsigned(power)));
        fits.then_some(Self { whole, fraction: fraction.unwrap_or_default(), has_exponent: power.is_some() })
    }

    fn is_spoilt(&self, is_text: bool) -> bool {
        let Self { whole, fraction, has_exponent } = self;
        let has_leading_zero = whole.len() > 1 && whole[0] == b'0';
        let significant = |digits: &[u8]| digits.iter().skip_while(|digit| **digit == b'0').count();
        let digits = match significant(whole) {
            0 => significant(fraction),
            before => before + fraction.len(),
        };
        let loses_form = *has_exponent || whole.is_empty() || fraction.last() == Some(&b'0');
        has_leading_zero || whole.len() >= SHOWN || digits > DIGITS || (is_text && loses_form)
    }
}

/// Digits with what stands between those of days, times, fractions and shares: `1-2`, `3/4`, `12:30`, `50%`, `1,000`.
fn is_like_a_day(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    value[0].is_ascii_digit()
        && digits < value.len()
        && value.iter().all(|byte| byte.is_ascii_digit() || b"-/.:,% ".contains(byte))
        && !is_iso_day(value)
}

/// Digits in brackets, which are a number below zero, or behind a dollar sign: `(12)`, `$1.50`.
fn is_like_an_amount(value: &[u8]) -> bool {
    let signs = value.iter().take_while(|byte| matches!(byte, b'(' | b'$')).count();
    let amount = &value[signs..];
    let amount = amount.strip_suffix(b")").unwrap_or(amount);
    let within = |byte: &u8| byte.is_ascii_digit() || b".,% ".contains(byte);
    signs > 0 && amount.iter().any(u8::is_ascii_digit) && amount.iter().all(within)
}

/// `2024-03-01`, with or without a time after it.
fn is_iso_day(value: &[u8]) -> bool {
    let shape = |place: usize, byte: u8| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    value.len() >= 10 && value[..10].iter().enumerate().all(|(place, byte)| shape(place, *byte))
}

/// The name of a month, short or long, with digits before or behind it: `MARCH1`, `1-Sep`.
fn is_like_a_month(value: &[u8]) -> bool {
    let between = |byte: &u8| byte.is_ascii_digit() || b"-/. ,".contains(byte);
    let word: Vec<u8> = value.iter().filter(|byte| !between(byte)).map(u8::to_ascii_lowercase).collect();
    let starts = |month: &&str| month.as_bytes().starts_with(&word) || word == *b"sept";
    // The letters stand together, at one end or between the digits.
    let begins = value.iter().position(|byte| !between(byte)).unwrap_or_default();
    let together = value.get(begins..begins + word.len()).is_some_and(|part| part.iter().all(u8::is_ascii_alphabetic));
    word.len() >= 3 && together && value.iter().any(u8::is_ascii_digit) && MONTHS.iter().any(starts)
}

fn is_truth(value: &[u8]) -> bool {
    value.eq_ignore_ascii_case(b"true") || value.eq_ignore_ascii_case(b"false")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_spreadsheet_would_change_is_known() {
        for value in [
            "007",
            "00",
            "-01",
            "00.5",
            "123456789012",
            "4006381333931",
            "12345678901234567890",
            "0.1234567890123456",
            "1234.567890123456",
            "1.2345678901234567e+20",
            "-1.2345678901234567e-7",
        ] {
            assert!(is_spoilt(value.as_bytes(), false) && is_spoilt(value.as_bytes(), true), "{value}");
        }
        for value in [
            "12E3",
            "1e5",
            "1.50",
            "1.10",
            "1-2",
            "3/4",
            "12:30",
            "50%",
            "1,000",
            "10-12",
            "1.2.2024",
            "MARCH1",
            "Sept2",
            "1-Mar",
            "mar 3",
            "TRUE",
            "false",
            "1 1/2",
            ".5",
            ".50",
            "(12)",
            "(1,000.50)",
            "$1.50",
            "$ 5",
            "($3)",
        ] {
            assert!(is_spoilt(value.as_bytes(), true), "{value}");
        }
        for value in ["12E3", "1e+20", "1.50", "0.10", ".5", ".50"] {
            assert!(!is_spoilt(value.as_bytes(), false), "{value} is the same number");
        }
    }

    #[test]
    fn what_stays_as_it_is_gets_no_mark() {
        for value in [
            "",
            "0",
            "42",
            "-5",
            "12.5",
            "0.25",
            "12345678901",
            "2024-03-01",
            "2024-03-01 10:00:00",
            "2024-03-01T10:00:00Z",
            "Marching",
            "March",
            "maybe1",
            "Mustafa 3",
            "a1",
            "1a",
            "Äpfel",
            "01890a5d-ac96-774b-bcce-b302099a8057",
            "true story",
            "ceppro",
            "7 pieces",
            ".",
            "()",
            "$",
            "(a)",
            "(12) pieces",
            "(030) 1234",
            "$HOME",
        ] {
            assert!(!is_spoilt(value.as_bytes(), true), "{value}");
        }
    }

    proptest! {
        #[test]
        fn whole_numbers_that_are_shown_whole_are_left_alone(number in -99_999_999_999_i64..99_999_999_999) {
            prop_assert!(!is_spoilt(number.to_string().as_bytes(), true));
        }

        #[test]
        fn longer_ones_are_not(number in 100_000_000_000_u64..) {
            prop_assert!(is_spoilt(number.to_string().as_bytes(), false));
        }

        #[test]
        fn any_value_is_judged(value in prop::collection::vec(any::<u8>(), 0..60), is_text: bool) {
            let _ = is_spoilt(&value, is_text);
        }
    }
}

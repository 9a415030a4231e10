//! FLOAT, which the server prints with six digits: too few to restore it.

/// The shortest text that means the same FLOAT, of the exact value that the server prints for it as a DOUBLE; `None` if there is none that is safe.
///
/// The server reads a text as a DOUBLE first and refuses what lies above the greatest FLOAT, so the text must survive both.
pub(super) fn shortest(printed: &[u8]) -> Option<String> {
    let exact: f64 = std::str::from_utf8(printed).ok()?.parse().ok()?;
    let value = single(exact);
    if f64::from(value).to_bits() != exact.to_bits() {
        return None;
    }
    let text = match printed.contains(&b'e') {
        true => format!("{value:e}"),
        false => value.to_string(),
    };
    let back: f64 = text.parse().ok()?;
    (single(back).to_bits() == value.to_bits() && back.abs() <= f64::from(f32::MAX)).then_some(text)
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to a FLOAT is what the server does")]
fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn people_see_the_number_that_they_wrote() {
        for (double, text) in [
            ("0.10000000149011612", Some("0.1")),
            ("16777216", Some("16777216")),
            ("-0", Some("-0")),
            ("1.0000000200408773e20", Some("1e20")),
            ("1.401298464324817e-45", Some("1e-45")),
            ("3.4028234663852886e38", None),
            ("0.1", None),
        ] {
            assert_eq!(shortest(double.as_bytes()).as_deref(), text, "{double}");
        }
    }

    proptest! {
        #[test]
        fn every_float_comes_back_as_it_was(bits: u32) {
            let value = f32::from_bits(bits);
            prop_assume!(value.is_finite());
            let printed = f64::from(value).to_string();
            let text = shortest(printed.as_bytes()).unwrap_or(printed);
            let back: f64 = text.parse().unwrap();
            prop_assert_eq!(single(back).to_bits(), bits);
            prop_assert!(back.abs() <= f64::from(f32::MAX));
        }
    }
}

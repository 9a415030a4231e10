//! Amounts as decimals, never as floating point.

use crate::random::Random;

/// An amount between `low` and `high` cents, spelled in whole units.
pub(crate) fn between(random: &mut Random, low: i64, high: i64) -> String {
    spelled(random.between(low, high))
}

/// `-0.05` for minus five cents.
pub(crate) fn spelled(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_keep_their_zeros_and_their_sign() {
        let amounts = [-5, 0, 7, 100, 123_456].map(spelled);
        assert_eq!(amounts, ["-0.05", "0.00", "0.07", "1.00", "1234.56"]);
    }
}

/// A small repeatable source of numbers (splitmix64), so that one seed always gives one data set.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// The source for one place in the data: equal parts give equal numbers, whatever was drawn elsewhere.
    pub(crate) fn at(parts: [u64; 4]) -> Self {
        let mut random = Self { state: 0x5851_f42d_4c95_7f2d };
        for part in parts {
            random.state ^= part.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            random.state = random.next();
        }
        random
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from zero up to, not including, `limit`; zero when `limit` is zero.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next().checked_rem(limit).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low.saturating_add_unsigned(self.below(low.abs_diff(high) + 1))
    }

    pub(crate) fn one_in(&mut self, odds: u64) -> bool {
        self.below(odds) == 0
    }

    pub(crate) fn pick<T: Copy, const N: usize>(&mut self, choices: [T; N]) -> T {
        const { assert!(N > 0) };
        choices[self.below(N as u64) as usize]
    }

    /// Bytes of any value, zero included.
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).take(length).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_parts_give_equal_numbers_and_other_parts_do_not() {
        let draw = |parts| {
            let mut random = Random::at(parts);
            [random.next(), random.next()]
        };
        assert_eq!(draw([1, 2, 3, 4]), draw([1, 2, 3, 4]));
        assert_ne!(draw([1, 2, 3, 4]), draw([1, 2, 4, 3]));
        assert_ne!(draw([1, 2, 3, 4]), draw([2, 1, 3, 4]));
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut random = Random::at([9, 9, 9, 9]);
        for _ in 0..1_000 {
            assert!((-3..=3).contains(&random.between(-3, 3)));
            assert!(random.below(7) < 7);
        }
        assert_eq!(random.bytes(13).len(), 13);
    }
}

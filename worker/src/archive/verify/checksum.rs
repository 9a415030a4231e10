//! A checksum over rows that does not depend on their order, by which two tables are compared.

use sha2::{Digest, Sha256};

/// Rows and their checksum: equal exactly when two tables hold the same rows, each equally often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Checksum {
    /// How many rows.
    pub(super) rows: u64,
    /// The first 128 bits of each row's SHA-256, added up without carry beyond 128 bits.
    sum: u128,
}

/// Takes rows as their bytes go by.
#[derive(Default)]
pub(super) struct Summing {
    row: Sha256,
    so_far: Checksum,
}

impl Summing {
    /// Takes the next bytes of the current row.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.row.update(bytes);
    }

    /// Ends the current row.
    pub(super) fn end_row(&mut self) {
        let mut first = [0; 16];
        first.copy_from_slice(&self.row.finalize_reset()[..16]);
        self.so_far.sum = self.so_far.sum.wrapping_add(u128::from_be_bytes(first));
        self.so_far.rows += 1;
    }

    /// The checksum of all rows that ended.
    pub(super) fn finish(self) -> Checksum {
        self.so_far
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(rows: &[Vec<u8>]) -> Checksum {
        let mut summing = Summing::default();
        for row in rows {
            row.chunks(3).for_each(|part| summing.take(part));
            summing.end_row();
        }
        summing.finish()
    }

    proptest! {
        #[test]
        fn the_order_of_rows_does_not_matter(rows in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..8), 0..20)) {
            let mut sorted = rows.clone();
            sorted.sort();
            prop_assert_eq!(sum(&rows), sum(&sorted));
        }

        #[test]
        fn another_row_less_or_more_is_another_sum(
            rows in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..8), 1..20),
            place in any::<prop::sample::Index>(),
            other in prop::collection::vec(any::<u8>(), 0..8),
        ) {
            let (place, mut changed) = (place.index(rows.len()), rows.clone());
            changed[place] = other;
            let alike = changed[place] == rows[place];
            prop_assert_eq!(sum(&changed) == sum(&rows), alike);
            changed.remove(place);
            prop_assert_ne!(sum(&changed), sum(&rows));
        }
    }

    #[test]
    fn equal_rows_count_each() {
        let row = vec![b'a'];
        assert_ne!(sum(std::slice::from_ref(&row)), sum(&[row.clone(), row]));
    }
}

//! A set of small numbers while it grows, in any order.

use std::ops::Range;

use roaring::RoaringBitmap;

/// Numbers below a bound: one bit for each.
#[derive(Default)]
pub(crate) struct BitSet(Vec<u8>);

impl BitSet {
    /// An empty set of numbers below `bound`.
    pub(crate) fn new(bound: usize) -> Self {
        Self(vec![0; bound.div_ceil(8)])
    }

    /// An empty set of numbers up to the greatest of `others`.
    pub(crate) fn within(others: &RoaringBitmap) -> Self {
        Self::new(others.max().map_or(0, |last| last as usize + 1))
    }

    /// Makes this an empty set of numbers below `bound`, in the same memory.
    pub(crate) fn reset(&mut self, bound: usize) {
        self.0.clear();
        self.0.resize(bound.div_ceil(8), 0);
    }

    /// Adds a number; returns whether it is new.
    #[inline]
    pub(crate) fn insert(&mut self, number: u32) -> bool {
        let (byte, bit) = (&mut self.0[number as usize / 8], 1 << (number % 8));
        let is_new = *byte & bit == 0;
        *byte |= bit;
        is_new
    }

    /// Adds all numbers of a range.
    pub(crate) fn insert_range(&mut self, numbers: Range<u32>) {
        let (first_whole, end_of_whole) = (numbers.start.next_multiple_of(8), numbers.end / 8 * 8);
        if first_whole >= end_of_whole {
            return numbers.for_each(|number| _ = self.insert(number));
        }
        self.0[first_whole as usize / 8..end_of_whole as usize / 8].fill(u8::MAX);
        (numbers.start..first_whole)
            .chain(end_of_whole..numbers.end)
            .for_each(|number| _ = self.insert(number));
    }

    /// Whether a number below the bound is in the set: quicker to tell than of a compressed set.
    #[inline]
    pub(crate) fn contains(&self, number: u32) -> bool {
        self.0[number as usize / 8] & (1 << (number % 8)) != 0
    }

    pub(crate) fn into_bitmap(self) -> RoaringBitmap {
        RoaringBitmap::from_lsb0_bytes(0, &self.0)
    }
}

impl Extend<u32> for BitSet {
    fn extend<T: IntoIterator<Item = u32>>(&mut self, numbers: T) {
        numbers.into_iter().for_each(|number| _ = self.insert(number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_added_number_by_number() {
        for start in 0..20 {
            for end in start..40 {
                let mut set = BitSet::new(40);
                set.insert_range(start..end);
                assert_eq!(set.into_bitmap(), (start..end).collect());
            }
        }
    }

    #[test]
    fn a_number_is_new_once_until_the_set_is_reset() {
        let mut set = BitSet::new(9);
        assert!(set.insert(8) && !set.insert(8) && set.insert(0));
        assert!(set.contains(8) && set.contains(0) && !set.contains(1));
        set.reset(17);
        assert!(set.insert(8) && set.insert(16));
        assert_eq!(set.into_bitmap(), [8, 16].into_iter().collect());
    }
}

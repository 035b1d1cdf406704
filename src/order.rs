//! Sorting for the many places where little is sorted.
//!
//! The standard library compiles its sorts anew for each type and each comparison, 4 to 17 KB a time: seventy of them were a tenth
//! of what browsers download. Here one sort, of places, serves all. It takes two or three times as long, so what is sorted by the
//! thousands in a search stays with the standard library.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Stable sorts of slices.
pub trait Order<T> {
    /// Sorts as `sort_by` does.
    fn order_by(&mut self, compare: impl Fn(&T, &T) -> Ordering);

    /// Sorts as `sort_by_key` does.
    fn order_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.order_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Sorts as `sort` does.
    fn order(&mut self)
    where
        T: Ord,
    {
        self.order_by(T::cmp);
    }
}

impl<T> Order<T> for [T] {
    fn order_by(&mut self, compare: impl Fn(&T, &T) -> Ordering) {
        if self.len() < 2 {
            return;
        }
        let mut places: Vec<usize> = (0..self.len()).collect();
        sort_places(&mut places, &|a, b| compare(&self[a], &self[b]));
        // Each place takes what belongs there, along the cycles of which every permutation is made.
        for start in 0..places.len() {
            let mut at = start;
            while places[at] != start {
                let from = places[at];
                self.swap(at, from);
                places[at] = at;
                at = from;
            }
            places[at] = at;
        }
    }
}

/// The one sort, which is not compiled again for each of its callers.
#[inline(never)]
fn sort_places(places: &mut [usize], compare: &dyn Fn(usize, usize) -> Ordering) {
    places.sort_by(|a, b| compare(*a, *b));
}

/// A map, filled one by one: collecting into one would sort first.
pub fn map<K: Ord, V>(entries: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(entries);
    map
}

/// A set, filled one by one: collecting into one would sort first.
pub fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorts_as_the_standard_library_does(items: Vec<(u8, u32)>) {
            let (mut here, mut there) = (items.clone(), items);
            here.order_by(|a, b| a.0.cmp(&b.0));
            there.sort_by_key(|it| it.0);
            prop_assert_eq!(&here, &there);
            here.order();
            there.sort();
            prop_assert_eq!(here, there);
        }
    }
}

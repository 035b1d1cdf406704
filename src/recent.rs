//! The values that were asked for last.

use std::borrow::Borrow;
use std::collections::VecDeque;

/// Up to `MOST` values by key; where there are more, the one that was asked for longest ago is let go. `MOST` is small: a key is
/// looked for one by one.
#[derive(Debug)]
pub struct Recent<K, V, const MOST: usize> {
    /// The one asked for last first.
    kept: VecDeque<(K, V)>,
}

impl<K, V, const MOST: usize> Default for Recent<K, V, MOST> {
    fn default() -> Self {
        Self { kept: VecDeque::new() }
    }
}

impl<K: PartialEq, V, const MOST: usize> Recent<K, V, MOST> {
    /// The value of a key.
    pub fn get<Q: PartialEq + ?Sized>(&mut self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let place = self.kept.iter().position(|(kept, _)| kept.borrow() == key)?;
        let found = self.kept.remove(place)?;
        self.kept.push_front(found);
        self.kept.front().map(|(_, value)| value)
    }

    /// Keeps a value, in the place of an earlier one of its key.
    pub fn insert(&mut self, key: K, value: V) {
        self.kept.retain(|(kept, _)| *kept != key);
        self.kept.truncate(MOST - 1);
        self.kept.push_front((key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_longest_ago_is_let_go() {
        let mut recent = Recent::<String, u32, 2>::default();
        recent.insert("a".into(), 1);
        recent.insert("b".into(), 2);
        assert_eq!(recent.get("a"), Some(&1));
        recent.insert("c".into(), 3);
        assert_eq!(["a", "b", "c"].map(|key| recent.get(key).copied()), [Some(1), None, Some(3)]);
    }

    #[test]
    fn a_key_has_its_last_value() {
        let mut recent = Recent::<u8, u32, 2>::default();
        recent.insert(1, 1);
        recent.insert(2, 2);
        recent.insert(1, 3);
        assert_eq!([1, 2].map(|key| recent.get(&key).copied()), [Some(3), Some(2)]);
    }
}

//! The keys of a lexicon's terms: the forms under which a term is found that are not the term itself.

use crate::error::{Error, Result};

use std::ops::Range;

use super::dictionary::{Dictionary, Similar};

/// Sorted keys, each with the places of its terms in the order of terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct KeyIndex {
    keys: Dictionary,
    /// Where the terms of each key end in `members`.
    ends: Vec<usize>,
    members: Vec<u32>,
}

impl KeyIndex {
    /// The places of the keys that begin with `prefix`.
    pub(super) fn beginning_with(&self, prefix: &str) -> Range<usize> {
        self.keys.beginning_with(prefix)
    }

    /// The places of the keys that are longer than `suffix` and end with it.
    pub(super) fn ending_with(&self, suffix: &str) -> impl Iterator<Item = usize> {
        self.keys.ending_with(suffix)
    }

    /// Calls `take` with the place of each key that is [`Similar`], and how many steps it is away.
    pub(super) fn similar(&self, similar: &Similar, take: &mut dyn FnMut(usize, u32)) {
        self.keys.similar(similar, take);
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn key(&self, place: usize) -> &str {
        self.keys.get(place)
    }

    /// The terms that the key at a place has, by their places in increasing order.
    pub(super) fn list(&self, place: usize) -> &[u32] {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.members[start..self.ends[place]]
    }

    /// Adds a term to a key. Keys come in increasing order, and the terms of each, too; what was just added is not added
    /// again.
    pub(super) fn push(&mut self, key: &str, member: u32) {
        let is_last = self.ends.len().checked_sub(1).is_some_and(|last| self.keys.get(last) == key);
        if !is_last {
            self.keys.push(key);
            self.ends.push(self.members.len());
        } else if self.members.last() == Some(&member) {
            return;
        }
        self.members.push(member);
        *self.ends.last_mut().expect("a key was just added") += 1;
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.keys.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.members.shrink_to_fit();
    }

    /// The keys, front-coded.
    pub(super) fn encode_keys(&self) -> Vec<u8> {
        self.keys.encode()
    }

    /// How many terms each key has.
    pub(super) fn counts(&self) -> Vec<u32> {
        (0..self.len()).map(|place| self.list(place).len() as u32).collect()
    }

    /// The members of all keys, each by its distance to the one before: keys resemble their terms, so most are small.
    pub(super) fn steps(&self) -> Vec<i64> {
        let mut before = 0;
        let steps = self.members.iter().map(|&member| {
            let step = i64::from(member) - before;
            before = i64::from(member);
            step
        });
        steps.collect()
    }

    /// What [`Self::encode_keys`], [`Self::counts`] and [`Self::steps`] gave, for `terms` terms.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) for anything else.
    pub(super) fn decode(keys: &[u8], counts: &[u32], steps: &[i64], terms: usize) -> Result<Self> {
        let corrupt = |place: usize| Error::corrupt(format!("the terms of key {place} are malformed"));
        let keys = Dictionary::decode(counts.len(), keys)?;
        let mut index =
            Self { keys, ends: Vec::with_capacity(counts.len()), members: Vec::with_capacity(steps.len()) };
        let mut before = 0i64;
        let mut rest = steps;
        for (place, count) in counts.iter().enumerate() {
            let (own, after) = rest.split_at_checked(*count as usize).ok_or_else(|| corrupt(place))?;
            rest = after;
            for (number, step) in own.iter().enumerate() {
                let next = before.checked_add(*step).filter(|next| (0..terms as i64).contains(next));
                // The terms of one key are in order.
                let next = next.filter(|next| number == 0 || *next > before).ok_or_else(|| corrupt(place))?;
                index.members.push(next as u32);
                before = next;
            }
            if own.is_empty() {
                return Err(corrupt(place));
            }
            index.ends.push(index.members.len());
        }
        match rest.len() {
            0 => Ok(index),
            _ => Err(Error::corrupt("there are terms after those of the last key")),
        }
    }
}

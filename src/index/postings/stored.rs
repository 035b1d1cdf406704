//! The form in which postings are stored, and the checks of what comes back from a store.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::iter;

use super::Postings;
use super::dictionary::Dictionary;
use crate::codec::{self, Kind, packed};
use crate::error::{Error, Result};

/// What is stored of postings, borrowed where it is in one piece. Lists are not decoded when they are read: whatever is in
/// there, [`PostingsIter`](super::PostingsIter) makes of it rows that there are.
#[derive(Clone, Serialize, Deserialize)]
struct Stored<'s> {
    #[serde(borrow, serialize_with = "packed::unsigned::serialize")]
    terms: Cow<'s, [u8]>,
    counts: Cow<'s, [u32]>,
    /// How many bytes of `lists` each term has.
    lengths_of_lists: Cow<'s, [u32]>,
    #[serde(borrow, serialize_with = "packed::unsigned::serialize")]
    lists: Cow<'s, [u8]>,
    lengths: Cow<'s, [u32]>,
}

impl Postings {
    /// The postings as a stored value.
    ///
    /// # Errors
    /// As [`codec::encode`].
    pub fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(Kind::Postings, self)
    }

    /// The postings in a stored value; `what` names it in errors. While it reads, it takes little more memory than what it
    /// returns.
    ///
    /// # Errors
    /// As [`codec::decode`]; also [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where anything is not as the
    /// other methods rely on.
    pub fn decode(what: &str, bytes: &[u8]) -> Result<Self> {
        let stored: Stored<'_> = codec::decode(Kind::Postings, what, bytes)?;
        stored.into_postings().map_err(|error| error.within(what))
    }
}

impl Serialize for Postings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Stored::from_postings(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Postings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Stored::deserialize(deserializer)?.into_postings().map_err(serde::de::Error::custom)
    }
}

impl<'s> Stored<'s> {
    fn from_postings(postings: &'s Postings) -> Self {
        let starts = iter::once(0).chain(postings.ends.iter().copied());
        let lengths_of_lists = starts.zip(&postings.ends).map(|(start, end)| (end - start) as u32);
        Self {
            terms: Cow::Owned(postings.terms.encode()),
            counts: Cow::Borrowed(&postings.counts),
            lengths_of_lists: lengths_of_lists.collect(), // segments have far too few rows for longer ones
            lists: Cow::Borrowed(&postings.lists),
            lengths: Cow::Borrowed(&postings.lengths),
        }
    }

    fn into_postings(self) -> Result<Postings> {
        let Self { terms, counts, lengths_of_lists, lists, lengths } = self;
        let terms = Dictionary::decode(counts.len(), &terms)?;
        if lists.len() > usize::MAX / 8 || u32::try_from(lengths.len()).is_err() {
            return Err(Error::corrupt("there are too many postings"));
        }
        if counts.len() != lengths_of_lists.len() {
            return Err(Error::corrupt("there are not as many lists of postings as terms"));
        }
        let mut ends = Vec::with_capacity(counts.len());
        let mut end = 0usize;
        for (count, length) in counts.iter().zip(lengths_of_lists.iter()) {
            // A posting takes two bits or more.
            let fits = (1..=lengths.len()).contains(&(*count as usize)) && count.div_ceil(4) <= *length;
            end = end.checked_add(*length as usize).filter(|_| fits).ok_or_else(|| {
                Error::corrupt(format!("the postings of term {} are malformed", ends.len()))
            })?;
            ends.push(end);
        }
        if end != lists.len() {
            return Err(Error::corrupt("the postings are not as long as their terms say"));
        }
        let (counts, lists, lengths) = (counts.into_owned(), lists.into_owned(), lengths.into_owned());
        Ok(Postings { terms, counts, ends, lists, lengths })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::build;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn postings_come_back_from_a_stored_value() {
        let postings = build(&["roof leak roof", "", "leak", "door"]);
        let bytes = postings.encode().unwrap();
        assert_eq!(Postings::decode("postings 1", &bytes).unwrap(), postings);
    }

    #[test]
    fn postings_that_do_not_hold_together_are_refused() {
        let postings = build(&["roof leak", "roof"]);
        let good = Stored::from_postings(&postings);
        assert!(good.clone().into_postings().is_ok());
        let damages: [fn(&mut Stored); 12] = [
            |stored| stored.terms.to_mut().push(b'x'),
            |stored| stored.terms.to_mut()[1] = b'z',
            |stored| stored.counts.to_mut().truncate(1),
            |stored| stored.counts.to_mut()[0] = 0,
            |stored| stored.counts.to_mut()[0] = u32::MAX,
            |stored| stored.lists.to_mut().push(0),
            |stored| stored.lists.to_mut().truncate(1),
            |stored| stored.counts.to_mut()[0] = 3, // of two rows
            |stored| stored.lengths_of_lists.to_mut()[0] = 0,
            |stored| stored.lengths_of_lists.to_mut()[0] = u32::MAX,
            |stored| stored.lengths_of_lists.to_mut().push(0),
            |stored| stored.lengths.to_mut().truncate(1),
        ];
        for (case, damage) in damages.iter().enumerate() {
            let mut stored = good.clone();
            damage(&mut stored);
            let bytes = codec::encode(Kind::Postings, &stored).unwrap();
            let error =
                Postings::decode("postings 1", &bytes).expect_err(&format!("damage {case} was not seen"));
            assert!(error.message().starts_with("postings 1: "), "{error}");
        }
    }

    proptest! {
        #[test]
        fn hostile_postings_are_refused_or_harmless(
            terms in prop::collection::vec(prop_oneof![0u8..3, 0x61u8..0x64, any::<u8>()], 0..8),
            counts in prop::collection::vec(prop_oneof![1u32..3, any::<u32>()], 0..4),
            lengths_of_lists in prop::collection::vec(0u32..4, 0..4),
            lists in prop::collection::vec(any::<u8>(), 0..12),
            lengths in prop::collection::vec(any::<u32>(), 0..4),
        ) {
            let stored = Stored {
                terms: terms.into(),
                counts: counts.into(),
                lengths_of_lists: lengths_of_lists.into(),
                lists: lists.into(),
                lengths: lengths.into(),
            };
            if let Ok(postings) = stored.into_postings() {
                for ordinal in 0..postings.terms.len() {
                    let found = postings.get(postings.terms.get(ordinal));
                    let count = postings.count(postings.terms.get(ordinal)) as usize;
                    let rows: Vec<_> = found.map(|posting| posting.row as usize).collect();
                    prop_assert!(rows.len() <= count && count <= postings.rows());
                    prop_assert!(rows.is_sorted_by(|a, b| a < b));
                    prop_assert!(rows.iter().all(|row| *row < postings.rows()));
                }
            }
        }
    }
}

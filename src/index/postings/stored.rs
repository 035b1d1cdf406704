//! The form in which postings are stored, and the checks of what comes back from a store.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

use super::dictionary::Dictionary;
use super::{Postings, PostingsIter};
use crate::codec::{self, Kind, packed};
use crate::error::{Error, Result};

/// What is stored of postings, borrowed where it is in one piece. The starts of lists are found by reading them, which
/// validates them too.
#[derive(Clone, Serialize, Deserialize)]
struct Stored<'s> {
    #[serde(borrow, serialize_with = "packed::unsigned::serialize")]
    terms: Cow<'s, [u8]>,
    counts: Cow<'s, [u32]>,
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

    /// The postings in a stored value; `what` names it in errors. While it reads, it takes no more memory than what it
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
        Self {
            terms: Cow::Owned(postings.terms.encode()),
            counts: Cow::Borrowed(&postings.counts),
            lists: Cow::Borrowed(&postings.lists),
            lengths: Cow::Borrowed(&postings.lengths),
        }
    }

    fn into_postings(self) -> Result<Postings> {
        let Self { terms, counts, lists, lengths } = self;
        let terms = Dictionary::decode(counts.len(), &terms)?;
        if lists.len() > usize::MAX / 8 || u32::try_from(lengths.len()).is_err() {
            return Err(Error::corrupt("there are too many postings"));
        }
        let mut starts = Vec::with_capacity(counts.len());
        let mut end = 0;
        for count in counts.iter() {
            let length = list_length(&lists[end..], lengths.len() as u32, *count);
            let length = length.ok_or_else(|| {
                Error::corrupt(format!("the postings of term {} are malformed", starts.len()))
            })?;
            starts.push(end);
            end += length;
        }
        if end != lists.len() {
            return Err(Error::corrupt("there are bytes after the last postings"));
        }
        let (counts, lists, lengths) = (counts.into_owned(), lists.into_owned(), lengths.into_owned());
        Ok(Postings { terms, counts, starts, lists, lengths })
    }
}

/// How many bytes the list of `count` postings takes that `bytes` start with; `None` where they start with none.
fn list_length(bytes: &[u8], rows: u32, count: u32) -> Option<usize> {
    let mut postings = PostingsIter::new(bytes, rows, count);
    let in_rows = postings.by_ref().take_while(|posting| posting.row < rows).count();
    (count > 0 && in_rows == count as usize).then_some(postings.bits.aligned()?)
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
        let damages: [fn(&mut Stored); 9] = [
            |stored| stored.terms.to_mut().push(b'x'),
            |stored| stored.terms.to_mut()[1] = b'z',
            |stored| stored.counts.to_mut().truncate(1),
            |stored| stored.counts.to_mut()[0] = 0,
            |stored| stored.counts.to_mut()[0] = u32::MAX,
            |stored| stored.lists.to_mut().push(0),
            |stored| stored.lists.to_mut().truncate(1),
            |stored| stored.lists.to_mut()[0] |= 0x80,
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
            lists in prop::collection::vec(any::<u8>(), 0..12),
            lengths in prop::collection::vec(any::<u32>(), 0..4),
        ) {
            let stored =
                Stored { terms: terms.into(), counts: counts.into(), lists: lists.into(), lengths: lengths.into() };
            if let Ok(postings) = stored.into_postings() {
                for ordinal in 0..postings.terms.len() {
                    let found = postings.get(postings.terms.get(ordinal));
                    let count = found.len();
                    let rows: Vec<_> = found.map(|posting| posting.row as usize).collect();
                    prop_assert_eq!(rows.len(), count);
                    prop_assert!(rows.is_sorted_by(|a, b| a < b));
                    prop_assert!(rows.iter().all(|row| *row < postings.rows()));
                }
            }
        }
    }
}

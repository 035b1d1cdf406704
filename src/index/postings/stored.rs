//! The form in which postings are stored, and the checks of what comes back from a store.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::iter;

use super::dictionary::Dictionary;
use super::keys::KeyIndex;
use super::{Lexicon, Postings};
use crate::codec::{self, Kind, packed};
use crate::error::{Error, Result};
use crate::language::Language;

/// What is stored of postings, borrowed where it is in one piece.
#[derive(Clone, Serialize, Deserialize)]
struct Stored<'s> {
    #[serde(borrow)]
    lexicons: Vec<StoredLexicon<'s>>,
    lengths: Cow<'s, [u32]>,
}

/// What is stored of a lexicon. Lists are not decoded when they are read: whatever is in there,
/// [`PostingsIter`](super::PostingsIter) makes of it rows that there are.
#[derive(Clone, Serialize, Deserialize)]
struct StoredLexicon<'s> {
    language: Option<Language>,
    #[serde(borrow, serialize_with = "packed::unsigned::serialize")]
    terms: Cow<'s, [u8]>,
    counts: Cow<'s, [u32]>,
    /// How many bytes of `lists` each term has.
    lengths_of_lists: Cow<'s, [u32]>,
    #[serde(borrow, serialize_with = "packed::unsigned::serialize")]
    lists: Cow<'s, [u8]>,
    #[serde(borrow, serialize_with = "packed::unsigned::serialize")]
    keys: Cow<'s, [u8]>,
    /// How many terms each key has.
    key_counts: Vec<u32>,
    /// How far each term of a key is from the one before it, in the order of terms.
    key_steps: Vec<i64>,
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
        Self {
            lexicons: postings.lexicons.iter().map(StoredLexicon::from_lexicon).collect(),
            lengths: Cow::Borrowed(&postings.lengths),
        }
    }

    fn into_postings(self) -> Result<Postings> {
        let lengths = self.lengths.into_owned();
        let rows = u32::try_from(lengths.len()).map_err(|_| Error::corrupt("there are too many rows"))?;
        let mut lexicons: Vec<Lexicon> = Vec::with_capacity(self.lexicons.len());
        for stored in self.lexicons {
            if lexicons.last().is_some_and(|before| before.language >= stored.language) {
                return Err(Error::corrupt("the languages of the postings are out of order"));
            }
            lexicons.push(stored.into_lexicon(rows)?);
        }
        Ok(Postings { lexicons, lengths })
    }
}

impl<'s> StoredLexicon<'s> {
    fn from_lexicon(lexicon: &'s Lexicon) -> Self {
        let starts = iter::once(0).chain(lexicon.ends.iter().copied());
        let lengths_of_lists = starts.zip(&lexicon.ends).map(|(start, end)| (end - start) as u32);
        Self {
            language: lexicon.language,
            terms: Cow::Owned(lexicon.terms.encode()),
            counts: Cow::Borrowed(&lexicon.counts),
            lengths_of_lists: lengths_of_lists.collect(), // segments have far too few rows for longer ones
            lists: Cow::Borrowed(&lexicon.lists),
            keys: Cow::Owned(lexicon.keys.encode_keys()),
            key_counts: lexicon.keys.counts(),
            key_steps: lexicon.keys.steps(),
        }
    }

    /// The lexicon, of a segment of `rows` rows.
    fn into_lexicon(self, rows: u32) -> Result<Lexicon> {
        let Self { language, terms, counts, lengths_of_lists, lists, keys, key_counts, key_steps } = self;
        let terms = Dictionary::decode(counts.len(), &terms)?;
        if lists.len() > usize::MAX / 8 || u32::try_from(counts.len()).is_err() {
            return Err(Error::corrupt("there are too many postings"));
        }
        if counts.len() != lengths_of_lists.len() {
            return Err(Error::corrupt("there are not as many lists of postings as terms"));
        }
        let mut ends = Vec::with_capacity(counts.len());
        let mut end = 0usize;
        for (count, length) in counts.iter().zip(lengths_of_lists.iter()) {
            // A posting takes two bits or more.
            let fits = (1..=rows).contains(count) && count.div_ceil(4) <= *length;
            end = end.checked_add(*length as usize).filter(|_| fits).ok_or_else(|| {
                Error::corrupt(format!("the postings of term {} are malformed", ends.len()))
            })?;
            ends.push(end);
        }
        if end != lists.len() {
            return Err(Error::corrupt("the postings are not as long as their terms say"));
        }
        let keys = KeyIndex::decode(&keys, &key_counts, &key_steps, counts.len())?;
        let (counts, lists) = (counts.into_owned(), lists.into_owned());
        Ok(Lexicon { language, rows, terms, counts, ends, lists, keys, ..Lexicon::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::PostingsBuilder;
    use super::*;
    use proptest::prelude::*;

    fn build(rows: &[&str]) -> Postings {
        let mut builder = PostingsBuilder::default();
        for (row, text) in (0..).zip(rows) {
            builder.push_row(row, Some(Language::English), [(1, *text)]);
        }
        builder.build()
    }

    #[test]
    fn postings_come_back_from_a_stored_value() {
        let postings = build(&["roofs leak roof", "", "leaks", "re-door"]);
        let bytes = postings.encode().unwrap();
        assert_eq!(Postings::decode("postings 1", &bytes).unwrap(), postings);
    }

    #[test]
    fn postings_that_do_not_hold_together_are_refused() {
        let postings = build(&["roofs leak", "roofs"]);
        let good = Stored::from_postings(&postings);
        assert!(good.clone().into_postings().is_ok());
        let damages: [fn(&mut StoredLexicon); 18] = [
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
            |stored| stored.keys.to_mut().push(b'x'),
            |stored| stored.key_counts.push(1),
            |stored| stored.key_counts[0] = 0,
            |stored| stored.key_counts[0] = 2,
            |stored| stored.key_steps[0] = 2, // of two terms
            |stored| stored.key_steps[0] = i64::MIN,
            |stored| stored.key_steps.push(0),
        ];
        for (case, damage) in damages.iter().enumerate() {
            let mut stored = good.clone();
            damage(&mut stored.lexicons[0]);
            let bytes = codec::encode(Kind::Postings, &stored).unwrap();
            let error =
                Postings::decode("postings 1", &bytes).expect_err(&format!("damage {case} was not seen"));
            assert!(error.message().starts_with("postings 1: "), "{error}");
        }
        let mut twice = good.clone();
        twice.lexicons.push(good.lexicons[0].clone());
        assert!(twice.into_postings().is_err());
        let mut fewer_rows = good;
        fewer_rows.lengths.to_mut().truncate(1);
        assert!(fewer_rows.into_postings().is_err());
    }

    proptest! {
        #[test]
        fn hostile_postings_are_refused_or_harmless(
            terms in prop::collection::vec(prop_oneof![0u8..3, 0x61u8..0x64, any::<u8>()], 0..8),
            counts in prop::collection::vec(prop_oneof![1u32..3, any::<u32>()], 0..4),
            lengths_of_lists in prop::collection::vec(0u32..4, 0..4),
            lists in prop::collection::vec(any::<u8>(), 0..12),
            keys in prop::collection::vec(prop_oneof![0u8..3, 0x61u8..0x64, any::<u8>()], 0..6),
            key_counts in prop::collection::vec(0u32..3, 0..3),
            key_steps in prop::collection::vec(prop_oneof![-2i64..3, any::<i64>()], 0..4),
            lengths in prop::collection::vec(any::<u32>(), 0..4),
        ) {
            let lexicon = StoredLexicon {
                language: None,
                terms: terms.into(),
                counts: counts.into(),
                lengths_of_lists: lengths_of_lists.into(),
                lists: lists.into(),
                keys: keys.into(),
                key_counts,
                key_steps,
            };
            let stored = Stored { lexicons: vec![lexicon], lengths: lengths.into() };
            if let Ok(postings) = stored.into_postings() {
                let lexicon = &postings.lexicons[0];
                for place in 0..lexicon.len() {
                    let count = lexicon.count(place) as usize;
                    let rows: Vec<_> = lexicon.list(place).map(|posting| posting.row as usize).collect();
                    prop_assert!(rows.len() <= count && count <= postings.rows());
                    prop_assert!(rows.is_sorted_by(|a, b| a < b));
                    prop_assert!(rows.iter().all(|row| *row < postings.rows()));
                }
                for place in 0..lexicon.keys.len() {
                    let members = lexicon.find(lexicon.keys.key(place)).with_key;
                    prop_assert!(members.iter().all(|member| (*member as usize) < lexicon.len()));
                }
            }
        }
    }
}

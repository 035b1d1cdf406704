//! The manifest: what a generation consists of.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use crate::codec::{self, Kind};
use crate::error::Result;
use crate::index::{Counts, Index, PartRef, Parts, Segment};
use crate::language::Language;
use crate::store::Snapshot;
use crate::trail;

/// The list of segments of one generation, and what must fit for them to be used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The fingerprint of the model that embedded the vectors; `None` until there is one.
    pub fingerprint: Option<String>,
    /// The id that was last given to a part; ids are never used twice.
    pub last_id: u64,
    /// The segments, oldest first.
    pub segments: Vec<SegmentEntry>,
    /// What is being embedded with another model.
    pub aside: Option<Aside>,
    /// The audit trail.
    pub trail: Trail,
}

/// What is stored of the audit trail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// Where it ends. Its records are parts by their numbers.
    pub head: trail::Head,
    /// Which documents there were when its last record was made; `None` where there is no record.
    pub versions: Option<PartRef>,
}

/// One segment of a generation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentEntry {
    /// What is stored of it.
    pub parts: Parts,
    /// What it holds, so that this can be told without reading it.
    pub counts: Counts,
    /// How many of its documents are in each language, undecided first, removed ones not counted.
    pub languages: BTreeMap<Option<Language>, u32>,
    /// Ordinals of its documents that were removed or replaced.
    #[serde(with = "gaps")]
    pub removed: RoaringBitmap,
}

/// Segments that are to take the place of all others: the same documents, cut and embedded for another model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Aside {
    /// The fingerprint of that model.
    pub fingerprint: String,
    /// The segments, all of whose chunks have vectors. None of their documents is removed before they take effect.
    pub segments: Vec<SegmentEntry>,
}

impl SegmentEntry {
    /// The entry of a segment.
    pub fn new(segment: &Segment) -> Self {
        Self {
            parts: segment.parts().clone(),
            counts: segment.counts(),
            languages: segment.languages().clone(),
            removed: segment.removed().clone(),
        }
    }
}

impl Manifest {
    /// The manifest in what a store holds; that of an empty collection where it holds nothing.
    ///
    /// # Errors
    /// As [`codec::decode`].
    pub fn decode(snapshot: &Snapshot) -> Result<Self> {
        match snapshot.head.generation {
            0 => Ok(Self::default()),
            _ => codec::decode(Kind::Manifest, "the manifest", &snapshot.manifest),
        }
    }

    /// The manifest as a stored value.
    ///
    /// # Errors
    /// As [`codec::encode`].
    pub fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(Kind::Manifest, self)
    }

    /// The entries of all segments of an index.
    pub fn entries(index: &Index) -> Vec<SegmentEntry> {
        index.segments().iter().map(SegmentEntry::new).collect()
    }

    /// How much all segments hold.
    pub fn counts(&self) -> Counts {
        self.segments.iter().map(|entry| entry.counts).sum()
    }

    /// How many documents are in each language, undecided first.
    pub fn languages(&self) -> BTreeMap<Option<Language>, u32> {
        let mut languages = BTreeMap::new();
        for (language, count) in self.segments.iter().flat_map(|entry| &entry.languages) {
            let all: &mut u32 = languages.entry(*language).or_default();
            *all = all.saturating_add(*count);
        }
        languages
    }

    /// How many segments have a graph.
    pub fn graphs(&self) -> usize {
        self.segments.iter().filter(|entry| entry.parts.graph.is_some()).count()
    }
}

/// Ascending numbers as the distances between them: as small as a compressed bitmap where few are set, and nothing to
/// validate.
mod gaps {
    use roaring::RoaringBitmap;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(numbers: &RoaringBitmap, serializer: S) -> Result<S::Ok, S::Error> {
        let mut next = 0;
        serializer.collect_seq(numbers.iter().map(|number| {
            let gap = number - next;
            next = number.saturating_add(1);
            gap
        }))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RoaringBitmap, D::Error> {
        let mut numbers = RoaringBitmap::new();
        let mut next = Some(0u32);
        for gap in Vec::<u32>::deserialize(deserializer)? {
            let number = next.and_then(|next| next.checked_add(gap));
            let number = number.ok_or_else(|| D::Error::custom("a number exceeds 32 bits"))?;
            numbers.insert(number);
            next = number.checked_add(1);
        }
        Ok(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(removed: impl IntoIterator<Item = u32>) -> SegmentEntry {
        SegmentEntry {
            parts: Parts::default(),
            counts: Counts::default(),
            languages: BTreeMap::new(),
            removed: removed.into_iter().collect(),
        }
    }

    proptest! {
        #[test]
        fn removed_documents_come_back(
            removed in prop::collection::vec(prop_oneof![0u32..300, any::<u32>(), Just(u32::MAX)], 0..20),
        ) {
            let entry = entry(removed);
            let bytes = postcard::to_stdvec(&entry).unwrap();
            prop_assert_eq!(postcard::from_bytes::<SegmentEntry>(&bytes).unwrap(), entry);
        }
    }

    #[test]
    fn a_number_beyond_32_bits_is_refused() {
        let SegmentEntry { parts, counts, languages, .. } = entry([]);
        let bytes = postcard::to_stdvec(&(parts, counts, languages, [u32::MAX, 0].as_slice())).unwrap();
        assert!(postcard::from_bytes::<SegmentEntry>(&bytes).is_err());
    }
}

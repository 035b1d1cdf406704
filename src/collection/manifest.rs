//! The manifest: what a generation consists of.

use roaring::RoaringBitmap;
use serde::{Deserialize, Serialize};

use super::parts::PartRef;
use crate::index::Language;

/// The list of segments of one generation, and what must fit for them to be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The fingerprint of the model that embedded the vectors.
    pub fingerprint: String,
    /// The language in which all words are analysed.
    pub language: Language,
    /// The id that was last given to a part; ids are never used twice.
    pub last_id: u64,
    /// The segments, oldest first.
    pub segments: Vec<SegmentEntry>,
}

/// One segment of a generation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SegmentEntry {
    /// What is stored of it.
    pub parts: SegmentParts,
    /// Ordinals of its documents that were removed or replaced.
    #[serde(with = "gaps")]
    pub removed: RoaringBitmap,
}

/// The parts that make up a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SegmentParts {
    /// Its tables. The id of this part is the id of the segment.
    pub tables: PartRef,
    /// The runs of vectors that were committed for it so far.
    pub runs: Vec<PartRef>,
    /// The graph over its vectors, once it was built.
    pub graph: Option<PartRef>,
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
        let parts = SegmentParts { tables: PartRef { id: 1, seal: 2 }, runs: Vec::new(), graph: None };
        SegmentEntry { parts, removed: removed.into_iter().collect() }
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
        let parts = entry([]).parts;
        let bytes = postcard::to_stdvec(&(parts, [u32::MAX, 0].as_slice())).unwrap();
        assert!(postcard::from_bytes::<SegmentEntry>(&bytes).is_err());
    }
}

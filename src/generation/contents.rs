//! All that a generation consists of, part by part, in the order in which it is written into a file: tables first, since they
//! tell which texts there are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::manifest::Manifest;
use super::text::PieceId;
use super::{Generation, names, outline, text};
use crate::codec::{self, Kind};
use crate::error::{Error, Result};
use crate::index::{Index, PartRef, Segment, Tables};
use crate::order;

/// The key of a part with texts, and which block it is of a text that has several.
type TextPlace = ([u8; 16], Option<u32>);

/// A part that a generation consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredPart {
    /// Documents and chunks of a segment.
    Tables(PartRef),
    /// Postings of a segment.
    Postings(PartRef),
    /// A run of vectors.
    Vectors(PartRef),
    /// The graph of a segment.
    Graph(PartRef),
    /// Texts of documents.
    Text {
        /// [`text_part`](crate::index::DocumentRecord::text_part)
        key: [u8; 16],
        /// Which block of a text that has several.
        block: Option<u32>,
        /// The content hashes of the documents whose texts are in there.
        documents: BTreeSet<[u8; 16]>,
    },
    /// The outline of the document with this content hash.
    Outline([u8; 16]),
    /// A record of the trail.
    Record(u64),
    /// How documents had changed when a record was made.
    Changes(u64),
    /// The documents when the last record was made.
    Versions(PartRef),
}

impl StoredPart {
    /// Its name in a store.
    pub fn name(&self) -> String {
        match self {
            Self::Tables(part) => names::tables(part.id),
            Self::Postings(part) => names::postings(part.id),
            Self::Vectors(part) => names::vectors(part.id),
            Self::Graph(part) => names::graph(part.id),
            Self::Text { key, block: None, .. } => names::text(key),
            Self::Text { key, block: Some(block), .. } => names::text_block(key, *block),
            Self::Outline(hash) => names::outline(hash),
            Self::Record(number) => names::record(*number),
            Self::Changes(number) => names::changes(*number),
            Self::Versions(part) => names::versions(part.id),
        }
    }

    /// The seal that the manifest has of it, with the id that is in its name.
    pub fn part_ref(&self) -> Option<PartRef> {
        match self {
            Self::Tables(part)
            | Self::Postings(part)
            | Self::Vectors(part)
            | Self::Graph(part)
            | Self::Versions(part) => Some(*part),
            Self::Text { .. } | Self::Outline(_) | Self::Record(_) | Self::Changes(_) => None,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Tables(_) => Kind::Tables,
            Self::Postings(_) => Kind::Postings,
            Self::Vectors(_) => Kind::Vectors,
            Self::Graph(_) => Kind::Graph,
            Self::Text { .. } => Kind::Text,
            Self::Outline(_) => Kind::Outline,
            Self::Record(_) => Kind::Record,
            Self::Changes(_) | Self::Versions(_) => Kind::Versions,
        }
    }

    /// Whether bytes are this part: sound values, sealed as the manifest says, with the texts that should be in there. What is
    /// in other values is looked at when it is first needed, as everywhere, and made anew where it is damaged.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt), [`StoreTooNew`](crate::error::ErrorKind::StoreTooNew)
    pub fn check(&self, bytes: &[u8]) -> Result<()> {
        let what = "the part";
        codec::check(self.kind(), what, bytes)?;
        if self.part_ref().is_some_and(|part| codec::seal(bytes) != Some(part.seal)) {
            return Err(Error::corrupt("the part is not the one that the manifest names"));
        }
        if let Self::Text { block, documents, .. } = self {
            for content_hash in documents {
                text::decode(
                    what,
                    bytes,
                    PieceId { content_hash: *content_hash, block: block.unwrap_or(0) },
                )?;
            }
        }
        Ok(())
    }
}

/// The last number of a record that other languages have without loss: of the doubles of JavaScript.
const MOST_RECORDS: u64 = (1 << 53) - 1;

impl Generation {
    /// What a manifest and the tables that it names, in their order, make up.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where they do not fit each other.
    pub fn from_parts(manifest: &Manifest, tables: Vec<Arc<Tables>>) -> Result<Self> {
        let mut index = Index::default();
        for (entry, tables) in manifest.segments.iter().zip(tables) {
            let segment = Segment::stored(tables, entry.parts.clone())?;
            index.insert_segment(entry.parts.tables.id, segment, &entry.removed)?;
        }
        Ok(Self {
            index,
            fingerprint: manifest.fingerprint.clone(),
            trail: manifest.trail,
            last_id: manifest.last_id,
            ..Self::default()
        })
    }

    /// The manifest of what [`Generation::contents`] lists: without what was put aside for another model, which is made of the rest.
    pub fn contents_manifest(&self) -> Manifest {
        Manifest { aside: None, ..self.manifest() }
    }

    /// Whether there are no more parts than so many, and as many records of the trail as can be numbered: whoever made the tables and the manifest up can claim any number.
    pub fn contents_are_at_most(&self, count: u64) -> bool {
        let long = self.index.documents().filter(|(_, record)| !text::is_shared(record));
        let blocks = long.map(|(_, record)| u64::from(text::blocks(record.text_bytes)));
        let head = self.trail.head;
        let records = head.last.checked_sub(head.cleared).map(|records| records.saturating_mul(2));
        let is_counted = head.last <= MOST_RECORDS;
        is_counted && records.is_some_and(|records| blocks.fold(records, u64::saturating_add) <= count)
    }

    /// All parts, but what was put aside for another model: the tables in the order of segments, then everything else.
    pub fn contents(&self) -> Vec<StoredPart> {
        let segments = self.index.segments();
        let mut contents: Vec<_> = segments.iter().map(|it| StoredPart::Tables(it.parts().tables)).collect();
        for parts in segments.iter().map(Segment::parts) {
            contents.push(StoredPart::Postings(parts.postings));
            contents.extend(parts.runs.iter().map(|run| StoredPart::Vectors(run.part)));
            contents.extend(parts.graph.map(StoredPart::Graph));
        }
        let mut texts: BTreeMap<TextPlace, BTreeSet<[u8; 16]>> = BTreeMap::new();
        for (_, record) in self.index.documents() {
            for block in 0..text::blocks(record.text_bytes) {
                let block = (!text::is_shared(record)).then_some(block);
                texts.entry((record.text_part, block)).or_default().insert(record.content_hash);
            }
        }
        contents.extend(texts.into_iter().map(|((key, block), documents)| StoredPart::Text {
            key,
            block,
            documents,
        }));
        let outlined = self.index.documents().filter(|(_, record)| outline::part_of(record).is_some());
        let outlines = order::set(outlined.map(|(_, record)| record.content_hash));
        contents.extend(outlines.into_iter().map(StoredPart::Outline));
        let numbers = self.trail.head.cleared.saturating_add(1)..=self.trail.head.last;
        contents.extend(numbers.flat_map(|number| [StoredPart::Record(number), StoredPart::Changes(number)]));
        contents.extend(self.trail.versions.map(StoredPart::Versions));
        contents
    }
}

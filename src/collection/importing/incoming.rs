//! What a file brings, under the names that it gets here.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use super::{Existing, Imported};
use crate::error::{Error, ErrorKind, Result};
use crate::generation::contents::StoredPart;
use crate::generation::manifest::{Manifest, SegmentEntry};
use crate::generation::{Generation, names, text};
use crate::index::{PartRef, Parts, Tables};
use crate::order;
use crate::store::Part;

/// What of a file is taken, and how its parts are called here.
///
/// Parts with an id get one that was never used here. Texts get a key that is made of such an id, so that nobody who has
/// read a text of the same name takes the one for the other. Outlines and records of the trail keep their names.
pub(super) struct Incoming {
    /// The parts of the file behind its tables, in order.
    rest: Vec<StoredPart>,
    /// What is taken.
    chosen: Generation,
    /// Those parts of it that a file may have without their being taken, by name.
    wanted: BTreeMap<String, StoredPart>,
    /// The new ids, by the names that parts have in the file.
    ids: BTreeMap<String, u64>,
    /// What the keys of texts are made of.
    import: u64,
    /// The new tables, in the order of the segments.
    tables: Vec<(Arc<Tables>, PartRef)>,
}

impl Incoming {
    /// Chooses what is taken of the file that holds `theirs`.
    ///
    /// # Errors
    /// [`FileCorrupt`](ErrorKind::FileCorrupt) where two documents, or one that is taken and one that stays, claim one content:
    /// outlines are called by its hash, so one would get the other's. The hash is of the original and of its file's name, too, which are
    /// not stored, so nobody can check it.
    pub fn choose(
        mut theirs: Generation,
        before: &Generation,
        existing: Existing,
    ) -> Result<(Self, Imported)> {
        let mut report = Imported::default();
        let is_behind_tables = |part: &StoredPart| !matches!(part, StoredPart::Tables(_));
        let rest: Vec<StoredPart> = theirs.contents().into_iter().filter(is_behind_tables).collect();
        if existing == Existing::Merge {
            let mut there = Vec::new();
            for (_, record) in theirs.index.documents() {
                let Some(place) = before.index.find(&record.id) else { continue };
                let is_same = before.index.document(place).content_hash == record.content_hash;
                *(if is_same { &mut report.unchanged } else { &mut report.differing }) += 1;
                there.push(record.id.clone());
            }
            there.iter().for_each(|id| _ = theirs.index.remove_document(id));
            theirs.trail = Default::default();
        } else {
            report.removed = before.index.counts().documents;
        }
        let stays = before.index.documents().filter(|_| existing == Existing::Merge);
        let mut contents = order::map(stays.map(|(_, record)| (record.content_hash, &record.id)));
        for (_, record) in theirs.index.documents() {
            if let Some(other) = contents.insert(record.content_hash, &record.id) {
                let id = &record.id;
                let message = format!(
                    "the document {id:?} has the content hash of the document {other:?}, which no two documents share"
                );
                return Err(Error::new(ErrorKind::FileCorrupt, message));
            }
        }
        let segments = theirs.index.segments().iter();
        let empty: Vec<u64> =
            segments.filter(|it| it.live_documents().is_empty()).map(|segment| segment.id()).collect();
        empty.into_iter().for_each(|id| _ = theirs.index.remove_segment(id));
        report.added = theirs.index.counts().documents;
        report.records = theirs.trail.head.last - theirs.trail.head.cleared;
        let wanted = order::map(theirs.contents().into_iter().map(|part| (part.name(), part)));
        let (ids, tables) = (BTreeMap::new(), Vec::new());
        Ok((Self { rest, chosen: theirs, wanted, ids, import: 0, tables }, report))
    }

    /// The parts of the file behind its tables, in order.
    pub fn rest(&self) -> &[StoredPart] {
        &self.rest
    }

    /// How many ids it needs: one for itself, and one for each part that has one.
    pub fn ids_needed(&self) -> u64 {
        1 + self.wanted.values().filter(|part| part.part_ref().is_some()).count() as u64
    }

    /// Takes ids from `first` on, and gives back the new tables as parts. Called again, it takes others.
    ///
    /// # Errors
    /// As [`Tables::encode`].
    pub fn name(&mut self, first: u64) -> Result<Vec<(String, Part)>> {
        self.import = first;
        let numbered = self.wanted.iter().filter(|(_, part)| part.part_ref().is_some());
        self.ids = order::map(numbered.zip(first + 1..).map(|((name, _), id)| (name.clone(), id)));
        let mut parts = Vec::new();
        self.tables.clear();
        for segment in self.chosen.index.segments() {
            let tables = segment.tables().with_text_parts(|key| key_of(first, key));
            let bytes: Part = Rc::new(tables.encode()?);
            let part = PartRef::new(self.id(&StoredPart::Tables(segment.parts().tables)), &bytes);
            parts.push((names::tables(part.id), bytes));
            self.tables.push((Arc::new(tables), part));
        }
        Ok(parts)
    }

    fn id(&self, part: &StoredPart) -> u64 {
        self.ids.get(&part.name()).copied().unwrap_or_default()
    }

    /// A part of the file as it is to be stored; `None` where it is not taken.
    ///
    /// # Errors
    /// As [`codec::encode`](crate::codec::encode).
    pub fn translated(&self, part: &StoredPart, bytes: Vec<u8>) -> Result<Option<(String, Part)>> {
        let Some(wanted) = self.wanted.get(&part.name()) else { return Ok(None) };
        let id = self.id(part);
        let name = match part {
            StoredPart::Tables(_) => names::tables(id),
            StoredPart::Postings(_) => names::postings(id),
            StoredPart::Vectors(_) => names::vectors(id),
            StoredPart::Graph(_) => names::graph(id),
            StoredPart::Versions(_) => names::versions(id),
            StoredPart::Text { key, block: None, .. } => names::text(&key_of(self.import, key)),
            StoredPart::Text { key, block: Some(block), .. } => {
                names::text_block(&key_of(self.import, key), *block)
            }
            StoredPart::Outline(_) | StoredPart::Record(_) | StoredPart::Changes(_) => part.name(),
        };
        let bytes = match (part, wanted) {
            (StoredPart::Text { documents: all, .. }, StoredPart::Text { documents: taken, .. })
                if all != taken =>
            {
                let left: Vec<[u8; 16]> = all.difference(taken).copied().collect();
                text::without(&bytes, &left).unwrap_or_default()
            }
            _ => Rc::new(bytes),
        };
        Ok(Some((name, bytes)))
    }

    /// What is taken, with the names that it has here.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where its segments do not fit each other, which was checked before.
    pub fn into_generation(self) -> Result<Generation> {
        let named = |part: PartRef, id: u64| PartRef { id, ..part };
        let mut segments = Vec::new();
        for (segment, (_, tables)) in self.chosen.index.segments().iter().zip(&self.tables) {
            let parts = segment.parts();
            let runs = parts.runs.iter().cloned().map(|mut run| {
                run.part.id = self.id(&StoredPart::Vectors(run.part));
                run
            });
            let parts = Parts {
                tables: *tables,
                postings: named(parts.postings, self.id(&StoredPart::Postings(parts.postings))),
                runs: runs.collect(),
                graph: parts.graph.map(|graph| named(graph, self.id(&StoredPart::Graph(graph)))),
            };
            segments.push(SegmentEntry { parts, ..SegmentEntry::new(segment) });
        }
        let mut trail = self.chosen.trail;
        trail.versions = trail.versions.map(|part| named(part, self.id(&StoredPart::Versions(part))));
        let manifest =
            Manifest { segments, trail, fingerprint: self.chosen.fingerprint.clone(), ..Manifest::default() };
        Generation::from_parts(&manifest, self.tables.into_iter().map(|(tables, _)| tables).collect())
    }
}

/// The key that texts get here: no other import, and nobody who adds a document, gives it.
fn key_of(import: u64, key: &[u8; 16]) -> [u8; 16] {
    let mut hasher = Xxh3::new();
    hasher.update(b"import");
    hasher.update(&import.to_le_bytes());
    hasher.update(key);
    hasher.digest128().to_be_bytes()
}

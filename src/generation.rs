//! One generation of a collection as a value: what was committed, the index that it makes up, and the way to the next.
//!
//! A generation is never changed in place. [`Draft`] builds the next one, writes it to the store in one commit, and gives
//! it back once it is durable. What a generation holds is read when it is first needed: its manifest and tables by
//! [`Generation::load`], postings, vectors and graphs by [`Generation::read`], texts piece by piece ([`text`]), outlines one by one ([`outline`]). All of it
//! is read at the generation's head: where another writer has committed since, the store answers
//! [`StoreConflict`](crate::error::ErrorKind::StoreConflict), and the reader goes on with the newer generation.

pub mod contents;
mod damage;
mod draft;
pub mod manifest;
pub mod names;
pub mod outline;
mod reading;
pub mod records;
pub mod staged;
pub mod text;

use crate::document::Span;
use crate::error::{ErrorKind, Result};
use crate::index::{DocumentPlace, Index, RowId};
use crate::store::{Head, Store};
pub use damage::{Damage, DamagedPart};
pub use draft::{Draft, NewSegment};
use manifest::{Aside, Manifest, Trail};
pub use reading::{Needs, read_since};

/// One generation: what was committed, and the index that it makes up.
#[derive(Clone, Debug, Default)]
pub struct Generation {
    /// Which commit this is the state of.
    pub head: Head,
    /// The segments, each with what is stored of it.
    pub index: Index,
    /// The fingerprint of the model that embedded the vectors; `None` until there is one.
    pub fingerprint: Option<String>,
    /// What is being embedded with another model.
    pub aside: Option<Aside>,
    /// The generation that last added, cut or removed a document.
    pub documents_changed: u64,
    /// What is stored of the audit trail.
    pub trail: Trail,
    /// The id that was last given to a part.
    last_id: u64,
}

/// What tells a chunk wherever it is: merging moves it to another segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkKey {
    /// The id of its document.
    pub document: String,
    /// All that was added of the document.
    pub content_hash: [u8; 16],
    /// Its place among the chunks of the document.
    pub ordinal: u32,
    /// Where it is, since the same content may have been cut with other options.
    pub span: Span,
}

impl Generation {
    /// Loads the last committed generation. What `known` already holds is not read again.
    ///
    /// # Errors
    /// [`ErrorKind::Deleted`] where `known` was committed and the store holds another history, or none;
    /// [`ErrorKind::StoreCorrupt`], [`ErrorKind::StoreTooNew`] and the store's errors.
    pub async fn load(store: &impl Store, known: &Self) -> Result<Self> {
        loop {
            let snapshot = store.load().await?;
            known.head.check_not_deleted(snapshot.head)?;
            if snapshot.head.generation == 0 {
                return Ok(Self::default());
            }
            let manifest = Manifest::decode(&snapshot)?;
            match known.advance(store, manifest, snapshot.head).await {
                Err(error) if error.kind() == ErrorKind::StoreConflict => {}
                result => return result,
            }
        }
    }

    /// The generation that `manifest` describes, built from this one with as little reading as possible.
    async fn advance(&self, store: &impl Store, manifest: Manifest, head: Head) -> Result<Self> {
        let Manifest { fingerprint, last_id, segments, aside, documents_changed, trail } = manifest;
        let index = reading::read_index(store, head, &self.index, &segments).await?;
        Ok(Self { head, index, fingerprint, aside, documents_changed, trail, last_id })
    }

    /// What is to be stored of this generation.
    fn manifest(&self) -> Manifest {
        Manifest {
            fingerprint: self.fingerprint.clone(),
            last_id: self.last_id,
            segments: Manifest::entries(&self.index),
            aside: self.aside.clone(),
            documents_changed: self.documents_changed,
            trail: self.trail,
        }
    }

    /// The number of this generation.
    pub fn number(&self) -> u64 {
        self.head.generation
    }

    /// What tells the chunk at a row wherever it is.
    pub fn key(&self, row: RowId) -> ChunkKey {
        let place = self.index.document_of(row);
        let record = self.index.document(place);
        let tables = self.index.segment_of(row).tables();
        let ordinal = row.row - tables.rows_of(place.document).start;
        let span = tables.chunks()[row.row as usize].span;
        ChunkKey { document: record.id.clone(), content_hash: record.content_hash, ordinal, span }
    }

    /// Where a chunk is that is still there and has no vector.
    pub fn row_without_vector(&self, key: &ChunkKey) -> Option<RowId> {
        let place = self.index.find(&key.document)?;
        let row = self.index.rows_of(place).nth(key.ordinal as usize)?;
        let segment = self.index.segment_of(row);
        let is_same = self.index.document(place).content_hash == key.content_hash
            && segment.tables().chunks()[row.row as usize].span == key.span;
        (is_same && segment.backlog().contains(row.row)).then_some(row)
    }

    /// The chunks of a document that have no vector yet.
    pub fn backlog_of(&self, place: DocumentPlace) -> impl Iterator<Item = RowId> + '_ {
        let backlog = self.index.segments()[place.segment].backlog();
        self.index.rows_of(place).filter(|row| backlog.contains(row.row))
    }
}

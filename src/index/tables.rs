//! The tables of a segment: its documents, and their chunks as rows.

pub(super) mod stored;

use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;
use std::sync::OnceLock;

use super::fingerprint::Fingerprint;
use crate::document::{Chunk, Frame, MediaType, Metadata, Span};
use crate::error::Result;
use crate::filter::Columns;
use crate::language::Language;
use stored::Stored;

/// What the index keeps of a document. Its text is kept apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentRecord {
    /// Unique in its collection.
    pub id: String,
    /// Shown to people; its words are found in every chunk of the document. May be empty.
    pub title: String,
    /// The form of the content before extraction.
    pub media_type: MediaType,
    /// Values to filter by and to show.
    pub metadata: Metadata,
    /// What its words are analysed as; `None` where it is undecided.
    pub language: Option<Language>,
    /// Tells whether a document that is added again has changed, and names its text for good.
    pub content_hash: [u8; 16],
    /// What the stored part with its text is called after: its own content hash, or what it shares with others.
    pub text_part: [u8; 16],
    /// Whether its structure and the places in the original are stored beside its text, which does not tell them.
    pub has_outline: bool,
    /// Whether it was cut into chunks without the model's tokenizer, by an estimate.
    pub is_estimated: bool,
    /// The length of the extracted text in bytes.
    pub text_bytes: u64,
    /// The length of the extracted text in UTF-16 code units.
    pub text_utf16: u64,
}

/// A row: a chunk, and the document that it is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkRecord {
    /// The number of the document in its segment.
    pub document: u32,
    /// Where the chunk is, in bytes of the document's text.
    pub span: Span,
    /// Where it is, in UTF-16 code units of the document's text.
    pub span_utf16: Span,
    /// The place of its headings among [`Tables::sections`].
    pub section: u32,
    /// The place of its frame among [`Tables::frames`].
    pub frame: u32,
    /// [`Chunk::page`]
    pub page: Option<u32>,
    /// The number of the model's word pieces in it.
    pub tokens: u32,
    /// What it has in common with its copies.
    pub fingerprint: Fingerprint,
}

/// Documents, and their chunks as rows. The chunks of a document are consecutive rows, in the order in which they were
/// pushed.
#[derive(Clone, Debug)]
pub struct Tables {
    documents: Vec<DocumentRecord>,
    sections: Vec<Vec<String>>,
    frames: Vec<Frame>,
    chunks: Vec<ChunkRecord>,
    /// The first row of each document, and the number of rows at the end.
    first_rows: Vec<u32>,
    /// The numbers of the documents in the order of their ids.
    by_id: Vec<u32>,
    /// Whether any document was cut by an estimate.
    has_estimates: bool,
    /// The documents' metadata once more, by field; made when a filter first asks for it.
    columns: OnceLock<Columns>,
}

impl PartialEq for Tables {
    fn eq(&self, other: &Self) -> bool {
        // The rest follows from these.
        (&self.documents, &self.sections, &self.frames, &self.chunks)
            == (&other.documents, &other.sections, &other.frames, &other.chunks)
    }
}

impl Tables {
    /// The documents, in the order in which they were pushed.
    pub fn documents(&self) -> &[DocumentRecord] {
        &self.documents
    }

    /// The rows.
    pub fn chunks(&self) -> &[ChunkRecord] {
        &self.chunks
    }

    /// The number of rows: they are numbered in 32 bits.
    pub fn rows(&self) -> u32 {
        self.chunks.len() as u32
    }

    /// The paths of headings that chunks stand under, each once.
    pub fn sections(&self) -> &[Vec<String>] {
        &self.sections
    }

    /// What chunks need around them, each once.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// What the chunk at `row` needs around it to be read alone.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn frame(&self, row: u32) -> &Frame {
        &self.frames[self.chunks[row as usize].frame as usize]
    }

    /// The headings that the chunk at `row` stands under, outermost first.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn section(&self, row: u32) -> &[String] {
        &self.sections[self.chunks[row as usize].section as usize]
    }

    /// The chunk at `row`, with its headings.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn chunk(&self, row: u32) -> Chunk {
        let ChunkRecord { span, span_utf16, page, tokens, .. } = self.chunks[row as usize];
        let (section, frame) = (self.section(row).to_vec(), self.frame(row).clone());
        Chunk { span, span_utf16, section, page, frame, tokens }
    }

    /// The document of a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn document_of(&self, row: u32) -> &DocumentRecord {
        &self.documents[self.chunks[row as usize].document as usize]
    }

    /// The number of the document `id`; `None` where there is none.
    pub fn find(&self, id: &str) -> Option<u32> {
        let found =
            self.by_id.binary_search_by(|number| self.documents[*number as usize].id.as_str().cmp(id));
        found.ok().map(|place| self.by_id[place])
    }

    /// The rows of the document number `document`; empty where there is no such document.
    pub fn rows_of(&self, document: u32) -> Range<u32> {
        let first = |number: usize| self.first_rows.get(number).copied();
        let document = document as usize;
        first(document).zip(first(document + 1)).map_or(0..0, |(start, end)| start..end)
    }

    /// Whether any document was cut into chunks by an estimate.
    pub fn has_estimates(&self) -> bool {
        self.has_estimates
    }

    /// The documents' metadata by field, for filters.
    pub fn columns(&self) -> &Columns {
        self.columns.get_or_init(|| Columns::new(self.documents.iter().map(|document| &document.metadata)))
    }

    /// The same tables with other keys of the parts that hold texts: of each key the one that `key` gives.
    pub fn with_text_parts(&self, key: impl Fn(&[u8; 16]) -> [u8; 16]) -> Self {
        let mut tables = self.clone();
        tables.documents.iter_mut().for_each(|document| document.text_part = key(&document.text_part));
        tables
    }

    /// The tables as a stored value.
    ///
    /// # Errors
    /// As [`codec::encode`](crate::codec::encode).
    pub fn encode(&self) -> Result<Vec<u8>> {
        Stored::from_tables(self).encode()
    }

    /// The tables in a stored value; `what` names it in errors. Everything in it is validated, so that no later
    /// use of it can fail.
    ///
    /// # Errors
    /// As [`codec::decode`](crate::codec::decode); also [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where
    /// the tables contradict each other.
    pub fn decode(what: &str, bytes: &[u8]) -> Result<Self> {
        Stored::decode(what, bytes)
    }

    /// Tables that fit each other: rows and documents are numbered in 32 bits, and the rows are in the order of their
    /// documents.
    pub(super) fn new(
        documents: Vec<DocumentRecord>,
        sections: Vec<Vec<String>>,
        frames: Vec<Frame>,
        chunks: Vec<ChunkRecord>,
    ) -> Self {
        let first_row = |document| chunks.partition_point(|chunk| (chunk.document as usize) < document);
        let first_rows =
            (0..documents.len()).map(first_row).chain([chunks.len()]).map(|row| row as u32).collect();
        let mut by_id: Vec<u32> = (0..documents.len() as u32).collect();
        by_id.sort_unstable_by(|a, b| documents[*a as usize].id.cmp(&documents[*b as usize].id));
        let has_estimates = documents.iter().any(|document| document.is_estimated);
        let columns = OnceLock::new();
        Self { documents, sections, frames, chunks, first_rows, by_id, has_estimates, columns }
    }

    /// An id that two documents have.
    fn repeated_id(&self) -> Option<&str> {
        let id = |number: u32| self.documents[number as usize].id.as_str();
        self.by_id.array_windows().find(|[a, b]| id(*a) == id(*b)).map(|[number, _]| id(*number))
    }
}

/// Whether a span ends within a text of this length.
pub(super) fn fits(span: Span, length: u64) -> bool {
    span.start <= span.end && u64::from(span.end) <= length
}

/// What chunks of tables in the making share, such as paths of headings, each once.
pub(super) struct Shared<T> {
    values: Vec<T>,
    places: HashMap<T, u32>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self { values: Vec::new(), places: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Shared<T> {
    /// The place of a value, which is added where it is new.
    pub(super) fn place<Q: ?Sized + Eq + Hash + ToOwned<Owned = T>>(&mut self, value: &Q) -> u32
    where
        T: Borrow<Q>,
    {
        if let Some(place) = self.places.get(value) {
            return *place;
        }
        // There are at most as many as rows, which are numbered in 32 bits.
        let place = self.values.len() as u32;
        self.values.push(value.to_owned());
        self.places.insert(value.to_owned(), place);
        place
    }

    pub(super) fn into_values(self) -> Vec<T> {
        self.values
    }
}

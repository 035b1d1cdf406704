//! The extracted texts of documents: read from the store block by block when a call needs them, kept while there is room.

use std::collections::HashMap;
use std::ops::Range;

use super::Collection;
use crate::document::{Span, utf16_len};
use crate::error::{Error, ErrorKind, Result};
use crate::extract::{Located, Outline};
use crate::generation::outline;
use crate::generation::text::{self, Piece, PieceId};
use crate::generation::{Generation, read_since};
use crate::index::{DocumentPlace, DocumentRecord, RowId};
use crate::model::Embedder;
use crate::order::Order;
use crate::store::Store;

/// The most bytes of text that are kept in memory: 16 MiB.
const CACHE_BYTES: usize = 16 << 20;

/// How many blocks of one text are read together where all of it is asked for: 4 MiB.
const BLOCKS_PER_READ: usize = 64;

/// What names a piece of a text for good: the store's history, the key of its part, which an import gives anew, and the piece.
type PieceKey = (u64, [u8; 16], PieceId);

/// Pieces read lately. Documents are immutable, so an entry never goes stale.
#[derive(Debug, Default)]
pub(super) struct TextCache {
    entries: HashMap<PieceKey, (Piece, u64)>,
    bytes: usize,
    clock: u64,
}

impl TextCache {
    fn get(&mut self, key: PieceKey) -> Option<Piece> {
        self.clock += 1;
        let (piece, used) = self.entries.get_mut(&key)?;
        *used = self.clock;
        Some(piece.clone())
    }

    fn insert(&mut self, key: PieceKey, piece: Piece) {
        self.clock += 1;
        self.bytes += piece.text.len();
        if let Some((old, _)) = self.entries.insert(key, (piece, self.clock)) {
            self.bytes -= old.text.len();
        }
        if self.bytes > CACHE_BYTES {
            self.shrink();
        }
    }

    /// Drops the pieces that were used longest ago, until half of the room is free.
    fn shrink(&mut self) {
        let mut by_use: Vec<_> = self.entries.iter().map(|(key, (_, used))| (*used, *key)).collect();
        by_use.order_by_key(|(used, _)| *used);
        for (_, key) in by_use {
            if self.bytes <= CACHE_BYTES / 2 {
                return;
            }
            if let Some((dropped, _)) = self.entries.remove(&key) {
                self.bytes -= dropped.text.len();
            }
        }
    }
}

/// A piece of a text that is wanted, and the part that holds it.
struct Wanted {
    key: PieceKey,
    part: String,
}

impl Wanted {
    fn new(generation: &Generation, record: &DocumentRecord, block: u32) -> Self {
        let piece = PieceId { content_hash: record.content_hash, block };
        Self { key: (generation.head.history, record.text_part, piece), part: text::part_of(record, block) }
    }
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Spans of documents' texts, in order; one whose text is damaged is an error that names the document. Only the blocks
    /// that hold them are read, in one go.
    ///
    /// # Errors
    /// [`ErrorKind::StoreConflict`] where another writer has committed since; the store's errors.
    pub(super) async fn slices(
        &self,
        generation: &Generation,
        spans: &[(DocumentPlace, Span)],
    ) -> Result<Vec<Result<String>>> {
        let wanted = spans.iter().flat_map(|&(place, span)| {
            let record = generation.index.document(place);
            text::blocks_of(span).map(move |block| Wanted::new(generation, record, block))
        });
        let pieces = self.pieces(generation, wanted.collect()).await?;
        let slice = |&(place, span): &(DocumentPlace, Span)| {
            let record = generation.index.document(place);
            let blocks = text::blocks_of(span);
            let pieces: Result<Vec<Piece>> =
                blocks.map(|block| pieces.get(Wanted::new(generation, record, block).key)).collect();
            let slice = pieces.and_then(|pieces| text::slice(span, &pieces));
            slice.map_err(|error| error.within(format_args!("document {:?}", record.id)))
        };
        Ok(spans.iter().map(slice).collect())
    }

    /// The texts of chunks, in order, as [`Collection::slices`] gives them.
    pub(super) async fn quotes(
        &self,
        generation: &Generation,
        rows: &[RowId],
    ) -> Result<Vec<Result<String>>> {
        let spans = rows.iter().map(|&row| {
            let span = generation.index.segment_of(row).tables().chunks()[row.row as usize].span;
            (generation.index.document_of(row), span)
        });
        self.slices(generation, &spans.collect::<Vec<_>>()).await
    }

    /// The whole text of a document.
    ///
    /// # Errors
    /// [`ErrorKind::StoreCorrupt`], naming the document; otherwise as [`Collection::slices`].
    pub(super) async fn whole_text(&self, generation: &Generation, place: DocumentPlace) -> Result<String> {
        let record = generation.index.document(place);
        let mut whole = String::new(); // what a record says of its length need not be so
        let blocks: Vec<u32> = (0..text::blocks(record.text_bytes)).collect();
        for some in blocks.chunks(BLOCKS_PER_READ) {
            let wanted = some.iter().map(|&block| Wanted::new(generation, record, block));
            let pieces = self.pieces(generation, wanted.collect()).await?;
            for &block in some {
                let piece = pieces.get(Wanted::new(generation, record, block).key);
                whole.push_str(
                    &piece.map_err(|error| error.within(format_args!("document {:?}", record.id)))?.text,
                );
            }
        }
        if whole.len() as u64 != record.text_bytes {
            return Err(Error::corrupt(format!(
                "document {:?}: the stored text has another length",
                record.id
            )));
        }
        Ok(whole)
    }

    /// The part of a document's text that `range`, in UTF-16 code units, covers. Only the blocks are read that may hold it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a range that the text does not have, or that begins or ends within a character;
    /// otherwise as [`Collection::slices`].
    pub(super) async fn text_range(
        &self,
        generation: &Generation,
        place: DocumentPlace,
        range: Span,
    ) -> Result<String> {
        Ok(self.text_at(generation, place, range).await?.0)
    }

    /// As [`Collection::text_range`], with the first byte of what the range covers.
    async fn text_at(
        &self,
        generation: &Generation,
        place: DocumentPlace,
        range: Span,
    ) -> Result<(String, u32)> {
        let record = generation.index.document(place);
        if range.start > range.end || u64::from(range.end) > record.text_utf16 {
            return Err(Error::invalid_argument(format!(
                "document {:?} has no text from {} to {}: its length is {}",
                record.id, range.start, range.end, record.text_utf16
            )));
        }
        let (around, first_utf16) = surroundings(generation, place, range);
        let mut texts = self.slices(generation, &[(place, around)]).await?;
        let text = texts.pop().unwrap_or_else(|| Err(Error::internal("no text came")))?;
        let found = utf16_slice(&text, (range.start - first_utf16) as usize, range.len());
        let found = found.ok_or_else(|| {
            Error::invalid_argument(format!(
                "document {:?}: the range from {} to {} cuts a character in two",
                record.id, range.start, range.end
            ))
        })?;
        Ok((text[found.clone()].to_owned(), around.start + found.start as u32))
    }

    /// The stored outline of a document; `None` where its text tells it.
    ///
    /// # Errors
    /// [`ErrorKind::StoreCorrupt`], naming the document, and the store's errors.
    pub(super) async fn outline(
        &self,
        generation: &Generation,
        place: DocumentPlace,
    ) -> Result<Option<Outline>> {
        let record = generation.index.document(place);
        let Some(name) = outline::part_of(record) else { return Ok(None) };
        let names = [name];
        let (mut parts, _) = read_since(&self.store, generation.head, &names).await?;
        let part = parts.pop().flatten();
        let part = part.ok_or_else(|| Error::corrupt(format!("the stored part {:?} is missing", names[0])));
        let outline = part.and_then(|part| outline::decode(&names[0], &part, record));
        outline.map(Some).map_err(|error| error.within(format_args!("document {:?}", record.id)))
    }

    /// Where `range`, in UTF-16 code units of a document's text, stands in the original.
    ///
    /// # Errors
    /// As [`Collection::text_range`] and [`Collection::outline`].
    pub(super) async fn places(
        &self,
        generation: &Generation,
        place: DocumentPlace,
        range: Span,
    ) -> Result<Vec<Located>> {
        let (text, start) = self.text_at(generation, place, range).await?;
        let span = Span { start, end: start + text.len() as u32 };
        let outline = self.outline(generation, place).await?.unwrap_or_default();
        // Lines are cut in proportion to their characters, so the text is wanted where an origin is cut.
        let around = outline.around(span);
        let mut texts = self.slices(generation, &[(place, around)]).await?;
        let around_text = texts.pop().unwrap_or_else(|| Err(Error::internal("no text came")))?;
        Ok(outline.locate(span, |part| {
            let inside = Span {
                start: part.start.checked_sub(around.start)?,
                end: part.end.checked_sub(around.start)?,
            };
            inside.slice(&around_text)
        }))
    }

    /// Pieces of texts, each read at most once.
    async fn pieces(&self, generation: &Generation, wanted: Vec<Wanted>) -> Result<Pieces> {
        let mut found = Pieces::default();
        let mut missing: Vec<Wanted> = Vec::new();
        for wanted in wanted {
            let cached = self.texts.borrow_mut().get(wanted.key);
            match cached {
                Some(piece) => _ = found.0.insert(wanted.key, Ok(piece)),
                None if missing.iter().all(|it| it.key != wanted.key) => missing.push(wanted),
                None => {}
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let mut names: Vec<String> = missing.iter().map(|wanted| wanted.part.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let (parts, head) = read_since(&self.store, generation.head, &names).await?;
        let parts: HashMap<String, Option<Vec<u8>>> = names.into_iter().zip(parts).collect();
        for Wanted { key, part } in missing {
            let bytes = parts[&part].as_deref();
            let bytes = bytes.ok_or_else(|| Error::corrupt(format!("the stored part {part:?} is missing")));
            let piece = bytes.and_then(|bytes| text::decode(&part, bytes, key.2));
            if piece.is_err() && head != generation.head {
                // It may have been taken out of a part that other texts still share.
                let message = "a newer generation has deleted a text that was to be read";
                return Err(Error::new(ErrorKind::StoreConflict, message));
            }
            match &piece {
                Ok(piece) => self.texts.borrow_mut().insert(key, piece.clone()),
                Err(_) => _ = self.damaged_texts.borrow_mut().insert(key.2.content_hash),
            }
            found.0.insert(key, piece);
        }
        Ok(found)
    }
}

/// Pieces that were read, or what is wrong with them.
#[derive(Default)]
struct Pieces(HashMap<PieceKey, Result<Piece>>);

impl Pieces {
    /// A piece, which several spans may share.
    fn get(&self, key: PieceKey) -> Result<Piece> {
        match self.0.get(&key) {
            Some(Ok(piece)) => Ok(piece.clone()),
            Some(Err(error)) => Err(error.again()),
            None => Err(Error::internal("a text was not asked for")),
        }
    }
}

/// A span of bytes that holds `range`, in UTF-16 code units, from one chunk's border to another's, and the UTF-16 offset of
/// its start.
fn surroundings(generation: &Generation, place: DocumentPlace, range: Span) -> (Span, u32) {
    let tables = generation.index.segments()[place.segment].tables();
    let record = generation.index.document(place);
    let rows = tables.rows_of(place.document);
    let chunks = &tables.chunks()[rows.start as usize..rows.end as usize];
    let before = chunks.iter().rev().find(|chunk| chunk.span_utf16.start <= range.start);
    let after = chunks.iter().find(|chunk| chunk.span_utf16.end >= range.end);
    let start = before.map_or(0, |chunk| chunk.span.start);
    let end = after.map_or(record.text_bytes as u32, |chunk| chunk.span.end);
    (Span { start, end: end.max(start) }, before.map_or(0, |chunk| chunk.span_utf16.start))
}

/// Where `length` UTF-16 code units of `text` are from unit `start` on; `None` where they do not begin and end between
/// characters.
fn utf16_slice(text: &str, start: usize, length: usize) -> Option<Range<usize>> {
    let byte = |units: usize| {
        let mut seen = 0;
        let at = text.char_indices().find(|(_, character)| {
            let is_there = seen >= units;
            if !is_there {
                seen += character.len_utf16();
            }
            is_there
        });
        let at = at.map_or(text.len(), |(at, _)| at);
        (utf16_len(&text[..at]) == units).then_some(at)
    };
    Some(byte(start)?..byte(start + length)?)
}

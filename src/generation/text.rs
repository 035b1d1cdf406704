//! The extracted texts of documents as they are stored: in pieces of at most [`BLOCK_BYTES`], each a value of its own.
//!
//! A text of one piece shares its part with others that were added with it, as long as all of them fit; each piece of a
//! longer text is a part of its own. So what reads a span of a text reads the blocks that hold the span, and no more.

use std::ops::Range;
use std::rc::Rc;

use xxhash_rust::xxh3::Xxh3;

use super::names;
use crate::codec::{self, Kind};
use crate::document::Span;
use crate::error::{Error, Result};
use crate::index::DocumentRecord;
use crate::store::Part;
use crate::task::Task;

/// The most bytes of a text that are read together, and about as many as a part with several texts has: 64 KiB.
pub const BLOCK_BYTES: usize = 1 << 16;

/// How many blocks are encoded between two pauses.
const BLOCKS_PER_STEP: u32 = 64;

/// A piece of a text: which document's, by the hash of all that was added, and which block of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PieceId {
    /// [`DocumentRecord::content_hash`]
    pub content_hash: [u8; 16],
    /// Block `n` holds what begins in bytes `n * BLOCK_BYTES` and after, up to where the next one begins: the character
    /// boundary at or before a multiple of [`BLOCK_BYTES`].
    pub block: u32,
}

/// A piece of a text that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins, in bytes of the text.
    pub start: u32,
    /// What stands there.
    pub text: Rc<str>,
}

/// A text that is to be stored.
#[derive(Clone, Copy, Debug)]
pub struct NewText<'t> {
    /// [`DocumentRecord::content_hash`]
    pub content_hash: [u8; 16],
    /// The whole text.
    pub text: &'t str,
}

/// Texts as parts: the key of each text's part ([`DocumentRecord::text_part`]), in order, and the parts by name.
///
/// # Errors
/// [`Aborted`](crate::error::ErrorKind::Aborted), and as [`codec::encode`].
pub async fn encode(texts: &[NewText<'_>], task: &impl Task) -> Result<(Vec<[u8; 16]>, Vec<(String, Part)>)> {
    let mut keys = vec![[0; 16]; texts.len()];
    let mut parts = Vec::new();
    let mut together: Vec<usize> = Vec::new();
    let mut bytes = 0;
    let mut flush = |together: &mut Vec<usize>, parts: &mut Vec<(String, Part)>| {
        if together.is_empty() {
            return Ok(());
        }
        let key = key_of(together.iter().map(|at| &texts[*at].content_hash));
        let mut part = Vec::new();
        for at in together.drain(..) {
            keys[at] = key;
            part.extend(encode_piece(texts[at], 0)?);
        }
        parts.push((names::text(&key), Rc::new(part)));
        Result::Ok(())
    };
    let mut long = Vec::new();
    for (at, NewText { text, .. }) in texts.iter().enumerate() {
        if text.len() > BLOCK_BYTES {
            long.push(at);
            continue;
        }
        if bytes + text.len() > BLOCK_BYTES {
            flush(&mut together, &mut parts)?;
            bytes = 0;
        }
        bytes += text.len();
        together.push(at);
    }
    flush(&mut together, &mut parts)?;
    for at in long {
        let NewText { content_hash, text } = texts[at];
        keys[at] = content_hash;
        for block in 0..blocks(text.len() as u64) {
            if block % BLOCKS_PER_STEP == 0 {
                task.checkpoint().await?;
            }
            let piece = encode_piece(texts[at], block)?;
            parts.push((names::text_block(&content_hash, block), Rc::new(piece)));
        }
    }
    Ok((keys, parts))
}

/// The key of a part with several texts: no other part of a collection has it, as long as one of them is in there.
fn key_of<'h>(hashes: impl Iterator<Item = &'h [u8; 16]>) -> [u8; 16] {
    let mut hasher = Xxh3::new();
    hashes.for_each(|hash| hasher.update(hash));
    hasher.digest128().to_be_bytes()
}

fn encode_piece(NewText { content_hash, text }: NewText<'_>, block: u32) -> Result<Vec<u8>> {
    let range = range_of(text, block);
    codec::encode(Kind::Text, &(content_hash, block, range.start as u32, &text[range]))
}

/// The number of blocks of a text of so many bytes; at least 1.
pub fn blocks(bytes: u64) -> u32 {
    // Spans are numbered in 32 bits, so blocks are, too.
    bytes.min(u32::MAX.into()).div_ceil(BLOCK_BYTES as u64).max(1) as u32
}

fn range_of(text: &str, block: u32) -> Range<usize> {
    let boundary = |block: u32| text.floor_char_boundary((block as usize).saturating_mul(BLOCK_BYTES));
    boundary(block)..boundary(block + 1)
}

/// The blocks of a text that together hold `span`, whose ends are character boundaries.
pub fn blocks_of(span: Span) -> Range<u32> {
    let block = |byte: u32| byte / BLOCK_BYTES as u32;
    block(span.start)..block(span.end.max(span.start + 1) - 1) + 1
}

/// The name of the part that holds a piece of a document's text.
pub fn part_of(record: &DocumentRecord, block: u32) -> String {
    match blocks(record.text_bytes) {
        1 => names::text(&record.text_part),
        _ => names::text_block(&record.text_part, block),
    }
}

/// The names of all parts that hold a document's text.
pub fn parts_of(record: &DocumentRecord) -> impl Iterator<Item = String> + '_ {
    (0..blocks(record.text_bytes)).map(|block| part_of(record, block))
}

/// Whether a document's text shares its part with others, or could.
pub fn is_shared(record: &DocumentRecord) -> bool {
    blocks(record.text_bytes) == 1
}

/// A piece of a text in a stored part; `what` names the part in errors. What is damaged of others does not matter.
///
/// # Errors
/// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where it is not there, or damaged.
pub fn decode(what: &str, part: &[u8], id: PieceId) -> Result<Piece> {
    let is_it = |value: &&[u8]| starts_with(value, &id.content_hash);
    let missing = || Error::corrupt(format!("{what} does not hold the text that it should"));
    let value = codec::values(part).find(is_it).ok_or_else(missing)?;
    let (content_hash, block, start, text): ([u8; 16], u32, u32, &str) =
        codec::decode(Kind::Text, what, value)?;
    let begins_where_it_should =
        (u64::from(block) * BLOCK_BYTES as u64).checked_sub(u64::from(start)).is_some_and(|gap| gap < 4);
    if (PieceId { content_hash, block }) != id || !begins_where_it_should {
        return Err(missing());
    }
    Ok(Piece { start, text: text.into() })
}

/// The span of a text, of which `pieces` are the blocks that hold it ([`blocks_of`]), in order.
///
/// # Errors
/// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where they do not.
pub fn slice(span: Span, pieces: &[Piece]) -> Result<String> {
    let mut text = String::with_capacity(span.len());
    for piece in pieces {
        let inside = |byte: u32| (byte.saturating_sub(piece.start) as usize).min(piece.text.len());
        text.push_str(piece.text.get(inside(span.start)..inside(span.end)).unwrap_or_default());
    }
    if text.len() != span.len() {
        return Err(Error::corrupt(format!("the stored text does not hold {span:?}")));
    }
    Ok(text)
}

/// What is left of a part once the texts of some documents are taken out; `None` where that is nothing.
pub fn without(part: &[u8], removed: &[[u8; 16]]) -> Option<Part> {
    let kept = codec::values(part).filter(|value| !removed.iter().any(|hash| starts_with(value, hash)));
    let left: Vec<u8> = kept.flatten().copied().collect();
    (!left.is_empty()).then(|| Rc::new(left))
}

fn starts_with(value: &[u8], content_hash: &[u8; 16]) -> bool {
    codec::unchecked_payload(value).is_some_and(|payload| payload.starts_with(content_hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::MediaType;
    use crate::task::Unattended;
    use pollster::block_on;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn record(hash: u8, part: [u8; 16], text: &str) -> DocumentRecord {
        DocumentRecord {
            id: hash.to_string(),
            title: String::new(),
            media_type: MediaType::Plain,
            metadata: Default::default(),
            language: None,
            content_hash: [hash; 16],
            text_part: part,
            has_outline: false,
            is_estimated: false,
            text_bytes: text.len() as u64,
            text_utf16: text.len() as u64,
        }
    }

    fn stored(texts: &[String]) -> (Vec<DocumentRecord>, BTreeMap<String, Part>) {
        let new = (0..).zip(texts).map(|(hash, text)| NewText { content_hash: [hash; 16], text });
        let (keys, parts) = block_on(encode(&new.collect::<Vec<_>>(), &Unattended)).unwrap();
        let records = (0..).zip(keys).zip(texts).map(|((hash, key), text)| record(hash, key, text));
        (records.collect(), parts.into_iter().collect())
    }

    /// A text of about so many bytes with characters of one to four bytes across every boundary.
    fn text(bytes: usize, seed: usize) -> String {
        ["a", "é", "漢", "🏠"]
            .into_iter()
            .cycle()
            .skip(seed % 4)
            .scan(0, |length, piece| {
                *length += piece.len();
                (*length <= bytes).then_some(piece)
            })
            .collect()
    }

    #[test]
    fn small_texts_share_parts_and_a_long_one_has_a_part_for_each_block() {
        let sizes = [30_000, 30_000, 30_000, 3 * BLOCK_BYTES, 10, BLOCK_BYTES];
        let texts: Vec<String> = sizes.iter().map(|&size| text(size, size)).collect();
        let (records, parts) = stored(&texts);
        let keys: Vec<_> = records.iter().map(|record| record.text_part).collect();
        assert_eq!((keys[0] == keys[1], keys[1] == keys[2], keys[2] == keys[4]), (true, false, true));
        assert_eq!(keys[3], [3; 16]);
        assert_eq!(parts.len(), 3 + 3);
    }

    proptest! {
        #[test]
        fn every_span_is_in_the_blocks_that_are_read_for_it(
            sizes in prop::collection::vec(prop_oneof![0usize..40, 30_000usize..300_000], 1..4),
            ends in (0.0f64..=1.0, 0.0f64..=1.0),
        ) {
            let texts: Vec<String> = sizes.iter().map(|&size| text(size, size)).collect();
            let (records, parts) = stored(&texts);
            for (record, text) in records.iter().zip(&texts) {
                let at = |share: f64| text.floor_char_boundary((text.len() as f64 * share) as usize);
                let (start, end) = (at(ends.0.min(ends.1)), at(ends.0.max(ends.1)));
                let read = |blocks: Range<u32>| -> Vec<Piece> {
                    blocks.map(|block| {
                        let name = part_of(record, block);
                        decode(&name, &parts[&name], PieceId { content_hash: record.content_hash, block }).unwrap()
                    }).collect()
                };
                let span = Span::new(start, end);
                prop_assert_eq!(slice(span, &read(blocks_of(span))).unwrap(), &text[start..end]);
                let whole: String = read(0..blocks(record.text_bytes)).iter().map(|piece| &*piece.text).collect();
                prop_assert_eq!(&whole, text);
                let beyond = Span::new(text.len(), text.len() + 1);
                prop_assert!(slice(beyond, &read(0..blocks(record.text_bytes))).is_err());
            }
        }

        #[test]
        fn a_text_is_taken_out_and_the_others_stay(sizes in prop::collection::vec(0usize..20, 1..8), which in any::<prop::sample::Index>()) {
            let texts: Vec<String> = sizes.iter().map(|&size| text(size, size)).collect();
            let (records, parts) = stored(&texts);
            let gone = which.index(texts.len());
            let name = part_of(&records[gone], 0);
            let left = without(&parts[&name], &[records[gone].content_hash]);
            prop_assert_eq!(left.is_none(), texts.len() == 1);
            for (number, (record, text)) in records.iter().zip(&texts).enumerate() {
                let piece = PieceId { content_hash: record.content_hash, block: 0 };
                let found = left.as_ref().and_then(|part| decode(&name, part, piece).ok());
                prop_assert_eq!(found.as_ref().map(|piece| &*piece.text), (number != gone).then_some(text.as_str()));
            }
        }

        #[test]
        fn any_bytes_are_a_text_or_an_error(part in prop::collection::vec(any::<u8>(), 0..100)) {
            let piece = PieceId { content_hash: [0; 16], block: 0 };
            prop_assert!(decode("text", &part, piece).is_err());
            without(&part, &[[0; 16]]);
        }
    }
}

//! The outlines of documents as they are stored: a part for each document whose text does not tell its own.

use std::rc::Rc;

use super::names;
use crate::codec::{self, Kind};
use crate::error::{Error, Result};
use crate::extract::Outline;
use crate::index::DocumentRecord;
use crate::store::Part;

/// The outline of the document with this [`content_hash`](DocumentRecord::content_hash) as a part, with its name.
///
/// # Errors
/// As [`codec::encode`].
pub fn encode(content_hash: [u8; 16], outline: &Outline) -> Result<(String, Part)> {
    let part = codec::encode(Kind::Outline, &(content_hash, outline))?;
    Ok((names::outline(&content_hash), Rc::new(part)))
}

/// The name of the part that holds a document's outline; `None` where its text tells it.
pub fn part_of(record: &DocumentRecord) -> Option<String> {
    record.has_outline.then(|| names::outline(&record.content_hash))
}

/// The outline in a stored part of this name.
///
/// # Errors
/// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where it is damaged, or another document's.
pub fn decode(name: &str, part: &[u8], record: &DocumentRecord) -> Result<Outline> {
    let (content_hash, outline): ([u8; 16], Outline) = codec::decode(Kind::Outline, name, part)?;
    match content_hash == record.content_hash {
        true => Ok(outline),
        false => Err(Error::corrupt(format!("{name} is the outline of another document"))),
    }
}

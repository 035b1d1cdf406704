//! The parts that a collection is stored in: their names, and reading them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::codec;
use crate::error::{Error, Result};
use crate::store::Store;

/// A part that a manifest names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PartRef {
    /// The number in its name.
    pub id: u64,
    /// The [`codec::seal`] of its bytes: another value under its name, however sound, is not taken for it.
    pub seal: u64,
}

impl PartRef {
    /// The part `id`, whose content is `bytes`.
    pub fn new(id: u64, bytes: &[u8]) -> Self {
        Self { id, seal: codec::seal(bytes).expect("encoded values have a header") }
    }
}

/// The name of the part that holds a segment's tables.
pub(super) fn tables_part(id: u64) -> String {
    format!("segment/{id}")
}

/// The name of the part that holds a run of vectors.
pub(super) fn vectors_part(id: u64) -> String {
    format!("vectors/{id}")
}

/// The name of the part that holds a graph.
pub(super) fn graph_part(id: u64) -> String {
    format!("graph/{id}")
}

/// The name of the part that holds the text of a document. It stays the same when the document's segment is merged.
pub(super) fn text_part(content_hash: &[u8; 16]) -> String {
    format!("text/{:032x}", u128::from_be_bytes(*content_hash))
}

/// The parts of the given names, in order, all of which must be there.
pub(super) async fn read_parts(store: &impl Store, names: &[String]) -> Result<Vec<Vec<u8>>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let missing = |name: &String| Error::corrupt(format!("the stored part {name:?} is missing"));
    let parts = names.iter().zip(store.read(names).await?);
    parts.map(|(name, part)| part.ok_or_else(|| missing(name))).collect()
}

/// Parts that are read together, because the same transaction must see them all.
#[derive(Debug, Default)]
pub(super) struct Reading {
    wanted: Vec<(String, u64)>,
}

impl Reading {
    /// Wants the part `part`, of which `name` makes the name.
    pub fn want(&mut self, part: PartRef, name: fn(u64) -> String) {
        self.wanted.push((name(part.id), part.seal));
    }

    /// Reads what is wanted, by name.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) for a part that is missing, or not the one that was
    /// written; the store's errors.
    pub async fn read(self, store: &impl Store) -> Result<HashMap<String, Vec<u8>>> {
        let (names, seals): (Vec<String>, Vec<u64>) = self.wanted.into_iter().unzip();
        let parts = read_parts(store, &names).await?;
        for ((name, part), seal) in names.iter().zip(&parts).zip(seals) {
            if codec::seal(part) != Some(seal) {
                return Err(Error::corrupt(format!(
                    "the stored part {name:?} is not the one that was written"
                )));
            }
        }
        Ok(names.into_iter().zip(parts).collect())
    }
}

//! The extracted texts of documents: read from the store when a hit needs one, kept while there is room.

use std::collections::HashMap;
use std::rc::Rc;

use super::Collection;
use super::parts::{read_parts, text_part};
use super::state::State;
use crate::codec::{self, Kind};
use crate::error::{Error, Result};
use crate::index::DocumentPlace;
use crate::model::Embedder;
use crate::store::Store;

/// The most bytes of text that are kept in memory, unless one text alone is longer: 32 MiB.
const CACHE_BYTES: usize = 32 << 20;

/// What names a text for good: the store's history and the document's content hash.
type TextKey = (u64, [u8; 16]);

/// A text as a stored value, which says whose it is.
pub(super) fn encode_text(content_hash: &[u8; 16], text: &str) -> Result<Vec<u8>> {
    codec::encode(Kind::Text, &(content_hash, text))
}

fn decode_text(what: &str, content_hash: &[u8; 16], bytes: &[u8]) -> Result<String> {
    let (hash, text): ([u8; 16], String) = codec::decode(Kind::Text, what, bytes)?;
    if hash != *content_hash {
        return Err(Error::corrupt(format!("{what} is the text of another document")));
    }
    Ok(text)
}

/// Texts read lately. Documents are immutable, so an entry never goes stale.
#[derive(Debug)]
pub(super) struct TextCache {
    entries: HashMap<TextKey, (Rc<str>, u64)>,
    bytes: usize,
    clock: u64,
}

impl TextCache {
    pub(super) fn new() -> Self {
        Self { entries: HashMap::new(), bytes: 0, clock: 0 }
    }

    fn get(&mut self, key: TextKey) -> Option<Rc<str>> {
        self.clock += 1;
        let (text, used) = self.entries.get_mut(&key)?;
        *used = self.clock;
        Some(text.clone())
    }

    fn insert(&mut self, key: TextKey, text: Rc<str>) {
        self.clock += 1;
        self.bytes += text.len();
        if let Some((old, _)) = self.entries.insert(key, (text, self.clock)) {
            self.bytes -= old.len();
        }
        while self.bytes > CACHE_BYTES && self.entries.len() > 1 {
            let oldest = *self.entries.iter().min_by_key(|(_, (_, used))| *used).expect("it is not empty").0;
            let (dropped, _) = self.entries.remove(&oldest).expect("the key was just found");
            self.bytes -= dropped.len();
        }
    }
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// The extracted text of the document at `place`.
    pub(super) async fn text(&self, state: &State, place: DocumentPlace) -> Result<Rc<str>> {
        let mut texts = self.texts(state, &[place]).await?;
        Ok(texts.pop().expect("one text was asked for"))
    }

    /// The extracted texts of the documents at `places`, in order; those not in memory are read in one go.
    pub(super) async fn texts(&self, state: &State, places: &[DocumentPlace]) -> Result<Vec<Rc<str>>> {
        let keys: Vec<TextKey> = places
            .iter()
            .map(|place| (state.head.history, state.index.document(*place).content_hash))
            .collect();
        let mut found: HashMap<TextKey, Rc<str>> = HashMap::new();
        let mut missing = Vec::new();
        for key in &keys {
            match self.texts.borrow_mut().get(*key) {
                Some(text) => _ = found.insert(*key, text),
                None if !missing.contains(key) => missing.push(*key),
                None => {}
            }
        }
        let names: Vec<String> = missing.iter().map(|(_, hash)| text_part(hash)).collect();
        let parts = read_parts(&self.store, &names).await?;
        for ((key, name), part) in missing.into_iter().zip(&names).zip(parts) {
            let text: Rc<str> = decode_text(name, &key.1, &part)?.into();
            self.texts.borrow_mut().insert(key, text.clone());
            found.insert(key, text);
        }
        Ok(keys.iter().map(|key| found[key].clone()).collect())
    }
}

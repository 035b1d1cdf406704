//! Scores of pairs that were scored before: whoever compares weights of a second stage scores each pair once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use ibid::encoder::bert::BertScorer;
use ibid::encoder::folder::ModelFiles;
use ibid::error::Result;
use ibid::model::{PairScore, PairScorer};
use ibid::task::Task;
use sha2::{Digest, Sha256};

use crate::kept::KeptFile;

const KEY_BYTES: usize = 32;
const ENTRY_BYTES: usize = KEY_BYTES + 4;

type Key = [u8; KEY_BYTES];

/// A cross-encoder that looks each pair up first.
pub struct CachedScorer {
    inner: BertScorer,
    known: RefCell<HashMap<Key, f32>>,
    /// Where scores are kept; `None` where they are kept in memory only.
    file: Option<KeptFile>,
}

impl CachedScorer {
    /// The cross-encoder of a model folder. Scores are kept in the folder `cache`, if there is one, in a file after the model's
    /// fingerprint: hashes of pairs, each with the score in four bytes.
    pub fn open(model: &Path, cache: Option<&Path>) -> Result<Self> {
        Self::of(BertScorer::load(ModelFiles::read(model)?)?, cache)
    }

    /// The same of a model that is loaded.
    pub fn of(inner: BertScorer, cache: Option<&Path>) -> Result<Self> {
        let mut known = HashMap::new();
        let name = format!("{}.scores", inner.info().fingerprint);
        let read = |bytes: &[u8]| {
            let (entries, rest) = bytes.as_chunks::<ENTRY_BYTES>();
            for entry in entries {
                let (key, score) = entry.split_at(KEY_BYTES);
                known.insert(array(key), f32::from_le_bytes(array(score)));
            }
            bytes.len() - rest.len()
        };
        let file = cache.map(|folder| KeptFile::open(folder, &name, read)).transpose()?;
        Ok(Self { inner, known: RefCell::new(known), file })
    }

    fn keep(&self, key: Key, score: f32) -> Result<()> {
        self.known.borrow_mut().insert(key, score);
        let entry = [&key[..], &score.to_le_bytes()].concat();
        self.file.as_ref().map_or(Ok(()), |file| file.append(&entry))
    }
}

impl PairScorer for CachedScorer {
    async fn score(&self, query: &str, texts: &[&str], task: &impl Task) -> Result<Vec<PairScore>> {
        let keys: Vec<Key> = texts.iter().map(|text| key(query, text)).collect();
        let is_new = |place: &usize| !self.known.borrow().contains_key(&keys[*place]);
        let new: Vec<usize> = (0..texts.len()).filter(is_new).collect();
        let missing: Vec<&str> = new.iter().map(|place| texts[*place]).collect();
        let scores = self.inner.score(query, &missing, task).await?;
        for (place, score) in new.into_iter().zip(scores) {
            self.keep(keys[place], score.logit)?;
        }
        let known = self.known.borrow();
        Ok(keys.iter().map(|key| PairScore { logit: known[key], truncated: false }).collect())
    }
}

/// A length before the query, so that no two pairs share a hash.
fn key(query: &str, text: &str) -> Key {
    let mut hash = Sha256::new();
    hash.update((query.len() as u64).to_le_bytes());
    hash.update(query);
    hash.update(text);
    hash.finalize().into()
}

/// A copy of a slice whose length is known where it is called.
fn array<const N: usize>(slice: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(slice);
    array
}

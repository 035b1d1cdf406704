//! Embeddings of earlier runs: whoever compares settings of a search embeds a corpus once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use ibid::document::Span;
use ibid::error::{Error, Result};
use ibid::model::{Embedder, Embedding, Input, ModelInfo, Role, Tokenizer};
use ibid::task::Task;
use sha2::{Digest, Sha256};

use crate::kept::KeptFile;

/// The hash that an entry begins with, and what follows it before the vector: tokens, whether the text was cut, and how many
/// bytes the signs of its parts take behind the vector.
const KEY_BYTES: usize = 32;
const FACT_BYTES: usize = 12;

type Key = [u8; KEY_BYTES];

/// An embedder that looks each text up in a file first and appends what it had to embed.
///
/// The file is named after the model's fingerprint. It holds entries, each with the hash of its role, text and parts; an
/// entry that a killed run left incomplete is cut off.
pub struct CachedEmbedder<E> {
    inner: E,
    known: RefCell<HashMap<Key, Embedding>>,
    file: KeptFile,
}

impl<E: Embedder> CachedEmbedder<E> {
    /// An embedder whose results are kept in `folder`, which is made where it does not exist.
    pub fn open(inner: E, folder: &Path) -> Result<Self> {
        let mut known = HashMap::new();
        let (name, dimensions) =
            (format!("{}.parts.embeddings", inner.info().fingerprint), inner.info().dimensions);
        let file = KeptFile::open(folder, &name, |bytes| {
            let mut rest = bytes;
            while let Some((key, embedding, behind)) = read_entry(rest, dimensions) {
                known.insert(key, embedding);
                rest = behind;
            }
            bytes.len() - rest.len()
        })?;
        Ok(Self { inner, known: RefCell::new(known), file })
    }

    fn keep(&self, key: Key, embedding: &Embedding) -> Result<()> {
        let mut entry = key.to_vec();
        entry.extend((embedding.tokens as u32).to_le_bytes());
        entry.extend(u32::from(embedding.truncated).to_le_bytes());
        entry.extend((embedding.parts.len() as u32).to_le_bytes());
        entry.extend(embedding.vector.iter().flat_map(|component| component.to_le_bytes()));
        entry.extend(&embedding.parts);
        self.known.borrow_mut().insert(key, embedding.clone());
        self.file.append(&entry)
    }
}

/// The first of some entries, and what is behind it; `None` where there is no whole one.
fn read_entry(bytes: &[u8], dimensions: usize) -> Option<(Key, Embedding, &[u8])> {
    let (key, rest) = bytes.split_first_chunk()?;
    let (facts, rest) = rest.split_first_chunk::<FACT_BYTES>()?;
    let fact = |at: usize| u32::from_le_bytes(facts.as_chunks().0[at]) as usize;
    let (vector, rest) = rest.split_at_checked(4 * dimensions)?;
    let (parts, rest) = rest.split_at_checked(fact(2))?;
    let embedding = Embedding {
        vector: vector.as_chunks().0.iter().copied().map(f32::from_le_bytes).collect(),
        parts: parts.to_vec(),
        tokens: fact(0),
        truncated: fact(1) != 0,
    };
    Some((*key, embedding, rest))
}

fn key(role: Role, Input { text, parts }: &Input<'_>) -> Key {
    let mut hasher = Sha256::new();
    hasher.update(match role {
        Role::Passage => b"p",
        Role::Query => b"q",
    });
    for part in parts.iter() {
        hasher.update(part.start.to_le_bytes());
        hasher.update(part.end.to_le_bytes());
    }
    hasher.update(text);
    hasher.finalize().into()
}

impl<E: Embedder> Tokenizer for CachedEmbedder<E> {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        self.inner.token_spans(text)
    }
}

impl<E: Embedder> Embedder for CachedEmbedder<E> {
    fn info(&self) -> &ModelInfo {
        self.inner.info()
    }

    fn overhead(&self, role: Role) -> usize {
        self.inner.overhead(role)
    }

    fn bulk_size(&self) -> usize {
        self.inner.bulk_size()
    }

    async fn embed_each(
        &self,
        inputs: &[Input<'_>],
        role: Role,
        task: &impl Task,
        mut take: impl FnMut(usize, Embedding),
    ) -> Result<()> {
        let keys: Vec<Key> = inputs.iter().map(|input| key(role, input)).collect();
        let mut unknown = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            match self.known.borrow().get(key) {
                Some(embedding) => take(at, embedding.clone()),
                None => unknown.push(at),
            }
        }
        let missing: Vec<Input<'_>> = unknown.iter().map(|&at| inputs[at]).collect();
        let mut kept: Result<(), Error> = Ok(());
        let keep = |number: usize, embedding: Embedding| {
            let at = unknown[number];
            if kept.is_ok() {
                kept = self.keep(keys[at], &embedding);
            }
            take(at, embedding);
        };
        self.inner.embed_each(&missing, role, task, keep).await?;
        kept
    }
}

//! Stored collections with vectors that are given rather than computed, so that large ones are made in minutes: the package
//! opens them as if it had embedded them.

use ibid::collection::{Collection, CollectionOptions, LocalGraphs};
use ibid::document::{Document, MediaType, Span};
use ibid::encoder::bert::BertEmbedder;
use ibid::encoder::folder::ModelFiles;
use ibid::error::{Error, Result};
use ibid::model::{Embedder, Embedding, Input, ModelInfo, Role, Tokenizer};
use ibid::store::indexeddb::IndexedDbStore;
use ibid::task::{Task, Unattended};
use js_sys::{Float32Array, Function};
use wasm_bindgen::prelude::*;

/// How many vectors are asked for at once.
const BULK_SIZE: usize = 1024;

/// A collection that is being made.
#[wasm_bindgen]
pub struct CollectionMaker {
    collection: Collection<IndexedDbStore, GivenVectors>,
}

#[wasm_bindgen]
impl CollectionMaker {
    /// Opens the collection `name` with the files of the model that it is to be opened with. `vectors` is a function from
    /// a number to so many vectors of the model's dimensions, one after the other in a `Float32Array`.
    pub async fn open(
        name: String,
        manifest: Vec<u8>,
        tokenizer: Vec<u8>,
        weights: Vec<u8>,
        vectors: Function,
    ) -> Result<CollectionMaker, JsError> {
        let model = BertEmbedder::load(ModelFiles { manifest, tokenizer, weights })?;
        let embedder = GivenVectors { model, vectors };
        let options = CollectionOptions::default();
        Ok(Self { collection: Collection::open_with(IndexedDbStore::new(&name), embedder, options).await? })
    }

    /// Adds plain texts in one commit; returns how many chunks there are now.
    pub async fn add(&self, ids: Vec<String>, texts: Vec<String>) -> Result<usize, JsError> {
        let documents = ids.into_iter().zip(texts);
        let documents = documents.map(|(id, text)| Document::new(id, "", MediaType::Plain, text)).collect();
        self.collection.add(documents, &Unattended).await?;
        Ok(self.collection.info().await?.chunks)
    }

    /// Merges segments and builds graphs as far as that is due.
    pub async fn maintain(&self) -> Result<(), JsError> {
        Ok(self.collection.maintain(&LocalGraphs, &Unattended).await?)
    }
}

/// Stands for a model, whose tokenizer and name it has: the vectors of passages are given.
#[derive(Debug)]
struct GivenVectors {
    model: BertEmbedder,
    vectors: Function,
}

impl GivenVectors {
    /// The next `count` vectors, one after the other.
    fn take(&self, count: usize) -> Result<Vec<f32>> {
        let given = self.vectors.call1(&JsValue::UNDEFINED, &JsValue::from(count));
        let given = given.map_err(|thrown| Error::internal(format!("no vectors: {thrown:?}")))?;
        Ok(Float32Array::new(&given).to_vec())
    }
}

impl Tokenizer for GivenVectors {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        self.model.token_spans(text)
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        self.model.count_tokens(text)
    }
}

impl Embedder for GivenVectors {
    fn info(&self) -> &ModelInfo {
        self.model.info()
    }

    fn overhead(&self, role: Role) -> usize {
        self.model.overhead(role)
    }

    fn bulk_size(&self) -> usize {
        BULK_SIZE
    }

    async fn embed_each(
        &self,
        inputs: &[Input<'_>],
        _: Role,
        _: &impl Task,
        mut take: impl FnMut(usize, Embedding),
    ) -> Result<()> {
        let vectors = self.take(inputs.len())?;
        let vectors = vectors.chunks_exact(self.info().dimensions).map(<[f32]>::to_vec);
        vectors.enumerate().for_each(|(at, vector)| {
            take(at, Embedding { vector, parts: Vec::new(), tokens: 0, truncated: false });
        });
        Ok(())
    }
}

//! The model of a collection, which may come after the collection, fail to come, or be another than before.

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::rc::Rc;

use event_listener::Event;
use serde::{Deserialize, Serialize};

use crate::chunk::ChunkOptions;
use crate::document::Span;
use crate::error::{Error, ErrorKind, Result};
use crate::model::baseline::Baseline;
use crate::model::estimate::EstimatedTokenizer;
use crate::model::{Embedder, Embedding, ModelInfo, Role, Tokenizer};
use crate::recent::Recent;
use crate::task::Task;

/// How many queries keep their vectors.
const QUERIES: usize = 64;

/// How far a collection is with its model.
#[derive(Clone, Debug)]
pub enum ModelState {
    /// It is on its way; so many bytes of so many are here (0 of 0 while that is not known).
    Loading {
        /// Bytes that are here.
        done: u64,
        /// Bytes that there are.
        total: u64,
    },
    /// It is here, and the stored vectors, if there are any, are its own.
    Ready(ModelInfo),
    /// It is here, but the stored vectors are of the model with another fingerprint.
    Mismatch {
        /// The model that is here.
        model: ModelInfo,
        /// The fingerprint of the model that made the stored vectors.
        stored: String,
    },
    /// It could not be loaded.
    Failed(Rc<Error>),
    /// Nobody has asked for it yet.
    Deferred,
}

/// A [`ModelState`] in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelStatus {
    /// [`ModelState::Loading`]
    Loading,
    /// [`ModelState::Ready`]
    Ready,
    /// [`ModelState::Mismatch`]
    Mismatch,
    /// [`ModelState::Failed`]
    Failed,
    /// [`ModelState::Deferred`]
    Deferred,
}

impl ModelState {
    /// The state in a word.
    pub fn status(&self) -> ModelStatus {
        match self {
            Self::Loading { .. } => ModelStatus::Loading,
            Self::Ready(_) => ModelStatus::Ready,
            Self::Mismatch { .. } => ModelStatus::Mismatch,
            Self::Failed(_) => ModelStatus::Failed,
            Self::Deferred => ModelStatus::Deferred,
        }
    }
}

/// A model that is here, and how documents are cut for it.
#[derive(Debug)]
pub(super) struct Loaded<E> {
    pub embedder: E,
    pub chunking: ChunkOptions,
    baseline: OnceCell<Baseline>,
    asked: RefCell<Recent<String, Rc<AskedVector>, QUERIES>>,
}

/// A query as the model sees it.
#[derive(Debug)]
pub(super) struct AskedVector {
    pub embedding: Embedding,
    /// The mean cosine of it and texts that have nothing to do with it.
    pub unrelated: f32,
}

impl<E: Embedder> Loaded<E> {
    pub fn new(embedder: E, chunking: ChunkOptions) -> Self {
        Self { embedder, chunking, baseline: OnceCell::new(), asked: RefCell::default() }
    }

    /// How near the model puts unrelated texts: embedded by the first search that asks.
    ///
    /// # Errors
    /// As [`Embedder::embed`].
    pub async fn baseline(&self, task: &impl Task) -> Result<&Baseline> {
        if self.baseline.get().is_none() {
            let baseline = Baseline::of(&self.embedder, task).await?;
            // Another search may have been quicker: both have the same.
            let _ = self.baseline.set(baseline);
        }
        Ok(self.baseline.get().expect("it was set"))
    }

    /// Queries as the model sees them, in order.
    ///
    /// # Errors
    /// As [`Embedder::embed`].
    pub async fn ask(&self, queries: &[&str], task: &impl Task) -> Result<Vec<Rc<AskedVector>>> {
        let embeddings = self.embedder.embed(queries, Role::Query, task).await?;
        let baseline = self.baseline(task).await?;
        let asked = embeddings.into_iter().map(|embedding| {
            let unrelated = baseline.level(&embedding.vector);
            Rc::new(AskedVector { embedding, unrelated })
        });
        Ok(asked.collect())
    }

    /// The same, of which the last ones are remembered.
    ///
    /// # Errors
    /// As [`Embedder::embed`].
    pub async fn ask_again(&self, queries: &[&str], task: &impl Task) -> Result<Vec<Rc<AskedVector>>> {
        let mut asked: Vec<_> =
            queries.iter().map(|query| self.asked.borrow_mut().get(*query).cloned()).collect();
        let new: Vec<&str> = queries
            .iter()
            .zip(&asked)
            .filter(|(_, asked)| asked.is_none())
            .map(|(query, _)| *query)
            .collect();
        if !new.is_empty() {
            let mut vectors = self.ask(&new, task).await?.into_iter();
            for (query, asked) in queries.iter().zip(&mut asked).filter(|(_, asked)| asked.is_none()) {
                let vector = vectors.next().expect("one for each");
                self.asked.borrow_mut().insert((*query).to_owned(), vector.clone());
                *asked = Some(vector);
            }
        }
        Ok(asked.into_iter().flatten().collect())
    }
}

enum Slot<E> {
    Loading { done: u64, total: u64 },
    Here(Rc<Loaded<E>>),
    Failed(Rc<Error>),
    Deferred,
}

/// The place for a model.
pub(super) struct Model<E> {
    slot: RefCell<Slot<E>>,
    changed: Event,
}

impl<E> fmt::Debug for Model<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match *self.slot.borrow() {
            Slot::Loading { .. } => "Model(loading)",
            Slot::Here(_) => "Model(here)",
            Slot::Failed(_) => "Model(failed)",
            Slot::Deferred => "Model(deferred)",
        })
    }
}

impl<E: Embedder> Model<E> {
    pub fn loading() -> Self {
        Self { slot: RefCell::new(Slot::Loading { done: 0, total: 0 }), changed: Event::new() }
    }

    /// Says how far loading is, or that it has begun anew. A model that is here stays.
    pub fn set_progress(&self, done: u64, total: u64) {
        let mut slot = self.slot.borrow_mut();
        if !matches!(*slot, Slot::Here(_)) {
            *slot = Slot::Loading { done, total };
        }
    }

    /// Takes the model.
    pub fn set(&self, loaded: Loaded<E>) {
        self.replace(Slot::Here(Rc::new(loaded)));
    }

    /// Says that there will be none, unless loading is tried again. A model that is here stays.
    pub fn fail(&self, error: Error) {
        if self.get().is_none() {
            self.replace(Slot::Failed(Rc::new(error)));
        }
    }

    /// Says that nobody has asked for one yet. A model that is here stays.
    pub fn defer(&self) {
        if self.get().is_none() {
            self.replace(Slot::Deferred);
        }
    }

    fn replace(&self, slot: Slot<E>) {
        *self.slot.borrow_mut() = slot;
        self.changed.notify(usize::MAX);
    }

    /// The model, if it is here.
    pub fn get(&self) -> Option<Rc<Loaded<E>>> {
        match &*self.slot.borrow() {
            Slot::Here(loaded) => Some(loaded.clone()),
            _ => None,
        }
    }

    /// Waits for the model.
    ///
    /// # Errors
    /// What made its loading fail; [`ErrorKind::ModelDeferred`] where nobody has asked for it.
    pub async fn wait(&self) -> Result<Rc<Loaded<E>>> {
        loop {
            let changed = self.changed.listen();
            match &*self.slot.borrow() {
                Slot::Here(loaded) => return Ok(loaded.clone()),
                Slot::Failed(error) => return Err(error.again()),
                Slot::Deferred => return Err(deferred()),
                Slot::Loading { .. } => {}
            }
            changed.await;
        }
    }

    /// How far it is, in a collection whose vectors were made by the model `stored`.
    pub fn state(&self, stored: Option<&str>) -> ModelState {
        match &*self.slot.borrow() {
            Slot::Loading { done, total } => ModelState::Loading { done: *done, total: *total },
            Slot::Failed(error) => ModelState::Failed(error.clone()),
            Slot::Deferred => ModelState::Deferred,
            Slot::Here(loaded) => {
                let model = loaded.embedder.info().clone();
                match stored.filter(|stored| *stored != model.fingerprint) {
                    Some(stored) => ModelState::Mismatch { model, stored: stored.to_owned() },
                    None => ModelState::Ready(model),
                }
            }
        }
    }
}

fn deferred() -> Error {
    Error::new(ErrorKind::ModelDeferred, "the model is not loaded before `loadModel()` is called")
}

/// What documents are cut with: the model's own tokens, or a guess at them while there is no model.
pub(super) enum Cutter<E> {
    Model(Rc<Loaded<E>>, ChunkOptions),
    Estimate(ChunkOptions),
}

impl<E: Embedder> Cutter<E> {
    /// As a model's documents are cut.
    pub fn of(model: Rc<Loaded<E>>) -> Self {
        let chunking = model.chunking;
        Self::Model(model, chunking)
    }

    /// How many tokens a model is taken to add to each text, where none is here.
    const ESTIMATED_OVERHEAD: usize = 2;

    pub fn options(&self) -> &ChunkOptions {
        match self {
            Self::Model(_, options) | Self::Estimate(options) => options,
        }
    }

    pub fn overhead(&self) -> usize {
        match self {
            Self::Model(loaded, _) => loaded.embedder.overhead(Role::Passage),
            Self::Estimate(_) => Self::ESTIMATED_OVERHEAD,
        }
    }

    pub fn is_estimate(&self) -> bool {
        matches!(self, Self::Estimate(_))
    }
}

impl<E: Embedder> Tokenizer for Cutter<E> {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        match self {
            Self::Model(loaded, _) => loaded.embedder.token_spans(text),
            Self::Estimate(_) => EstimatedTokenizer.token_spans(text),
        }
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        match self {
            Self::Model(loaded, _) => loaded.embedder.count_tokens(text),
            Self::Estimate(_) => EstimatedTokenizer.count_tokens(text),
        }
    }
}

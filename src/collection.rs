//! A collection: documents in, hits and cited prompts out, on top of any store and any embedder.
//!
//! A collection is a sequence of generations. Reading calls work on the state of one generation; writing calls
//! build the next one and commit it as one value. Text is committed first and found by its words at once; vectors
//! follow as they are embedded, and what is not yet embedded is the *backlog*, which survives in the store.

mod background;
mod draft;
mod embedding;
mod foreground;
mod ingest;
mod maintenance;
mod manifest;
mod parts;
mod prompting;
mod retrieval;
mod state;
mod texts;
mod trace;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use async_lock::Mutex;

pub use ingest::Added;
pub use maintenance::{GraphBuilder, LocalGraphs};
pub use prompting::PromptRequest;
pub use retrieval::{Hit, NoScorer, RERANK_CANDIDATES, Rerank, SearchOptions, SearchResult, WidePassage};
pub use trace::{HitTrace, Times, Trace};

use crate::chunk::ChunkOptions;
use crate::document::{MediaType, Metadata};
use crate::error::{Error, ErrorKind, Result};
use crate::index::{DocumentPlace, DocumentRecord, Language};
use crate::model::{Embedder, Embedding, ModelInfo, Role};
use crate::store::Store;
use crate::task::Task;
use background::Background;
use draft::Draft;
use embedding::Wanted;
use foreground::Foreground;
use state::State;
use texts::TextCache;

/// How often a commit or a reading call that another writer overtook is begun on the new generation before the error is
/// reported.
const ATTEMPTS: usize = 8;

/// How to open a collection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectionOptions {
    /// How documents that are added from now on are cut into chunks.
    pub chunking: ChunkOptions,
    /// The language in which words are analysed, fixed by the first commit that adds documents. `None` takes what the
    /// collection has, and for a new one what its first documents are written in ([`Language::detect`]), or English
    /// where they do not tell.
    pub language: Option<Language>,
}

impl CollectionOptions {
    /// Refuses another language than the collection has.
    fn check_language(&self, state: &State) -> Result<()> {
        match (self.language, state.language()) {
            (Some(asked), Some(fixed)) if asked != fixed => Err(Error::invalid_argument(format!(
                "the language is {:?}, but the collection was begun in {:?}",
                asked.name(),
                fixed.name()
            ))),
            _ => Ok(()),
        }
    }
}

/// A named set of documents with one embedding model, kept in a store.
///
/// All methods take `&self`; a query may run while documents are being added.
#[derive(Debug)]
pub struct Collection<S, E> {
    store: S,
    embedder: E,
    options: CollectionOptions,
    state: RefCell<Rc<State>>,
    texts: RefCell<TextCache>,
    /// Held while a commit is built and written: one writer at a time.
    writer: Mutex<()>,
    /// Held while the backlog is drained: no chunk is embedded twice.
    drain: Mutex<()>,
    /// Held while segments are merged or graphs built: nothing of it is done twice.
    maintenance: Mutex<()>,
    /// What the callers of the drain wait for.
    wanted: RefCell<Vec<Rc<Wanted>>>,
    /// Histories and ids of segments whose graph could not be built; it is not tried again.
    failed_graphs: RefCell<BTreeSet<(u64, u64)>>,
    /// Calls that somebody waits for; draining steps aside for them.
    foreground: Foreground,
    closed: Cell<bool>,
}

/// What [`Collection::info`] reports.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectionInfo {
    /// The last committed generation; 0 for a new collection.
    pub generation: u64,
    /// The number of documents.
    pub documents: usize,
    /// The number of chunks.
    pub chunks: usize,
    /// The number of chunks that are found by their words but have no vector yet.
    pub backlog: usize,
    /// The number of segments that the index consists of.
    pub segments: usize,
    /// How many of the segments have a graph.
    pub graphs: usize,
    /// The language in which words are analysed; `None` before the first documents.
    pub language: Option<Language>,
    /// The embedding model.
    pub model: ModelInfo,
}

/// A document without its text, as [`Collection::list`] shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentSummary {
    /// The id.
    pub id: String,
    /// The title.
    pub title: String,
    /// The media type it was added with.
    pub media_type: MediaType,
    /// The metadata it was added with.
    pub metadata: Metadata,
    /// The length of the extracted text in bytes.
    pub text_bytes: u64,
    /// The length of the extracted text in UTF-16 code units.
    pub text_utf16: u64,
    /// The number of its chunks.
    pub chunks: usize,
    /// The number of its chunks that have no vector yet.
    pub backlog: usize,
}

/// A stored document with its extracted text.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDocument {
    /// Everything but the text.
    pub summary: DocumentSummary,
    /// The extracted text, which all spans refer to.
    pub text: Rc<str>,
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Opens what the store holds, or a new collection in an empty store.
    ///
    /// # Errors
    /// [`ErrorKind::ModelMismatch`] where the collection was built with another model,
    /// [`ErrorKind::InvalidArgument`] for chunking options the model cannot serve and for another language than that of
    /// the collection, and the store's errors.
    pub async fn open(store: S, embedder: E, options: CollectionOptions) -> Result<Self> {
        options.chunking.validate(embedder.info().max_tokens)?;
        let state = State::load(&store, &State::empty(), embedder.info()).await?;
        options.check_language(&state)?;
        Ok(Self {
            store,
            embedder,
            options,
            state: RefCell::new(Rc::new(state)),
            texts: RefCell::new(TextCache::new()),
            writer: Mutex::new(()),
            drain: Mutex::new(()),
            maintenance: Mutex::new(()),
            wanted: RefCell::default(),
            failed_graphs: RefCell::default(),
            foreground: Foreground::default(),
            closed: Cell::new(false),
        })
    }

    /// The embedding model.
    pub fn model(&self) -> &ModelInfo {
        self.embedder.info()
    }

    /// Counts and facts of the current generation.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`], and the store's errors.
    pub async fn info(&self) -> Result<CollectionInfo> {
        let _call = self.foreground.enter();
        let state = self.current().await?;
        let counts = state.index.counts();
        Ok(CollectionInfo {
            generation: state.generation(),
            documents: counts.documents,
            chunks: counts.chunks,
            backlog: counts.chunks_without_vector,
            segments: state.index.segments().len(),
            graphs: state.index.segments().iter().filter(|segment| segment.graph().is_some()).count(),
            language: state.language(),
            model: self.embedder.info().clone(),
        })
    }

    /// All documents, ordered by id.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`], and the store's errors.
    pub async fn list(&self) -> Result<Vec<DocumentSummary>> {
        let _call = self.foreground.enter();
        let state = self.current().await?;
        Ok(state.index.documents().map(|(place, record)| summary(&state, place, record)).collect())
    }

    /// One document with its text; `None` where the id is unknown.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`], and the store's errors.
    pub async fn get(&self, id: &str) -> Result<Option<StoredDocument>> {
        let _call = self.foreground.enter();
        self.consistently(async |state| {
            let Some(place) = state.index.find(id) else { return Ok(None) };
            let text = self.text(state, place).await?;
            Ok(Some(StoredDocument { summary: summary(state, place, state.index.document(place)), text }))
        })
        .await
    }

    /// Embeds texts with the collection's model, in batches with pauses between.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`], [`ErrorKind::Aborted`], [`ErrorKind::Internal`]
    pub async fn embed(&self, texts: &[&str], role: Role, task: &impl Task) -> Result<Vec<Embedding>> {
        self.check_open()?;
        self.embedder.embed(texts, role, &Background { collection: self, task }).await
    }

    /// Ends the use of this value; all later calls fail with [`ErrorKind::Closed`]. What is committed stays.
    pub fn close(&self) {
        self.closed.set(true);
    }

    /// Deletes the collection with everything in it and closes it.
    ///
    /// # Errors
    /// The store's errors; the collection is closed all the same.
    pub async fn destroy(&self) -> Result<()> {
        let _call = self.foreground.enter();
        self.check_open()?;
        self.close();
        let _writer = self.writer.lock().await;
        self.store.destroy().await
    }

    fn check_open(&self) -> Result<()> {
        if self.closed.get() {
            return Err(Error::new(ErrorKind::Closed, "the collection is closed"));
        }
        Ok(())
    }

    /// The state of the last committed generation, whoever committed it.
    async fn current(&self) -> Result<Rc<State>> {
        self.check_open()?;
        let known = self.state.borrow().clone();
        if self.store.head().await? == known.head {
            return Ok(known);
        }
        self.reload(&known).await
    }

    /// Loads what another writer committed since `known`.
    async fn reload(&self, known: &State) -> Result<Rc<State>> {
        let loaded = Rc::new(State::load(&self.store, known, self.embedder.info()).await?);
        let mut state = self.state.borrow_mut();
        // A commit of our own may have finished in between: within one history never go back.
        if loaded.head.history != state.head.history || loaded.generation() > state.generation() {
            *state = loaded;
        }
        Ok(state.clone())
    }

    /// Runs a reading call on the current state, and again on a newer one where a part vanished underneath because another
    /// writer committed in between.
    async fn consistently<T>(&self, read: impl AsyncFn(&State) -> Result<T>) -> Result<T> {
        let mut state = self.current().await?;
        for attempt in 1.. {
            match read(&state).await {
                Err(error) if error.kind() == ErrorKind::StoreCorrupt && attempt < ATTEMPTS => {
                    let newer = self.current().await?;
                    if newer.head == state.head {
                        return Err(error);
                    }
                    state = newer;
                }
                result => return result,
            }
        }
        unreachable!("the last attempt returns")
    }

    /// Builds the next generation with `edit` and commits it; rebuilds it where another writer was faster. `edit`
    /// returns `None` where there is nothing to write.
    async fn commit<T>(&self, edit: impl Fn(&State) -> Result<Option<(Draft, T)>>) -> Result<Option<T>> {
        let _writer = self.writer.lock().await;
        for attempt in 1.. {
            let state = self.current().await?;
            let Some((draft, output)) = edit(&state)? else { return Ok(None) };
            let (changes, next) =
                draft.finish(&self.embedder.info().fingerprint, || self.store.new_history())?;
            match self.store.commit(changes).await {
                Ok(generation) => {
                    debug_assert_eq!(generation, next.generation());
                    *self.state.borrow_mut() = Rc::new(next);
                    return Ok(Some(output));
                }
                Err(error) if error.kind() == ErrorKind::StoreConflict && attempt < ATTEMPTS => {}
                Err(error) => return Err(error),
            }
        }
        unreachable!("the last attempt returns")
    }
}

/// Everything about a document but its text.
fn summary(state: &State, place: DocumentPlace, record: &DocumentRecord) -> DocumentSummary {
    DocumentSummary {
        id: record.id.clone(),
        title: record.title.clone(),
        media_type: record.media_type,
        metadata: record.metadata.clone(),
        text_bytes: record.text_bytes,
        text_utf16: record.text_utf16,
        chunks: state.chunk_count(place),
        backlog: state.backlog_of(place).count(),
    }
}

#[cfg(test)]
mod tests;

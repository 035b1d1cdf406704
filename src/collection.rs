//! A collection: documents in, hits and cited prompts out, on top of any store and any embedder.
//!
//! A collection is a sequence of generations ([`crate::generation`]). Reading calls work on one of them; writing calls
//! draft the next one and commit it as one value. Text is committed first and found by its words at once; vectors
//! follow as they are embedded, and what is not yet embedded is the *backlog*, which survives in the store. The model may
//! come later than the collection, or not at all: what needs none does not wait for it.

mod answering;
mod background;
mod check;
mod embedding;
mod evaluation;
mod exporting;
mod foreground;
mod heads;
mod importing;
mod ingest;
mod maintenance;
mod model;
mod observe;
mod prompting;
mod reindex;
mod retrieval;
mod retrieved;
mod sealing;
mod texts;
mod trace;
mod trail;
mod verification;
mod writing;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use async_lock::Mutex;

pub use answering::{AnswerRequest, ExtractiveAnswer, WORDS};
pub use check::{DamageKind, DamagedDocument};
pub use evaluation::{EvaluateRequest, Others};
pub use exporting::Exported;
pub use importing::{Existing, Imported};
pub use ingest::Added;
pub use maintenance::{GraphBuilder, LocalGraphs};
pub use model::{ModelState, ModelStatus};
pub use observe::{Activity, Event, Problem};
pub use prompting::{PromptRequest, RetrievedPrompt};
pub use retrieval::{
    DamagedHit, Hit, HitCopy, HitEvidence, HitMatch, NoScorer, Rerank, SUGGESTIONS, SearchOptions,
    SearchResult, SecondStage, WidePassage,
};
pub use retrieved::{Retrieval, RetrievedHit};
pub use trace::{HitTrace, RerankEnd, RerankTrace, Times, Trace};
pub use trail::{Account, DocumentChanges, HitDifference, MAX_LINE_BYTES, Replay};
pub use verification::{MAX_ANSWER_BYTES, Verification, VerifyRequest, check_length};

use crate::chunk::ChunkOptions;
use crate::document::{MediaType, Metadata, Span};
use crate::error::{Error, ErrorKind, Result};
use crate::extract::Located;
use crate::filter::Filter;
use crate::generation::manifest::Manifest;
use crate::generation::{Draft, Generation, Needs};
use crate::index::DocumentPlace;
use crate::language::Language;
use crate::model::{Embedder, Embedding, Role};
use crate::store::{Head, Store, Work};
use crate::task::Task;
use background::Background;
use embedding::{SetAside, Wanted};
use foreground::Foreground;
use heads::{Heads, Moment};
use model::{Cutter, Loaded, Model};
use observe::Observer;
use retrieval::Results;
use texts::TextCache;
use writing::Queue;

/// How often a reading call that a writer overtook is begun on the new generation before the error is reported: tabs that write as
/// fast as they can do so many times in a row. Writers take turns, so that one is overtaken only where a platform has no locks,
/// or a turn took too long.
const ATTEMPTS: usize = 32;

/// How to open a collection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectionOptions {
    /// How documents that are added from now on are cut into chunks. `None` takes [`ChunkOptions::for_model`].
    pub chunking: Option<ChunkOptions>,
    /// What documents that are added from now on are written in, unless they name a language of their own. `None` takes of
    /// each what its text tells.
    pub language: Option<Language>,
}

/// A named set of documents with one embedding model, kept in a store.
///
/// All methods take `&self`; a query may run while documents are being added.
#[derive(Debug)]
pub struct Collection<S, E> {
    store: S,
    opened_at: u64,
    model: Model<E>,
    options: CollectionOptions,
    generation: RefCell<Rc<Generation>>,
    heads: Heads,
    texts: RefCell<TextCache>,
    results: RefCell<Results>,
    /// Held while a generation is loaded, or parts of it are read: nothing is read twice.
    loading: Mutex<()>,
    /// Held while a call prepares its documents, or removes some: all of it takes effect in the order of calls.
    preparing: Mutex<()>,
    /// Documents that are prepared and wait to be written.
    waiting: Queue,
    /// Held while a commit is built and written: one writer at a time.
    writer: Mutex<()>,
    /// Held while documents are cut anew that were cut by an estimate: nothing of it is done twice.
    cutting: Mutex<()>,
    /// Held while the backlog is drained: no chunk is embedded twice.
    drain: Mutex<()>,
    /// Held while segments are merged: nothing of it is done twice.
    maintenance: Mutex<()>,
    /// Held while a graph is built.
    building: Mutex<()>,
    /// What the callers of the drain wait for.
    wanted: RefCell<Vec<Rc<Wanted>>>,
    /// Chunks that could not be embedded.
    set_aside: SetAside,
    /// Content hashes of documents whose texts were found damaged: added again, they are not taken for unchanged.
    damaged_texts: RefCell<BTreeSet<[u8; 16]>>,
    /// Histories and ids of segments whose graph could not be built; it is not tried again.
    failed_graphs: RefCell<BTreeSet<(u64, u64)>>,
    /// Histories and ids of segments that could not be repaired; it is not tried again.
    beyond_repair: RefCell<BTreeSet<(u64, u64)>>,
    /// Whether nothing is there that an import left behind which was interrupted before this was opened.
    has_no_leftovers: Cell<bool>,
    /// Calls that somebody waits for; draining steps aside for them.
    foreground: Foreground,
    observer: Observer,
    closed: Cell<bool>,
}

/// What [`Collection::info`] reports.
#[derive(Clone, Debug)]
pub struct CollectionInfo {
    /// The last committed generation; 0 for a new collection.
    pub generation: u64,
    /// The number of documents.
    pub documents: usize,
    /// The number of chunks.
    pub chunks: usize,
    /// The number of chunks that are found by their words but have no vector yet.
    pub backlog: usize,
    /// How many chunks of the backlog could not be embedded, and are not tried again before the collection is opened anew.
    pub set_aside: usize,
    /// The number of segments that the index consists of.
    pub segments: usize,
    /// How many of the segments have a graph.
    pub graphs: usize,
    /// How many documents are in each language, undecided first.
    pub languages: BTreeMap<Option<Language>, u32>,
    /// How far the embedding model is.
    pub model: ModelState,
    /// The fingerprint of the model for which documents are put aside, where [`Collection::reindex`] was begun and has not
    /// ended.
    pub reindexing: Option<String>,
    /// What is being done in the background.
    pub activities: Vec<Activity>,
    /// Why work in the background stopped last, unless it was begun again since.
    pub problem: Option<Problem>,
}

/// A document without its text, as [`Collection::list`] shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentSummary {
    /// The id.
    pub id: String,
    /// The title it was added with, or that it has of itself.
    pub title: String,
    /// The media type it was added with.
    pub media_type: MediaType,
    /// The metadata it was added with, and what it says of itself.
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
    /// The extracted text, which all spans refer to, or the part of it that was asked for.
    pub text: String,
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Opens what the store holds, or a new collection in an empty store. Nothing is read but the manifest. The model is
    /// taken to be on its way: see [`Collection::set_model`].
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for chunking options out of their range, [`ErrorKind::StoreCorrupt`] for a damaged manifest, and the store's errors.
    pub async fn open(store: S, options: CollectionOptions) -> Result<Self> {
        options.chunking.iter().try_for_each(ChunkOptions::validate_without_model)?;
        let snapshot = store.load().await?;
        Manifest::decode(&snapshot)?; // a damaged one is told at once
        Ok(Self {
            store,
            opened_at: snapshot.head.generation,
            model: Model::loading(),
            options,
            generation: RefCell::default(),
            heads: Heads::default(),
            texts: RefCell::default(),
            results: RefCell::default(),
            loading: Mutex::new(()),
            preparing: Mutex::new(()),
            waiting: Queue::default(),
            writer: Mutex::new(()),
            cutting: Mutex::new(()),
            drain: Mutex::new(()),
            maintenance: Mutex::new(()),
            building: Mutex::new(()),
            wanted: RefCell::default(),
            set_aside: SetAside::default(),
            damaged_texts: RefCell::default(),
            failed_graphs: RefCell::default(),
            beyond_repair: RefCell::default(),
            has_no_leftovers: Cell::new(false),
            foreground: Foreground::default(),
            observer: Observer::default(),
            closed: Cell::new(false),
        })
    }

    /// Opens a collection as [`Collection::open`] does, with a model that is here.
    ///
    /// # Errors
    /// As [`Collection::open`] and [`Collection::set_model`].
    pub async fn open_with(store: S, embedder: E, options: CollectionOptions) -> Result<Self> {
        let collection = Self::open(store, options).await?;
        collection.set_model(embedder)?;
        Ok(collection)
    }

    /// Takes the model, in the place of the one that is here, if there is one.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for chunking options that the model cannot serve; the collection goes on without.
    pub fn set_model(&self, embedder: E) -> Result<()> {
        let max_tokens = embedder.info().max_tokens;
        let chunking = self.options.chunking.unwrap_or_else(|| ChunkOptions::for_model(max_tokens));
        if let Err(error) = chunking.validate(max_tokens) {
            self.model.fail(error.again());
            return Err(error);
        }
        self.model.set(Loaded::new(embedder, chunking));
        self.results.take();
        Ok(())
    }

    /// Says how far the loading of the model is, in bytes, or that it has begun again.
    pub fn model_loading(&self, done: u64, total: u64) {
        self.model.set_progress(done, total);
    }

    /// Says that the model cannot be loaded: those who wait for it are told so.
    pub fn model_failed(&self, error: Error) {
        self.model.fail(error);
    }

    /// Says that nobody has asked for the model yet: what can be done without it is.
    pub fn model_deferred(&self) {
        self.model.defer();
    }

    /// Lets `watcher` know of changes and problems, in the place of an earlier one. It must not call the collection.
    pub fn watch(&self, watcher: impl Fn(&Event) + 'static) {
        self.observer.watch(Box::new(watcher));
    }

    /// The fingerprint of the model that made the stored vectors; `None` while there are none.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`], and the store's errors.
    pub async fn fingerprint(&self) -> Result<Option<String>> {
        Ok(self.manifest().await?.1.fingerprint)
    }

    /// Counts and facts of the current generation.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`], [`ErrorKind::Deleted`], and the store's errors.
    pub async fn info(&self) -> Result<CollectionInfo> {
        let _call = self.foreground.enter();
        let (generation, manifest) = self.manifest().await?;
        let counts = manifest.counts();
        Ok(CollectionInfo {
            generation,
            documents: counts.documents,
            chunks: counts.chunks,
            backlog: counts.chunks_without_vector,
            set_aside: self.set_aside.count(&self.generation.borrow()),
            segments: manifest.segments.len(),
            graphs: manifest.graphs(),
            languages: manifest.languages(),
            model: self.model.state(manifest.fingerprint.as_deref()),
            reindexing: manifest.aside.map(|aside| aside.fingerprint),
            activities: self.observer.activities(),
            problem: self.observer.last_problem(),
        })
    }

    /// The number of the last committed generation, and its manifest.
    async fn manifest(&self) -> Result<(u64, Manifest)> {
        self.check_open()?;
        let snapshot = self.store.load().await?;
        self.generation.borrow().head.check_not_deleted(snapshot.head)?;
        Ok((snapshot.head.generation, Manifest::decode(&snapshot)?))
    }

    /// All documents, ordered by id.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`], and the store's errors.
    pub async fn list(&self) -> Result<Vec<DocumentSummary>> {
        let _call = self.foreground.enter();
        let generation = self.current(Needs::TABLES).await?;
        Ok(generation.index.documents().map(|(place, _)| summary(&generation, place)).collect())
    }

    /// The number of the last commit when this value was opened; 0 for a collection that was new then.
    pub fn opened_at(&self) -> u64 {
        self.opened_at
    }

    /// How many documents `filter` accepts.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFilter`] for a filter that does not fit the metadata, [`ErrorKind::Closed`], and the store's errors.
    pub async fn count(&self, filter: &Filter) -> Result<usize> {
        let _call = self.foreground.enter();
        self.current(Needs::TABLES).await?.index.count(filter)
    }

    /// One document with its text; `None` where the id is unknown.
    ///
    /// # Errors
    /// [`ErrorKind::StoreCorrupt`] where its text is damaged, [`ErrorKind::Closed`], and the store's errors.
    pub async fn get(&self, id: &str) -> Result<Option<StoredDocument>> {
        let _call = self.foreground.enter();
        self.consistently(Needs::TABLES, async |generation| {
            let Some(place) = generation.index.find(id) else { return Ok(None) };
            let text = self.whole_text(generation, place).await?;
            Ok(Some(StoredDocument { summary: summary(generation, place), text }))
        })
        .await
    }

    /// One document with a part of its text, in UTF-16 code units. Of a long text only what may hold it is read.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a range that the text does not have, or that begins or ends within a character;
    /// otherwise as [`Collection::get`].
    pub async fn get_range(&self, id: &str, range_utf16: Span) -> Result<Option<StoredDocument>> {
        let _call = self.foreground.enter();
        self.consistently(Needs::TABLES, async |generation| {
            let Some(place) = generation.index.find(id) else { return Ok(None) };
            let text = self.text_range(generation, place, range_utf16).await?;
            Ok(Some(StoredDocument { summary: summary(generation, place), text }))
        })
        .await
    }

    /// Where a range of a document's text, in UTF-16 code units, stands in the original: the bytes of a file of text, the
    /// paragraphs of a Word document, rectangles on the pages of a PDF. `None` where the id is unknown.
    ///
    /// # Errors
    /// As [`Collection::get_range`].
    pub async fn locate(&self, id: &str, range_utf16: Span) -> Result<Option<Vec<Located>>> {
        let _call = self.foreground.enter();
        self.consistently(Needs::TABLES, async |generation| {
            let Some(place) = generation.index.find(id) else { return Ok(None) };
            self.places(generation, place, range_utf16).await.map(Some)
        })
        .await
    }

    /// Embeds texts with the collection's model, for which it waits, in batches with pauses between.
    ///
    /// # Errors
    /// What made the loading of the model fail; [`ErrorKind::Closed`], [`ErrorKind::Aborted`], [`ErrorKind::Internal`]
    pub async fn embed(&self, texts: &[&str], role: Role, task: &impl Task) -> Result<Vec<Embedding>> {
        self.check_open()?;
        let model = task.unless_aborted(self.model.wait()).await??;
        model.embedder.embed(texts, role, &Background { collection: self, task }).await
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

    /// What documents are cut with now.
    fn cutter(&self) -> Cutter<E> {
        match self.model.get() {
            Some(model) => Cutter::of(model),
            None => Cutter::Estimate(self.options.chunking.unwrap_or_default()),
        }
    }

    /// Why the model that is here is of no use for the vectors that are stored.
    fn mismatch(&self) -> Error {
        let message = "the stored vectors are of another model; reindex() makes them anew with this one";
        Error::new(ErrorKind::ModelMismatch, message)
    }

    /// The last committed generation, whoever committed it, with all of `needs` in memory.
    async fn current(&self, needs: Needs) -> Result<Rc<Generation>> {
        self.current_since(self.heads.now(), needs).await
    }

    /// A generation that was the last committed one at `moment` or later, with all of `needs` in memory.
    async fn current_since(&self, mut moment: Moment, needs: Needs) -> Result<Rc<Generation>> {
        for attempt in 1.. {
            self.check_open()?;
            let head = self.heads.since(moment, || self.read_head()).await?;
            let known = self.generation.borrow().clone();
            if known.number() >= head.generation && known.has(needs) {
                return Ok(known);
            }
            let _loading = self.loading.lock().await;
            self.check_open()?; // reading would open what was deleted meanwhile
            let known = self.generation.borrow().clone();
            let loaded = match known.number() >= head.generation {
                true => known,
                false => self.reload(&known).await?,
            };
            match loaded.read(&self.store, needs).await {
                // Another writer has committed since.
                Err(error) if error.kind() == ErrorKind::StoreConflict && attempt < ATTEMPTS => {
                    moment = self.heads.now();
                }
                outcome => return outcome.map(|()| loaded),
            }
        }
        unreachable!("the last attempt returns")
    }

    /// The head as the store has it now, in the history that is known.
    async fn read_head(&self) -> Result<Head> {
        self.check_open()?; // reading would open what was deleted meanwhile
        let known = self.generation.borrow().head;
        let head = self.store.head().await?;
        known.check_not_deleted(head)?;
        Ok(head)
    }

    /// Loads what another writer committed since `known`.
    async fn reload(&self, known: &Generation) -> Result<Rc<Generation>> {
        let loaded = Rc::new(Generation::load(&self.store, known).await?);
        let mut generation = self.generation.borrow_mut();
        // A commit of our own may have finished in between: never go back.
        if loaded.number() > generation.number() {
            *generation = loaded;
            self.observer.changed(generation.number(), generation.index.counts());
        }
        Ok(generation.clone())
    }

    /// Runs a reading call on the current generation, and again on a newer one where another writer committed in between.
    async fn consistently<T>(&self, needs: Needs, read: impl AsyncFn(&Generation) -> Result<T>) -> Result<T> {
        for attempt in 1.. {
            match read(&*self.current(needs).await?).await {
                Err(error) if error.kind() == ErrorKind::StoreConflict && attempt < ATTEMPTS => {}
                result => return result,
            }
        }
        unreachable!("the last attempt returns")
    }

    /// Builds the next generation with `edit` and commits it; rebuilds it where another writer was faster. `edit`
    /// returns `None` where there is nothing to write.
    async fn commit<T>(&self, edit: impl Fn(&Generation) -> Result<Option<(Draft, T)>>) -> Result<Option<T>> {
        let _writer = self.writer.lock().await;
        self.commit_in_turn(edit).await
    }

    /// As [`Collection::commit`], for who has the writer's turn in this tab already.
    async fn commit_in_turn<T>(
        &self,
        edit: impl Fn(&Generation) -> Result<Option<(Draft, T)>>,
    ) -> Result<Option<T>> {
        // From reading to committing: else one who takes long to build would be overtaken again and again.
        let turn_of_this_tab = self.store.exclusive(Work::Writing).await;
        for attempt in 1.. {
            let generation = self.current(Needs::TABLES).await?;
            let Some((draft, output)) = edit(&generation)? else { return Ok(None) };
            let is_told = !draft.is_silent();
            match draft.commit(&self.store).await {
                Ok(next) => {
                    drop(turn_of_this_tab);
                    let (number, counts) = (next.number(), next.index.counts());
                    *self.generation.borrow_mut() = Rc::new(next);
                    if is_told {
                        self.observer.changed(number, counts);
                    }
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
fn summary(generation: &Generation, place: DocumentPlace) -> DocumentSummary {
    let record = generation.index.document(place);
    DocumentSummary {
        id: record.id.clone(),
        title: record.title.clone(),
        media_type: record.media_type.clone(),
        metadata: record.metadata.clone(),
        text_bytes: record.text_bytes,
        text_utf16: record.text_utf16,
        chunks: generation.index.rows_of(place).len(),
        backlog: generation.backlog_of(place).count(),
    }
}

#[cfg(test)]
mod tests;

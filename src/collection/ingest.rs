//! Adding, replacing and removing documents.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use super::Collection;
use super::model::Cutter;
use crate::chunk::chunk;
use crate::document::{Chunk, Content, Document, utf16_len, validate_id};
use crate::error::{Error, Result};
use crate::extract::{Outline, Properties, take_text};
use crate::filter::Filter;
use crate::generation::{Draft, Generation, Needs};
use crate::index::DocumentRecord;
use crate::language::Language;
use crate::model::Embedder;
use crate::store::Store;
use crate::task::{Phase, Progress, Task};

/// What became of a document that was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The document's id.
    pub id: String,
    /// The number of its chunks.
    pub chunks: usize,
    /// Whether the very same document was there already, so that nothing was done.
    pub unchanged: bool,
}

/// What is left of a document once it is prepared.
enum Prepared {
    Unchanged(Added),
    New(Box<PreparedDocument>),
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Adds documents, replacing those of the same id, and returns when all are embedded, as far as there is a model for
    /// it: [`Collection::backlog_of`] tells. All become searchable by their words in one commit, long before they are
    /// embedded; the task's report of [`Phase::Searchable`] says when. Documents that are there already with the same
    /// content, title, metadata and fixed language are left alone.
    ///
    /// # Errors
    /// The errors of [`Document::validate`], [`take_text`] and [`chunk`], each naming the document;
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where an id occurs twice in `documents`;
    /// [`Aborted`](crate::error::ErrorKind::Aborted); the store's errors. Before the searchable report an error
    /// means that nothing was changed; after it, the documents stay, and what is not embedded stays in the backlog.
    pub async fn add(&self, documents: Vec<Document>, task: &impl Task) -> Result<Vec<Added>> {
        let added = self.add_text(documents, task).await?;
        self.embed_documents(added.iter().map(|document| document.id.clone()).collect(), task).await?;
        Ok(added)
    }

    /// Adds documents as [`Collection::add`] does, and returns as soon as they are searchable by their words. Their
    /// chunks wait in the backlog until [`Collection::embed_backlog`].
    ///
    /// # Errors
    /// As [`Collection::add`]; an error means that nothing was changed.
    pub async fn add_text(&self, documents: Vec<Document>, task: &impl Task) -> Result<Vec<Added>> {
        check_ids(&documents)?;
        let added = self.add_prepared(documents.into_iter().map(Ok).collect(), true, task).await?;
        added.into_iter().collect()
    }

    /// Adds those of `documents` that can be added, in one commit, as [`Collection::add_text`] does; what is no document
    /// comes with its error. Of several with one id the last one counts.
    ///
    /// # Errors
    /// Of each document its own, in order; of the call [`Aborted`](crate::error::ErrorKind::Aborted) and the store's
    /// errors, which mean that nothing was changed.
    pub async fn add_each(
        &self,
        documents: Vec<Result<Document>>,
        task: &impl Task,
    ) -> Result<Vec<Result<Added>>> {
        self.add_prepared(documents, false, task).await
    }

    async fn add_prepared(
        &self,
        documents: Vec<Result<Document>>,
        is_atomic: bool,
        task: &impl Task,
    ) -> Result<Vec<Result<Added>>> {
        let moment = self.heads.now();
        let total = documents.len();
        let mut outcomes = Vec::with_capacity(total);
        let mut prepared = Vec::new();
        let mut prepared_ids = HashSet::new();
        // Documents are prepared in the order of calls, so that of two with one id the later call has the last word.
        let turn = task.unless_aborted(self.preparing.lock()).await?;
        self.make_room(task).await?;
        let call = self.foreground.enter();
        for document in documents {
            let prepared_document = match document {
                Ok(document) => {
                    // Documents that waited may have been written since the last one was prepared.
                    let generation = self.current_since(moment, Needs::TABLES).await?;
                    let is_overtaken = |id: &str| {
                        prepared_ids.contains(id) || self.waiting.any(|waiting| waiting.record.id == id)
                    };
                    self.prepare(&generation, document, is_overtaken, task).await
                }
                Err(error) => Err(error),
            };
            let outcome = match prepared_document {
                Ok(Prepared::Unchanged(added)) => Ok(added),
                Ok(Prepared::New(document)) => {
                    let (id, chunks) = (document.record.id.clone(), document.chunks.len());
                    prepared_ids.insert(id.clone());
                    prepared.push(*document);
                    Ok(Added { id, chunks, unchanged: false })
                }
                Err(error) if is_atomic || ends_call(&error) => return Err(error),
                Err(error) => Err(error),
            };
            outcomes.push(outcome);
        }
        drop(call);
        if !prepared.is_empty() {
            let ticket = self.queue(prepared);
            drop(turn);
            self.written(ticket, task).await?;
        }
        task.report(Progress { phase: Phase::Searchable, done: total, total });
        Ok(outcomes)
    }

    /// How many chunks of these documents have no vector yet.
    ///
    /// # Errors
    /// [`Closed`](crate::error::ErrorKind::Closed), and the store's errors.
    pub async fn backlog_of(&self, ids: &[String]) -> Result<usize> {
        let generation = self.current(Needs::TABLES).await?;
        let places = ids.iter().filter_map(|id| generation.index.find(id));
        Ok(places.map(|place| generation.backlog_of(place).count()).sum())
    }

    /// Removes documents in one commit and returns how many there were; unknown ids are ignored.
    ///
    /// # Errors
    /// [`InvalidId`](crate::error::ErrorKind::InvalidId) for an id that no document can have; the store's errors.
    pub async fn remove(&self, ids: &[String]) -> Result<usize> {
        ids.iter().try_for_each(|id| validate_id(id))?;
        self.remove_chosen(|_| Ok(ids.to_vec())).await
    }

    /// Removes the documents that `filter` accepts, in one commit, and returns how many there were.
    ///
    /// # Errors
    /// [`InvalidFilter`](crate::error::ErrorKind::InvalidFilter) for a filter that does not fit the metadata; the store's
    /// errors.
    pub async fn remove_where(&self, filter: &Filter) -> Result<usize> {
        self.remove_chosen(|generation| generation.index.accepted(filter)).await
    }

    /// Removes the documents with the ids that `choose` gives, in the order of calls: those added before are written first,
    /// and those added later are prepared afterwards.
    async fn remove_chosen(&self, choose: impl Fn(&Generation) -> Result<Vec<String>>) -> Result<usize> {
        let _turn = self.preparing.lock().await;
        self.waiting.written().await;
        let _call = self.foreground.enter();
        let removed = self
            .commit(|generation| {
                let mut draft = Draft::new(generation);
                let count = choose(generation)?.iter().filter(|id| draft.remove(id)).count();
                Ok((count > 0).then_some((draft, count)))
            })
            .await?;
        Ok(removed.unwrap_or(0))
    }

    /// Extracts and chunks a document, unless it is there already. What is there counts for nothing where its id
    /// `is_overtaken`: another document of this id is about to be written.
    async fn prepare(
        &self,
        generation: &Generation,
        mut document: Document,
        is_overtaken: impl Fn(&str) -> bool,
        task: &impl Task,
    ) -> Result<Prepared> {
        document.validate()?;
        document.language = document.language.or(self.options.language);
        let content_hash = content_hash(&document);
        if let Some(place) = generation.index.find(&document.id)
            && generation.index.document(place).content_hash == content_hash
            && !self.damaged_texts.borrow().contains(&content_hash)
            && !is_overtaken(&document.id)
        {
            let chunks = generation.index.rows_of(place).len();
            return Ok(Prepared::Unchanged(Added { id: document.id, chunks, unchanged: true }));
        }
        let prepared = self.cut(&mut document, content_hash, &self.cutter(), task).await?;
        Ok(Prepared::New(Box::new(prepared)))
    }

    /// Extracts and chunks a document.
    pub(super) async fn cut(
        &self,
        document: &mut Document,
        content_hash: [u8; 16],
        cutter: &Cutter<E>,
        task: &impl Task,
    ) -> Result<PreparedDocument> {
        let is_text = !matches!(document.content, Content::Extracted(_));
        let mut extracted = take_text(document)?;
        // Text and Markdown that nothing was left out of tell their outline again.
        let has_outline = !is_text || !extracted.origins.is_empty();
        let tag = std::mem::take(&mut extracted.properties.language);
        complete(document, std::mem::take(&mut extracted.properties));
        let chunks = chunk(&extracted, &document.title, cutter.options(), cutter.overhead(), cutter, task)
            .await
            .map_err(|error| error.within(format_args!("document {:?}", document.id)))?;
        let (text, outline, _) = extracted.into_parts();
        let record = DocumentRecord {
            id: std::mem::take(&mut document.id),
            title: std::mem::take(&mut document.title),
            media_type: document.media_type.clone(),
            metadata: std::mem::take(&mut document.metadata),
            // Pages made from a template say what that was written in: their texts know better.
            language: document
                .language
                .or_else(|| Language::detect(&text))
                .or_else(|| Language::of_tag(&tag)),
            content_hash,
            text_part: content_hash,
            has_outline,
            is_estimated: cutter.is_estimate(),
            text_bytes: text.len() as u64,
            text_utf16: utf16_len(&text) as u64,
        };
        Ok(PreparedDocument { record, chunks, text, outline: has_outline.then_some(outline) })
    }
}

/// A document that is ready to become a part of a segment.
pub(super) struct PreparedDocument {
    pub record: DocumentRecord,
    pub chunks: Vec<Chunk>,
    pub text: String,
    /// What is to be stored of its structure; `None` where its text tells it.
    pub outline: Option<Outline>,
}

/// Takes what a document says of itself where its caller does not say it.
fn complete(document: &mut Document, properties: Properties) {
    if document.title.is_empty() {
        let own = properties.title;
        document.title = if own.is_empty() { std::mem::take(&mut document.file_name) } else { own };
    }
    for (name, value) in properties.metadata {
        // Set on a JavaScript object, this name would not be a property.
        if name != "__proto__" {
            document.metadata.entry(name).or_insert(value);
        }
    }
}

/// Whether an error is one of the call, not of a document.
fn ends_call(error: &Error) -> bool {
    use crate::error::ErrorKind::{Aborted, Closed, Deleted};
    matches!(error.kind(), Aborted | Closed | Deleted)
}

/// Checks every document before any work is done on one.
fn check_ids(documents: &[Document]) -> Result<()> {
    let mut seen = HashSet::new();
    for document in documents {
        document.validate()?;
        if !seen.insert(&document.id) {
            return Err(Error::invalid_argument(format!(
                "the document id {:?} occurs twice in one call",
                document.id
            )));
        }
    }
    Ok(())
}

/// The first 128 bits of a sha256 over everything a caller gives, so that no two documents of a collection have the
/// same.
fn content_hash(document: &Document) -> [u8; 16] {
    let mut hasher = Sha256::new();
    let mut field = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    field(document.id.as_bytes());
    field(document.title.as_bytes());
    field(document.file_name.as_bytes());
    field(document.media_type.name().as_bytes());
    field(document.language.map_or("", Language::name).as_bytes());
    field(&serde_json::to_vec(&document.metadata).unwrap_or_default());
    match &document.content {
        Content::Text(text) => field(text.as_bytes()),
        Content::Bytes(bytes) => field(bytes),
        Content::Extracted(extracted) => field(&extracted.encode().unwrap_or_default()),
    }
    let digest = hasher.finalize();
    digest[..16].try_into().expect("a sha256 has 32 bytes")
}

//! Adding, replacing and removing documents.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Collection;
use super::draft::{Draft, EncodedSegment};
use super::texts::encode_text;
use crate::chunk::chunk;
use crate::document::{Chunk, Content, Document, utf16_len, validate_id};
use crate::error::{Error, Result};
use crate::extract::extract;
use crate::index::{DocumentRecord, Language, MAX_ROWS, SegmentBuilder};
use crate::model::{Embedder, Role};
use crate::store::{Part, Store};
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

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Adds documents, replacing those of the same id, and returns when all are embedded. All become searchable by
    /// their words in one commit, long before they are embedded; the task's report of [`Phase::Searchable`] says
    /// when. Documents that are there already with the same content, title and metadata are left alone.
    ///
    /// # Errors
    /// The errors of [`Document::validate`], [`extract`] and [`chunk`], each naming the document;
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where an id occurs twice in `documents`;
    /// [`Aborted`](crate::error::ErrorKind::Aborted); the store's errors. Before the searchable report an error
    /// means that nothing was changed; after it, the documents stay, and what is not embedded stays in the backlog.
    pub async fn add(&self, documents: Vec<Document>, task: &impl Task) -> Result<Vec<Added>> {
        let added = self.add_text(documents, task).await?;
        let ids = added.iter().map(|document| document.id.clone()).collect();
        self.embed_documents(ids, task).await?;
        Ok(added)
    }

    /// Adds documents as [`Collection::add`] does, and returns as soon as they are searchable by their words. Their
    /// chunks wait in the backlog until [`Collection::embed_backlog`].
    ///
    /// # Errors
    /// As [`Collection::add`]; an error means that nothing was changed.
    pub async fn add_text(&self, documents: Vec<Document>, task: &impl Task) -> Result<Vec<Added>> {
        let _call = self.foreground.enter();
        check_ids(&documents)?;
        let state = self.current().await?;
        let total = documents.len();
        let mut added = Vec::with_capacity(total);
        let mut prepared = Vec::new();
        for document in documents {
            let hash = content_hash(&document);
            let place = state.index.find(&document.id);
            if let Some(place) = place.filter(|&place| state.index.document(place).content_hash == hash) {
                added.push(Added { id: document.id, chunks: state.chunk_count(place), unchanged: true });
                continue;
            }
            let document = self.prepare(document, hash, task).await?;
            let (id, chunks) = (document.record.id.clone(), document.chunks.len());
            added.push(Added { id, chunks, unchanged: false });
            prepared.push(document);
        }
        drop(state);
        if !prepared.is_empty() {
            self.write(&prepared).await?;
        }
        task.report(Progress { phase: Phase::Searchable, done: total, total });
        Ok(added)
    }

    /// Removes documents in one commit and returns how many there were; unknown ids are ignored.
    ///
    /// # Errors
    /// [`InvalidId`](crate::error::ErrorKind::InvalidId) for an id that no document can have; the store's errors.
    pub async fn remove(&self, ids: &[String]) -> Result<usize> {
        let _call = self.foreground.enter();
        for id in ids {
            validate_id(id)?;
        }
        let removed = self
            .commit(|state| {
                let mut draft = Draft::new(state);
                let count = ids.iter().filter(|id| draft.remove(id)).count();
                Ok((count > 0).then_some((draft, count)))
            })
            .await?;
        Ok(removed.unwrap_or(0))
    }

    /// Extracts and chunks one document.
    async fn prepare(
        &self,
        document: Document,
        content_hash: [u8; 16],
        task: &impl Task,
    ) -> Result<PreparedDocument> {
        let extracted = extract(&document)?;
        let overhead = self.embedder.overhead(Role::Passage);
        let options = &self.options.chunking;
        let chunks = chunk(&extracted, &document.title, options, overhead, &self.embedder, task)
            .await
            .map_err(|error| error.within(format_args!("document {:?}", document.id)))?;
        let text = extracted.text;
        let record = DocumentRecord {
            id: document.id,
            title: document.title,
            media_type: document.media_type,
            metadata: document.metadata,
            content_hash,
            text_bytes: text.len() as u64,
            text_utf16: utf16_len(&text) as u64,
        };
        let encoded = Rc::new(encode_text(&content_hash, &text)?);
        Ok(PreparedDocument { record, chunks, text, encoded })
    }

    /// Commits documents, replacing those of the same ids.
    async fn write(&self, documents: &[PreparedDocument]) -> Result<()> {
        loop {
            let state = self.current().await?;
            self.options.check_language(&state)?;
            let language =
                state.language().or(self.options.language).unwrap_or_else(|| language_of(documents));
            let segments = build(language, documents)?;
            let written = self.commit(|state| {
                if state.language().is_some_and(|fixed| fixed != language) {
                    return Ok(None); // another writer was the first: the words are to be analysed as it did
                }
                let mut draft = Draft::new(state);
                segments.iter().try_for_each(|segment| draft.add_segment(segment))?;
                Ok(Some((draft, ())))
            });
            if written.await?.is_some() {
                return Ok(());
            }
        }
    }
}

/// A document that is ready to become a part of a segment.
struct PreparedDocument {
    record: DocumentRecord,
    chunks: Vec<Chunk>,
    text: String,
    /// The text as a stored value.
    encoded: Part,
}

/// The language that the documents are written in, or the default one where they do not tell.
fn language_of(documents: &[PreparedDocument]) -> Language {
    Language::detect(documents.iter().map(|document| document.text.as_str())).unwrap_or_default()
}

/// As many segments as it takes for none to exceed [`MAX_ROWS`], unless one document alone does.
fn build(language: Language, documents: &[PreparedDocument]) -> Result<Vec<EncodedSegment>> {
    let mut segments = Vec::new();
    let mut rest = documents;
    while !rest.is_empty() {
        let mut builder = SegmentBuilder::new(language);
        for document in rest {
            if builder.documents() > 0 && builder.rows() + document.chunks.len() > MAX_ROWS {
                break;
            }
            builder.push(document.record.clone(), document.chunks.clone(), &document.text)?;
        }
        let own;
        (own, rest) = rest.split_at(builder.documents());
        let segment = Arc::new(builder.build());
        segments.push(EncodedSegment {
            tables: Rc::new(segment.encode()?),
            segment,
            texts: own.iter().map(|document| document.encoded.clone()).collect(),
        });
    }
    Ok(segments)
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
    field(document.media_type.name().as_bytes());
    field(&serde_json::to_vec(&document.metadata).unwrap_or_default());
    match &document.content {
        Content::Text(text) => field(text.as_bytes()),
        Content::Bytes(bytes) => field(bytes),
    }
    let digest = hasher.finalize();
    digest[..16].try_into().expect("a sha256 has 32 bytes")
}

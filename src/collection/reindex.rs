//! Documents that are cut anew: where they were cut by an estimate, and all of them for another model.

use std::collections::HashMap;
use std::rc::Rc;

use super::Collection;
use super::background::Background;
use super::embedding::PassageParts;
use super::ingest::PreparedDocument;
use super::model::{Cutter, Loaded};
use super::observe::Activity;
use super::writing::build;
use crate::chunk::{ChunkOptions, passage_text};
use crate::document::{Content, Document};
use crate::error::{Error, ErrorKind, Result};
use crate::extract::Extracted;
use crate::generation::{Draft, Generation, Needs, NewSegment};
use crate::index::{DocumentPlace, DocumentRecord, Index, Segment, VectorRun};
use crate::model::{Embedder, Input, Role};
use crate::store::{Store, Work};
use crate::task::{Part, Phase, Progress, Task};

/// The most text that is cut anew in one commit, unless one document alone has more: 256 KiB.
const BYTES_PER_STEP: u64 = 256 << 10;

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Embeds everything with the model that is here, where the stored vectors are of another one: aside, document by
    /// document, so that a call that was interrupted goes on where it was; and at the end puts the new segments in the place
    /// of the old ones in one commit. Until then searches go on as before. Nothing is done where the vectors are the
    /// model's own.
    ///
    /// # Errors
    /// What made the loading of the model fail; [`Aborted`](ErrorKind::Aborted); an error of the model or the store. What
    /// was put aside stays there.
    pub async fn reindex(&self, task: &impl Task) -> Result<()> {
        self.reindex_by(BYTES_PER_STEP, task).await
    }

    /// As [`Collection::reindex`], with so much text in one commit.
    pub(super) async fn reindex_by(&self, bytes_per_step: u64, task: &impl Task) -> Result<()> {
        let model = task.unless_aborted(self.model.wait()).await??;
        let fingerprint = &model.embedder.info().fingerprint;
        let _turn = task.unless_aborted(self.drain.lock()).await?;
        let _turn_of_this_tab = task.unless_aborted(self.store.exclusive(Work::Reindex)).await?;
        let _activity = self.observer.doing(Activity::Reindexing);
        let task = &Background { collection: self, task };
        let mut aside = Index::default();
        loop {
            task.checkpoint().await?;
            let generation = self.current(Needs::TABLES).await?;
            if generation.fingerprint.as_ref().is_none_or(|stored| stored == fingerprint) {
                return self.forget_aside(&generation).await;
            }
            let is_ours = generation.aside.as_ref().is_some_and(|it| it.fingerprint == *fingerprint);
            let read = match is_ours {
                true => generation.read_aside(&self.store, &aside).await,
                false => Ok(Index::default()),
            };
            aside = match read {
                Err(error) if error.kind() == ErrorKind::StoreConflict => continue,
                Err(error) if error.kind() == ErrorKind::StoreCorrupt => {
                    self.drop_aside().await?;
                    continue;
                }
                read => read?,
            };
            let due = due(&generation, &aside);
            if due.is_empty() {
                let taken = self.commit(|generation| {
                    let mut draft = Draft::new(generation);
                    Ok(draft.take_aside(&aside)?.then_some((draft, ())))
                });
                if taken.await?.is_some() {
                    return Ok(());
                }
                continue;
            }
            let bytes = |records: &mut dyn Iterator<Item = &DocumentRecord>| -> usize {
                records.map(|record| record.text_bytes as usize).sum()
            };
            let total = bytes(&mut generation.index.documents().map(|(_, record)| record));
            let left = bytes(&mut due.iter().map(|place| generation.index.document(*place)));
            let step = first_step(&generation, &due, bytes_per_step);
            let size = bytes(&mut step.iter().map(|place| generation.index.document(*place)));
            let part = Part { whole: task, before: total - left, size, total };
            match self.put_aside(&model, &generation, step, &part).await {
                Err(error) if error.kind() == ErrorKind::StoreConflict => {}
                outcome => outcome?,
            }
            task.report(Progress { phase: Phase::Embedding, done: total - left + size, total });
        }
    }

    /// Cuts and embeds documents for a model, and puts them aside.
    async fn put_aside(
        &self,
        model: &Rc<Loaded<E>>,
        generation: &Generation,
        documents: &[DocumentPlace],
        task: &impl Task,
    ) -> Result<()> {
        let fingerprint = &model.embedder.info().fingerprint;
        let cut = self.cut_stored(generation, documents, &Cutter::of(model.clone()), task).await?;
        let cut: Vec<&PreparedDocument> = cut.iter().collect();
        let segments = build_without_texts(&cut, task).await?;
        for segment in segments {
            let runs = embedded(&segment.segment, &cut, model, &model.chunking, task).await?;
            self.commit(|now| {
                let mut draft = Draft::new(now);
                draft.put_aside(fingerprint, &segment, &runs)?;
                Ok((now.head.history == generation.head.history).then_some((draft, ())))
            })
            .await?;
        }
        Ok(())
    }

    /// All documents, cut and if asked for embedded with other options, as a generation in memory that shares the stored
    /// texts.
    pub(super) async fn cut_all(
        &self,
        generation: &Generation,
        cutter: &Cutter<E>,
        with_vectors: bool,
        task: &impl Task,
    ) -> Result<Generation> {
        let places: Vec<DocumentPlace> = generation.index.documents().map(|(place, _)| place).collect();
        let bytes = |places: &[DocumentPlace]| -> usize {
            places.iter().map(|place| generation.index.document(*place).text_bytes as usize).sum()
        };
        let total = bytes(&places);
        let task = &Background { collection: self, task };
        let mut index = Index::default();
        let mut rest = &places[..];
        while !rest.is_empty() {
            task.checkpoint().await?;
            let step = first_step(generation, rest, BYTES_PER_STEP);
            let part = &Part { whole: task, before: total - bytes(rest), size: bytes(step), total };
            let cut = self.cut_stored(generation, step, cutter, part).await?;
            let cut: Vec<&PreparedDocument> = cut.iter().collect();
            for new in build_without_texts(&cut, part).await? {
                let id = 1 + index.segments().len() as u64;
                let runs = match cutter {
                    Cutter::Model(model, chunking) if with_vectors => {
                        embedded(&new.segment, &cut, model, chunking, part).await?
                    }
                    _ => Vec::new(),
                };
                index.insert_segment(id, new.segment, [])?;
                runs.iter().try_for_each(|run| index.insert_vectors(id, run))?;
            }
            rest = &rest[step.len()..];
            task.report(Progress { phase: Phase::Embedding, done: total - bytes(rest), total });
        }
        let mut aside = generation.clone();
        (aside.index, aside.aside) = (index, None);
        Ok(aside)
    }

    async fn forget_aside(&self, generation: &Generation) -> Result<()> {
        if generation.aside.is_some() {
            self.drop_aside().await?;
        }
        Ok(())
    }

    async fn drop_aside(&self) -> Result<()> {
        self.commit(|generation| {
            let mut draft = Draft::new(generation);
            draft.drop_aside();
            Ok(generation.aside.is_some().then_some((draft, ())))
        })
        .await?;
        Ok(())
    }

    /// Cuts those documents anew that were cut by an estimate, before there was a model. Where another call does it, that
    /// is waited for.
    pub(super) async fn cut_again(&self, model: &Rc<Loaded<E>>, task: &impl Task) -> Result<()> {
        if self.current(Needs::TABLES).await?.index.estimated().next().is_none() {
            return Ok(());
        }
        let _turn = task.unless_aborted(self.cutting.lock()).await?;
        let task = &Background { collection: self, task };
        let mut most_at_once = usize::MAX;
        loop {
            let generation = self.current(Needs::TABLES).await?;
            let stored = generation.fingerprint.as_ref();
            if stored.is_some_and(|stored| *stored != model.embedder.info().fingerprint) {
                return Ok(());
            }
            let estimated: Vec<DocumentPlace> =
                generation.index.estimated().filter(|place| self.is_cuttable(&generation, *place)).collect();
            if estimated.is_empty() {
                return Ok(());
            }
            let cutter = Cutter::of(model.clone());
            let step = first_step(&generation, &estimated, BYTES_PER_STEP);
            let step = &step[..step.len().min(most_at_once)];
            let cut = match self.cut_stored(&generation, step, &cutter, task).await {
                Err(error) if error.kind() == ErrorKind::StoreConflict => continue,
                // One of them is damaged: which one?
                Err(error) if error.kind() == ErrorKind::StoreCorrupt && step.len() > 1 => {
                    most_at_once = 1;
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::StoreCorrupt => {
                    // Its text is damaged: the document stays as it is, and its chunks cannot be embedded either.
                    self.observer.problem(Activity::Embedding, &error);
                    for row in step.iter().flat_map(|place| generation.index.rows_of(*place)) {
                        self.set_aside.insert(&generation.key(row), error.again());
                    }
                    continue;
                }
                cut => cut?,
            };
            let cut: Vec<&PreparedDocument> = cut.iter().collect();
            let segments = build_without_texts(&cut, task).await?;
            self.commit(|now| {
                let mut draft = Draft::new(now);
                let is_due = |it: &&PreparedDocument| {
                    now.index.find(&it.record.id).is_some_and(|place| {
                        let record = now.index.document(place);
                        record.is_estimated && record.content_hash == it.record.content_hash
                    })
                };
                if !cut.iter().all(is_due) {
                    // One was replaced or removed meanwhile, or another caller cut it, and may have embedded it: look again.
                    return Ok(None);
                }
                segments.iter().try_for_each(|segment| draft.add_segment(segment))?;
                Ok(Some((draft, ())))
            })
            .await?;
        }
    }

    /// Whether no chunk of a document was set aside.
    fn is_cuttable(&self, generation: &Generation, place: DocumentPlace) -> bool {
        generation.index.rows_of(place).all(|row| self.set_aside.get(generation, row).is_none())
    }

    /// Stored documents, cut anew.
    async fn cut_stored(
        &self,
        generation: &Generation,
        documents: &[DocumentPlace],
        cutter: &Cutter<E>,
        task: &impl Task,
    ) -> Result<Vec<PreparedDocument>> {
        let mut cut = Vec::with_capacity(documents.len());
        for &place in documents {
            let record = generation.index.document(place);
            let text = self.whole_text(generation, place).await?;
            let content = match self.outline(generation, place).await? {
                Some(outline) => Content::from(Extracted::from_parts(text, outline)),
                None => Content::from(text),
            };
            let mut document = Document::new(&record.id, &record.title, record.media_type.clone(), content);
            document.metadata = record.metadata.clone();
            let mut prepared = self.cut(&mut document, record.content_hash, cutter, &Quiet(task)).await?;
            prepared.record.text_part = record.text_part;
            prepared.record.language = record.language;
            cut.push(prepared);
        }
        Ok(cut)
    }
}

/// The vectors of a segment that is made of `documents`; none where it has no row.
async fn embedded<E: Embedder>(
    segment: &Segment,
    documents: &[&PreparedDocument],
    model: &Loaded<E>,
    chunking: &ChunkOptions,
    task: &impl Task,
) -> Result<Vec<VectorRun>> {
    let passages = passages(segment, documents, model, chunking)?;
    let inputs: Vec<Input<'_>> = passages.iter().map(PassageParts::input).collect();
    let embedded = model.embedder.embed(&inputs, Role::Passage, task).await?;
    let vectors = (0..).zip(&embedded).map(|(row, it)| (row, &it.vector, &it.parts));
    match embedded.is_empty() {
        true => Ok(Vec::new()),
        false => Ok(vec![VectorRun::quantise_rows(vectors)?]),
    }
}

/// What the model is to see of the rows of a segment that is made of `documents`.
fn passages<E: Embedder>(
    segment: &Segment,
    documents: &[&PreparedDocument],
    model: &Loaded<E>,
    chunking: &ChunkOptions,
) -> Result<Vec<PassageParts>> {
    let texts: HashMap<&str, &str> =
        documents.iter().map(|document| (document.record.id.as_str(), document.text.as_str())).collect();
    let overhead = model.embedder.overhead(Role::Passage);
    let passage = |row: u32| {
        let (record, chunk) = (segment.tables().document_of(row), segment.tables().chunk(row));
        let text = texts.get(record.id.as_str()).and_then(|text| chunk.span.slice(text));
        let text = text.ok_or_else(|| Error::internal("a chunk fits no text"))?;
        let passage = passage_text(&record.title, &chunk, text, chunking, overhead, &model.embedder)?;
        Ok(passage.into())
    };
    (0..segment.tables().rows()).map(passage).collect()
}

/// The documents that are not aside as they are now.
fn due(generation: &Generation, aside: &Index) -> Vec<DocumentPlace> {
    let there: HashMap<&str, &[u8; 16]> =
        aside.documents().map(|(_, record)| (record.id.as_str(), &record.content_hash)).collect();
    let documents = generation.index.documents();
    let missing = documents.filter(|(_, it)| there.get(it.id.as_str()) != Some(&&it.content_hash));
    missing.map(|(place, _)| place).collect()
}

/// Those documents that come first and have so many bytes of text together, one at least.
fn first_step<'p>(generation: &Generation, places: &'p [DocumentPlace], most: u64) -> &'p [DocumentPlace] {
    let mut bytes = 0;
    let fitting = places.iter().take_while(|place| {
        bytes += generation.index.document(**place).text_bytes;
        bytes <= most
    });
    &places[..fitting.count().max(1).min(places.len())]
}

/// A segment of documents whose texts are stored already.
async fn build_without_texts(documents: &[&PreparedDocument], task: &impl Task) -> Result<Vec<NewSegment>> {
    build(documents, false, task).await
}

/// A task whose reports nobody hears: cutting is a small part of the work.
struct Quiet<'t, T>(&'t T);

impl<T: Task> Task for Quiet<'_, T> {
    fn report(&self, _: Progress) {}

    fn is_aborted(&self) -> bool {
        self.0.is_aborted()
    }

    fn now(&self) -> f64 {
        self.0.now()
    }

    async fn pause(&self) {
        self.0.pause().await;
    }

    async fn aborted(&self) {
        self.0.aborted().await;
    }

    async fn checkpoint(&self) -> Result<()> {
        self.0.checkpoint().await
    }
}

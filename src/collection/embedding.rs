//! Draining the backlog: chunks that are found by their words get their vectors.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Collection;
use super::background::Background;
use super::model::Loaded;
use super::observe::Activity;
use crate::chunk::{PassageText, passage_text};
use crate::document::Span;
use crate::error::{Error, ErrorKind, Result};
use crate::evidence::parts;
use crate::generation::{ChunkKey, Draft, Generation, Needs};
use crate::index::RowId;
use crate::model::{Embedder, Embedding, Input, Role};
use crate::store::{Store, Work};
use crate::task::{Part, Phase, Progress, Task};

/// How many bulks are embedded in one turn, after which their vectors are committed: a crash loses at most these, and
/// another caller waits for them. More would make the commits fewer and the workers idle less often between turns.
const BULKS_PER_TURN: usize = 2;

/// After how many passages in a row that cannot be embedded it is taken for a fault of the model.
const MAX_FAILURES: usize = 8;

/// What names a chunk that was set aside: all of its document, and its place there.
type SetAsideKey = ([u8; 16], u32);

/// Chunks that could not be embedded, with what was wrong. They are tried again when the collection is next opened.
#[derive(Debug, Default)]
pub(super) struct SetAside(RefCell<HashMap<SetAsideKey, Rc<Error>>>);

impl SetAside {
    pub fn insert(&self, key: &ChunkKey, error: Error) {
        self.0.borrow_mut().insert((key.content_hash, key.ordinal), Rc::new(error));
    }

    /// What was wrong with the chunk at a row.
    pub fn get(&self, generation: &Generation, row: RowId) -> Option<Rc<Error>> {
        if self.0.borrow().is_empty() {
            return None;
        }
        let key = generation.key(row);
        self.0.borrow().get(&(key.content_hash, key.ordinal)).cloned()
    }

    /// The chunks of the backlog that were set aside.
    pub fn count(&self, generation: &Generation) -> usize {
        if self.0.borrow().is_empty() {
            return 0;
        }
        generation.index.backlog().filter(|&row| self.get(generation, row).is_some()).count()
    }
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Embeds every chunk that has no vector yet, committing as it goes. Waits for the model; where that cannot be had, or is
    /// another than that of the stored vectors, the backlog stays as it is.
    ///
    /// # Errors
    /// [`Aborted`](ErrorKind::Aborted), the model's and the store's errors. What was embedded before is kept.
    pub async fn embed_backlog(&self, task: &impl Task) -> Result<()> {
        self.drain(Wanted::Everything, task).await
    }

    /// Embeds the chunks of the given documents that have no vector yet, as [`Collection::embed_backlog`] does.
    ///
    /// # Errors
    /// As [`Collection::embed_backlog`].
    pub async fn embed_documents(&self, ids: Vec<String>, task: &impl Task) -> Result<()> {
        self.drain(Wanted::Documents(ids), task).await
    }

    /// Embeds the chunks that `wanted` names, turn by turn, until there are none.
    async fn drain(&self, wanted: Wanted, task: &impl Task) -> Result<()> {
        let Ok(model) = task.unless_aborted(self.model.wait()).await? else { return Ok(()) };
        self.cut_again(&model, task).await?;
        let wanted = Rc::new(wanted);
        let _waiting = Waiting::new(&self.wanted, wanted.clone());
        let generation = self.current(Needs::TABLES).await?;
        let total = tokens(&generation, &self.due(&wanted, &generation).collect::<Vec<_>>());
        drop(generation);
        let _activity = self.observer.doing(Activity::Embedding);
        let (mut done, mut with_company) = (0, true);
        loop {
            // Let go between turns, or the caller that has the turn would take the next one, too.
            task.checkpoint().await?;
            // Held for one commit's worth of work only, so that several callers, and tabs, take turns.
            let _turn = task.unless_aborted(self.drain.lock()).await?;
            if self.due(&wanted, &self.generation.borrow()).next().is_none() {
                task.report(Progress { phase: Phase::Embedding, done: total, total });
                return Ok(());
            }
            let _turn_of_this_tab = task.unless_aborted(self.store.exclusive(Work::Backlog)).await?;
            // Another tab may have embedded them while this one waited.
            let generation = self.current(Needs::TABLES).await?;
            if generation.fingerprint.as_ref().is_some_and(|it| *it != model.embedder.info().fingerprint) {
                return Ok(());
            }
            let limit = model.embedder.bulk_size() * BULKS_PER_TURN;
            let mut rows: Vec<RowId> = self.due(&wanted, &generation).take(limit).collect();
            if rows.is_empty() {
                continue;
            }
            let (own, size) = (rows.len(), tokens(&generation, &rows));
            if with_company {
                self.fill(&mut rows, limit, &generation);
            }
            let turn = Part { whole: &Background { collection: self, task }, before: done, size, total };
            match self.take_turn(&model, &generation, &rows, &turn).await {
                // It may be the others' chunks that cannot be read or embedded.
                Err(error) if rows.len() > own && !ends_turns(&error) => with_company = false,
                Err(error) if !ends_turns(&error) => {
                    self.embed_one_by_one(&model, &generation, &rows, task).await?;
                    done += size;
                }
                outcome => {
                    outcome?;
                    done += size;
                }
            }
        }
    }

    /// The chunks of `wanted` that have no vector yet and were not set aside.
    fn due<'w>(&'w self, wanted: &'w Wanted, generation: &'w Generation) -> impl Iterator<Item = RowId> + 'w {
        wanted.rows(generation).filter(|&row| self.set_aside.get(generation, row).is_none())
    }

    /// Adds chunks that other callers wait for, up to `limit` rows: many small documents that are added one by one are
    /// embedded together.
    fn fill(&self, rows: &mut Vec<RowId>, limit: usize, generation: &Generation) {
        let mut taken: HashSet<RowId> = rows.iter().copied().collect();
        let wanted = self.wanted.borrow();
        let more =
            wanted.iter().flat_map(|wanted| self.due(wanted, generation)).filter(|&row| taken.insert(row));
        rows.extend(more.take(limit.saturating_sub(rows.len())));
    }

    /// Embeds the chunks at `rows` and commits their vectors, also those that were ready when an error or an abort
    /// ended the turn: what is embedded is not embedded again.
    async fn take_turn(
        &self,
        model: &Loaded<E>,
        generation: &Generation,
        rows: &[RowId],
        task: &impl Task,
    ) -> Result<()> {
        let mut embedded: Vec<(RowId, Embedding)> = Vec::with_capacity(rows.len());
        let take = |row, embedding| embedded.push((row, embedding));
        let outcome = match self.embed_rows(model, generation, rows, task, take).await {
            // A document was removed or replaced meanwhile, and its text with it: go on with what is there now.
            Err(error) if error.kind() == ErrorKind::StoreConflict => Ok(()),
            outcome => outcome,
        };
        self.write_vectors(model, generation, embedded).await?;
        outcome
    }

    /// Embeds what could not be embedded together, and sets aside what cannot be embedded at all.
    async fn embed_one_by_one(
        &self,
        model: &Loaded<E>,
        generation: &Generation,
        rows: &[RowId],
        task: &impl Task,
    ) -> Result<()> {
        let mut failures = 0;
        for &row in rows {
            match self.take_turn(model, generation, &[row], &Background { collection: self, task }).await {
                Ok(()) => failures = 0,
                Err(error) if ends_turns(&error) => return Err(error),
                Err(error) => {
                    failures += 1;
                    if failures == MAX_FAILURES {
                        return Err(error);
                    }
                    self.observer.problem(Activity::Embedding, &error);
                    self.set_aside.insert(&generation.key(row), error);
                }
            }
        }
        Ok(())
    }

    /// Hands the embeddings of the chunks at `rows` to `take`, in any order.
    async fn embed_rows(
        &self,
        model: &Loaded<E>,
        generation: &Generation,
        rows: &[RowId],
        task: &impl Task,
        mut take: impl FnMut(RowId, Embedding),
    ) -> Result<()> {
        let passages = self.passages(generation, rows).await?.into_iter().collect::<Result<Vec<_>>>()?;
        let passages: Vec<PassageParts> = passages.into_iter().map(PassageParts::from).collect();
        let inputs: Vec<Input<'_>> = passages.iter().map(PassageParts::input).collect();
        model
            .embedder
            .embed_each(&inputs, Role::Passage, task, |at, embedding| take(rows[at], embedding))
            .await
    }

    /// What the model is to see of the chunks at `rows`, in order; an error where a text is damaged.
    pub(super) async fn passages(
        &self,
        generation: &Generation,
        rows: &[RowId],
    ) -> Result<Vec<Result<PassageText>>> {
        let texts = self.quotes(generation, rows).await?;
        let cutter = self.cutter();
        let passage = |(&row, text): (&RowId, Result<String>)| {
            let title = &generation.index.document(generation.index.document_of(row)).title;
            let chunk = generation.index.chunk(row);
            passage_text(title, &chunk, &text?, cutter.options(), cutter.overhead(), &cutter)
        };
        Ok(rows.iter().zip(texts).map(passage).collect())
    }

    /// Commits vectors that were embedded on `origin`; chunks that are gone or done by now are left out.
    async fn write_vectors(
        &self,
        model: &Loaded<E>,
        origin: &Generation,
        embedded: Vec<(RowId, Embedding)>,
    ) -> Result<()> {
        if embedded.is_empty() {
            return Ok(());
        }
        let embedded: Vec<(ChunkKey, Embedding)> =
            embedded.into_iter().map(|(row, embedding)| (origin.key(row), embedding)).collect();
        let fingerprint = &model.embedder.info().fingerprint;
        self.commit(|generation| {
            let mut draft = Draft::new(generation);
            let written = draft.add_vectors(fingerprint, &embedded)?;
            Ok((written > 0).then_some((draft, ())))
        })
        .await?;
        Ok(())
    }
}

/// What the model is to see of a chunk, and the parts of the chunk in it.
pub(super) struct PassageParts {
    text: String,
    parts: Vec<Span>,
}

impl PassageParts {
    pub fn input(&self) -> Input<'_> {
        Input { text: &self.text, parts: &self.parts }
    }
}

impl From<PassageText> for PassageParts {
    fn from(PassageText { text, own }: PassageText) -> Self {
        let parts = own.slice(&text).map(parts).unwrap_or_default();
        let moved = |part: Span| Span { start: own.start + part.start, end: own.start + part.end };
        Self { parts: parts.into_iter().map(moved).collect(), text }
    }
}

/// Whether an error ends the draining of the backlog, rather than being about a passage.
fn ends_turns(error: &Error) -> bool {
    !matches!(error.kind(), ErrorKind::StoreCorrupt | ErrorKind::Internal | ErrorKind::InvalidArgument)
}

/// The tokens of the chunks at `rows`.
fn tokens(generation: &Generation, rows: &[RowId]) -> usize {
    let tokens = |row: &RowId| generation.index.segment_of(*row).tables().chunks()[row.row as usize].tokens;
    rows.iter().map(|row| tokens(row) as usize).sum()
}

/// What a caller waits for.
#[derive(Debug)]
pub(super) enum Wanted {
    /// The whole backlog.
    Everything,
    /// The documents of these ids.
    Documents(Vec<String>),
}

impl Wanted {
    /// The chunks that have no vector yet.
    fn rows<'w>(&'w self, generation: &'w Generation) -> Box<dyn Iterator<Item = RowId> + 'w> {
        match self {
            Self::Everything => Box::new(generation.index.backlog()),
            Self::Documents(ids) => {
                let places = ids.iter().filter_map(|id| generation.index.find(id));
                Box::new(places.flat_map(|place| generation.backlog_of(place)))
            }
        }
    }
}

/// A caller that waits until this is dropped.
struct Waiting<'c> {
    all: &'c RefCell<Vec<Rc<Wanted>>>,
    wanted: Rc<Wanted>,
}

impl<'c> Waiting<'c> {
    fn new(all: &'c RefCell<Vec<Rc<Wanted>>>, wanted: Rc<Wanted>) -> Self {
        all.borrow_mut().push(wanted.clone());
        Self { all, wanted }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.all.borrow_mut().retain(|wanted| !Rc::ptr_eq(wanted, &self.wanted));
    }
}

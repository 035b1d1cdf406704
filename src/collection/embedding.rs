//! Draining the backlog: chunks that are found by their words get their vectors.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use super::Collection;
use super::background::Background;
use super::draft::Draft;
use super::state::{ChunkKey, Row, State};
use crate::chunk::passage_text;
use crate::error::{ErrorKind, Result};
use crate::model::{Embedder, Embedding, Role};
use crate::store::Store;
use crate::task::{Part, Phase, Progress, Task};

/// How many bulks are embedded in one turn, after which their vectors are committed: a crash loses at most these, and
/// another caller waits for them. More would make the commits fewer and the workers idle less often between turns.
const BULKS_PER_TURN: usize = 2;

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Embeds every chunk that has no vector yet, committing as it goes.
    ///
    /// # Errors
    /// [`Aborted`](crate::error::ErrorKind::Aborted), the model's and the store's errors. What was embedded before
    /// is kept.
    pub async fn embed_backlog(&self, task: &impl Task) -> Result<()> {
        self.drain(Wanted::Everything, task).await
    }

    /// Embeds the chunks of the given documents that have no vector yet.
    pub(super) async fn embed_documents(&self, ids: Vec<String>, task: &impl Task) -> Result<()> {
        self.drain(Wanted::Documents(ids), task).await
    }

    /// Embeds the chunks that `wanted` names, turn by turn, until there are none.
    async fn drain(&self, wanted: Wanted, task: &impl Task) -> Result<()> {
        let wanted = Rc::new(wanted);
        let _waiting = Waiting::new(&self.wanted, wanted.clone());
        let state = self.current().await?;
        let total = tokens(&state, &wanted.rows(&state).collect::<Vec<_>>());
        drop(state);
        let (mut done, mut with_company) = (0, true);
        loop {
            // Let go between turns, or the caller that has the turn would take the next one, too.
            task.checkpoint().await?;
            // Held for one commit's worth of work only, so that several callers take turns.
            let _turn = task.unless_aborted(self.drain.lock()).await?;
            let state = self.current().await?;
            let limit = self.embedder.bulk_size() * BULKS_PER_TURN;
            let mut rows: Vec<Row> = wanted.rows(&state).take(limit).collect();
            if rows.is_empty() {
                task.report(Progress { phase: Phase::Embedding, done: total, total });
                return Ok(());
            }
            let (own, size) = (rows.len(), tokens(&state, &rows));
            if with_company {
                self.fill(&mut rows, limit, &state);
            }
            let turn = Part { whole: &Background { collection: self, task }, before: done, size, total };
            match self.take_turn(&state, &rows, &turn).await {
                // It may be the others' chunks that cannot be read or embedded.
                Err(error)
                    if rows.len() > own
                        && !matches!(error.kind(), ErrorKind::Aborted | ErrorKind::Closed) =>
                {
                    with_company = false;
                }
                outcome => {
                    outcome?;
                    done += size;
                }
            }
        }
    }

    /// Adds chunks that other callers wait for, up to `limit` rows: many small documents that are added one by one are
    /// embedded together.
    fn fill(&self, rows: &mut Vec<Row>, limit: usize, state: &State) {
        let mut taken: HashSet<Row> = rows.iter().copied().collect();
        let wanted = self.wanted.borrow();
        let more = wanted.iter().flat_map(|wanted| wanted.rows(state)).filter(|&row| taken.insert(row));
        rows.extend(more.take(limit.saturating_sub(rows.len())));
    }

    /// Embeds the chunks at `rows` and commits their vectors, also those that were ready when an error or an abort
    /// ended the turn: what is embedded is not embedded again.
    async fn take_turn(&self, state: &State, rows: &[Row], task: &impl Task) -> Result<()> {
        let mut embedded: Vec<(Row, Vec<f32>)> = Vec::with_capacity(rows.len());
        let mut outcome =
            self.embed_rows(state, rows, task, |row, vector| embedded.push((row, vector))).await;
        if let Err(error) = &outcome
            && error.kind() == ErrorKind::StoreCorrupt
            && self.current().await?.head != state.head
        {
            // A document was removed or replaced meanwhile, and its text with it: go on with what is there now.
            outcome = Ok(());
        }
        self.write_vectors(state, embedded).await?;
        outcome
    }

    /// Hands the vectors of the chunks at `rows` to `take`, in any order.
    async fn embed_rows(
        &self,
        state: &State,
        rows: &[Row],
        task: &impl Task,
        mut take: impl FnMut(Row, Vec<f32>),
    ) -> Result<()> {
        let passages = self.passages(state, rows).await?;
        let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
        let take = |at: usize, embedding: Embedding| take(rows[at], embedding.vector);
        self.embedder.embed_each(&passages, Role::Passage, task, take).await
    }

    /// What the model is to see of the chunks at `rows`, in order.
    pub(super) async fn passages(&self, state: &State, rows: &[Row]) -> Result<Vec<String>> {
        let places: Vec<_> = rows.iter().map(|&row| state.document_of(row)).collect();
        let texts = self.texts(state, &places).await?;
        let (options, overhead) = (&self.options.chunking, self.embedder.overhead(Role::Passage));
        let mut passages = Vec::with_capacity(rows.len());
        for ((&row, &place), text) in rows.iter().zip(&places).zip(&texts) {
            let chunk = state.chunk(row);
            let record = state.index.document(place);
            let slice = state.slice(row, chunk.span, text)?;
            let (title, section) = (&record.title, &chunk.section);
            passages.push(passage_text(title, section, slice, options, overhead, &self.embedder)?);
        }
        Ok(passages)
    }

    /// Commits vectors that were embedded on `origin`; chunks that are gone or done by now are left out, and all of them
    /// where the store was destroyed, since its ids stand for something else then.
    async fn write_vectors(&self, origin: &State, embedded: Vec<(Row, Vec<f32>)>) -> Result<()> {
        if embedded.is_empty() {
            return Ok(());
        }
        let vectors: Vec<(ChunkKey, Vec<f32>)> =
            embedded.into_iter().map(|(row, vector)| (origin.key(row), vector)).collect();
        self.commit(|state| {
            if state.head.history != origin.head.history {
                return Ok(None);
            }
            let mut draft = Draft::new(state);
            let written = draft.add_vectors(&vectors)?;
            Ok((written > 0).then_some((draft, ())))
        })
        .await?;
        Ok(())
    }
}

/// The tokens of the chunks at `rows`.
fn tokens(state: &State, rows: &[Row]) -> usize {
    rows.iter().map(|&row| state.tokens(row)).sum()
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
    fn rows<'w>(&'w self, state: &'w State) -> Box<dyn Iterator<Item = Row> + 'w> {
        match self {
            Self::Everything => Box::new(state.index.backlog().map(|(segment, row)| Row { segment, row })),
            Self::Documents(ids) => {
                let places = ids.iter().filter_map(|id| state.index.find(id));
                Box::new(places.flat_map(|place| state.backlog_of(place)))
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

//! Draining the backlog: chunks that are found by their words get their vectors.

use super::Collection;
use super::state::{Draft, Row, State};
use crate::chunk::passage_text;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Embedder, Role};
use crate::store::Store;
use crate::task::{Phase, Progress, Task};

/// How many batches are embedded before their vectors are committed: a crash loses at most these.
const BATCHES_PER_COMMIT: usize = 8;

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Embeds every chunk that has no vector yet, committing as it goes.
    ///
    /// # Errors
    /// [`Aborted`](crate::error::ErrorKind::Aborted), the model's and the store's errors. What was embedded before
    /// is kept.
    pub async fn embed_backlog(&self, task: &impl Task) -> Result<()> {
        self.drain(task, |state, limit| {
            state.index.backlog().map(|(segment, row)| Row { segment, row }).take(limit).collect()
        })
        .await
    }

    /// Embeds the chunks of the given documents that have no vector yet.
    pub(super) async fn embed_documents(&self, ids: &[&str], task: &impl Task) -> Result<()> {
        self.drain(task, |state, limit| {
            let places = ids.iter().filter_map(|id| state.index.find(id));
            places.flat_map(|place| state.backlog_of(place)).take(limit).collect()
        })
        .await
    }

    /// Embeds the rows that `pending` names, up to a limit each time, until there are none.
    async fn drain(&self, task: &impl Task, pending: impl Fn(&State, usize) -> Vec<Row>) -> Result<()> {
        let total = pending(&*self.current().await?, usize::MAX).len();
        let mut done = 0;
        let batch_size = self.embedder.batch_size();
        loop {
            // Let go between turns, or the caller that has the turn would take the next one, too.
            task.checkpoint().await?;
            // Held for one commit's worth of work only, so that several callers take turns.
            let _turn = self.drain.lock().await;
            let state = self.current().await?;
            let rows = pending(&state, batch_size * BATCHES_PER_COMMIT);
            if rows.is_empty() {
                task.report(Progress { phase: Phase::Embedding, done: total, total });
                return Ok(());
            }
            let mut embedded: Vec<(Row, Vec<f32>)> = Vec::with_capacity(rows.len());
            let mut outcome: Result<()> = Ok(());
            for batch in rows.chunks(batch_size) {
                task.report(Progress { phase: Phase::Embedding, done: done.min(total), total });
                outcome = async {
                    task.checkpoint().await?;
                    self.foreground.idle().await;
                    self.check_open()?;
                    let vectors = self.embed_rows(&state, batch).await?;
                    embedded.extend(batch.iter().copied().zip(vectors));
                    Ok(())
                }
                .await;
                if outcome.is_err() {
                    break;
                }
                done += batch.len();
            }
            if let Err(error) = &outcome
                && error.kind() == ErrorKind::StoreCorrupt
                && self.current().await?.head != state.head
            {
                // A document was removed or replaced meanwhile, and its text with it: go on with what is there now.
                outcome = Ok(());
            }
            // Also after an abort: what is embedded is not embedded again.
            self.write_vectors(&state, embedded).await?;
            outcome?;
        }
    }

    /// The vectors of the chunks at `rows`, in order.
    async fn embed_rows(&self, state: &State, rows: &[Row]) -> Result<Vec<Vec<f32>>> {
        let places: Vec<_> = rows.iter().map(|&row| state.document_of(row)).collect();
        let texts = self.texts(state, &places).await?;
        let (options, overhead) = (&self.options.chunking, self.embedder.overhead(Role::Passage));
        let mut passages = Vec::with_capacity(rows.len());
        for ((&row, &place), text) in rows.iter().zip(&places).zip(&texts) {
            let chunk = state.chunk(row);
            let record = state.index.document(place);
            let slice = chunk.span.slice(text).ok_or_else(|| {
                Error::corrupt(format!("document {:?}: the text does not hold {:?}", record.id, chunk.span))
            })?;
            let (title, section) = (&record.title, &chunk.section);
            passages.push(passage_text(title, section, slice, options, overhead, &self.embedder)?);
        }
        let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
        let embeddings = self.embedder.embed(&passages, Role::Passage).await?;
        Ok(embeddings.into_iter().map(|embedding| embedding.vector).collect())
    }

    /// Commits vectors that were embedded on `origin`; rows that are gone or done by now are left out, and all of them
    /// where the store was destroyed, since its ids stand for something else then.
    async fn write_vectors(&self, origin: &State, embedded: Vec<(Row, Vec<f32>)>) -> Result<()> {
        if embedded.is_empty() {
            return Ok(());
        }
        let rows: Vec<(u64, u32, Vec<f32>)> = embedded
            .into_iter()
            .map(|(row, vector)| (origin.segment_id(row.segment), row.row, vector))
            .collect();
        self.commit(|state| {
            if state.head.history != origin.head.history {
                return Ok(None);
            }
            let mut draft = Draft::new(state);
            let written = draft.add_vectors(&rows)?;
            Ok((written > 0).then_some((draft, ())))
        })
        .await?;
        Ok(())
    }
}

//! Upkeep off the query path: segments are merged, runs of vectors joined, and graphs built.
//!
//! Each piece of work is done on the state of one generation, with pauses that let calls go first, and takes effect in
//! one commit. What was removed, replaced or embedded meanwhile is taken into account when it is committed; where another
//! tab has changed the same segments, the work is dropped and what is due is looked up again.

use std::rc::Rc;
use std::sync::Arc;

use super::Collection;
use super::background::Background;
use super::draft::{Draft, EncodedMerge};
use super::manifest::SegmentParts;
use super::parts::{Reading, vectors_part};
use super::state::State;
use crate::error::{ErrorKind, Result};
use crate::index::{GRAPH_ROWS, Graph, IndexSegment, ROWS_PER_RUN, build_graph, merge, segments_to_merge};
use crate::model::Embedder;
use crate::store::{Part, Store};
use crate::task::Task;

/// How many more runs of vectors than it takes a segment may have while some of its vectors are missing. Fewer would
/// be written again more often; more would make opening slower.
const SPARE_RUNS: usize = 32;

/// Builds graphs where it holds up nobody, such as in another worker.
#[allow(async_fn_in_trait, reason = "the core is single-threaded; its futures need not be Send")]
pub trait GraphBuilder {
    /// What [`build_graph`] returns.
    ///
    /// # Errors
    /// Any; the graph is then not built, and searches go on without it.
    async fn build(&self, rows: u32, runs: Vec<Vec<u8>>) -> Result<Vec<u8>>;
}

/// Builds graphs right here: about half a millisecond for each row, during which nothing else runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalGraphs;

impl GraphBuilder for LocalGraphs {
    async fn build(&self, rows: u32, runs: Vec<Vec<u8>>) -> Result<Vec<u8>> {
        build_graph(rows, &runs)
    }
}

impl<S: Store, E: Embedder> Collection<S, E> {
    /// Merges what has become many small segments, writes segments anew of which much was removed, and has graphs built
    /// for large ones. What there is to do is decided here: call it whenever something was added, removed or embedded, and
    /// after opening. A second call at the same time waits for the first.
    ///
    /// # Errors
    /// [`Aborted`](crate::error::ErrorKind::Aborted), [`Closed`](crate::error::ErrorKind::Closed), the store's errors.
    /// What was done before is kept, and the collection is whole in any case.
    pub async fn maintain(&self, graphs: &impl GraphBuilder, task: &impl Task) -> Result<()> {
        self.maintain_with(graphs, GRAPH_ROWS as u64, task).await
    }

    /// As [`Collection::maintain`], with graphs for segments of `graph_rows` live rows and more.
    async fn maintain_with(
        &self,
        graphs: &impl GraphBuilder,
        graph_rows: u64,
        task: &impl Task,
    ) -> Result<()> {
        let _turn = task.unless_aborted(self.maintenance.lock()).await?;
        let task = &Background { collection: self, task };
        loop {
            task.checkpoint().await?;
            let state = self.current().await?;
            let did_something =
                self.merge_segments(&state, task).await? || self.join_runs(&state, task).await?;
            if did_something {
                continue;
            }
            let has_failed = |segment: &IndexSegment| {
                self.failed_graphs.borrow().contains(&(state.head.history, segment.id()))
            };
            let due = |segment: &&IndexSegment| lacks_graph(segment, graph_rows) && !has_failed(segment);
            let Some(segment) = state.index.segments().iter().find(due) else { return Ok(()) };
            if !self.add_graph(&state, segment, graphs, task).await? {
                self.failed_graphs.borrow_mut().insert((state.head.history, segment.id()));
            }
        }
    }

    /// Has the graph of a segment built; returns whether there is any use in looking at it again.
    async fn add_graph(
        &self,
        state: &State,
        segment: &IndexSegment,
        graphs: &impl GraphBuilder,
        task: &impl Task,
    ) -> Result<bool> {
        let id = segment.id();
        let runs = match self.stored_runs(state, id).await {
            // Another tab has merged or joined it.
            Err(error)
                if error.kind() == ErrorKind::StoreCorrupt && self.current().await?.head != state.head =>
            {
                return Ok(true);
            }
            runs => runs?,
        };
        let rows = segment.vectors().rows() as u32; // rows are numbered in 32 bits
        let built = task.unless_aborted(graphs.build(rows, runs)).await?;
        let decoded = built.and_then(|bytes| {
            let graph = Arc::new(Graph::decode("the graph that was built", &bytes, segment.vectors())?);
            Ok((graph, Rc::new(bytes)))
        });
        let Ok((graph, bytes)) = decoded else { return Ok(false) };
        self.commit_on(state, |draft| Ok(draft.add_graph(id, &graph, &bytes))).await
    }

    /// The stored runs of vectors of a segment.
    async fn stored_runs(&self, state: &State, segment: u64) -> Result<Vec<Vec<u8>>> {
        let mut reading = Reading::default();
        let runs = &state.parts[&segment].runs;
        runs.iter().for_each(|run| reading.want(*run, vectors_part));
        let mut parts = reading.read(&self.store).await?;
        Ok(runs.iter().filter_map(|run| parts.remove(&vectors_part(run.id))).collect())
    }

    /// Merges the segments that are due; returns whether there were any.
    async fn merge_segments(&self, state: &State, task: &impl Task) -> Result<bool> {
        let due = segments_to_merge(state.index.segments());
        if due.is_empty() {
            return Ok(false);
        }
        let segments = state.index.segments().iter().filter(|segment| due.contains(&segment.id()));
        let segments: Vec<IndexSegment> = segments.cloned().collect();
        let merged = EncodedMerge::from(merge(&segments, task).await?);
        self.commit_on(state, |draft| draft.replace(&merged)).await?;
        Ok(true)
    }

    /// Joins the runs of a segment that has too many; returns whether there was one.
    async fn join_runs(&self, state: &State, task: &impl Task) -> Result<bool> {
        let Some((segment, parts)) = crowded(state) else { return Ok(false) };
        let mut joined: Vec<Part> = Vec::new();
        let with_vector = segment.live_rows() - segment.backlog();
        let mut rows = with_vector.iter().peekable();
        while rows.peek().is_some() {
            task.checkpoint().await?;
            if let Some(run) = segment.vectors().run(rows.by_ref().take(ROWS_PER_RUN)) {
                joined.push(Rc::new(run.encode()?));
            }
        }
        self.commit_on(state, |draft| Ok(draft.replace_runs(parts, &joined))).await?;
        Ok(true)
    }

    /// Commits what `edit` makes of the current state, which may be newer than `origin`. Nothing is committed where
    /// `edit` finds that it no longer fits (`false`), or the store was destroyed, since ids stand for something else then.
    /// Returns whether something was.
    async fn commit_on(&self, origin: &State, edit: impl Fn(&mut Draft) -> Result<bool>) -> Result<bool> {
        let committed = self.commit(|state| {
            let mut draft = Draft::new(state);
            let fits = state.head.history == origin.head.history && edit(&mut draft)?;
            Ok(fits.then_some((draft, ())))
        });
        Ok(committed.await?.is_some())
    }
}

/// Whether a segment is large enough for a graph, has all vectors, and no graph.
fn lacks_graph(segment: &IndexSegment, graph_rows: u64) -> bool {
    segment.live_rows().len() >= graph_rows && segment.backlog().is_empty() && segment.graph().is_none()
}

/// A segment with more runs than it should have. One with a graph is left as it is: the graph also names rows that were
/// removed since, and needs their vectors.
fn crowded(state: &State) -> Option<(&IndexSegment, &SegmentParts)> {
    let entries = state.index.segments().iter().map(|segment| (segment, &state.parts[&segment.id()]));
    entries.filter(|(_, parts)| parts.graph.is_none()).find(|(segment, parts)| {
        let rows = segment.live_rows().len() as usize;
        let spare = if segment.backlog().is_empty() { 0 } else { SPARE_RUNS };
        parts.runs.len() > rows.div_ceil(ROWS_PER_RUN) + spare
    })
}

#[cfg(test)]
mod tests;

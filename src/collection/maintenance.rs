//! Upkeep off the query path: what is damaged is made anew, segments are merged, runs of vectors joined, and graphs built.
//!
//! Each piece of work is done on one generation, with pauses that let calls go first, and takes effect in one commit. What
//! was removed, replaced or embedded meanwhile is taken into account when it is committed; where another tab has changed
//! the same segments, the work is dropped and what is due is looked up again. Of several tabs one works at a time.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::Collection;
use super::background::Background;
use super::observe::Activity;
use crate::error::{Error, ErrorKind, Result};
use crate::generation::{Damage, DamagedPart, Draft, Generation, Needs, NewSegment};
use crate::index::{
    GRAPH_ROWS, Graph, ROWS_PER_RUN, RowId, RunRef, Segment, VectorRun, Vectors, analyse_again, build_graph,
    merge, runs_to_join, segments_to_merge,
};
use crate::model::Embedder;
use crate::store::{Part, Store, Work};
use crate::task::Task;

/// How many chunks have their texts read together, to be analysed again.
const CHUNKS_PER_READ: usize = 256;

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
    /// Removes what an import left behind that was interrupted, makes anew what was found damaged and can be, merges what has become many small segments, writes segments anew of
    /// which much was removed, and has graphs built for large ones. What there is to do is decided here: call it whenever
    /// something was added, removed or embedded, and after opening. A second call at the same time waits for the first.
    ///
    /// # Errors
    /// [`Aborted`](ErrorKind::Aborted), [`Closed`](ErrorKind::Closed), the store's errors.
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
        let task = &Background { collection: self, task };
        self.drop_leftovers().await?;
        loop {
            task.checkpoint().await?;
            // Held for one piece of work, so that a writer that needs segments merged need not wait for a graph.
            let turn = task.unless_aborted(self.maintenance.lock()).await?;
            if self.tidy_up(task).await? {
                continue;
            }
            drop(turn);
            let _turn = task.unless_aborted(self.building.lock()).await?;
            let generation = self.current(Needs::TABLES).await?;
            let has_failed = |segment: &Segment| {
                self.failed_graphs.borrow().contains(&(generation.head.history, segment.id()))
            };
            let due = |segment: &&Segment| lacks_graph(segment, graph_rows) && !has_failed(segment);
            let Some(segment) = generation.index.segments().iter().find(due) else { return Ok(()) };
            let _activity = self.observer.doing(Activity::Graphs);
            let _turn_of_this_tab = task.unless_aborted(self.store.exclusive(Work::Graphs)).await?;
            match self.add_graph(segment.id(), graphs, task).await {
                Err(error) if error.kind() == ErrorKind::StoreConflict => {}
                Err(error) => {
                    self.failed_graphs.borrow_mut().insert((generation.head.history, segment.id()));
                    self.observer.problem(Activity::Graphs, &error);
                    if ends_upkeep(&error) {
                        return Err(error);
                    }
                }
                Ok(()) => {}
            }
        }
    }

    /// One piece of upkeep that needs nobody else; returns whether there was one.
    async fn tidy_up(&self, task: &impl Task) -> Result<bool> {
        let generation = self.current(Needs::TABLES).await?;
        if generation.damage().is_empty()
            && segments_to_merge(generation.index.segments()).is_empty()
            && crowded(&generation).is_none()
        {
            return Ok(false);
        }
        let _turn_of_this_tab = task.unless_aborted(self.store.exclusive(Work::Merging)).await?;
        let _activity = self.observer.doing(Activity::Merging);
        let generation = self.current(Needs { words: true, vectors: false }).await?;
        let Some(generation) = self.second_look(generation).await? else { return Ok(true) };
        let did_something = self.repair(&generation, task).await?
            || self.merge_segments(&generation, task).await?
            || self.join_runs(&generation, task).await?;
        Ok(did_something)
    }

    /// The generation once what was found damaged of it, and can be made anew, was read again: a read may have failed in passing, and
    /// to make vectors anew takes the model and its time. `None` where somebody has committed meanwhile.
    async fn second_look(&self, generation: Rc<Generation>) -> Result<Option<Rc<Generation>>> {
        if self.repairable(&generation).is_empty() {
            return Ok(Some(generation));
        }
        let Some(again) = generation.with_damage_unread()? else { return Ok(Some(generation)) };
        let _loading = self.loading.lock().await;
        let needs = Needs {
            words: true,
            vectors: generation.damage().iter().any(|it| it.part != DamagedPart::Postings),
        };
        match again.read(&self.store, needs).await {
            Err(error) if error.kind() == ErrorKind::StoreConflict => return Ok(None),
            read => read?,
        }
        let again = Rc::new(again);
        let mut known = self.generation.borrow_mut();
        if known.head != again.head {
            return Ok(None);
        }
        *known = again.clone();
        self.results.take(); // they lack what is here now
        Ok(Some(again))
    }

    /// What is damaged, but for what was found to be beyond repair.
    fn repairable(&self, generation: &Generation) -> Vec<Damage> {
        let beyond_repair = self.beyond_repair.borrow();
        let mut damage = generation.damage();
        damage.retain(|it| !beyond_repair.contains(&(generation.head.history, it.segment)));
        damage
    }

    /// Makes anew what is damaged and can be; returns whether something was done.
    async fn repair(&self, generation: &Generation, task: &impl Task) -> Result<bool> {
        let damage = self.repairable(generation);
        if damage.is_empty() {
            return Ok(false);
        }
        let _activity = self.observer.doing(Activity::Repairing);
        for it in &damage {
            if it.part == DamagedPart::Postings
                && let Err(error) = self.repair_postings(generation, it.segment, task).await
            {
                if ends_upkeep(&error) {
                    return Err(error);
                }
                self.beyond_repair.borrow_mut().insert((generation.head.history, it.segment));
                self.observer.problem(Activity::Repairing, &error);
            }
        }
        self.commit(|generation| {
            let mut draft = Draft::new(generation);
            Ok(draft.drop_damaged()?.then_some((draft, ())))
        })
        .await?;
        // Told once the backlog has what was lost.
        for it in damage {
            let what = match it.part {
                DamagedPart::Postings => "the postings",
                DamagedPart::Vectors => "vectors",
                DamagedPart::Graph => "the graph",
            };
            let message = format!("{what} of segment {} had to be made anew", it.segment);
            self.observer.problem(Activity::Repairing, &Error::corrupt(message));
        }
        Ok(true)
    }

    /// Analyses the texts of a segment again.
    async fn repair_postings(&self, generation: &Generation, id: u64, task: &impl Task) -> Result<()> {
        let place = generation.index.segments().iter().position(|segment| segment.id() == id);
        let Some(place) = place else { return Ok(()) };
        let segment = &generation.index.segments()[place];
        let rows: Vec<RowId> = segment.live_rows().iter().map(|row| RowId { segment: place, row }).collect();
        let mut texts = BTreeMap::new();
        for rows in rows.chunks(CHUNKS_PER_READ) {
            task.checkpoint().await?;
            for (row, text) in rows.iter().zip(self.quotes(generation, rows).await?) {
                // A damaged text is found by no word; the others are.
                texts.extend(text.ok().map(|text| (row.row, text)));
            }
        }
        let postings = Arc::new(analyse_again(segment, &texts, task).await?);
        self.commit(|generation| {
            let mut draft = Draft::new(generation);
            Ok(draft.replace_postings(id, &postings)?.then_some((draft, ())))
        })
        .await?;
        Ok(())
    }

    /// Has the graph of a segment built.
    async fn add_graph(&self, id: u64, graphs: &impl GraphBuilder, task: &impl Task) -> Result<()> {
        let generation = self.current(Needs { words: false, vectors: true }).await?;
        let Some(segment) = generation.index.segment(id) else { return Ok(()) };
        let vectors = segment.vectors();
        let mut rows = vectors.present().into_iter();
        let mut runs = Vec::new();
        while let Some(run) = vectors.run(rows.by_ref().take(ROWS_PER_RUN)) {
            task.checkpoint().await?;
            runs.push(run.encode()?);
        }
        let bytes = task.unless_aborted(graphs.build(segment.tables().rows(), runs)).await??;
        let graph = Arc::new(Graph::decode("the graph that was built", &bytes, vectors)?);
        let bytes = Rc::new(bytes);
        self.commit_on(&generation, |draft| draft.add_graph(id, &graph, &bytes)).await?;
        Ok(())
    }

    /// Merges the segments that are due; returns whether there were any.
    pub(super) async fn merge_segments(&self, generation: &Generation, task: &impl Task) -> Result<bool> {
        let due = segments_to_merge(generation.index.segments());
        let segments = generation.index.segments().iter().filter(|segment| due.contains(&segment.id()));
        let segments: Vec<Segment> = segments.cloned().collect();
        if segments.is_empty() || segments.iter().any(|segment| segment.postings().is_none()) {
            return Ok(false);
        }
        let merged = merge(&segments, task).await?;
        task.checkpoint().await?;
        let added = NewSegment::encode(merged.segment().clone(), Vec::new())?;
        self.commit_on(generation, |draft| draft.replace(&merged, &added)).await?;
        Ok(true)
    }

    /// Joins runs of a segment that has too many; returns whether there was one.
    async fn join_runs(&self, generation: &Generation, task: &impl Task) -> Result<bool> {
        let Some((segment, runs)) = crowded(generation) else { return Ok(false) };
        let mut vectors = Vectors::new(segment.tables().chunks().len());
        for run in &runs {
            task.checkpoint().await?;
            match generation.read_run(&self.store, run).await {
                Ok(read) => vectors.insert_run(&read)?,
                // Reading the vectors finds the damage, which is then made good.
                Err(error) if error.kind() == ErrorKind::StoreCorrupt => {
                    self.current(Needs { words: false, vectors: true }).await?;
                    return Ok(false);
                }
                Err(error) if error.kind() == ErrorKind::StoreConflict => return Ok(true),
                Err(error) => return Err(error),
            }
        }
        let mut joined: Vec<(VectorRun, Part)> = Vec::new();
        // Those of removed documents are left out, but for a graph there is none.
        let mut rows = (vectors.present() & segment.live_rows()).into_iter();
        while let Some(run) = vectors.run(rows.by_ref().take(ROWS_PER_RUN)) {
            task.checkpoint().await?;
            let bytes = Rc::new(run.encode()?);
            joined.push((run, bytes));
        }
        let id = segment.id();
        self.commit_on(generation, |draft| draft.replace_runs(id, &runs, &joined)).await?;
        Ok(true)
    }

    /// Commits what `edit` makes of the current generation, which may be newer than `origin`. Nothing is committed where
    /// `edit` finds that it no longer fits (`false`). Returns whether something was.
    async fn commit_on(
        &self,
        origin: &Generation,
        edit: impl Fn(&mut Draft) -> Result<bool>,
    ) -> Result<bool> {
        let committed = self.commit(|generation| {
            let mut draft = Draft::new(generation);
            let fits = generation.head.history == origin.head.history && edit(&mut draft)?;
            Ok(fits.then_some((draft, ())))
        });
        Ok(committed.await?.is_some())
    }
}

fn ends_upkeep(error: &Error) -> bool {
    use ErrorKind::{Aborted, Closed, Deleted, StoreLost, StoreQuota, StoreUnavailable};
    matches!(error.kind(), Aborted | Closed | Deleted | StoreLost | StoreQuota | StoreUnavailable)
}

/// Whether a segment is large enough for a graph, has all vectors, and no graph.
fn lacks_graph(segment: &Segment, graph_rows: u64) -> bool {
    segment.live_rows().len() >= graph_rows && segment.backlog().is_empty() && segment.lazy_graph().is_none()
}

/// A segment with runs that are to be joined. One with a graph is left as it is: the graph also names rows that were
/// removed since, and needs their vectors.
fn crowded(generation: &Generation) -> Option<(&Segment, Vec<RunRef>)> {
    let segments = generation.index.segments().iter();
    segments.filter(|segment| segment.parts().graph.is_none()).find_map(|segment| {
        let runs = &segment.parts().runs;
        let due = runs_to_join(runs);
        (!due.is_empty()).then(|| (segment, due.into_iter().map(|place| runs[place].clone()).collect()))
    })
}

#[cfg(test)]
pub(super) mod tests;

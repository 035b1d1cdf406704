//! Reading what a generation consists of, at its head.

use std::sync::Arc;

use super::manifest::SegmentEntry;
use super::{Generation, names};
use crate::codec;
use crate::error::{Error, ErrorKind, Result};
use crate::index::{
    Graph, Index, PartRef, Postings, ROWS_PER_RUN, RunRef, Segment, Tables, VectorRun, Vectors,
};
use crate::store::{Head, Store};

/// How many rows of postings, or vectors, are read together: a read is one transaction, and while what it brought is
/// decoded both are in memory.
const ROWS_PER_READ: usize = ROWS_PER_RUN;

/// What a call needs of a generation, beside its tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Postings.
    pub words: bool,
    /// Vectors and graphs.
    pub vectors: bool,
}

impl Needs {
    /// Nothing but the tables.
    pub const TABLES: Self = Self { words: false, vectors: false };
    /// All that can be read.
    pub const ALL: Self = Self { words: true, vectors: true };
}

/// The index that `entries` describe. Segments that `known` has are not read again.
pub async fn read_index(
    store: &impl Store,
    head: Head,
    known: &Index,
    entries: &[SegmentEntry],
) -> Result<Index> {
    let new = entries.iter().filter(|entry| known.segment(entry.parts.tables.id).is_none());
    let mut new: Vec<(PartRef, String)> =
        new.map(|entry| (entry.parts.tables, names::tables(entry.parts.tables.id))).collect();
    new.reverse();
    let mut index = Index::default();
    let mut read = Vec::new().into_iter();
    for entry in entries {
        let id = entry.parts.tables.id;
        let segment = match known.segment(id) {
            Some(known) => known.with_parts(entry.parts.clone())?,
            None => {
                if read.len() == 0 {
                    let some = new.split_off(new.len().saturating_sub(TABLES_PER_READ));
                    let some: Vec<_> = some.into_iter().rev().collect();
                    read = read_parts(store, head, some).await?.into_iter();
                }
                let (name, bytes) = read.next().ok_or_else(|| Error::internal("a part was not asked for"))?;
                let tables = Arc::new(Tables::decode(&name, &bytes?)?);
                Segment::stored(tables, entry.parts.clone())?
            }
        };
        index.insert_segment(id, segment, &entry.removed)?;
    }
    Ok(index)
}

/// How many tables are read together.
const TABLES_PER_READ: usize = 8;

/// How often a read is tried again on a newer head before its caller is to begin anew.
const ATTEMPTS: usize = 8;

/// Reads parts that the generation at `head` names, in one transaction. Parts are written once, so what newer generations
/// have not deleted may be read at their heads just as well: a reader need not begin anew for every commit. Returns the parts
/// in order, and the head that they were read at.
///
/// # Errors
/// [`ErrorKind::StoreConflict`] where a newer generation has deleted one of them; [`ErrorKind::Deleted`], and the store's
/// errors.
pub async fn read_since(
    store: &impl Store,
    head: Head,
    names: &[String],
) -> Result<(Vec<Option<Vec<u8>>>, Head)> {
    let mut at = head;
    for attempt in 1.. {
        match store.read(at, names).await {
            Err(error) if error.kind() == ErrorKind::StoreConflict && attempt < ATTEMPTS => {
                at = store.head().await?;
                head.check_not_deleted(at)?;
            }
            Ok(parts) if at != head && parts.contains(&None) => {
                let message = "a newer generation has deleted what was to be read";
                return Err(Error::new(ErrorKind::StoreConflict, message));
            }
            read => return read.map(|parts| (parts, at)),
        }
    }
    unreachable!("the last attempt returns")
}

/// Reads parts in one transaction: each with its name, or what is wrong with it.
///
/// # Errors
/// As [`read_since`].
async fn read_parts(
    store: &impl Store,
    head: Head,
    wanted: Vec<(PartRef, String)>,
) -> Result<Vec<(String, Result<Vec<u8>>)>> {
    let names: Vec<String> = wanted.iter().map(|(_, name)| name.clone()).collect();
    let (parts, _) = read_since(store, head, &names).await?;
    Ok(wanted
        .into_iter()
        .zip(parts)
        .map(|((part, name), bytes)| (name.clone(), check(part, &name, bytes)))
        .collect())
}

fn check(part: PartRef, name: &str, bytes: Option<Vec<u8>>) -> Result<Vec<u8>> {
    let bytes = bytes.ok_or_else(|| Error::corrupt(format!("the stored part {name:?} is missing")))?;
    if codec::seal(&bytes) != Some(part.seal) {
        return Err(Error::corrupt(format!("the stored part {name:?} is not the one that was written")));
    }
    Ok(bytes)
}

/// What was decoded, or nothing where it is damaged; other errors are the reader's.
pub fn undamaged<T>(decoded: Result<T>) -> Result<Option<T>> {
    match decoded {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::StoreCorrupt => Ok(None),
        Err(error) => Err(error),
    }
}

impl Generation {
    /// Reads what of `needs` was not read yet. What is damaged is left out: see [`Generation::damage`].
    ///
    /// # Errors
    /// [`ErrorKind::StoreConflict`] where another writer has committed since; [`ErrorKind::StoreTooNew`], and the store's
    /// errors.
    pub async fn read(&self, store: &impl Store, needs: Needs) -> Result<()> {
        if needs.words {
            self.read_postings(store).await?;
        }
        if needs.vectors {
            for segment in self.index.segments().iter().filter(|it| it.lazy_vectors().is_unread()) {
                let vectors = read_vectors(store, self.head, segment).await?;
                segment.lazy_vectors().set(Some(Arc::new(vectors)));
            }
            self.read_graphs(store).await?;
        }
        Ok(())
    }

    /// Whether all of `needs` was read.
    pub fn has(&self, needs: Needs) -> bool {
        self.index.segments().iter().all(|segment| {
            let graph_is_unread = segment.lazy_graph().is_some_and(|graph| graph.is_unread());
            !(needs.words && segment.lazy_postings().is_unread())
                && !(needs.vectors && (segment.lazy_vectors().is_unread() || graph_is_unread))
        })
    }

    /// The vectors of a stored run, at the rows where they belong now.
    ///
    /// # Errors
    /// [`ErrorKind::StoreConflict`] where another writer has committed since, [`ErrorKind::StoreCorrupt`], and the store's
    /// errors.
    pub async fn read_run(&self, store: &impl Store, run: &RunRef) -> Result<VectorRun> {
        let wanted = vec![(run.part, names::vectors(run.part.id))];
        let mut parts = read_parts(store, self.head, wanted).await?;
        let (name, bytes) = parts.pop().ok_or_else(|| Error::internal("a part was not asked for"))?;
        VectorRun::decode(&name, &bytes?)?.placed(&run.places)
    }

    /// The index of what was put aside for another model; empty where nothing was.
    ///
    /// # Errors
    /// As [`Generation::load`], and [`ErrorKind::StoreConflict`] where another writer has committed since.
    pub async fn read_aside(&self, store: &impl Store, known: &Index) -> Result<Index> {
        let entries = self.aside.as_ref().map_or(&[][..], |aside| &aside.segments);
        read_index(store, self.head, known, entries).await
    }

    async fn read_postings(&self, store: &impl Store) -> Result<()> {
        let unread: Vec<&Segment> =
            self.index.segments().iter().filter(|segment| segment.lazy_postings().is_unread()).collect();
        for some in batches(&unread, |segment| segment.tables().chunks().len()) {
            let wanted = some.iter().map(|segment| {
                let part = segment.parts().postings;
                (part, names::postings(part.id))
            });
            let parts = read_parts(store, self.head, wanted.collect()).await?;
            for (segment, (name, bytes)) in some.iter().zip(parts) {
                let rows = segment.tables().chunks().len();
                let postings = bytes.and_then(|bytes| Postings::decode(&name, &bytes));
                let postings = undamaged(postings)?.filter(|postings| postings.rows() == rows);
                segment.lazy_postings().set(postings.map(Arc::new));
            }
        }
        Ok(())
    }

    async fn read_graphs(&self, store: &impl Store) -> Result<()> {
        for segment in self.index.segments() {
            let Some((lazy, part)) = segment.lazy_graph().zip(segment.parts().graph) else { continue };
            if !lazy.is_unread() {
                continue;
            }
            let wanted = vec![(part, names::graph(part.id))];
            for (name, bytes) in read_parts(store, self.head, wanted).await? {
                let graph = bytes.and_then(|bytes| Graph::decode(&name, &bytes, segment.vectors()));
                let graph = undamaged(graph)?.filter(|graph| segment.takes_graph(graph));
                lazy.set(graph.map(Arc::new));
            }
        }
        Ok(())
    }
}

/// The vectors of a segment: those that were in memory before others came, and the runs that hold the others. Damaged runs
/// are left out.
async fn read_vectors(store: &impl Store, head: Head, segment: &Segment) -> Result<Vectors> {
    let mut vectors = Vectors::clone(segment.vectors());
    if vectors.rows() == 0 {
        vectors = Vectors::new(segment.tables().chunks().len());
    }
    let is_missing = |run: &&RunRef| run.rows().flatten().any(|row| !vectors.contains(row));
    let missing: Vec<&RunRef> = segment.parts().runs.iter().filter(is_missing).collect();
    for some in batches(&missing, |run| run.len() + run.skipped()) {
        let wanted = some.iter().map(|run| (run.part, names::vectors(run.part.id))).collect();
        for (run, (name, bytes)) in some.iter().zip(read_parts(store, head, wanted).await?) {
            let decoded = bytes.and_then(|bytes| VectorRun::decode(&name, &bytes)?.placed(&run.places));
            // One that does not fit is damaged, too.
            let inserted = decoded.and_then(|run| vectors.insert_run(&run));
            undamaged(inserted)?;
        }
    }
    Ok(vectors)
}

/// Consecutive items that are read together: as many as have [`ROWS_PER_READ`] rows, one at least.
fn batches<T>(items: &[T], rows: impl Fn(&T) -> usize) -> impl Iterator<Item = &[T]> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let mut sum = 0;
        let fitting = rest.iter().take_while(|item| {
            sum += rows(item);
            sum <= ROWS_PER_READ
        });
        let count = fitting.count().max(1).min(rest.len());
        let batch;
        (batch, rest) = rest.split_at(count);
        (!batch.is_empty()).then_some(batch)
    })
}

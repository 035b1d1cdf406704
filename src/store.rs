//! What the core asks of storage: read parts, and commit one [`Changes`] value atomically.

pub mod contract;
pub mod counting;
#[cfg(not(target_arch = "wasm32"))]
pub mod directory;
#[cfg(target_arch = "wasm32")]
pub mod indexeddb;
pub mod memory;
pub mod placed;
mod queue;
pub mod sealed;

use std::rc::Rc;

use crate::error::{Error, ErrorKind, Result};

/// The bytes of a part that is to be written. They are shared with whoever made them, so that a commit that another
/// writer overtook can be made again without a copy.
pub type Part = Rc<Vec<u8>>;

/// Everything that one commit changes. Encoding is finished before a store sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The generation that this commit follows; 0 in a new store. Another value than the store's own refuses the
    /// commit.
    pub expected_generation: u64,
    /// The history that this commit goes on with, or in generation 0 begins: one of [`Store::new_history`]. Another
    /// value than the store's own refuses the commit.
    pub history: u64,
    /// The manifest of the new generation.
    pub manifest: Vec<u8>,
    /// Parts to write, by name. The core writes a part once and never changes it; a store replaces what it holds
    /// under the name, and of two parts of one name keeps the later.
    pub put: Vec<(String, Part)>,
    /// Names of parts that the new manifest no longer needs. They go before `put` is written; unknown ones are
    /// ignored.
    pub delete: Vec<String>,
}

impl Changes {
    /// The head that the commit expects.
    fn expected(&self) -> Head {
        Head { generation: self.expected_generation, history: self.history }
    }
}

/// Which commit a store holds; all 0 where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Its generation.
    pub generation: u64,
    /// The history that the generation is counted in. A store that is destroyed and used again has another one, so
    /// that nobody takes its generations, or what they name, for those from before.
    pub history: u64,
}

impl Head {
    /// Refuses to go on where the data that was at this head has been deleted, as `now` shows: a head of the same
    /// store that was read later. For those who share one store value, which cannot tell them apart.
    ///
    /// # Errors
    /// [`Deleted`](ErrorKind::Deleted)
    pub fn check_not_deleted(self, now: Head) -> Result<()> {
        let deleted = self.generation > 0 && (now.generation == 0 || now.history != self.history);
        if deleted { Err(Error::deleted()) } else { Ok(()) }
    }
}

/// Work on one collection that one tab should do at a time: for all of them, in the background or at a call, or so that none is in
/// another's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// Reading what is there and committing what follows from it: whoever does so is not overtaken by others who do.
    Writing,
    /// Embedding a turn of the backlog.
    Backlog,
    /// Merging segments and joining runs of vectors.
    Merging,
    /// Building a graph.
    Graphs,
    /// Building the index anew for another model.
    Reindex,
    /// Importing a file, and removing what an import that was interrupted left behind.
    Import,
}

impl Work {
    /// Every kind of work, in the order of declaration.
    pub const ALL: &[Work] =
        &[Work::Writing, Work::Backlog, Work::Merging, Work::Graphs, Work::Reindex, Work::Import];

    /// Its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Work::Writing => "writing",
            Work::Backlog => "backlog",
            Work::Merging => "merging",
            Work::Graphs => "graphs",
            Work::Reindex => "reindex",
            Work::Import => "import",
        }
    }
}

/// The last committed manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Which commit it is of.
    pub head: Head,
    /// Its bytes; empty in generation 0.
    pub manifest: Vec<u8>,
}

/// Durable storage of one collection.
///
/// Its one promise is atomicity: after a crash at any point, the store holds the generation before a commit or the
/// one after it, whole. [`contract`] is the suite that every implementation passes.
///
/// Names of parts are any Unicode text. Operations may run at the same time, on one store and on several stores of
/// the same data; each takes effect at once and whole. The future of a commit may be dropped: the commit has then
/// happened or it has not.
///
/// A store value that has seen data which another value, or the browser, then deletes fails with
/// [`Deleted`](ErrorKind::Deleted) in every later operation and creates nothing anew, whatever stands in the place
/// of the data by then. One value that several share cannot tell who deleted: they compare heads by
/// [`Head::check_not_deleted`].
#[allow(async_fn_in_trait, reason = "the core is single-threaded; its futures need not be Send")]
pub trait Store {
    /// What [`Store::exclusive`] gives: the right to do some work, until it is dropped.
    type Guard: 'static;

    /// The commit that was made last.
    ///
    /// # Errors
    /// [`Deleted`](ErrorKind::Deleted); [`StoreLost`](ErrorKind::StoreLost) and other `Store…` kinds where storage
    /// fails.
    async fn head(&self) -> Result<Head>;

    /// The generation that was committed last; 0 where there is none.
    ///
    /// # Errors
    /// As [`Store::head`].
    async fn generation(&self) -> Result<u64> {
        Ok(self.head().await?.generation)
    }

    /// A number for a history to begin: no two calls give the same one, whichever store of
    /// the same data they are made on.
    fn new_history(&self) -> u64;

    /// The manifest that was committed last.
    ///
    /// # Errors
    /// As [`Store::head`].
    async fn load(&self) -> Result<Snapshot>;

    /// The parts of the given names, in order; `None` for one that does not exist. They are read in one transaction,
    /// and only where the store is still at `head`: another writer may have deleted since what an older manifest
    /// names. So a `None` for a name in the manifest of `head` is damage.
    ///
    /// # Errors
    /// As [`Store::head`], [`StoreConflict`](ErrorKind::StoreConflict) where the store is at another head, and
    /// [`StoreCorrupt`](ErrorKind::StoreCorrupt) where the browser itself lost a part.
    async fn read(&self, head: Head, names: &[String]) -> Result<Vec<Option<Vec<u8>>>>;

    /// The names of all parts, in no order, where the store is still at `head`: also of those that no manifest names.
    ///
    /// # Errors
    /// As [`Store::head`], and [`StoreConflict`](ErrorKind::StoreConflict) where the store is at another head.
    async fn part_names(&self, head: Head) -> Result<Vec<String>>;

    /// Writes parts and manifest, deletes parts, and raises the generation by one, all or nothing. Returns the new
    /// generation once it is durable.
    ///
    /// # Errors
    /// As [`Store::head`], [`StoreConflict`](ErrorKind::StoreConflict) where generation or history are not the
    /// expected ones, [`StoreQuota`](ErrorKind::StoreQuota) where there is no room. In each case nothing was written.
    async fn commit(&self, changes: Changes) -> Result<u64>;

    /// Deletes everything; the store is then as new, in generation 0, and may be used again.
    ///
    /// # Errors
    /// As [`Store::head`], and [`StoreBlocked`](ErrorKind::StoreBlocked) where another tab does not let go.
    async fn destroy(&self) -> Result<()>;

    /// Waits for the right to do `work`, which among all stores of the same data, in all tabs, one has at a time, in
    /// the order of asking. Dropping the future leaves the queue. [`Work::Import`] is waited for however long it takes.
    ///
    /// It is a courtesy that spares doing work twice, not a guarantee; what keeps writers apart is the check of the
    /// head in [`Store::commit`]. It is given at once where a platform has no means to queue, and, other than for imports, to the
    /// next in line where a holder seems to have been stopped midway. So hold it for a piece of work that takes seconds, or a
    /// few minutes, and ask again for the next.
    async fn exclusive(&self, work: Work) -> Self::Guard;

    /// The right to do `work` if it can be had without waiting: `None` where somebody has it or waits for it, whoever seems to have
    /// been stopped included, and where a platform cannot tell. Whoever has it from here is the only one, which
    /// [`Store::exclusive`] does not promise.
    async fn exclusive_now(&self, work: Work) -> Option<Self::Guard>;
}

/// A shared store is a store too, so that several collections can stand on one.
impl<S: Store + ?Sized> Store for Rc<S> {
    type Guard = S::Guard;

    async fn head(&self) -> Result<Head> {
        (**self).head().await
    }

    fn new_history(&self) -> u64 {
        (**self).new_history()
    }

    async fn load(&self) -> Result<Snapshot> {
        (**self).load().await
    }

    async fn read(&self, head: Head, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        (**self).read(head, names).await
    }

    async fn part_names(&self, head: Head) -> Result<Vec<String>> {
        (**self).part_names(head).await
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        (**self).commit(changes).await
    }

    async fn destroy(&self) -> Result<()> {
        (**self).destroy().await
    }

    async fn exclusive(&self, work: Work) -> Self::Guard {
        (**self).exclusive(work).await
    }

    async fn exclusive_now(&self, work: Work) -> Option<Self::Guard> {
        (**self).exclusive_now(work).await
    }
}

/// Refuses a read or a commit that expects another generation or history than the store's own.
fn check_expected(current: Head, expected: Head) -> Result<()> {
    let same_history = current.generation == 0 || current.history == expected.history;
    if current.generation == expected.generation && same_history {
        return Ok(());
    }
    let destroyed = if same_history { "" } else { " of a store that was destroyed" };
    Err(Error::new(
        ErrorKind::StoreConflict,
        format!(
            "generation {}{destroyed} was expected, the store is at generation {}",
            expected.generation, current.generation
        ),
    ))
}

/// Refuses a commit, as [`check_expected`], and says that nothing came of it.
fn check_commit(current: Head, expected: Head) -> Result<()> {
    check_expected(current, expected).map_err(|error| error.within("nothing was written"))
}

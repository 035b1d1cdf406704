//! What the core asks of storage: read parts, and commit one [`Changes`] value atomically.

pub mod contract;
#[cfg(target_arch = "wasm32")]
pub mod indexeddb;
pub mod memory;

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

/// Which commit a store holds; all 0 where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Its generation.
    pub generation: u64,
    /// The history that the generation is counted in. A store that is destroyed and used again has another one, so
    /// that nobody takes its generations, or what they name, for those from before.
    pub history: u64,
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
#[allow(async_fn_in_trait, reason = "the core is single-threaded; its futures need not be Send")]
pub trait Store {
    /// The commit that was made last.
    ///
    /// # Errors
    /// [`StoreLost`](crate::error::ErrorKind::StoreLost) and other `Store…` kinds where storage fails.
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

    /// The parts of the given names, in order; `None` for one that does not exist. All are read in one
    /// transaction.
    ///
    /// Another writer may commit between [`Store::load`] and this call and delete what the older manifest names: on
    /// a `None`, compare [`Store::head`] before calling it corruption.
    ///
    /// # Errors
    /// As [`Store::head`], and [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where the browser
    /// itself lost a part.
    async fn read(&self, names: &[String]) -> Result<Vec<Option<Vec<u8>>>>;

    /// Writes parts and manifest, deletes parts, and raises the generation by one, all or nothing. Returns the new
    /// generation once it is durable.
    ///
    /// # Errors
    /// [`StoreConflict`](crate::error::ErrorKind::StoreConflict) where generation or history are not the expected
    /// ones, [`StoreQuota`](crate::error::ErrorKind::StoreQuota) where there is no room. In each case nothing was written.
    async fn commit(&self, changes: Changes) -> Result<u64>;

    /// Deletes everything; the store is then as new, in generation 0.
    ///
    /// # Errors
    /// [`StoreBlocked`](crate::error::ErrorKind::StoreBlocked) where another tab does not let go.
    async fn destroy(&self) -> Result<()>;
}

/// A shared store is a store too, so that several collections can stand on one.
impl<S: Store + ?Sized> Store for Rc<S> {
    async fn head(&self) -> Result<Head> {
        (**self).head().await
    }

    fn new_history(&self) -> u64 {
        (**self).new_history()
    }

    async fn load(&self) -> Result<Snapshot> {
        (**self).load().await
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        (**self).read(names).await
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        (**self).commit(changes).await
    }

    async fn destroy(&self) -> Result<()> {
        (**self).destroy().await
    }
}

/// Refuses a commit on another generation or history than the store's own.
fn check_expected(current: Head, expected_generation: u64, history: u64) -> Result<()> {
    let same_history = current.generation == 0 || current.history == history;
    if current.generation == expected_generation && same_history {
        return Ok(());
    }
    let destroyed = if same_history { "" } else { " of a store that was destroyed" };
    Err(Error::new(
        ErrorKind::StoreConflict,
        format!(
            "the store is at generation {}, the commit expected {expected_generation}{destroyed}; nothing was written",
            current.generation
        ),
    ))
}

//! What the core asks of storage: read parts, and commit one [`Changes`] value atomically.

pub mod memory;

use crate::error::Result;

/// Everything that one commit changes. Encoding is finished before a store sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The generation that this commit follows; 0 in a new store. Another value than the store's own refuses the
    /// commit.
    pub expected_generation: u64,
    /// The manifest of the new generation.
    pub manifest: Vec<u8>,
    /// Parts to write, by name. A part is written once and never changed.
    pub put: Vec<(String, Vec<u8>)>,
    /// Names of parts that the new manifest no longer needs.
    pub delete: Vec<String>,
}

/// The last committed manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Its generation; 0 where nothing was ever committed.
    pub generation: u64,
    /// Its bytes; empty in generation 0.
    pub manifest: Vec<u8>,
}

/// Durable storage of one collection.
///
/// Its one promise is atomicity: after a crash at any point, the store holds the generation before a commit or the
/// one after it, whole. [`contract`] is the suite that every implementation passes.
#[allow(async_fn_in_trait, reason = "the core is single-threaded; its futures need not be Send")]
pub trait Store {
    /// The generation that was committed last; 0 where there is none.
    ///
    /// # Errors
    /// [`StoreLost`](crate::error::ErrorKind::StoreLost) and other `Store…` kinds where storage fails.
    async fn generation(&self) -> Result<u64>;

    /// The manifest that was committed last, with its generation.
    ///
    /// # Errors
    /// As [`Store::generation`].
    async fn load(&self) -> Result<Snapshot>;

    /// The parts of the given names, in order; `None` for one that does not exist. All are read in one
    /// transaction.
    ///
    /// # Errors
    /// As [`Store::generation`].
    async fn read(&self, names: &[String]) -> Result<Vec<Option<Vec<u8>>>>;

    /// Writes parts and manifest, deletes parts, and raises the generation by one, all or nothing. Returns the new
    /// generation once it is durable.
    ///
    /// # Errors
    /// [`StoreConflict`](crate::error::ErrorKind::StoreConflict) where the generation is not the expected one,
    /// [`StoreQuota`](crate::error::ErrorKind::StoreQuota) where there is no room. In each case nothing was written.
    async fn commit(&self, changes: Changes) -> Result<u64>;

    /// Deletes everything; the store is then as new, in generation 0.
    ///
    /// # Errors
    /// [`StoreBlocked`](crate::error::ErrorKind::StoreBlocked) where another tab does not let go.
    async fn destroy(&self) -> Result<()>;
}

//! A store that fails when it is told to.

use std::cell::Cell;

use ibid::error::{Error, ErrorKind, Result};
use ibid::store::{Changes, Head, Snapshot, Store, Work};

/// Another store, one call of which fails, or all from one on.
pub struct FaultyStore<S> {
    pub inner: S,
    /// How many calls are still well.
    left: Cell<usize>,
    /// Whether all calls after them fail, as they do for somebody who is no longer there.
    for_good: bool,
    pub failed: Cell<bool>,
}

impl<S> FaultyStore<S> {
    pub fn new(inner: S, left: usize, for_good: bool) -> Self {
        Self { inner, left: Cell::new(left), for_good, failed: Cell::new(false) }
    }

    fn call(&self) -> Result<()> {
        let left = self.left.get();
        if left > 0 {
            self.left.set(left - 1);
            return Ok(());
        }
        if !self.for_good {
            self.left.set(usize::MAX);
        }
        self.failed.set(true);
        Err(Error::new(ErrorKind::StoreLost, "a fault of the test"))
    }
}

impl<S: Store> Store for FaultyStore<S> {
    type Guard = S::Guard;

    async fn head(&self) -> Result<Head> {
        self.call()?;
        self.inner.head().await
    }

    fn new_history(&self) -> u64 {
        self.inner.new_history()
    }

    async fn load(&self) -> Result<Snapshot> {
        self.call()?;
        self.inner.load().await
    }

    async fn read(&self, head: Head, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        self.call()?;
        self.inner.read(head, names).await
    }

    async fn part_names(&self, head: Head) -> Result<Vec<String>> {
        self.call()?;
        self.inner.part_names(head).await
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        self.call()?;
        self.inner.commit(changes).await
    }

    async fn destroy(&self) -> Result<()> {
        self.call()?;
        self.inner.destroy().await
    }

    async fn exclusive(&self, work: Work) -> S::Guard {
        self.inner.exclusive(work).await
    }

    async fn exclusive_now(&self, work: Work) -> Option<S::Guard> {
        self.inner.exclusive_now(work).await
    }
}

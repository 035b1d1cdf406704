//! A store that counts what goes through it, for tests and benchmarks.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Changes, Head, Snapshot, Store, Work};
use crate::error::Result;

/// Bytes by kind: `manifest`, and for parts what stands before the first `/` of their name.
pub type BytesByKind = BTreeMap<String, usize>;

/// Another store, and how many bytes were read from it and committed to it.
#[derive(Debug, Default)]
pub struct CountingStore<S> {
    inner: S,
    read: RefCell<BytesByKind>,
    written: RefCell<BytesByKind>,
}

impl<S> CountingStore<S> {
    /// Counts what goes through `inner` from now on.
    pub fn new(inner: S) -> Self {
        Self { inner, read: RefCell::default(), written: RefCell::default() }
    }

    /// The store inside, past which nothing is counted.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// What was read since this was last asked.
    pub fn take_read(&self) -> BytesByKind {
        self.read.take()
    }

    /// What commits wrote since this was last asked.
    pub fn take_written(&self) -> BytesByKind {
        self.written.take()
    }
}

fn count(counts: &RefCell<BytesByKind>, name: &str, bytes: usize) {
    let kind = name.split('/').next().unwrap_or_default();
    *counts.borrow_mut().entry(kind.to_owned()).or_default() += bytes;
}

impl<S: Store> Store for CountingStore<S> {
    type Guard = S::Guard;

    async fn head(&self) -> Result<Head> {
        self.inner.head().await
    }

    fn new_history(&self) -> u64 {
        self.inner.new_history()
    }

    async fn load(&self) -> Result<Snapshot> {
        let snapshot = self.inner.load().await?;
        count(&self.read, "manifest", snapshot.manifest.len());
        Ok(snapshot)
    }

    async fn read(&self, head: Head, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let parts = self.inner.read(head, names).await?;
        for (name, part) in names.iter().zip(&parts) {
            count(&self.read, name, part.as_ref().map_or(0, Vec::len));
        }
        Ok(parts)
    }

    async fn part_names(&self, head: Head) -> Result<Vec<String>> {
        self.inner.part_names(head).await
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        let written = [("manifest".to_owned(), changes.manifest.len())];
        let parts = changes.put.iter().map(|(name, part)| (name.clone(), part.len()));
        let written: Vec<_> = parts.chain(written).collect();
        let generation = self.inner.commit(changes).await?;
        written.iter().for_each(|(name, bytes)| count(&self.written, name, *bytes));
        Ok(generation)
    }

    async fn destroy(&self) -> Result<()> {
        self.inner.destroy().await
    }

    async fn exclusive(&self, work: Work) -> S::Guard {
        self.inner.exclusive(work).await
    }

    async fn exclusive_now(&self, work: Work) -> Option<S::Guard> {
        self.inner.exclusive_now(work).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryStore;
    use pollster::block_on;

    #[test]
    fn bytes_are_counted_by_kind_until_they_are_asked_for() {
        let store = CountingStore::new(MemoryStore::new());
        let put = [("text/a", 3), ("text/b", 4), ("vectors/1", 5)];
        let put = put.map(|(name, bytes)| (name.to_owned(), vec![0; bytes].into())).into();
        let commit = Changes { put, manifest: vec![0; 2], ..Changes::default() };
        block_on(store.commit(commit.clone())).unwrap();
        block_on(store.commit(commit)).unwrap_err();
        assert_eq!(store.take_written(), kinds(&[("text", 7), ("vectors", 5), ("manifest", 2)]));
        assert_eq!(store.take_written(), kinds(&[]));

        let head = block_on(store.load()).unwrap().head;
        block_on(store.read(head, &["text/b".into(), "text/unknown".into()])).unwrap();
        assert_eq!(store.take_read(), kinds(&[("text", 4), ("manifest", 2)]));
    }

    fn kinds(kinds: &[(&str, usize)]) -> BytesByKind {
        kinds.iter().map(|(kind, bytes)| ((*kind).to_owned(), *bytes)).collect()
    }
}

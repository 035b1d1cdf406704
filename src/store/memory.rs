//! A store in memory, for tests, for native tools, and for pages that want nothing kept.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Changes, Snapshot, Store};
use crate::error::{Error, ErrorKind, Result};

/// A store that lives as long as its value.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    snapshot: Snapshot,
    parts: BTreeMap<String, Vec<u8>>,
}

impl MemoryStore {
    /// An empty store in generation 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes held, manifest included.
    pub fn bytes(&self) -> usize {
        let state = self.state.borrow();
        state.snapshot.manifest.len() + state.parts.values().map(Vec::len).sum::<usize>()
    }
}

impl Store for MemoryStore {
    async fn generation(&self) -> Result<u64> {
        Ok(self.state.borrow().snapshot.generation)
    }

    async fn load(&self) -> Result<Snapshot> {
        Ok(self.state.borrow().snapshot.clone())
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let state = self.state.borrow();
        Ok(names.iter().map(|name| state.parts.get(name).cloned()).collect())
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        let mut state = self.state.borrow_mut();
        let current = state.snapshot.generation;
        if current != changes.expected_generation {
            return Err(conflict(changes.expected_generation, current));
        }
        for name in &changes.delete {
            state.parts.remove(name);
        }
        state.parts.extend(changes.put);
        state.snapshot = Snapshot { generation: current + 1, manifest: changes.manifest };
        Ok(current + 1)
    }

    async fn destroy(&self) -> Result<()> {
        *self.state.borrow_mut() = State::default();
        Ok(())
    }
}

/// The error of a commit that another writer overtook.
pub(super) fn conflict(expected: u64, current: u64) -> Error {
    Error::new(
        ErrorKind::StoreConflict,
        format!("the store is at generation {current}, the commit expected {expected}; nothing was written"),
    )
}

//! A store in memory, for tests, for native tools, and for pages that want nothing kept.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::queue::{Queue, Ticket};
use super::{Changes, Head, Part, Snapshot, Store, Work, check_commit, check_expected};
use crate::error::Result;

/// A store that lives as long as its value.
///
/// Stores of the same data are one value in an [`Rc`], so it never answers
/// [`Deleted`](crate::error::ErrorKind::Deleted) itself.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: RefCell<State>,
    histories: Cell<u64>,
    queues: [Rc<Queue>; Work::ALL.len()],
}

#[derive(Debug, Default)]
struct State {
    snapshot: Snapshot,
    parts: BTreeMap<String, Part>,
}

impl MemoryStore {
    /// An empty store in generation 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// The names of the parts, sorted.
    pub fn names(&self) -> Vec<String> {
        self.state.borrow().parts.keys().cloned().collect()
    }

    /// The bytes held, manifest included.
    pub fn bytes(&self) -> usize {
        let state = self.state.borrow();
        state.snapshot.manifest.len() + state.parts.values().map(|part| part.len()).sum::<usize>()
    }
}

impl Store for MemoryStore {
    type Guard = Ticket;

    async fn head(&self) -> Result<Head> {
        Ok(self.state.borrow().snapshot.head)
    }

    fn new_history(&self) -> u64 {
        self.histories.set(self.histories.get() + 1);
        self.histories.get()
    }

    async fn load(&self) -> Result<Snapshot> {
        Ok(self.state.borrow().snapshot.clone())
    }

    async fn read(&self, head: Head, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let state = self.state.borrow();
        check_expected(state.snapshot.head, head)?;
        Ok(names.iter().map(|name| state.parts.get(name).map(|part| part.to_vec())).collect())
    }

    async fn part_names(&self, head: Head) -> Result<Vec<String>> {
        check_expected(self.state.borrow().snapshot.head, head)?;
        Ok(self.names())
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        let mut state = self.state.borrow_mut();
        check_commit(state.snapshot.head, changes.expected())?;
        for name in &changes.delete {
            state.parts.remove(name);
        }
        state.parts.extend(changes.put);
        let head = Head { generation: changes.expected_generation + 1, history: changes.history };
        state.snapshot = Snapshot { head, manifest: changes.manifest };
        Ok(head.generation)
    }

    async fn destroy(&self) -> Result<()> {
        *self.state.borrow_mut() = State::default();
        Ok(())
    }

    async fn exclusive(&self, work: Work) -> Ticket {
        self.queues[work as usize].join().first().await
    }

    async fn exclusive_now(&self, work: Work) -> Option<Ticket> {
        self.queues[work as usize].join_if_empty()
    }
}

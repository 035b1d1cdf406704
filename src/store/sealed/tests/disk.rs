//! A store whose bytes lie open, and that fails when it is told to.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use crate::error::{Error, ErrorKind, Result};
use crate::store::{Changes, Head, Part, Snapshot, Store, Work, check_commit, check_expected};

/// What lies on a disk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data {
    pub snapshot: Snapshot,
    pub parts: BTreeMap<String, Part>,
}

/// When a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Before anything is done.
    Before,
    /// Once it is done: only the answer is lost.
    After,
    /// As [`Fault::After`], and all later calls are [`Fault::Gone`].
    Lost,
    /// Before anything is done, time after time.
    Gone,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Disk {
    pub data: RefCell<Data>,
    /// How many calls still go well, and how the one after them fails.
    pub fault: Cell<Option<(usize, Fault)>>,
    /// Who does what work.
    at_work: RefCell<Vec<(Work, Weak<()>)>>,
}

impl Disk {
    /// All bytes that lie on it, names included.
    pub fn bytes(&self) -> Vec<u8> {
        let data = self.data.borrow();
        let parts = data.parts.iter().flat_map(|(name, part)| [name.as_bytes(), part.as_slice()].concat());
        data.snapshot.manifest.iter().copied().chain(parts).collect()
    }

    fn call<T>(&self, work: impl FnOnce(&mut Data) -> Result<T>) -> Result<T> {
        let lost = || Error::new(ErrorKind::StoreLost, "the disk failed");
        match self.fault.get() {
            Some((0, fault)) => {
                self.fault.set(matches!(fault, Fault::Lost | Fault::Gone).then_some((0, Fault::Gone)));
                if matches!(fault, Fault::After | Fault::Lost) {
                    work(&mut self.data.borrow_mut())?;
                }
                Err(lost())
            }
            Some((left, fault)) => {
                self.fault.set(Some((left - 1, fault)));
                work(&mut self.data.borrow_mut())
            }
            None => work(&mut self.data.borrow_mut()),
        }
    }
}

impl Store for Disk {
    type Guard = Rc<()>;

    async fn head(&self) -> Result<Head> {
        self.call(|data| Ok(data.snapshot.head))
    }

    fn new_history(&self) -> u64 {
        7
    }

    async fn load(&self) -> Result<Snapshot> {
        self.call(|data| Ok(data.snapshot.clone()))
    }

    async fn read(&self, head: Head, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        self.call(|data| {
            check_expected(data.snapshot.head, head)?;
            Ok(names.iter().map(|name| data.parts.get(name).map(|part| part.to_vec())).collect())
        })
    }

    async fn part_names(&self, head: Head) -> Result<Vec<String>> {
        self.call(|data| {
            check_expected(data.snapshot.head, head)?;
            Ok(data.parts.keys().cloned().collect())
        })
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        self.call(|data| {
            check_commit(data.snapshot.head, changes.expected())?;
            data.parts.retain(|name, _| !changes.delete.contains(name));
            data.parts.extend(changes.put);
            let head = Head { generation: changes.expected_generation + 1, history: changes.history };
            data.snapshot = Snapshot { head, manifest: changes.manifest };
            Ok(head.generation)
        })
    }

    async fn destroy(&self) -> Result<()> {
        self.call(|data| {
            *data = Data::default();
            Ok(())
        })
    }

    /// Given at once, as in a browser where the one before was waited for in vain.
    async fn exclusive(&self, work: Work) -> Rc<()> {
        let guard = Rc::new(());
        self.at_work.borrow_mut().push((work, Rc::downgrade(&guard)));
        guard
    }

    async fn exclusive_now(&self, work: Work) -> Option<Rc<()>> {
        let is_taken =
            self.at_work.borrow().iter().any(|(other, guard)| *other == work && guard.strong_count() > 0);
        if is_taken { None } else { Some(self.exclusive(work).await) }
    }
}

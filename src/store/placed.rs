//! A store on the device or in memory, as the caller wants it and the device has it.

use super::memory::MemoryStore;
use super::queue::Ticket;
use super::{Changes, Head, Snapshot, Store, Work};
use crate::error::{ErrorKind, Result};

/// Where a collection is to be stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// On the device; an error where that has no store.
    #[default]
    Device,
    /// In memory: nothing is left of it, and nobody else sees it.
    Memory,
    /// On the device, and in memory where that has no store.
    DeviceOrMemory,
}

/// A store of the kind `D`, or one in memory.
#[derive(Debug)]
pub enum PlacedStore<D> {
    /// Outlives its value.
    Device(D),
    /// Lives as long as its value.
    Memory(MemoryStore),
}

impl<D: Store> PlacedStore<D> {
    /// The store at `place`. Errors of `device` other than [`ErrorKind::StoreUnavailable`] are told to whoever uses it first: it
    /// may hold something, which an empty store in its place would hide.
    pub async fn new(device: D, place: Place) -> Self {
        let is_there = match place {
            Place::Device => true,
            Place::Memory => false,
            Place::DeviceOrMemory => {
                !matches!(device.head().await, Err(error) if error.kind() == ErrorKind::StoreUnavailable)
            }
        };
        if is_there { Self::Device(device) } else { Self::Memory(MemoryStore::new()) }
    }

    /// Whether nothing outlives this value.
    pub fn is_memory(&self) -> bool {
        matches!(self, Self::Memory(_))
    }
}

/// Held by whoever works alone.
#[derive(Debug)]
pub enum Guard<G> {
    /// Among all that use the device's store.
    Device(#[allow(dead_code, reason = "it is held, not read")] G),
    /// Among all that use the one in memory.
    Memory(#[allow(dead_code, reason = "it is held, not read")] Ticket),
}

impl<D: Store> Store for PlacedStore<D> {
    type Guard = Guard<D::Guard>;

    async fn head(&self) -> Result<Head> {
        match self {
            Self::Device(store) => store.head().await,
            Self::Memory(store) => store.head().await,
        }
    }

    fn new_history(&self) -> u64 {
        match self {
            Self::Device(store) => store.new_history(),
            Self::Memory(store) => store.new_history(),
        }
    }

    async fn load(&self) -> Result<Snapshot> {
        match self {
            Self::Device(store) => store.load().await,
            Self::Memory(store) => store.load().await,
        }
    }

    async fn read(&self, head: Head, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        match self {
            Self::Device(store) => store.read(head, names).await,
            Self::Memory(store) => store.read(head, names).await,
        }
    }

    async fn part_names(&self, head: Head) -> Result<Vec<String>> {
        match self {
            Self::Device(store) => store.part_names(head).await,
            Self::Memory(store) => store.part_names(head).await,
        }
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        match self {
            Self::Device(store) => store.commit(changes).await,
            Self::Memory(store) => store.commit(changes).await,
        }
    }

    async fn destroy(&self) -> Result<()> {
        match self {
            Self::Device(store) => store.destroy().await,
            Self::Memory(store) => store.destroy().await,
        }
    }

    async fn exclusive(&self, work: Work) -> Self::Guard {
        match self {
            Self::Device(store) => Guard::Device(store.exclusive(work).await),
            Self::Memory(store) => Guard::Memory(store.exclusive(work).await),
        }
    }

    async fn exclusive_now(&self, work: Work) -> Option<Self::Guard> {
        match self {
            Self::Device(store) => store.exclusive_now(work).await.map(Guard::Device),
            Self::Memory(store) => store.exclusive_now(work).await.map(Guard::Memory),
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use pollster::block_on;

    use super::*;
    use crate::error::Error;

    /// A device of which every call fails in one way.
    struct Broken(ErrorKind);

    impl Store for Broken {
        type Guard = ();

        async fn head(&self) -> Result<Head> {
            Err(Error::new(self.0, "it is broken"))
        }

        fn new_history(&self) -> u64 {
            1
        }

        async fn load(&self) -> Result<Snapshot> {
            self.head().await.map(|_| Snapshot::default())
        }

        async fn read(&self, _: Head, _: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
            self.head().await.map(|_| Vec::new())
        }

        async fn part_names(&self, _: Head) -> Result<Vec<String>> {
            self.head().await.map(|_| Vec::new())
        }

        async fn commit(&self, _: Changes) -> Result<u64> {
            self.head().await.map(|_| 1)
        }

        async fn destroy(&self) -> Result<()> {
            self.head().await.map(drop)
        }

        async fn exclusive(&self, _: Work) {}

        async fn exclusive_now(&self, _: Work) -> Option<()> {
            Some(())
        }
    }

    fn first_use(place: Place, broken: ErrorKind) -> Result<Head, ErrorKind> {
        block_on(async {
            let store = PlacedStore::new(Broken(broken), place).await;
            store.head().await.map_err(|error| error.kind())
        })
    }

    #[test]
    fn memory_takes_the_place_of_a_device_without_a_store_where_that_was_asked_for() {
        let unavailable = ErrorKind::StoreUnavailable;
        assert_eq!(first_use(Place::Device, unavailable), Err(unavailable));
        assert_eq!(first_use(Place::DeviceOrMemory, unavailable), Ok(Head::default()));
        assert_eq!(first_use(Place::Memory, unavailable), Ok(Head::default()));
    }

    #[test]
    fn what_a_device_may_hold_is_not_hidden_by_an_empty_store() {
        for kind in [ErrorKind::StoreLost, ErrorKind::StoreBlocked, ErrorKind::StoreTooNew] {
            assert_eq!(first_use(Place::DeviceOrMemory, kind), Err(kind));
        }
    }
}

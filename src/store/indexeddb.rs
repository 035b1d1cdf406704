//! The store of a browser: one IndexedDB database per collection.
//!
//! The database `ibid/<collection>` has two object stores:
//!
//! | object store | key | value |
//! | --- | --- | --- |
//! | `manifest` | `[generation, history, writer]`, one record | the manifest |
//! | `parts` | `[name, index]` | piece `index` of the part, at most 8 MiB |
//!
//! Values are `ArrayBuffer`s, because Safari damages Blobs. `writer` is a random number by which a commit knows its
//! own work again: a connection may be lost after the data is safe and before the writer hears of it.

mod commit;
mod connection;
mod life;
mod lock;
mod record;
mod request;

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::{IdbRequest, IdbTransaction};

use self::commit::Commit;
use self::life::Life;
use self::lock::Lock;
use self::record::{joined, part_names, range};
use super::{Changes, Head, Snapshot, Store, Work, check_expected};
use crate::error::{Error, Result};

const MANIFEST: &str = "manifest";
const PARTS: &str = "parts";

/// A store in IndexedDB, in a window or a worker.
///
/// It opens its database when it is first used. It lets go of it whenever another tab wants to upgrade it or the
/// browser drops the connection, and opens it again when it is next used. An operation that finds its connection
/// lost is tried once more before it fails with [`StoreLost`](crate::error::ErrorKind::StoreLost).
///
/// Once another has deleted the database, every operation fails with [`Deleted`](crate::error::ErrorKind::Deleted)
/// and opens none. After a [`destroy`](Store::destroy) of its own the store is as new.
#[derive(Debug)]
pub struct IndexedDbStore {
    name: String,
    life: RefCell<Rc<Life>>,
}

impl IndexedDbStore {
    /// The store of the collection of this name.
    pub fn new(collection: &str) -> Self {
        Self { name: format!("ibid/{collection}"), life: RefCell::default() }
    }

    /// The name of the database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The head and the results of some requests, all in one transaction.
    async fn fetch(
        &self,
        request: impl Fn(&IdbTransaction) -> Result<Vec<IdbRequest>, JsValue>,
    ) -> Result<(Head, Vec<JsValue>)> {
        let life = self.life();
        let fetched = life.run(&self.name, async |connection, seen| {
            let (head, results) = connection.fetch(&request).await?;
            seen.check_not_deleted(head)?;
            Ok((head, (head, results)))
        });
        fetched.await.map_err(|error| self.named(error))
    }

    fn life(&self) -> Rc<Life> {
        Rc::clone(&self.life.borrow())
    }

    fn named(&self, error: Error) -> Error {
        error.within(format_args!("database `{}`", self.name))
    }
}

impl Store for IndexedDbStore {
    type Guard = Option<Lock>;

    async fn head(&self) -> Result<Head> {
        Ok(self.fetch(|_| Ok(Vec::new())).await?.0)
    }

    fn new_history(&self) -> u64 {
        record::new_history()
    }

    async fn load(&self) -> Result<Snapshot> {
        let manifest =
            |transaction: &IdbTransaction| Ok(vec![transaction.object_store(MANIFEST)?.get_all()?]);
        let (head, results) = self.fetch(manifest).await?;
        Ok(Snapshot { head, manifest: joined(&results[0])?.unwrap_or_default() })
    }

    async fn read(&self, head: Head, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        // In Chromium a range of one record takes no longer than the record by its key: 500 parts of 64 KiB, 1.0 times.
        let parts = |transaction: &IdbTransaction| {
            let parts = transaction.object_store(PARTS)?;
            names.iter().map(|name| parts.get_all_with_key(&range(name)?)).collect()
        };
        let (current, results) = self.fetch(parts).await?;
        check_expected(current, head).map_err(|error| self.named(error))?;
        // By value: the browser's copy of a part goes once there is ours.
        results.into_iter().map(|records| joined(&records)).collect()
    }

    async fn part_names(&self, head: Head) -> Result<Vec<String>> {
        let keys = |transaction: &IdbTransaction| Ok(vec![transaction.object_store(PARTS)?.get_all_keys()?]);
        let (current, results) = self.fetch(keys).await?;
        check_expected(current, head).map_err(|error| self.named(error))?;
        part_names(&results[0])
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        let commit = Rc::new(Commit::new(changes));
        let life = self.life();
        let committed = life.run(&self.name, async |connection, seen| {
            let head = commit.run(connection, seen).await?;
            Ok((head, head.generation))
        });
        committed.await.map_err(|error| self.named(error))
    }

    async fn destroy(&self) -> Result<()> {
        if self.life().is_over() {
            return Err(self.named(Error::deleted()));
        }
        self.life.take().end();
        connection::delete(&self.name).await.map_err(|error| self.named(error))
    }

    async fn exclusive(&self, work: Work) -> Option<Lock> {
        Lock::of_work(&self.name, work).await
    }

    async fn exclusive_now(&self, work: Work) -> Option<Option<Lock>> {
        Lock::of_work_now(&self.name, work).await.map(Some)
    }
}

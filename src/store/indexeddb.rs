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
mod lock;
mod record;
mod request;

use std::cell::RefCell;
use std::rc::Rc;

use self::commit::Commit;
use self::connection::Connection;
use self::lock::WriteLock;
use self::record::{Stamp, joined, range};
use super::{Changes, Head, Snapshot, Store};
use crate::error::{Error, ErrorKind, Result};

const MANIFEST: &str = "manifest";
const PARTS: &str = "parts";

/// A store in IndexedDB, in a window or a worker.
///
/// It opens its database when it is first used. It lets go of it whenever another tab wants to delete it or the
/// browser drops the connection, and opens it again when it is next used. An operation that finds its connection
/// lost is tried once more before it fails with [`ErrorKind::StoreLost`].
#[derive(Debug)]
pub struct IndexedDbStore {
    name: String,
    connection: RefCell<Option<Rc<Connection>>>,
}

impl IndexedDbStore {
    /// The store of the collection of this name.
    pub fn new(collection: &str) -> Self {
        Self { name: format!("ibid/{collection}"), connection: RefCell::default() }
    }

    /// The name of the database and of the Web Lock.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs an operation, again on a new connection where the first was lost.
    async fn retrying<T>(&self, operation: impl AsyncFn(Rc<Connection>) -> Result<T>) -> Result<T> {
        let mut result = self.attempt(&operation).await;
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::StoreLost) {
            self.connection.take();
            result = self.attempt(&operation).await;
        }
        result.map_err(|error| self.named(error))
    }

    fn named(&self, error: Error) -> Error {
        error.within(format_args!("database `{}`", self.name))
    }

    async fn attempt<T>(&self, operation: impl AsyncFn(Rc<Connection>) -> Result<T>) -> Result<T> {
        operation(self.connect().await?).await
    }

    /// The open connection, or a new one.
    async fn connect(&self) -> Result<Rc<Connection>> {
        if let Some(connection) = self.connection.borrow().as_ref().filter(|connection| connection.is_open())
        {
            return Ok(Rc::clone(connection));
        }
        let connection = Rc::new(Connection::open(&self.name).await?);
        self.connection.replace(Some(Rc::clone(&connection)));
        Ok(connection)
    }
}

impl Store for IndexedDbStore {
    async fn head(&self) -> Result<Head> {
        self.retrying(async |connection| {
            let results = connection.fetch(MANIFEST, |manifest| Ok(vec![manifest.get_all_keys()?])).await?;
            Ok(Stamp::from_keys(&results[0])?.head)
        })
        .await
    }

    fn new_history(&self) -> u64 {
        record::new_history()
    }

    async fn load(&self) -> Result<Snapshot> {
        self.retrying(async |connection| {
            let results = connection
                .fetch(MANIFEST, |manifest| Ok(vec![manifest.get_all_keys()?, manifest.get_all()?]))
                .await?;
            let head = Stamp::from_keys(&results[0])?.head;
            Ok(Snapshot { head, manifest: joined(&results[1])?.unwrap_or_default() })
        })
        .await
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        self.retrying(async |connection| {
            let results = connection
                .fetch(PARTS, |parts| {
                    names.iter().map(|name| parts.get_all_with_key(&range(name)?)).collect()
                })
                .await?;
            results.iter().map(joined).collect()
        })
        .await
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        let commit = Rc::new(Commit::prepare(changes)?);
        let _lock = WriteLock::acquire(&self.name).await;
        self.retrying(async |connection| commit.run(&connection).await).await
    }

    async fn destroy(&self) -> Result<()> {
        if let Some(connection) = self.connection.take() {
            connection.close();
        }
        connection::delete(&self.name).await.map_err(|error| self.named(error))
    }
}

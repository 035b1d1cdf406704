//! One open connection to a database: opening, closing, deleting, and starting transactions.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbVersionChangeEvent};

use super::record::Stamp;
use super::request::{Listener, abort_error, completion, opened, store_error};
use super::{MANIFEST, PARTS};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Head;

/// Version of the database's schema. Version 1 has the object stores [`MANIFEST`] and [`PARTS`].
const VERSION: u32 = 1;

#[wasm_bindgen]
extern "C" {
    /// `web-sys` knows the options of a transaction only under its `cfg` of unstable interfaces, though
    /// `durability` is in the standard and in every engine.
    #[wasm_bindgen(extends = IdbDatabase, js_name = IDBDatabase)]
    type Database;

    #[wasm_bindgen(catch, method)]
    fn transaction(
        this: &Database,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;
}

/// Whether there may be no database yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// It is created where there is none.
    First,
    /// It was there before: where there is none any more it was deleted.
    Again,
}

/// A connection that closes itself when another wants to delete or upgrade the database, and when dropped.
#[derive(Debug)]
pub(super) struct Connection {
    database: IdbDatabase,
    is_open: Rc<Cell<bool>>,
    _closer: Listener,
}

impl Connection {
    /// Opens the database. Sets `is_deleted` where it finds it deleted, now or as long as the connection is open.
    pub(super) async fn open(name: &str, opening: Opening, is_deleted: Rc<Cell<bool>>) -> Result<Self> {
        let request = factory()?.open_with_u32(name, VERSION).map_err(|exception| store_error(&exception))?;
        let upgrade = Listener::new(&request, &["upgradeneeded"], {
            let (request, is_deleted) = (request.clone(), Rc::clone(&is_deleted));
            // In the first version of the schema there is nothing to upgrade from but no database.
            move |_| match (opening, request.transaction()) {
                (Opening::Again, Some(transaction)) => {
                    is_deleted.set(true);
                    transaction.abort() // so that no empty database is left
                }
                _ => create_object_stores(&request.result()?.unchecked_into()),
            }
        })?;
        let opened = opened(&request).await;
        drop(upgrade);
        match opened {
            Ok(database) => Self::new(database.unchecked_into(), is_deleted),
            Err(error) => {
                close_when_opened(&request);
                Err(error)
            }
        }
    }

    fn new(database: IdbDatabase, is_deleted: Rc<Cell<bool>>) -> Result<Self> {
        let is_open = Rc::new(Cell::new(true));
        let closer = Listener::new(&database, &["versionchange", "close"], {
            let (database, is_open) = (database.clone(), Rc::clone(&is_open));
            move |event| {
                let change = event.dyn_ref::<IdbVersionChangeEvent>();
                if change.is_some_and(|change| change.new_version().is_none()) {
                    is_deleted.set(true); // once all have let go, which need not be now
                }
                is_open.set(false);
                database.close();
                Ok(())
            }
        })?;
        Ok(Self { database, is_open, _closer: closer })
    }

    /// Whether neither side has closed it.
    pub(super) fn is_open(&self) -> bool {
        self.is_open.get()
    }

    /// Closes it once its transactions have ended.
    pub(super) fn close(&self) {
        self.is_open.set(false);
        self.database.close();
    }

    /// The head and the results of some requests, all in one transaction.
    pub(super) async fn fetch(
        &self,
        request: impl FnOnce(&IdbTransaction) -> Result<Vec<IdbRequest>, JsValue>,
    ) -> Result<(Head, Vec<JsValue>)> {
        let transaction = self.transaction("readonly", &Object::new())?;
        let keys = transaction.object_store(MANIFEST).and_then(|manifest| manifest.get_all_keys());
        let requests = keys.and_then(|keys| Ok((keys, request(&transaction)?)));
        let (keys, requests) = requests.map_err(|exception| store_error(&exception))?;
        completion(&transaction).await.map_err(|_| abort_error(&transaction))?;
        let results = requests.iter().map(IdbRequest::result).collect::<Result<_, _>>();
        let results = keys.result().and_then(|keys| Ok((keys, results?)));
        let (keys, results) = results.map_err(|exception| store_error(&exception))?;
        Ok((Stamp::from_keys(&keys)?.head, results))
    }

    /// A transaction whose `complete` event means that the data is on disk.
    pub(super) fn writing(&self) -> Result<IdbTransaction> {
        let options = Object::new();
        // Chrome's default has been "relaxed" since version 121. Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&options, &"durability".into(), &"strict".into());
        self.transaction("readwrite", &options)
    }

    /// A transaction over both object stores.
    fn transaction(&self, mode: &str, options: &Object) -> Result<IdbTransaction> {
        let stores = Array::of2(&MANIFEST.into(), &PARTS.into());
        let database: &Database = self.database.unchecked_ref();
        database.transaction(&stores, mode, options).map_err(|exception| store_error(&exception))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.close();
    }
}

/// Deletes the database and waits until it is gone.
pub(super) async fn delete(name: &str) -> Result<()> {
    let request = factory()?.delete_database(name).map_err(|exception| store_error(&exception))?;
    opened(&request).await.map(drop)
}

fn create_object_stores(database: &IdbDatabase) -> Result<(), JsValue> {
    database.create_object_store(MANIFEST)?;
    database.create_object_store(PARTS)?;
    Ok(())
}

/// A blocked request may still succeed when nobody waits for it any more; that connection must not block others.
fn close_when_opened(request: &IdbOpenDbRequest) {
    let close = Closure::once_into_js({
        let request = request.clone();
        move || {
            if let Ok(database) = request.result() {
                database.unchecked_into::<IdbDatabase>().close();
            }
        }
    });
    request.set_onsuccess(Some(close.unchecked_ref()));
}

/// The global `indexedDB` of a window or a worker.
fn factory() -> Result<IdbFactory> {
    let unavailable = |why: String| Error::new(ErrorKind::StoreUnavailable, why);
    // The getter itself throws a SecurityError where storage is forbidden.
    let factory = Reflect::get(&js_sys::global(), &"indexedDB".into())
        .map_err(|exception| unavailable(format!("the browser refuses IndexedDB here: {exception:?}")))?;
    if factory.is_undefined() || factory.is_null() {
        return Err(unavailable("there is no IndexedDB here".into()));
    }
    Ok(factory.unchecked_into())
}

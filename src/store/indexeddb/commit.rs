//! One commit: everything is encoded before the transaction opens, and written in one go once the generation is known.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::IdbTransaction;

use super::connection::Connection;
use super::record::{Record, Stamp, pieces, range};
use super::request::{Listener, abort_error, completion, store_error};
use super::{MANIFEST, PARTS};
use crate::error::{Error, Result};
use crate::order;
use crate::store::{Changes, Head, Part, check_commit};

/// [`Changes`] that are to be written, more than once if a connection is lost.
pub(super) struct Commit {
    expected: Head,
    stamp: Stamp,
    manifest: Vec<u8>,
    put: BTreeMap<String, Part>,
    delete: Vec<String>,
}

impl Commit {
    /// The commit of `changes`.
    pub(super) fn new(changes: Changes) -> Self {
        let expected = changes.expected();
        Self {
            expected,
            stamp: Stamp::new(Head { generation: expected.generation + 1, ..expected }),
            manifest: changes.manifest,
            put: order::map(changes.put),
            delete: changes.delete,
        }
    }

    /// Runs the transaction and returns the new head once it is complete. Running it twice commits once. `seen` is what
    /// was there before.
    pub(super) async fn run(self: &Rc<Self>, connection: &Connection, seen: Head) -> Result<Head> {
        let transaction = connection.writing()?;
        let refusal = Rc::new(Cell::new(None));
        let _listener = self.write_when_read(&transaction, seen, Rc::clone(&refusal))?;
        match completion(&transaction).await {
            Ok(_) => Ok(self.stamp.head),
            // An abort of our own leaves no error in the transaction. Where there is one, it came first.
            Err(_) if transaction.error().is_some() => Err(abort_error(&transaction)),
            Err(_) => Err(refusal.take().unwrap_or_else(|| abort_error(&transaction))),
        }
    }

    /// Requests the generation and answers it, inside the event that brings it, with all writes or an abort. A
    /// transaction may close itself across any wait for something else.
    fn write_when_read(
        self: &Rc<Self>,
        transaction: &IdbTransaction,
        seen: Head,
        refusal: Rc<Cell<Option<Error>>>,
    ) -> Result<Listener> {
        let keys = transaction.object_store(MANIFEST).and_then(|manifest| manifest.get_all_keys());
        let keys = keys.map_err(|exception| store_error(&exception))?;
        Listener::new(&keys, &["success"], {
            let (commit, transaction, keys) = (Rc::clone(self), transaction.clone(), keys.clone());
            move |_| {
                if let Err(error) = commit.check_and_write(&transaction, &keys.result()?, seen) {
                    refusal.set(Some(error));
                    let _ = transaction.abort(); // throws where it is aborted already
                }
                Ok(())
            }
        })
    }

    fn check_and_write(&self, transaction: &IdbTransaction, keys: &JsValue, seen: Head) -> Result<()> {
        let current = Stamp::from_keys(keys)?;
        if current == self.stamp {
            return Ok(()); // this very commit, whose `complete` event was lost with the connection
        }
        seen.check_not_deleted(current.head)?;
        check_commit(current.head, self.expected)?;
        self.write(transaction).map_err(|exception| store_error(&exception))
    }

    /// Each `ArrayBuffer` is made for its `put`, which copies it, and is garbage after: all at once would be the bytes
    /// of the whole commit once more.
    fn write(&self, transaction: &IdbTransaction) -> Result<(), JsValue> {
        let parts = transaction.object_store(PARTS)?;
        // Also of what is written, so that a longer older part leaves nothing behind.
        for name in self.delete.iter().chain(self.put.keys()) {
            parts.delete(&range(name)?)?;
        }
        for (name, bytes) in &self.put {
            for Record { key, value } in pieces(name, bytes) {
                parts.put_with_key(&value, &key)?;
            }
        }
        let manifest = transaction.object_store(MANIFEST)?;
        manifest.clear()?;
        let Record { key, value } = self.stamp.record(&self.manifest);
        manifest.put_with_key(&value, &key)?;
        Ok(())
    }
}

//! One commit: everything is made before the transaction opens, and written in one go once the generation is known.

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
use crate::store::{Changes, Head, Part, check_expected};

/// [`Changes`] as JavaScript values.
pub(super) struct Commit {
    expected_generation: u64,
    stamp: Stamp,
    manifest: Record,
    /// Of deleted parts, and of those that are written, so that a longer older part leaves nothing behind.
    cleared: Vec<JsValue>,
    parts: Vec<Record>,
}

impl Commit {
    /// Copies the bytes into `ArrayBuffer`s.
    pub(super) fn prepare(changes: Changes) -> Result<Self> {
        let put: BTreeMap<String, Part> = changes.put.into_iter().collect();
        let cleared =
            changes.delete.iter().chain(put.keys()).map(|name| range(name)).collect::<Result<_, _>>();
        let stamp =
            Stamp::new(Head { generation: changes.expected_generation + 1, history: changes.history });
        Ok(Self {
            expected_generation: changes.expected_generation,
            stamp,
            manifest: stamp.record(&changes.manifest),
            cleared: cleared.map_err(|exception| store_error(&exception))?,
            parts: put.into_iter().flat_map(|(name, bytes)| pieces(&name, &bytes)).collect(),
        })
    }

    /// Runs the transaction and returns the new generation once it is complete. Running it twice commits once.
    pub(super) async fn run(self: &Rc<Self>, connection: &Connection) -> Result<u64> {
        let transaction = connection.writing()?;
        let refusal = Rc::new(Cell::new(None));
        let _listener = self.write_when_read(&transaction, Rc::clone(&refusal))?;
        match completion(&transaction).await {
            Ok(_) => Ok(self.stamp.head.generation),
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
        refusal: Rc<Cell<Option<Error>>>,
    ) -> Result<Listener> {
        let keys = transaction.object_store(MANIFEST).and_then(|manifest| manifest.get_all_keys());
        let keys = keys.map_err(|exception| store_error(&exception))?;
        Listener::new(&keys, &["success"], {
            let (commit, transaction, keys) = (Rc::clone(self), transaction.clone(), keys.clone());
            move || {
                if let Err(error) = commit.check_and_write(&transaction, &keys.result()?) {
                    refusal.set(Some(error));
                    let _ = transaction.abort(); // throws where it is aborted already
                }
                Ok(())
            }
        })
    }

    fn check_and_write(&self, transaction: &IdbTransaction, keys: &JsValue) -> Result<()> {
        let current = Stamp::from_keys(keys)?;
        if current == self.stamp {
            return Ok(()); // this very commit, whose `complete` event was lost with the connection
        }
        check_expected(current.head, self.expected_generation, self.stamp.head.history)?;
        self.write(transaction).map_err(|exception| store_error(&exception))
    }

    fn write(&self, transaction: &IdbTransaction) -> Result<(), JsValue> {
        let parts = transaction.object_store(PARTS)?;
        for range in &self.cleared {
            parts.delete(range)?;
        }
        for Record { key, value } in &self.parts {
            parts.put_with_key(value, key)?;
        }
        let manifest = transaction.object_store(MANIFEST)?;
        manifest.clear()?;
        manifest.put_with_key(&self.manifest.value, &self.manifest.key)?;
        Ok(())
    }
}

//! How generations, manifests and parts are laid out as records.

use js_sys::{Array, ArrayBuffer, Math, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::IdbKeyRange;

use crate::error::{Error, Result};
use crate::store::Head;

/// Longest value of the object store `parts`, in bytes. Chrome fails on values of some 130 MB, and copies each one
/// between processes.
const MAX_RECORD_BYTES: usize = 8 << 20;

/// One record: its key and its value.
pub(super) struct Record {
    pub(super) key: JsValue,
    pub(super) value: JsValue,
}

/// Which commit a manifest is of; the key of its record.
///
/// `writer` is a random number by which a commit knows its own work again.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Stamp {
    pub(super) head: Head,
    writer: f64,
}

impl Stamp {
    /// The stamp of a commit that makes `head`.
    pub(super) fn new(head: Head) -> Self {
        Self { head, writer: Math::random() }
    }

    /// The stamp among all keys of the object store `manifest`: the only one, or that of a new store.
    ///
    /// # Errors
    /// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where there is another key than this crate writes.
    pub(super) fn from_keys(keys: &JsValue) -> Result<Self> {
        let keys: &Array = keys.unchecked_ref();
        if keys.length() == 0 {
            return Ok(Self::default());
        }
        let key = Array::from(&keys.get(0));
        let [generation, history, writer] = [0, 1, 2].map(|at| key.get(at).as_f64());
        match (keys.length(), generation, history, writer) {
            (1, Some(generation), Some(history), Some(writer)) if generation >= 1.0 => {
                let head = Head { generation: generation as u64, history: history as u64 };
                Ok(Self { head, writer })
            }
            _ => Err(Error::corrupt(format!(
                "the key of the manifest is {keys:?}, not [generation, history, writer]"
            ))),
        }
    }

    /// The record of a manifest.
    pub(super) fn record(self, manifest: &[u8]) -> Record {
        // Numbers of JavaScript count commits exactly up to 2^53; `new_history` stays below, too.
        let Head { generation, history } = self.head;
        let key = [generation as f64, history as f64, self.writer].map(JsValue::from);
        Record { key: key.iter().collect::<Array>().into(), value: buffer(manifest) }
    }
}

/// A random number below 2^53, and above 0.
pub(super) fn new_history() -> u64 {
    (Math::random() * (1u64 << 53) as f64).max(1.0) as u64
}

/// The records of a part; an empty part has one.
pub(super) fn pieces(name: &str, bytes: &[u8]) -> impl Iterator<Item = Record> {
    let name = JsValue::from(name);
    let count = bytes.len().div_ceil(MAX_RECORD_BYTES).max(1);
    let piece = move |index: usize| {
        let start = index * MAX_RECORD_BYTES;
        let end = bytes.len().min(start + MAX_RECORD_BYTES);
        Record { key: Array::of2(&name, &(index as f64).into()).into(), value: buffer(&bytes[start..end]) }
    };
    (0..count).map(piece)
}

/// The range of keys (`IDBKeyRange`) of all records of a part.
pub(super) fn range(name: &str) -> Result<JsValue, JsValue> {
    // Arrays sort after all numbers, and a shorter array before the longer one that it begins.
    let name = JsValue::from(name);
    Ok(IdbKeyRange::bound(&Array::of1(&name), &Array::of2(&name, &Array::new()))?.into())
}

/// The bytes of consecutive values; `None` where there is no value.
pub(super) fn joined(values: &JsValue) -> Result<Option<Vec<u8>>> {
    let values: &Array = values.unchecked_ref();
    let views = values.iter().map(|value| view(&value)).collect::<Result<Vec<_>>>()?;
    if views.is_empty() {
        return Ok(None);
    }
    let mut bytes = vec![0; views.iter().map(|view| view.length() as usize).sum()];
    let mut rest = bytes.as_mut_slice();
    for view in views {
        let (piece, after) = rest.split_at_mut(view.length() as usize);
        view.copy_to(piece);
        rest = after;
    }
    Ok(Some(bytes))
}

/// The names in the keys of parts, each once.
pub(super) fn part_names(keys: &JsValue) -> Result<Vec<String>> {
    let keys: &Array = keys.unchecked_ref();
    let name = |key: JsValue| {
        let name = Array::from(&key).get(0).as_string();
        name.ok_or_else(|| Error::corrupt(format!("the key of a part is {key:?}, not [name, index]")))
    };
    let mut names = keys.iter().map(name).collect::<Result<Vec<_>>>()?;
    names.dedup(); // keys come in order
    Ok(names)
}

fn view(value: &JsValue) -> Result<Uint8Array> {
    let buffer: &ArrayBuffer = value
        .dyn_ref()
        .ok_or_else(|| Error::corrupt(format!("a stored value is {value:?}, not an ArrayBuffer")))?;
    Ok(Uint8Array::new(buffer))
}

fn buffer(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).buffer().into()
}

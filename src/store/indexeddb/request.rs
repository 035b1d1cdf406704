//! Requests and transactions of IndexedDB as futures, and their exceptions as errors of this crate.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{DomException, Event, EventTarget, IdbOpenDbRequest, IdbRequestReadyState, IdbTransaction};

use crate::error::{Error, ErrorKind, Result};

/// How long a request may be blocked before that is an error. Tabs that run this library let go at once, but only
/// after the transactions that they are in, and until then the request counts as blocked.
const BLOCKED_GRACE_MILLIS: u32 = 2_000;

/// Resolves on the transaction's `complete` event and rejects on its `abort` event, after which
/// [`IdbTransaction::error`] says why.
///
/// The promise's own functions are the handlers, so nothing of Rust's is called when the future is dropped early.
pub(super) fn completion(transaction: &IdbTransaction) -> Promise {
    Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    })
}

/// The result of a request to open or delete a database.
///
/// # Errors
/// [`ErrorKind::StoreBlocked`] where other connections keep it from going on, else as [`store_error`].
pub(super) async fn opened(request: &IdbOpenDbRequest) -> Result<JsValue> {
    let settled = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
        request.set_onblocked(Some(&delayed(&reject, BLOCKED_GRACE_MILLIS)));
    });
    let failed = settled.await.is_err();
    if failed && request.ready_state() == IdbRequestReadyState::Pending {
        return Err(Error::new(
            ErrorKind::StoreBlocked,
            "another tab holds the database open and does not let go",
        ));
    }
    // Reading `result` of a failed request throws; its `error` is what happened.
    match request.error() {
        Ok(Some(exception)) => Err(store_error(&exception)),
        _ => request.result().map_err(|exception| store_error(&exception)),
    }
}

/// A function that calls `function` once `millis` have passed.
pub(super) fn delayed(function: &Function, millis: u32) -> Function {
    let global = js_sys::global();
    let set_timeout: Function =
        Reflect::get(&global, &"setTimeout".into()).unwrap_or_default().unchecked_into();
    set_timeout.bind2(&global, function.as_ref(), &millis.into()).unchecked_into()
}

/// An event handler that is taken off its target when dropped, so that the browser never calls into freed memory.
#[derive(Debug)]
pub(super) struct Listener {
    target: EventTarget,
    events: &'static [&'static str],
    handler: Closure<Handler>,
}

/// An exception that a handler throws aborts the transaction that the event belongs to.
type Handler = dyn FnMut(Event) -> Result<(), JsValue>;

impl Listener {
    /// Calls `handler` on each of the events.
    pub(super) fn new(
        target: &EventTarget,
        events: &'static [&'static str],
        handler: impl FnMut(Event) -> Result<(), JsValue> + 'static,
    ) -> Result<Self> {
        let listener = Self {
            target: target.clone(),
            events,
            handler: Closure::wrap(Box::new(handler) as Box<Handler>),
        };
        for event in events {
            target
                .add_event_listener_with_callback(event, listener.handler.as_ref().unchecked_ref())
                .map_err(|exception| store_error(&exception))?;
        }
        Ok(listener)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        for event in self.events {
            let handler = self.handler.as_ref().unchecked_ref();
            // It throws for no listener that was added; and there is nothing to be done in a drop.
            let _ = self.target.remove_event_listener_with_callback(event, handler);
        }
    }
}

/// Why an aborted transaction was aborted.
pub(super) fn abort_error(transaction: &IdbTransaction) -> Error {
    match transaction.error() {
        Some(exception) => store_error(&exception),
        None => Error::new(ErrorKind::StoreLost, "the transaction was aborted"),
    }
}

/// The error that stands for an exception of IndexedDB, by its name
/// (<https://w3c.github.io/IndexedDB/#exceptions>).
pub(super) fn store_error(exception: &JsValue) -> Error {
    let Some(exception) = exception.dyn_ref::<DomException>() else {
        return Error::internal(format!("IndexedDB threw {exception:?}"));
    };
    let (name, message) = (exception.name(), exception.message());
    Error::new(kind(&name), format!("IndexedDB failed with {name} ({message})"))
}

fn kind(name: &str) -> ErrorKind {
    match name {
        "QuotaExceededError" => ErrorKind::StoreQuota,
        "VersionError" => ErrorKind::StoreTooNew,
        "SecurityError" | "NotSupportedError" => ErrorKind::StoreUnavailable,
        // Safari's "Connection to Indexed Database server lost" is an UnknownError, a transaction on a connection
        // that was closed an InvalidStateError, and what ran when the browser closed it an AbortError.
        "UnknownError" | "InvalidStateError" | "AbortError" | "TimeoutError" => ErrorKind::StoreLost,
        // Chrome's word for a value whose file is gone; NotFoundError is an object store that is not there.
        "NotReadableError" | "NotFoundError" => ErrorKind::StoreCorrupt,
        _ => ErrorKind::Internal,
    }
}

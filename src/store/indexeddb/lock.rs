//! The Web Lock that lets the writers of several tabs queue up.
//!
//! It is a courtesy: what keeps two writers apart is the check of the generation inside the transaction. So a
//! browser without Web Locks, or a frozen tab that keeps its lock, costs time at most.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortSignal;

/// How long a writer waits for the lock before it goes on without.
const PATIENCE_MILLIS: u32 = 5_000;

#[wasm_bindgen]
extern "C" {
    /// <https://w3c.github.io/web-locks/#lockmanager>; unstable in `web-sys`.
    #[wasm_bindgen(js_name = LockManager)]
    type LockManager;

    #[wasm_bindgen(catch, method)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &JsValue,
        granted: &Function,
    ) -> Result<Promise, JsValue>;
}

/// Held by the one tab that commits; released when dropped.
#[derive(Debug)]
pub(super) struct WriteLock {
    release: Function,
}

impl WriteLock {
    /// Waits for the lock of this name; `None` where there are no locks or none is granted in time.
    pub(super) async fn acquire(name: &str) -> Option<Self> {
        let manager = manager()?;
        let (released, release) = deferred();
        let (granted, grant) = deferred();
        // Made before the wait, so that a dropped future gives back a lock that it is granted later.
        let lock = Self { release };
        let on_grant = Closure::once_into_js(move || {
            let _ = grant.call0(&JsValue::UNDEFINED);
            released // the browser keeps the lock until this promise resolves
        });
        let options = js_sys::Object::new();
        Reflect::set(&options, &"signal".into(), &AbortSignal::timeout_with_u32(PATIENCE_MILLIS)).ok()?;
        let refused = manager.request(name, &options, on_grant.unchecked_ref()).ok()?;
        Promise::race(&Array::of2(&granted, &refused)).await.ok()?;
        Some(lock)
    }
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        // A promise's own resolve function throws nothing.
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// A promise and the function that resolves it.
fn deferred() -> (Promise, Function) {
    let mut resolver = None;
    let promise = Promise::new(&mut |resolve, _| resolver = Some(resolve));
    (promise, resolver.unwrap_or_default())
}

/// `navigator.locks`, which exists in secure contexts only.
fn manager() -> Option<LockManager> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    locks.is_object().then(|| locks.unchecked_into())
}

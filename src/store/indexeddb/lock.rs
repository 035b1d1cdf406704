//! The Web Locks by which several tabs take turns: at commits, and at work that one does for all.
//!
//! They are a courtesy: what keeps two writers apart is the check of the generation inside the transaction, which also
//! has work that was done twice thrown away. So a browser without Web Locks, or a frozen tab that keeps its lock,
//! costs time at most. Since browsers may freeze a tab at any point, every wait has an end.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortController;

use super::request::delayed;
use crate::store::Work;

/// How long a writer waits for other writers, each of which takes milliseconds, before it goes on without the lock.
const WRITERS_PATIENCE_MILLIS: u32 = 5_000;

/// How long one who wants to do some work waits for others who do it: longer than anybody who isn't frozen should take.
const fn patience_millis(work: Work) -> u32 {
    match work {
        // Seconds; on a slow phone ten times that. Somebody may be waiting.
        Work::Backlog | Work::Merging => 60_000,
        // Minutes, and done twice they cost as much again.
        Work::Graphs | Work::Reindex | Work::Import => 600_000,
    }
}

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

/// Held by one at a time; released when dropped.
#[derive(Debug)]
pub struct Lock {
    release: Function,
    waiting: AbortController,
}

impl Lock {
    /// Waits for the lock of those who commit to the database `name`; `None` where there are no locks or none is
    /// granted in time.
    pub(super) async fn of_writers(name: &str) -> Option<Self> {
        Self::acquire(name, WRITERS_PATIENCE_MILLIS).await
    }

    /// As [`Lock::of_writers`], for those who do `work` on the database `name`.
    pub(super) async fn of_work(name: &str, work: Work) -> Option<Self> {
        // Begins as no name of a database does.
        Self::acquire(&format!("{} of {name}", work.name()), patience_millis(work)).await
    }

    async fn acquire(name: &str, patience_millis: u32) -> Option<Self> {
        let manager = manager()?;
        let (released, release) = deferred();
        let (granted, grant) = deferred();
        // Made before the wait, so that a dropped future leaves the queue, and gives back a lock that it was granted.
        let lock = Self { release, waiting: AbortController::new().ok()? };
        let on_grant = Closure::once_into_js(move || {
            let _ = grant.call0(&JsValue::UNDEFINED);
            released // the browser keeps the lock until this promise resolves
        });
        let options = js_sys::Object::new();
        Reflect::set(&options, &"signal".into(), &lock.waiting.signal()).ok()?;
        let refused = manager.request(name, &options, on_grant.unchecked_ref()).ok()?;
        let too_long = Promise::new(&mut |_, reject| {
            let _ = delayed(&reject, patience_millis).call0(&JsValue::UNDEFINED);
        });
        Promise::race(&Array::of3(&granted, &refused, &too_long)).await.ok()?;
        Some(lock)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A promise's own resolve function throws nothing. The abort does nothing once the lock is granted.
        let _ = self.release.call0(&JsValue::UNDEFINED);
        self.waiting.abort();
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

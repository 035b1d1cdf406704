//! The Web Locks by which several tabs take turns at some [`Work`].
//!
//! They are a courtesy: what keeps two writers apart is the check of the generation inside the transaction, which also
//! has work that was done twice thrown away. So a browser without Web Locks, or a frozen tab that keeps its lock,
//! costs time at most. Since browsers may freeze a tab at any point, every wait has an end, but for that of an import for another:
//! its caller can give it up, and what is staged by one that goes on must not be taken away.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortController;

use super::request::delayed;
use crate::store::Work;

/// How long a lock is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    /// Not at all.
    None,
    Millis(u32),
    Endless,
}

/// How long one who wants to do some work waits for others who do it: longer than anybody who isn't frozen should take.
const fn patience(work: Work) -> Patience {
    match work {
        // Milliseconds.
        Work::Writing => Patience::Millis(5_000),
        // Seconds; on a slow phone ten times that. Somebody may be waiting.
        Work::Backlog | Work::Merging => Patience::Millis(60_000),
        // Minutes, and done twice they cost as much again.
        Work::Graphs | Work::Reindex => Patience::Millis(600_000),
        // As long as a file is, and as its source takes.
        Work::Import => Patience::Endless,
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
    /// Waits for the lock of those who do `work` on the database `name`; `None` where there are no locks or none is granted in
    /// time.
    pub(super) async fn of_work(name: &str, work: Work) -> Option<Self> {
        Self::acquire(&name_of(work, name), patience(work)).await
    }

    /// As [`Lock::of_work`], without waiting.
    pub(super) async fn of_work_now(name: &str, work: Work) -> Option<Self> {
        Self::acquire(&name_of(work, name), Patience::None).await
    }

    async fn acquire(name: &str, patience: Patience) -> Option<Self> {
        let manager = manager()?;
        let (released, release) = deferred();
        let (granted, grant) = deferred();
        // Made before the wait, so that a dropped future leaves the queue, and gives back a lock that it was granted.
        let lock = Self { release, waiting: AbortController::new().ok()? };
        let on_grant = Closure::once_into_js(move |granted: JsValue| {
            let _ = grant.call1(&JsValue::UNDEFINED, &granted);
            released // the browser keeps the lock until this promise resolves
        });
        let options = js_sys::Object::new();
        // The two exclude each other.
        match patience {
            Patience::None => Reflect::set(&options, &"ifAvailable".into(), &true.into()),
            _ => Reflect::set(&options, &"signal".into(), &lock.waiting.signal()),
        }
        .ok()?;
        let refused = manager.request(name, &options, on_grant.unchecked_ref()).ok()?;
        let outcomes = Array::of2(&granted, &refused);
        if let Patience::Millis(millis) = patience {
            outcomes.push(&Promise::new(&mut |_, reject| {
                let _ = delayed(&reject, millis).call0(&JsValue::UNDEFINED);
            }));
        }
        // A lock that is not available is granted as null.
        let outcome = Promise::race(&outcomes).await.ok()?;
        (!outcome.is_null()).then_some(lock)
    }
}

/// The name of the lock of those who do some work: begins as no name of a database does.
fn name_of(work: Work, name: &str) -> String {
    format!("{} of {name}", work.name())
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

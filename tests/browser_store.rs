//! The contract of stores on IndexedDB, in a dedicated worker, and what goes wrong in browsers only.
//!
//! Faults are made by replacing methods of IndexedDB's prototypes for one database, as the browser's own failures
//! cannot be had on demand. Everything after the fault is the browser's.
#![cfg(target_arch = "wasm32")]

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use ibid::error::{ErrorKind, Result};
use ibid::store::indexeddb::IndexedDbStore;
use ibid::store::{Changes, Head, Snapshot, Store, Work, contract};
use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

macro_rules! stamp {
    ($($name:ident)*) => {$(
        #[wasm_bindgen_test]
        async fn $name() {
            contract::$name(|| IndexedDbStore::new(stringify!($name))).await;
        }
    )*};
}

ibid::store_contract!(stamp);

#[wasm_bindgen_test]
async fn a_part_of_20_mib_is_three_records_and_none_once_it_is_deleted() {
    let store = IndexedDbStore::new("records");
    let large = vec![1; 20 << 20];
    store.commit(changes(0, &[("large", &large), ("empty", b"")])).await.unwrap();
    let database = open_raw(&store, 1).await;
    assert_eq!(record_lengths(&database).await, [0, 8 << 20, 8 << 20, 4 << 20].map(f64::from));
    let delete = vec!["large".to_owned()];
    store.commit(Changes { expected_generation: 1, delete, ..Changes::default() }).await.unwrap();
    assert_eq!(record_lengths(&database).await, [0.0]);
    close(&database);
}

#[wasm_bindgen_test]
async fn a_commit_that_is_aborted_midway_leaves_the_generation_before() {
    let store = committed_once("aborted midway").await;
    let fault = abort_after_puts(&store, 2, "QuotaExceededError");
    assert_kind(store.commit(second()).await, ErrorKind::StoreQuota);
    drop(fault);
    assert_first_generation(&store).await;
    assert_first_generation(&IndexedDbStore::new("aborted midway")).await;
    assert_eq!(store.commit(second()).await.unwrap(), 2);
}

#[wasm_bindgen_test]
async fn a_put_that_throws_leaves_the_generation_before() {
    let store = committed_once("throwing put").await;
    let fault = Fault::new(
        &store,
        "const { put } = IDBObjectStore.prototype;
         let puts = 0;
         IDBObjectStore.prototype.put = function (...values) {
           if (this.transaction.db.name === name && ++puts === 2) throw new DOMException('no', 'DataCloneError');
           return put.apply(this, values);
         };
         return () => { IDBObjectStore.prototype.put = put; };",
    );
    assert_kind(store.commit(second()).await, ErrorKind::Internal);
    drop(fault);
    assert_first_generation(&store).await;
    assert_eq!(store.commit(second()).await.unwrap(), 2);
}

#[wasm_bindgen_test]
async fn a_connection_that_is_lost_once_is_opened_again() {
    let store = committed_once("lost once").await;
    let fault = close_before_transactions(&store, 1);
    assert_eq!(store.generation().await.unwrap(), 1);
    drop(fault);
    let fault = close_before_transactions(&store, 1);
    assert_eq!(store.commit(second()).await.unwrap(), 2);
    drop(fault);
    let fault = abort_after_puts(&store, 1, "UnknownError");
    assert_eq!(store.commit(Changes { expected_generation: 2, ..second() }).await.unwrap(), 3);
    drop(fault);
}

#[wasm_bindgen_test]
async fn a_connection_that_is_lost_twice_in_a_row_is_an_error_and_the_next_call_works() {
    let store = committed_once("lost twice").await;
    let fault = close_before_transactions(&store, 2);
    assert_kind(store.commit(second()).await, ErrorKind::StoreLost);
    drop(fault);
    assert_first_generation(&store).await;
}

#[wasm_bindgen_test]
async fn a_commit_whose_success_was_lost_with_the_connection_succeeds_and_is_not_made_twice() {
    let store = committed_once("lost success").await;
    let fault = Fault::new(
        &store,
        "const { transaction } = IDBDatabase.prototype;
         let faults = 1;
         IDBDatabase.prototype.transaction = function (...options) {
           const made = transaction.apply(this, options);
           if (this.name !== name || made.mode !== 'readwrite' || faults-- <= 0) return made;
           Object.defineProperty(made, 'oncomplete', { set() {} });
           made.addEventListener('complete', (event) => {
             Object.defineProperty(made, 'error', { value: new DOMException('server lost', 'UnknownError') });
             made.onabort(event);
           });
           return made;
         };
         return () => { IDBDatabase.prototype.transaction = transaction; };",
    );
    assert_eq!(store.commit(second()).await.unwrap(), 2);
    drop(fault);
    assert_eq!(store.generation().await.unwrap(), 2);
}

#[wasm_bindgen_test]
async fn what_another_tab_deleted_is_deleted_for_good_and_not_created_anew() {
    let (used, opened) =
        (committed_once("deleted elsewhere").await, IndexedDbStore::new("deleted elsewhere"));
    assert_first_generation(&opened).await;
    let other = IndexedDbStore::new("deleted elsewhere");
    other.destroy().await.unwrap();
    assert_deleted(&used).await;
    assert_deleted(&opened).await;
    assert!(!exists(&used).await);

    other.commit(first()).await.unwrap();
    assert_deleted(&used).await;
    assert_deleted(&opened).await;
    assert_first_generation(&other).await;
}

#[wasm_bindgen_test]
async fn a_store_that_was_opened_without_any_commit_notices_its_deletion_too() {
    let (store, other) = (IndexedDbStore::new("deleted empty"), IndexedDbStore::new("deleted empty"));
    assert_eq!(store.generation().await.unwrap(), 0);
    other.destroy().await.unwrap();
    assert_deleted(&store).await;
    assert!(!exists(&store).await);
}

#[wasm_bindgen_test]
async fn a_deletion_that_goes_unnoticed_while_the_connection_is_lost_is_found_when_it_is_opened_again() {
    for used_again in [false, true] {
        let collection = format!("deleted unnoticed {used_again}");
        let store = IndexedDbStore::new(&collection);
        let history = store.new_history();
        store.commit(Changes { history, ..first() }).await.unwrap();
        lose_connection(&store).await;
        let other = IndexedDbStore::new(&collection);
        other.destroy().await.unwrap();
        if used_again {
            other.commit(Changes { history: other.new_history(), ..first() }).await.unwrap();
        }
        assert_kind(store.read(Head { generation: 1, history }, &["a".to_owned()]).await, ErrorKind::Deleted);
        let stale = Changes { history, ..second() };
        assert_kind(store.commit(stale).await, ErrorKind::Deleted);
        assert_eq!(exists(&store).await, used_again);
    }
}

#[wasm_bindgen_test]
async fn destroying_is_blocked_by_a_tab_that_does_not_let_go() {
    let store = committed_once("blocked").await;
    let foreign = open_raw(&store, 1).await;
    assert_kind(store.destroy().await, ErrorKind::StoreBlocked);
    close(&foreign);
    assert_eq!(store.generation().await.unwrap(), 0, "the deletion goes on once the tab lets go");
}

#[wasm_bindgen_test]
async fn destroying_waits_for_a_tab_that_lets_go_late() {
    let store = committed_once("late").await;
    let foreign = open_raw(&store, 1).await;
    run(&["database"], "setTimeout(() => database.close(), 300)", &[&foreign]);
    store.destroy().await.unwrap();
    assert_eq!(store.generation().await.unwrap(), 0);
}

#[wasm_bindgen_test]
async fn a_database_of_a_newer_version_is_too_new_for_every_operation_but_destroy() {
    let store = committed_once("too new").await;
    let newer = open_raw(&store, 99).await;
    assert_kind(store.generation().await, ErrorKind::StoreTooNew);
    assert_kind(store.load().await, ErrorKind::StoreTooNew);
    assert_kind(store.read(Head::default(), &["a".to_owned()]).await, ErrorKind::StoreTooNew);
    assert_kind(store.commit(second()).await, ErrorKind::StoreTooNew);
    close(&newer);
    store.destroy().await.unwrap();
    assert_eq!(store.generation().await.unwrap(), 0);
}

#[wasm_bindgen_test]
async fn a_foreign_database_of_the_same_name_is_corrupt() {
    let store = IndexedDbStore::new("foreign");
    let foreign = open_raw(&store, 1).await;
    assert_kind(store.load().await, ErrorKind::StoreCorrupt);
    close(&foreign);
}

#[wasm_bindgen_test]
async fn without_indexed_db_the_store_is_unavailable() {
    let store = IndexedDbStore::new("unavailable");
    for getter in ["return undefined;", "throw new DOMException('not here', 'SecurityError');"] {
        let fault = Fault::new(
            &store,
            &format!(
                "const own = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB');
                 Object.defineProperty(globalThis, 'indexedDB', {{ get() {{ {getter} }}, configurable: true }});
                 return () => {{
                   delete globalThis.indexedDB;
                   if (own) Object.defineProperty(globalThis, 'indexedDB', own); // a window has it itself
                 }};"
            ),
        );
        assert_kind(store.generation().await, ErrorKind::StoreUnavailable);
        assert_kind(store.commit(first()).await, ErrorKind::StoreUnavailable);
        assert_kind(store.destroy().await, ErrorKind::StoreUnavailable);
        drop(fault);
    }
    assert_eq!(store.commit(first()).await.unwrap(), 1);
}

#[wasm_bindgen_test]
async fn a_writer_waits_for_the_turn_of_another_tab() {
    let store = committed_once("locked").await;
    let name = format!("{WRITERS_LOCK}locked");
    let release = hold_lock(&name).await;
    let order = Array::new();
    let releasing = run(
        &["release", "order"],
        "return new Promise((done) => setTimeout(() => { order.push('released'); release(); done(); }, 200));",
        &[&release, &order],
    );
    let turn = store.exclusive(Work::Writing).await;
    assert!(turn.is_some());
    store.commit(second()).await.unwrap();
    order.push(&"committed".into());
    drop(turn);
    releasing.unchecked_into::<Promise>().await.unwrap();
    assert_eq!(order.join(" "), "released committed");
    // The turn is over, or this would not end.
    hold_lock(&name).await.call0(&JsValue::UNDEFINED).unwrap();
}

#[wasm_bindgen_test]
async fn a_frozen_tab_that_keeps_its_turn_delays_a_writer_and_does_not_stop_it() {
    let store = committed_once("frozen").await;
    let release = hold_lock(&format!("{WRITERS_LOCK}frozen")).await;
    assert!(store.exclusive(Work::Writing).await.is_none());
    assert_eq!(store.commit(second()).await.unwrap(), 2);
    release.call0(&JsValue::UNDEFINED).unwrap();
}

const BACKLOG_LOCK: &str = "backlog of ibid/";
const WRITERS_LOCK: &str = "writing of ibid/";

#[wasm_bindgen_test]
async fn one_who_no_longer_waits_for_work_has_left_the_queue_of_the_browser() {
    let store = IndexedDbStore::new("left queue");
    let name = format!("{BACKLOG_LOCK}left queue");
    let release = hold_lock(&name).await;
    assert!(poll_times(store.exclusive(Work::Backlog), 3).await.is_none());
    assert_eq!(waiting(&name).await, Some(0.0));
    release.call0(&JsValue::UNDEFINED).unwrap();
    assert!(store.exclusive(Work::Backlog).await.is_some());
}

#[wasm_bindgen_test]
async fn a_frozen_tab_that_keeps_some_work_delays_it_and_does_not_stop_it() {
    let store = IndexedDbStore::new("frozen at work");
    let name = format!("{BACKLOG_LOCK}frozen at work");
    let release = hold_lock(&name).await;
    let hurry = Fault::new(
        &store,
        "const { setTimeout } = globalThis;
         globalThis.setTimeout = (handler, millis) => setTimeout(handler, millis / 1000);
         return () => { globalThis.setTimeout = setTimeout; };",
    );
    assert!(store.exclusive(Work::Backlog).await.is_none());
    assert_eq!(waiting(&name).await, Some(0.0));
    drop(hurry);
    release.call0(&JsValue::UNDEFINED).unwrap();
}

#[wasm_bindgen_test]
async fn without_web_locks_work_waits_for_nobody() {
    let store = IndexedDbStore::new("no locks");
    let fault = Fault::new(
        &store,
        "Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true });
         return () => { delete navigator.locks; };",
    );
    let guards = [store.exclusive(Work::Merging).await, store.exclusive(Work::Merging).await];
    assert!(guards.iter().all(Option::is_none));
    drop(fault);
}

#[wasm_bindgen_test]
async fn a_commit_whose_future_is_dropped_happens_whole_or_not_at_all() {
    let store = committed_once("dropped").await;
    let mut generation = 1;
    for polls in 1..1_000u32 {
        let bytes = polls.to_le_bytes();
        let commit = store.commit(changes(generation, &[("a", &bytes), ("b", &bytes)]));
        let completed = poll_times(commit, polls).await;
        let head = store.head().await.unwrap();
        let current = head.generation;
        let parts = store.read(head, &["a".to_owned(), "b".to_owned()]).await.unwrap();
        let happened = parts[0].as_deref() == Some(bytes.as_slice());
        assert_eq!(parts[1].as_deref() == Some(bytes.as_slice()), happened);
        assert_eq!(current, generation + u64::from(happened));
        assert!(polls > 1 || !happened, "one poll gets no further than asking what is there");
        if let Some(result) = completed {
            assert!(happened && result.is_ok());
            return;
        }
        generation = current;
    }
    panic!("no commit has completed");
}

/// Polls a future some times, with a turn of the event loop between, and drops it.
async fn poll_times<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    for poll in 0..polls {
        // Not after the last one: a commit goes on by events, too, and may be done by then.
        if poll > 0 {
            let turn = run(&[], "return new Promise((resolve) => setTimeout(resolve));", &[]);
            turn.unchecked_into::<Promise>().await.unwrap();
        }
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
    }
    None
}

fn first() -> Changes {
    changes(0, &[("a", b"one"), ("b", b"two")])
}

/// Changes that replace a part of [`first`], delete another and write two new ones.
fn second() -> Changes {
    Changes { delete: vec!["b".to_owned()], ..changes(1, &[("a", b"new"), ("c", b"new"), ("d", b"new")]) }
}

fn changes(expected_generation: u64, put: &[(&str, &[u8])]) -> Changes {
    let put = put.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec().into())).collect();
    Changes { expected_generation, manifest: b"manifest".to_vec(), put, ..Changes::default() }
}

async fn committed_once(collection: &str) -> IndexedDbStore {
    let store = IndexedDbStore::new(collection);
    store.commit(first()).await.unwrap();
    store
}

async fn assert_first_generation(store: &IndexedDbStore) {
    let head = Head { generation: 1, history: 0 };
    assert_eq!(store.load().await.unwrap(), Snapshot { head, manifest: b"manifest".to_vec() });
    let parts = store.read(head, &["a", "b", "c", "d"].map(str::to_owned)).await.unwrap();
    assert_eq!(parts, [Some(b"one".to_vec()), Some(b"two".to_vec()), None, None]);
}

/// Asserts that no operation works any more.
async fn assert_deleted(store: &IndexedDbStore) {
    assert_kind(store.head().await, ErrorKind::Deleted);
    assert_kind(store.load().await, ErrorKind::Deleted);
    assert_kind(store.read(Head::default(), &[]).await, ErrorKind::Deleted);
    assert_kind(store.commit(first()).await, ErrorKind::Deleted);
    assert_kind(store.destroy().await, ErrorKind::Deleted);
}

/// Whether there is a database of the store's name.
/// Whether there is a database. WebKit lists one whose creation was aborted, too, with the version 0, which the standard leaves out.
async fn exists(store: &IndexedDbStore) -> bool {
    let script = "return indexedDB.databases().then((all) =>
        all.some((database) => database.name === name && database.version > 0));";
    let exists = run(&["name"], script, &[&store.name().into()]);
    exists.unchecked_into::<Promise>().await.unwrap().is_truthy()
}

#[track_caller]
fn assert_kind<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind) {
    let error = result.expect_err("the operation must fail");
    assert_eq!(error.kind(), kind, "{error}");
}

/// Something that goes wrong in one database until this is dropped.
struct Fault {
    repair: Function,
}

impl Fault {
    /// Runs `script` with the database's `name`; it returns the function that undoes it.
    fn new(store: &IndexedDbStore, script: &str) -> Self {
        Self { repair: run(&["name"], script, &[&store.name().into()]).unchecked_into() }
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        self.repair.call0(&JsValue::UNDEFINED).expect("the fault can be undone");
    }
}

/// Once: aborts the transaction with an error of this name when its n-th put has succeeded.
fn abort_after_puts(store: &IndexedDbStore, puts: u32, error: &str) -> Fault {
    let script = format!(
        "const {{ put }} = IDBObjectStore.prototype;
         let puts = {puts};
         IDBObjectStore.prototype.put = function (...values) {{
           const request = put.apply(this, values);
           if (this.transaction.db.name !== name || --puts !== 0) return request;
           const {{ transaction }} = this;
           request.addEventListener('success', () => {{
             Object.defineProperty(transaction, 'error', {{ value: new DOMException('a fault', '{error}') }});
             transaction.abort();
           }});
           return request;
         }};
         return () => {{ IDBObjectStore.prototype.put = put; }};"
    );
    Fault::new(store, &script)
}

/// Closes the connection under each of the next transactions.
fn close_before_transactions(store: &IndexedDbStore, times: u32) -> Fault {
    let script = format!(
        "const {{ transaction }} = IDBDatabase.prototype;
         let times = {times};
         IDBDatabase.prototype.transaction = function (...options) {{
           if (this.name === name && times-- > 0) this.close();
           return transaction.apply(this, options);
         }};
         return () => {{ IDBDatabase.prototype.transaction = transaction; }};"
    );
    Fault::new(store, &script)
}

/// Closes the connection without the store's knowledge, once it has read the head.
async fn lose_connection(store: &IndexedDbStore) {
    let _fault = Fault::new(
        store,
        "const { transaction } = IDBDatabase.prototype;
         IDBDatabase.prototype.transaction = function (...options) {
           const made = transaction.apply(this, options);
           if (this.name === name) this.close();
           return made;
         };
         return () => { IDBDatabase.prototype.transaction = transaction; };",
    );
    store.head().await.unwrap();
}

/// Takes a Web Lock, as another tab would, and returns the function that releases it.
async fn hold_lock(name: &str) -> Function {
    let held = run(
        &["name"],
        "return new Promise((granted) => {
           navigator.locks.request(name, () => new Promise((release) => granted(release)));
         });",
        &[&name.into()],
    );
    held.unchecked_into::<Promise>().await.unwrap().unchecked_into()
}

/// How many wait for locks of this name.
async fn waiting(name: &str) -> Option<f64> {
    let script = "return navigator.locks.query().then(({ pending }) =>
        pending.filter((lock) => lock.name === name).length);";
    run(&["name"], script, &[&name.into()]).unchecked_into::<Promise>().await.unwrap().as_f64()
}

/// A connection that does not belong to the store, and does not close for anybody.
async fn open_raw(store: &IndexedDbStore, version: u32) -> JsValue {
    let opening = run(
        &["name", "version"],
        "return new Promise((resolve, reject) => {
           const request = indexedDB.open(name, version);
           request.onsuccess = () => resolve(request.result);
           request.onerror = () => reject(request.error);
         });",
        &[&store.name().into(), &version.into()],
    );
    opening.unchecked_into::<Promise>().await.unwrap()
}

fn close(database: &JsValue) {
    run(&["database"], "database.close();", &[database]);
}

/// The lengths in bytes of all records of parts, in the order of their keys.
async fn record_lengths(database: &JsValue) -> Vec<f64> {
    let lengths = run(
        &["database"],
        "return new Promise((resolve) => {
           const request = database.transaction('parts').objectStore('parts').getAll();
           request.onsuccess = () => resolve(request.result.map((value) => value.byteLength));
         });",
        &[database],
    );
    let lengths: Array = lengths.unchecked_into::<Promise>().await.unwrap().unchecked_into();
    lengths.iter().filter_map(|length| length.as_f64()).collect()
}

/// The value of a function with these parameters and this body.
fn run(parameters: &[&str], body: &str, arguments: &[&JsValue]) -> JsValue {
    let function = Function::new_with_args(&parameters.join(","), body);
    let arguments: Array = arguments.iter().collect();
    function.apply(&JsValue::UNDEFINED, &arguments).unwrap()
}

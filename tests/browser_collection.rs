//! The life of a collection over IndexedDB, in a dedicated worker.
#![cfg(target_arch = "wasm32")]

use ibid::store::indexeddb::IndexedDbStore;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

#[path = "support/collection_life.rs"]
mod life;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// How many sequences of steps are taken, the same ones on each run.
const CASES: usize = 40;

#[wasm_bindgen_test]
async fn a_collection_is_what_is_left_in_it_whatever_was_done() {
    let mut runner = TestRunner::deterministic();
    for case in 0..CASES {
        let steps = life::steps().new_tree(&mut runner).expect("steps are never refused").current();
        life::check(&steps, || IndexedDbStore::new(&format!("life {case}"))).await;
    }
}

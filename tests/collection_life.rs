//! The life of a collection in memory.

#![cfg(not(target_arch = "wasm32"))]

use std::rc::Rc;

use ibid::store::memory::MemoryStore;
use pollster::block_on;
use proptest::prelude::*;

#[path = "support/collection_life.rs"]
mod life;

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_collection_is_what_is_left_in_it_whatever_was_done(steps in life::steps()) {
        let store = Rc::new(MemoryStore::new());
        block_on(life::check(&steps, || store.clone()));
    }
}

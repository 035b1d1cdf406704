//! The contract of stores on IndexedDB in a window, whose global object differs from a worker's.
#![cfg(target_arch = "wasm32")]

use ibid::store::contract;
use ibid::store::indexeddb::IndexedDbStore;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

macro_rules! stamp {
    ($($name:ident)*) => {$(
        #[wasm_bindgen_test]
        async fn $name() {
            contract::$name(|| IndexedDbStore::new(stringify!($name))).await;
        }
    )*};
}

ibid::store_contract!(stamp);

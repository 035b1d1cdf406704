//! The contract of stores on sealed stores over IndexedDB, with WebCrypto and a key that nobody can extract; and what was sealed
//! elsewhere.
#![cfg(target_arch = "wasm32")]

use ibid::seal::web_crypto::{CallerKey, WebCrypto};
use ibid::seal::{Passphrase, Secret};
use ibid::store::indexeddb::IndexedDbStore;
use ibid::store::memory::MemoryStore;
use ibid::store::sealed::SealedStore;
use ibid::store::{Changes, Store, contract};
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

macro_rules! stamp {
    ($($name:ident)*) => {$(
        #[wasm_bindgen_test]
        async fn $name() {
            let key = generated_key().await;
            let secret = || Secret::Key(CallerKey::new("key", key.clone()).unwrap());
            let inner = || IndexedDbStore::new(concat!("sealed ", stringify!($name)));
            contract::$name(|| SealedStore::new(inner(), WebCrypto, Some(secret()))).await;
        }
    )*};
}

ibid::store_contract!(stamp);

async fn generated_key() -> JsValue {
    let generate = Function::new_no_args(
        "return crypto.subtle.generateKey({ name: 'AES-KW', length: 256 }, false, ['wrapKey', 'unwrapKey']);",
    );
    let promise: Promise = generate.call0(&JsValue::UNDEFINED).unwrap().unchecked_into();
    promise.await.unwrap()
}

#[wasm_bindgen_test]
async fn what_was_sealed_natively_is_read() {
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    let mut stored =
        include_str!("fixtures/sealed-collection.txt").lines().map(|line| line.split_once(' ').unwrap());
    let (_, manifest) = stored.next().unwrap();
    let put = stored.map(|(name, hex)| (name.to_owned(), bytes(hex).into())).collect();
    let inner = MemoryStore::new();
    let changes = Changes { history: 42, manifest: bytes(manifest), put, ..Changes::default() };
    inner.commit(changes).await.unwrap();
    let passphrase = Passphrase::new("correct horse battery staple".to_owned().into()).unwrap();
    let store = SealedStore::new(inner, WebCrypto, Some(Secret::Passphrase(passphrase)));
    let snapshot = store.load().await.unwrap();
    assert_eq!(snapshot.manifest, b"ibid.man and so on");
    let parts = store.read(snapshot.head, &["text/0123".to_owned()]).await.unwrap();
    assert_eq!(parts[0].as_deref(), Some(&b"The heron nests by the river."[..]));
}

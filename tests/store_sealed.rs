//! The contract of stores, on sealed stores; and what is stored, byte for byte.

#![cfg(not(target_arch = "wasm32"))]

use std::cell::Cell;
use std::rc::Rc;

use ibid::error::Result;
use ibid::seal::cipher::{Cipher, KeyBytes, Nonce};
use ibid::seal::native::NativeCipher;
use ibid::seal::{Passphrase, Secret};
use ibid::store::memory::MemoryStore;
use ibid::store::sealed::SealedStore;
use ibid::store::{Changes, Store, contract};

macro_rules! stamp_sealed {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let inner = Rc::new(MemoryStore::new());
            let secret = || Secret::Key([7; 32].into());
            let open = || SealedStore::new(inner.clone(), NativeCipher, Some(secret()));
            pollster::block_on(contract::$name(open));
        }
    )*};
}

ibid::store_contract!(stamp_sealed);

mod plain {
    use super::*;

    macro_rules! stamp_plain {
        ($($name:ident)*) => {$(
            #[test]
            fn $name() {
                let inner = Rc::new(MemoryStore::new());
                pollster::block_on(contract::$name(|| SealedStore::new(inner.clone(), NativeCipher, None)));
            }
        )*};
    }

    ibid::store_contract!(stamp_plain);
}

/// A cipher whose random bytes count up from 0, so that what it seals is always the same.
#[derive(Default)]
struct Counting(Cell<u8>);

impl Cipher for Counting {
    type Key = <NativeCipher as Cipher>::Key;
    type CallerKey = <NativeCipher as Cipher>::CallerKey;

    async fn key(&self, bytes: &KeyBytes) -> Result<Self::Key> {
        NativeCipher.key(bytes).await
    }

    async fn seal(&self, key: &Self::Key, nonce: &Nonce, associated: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        NativeCipher.seal(key, nonce, associated, plain).await
    }

    async fn open(
        &self,
        key: &Self::Key,
        nonce: &Nonce,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>> {
        NativeCipher.open(key, nonce, associated, sealed).await
    }

    async fn wrap(&self, with: &Self::CallerKey, key: &KeyBytes) -> Result<Vec<u8>> {
        NativeCipher.wrap(with, key).await
    }

    async fn unwrap(&self, with: &Self::CallerKey, wrapped: &[u8]) -> Result<Option<KeyBytes>> {
        NativeCipher.unwrap(with, wrapped).await
    }

    fn random(&self, bytes: &mut [u8]) -> Result<()> {
        for byte in bytes {
            *byte = self.0.replace(self.0.get().wrapping_add(1));
        }
        Ok(())
    }
}

fn passphrase(text: &str) -> Option<Secret<KeyBytes>> {
    Some(Secret::Passphrase(Passphrase::new(text.to_owned().into()).unwrap()))
}

/// The manifest and the parts as lines: a name and bytes in hexadecimal digits.
fn lines(store: &MemoryStore) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let names = store.names();
    let (manifest, parts) = pollster::block_on(async {
        let snapshot = store.load().await.unwrap();
        (snapshot.manifest, store.read(snapshot.head, &names).await.unwrap())
    });
    let parts =
        names.iter().zip(&parts).map(|(name, part)| format!("{name} {}\n", hex(part.as_ref().unwrap())));
    format!("manifest {}\n", hex(&manifest)) + &parts.collect::<String>()
}

/// Written by version 1 of the format from the parts below and random bytes that count up from 0. It must stay readable.
const STORED: &str = include_str!("fixtures/sealed-collection.txt");

#[test]
fn a_collection_is_sealed_in_the_form_that_is_documented() {
    let inner = Rc::new(MemoryStore::new());
    let store =
        SealedStore::new(inner.clone(), Counting::default(), passphrase("correct horse battery staple"));
    let put = vec![
        ("tables/1".to_owned(), b"documents".to_vec().into()),
        ("text/0123".to_owned(), b"The heron nests by the river.".to_vec().into()),
    ];
    let changes =
        Changes { history: 42, manifest: b"ibid.man and so on".to_vec(), put, ..Changes::default() };
    pollster::block_on(store.commit(changes)).unwrap();
    assert_eq!(lines(&inner), STORED);
}

#[test]
fn what_was_sealed_in_version_1_is_read() {
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    let mut stored = STORED.lines().map(|line| line.split_once(' ').unwrap());
    let (_, manifest) = stored.next().unwrap();
    let put = stored.map(|(name, hex)| (name.to_owned(), bytes(hex).into())).collect();
    let inner = MemoryStore::new();
    let changes = Changes { history: 42, manifest: bytes(manifest), put, ..Changes::default() };
    pollster::block_on(async {
        inner.commit(changes).await.unwrap();
        let store = SealedStore::new(inner, NativeCipher, passphrase("correct horse battery staple"));
        let snapshot = store.load().await.unwrap();
        assert_eq!(snapshot.manifest, b"ibid.man and so on");
        let names = ["text/0123", "tables/1", "text/4567"].map(str::to_owned);
        let parts = store.read(snapshot.head, &names).await.unwrap();
        let expected = [Some(&b"The heron nests by the river."[..]), Some(b"documents"), None];
        assert_eq!(parts.iter().map(Option::as_deref).collect::<Vec<_>>(), expected);
    });
}

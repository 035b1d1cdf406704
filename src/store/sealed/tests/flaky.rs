//! A cipher that fails without saying that it failed, as WebCrypto does.

use std::cell::Cell;
use std::rc::Rc;

use crate::error::Result;
use crate::seal::cipher::{Cipher, KeyBytes, Nonce};
use crate::seal::native::NativeCipher;

/// When nothing is opened that could be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outage {
    /// Never.
    #[default]
    None,
    /// Once, after so many values were opened.
    After(usize),
    /// All the time.
    Lasting,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct FlakyCipher(pub Rc<Cell<Outage>>);

impl FlakyCipher {
    fn fails(&self) -> bool {
        let outage = self.0.get();
        self.0.set(match outage {
            Outage::After(0) => Outage::None,
            Outage::After(left) => Outage::After(left - 1),
            other => other,
        });
        matches!(outage, Outage::After(0) | Outage::Lasting)
    }
}

impl Cipher for FlakyCipher {
    type Key = <NativeCipher as Cipher>::Key;
    type CallerKey = KeyBytes;

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
        if self.fails() { Ok(None) } else { NativeCipher.open(key, nonce, associated, sealed).await }
    }

    async fn wrap(&self, with: &KeyBytes, key: &KeyBytes) -> Result<Vec<u8>> {
        NativeCipher.wrap(with, key).await
    }

    async fn unwrap(&self, with: &KeyBytes, wrapped: &[u8]) -> Result<Option<KeyBytes>> {
        if self.fails() { Ok(None) } else { NativeCipher.unwrap(with, wrapped).await }
    }

    fn random(&self, bytes: &mut [u8]) -> Result<()> {
        NativeCipher.random(bytes)
    }
}

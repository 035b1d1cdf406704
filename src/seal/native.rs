//! The cipher outside of browsers, for tests and native tools.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce as GcmNonce};

use super::cipher::{Cipher, KeyBytes, Nonce, key_bytes, random};
use crate::error::{Error, ErrorKind, Result};

/// AES-256-GCM of RustCrypto, with random bytes of the operating system. The caller's key is one of AES-256-GCM, too.
#[derive(Clone, Copy, Debug, Default)]
pub struct NativeCipher;

impl Cipher for NativeCipher {
    type Key = Aes256Gcm;
    type CallerKey = KeyBytes;

    async fn key(&self, bytes: &KeyBytes) -> Result<Aes256Gcm> {
        Aes256Gcm::new_from_slice(&bytes[..]).map_err(|cause| Error::internal(cause.to_string()))
    }

    async fn seal(&self, key: &Aes256Gcm, nonce: &Nonce, associated: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        let sealed = key.encrypt(&GcmNonce::from(*nonce), Payload { msg: plain, aad: associated });
        sealed.map_err(|_| Error::internal("a value is too long for AES-GCM"))
    }

    async fn open(
        &self,
        key: &Aes256Gcm,
        nonce: &Nonce,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>> {
        Ok(key.decrypt(&GcmNonce::from(*nonce), Payload { msg: sealed, aad: associated }).ok())
    }

    async fn wrap(&self, with: &KeyBytes, key: &KeyBytes) -> Result<Vec<u8>> {
        let nonce: Nonce = random(self)?;
        let sealed = self.seal(&self.key(with).await?, &nonce, &[], &key[..]).await?;
        Ok([&nonce[..], &sealed].concat())
    }

    async fn unwrap(&self, with: &KeyBytes, wrapped: &[u8]) -> Result<Option<KeyBytes>> {
        let Some((nonce, sealed)) = wrapped.split_first_chunk() else { return Ok(None) };
        Ok(self.open(&self.key(with).await?, nonce, &[], sealed).await?.and_then(key_bytes))
    }

    fn random(&self, bytes: &mut [u8]) -> Result<()> {
        getrandom::fill(bytes).map_err(|cause| {
            Error::new(ErrorKind::StoreUnavailable, format!("there are no random bytes: {cause}"))
        })
    }
}

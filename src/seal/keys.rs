//! The key of a collection, and what is derived of it.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::cipher::{Cipher, KeyBytes};
use crate::error::{Error, Result};
use crate::hex::hex;

/// Which key it is, without a hint at what it is.
pub type KeyId = [u8; 16];

/// The random data key of a collection or a file, and the keys that HKDF (RFC 5869, SHA-256) makes of it for each purpose.
pub(crate) struct Keys<K> {
    /// What is wrapped.
    pub data: KeyBytes,
    /// By which an envelope names the data key.
    pub id: KeyId,
    /// Seals parts and manifests, or the pieces of a file.
    pub sealing: K,
    naming: KeyBytes,
}

impl<K> Keys<K> {
    /// A new random key.
    pub async fn random(cipher: &impl Cipher<Key = K>) -> Result<Self> {
        let mut data = KeyBytes::default();
        cipher.random(&mut data[..])?;
        Self::new(cipher, data).await
    }

    /// What is derived of `data`.
    pub async fn new(cipher: &impl Cipher<Key = K>, data: KeyBytes) -> Result<Self> {
        let mut id = KeyId::default();
        let [mut sealing, mut naming] = [KeyBytes::default(), KeyBytes::default()];
        let derived = Hkdf::<Sha256>::new(None, &data[..]);
        for (purpose, output) in
            [("id", &mut id[..]), ("sealing", &mut sealing[..]), ("naming", &mut naming[..])]
        {
            derived
                .expand_multi_info(&[b"ibid collection 1 ", purpose.as_bytes()], output)
                .map_err(|cause| Error::internal(format!("HKDF failed: {cause}")))?;
        }
        Ok(Self { sealing: cipher.key(&sealing).await?, data, id, naming })
    }

    /// What stands for a name that is not to be seen: half of an HMAC-SHA-256 (RFC 2104) of it, in 32 hex digits.
    pub fn hidden_name(&self, name: &str) -> Result<String> {
        let hmac = Hmac::<Sha256>::new_from_slice(&self.naming[..]);
        let mut hmac = hmac.map_err(|cause| Error::internal(format!("HMAC failed: {cause}")))?;
        hmac.update(name.as_bytes());
        Ok(hex(&hmac.finalize().into_bytes()[..16]))
    }
}

impl<K> fmt::Debug for Keys<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keys(…)")
    }
}

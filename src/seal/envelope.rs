//! The envelope in front of what is sealed, in the clear: which wraps of the data key there are.
//!
//! | bytes | content |
//! | --- | --- |
//! | 8 | magic, `ibid.key` |
//! | 2 | version of the envelope and of all that is sealed, little-endian |
//! | 4 | length of the payload in bytes, little-endian |
//! | 8 | xxh3-64 of the 14 bytes above and the payload, little-endian |
//! | rest | the payload: [`Envelope`] in the [postcard wire format](https://postcard.jamesmunns.com/wire-format) |
//!
//! The checksum finds accidents. What a person changes is found by the wraps, which bind what they were made with, and by what
//! is sealed behind it, which binds the whole envelope.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::cipher::{Cipher, KeyBytes, Nonce, TAG_BYTES, key_bytes, random, twice};
use super::kdf::{Kdf, MAX_COST, Salt};
use super::keys::{KeyId, Keys};
use super::secret::Secret;
use crate::error::{Error, ErrorKind, Result};

/// The version that this library writes, and the only one that it reads.
pub const VERSION: u16 = 1;

const MAGIC: &[u8; 8] = b"ibid.key";
const CHECKED_BYTES: usize = 14;
const HEADER_BYTES: usize = 22;
/// No more is read of a payload; it holds [`MAX_WRAPS`] wraps easily.
const MAX_PAYLOAD_BYTES: usize = 16 << 10;
/// How long an envelope may be.
pub(crate) const MAX_ENVELOPE_BYTES: u64 = (HEADER_BYTES + MAX_PAYLOAD_BYTES) as u64;
/// How many wraps there may be.
pub const MAX_WRAPS: usize = 16;
/// How long a key may be once a caller's key has wrapped it.
const MAX_WRAPPED_BYTES: usize = 512;

/// Which data key there is, and each wrap of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The data key.
    pub key: KeyId,
    /// 1 to [`MAX_WRAPS`] wraps, each of which opens what is sealed. To try the passphrases among them takes seconds, not minutes.
    pub wraps: Vec<Wrap>,
}

/// What begins with an envelope, in its two pieces.
#[derive(Debug)]
pub struct Split<'m> {
    /// What stands in the clear.
    pub envelope: Envelope,
    /// The same as it is stored.
    pub bytes: &'m [u8],
    /// What stands behind it.
    pub sealed: &'m [u8],
}

/// The data key, wrapped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrap {
    /// A random number by which it is told from the others.
    pub id: u32,
    /// With what it is wrapped.
    pub lock: Lock,
}

/// What a data key is wrapped with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lock {
    /// The key that Argon2id makes of a passphrase.
    Passphrase {
        /// What that costs.
        kdf: Kdf,
        /// What it begins with.
        salt: Salt,
        /// The nonce of the wrapped key.
        nonce: Nonce,
        /// The data key, sealed with AES-256-GCM.
        wrapped: Vec<u8>,
    },
    /// A key of the caller's.
    Key {
        /// The data key, in the form of [`Cipher::wrap`].
        wrapped: Vec<u8>,
    },
}

impl Lock {
    /// `"passphrase"` or `"key"`.
    pub const fn name(&self) -> &'static str {
        match self {
            Lock::Passphrase { .. } => "passphrase",
            Lock::Key { .. } => "key",
        }
    }
}

impl Envelope {
    /// The envelope at the beginning of `bytes`, which are a stored manifest or what a file begins with; `None` where there is none.
    ///
    /// # Errors
    /// [`ErrorKind::StoreCorrupt`] for one that is truncated or damaged, or asks for more than can be meant;
    /// [`ErrorKind::StoreTooNew`] for one of a newer [`VERSION`].
    pub fn split(bytes: &[u8]) -> Result<Option<Split<'_>>> {
        let framed = frame(bytes);
        if !bytes.starts_with(MAGIC) {
            return match framed {
                Ok(_) => Err(corrupt("has a damaged beginning")),
                Err(_) => Ok(None),
            };
        }
        let (version, payload, sealed) = framed?;
        if version != VERSION {
            let message = format!("the encryption has version {version}, this library reads {VERSION}");
            return Err(Error::new(ErrorKind::StoreTooNew, message));
        }
        let (envelope, end) = postcard::take_from_bytes::<Self>(payload)
            .map_err(|cause| corrupt("is malformed").with_source(cause))?;
        if !end.is_empty() {
            return Err(corrupt("has bytes after its end"));
        }
        envelope.check()?;
        Ok(Some(Split { envelope, bytes: &bytes[..HEADER_BYTES + payload.len()], sealed }))
    }

    /// The bytes that [`Envelope::split`] reads.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] where it cannot be encoded, which is a defect.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut bytes = postcard::to_extend(self, vec![0; HEADER_BYTES])
            .map_err(|cause| Error::internal("an envelope cannot be encoded").with_source(cause))?;
        let (header, payload) = bytes.split_at_mut(HEADER_BYTES);
        header[..8].copy_from_slice(MAGIC);
        header[8..10].copy_from_slice(&VERSION.to_le_bytes());
        header[10..14].copy_from_slice(&(payload.len() as u32).to_le_bytes());
        let checksum = checksum(&header[..CHECKED_BYTES], payload);
        header[CHECKED_BYTES..].copy_from_slice(&checksum.to_le_bytes());
        Ok(bytes)
    }

    /// What all passphrases together cost to try, in KiB gone over.
    pub(crate) fn cost(&self) -> u64 {
        let costs = self.wraps.iter().map(|wrap| match &wrap.lock {
            Lock::Passphrase { kdf, .. } => kdf.cost(),
            Lock::Key { .. } => 0,
        });
        costs.sum()
    }

    fn check(&self) -> Result<()> {
        if self.wraps.is_empty() || self.wraps.len() > MAX_WRAPS {
            return Err(Error::corrupt(format!("the envelope holds {} wrapped keys", self.wraps.len())));
        }
        self.wraps.iter().try_for_each(|wrap| {
            let (length, allowed) = match &wrap.lock {
                Lock::Passphrase { kdf, wrapped, .. } => {
                    kdf.check()?;
                    (wrapped.len(), 32 + TAG_BYTES..=32 + TAG_BYTES)
                }
                Lock::Key { wrapped } => (wrapped.len(), 32..=MAX_WRAPPED_BYTES),
            };
            match allowed.contains(&length) {
                true => Ok(()),
                false => Err(Error::corrupt(format!("the envelope holds a wrapped key of {length} bytes"))),
            }
        })?;
        // Each by itself is in range, so the sum is a small number.
        match self.cost() {
            ..=MAX_COST => Ok(()),
            cost => Err(Error::corrupt(format!(
                "the envelope asks for {cost} KiB to be gone over for its passphrases, which is out of range"
            ))),
        }
    }

    /// Tries every wrap that `secret` may open; `what` is sealed is for the messages.
    ///
    /// # Errors
    /// [`ErrorKind::WrongKey`] where it opens none; [`ErrorKind::StoreCorrupt`] for damage.
    pub(crate) async fn unwrap<C: Cipher>(
        &self,
        cipher: &C,
        secret: &Secret<C::CallerKey>,
        what: &str,
    ) -> Result<(Keys<C::Key>, &Wrap)> {
        for wrap in &self.wraps {
            if let Some(data) = wrap.open(cipher, &self.key, secret).await? {
                let keys = Keys::new(cipher, data).await?;
                return match keys.id == self.key {
                    true => Ok((keys, wrap)),
                    false => Err(Error::corrupt("the envelope holds another key than it says")),
                };
            }
        }
        let secret = match secret {
            Secret::Passphrase(_) => "passphrase",
            Secret::Key(_) => "key",
        };
        Err(Error::new(ErrorKind::WrongKey, format!("the {secret} does not open {what}")))
    }
}

impl Wrap {
    /// Wraps the data key with `secret`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a caller's key that cannot wrap; [`ErrorKind::StoreUnavailable`] where the platform lacks
    /// something.
    pub(crate) async fn new<C: Cipher>(
        cipher: &C,
        keys: &Keys<C::Key>,
        secret: &Secret<C::CallerKey>,
        kdf: Kdf,
    ) -> Result<Self> {
        let lock = match secret {
            Secret::Passphrase(passphrase) => {
                let (salt, nonce) = (random(cipher)?, random(cipher)?);
                let key = cipher.key(&kdf.derive(passphrase, &salt)?).await?;
                let associated = associated(&keys.id, kdf, &salt)?;
                let wrapped = cipher.seal(&key, &nonce, &associated, &keys.data[..]).await?;
                Lock::Passphrase { kdf, salt, nonce, wrapped }
            }
            Secret::Key(key) => Lock::Key { wrapped: cipher.wrap(key, &keys.data).await? },
        };
        Ok(Self { id: u32::from_le_bytes(random(cipher)?), lock })
    }

    /// The data key; `None` where it was wrapped with another secret.
    async fn open<C: Cipher>(
        &self,
        cipher: &C,
        id: &KeyId,
        secret: &Secret<C::CallerKey>,
    ) -> Result<Option<KeyBytes>> {
        match (&self.lock, secret) {
            (Lock::Passphrase { kdf, salt, nonce, wrapped }, Secret::Passphrase(passphrase)) => {
                let key = cipher.key(&kdf.derive(passphrase, salt)?).await?;
                let associated = associated(id, *kdf, salt)?;
                let data = twice(async || cipher.open(&key, nonce, &associated, wrapped).await).await?;
                Ok(data.and_then(key_bytes))
            }
            (Lock::Key { wrapped }, Secret::Key(key)) => {
                twice(async || cipher.unwrap(key, wrapped).await).await
            }
            _ => Ok(None),
        }
    }

    /// Whether it was made from a passphrase at less than `kdf` costs.
    pub(crate) fn is_below(&self, current: Kdf) -> bool {
        matches!(&self.lock, Lock::Passphrase { kdf, .. } if kdf.is_below(current))
    }
}

fn corrupt(what: &str) -> Error {
    Error::corrupt(format!("the envelope {what}"))
}

/// The version, the payload, and what is sealed behind it, of an envelope whose magic bytes may be others: its checksum, which is of the
/// right ones, has to fit.
fn frame(bytes: &[u8]) -> Result<(u16, &[u8], &[u8])> {
    let (header, rest) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or_else(|| corrupt("is truncated"))?;
    let [_, _, _, _, _, _, _, _, v0, v1, l0, l1, l2, l3, checksum @ ..] = *header;
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    if length > MAX_PAYLOAD_BYTES || length > rest.len() {
        return Err(corrupt("is truncated, or says of itself that it is too long"));
    }
    let (payload, sealed) = rest.split_at(length);
    let checked = [MAGIC.as_slice(), &header[MAGIC.len()..CHECKED_BYTES]].concat();
    if self::checksum(&checked, payload) != u64::from_le_bytes(checksum) {
        return Err(corrupt("does not match its checksum"));
    }
    Ok((u16::from_le_bytes([v0, v1]), payload, sealed))
}

/// What is sealed together with a data key.
fn associated(id: &KeyId, kdf: Kdf, salt: &Salt) -> Result<Vec<u8>> {
    postcard::to_extend(&(VERSION, id, kdf, salt), b"ibid wrap ".to_vec())
        .map_err(|cause| Error::internal("a wrap cannot be encoded").with_source(cause))
}

fn checksum(header: &[u8], payload: &[u8]) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(header);
    hasher.update(payload);
    hasher.digest()
}

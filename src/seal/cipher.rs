//! What encryption needs of a platform: AES-256-GCM, random bytes, and the keys of callers.

use zeroize::Zeroizing;

use crate::error::Result;

/// A key of 256 bits, overwritten when it is dropped.
pub type KeyBytes = Zeroizing<[u8; 32]>;

/// A nonce of AES-GCM: 96 random bits for each value that is sealed.
///
/// By the birthday bound two of 2^32 values under one key have the same nonce with a probability below 2^-32, which is what
/// NIST SP 800-38D (section 8.3) asks for: at a commit of 50 parts each second that is some three years of writing.
pub type Nonce = [u8; 12];

/// How many bytes longer than the plain bytes the sealed ones are: the tag of AES-GCM.
pub const TAG_BYTES: usize = 16;

/// Authenticated encryption (AES-256-GCM, NIST SP 800-38D) as a platform has it.
#[allow(async_fn_in_trait, reason = "the core is single-threaded; its futures need not be Send")]
pub trait Cipher {
    /// A key that is ready to use.
    type Key;
    /// A key of the caller's, which wraps others.
    type CallerKey;

    /// Makes a key ready.
    ///
    /// # Errors
    /// [`StoreUnavailable`](crate::error::ErrorKind::StoreUnavailable) where the platform has no cipher.
    async fn key(&self, bytes: &KeyBytes) -> Result<Self::Key>;

    /// Seals `plain` together with `associated`, which is not stored: the result is [`TAG_BYTES`] longer than `plain`.
    ///
    /// # Errors
    /// [`Internal`](crate::error::ErrorKind::Internal) where the platform fails.
    async fn seal(&self, key: &Self::Key, nonce: &Nonce, associated: &[u8], plain: &[u8]) -> Result<Vec<u8>>;

    /// What was sealed; `None` where key, nonce, associated data or any byte is another, and where a platform that failed says no
    /// more than that. So who takes it for damage tries once more before.
    ///
    /// # Errors
    /// As [`Cipher::seal`].
    async fn open(
        &self,
        key: &Self::Key,
        nonce: &Nonce,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>>;

    /// Wraps a key with the caller's.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for a key that cannot wrap.
    async fn wrap(&self, with: &Self::CallerKey, key: &KeyBytes) -> Result<Vec<u8>>;

    /// The key that was wrapped; `None` where it was with another key, and as for [`Cipher::open`].
    ///
    /// # Errors
    /// As [`Cipher::wrap`].
    async fn unwrap(&self, with: &Self::CallerKey, wrapped: &[u8]) -> Result<Option<KeyBytes>>;

    /// Fills `bytes` with random ones, fit for keys.
    ///
    /// # Errors
    /// [`StoreUnavailable`](crate::error::ErrorKind::StoreUnavailable) where the platform has none.
    fn random(&self, bytes: &mut [u8]) -> Result<()>;
}

/// What `open` opens, the second time where it does not the first. A platform may have failed, for want of memory for example, and
/// WebCrypto says `OperationError` of that and of damage alike.
///
/// # Errors
/// Those of `open`.
pub(crate) async fn twice<T>(open: impl AsyncFn() -> Result<Option<T>>) -> Result<Option<T>> {
    match open().await? {
        None => open().await,
        opened => Ok(opened),
    }
}

/// So many random bytes.
///
/// # Errors
/// As [`Cipher::random`].
pub(crate) fn random<const N: usize>(cipher: &impl Cipher) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    cipher.random(&mut bytes)?;
    Ok(bytes)
}

/// The bytes of a key, if there are as many as it has.
pub(crate) fn key_bytes(bytes: Vec<u8>) -> Option<KeyBytes> {
    let bytes = Zeroizing::new(bytes);
    let mut key = KeyBytes::default();
    (bytes.len() == key.len()).then(|| {
        key.copy_from_slice(&bytes);
        key
    })
}

//! What opens an encrypted collection or file.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// What a caller opens an encrypted collection or file with.
pub enum Secret<K> {
    /// Something that a person knows.
    Passphrase(Passphrase),
    /// A key that the caller keeps; it wraps data keys and nothing else.
    Key(K),
}

/// A passphrase of any length but none; overwritten when it is dropped.
///
/// It is taken in Unicode's normal form C, as RFC 8265 (OpaqueString) has it: keyboards differ in how they write the same letter.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// The passphrase `text`.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) for an empty one.
    pub fn new(text: Zeroizing<String>) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::invalid_argument("a passphrase must not be empty"));
        }
        let mut normal = Zeroizing::new(String::with_capacity(text.len() * 3)); // never moved as it grows
        normal.extend(text.nfc());
        Ok(Self(normal))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

// Neither says what it holds.

impl fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passphrase(…)")
    }
}

impl<K> fmt::Debug for Secret<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Secret::Passphrase(_) => "Secret::Passphrase(…)",
            Secret::Key(_) => "Secret::Key(…)",
        })
    }
}

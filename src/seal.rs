//! Sealing: authenticated encryption under random keys, and what wraps these keys.
//!
//! A collection ([`store::sealed`](crate::store::sealed)) and a file of one ([`transfer::sealed`](crate::transfer::sealed)) have a
//! random data key each. In front of what it seals stands, in the clear, an [`envelope`] with that key, wrapped by a passphrase
//! (Argon2id) or by a key of the caller's. A [`cipher`] is what the platform has for it.

pub mod cipher;
pub mod envelope;
pub(crate) mod kdf;
pub(crate) mod keys;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
mod secret;
#[cfg(target_arch = "wasm32")]
pub mod web_crypto;

pub use kdf::Kdf;
pub use secret::{Passphrase, Secret};

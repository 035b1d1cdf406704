//! Parts and manifests as they are stored: sealed, each bound to what it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::codec;
use crate::error::{Error, Result};
use crate::seal::cipher::{Cipher, Nonce, random, twice};
use crate::seal::envelope::VERSION;
use crate::seal::keys::Keys;
use crate::store::Head;

/// What every stored name of a sealed part begins with, and no name of a plain part.
pub(super) const SEALED: &str = "sealed/";

/// The name that the part of a name is stored under.
pub(super) fn stored_name<K>(keys: &Keys<K>, name: &str) -> Result<String> {
    Ok(format!("{SEALED}{}", keys.hidden_name(name)?))
}

/// What is sealed behind an envelope.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Contents {
    /// The nonce of each part that there is. A part opens under no other, so an older one that is put in its place does not, and
    /// what is not listed is not there.
    pub parts: BTreeMap<String, Nonce>,
    /// Whether there may be plain copies of parts, since the collection was being decrypted.
    pub has_plain_copies: bool,
    /// The manifest.
    #[serde(with = "codec::packed::unsigned")]
    pub manifest: Vec<u8>,
}

/// Seals a part under a nonce of its own.
pub(super) async fn seal_part<C: Cipher>(
    cipher: &C,
    keys: &Keys<C::Key>,
    history: u64,
    name: &str,
    part: &[u8],
) -> Result<(Nonce, Vec<u8>)> {
    let nonce = random(cipher)?;
    Ok((nonce, cipher.seal(&keys.sealing, &nonce, &of_part(history, name), part).await?))
}

/// A part; `None` where it is not the one that was written under the name with this nonce.
pub(super) async fn open_part<C: Cipher>(
    cipher: &C,
    keys: &Keys<C::Key>,
    history: u64,
    name: &str,
    nonce: &Nonce,
    sealed: &[u8],
) -> Result<Option<Vec<u8>>> {
    cipher.open(&keys.sealing, nonce, &of_part(history, name), sealed).await
}

/// The manifest of the commit that makes `head`, as it is stored: the envelope, a nonce, and the sealed contents.
pub(super) async fn seal_manifest<C: Cipher>(
    cipher: &C,
    keys: &Keys<C::Key>,
    head: Head,
    envelope: &[u8],
    contents: &Contents,
) -> Result<Vec<u8>> {
    let plain = postcard::to_allocvec(contents)
        .map_err(|cause| Error::internal("a manifest cannot be encoded").with_source(cause))?;
    let nonce: Nonce = random(cipher)?;
    let sealed = cipher.seal(&keys.sealing, &nonce, &of_manifest(head, envelope), &plain).await?;
    Ok([envelope, &nonce, &sealed].concat())
}

/// What [`seal_manifest`] sealed; `sealed` is what stands behind the envelope.
///
/// # Errors
/// [`StoreCorrupt`](crate::error::ErrorKind::StoreCorrupt) where it is not what was written at `head` behind this envelope.
pub(super) async fn open_manifest<C: Cipher>(
    cipher: &C,
    keys: &Keys<C::Key>,
    head: Head,
    envelope: &[u8],
    sealed: &[u8],
) -> Result<Contents> {
    let altered = || {
        let message =
            "the manifest is not the one that was written: it was altered, cut, or is another generation's";
        Error::corrupt(message)
    };
    let (nonce, sealed) = sealed.split_first_chunk().ok_or_else(altered)?;
    let associated = of_manifest(head, envelope);
    let plain = twice(async || cipher.open(&keys.sealing, nonce, &associated, sealed).await).await?;
    postcard::from_bytes(&plain.ok_or_else(altered)?)
        .map_err(|cause| Error::corrupt("the sealed manifest is malformed").with_source(cause))
}

/// What a part is sealed together with.
fn of_part(history: u64, name: &str) -> Vec<u8> {
    [b"ibid part ".as_slice(), &VERSION.to_le_bytes(), &history.to_le_bytes(), name.as_bytes()].concat()
}

/// What a manifest is sealed together with: of the envelope a hash (SHA-256).
fn of_manifest(head: Head, envelope: &[u8]) -> Vec<u8> {
    [
        b"ibid manifest ".as_slice(),
        &VERSION.to_le_bytes(),
        &head.history.to_le_bytes(),
        &head.generation.to_le_bytes(),
        &Sha256::digest(envelope),
    ]
    .concat()
}

//! A file under encryption: a plain one in sealed pieces, behind an envelope.
//!
//! | bytes | content |
//! | --- | --- |
//! | 30 | the [header](super::format), which says that the file is sealed |
//! | as it says | the [`envelope`](crate::seal::envelope) with the data key, which is a new random one for each file |
//! | … | pieces |
//!
//! A piece:
//!
//! | bytes | content |
//! | --- | --- |
//! | 4 | the length of the rest, little-endian: 16 to [`PIECE_BYTES`] + 16 |
//! | … | some bytes of the plain file, header and all, sealed with AES-256-GCM |
//!
//! The last piece is an empty one, and nothing comes after it. The nonce of a piece is its number, and header and envelope are sealed
//! together with every piece. So pieces that were altered, moved, left out or taken from another file do not open, a file that was
//! cut has no last piece, and nothing is given to a reader that was not written as it stands (the STREAM construction of Hoang,
//! Reyhanitabar, Rogaway and Vizár, 2015, with the empty piece in the place of its last bit). All pieces but the last two are full ones, so
//! that what shows of the content is its length. The envelope shows whether a passphrase or a key opens the file.

use std::fmt::Display;

use sha2::{Digest, Sha256};

use super::format::{Header, error_at};
use super::input::Input;
use super::{Sink, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::seal::cipher::{Cipher, Nonce, TAG_BYTES, twice};
use crate::seal::envelope::{Envelope, VERSION, Wrap};
use crate::seal::keys::Keys;
use crate::seal::{Kdf, Secret};

/// How many bytes of the plain file a piece has at most: 1 MiB.
pub const PIECE_BYTES: usize = 1 << 20;

/// A sink that seals what goes to another one, if there is a secret.
pub struct SealingSink<'s, S, C: Cipher> {
    inner: &'s mut S,
    cipher: C,
    secret: Option<Secret<C::CallerKey>>,
    sealed: Option<Sealed<C::Key>>,
}

/// A file that was begun.
struct Sealed<K> {
    pieces: Pieces<K>,
    /// What is no whole piece yet.
    waiting: Vec<u8>,
}

impl<'s, S, C: Cipher> SealingSink<'s, S, C> {
    /// Seals what goes to `inner` so that `secret` opens it, or hands it on as it is.
    pub fn new(inner: &'s mut S, cipher: C, secret: Option<Secret<C::CallerKey>>) -> Self {
        Self { inner, cipher, secret, sealed: None }
    }
}

impl<S: Sink, C: Cipher> SealingSink<'_, S, C> {
    /// The file, which has to be begun.
    fn begun(sealed: &mut Option<Sealed<C::Key>>) -> Result<&mut Sealed<C::Key>> {
        sealed.as_mut().ok_or_else(|| Error::internal("an encrypted file was not begun"))
    }
}

impl<S: Sink, C: Cipher> Sink for SealingSink<'_, S, C> {
    async fn begin(&mut self) -> Result<()> {
        self.inner.begin().await?;
        let Some(secret) = &self.secret else { return Ok(()) };
        // A file that is begun anew has another key: no nonce is used twice.
        let keys = Keys::random(&self.cipher).await?;
        let wrap = Wrap::new(&self.cipher, &keys, secret, Kdf::CURRENT).await?;
        let envelope = Envelope { key: keys.id, wraps: vec![wrap] }.encode()?;
        let header = Header::Sealed { envelope_bytes: envelope.len() as u64 }.encode();
        let beginning = [&header[..], &envelope].concat();
        self.sealed = Some(Sealed { pieces: Pieces::new(keys.sealing, &beginning), waiting: Vec::new() });
        self.inner.write(&beginning).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.secret.is_none() {
            return self.inner.write(bytes).await;
        }
        let Sealed { pieces, waiting } = Self::begun(&mut self.sealed)?;
        // Pieces of other lengths would show where the values in them end.
        let mut rest = bytes;
        while waiting.len() + rest.len() >= PIECE_BYTES {
            let some;
            (some, rest) = rest.split_at(PIECE_BYTES - waiting.len());
            waiting.extend_from_slice(some);
            let piece = pieces.seal(&self.cipher, waiting).await?;
            waiting.clear();
            self.inner.write(&piece).await?;
        }
        waiting.extend_from_slice(rest);
        Ok(())
    }

    async fn end(&mut self) -> Result<()> {
        if self.secret.is_some() {
            let Sealed { pieces, waiting } = Self::begun(&mut self.sealed)?;
            if !waiting.is_empty() {
                let piece = pieces.seal(&self.cipher, waiting).await?;
                self.inner.write(&piece).await?;
            }
            let last = pieces.seal(&self.cipher, &[]).await?;
            self.inner.write(&last).await?;
        }
        self.inner.end().await
    }
}

/// A source that opens what comes from another one, if there is a secret.
///
/// Its errors, besides those of the other: [`ErrorKind::NotEncrypted`] for a plain file where there is a secret,
/// [`ErrorKind::WrongKey`], [`ErrorKind::FileForeign`], [`ErrorKind::FileTooNew`], [`ErrorKind::FileTruncated`] and
/// [`ErrorKind::FileCorrupt`].
pub struct OpeningSource<S, C: Cipher> {
    input: Input<S>,
    cipher: C,
    state: State<C>,
}

enum State<C: Cipher> {
    /// There is no secret: the bytes are handed on as they are.
    Plain,
    /// Nothing was read.
    Locked(Secret<C::CallerKey>),
    /// Pieces are read.
    Open(Pieces<C::Key>),
    /// The last piece was read.
    Ended,
}

impl<S: Source, C: Cipher> OpeningSource<S, C> {
    /// Opens what comes from `inner` with `secret`, or hands it on as it is.
    pub fn new(inner: S, cipher: C, secret: Option<Secret<C::CallerKey>>) -> Self {
        let state = secret.map_or(State::Plain, State::Locked);
        Self { input: Input::new(inner), cipher, state }
    }
}

impl<S: Source, C: Cipher> Source for OpeningSource<S, C> {
    async fn read(&mut self) -> Result<Option<Vec<u8>>> {
        let Self { input, cipher, state } = self;
        if let State::Locked(secret) = state {
            *state = State::Open(unlock(input, cipher, secret).await?);
        }
        match state {
            State::Plain => input.source.read().await,
            State::Open(pieces) => {
                let piece = next_piece(input, cipher, pieces).await?;
                if piece.is_none() {
                    *state = State::Ended;
                }
                Ok(piece)
            }
            State::Locked(_) | State::Ended => Ok(None),
        }
    }
}

/// Reads header and envelope, and unwraps the key.
async fn unlock<C: Cipher>(
    input: &mut Input<impl Source>,
    cipher: &C,
    secret: &Secret<C::CallerKey>,
) -> Result<Pieces<C::Key>> {
    let header = input.header().await?;
    let Header::Sealed { envelope_bytes } = header else {
        let message = "the file is not encrypted: it is imported without a passphrase or key";
        return Err(Error::new(ErrorKind::NotEncrypted, message));
    };
    let (began, what) = (input.offset, "the envelope of the file");
    let bytes = input.up_to(envelope_bytes as usize).await?;
    if (bytes.len() as u64) < envelope_bytes {
        return Err(input.cut(began, what));
    }
    let of_file = |error: Error| match error.kind() {
        ErrorKind::StoreCorrupt => error_at(began, what, ErrorKind::FileCorrupt, error.message()),
        ErrorKind::StoreTooNew => error_at(began, what, ErrorKind::FileTooNew, error.message()),
        _ => error,
    };
    let envelope = match Envelope::split(&bytes).map_err(of_file)? {
        Some(split) if split.sealed.is_empty() => split.envelope,
        _ => return Err(error_at(began, what, ErrorKind::FileCorrupt, "it is none")),
    };
    let (keys, _) = envelope.unwrap(cipher, secret, "the file").await.map_err(of_file)?;
    Ok(Pieces::new(keys.sealing, &[&header.encode()[..], &bytes].concat()))
}

/// The plain bytes of the next piece; `None` for the last one, if nothing comes after it.
async fn next_piece<C: Cipher>(
    input: &mut Input<impl Source>,
    cipher: &C,
    pieces: &mut Pieces<C::Key>,
) -> Result<Option<Vec<u8>>> {
    let (began, what) = (input.offset, format!("sealed piece {}", pieces.count));
    let corrupt = |why: &dyn Display| Err(error_at(began, &what, ErrorKind::FileCorrupt, why));
    let length = input.up_to(4).await?;
    let Some(length) = length.first_chunk() else { return Err(input.cut(began, &what)) };
    let length = u32::from_le_bytes(*length) as usize;
    if !(TAG_BYTES..=PIECE_BYTES + TAG_BYTES).contains(&length) {
        return corrupt(&format_args!("no piece has {length} bytes"));
    }
    let sealed = input.up_to(length).await?;
    if sealed.len() < length {
        return Err(input.cut(began, &what));
    }
    match pieces.open(cipher, &sealed).await? {
        None => corrupt(&"it is not the one that was written there"),
        Some(plain) if !plain.is_empty() => Ok(Some(plain)),
        Some(_) if input.up_to(1).await?.is_empty() => Ok(None),
        Some(_) => corrupt(&"something comes after the last one"),
    }
}

/// Seals, or opens, the pieces of a file one after the other.
struct Pieces<K> {
    key: K,
    associated: Vec<u8>,
    /// How many there were.
    count: u64,
}

impl<K> Pieces<K> {
    /// `beginning` is what stands before the pieces: header and envelope.
    fn new(key: K, beginning: &[u8]) -> Self {
        let associated =
            [b"ibid file ".as_slice(), &VERSION.to_le_bytes(), &Sha256::digest(beginning)].concat();
        Self { key, associated, count: 0 }
    }

    /// A piece as it stands in the file, with its length.
    async fn seal(&mut self, cipher: &impl Cipher<Key = K>, plain: &[u8]) -> Result<Vec<u8>> {
        let nonce = self.next_nonce();
        let sealed = cipher.seal(&self.key, &nonce, &self.associated, plain).await?;
        Ok([&(sealed.len() as u32).to_le_bytes()[..], &sealed].concat())
    }

    async fn open(&mut self, cipher: &impl Cipher<Key = K>, sealed: &[u8]) -> Result<Option<Vec<u8>>> {
        let nonce = self.next_nonce();
        twice(async || cipher.open(&self.key, &nonce, &self.associated, sealed).await).await
    }

    fn next_nonce(&mut self) -> Nonce {
        let mut nonce = Nonce::default();
        nonce[..8].copy_from_slice(&self.count.to_le_bytes());
        self.count += 1;
        nonce
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

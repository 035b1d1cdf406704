//! Encryption at rest: a store over another one that holds nothing but sealed bytes.
//!
//! Every part is sealed with AES-256-GCM under a random data key, and stored under a keyed hash of its name. The manifest is
//! sealed, too, together with a list of all parts; in front of it stands in the clear an
//! [`envelope`](crate::seal::envelope) with the data key, wrapped
//! by a passphrase (Argon2id) or by a key of the caller's, once or several times. So another passphrase is one small commit.
//!
//! What is bound to what, so that stored bytes count only as what they were written as:
//!
//! - a part to its collection's data key, history and name, and by its nonce, which the list in the manifest has, to the very
//!   commit that wrote it: altered, cut, renamed, swapped or from an older generation, it counts as lost, like a part
//!   that is not there;
//! - the manifest to history, generation and envelope: another generation's, or one behind another envelope, is `store-corrupt`;
//! - a wrap to the data key that it is of and to what it costs.
//!
//! What cannot be told is an older copy of the whole database, unless this value has seen a newer generation of it. How many parts
//! there are, how long each is, and when they are written, is not hidden.
//!
//! What is stored decides: without a secret a plain collection is read as it is, and an encrypted one is
//! [`Locked`](ErrorKind::Locked); with a secret a plain one is [`NotEncrypted`](ErrorKind::NotEncrypted). A new collection is what
//! it was opened as. [`SealedStore::encrypt`] and [`SealedStore::decrypt`] turn one into the other.

mod access;
mod convert;
mod records;
mod rekey;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use async_lock::Mutex;

use self::access::Access;
use self::records::{Contents, SEALED, open_manifest, open_part, seal_manifest, seal_part, stored_name};
pub use self::rekey::KeyInfo;
use super::{Changes, Head, Part, Snapshot, Store, Work, check_commit, check_expected};
use crate::codec::{self, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::order;
use crate::seal::cipher::{Cipher, Nonce};
use crate::seal::envelope::{Envelope, Split};
use crate::seal::keys::Keys;
use crate::seal::{Kdf, Secret};

/// A store that seals what it hands on to another one, if it was opened with a secret.
///
/// Nothing is unlocked before it is first used. Once it is, the secret is forgotten, and only keys are kept.
pub struct SealedStore<S, C: Cipher> {
    inner: S,
    cipher: C,
    kdf: Kdf,
    access: RefCell<Access<C>>,
    /// Held while a secret is tried, which takes long: it is done once.
    unlocking: Mutex<()>,
    held: RefCell<Rc<Held<C::Key>>>,
}

/// What the inner store holds at a head.
struct Held<K> {
    head: Head,
    /// `None` where it is plain, or nothing.
    sealed: Option<Sealed<K>>,
}

/// What is known of sealed data.
struct Sealed<K> {
    keys: Rc<Keys<K>>,
    envelope: Envelope,
    /// The nonce of each part.
    parts: Rc<BTreeMap<String, Nonce>>,
    has_plain_copies: bool,
}

impl<K> Clone for Sealed<K> {
    fn clone(&self) -> Self {
        Self {
            keys: Rc::clone(&self.keys),
            envelope: self.envelope.clone(),
            parts: Rc::clone(&self.parts),
            has_plain_copies: self.has_plain_copies,
        }
    }
}

impl<K> Held<K> {
    fn plain(head: Head) -> Self {
        Self { head, sealed: None }
    }

    /// Refuses a head that lies before this one in the same history: someone put an older copy in its place.
    fn check_not_rolled_back(&self, now: Head) -> Result<()> {
        let Head { generation, history } = self.head;
        if self.sealed.is_some() && history == now.history && (1..generation).contains(&now.generation) {
            return Err(Error::corrupt(format!(
                "the collection was in generation {generation} and is in generation {} now: an older copy was put in its place",
                now.generation
            )));
        }
        Ok(())
    }
}

impl<S: Store, C: Cipher> SealedStore<S, C> {
    /// Seals what goes to `inner`, where there is a secret, or reads and writes it plain.
    pub fn new(inner: S, cipher: C, secret: Option<Secret<C::CallerKey>>) -> Self {
        Self {
            inner,
            cipher,
            kdf: Kdf::CURRENT,
            access: RefCell::new(Access::new(secret)),
            unlocking: Mutex::new(()),
            held: RefCell::new(Rc::new(Held::plain(Head::default()))),
        }
    }

    /// Has passphrases cost as much from now on. What costs less is wrapped anew when it is opened.
    pub fn with_kdf(self, kdf: Kdf) -> Self {
        Self { kdf, ..self }
    }

    /// The store inside.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn held(&self) -> Rc<Held<C::Key>> {
        Rc::clone(&self.held.borrow())
    }

    /// Remembers what there is, unless something newer is known.
    fn hold(&self, held: Held<C::Key>) -> Rc<Held<C::Key>> {
        let held = Rc::new(held);
        let mut known = self.held.borrow_mut();
        if held.head.history != known.head.history || held.head.generation >= known.head.generation {
            *known = Rc::clone(&held);
        }
        held
    }

    /// What the inner store holds now, and the manifest.
    async fn load_held(&self) -> Result<(Rc<Held<C::Key>>, Vec<u8>)> {
        loop {
            let known = self.held();
            let snapshot = self.inner.load().await?;
            known.check_not_rolled_back(snapshot.head)?;
            let (held, manifest) = self.open(snapshot).await?;
            let held = self.hold(held);
            if !self.settle(&held, &manifest).await {
                return Ok((held, manifest));
            }
        }
    }

    /// What a snapshot holds, and the manifest.
    async fn open(&self, snapshot: Snapshot) -> Result<(Held<C::Key>, Vec<u8>)> {
        let Snapshot { head, manifest } = snapshot;
        if head.generation == 0 {
            return Ok((Held::plain(head), manifest));
        }
        let Some(Split { envelope, bytes, sealed }) = Envelope::split(&manifest)? else {
            self.check_not_sealed(head, &manifest).await?;
            self.access.borrow().check_plain()?;
            return Ok((Held::plain(head), manifest));
        };
        let keys = self.keys_of(&envelope).await?;
        let contents = open_manifest(&self.cipher, &keys, head, bytes, sealed).await?;
        let Contents { parts, has_plain_copies, manifest } = contents;
        let sealed = Sealed { keys, envelope, parts: Rc::new(parts), has_plain_copies };
        Ok((Held { head, sealed: Some(sealed) }, manifest))
    }

    /// Refuses what looks plain only because the envelope is damaged beyond recognition: no manifest at all, and behind it sealed
    /// parts alone.
    async fn check_not_sealed(&self, head: Head, manifest: &[u8]) -> Result<()> {
        let Err(error) = codec::check(Kind::Manifest, "the manifest", manifest) else { return Ok(()) };
        if error.kind() != ErrorKind::StoreCorrupt {
            return Ok(());
        }
        // Where this fails nothing is known, and whoever reads the manifest finds it damaged.
        let names = self.inner.part_names(head).await.unwrap_or_default();
        match !names.is_empty() && names.iter().all(|name| name.starts_with(SEALED)) {
            true => Err(Error::corrupt("the collection is encrypted, and its envelope is damaged")),
            false => Ok(()),
        }
    }

    /// What the inner store holds at `head`; `check` refuses another head.
    async fn held_at(&self, head: Head, check: fn(Head, Head) -> Result<()>) -> Result<Rc<Held<C::Key>>> {
        if head.generation == 0 {
            return Ok(Rc::new(Held::plain(head))); // the inner store says whether there is nothing
        }
        let held = self.held();
        if held.head == head {
            return Ok(held);
        }
        let (held, _) = self.load_held().await?;
        check(held.head, head)?;
        Ok(held)
    }

    /// Reads parts at the head at which `sealed` is known. Those that are not to be had are read once more before they count as
    /// lost: see [`Cipher::open`].
    async fn read_sealed(
        &self,
        head: Head,
        sealed: &Sealed<C::Key>,
        names: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>> {
        let mut parts = self.read_once(head, sealed, names).await?;
        let lost = |(name, part): &(&String, &mut Option<Vec<u8>>)| {
            part.is_none() && sealed.parts.contains_key(*name)
        };
        let lost: Vec<_> = names.iter().zip(&mut parts).filter(lost).collect();
        if !lost.is_empty() {
            let names: Vec<String> = lost.iter().map(|(name, _)| (*name).clone()).collect();
            let again = self.read_once(head, sealed, &names).await?;
            lost.into_iter().zip(again).for_each(|((_, part), again)| *part = again);
        }
        Ok(parts)
    }

    async fn read_once(
        &self,
        head: Head,
        sealed: &Sealed<C::Key>,
        names: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>> {
        let listed = names.iter().filter(|name| sealed.parts.contains_key(*name));
        let stored = listed.map(|name| stored_name(&sealed.keys, name)).collect::<Result<Vec<_>>>()?;
        let mut stored = self.inner.read(head, &stored).await?.into_iter();
        let mut parts = Vec::with_capacity(names.len());
        for name in names {
            let part = match sealed.parts.get(name) {
                Some(nonce) => stored.next().flatten().map(|part| (nonce, part)),
                None => None,
            };
            parts.push(match part {
                Some((nonce, part)) => {
                    open_part(&self.cipher, &sealed.keys, head.history, name, nonce, &part).await?
                }
                None => None,
            });
        }
        Ok(parts)
    }

    /// Commits `changes` sealed, on top of `sealed`.
    async fn commit_sealed(&self, changes: Changes, mut sealed: Sealed<C::Key>) -> Result<u64> {
        let expected = changes.expected();
        let head = Head { generation: expected.generation + 1, ..expected };
        let keys = Rc::clone(&sealed.keys);
        let mut delete: Vec<String> =
            changes.delete.iter().map(|name| stored_name(&keys, name)).collect::<Result<_>>()?;
        if std::mem::take(&mut sealed.has_plain_copies) {
            let names = self.inner.part_names(expected).await?;
            delete.extend(names.into_iter().filter(|name| !name.starts_with(SEALED)));
        }
        let parts = Rc::make_mut(&mut sealed.parts);
        for name in &changes.delete {
            parts.remove(name);
        }
        let mut put: Vec<(String, Part)> = Vec::with_capacity(changes.put.len());
        for (name, part) in order::map(changes.put) {
            let (nonce, bytes) = seal_part(&self.cipher, &keys, head.history, &name, &part).await?;
            put.push((stored_name(&keys, &name)?, Rc::new(bytes)));
            parts.insert(name, nonce);
        }
        let manifest = self.seal_manifest(head, &sealed, changes.manifest).await?;
        let Changes { expected_generation, history, .. } = changes;
        let committed =
            self.inner.commit(Changes { expected_generation, history, manifest, put, delete }).await?;
        self.hold(Held { head, sealed: Some(sealed) });
        Ok(committed)
    }

    /// The stored manifest of the commit that makes `head`.
    async fn seal_manifest(&self, head: Head, sealed: &Sealed<C::Key>, manifest: Vec<u8>) -> Result<Vec<u8>> {
        let contents = Contents {
            parts: BTreeMap::clone(&sealed.parts),
            has_plain_copies: sealed.has_plain_copies,
            manifest,
        };
        seal_manifest(&self.cipher, &sealed.keys, head, &sealed.envelope.encode()?, &contents).await
    }
}

impl<S: Store, C: Cipher> Store for SealedStore<S, C> {
    type Guard = S::Guard;

    async fn head(&self) -> Result<Head> {
        let known = self.held();
        let head = self.inner.head().await?;
        known.check_not_rolled_back(head)?;
        Ok(head)
    }

    fn new_history(&self) -> u64 {
        self.inner.new_history()
    }

    async fn load(&self) -> Result<Snapshot> {
        let (held, manifest) = self.load_held().await?;
        Ok(Snapshot { head: held.head, manifest })
    }

    /// As every store does. A sealed part that is not the one that was written is `None`, like one that is not there: so damage stays
    /// where it is.
    async fn read(&self, head: Head, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        match &self.held_at(head, check_expected).await?.sealed {
            Some(sealed) => self.read_sealed(head, sealed, names).await,
            None => self.inner.read(head, names).await,
        }
    }

    async fn part_names(&self, head: Head) -> Result<Vec<String>> {
        let held = self.held_at(head, check_expected).await?;
        let names = self.inner.part_names(head).await?;
        Ok(match &held.sealed {
            Some(sealed) => sealed.parts.keys().cloned().collect(),
            None => names.into_iter().filter(|name| !name.starts_with(SEALED)).collect(),
        })
    }

    async fn commit(&self, changes: Changes) -> Result<u64> {
        let expected = changes.expected();
        let sealed = match expected.generation {
            0 => self.sealed_anew().await?,
            _ => self.held_at(expected, check_commit).await?.sealed.clone(),
        };
        if let Some(sealed) = sealed {
            return self.commit_sealed(changes, sealed).await;
        }
        let generation = self.inner.commit(changes).await?;
        self.hold(Held::plain(Head { generation, ..expected }));
        Ok(generation)
    }

    async fn destroy(&self) -> Result<()> {
        self.inner.destroy().await?;
        self.held.replace(Rc::new(Held::plain(Head::default())));
        Ok(())
    }

    async fn exclusive(&self, work: Work) -> S::Guard {
        self.inner.exclusive(work).await
    }

    async fn exclusive_now(&self, work: Work) -> Option<S::Guard> {
        self.inner.exclusive_now(work).await
    }
}

impl<S, C: Cipher> std::fmt::Debug for SealedStore<S, C> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SealedStore(…)") // it holds keys
    }
}

/// An error for what only an encrypted collection has.
fn not_encrypted() -> Error {
    let message =
        "the collection is not encrypted: open it without a passphrase or key; encrypt() encrypts it";
    Error::new(ErrorKind::NotEncrypted, message)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
pub(crate) mod tests;

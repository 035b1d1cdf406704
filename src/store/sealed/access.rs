//! How a store gets at the key of its collection.

use std::rc::Rc;

use super::{Held, Sealed, SealedStore, not_encrypted};
use crate::error::{Error, ErrorKind, Result};
use crate::seal::Secret;
use crate::seal::cipher::Cipher;
use crate::seal::envelope::{Envelope, Wrap};
use crate::seal::kdf::MAX_COST;
use crate::seal::keys::Keys;
use crate::store::{Changes, Store};

/// What a store may open, and with what.
pub(super) struct Access<C: Cipher> {
    /// What to unlock with; `None` once it is unlocked.
    pub secret: Option<Rc<Secret<C::CallerKey>>>,
    /// What was unlocked, or made for a new collection.
    pub vault: Option<Vault<C::Key>>,
    /// Whether data may be plain, and is where it is new.
    pub plain: bool,
}

/// A data key and its wraps.
pub(super) struct Vault<K> {
    pub keys: Rc<Keys<K>>,
    /// As it was last seen.
    pub envelope: Envelope,
    /// The wrap that was opened, or made, by the secret.
    pub wrap: u32,
    /// Those that were to take its place, as far as it is not known whether they did.
    pub changes: Vec<u32>,
}

impl<K> Vault<K> {
    /// The wraps that are this value's own, if they are there.
    pub fn own(&self) -> Vec<u32> {
        self.changes.iter().copied().chain([self.wrap]).collect()
    }
}

impl<K> Clone for Vault<K> {
    fn clone(&self) -> Self {
        Self {
            keys: Rc::clone(&self.keys),
            envelope: self.envelope.clone(),
            wrap: self.wrap,
            changes: self.changes.clone(),
        }
    }
}

impl<C: Cipher> Access<C> {
    pub fn new(secret: Option<Secret<C::CallerKey>>) -> Self {
        Self { plain: secret.is_none(), secret: secret.map(Rc::new), vault: None }
    }

    /// Refuses plain data where encrypted data is expected.
    pub fn check_plain(&self) -> Result<()> {
        if self.plain { Ok(()) } else { Err(not_encrypted()) }
    }
}

impl<S: Store, C: Cipher> SealedStore<S, C> {
    /// The keys that open what is behind `envelope`.
    pub(super) async fn keys_of(&self, envelope: &Envelope) -> Result<Rc<Keys<C::Key>>> {
        if let Some(keys) = self.known_keys(envelope) {
            return Ok(keys);
        }
        let _one_at_a_time = self.unlocking.lock().await;
        if let Some(keys) = self.known_keys(envelope) {
            return Ok(keys);
        }
        let secret = self.access.borrow().secret.clone();
        let secret = secret.ok_or_else(|| {
            let message = "the collection is encrypted: open it with its passphrase or key";
            Error::new(ErrorKind::Locked, message)
        })?;
        let (keys, wrap) = envelope.unwrap(&self.cipher, &secret, "the collection").await?;
        let vault =
            Vault { keys: Rc::new(keys), envelope: envelope.clone(), wrap: wrap.id, changes: Vec::new() };
        let keys = Rc::clone(&vault.keys);
        self.access.borrow_mut().vault = Some(vault);
        Ok(keys)
    }

    fn known_keys(&self, envelope: &Envelope) -> Option<Rc<Keys<C::Key>>> {
        let mut access = self.access.borrow_mut();
        let vault = access.vault.as_mut().filter(|vault| vault.keys.id == envelope.key)?;
        vault.envelope = envelope.clone();
        Some(Rc::clone(&vault.keys))
    }

    /// A new data key, wrapped by `secret`.
    pub(super) async fn new_vault(&self, secret: &Secret<C::CallerKey>) -> Result<Vault<C::Key>> {
        let keys = Rc::new(Keys::random(&self.cipher).await?);
        let wrap = Wrap::new(&self.cipher, &keys, secret, self.kdf).await?;
        let (id, key) = (wrap.id, keys.id);
        Ok(Vault { keys, envelope: Envelope { key, wraps: vec![wrap] }, wrap: id, changes: Vec::new() })
    }

    /// What a new collection is sealed with; `None` where it is plain. The secret is kept, since another may be faster: then the
    /// collection has another key.
    pub(super) async fn sealed_anew(&self) -> Result<Option<Sealed<C::Key>>> {
        if self.access.borrow().plain {
            return Ok(None);
        }
        let vault = self.vault_anew().await?;
        let Vault { keys, envelope, .. } = vault;
        Ok(Some(Sealed { keys, envelope, parts: Rc::default(), has_plain_copies: false }))
    }

    /// The vault of a collection that is not written yet.
    pub(super) async fn vault_anew(&self) -> Result<Vault<C::Key>> {
        let _one_at_a_time = self.unlocking.lock().await;
        let (known, secret) = {
            let access = self.access.borrow();
            (access.vault.clone(), access.secret.clone())
        };
        match (known, secret) {
            (Some(vault), _) => Ok(vault),
            (None, Some(secret)) => {
                let vault = self.new_vault(&secret).await?;
                self.access.borrow_mut().vault = Some(vault.clone());
                Ok(vault)
            }
            (None, None) => Err(Error::internal("an encrypted collection has neither key nor secret")),
        }
    }

    /// Forgets the secret once it has opened what is held, after it wrapped the key anew where the wrap costs too little.
    /// Returns whether that was committed.
    pub(super) async fn settle(&self, held: &Held<C::Key>, manifest: &[u8]) -> bool {
        let Some(sealed) = &held.sealed else { return false };
        let (secret, opened) = {
            let mut access = self.access.borrow_mut();
            (access.secret.take(), access.vault.as_ref().map(|vault| vault.wrap))
        };
        let wrap = sealed.envelope.wraps.iter().position(|wrap| Some(wrap.id) == opened);
        let below = wrap.filter(|&at| sealed.envelope.wraps[at].is_below(self.kdf));
        let Some((at, secret)) = below.zip(secret) else { return false };
        // What goes wrong here keeps nobody from reading; it is tried again when the collection is next opened.
        let Ok(mut wrap) = Wrap::new(&self.cipher, &sealed.keys, &secret, self.kdf).await else {
            return false;
        };
        let mut sealed = sealed.clone();
        wrap.id = sealed.envelope.wraps[at].id;
        sealed.envelope.wraps[at] = wrap;
        if sealed.envelope.cost() > MAX_COST {
            return false;
        }
        let changes = Changes {
            expected_generation: held.head.generation,
            history: held.head.history,
            manifest: manifest.to_vec(),
            ..Changes::default()
        };
        self.commit_sealed(changes, sealed).await.is_ok()
    }
}

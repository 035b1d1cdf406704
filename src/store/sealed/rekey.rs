//! Other secrets for the same data: only the envelope is written anew.

use super::access::Vault;
use super::{SealedStore, not_encrypted};
use crate::error::{Error, ErrorKind, Result};
use crate::seal::Secret;
use crate::seal::cipher::Cipher;
use crate::seal::envelope::{Envelope, MAX_WRAPS, Wrap};
use crate::seal::kdf::MAX_COST;
use crate::seal::keys::KeyId;
use crate::store::{Changes, Store};

/// One of the secrets that open a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// A number by which it is told from the others.
    pub id: u32,
    /// What it is: `"passphrase"` or `"key"`.
    pub kind: &'static str,
    /// Whether it is the one by which this value opened the collection.
    pub is_own: bool,
}

impl<S: Store, C: Cipher> SealedStore<S, C> {
    /// The secrets that open the collection; none where it is plain.
    ///
    /// # Errors
    /// The store's errors.
    pub async fn keys(&self) -> Result<Vec<KeyInfo>> {
        let (held, _) = self.load_held().await?;
        let envelope = match &held.sealed {
            Some(sealed) => Some(sealed.envelope.clone()),
            None if held.head.generation == 0 && !self.access.borrow().plain => {
                Some(self.vault_anew().await?.envelope)
            }
            None => None,
        };
        let own = self.access.borrow().vault.as_ref().map_or(Vec::new(), Vault::own);
        let wraps = envelope.map_or(Vec::new(), |envelope| envelope.wraps);
        let info =
            |wrap: &Wrap| KeyInfo { id: wrap.id, kind: wrap.lock.name(), is_own: own.contains(&wrap.id) };
        Ok(wraps.iter().map(info).collect())
    }

    /// Lets `to` open the collection in the place of the secret by which this value opened it. Others are not touched.
    ///
    /// The data key stays: whoever has a copy of the database from before, and the old secret, can still read what is added, if they
    /// get at it. [`SealedStore::decrypt`] and [`SealedStore::encrypt`] change that, too.
    ///
    /// Called again after it failed, with the same secret or another, it takes the place of what the failed call may have written.
    ///
    /// # Errors
    /// [`ErrorKind::NotEncrypted`] for a plain collection; the store's errors. One that leaves open whether it happened says so.
    pub async fn change_key(&self, to: Secret<C::CallerKey>) -> Result<()> {
        let (key, wrap) = self.wrap(&to).await?;
        // Known before it is written, since the answer may be lost.
        if let Some(vault) = &mut self.access.borrow_mut().vault {
            vault.changes.push(wrap.id);
        }
        self.edit(&key, &wrap, |envelope, own| {
            envelope.wraps.retain(|wrap| !own.contains(&wrap.id));
            push(envelope, wrap.clone())
        })
        .await?;
        if let Some(vault) = &mut self.access.borrow_mut().vault {
            (vault.wrap, vault.changes) = (wrap.id, Vec::new());
        }
        Ok(())
    }

    /// Lets `secret` open the collection, too. Returns its id.
    ///
    /// # Errors
    /// As [`SealedStore::change_key`], and [`ErrorKind::InvalidArgument`] where there are 16 already.
    pub async fn add_key(&self, secret: Secret<C::CallerKey>) -> Result<u32> {
        let (key, wrap) = self.wrap(&secret).await?;
        self.edit(&key, &wrap, |envelope, _| push(envelope, wrap.clone())).await?;
        Ok(wrap.id)
    }

    /// Lets the secret of this id no longer open the collection.
    ///
    /// # Errors
    /// As [`SealedStore::change_key`], and [`ErrorKind::InvalidArgument`] for an unknown id and for the last one.
    pub async fn remove_key(&self, id: u32) -> Result<()> {
        self.edit_envelope(|envelope, _| {
            let before = envelope.wraps.len();
            envelope.wraps.retain(|wrap| wrap.id != id);
            match (envelope.wraps.len() == before, envelope.wraps.is_empty()) {
                (true, _) => Err(Error::invalid_argument(format!("there is no key {id}"))),
                (_, true) => Err(Error::invalid_argument(
                    "the last key cannot be removed; decrypt() makes the collection plain",
                )),
                _ => Ok(()),
            }
        })
        .await
    }

    /// Wraps the data key, which is returned by its id, with `secret`.
    async fn wrap(&self, secret: &Secret<C::CallerKey>) -> Result<(KeyId, Wrap)> {
        let (held, _) = self.load_held().await?;
        let keys = match &held.sealed {
            Some(sealed) => sealed.keys.clone(),
            None if held.head.generation == 0 && !self.access.borrow().plain => self.vault_anew().await?.keys,
            None => return Err(not_encrypted()),
        };
        Ok((keys.id, Wrap::new(&self.cipher, &keys, secret, self.kdf).await?))
    }

    /// Has `edit` put `wrap`, of the data key of this id, into the envelope, where it is not in there already.
    async fn edit(
        &self,
        key: &KeyId,
        wrap: &Wrap,
        edit: impl Fn(&mut Envelope, &[u32]) -> Result<()>,
    ) -> Result<()> {
        self.edit_envelope(|envelope, own| {
            if envelope.key != *key {
                return Err(Error::new(
                    ErrorKind::Locked,
                    "the collection was encrypted anew: open it again",
                ));
            }
            match envelope.wraps.contains(wrap) {
                true => Ok(()),
                false => edit(envelope, own),
            }
        })
        .await
    }

    /// Commits another envelope around the same data. `edit` gets the ids of the own wrap and of those that were to take its place,
    /// too.
    async fn edit_envelope(&self, edit: impl Fn(&mut Envelope, &[u32]) -> Result<()>) -> Result<()> {
        self.persist(async || {
            let (held, manifest) = self.load_held().await?;
            let own = self.access.borrow().vault.as_ref().map_or(Vec::new(), Vault::own);
            let Some(sealed) = &held.sealed else {
                if held.head.generation > 0 || self.access.borrow().plain {
                    return Err(not_encrypted());
                }
                let mut vault = self.vault_anew().await?; // nothing is written yet
                edit(&mut vault.envelope, &own)?;
                self.access.borrow_mut().vault = Some(vault);
                return Ok(());
            };
            let mut sealed = sealed.clone();
            edit(&mut sealed.envelope, &own)?;
            if Some(&sealed.envelope) == held.sealed.as_ref().map(|sealed| &sealed.envelope) {
                return Ok(());
            }
            let changes = Changes {
                expected_generation: held.head.generation,
                history: held.head.history,
                manifest,
                ..Changes::default()
            };
            let envelope = sealed.envelope.clone();
            match self.commit_sealed(changes, sealed).await {
                Err(error) if error.kind() != ErrorKind::StoreConflict => {
                    self.after_lost_answer(&envelope, error).await
                }
                committed => committed.map(drop),
            }
        })
        .await
    }

    /// What a commit of `envelope` that failed with `error` came to: it may have happened, and only the answer been lost.
    async fn after_lost_answer(&self, envelope: &Envelope, error: Error) -> Result<()> {
        match self.load_held().await {
            Ok((held, _)) if held.sealed.as_ref().is_some_and(|sealed| sealed.envelope == *envelope) => Ok(()),
            Ok(_) => Err(error),
            Err(_) => Err(error.within(
                "whether the keys of the collection were changed could not be found out: open it with the new ones, then with the old",
            )),
        }
    }
}

fn push(envelope: &mut Envelope, wrap: Wrap) -> Result<()> {
    if envelope.wraps.len() >= MAX_WRAPS {
        return Err(Error::invalid_argument(format!("{MAX_WRAPS} keys open the collection already")));
    }
    envelope.wraps.push(wrap);
    if envelope.cost() > MAX_COST {
        return Err(Error::invalid_argument("the passphrases of the collection would take too long to try"));
    }
    Ok(())
}

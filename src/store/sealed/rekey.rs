//! Other secrets for the same data: only the envelope is written anew.

use super::cipher::Cipher;
use super::envelope::{Envelope, MAX_WRAPS, Wrap};
use super::secret::Secret;
use super::{SealedStore, not_encrypted};
use crate::error::{Error, ErrorKind, Result};
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
        let own = self.access.borrow().vault.as_ref().map(|vault| vault.wrap);
        let wraps = envelope.map_or(Vec::new(), |envelope| envelope.wraps);
        let info =
            |wrap: &Wrap| KeyInfo { id: wrap.id, kind: wrap.lock.name(), is_own: own == Some(wrap.id) };
        Ok(wraps.iter().map(info).collect())
    }

    /// Lets `to` open the collection in the place of the secret by which this value opened it. Others are not touched.
    ///
    /// The data key stays: whoever has a copy of the database from before, and the old secret, can still read what is added, if they
    /// get at it. [`SealedStore::decrypt`] and [`SealedStore::encrypt`] change that, too.
    ///
    /// # Errors
    /// [`ErrorKind::NotEncrypted`] for a plain collection; the store's errors.
    pub async fn change_key(&self, to: Secret<C::CallerKey>) -> Result<()> {
        let id = self
            .edit(&to, |envelope, own, wrap| {
                envelope.wraps.retain(|wrap| wrap.id != own);
                push(envelope, wrap)
            })
            .await?;
        if let Some(vault) = &mut self.access.borrow_mut().vault {
            vault.wrap = id;
        }
        Ok(())
    }

    /// Lets `secret` open the collection, too. Returns its id.
    ///
    /// # Errors
    /// As [`SealedStore::change_key`], and [`ErrorKind::InvalidArgument`] where there are 16 already.
    pub async fn add_key(&self, secret: Secret<C::CallerKey>) -> Result<u32> {
        self.edit(&secret, |envelope, _, wrap| push(envelope, wrap)).await
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

    /// Wraps the data key with `secret` and has `edit` put it into the envelope; returns its id.
    async fn edit(
        &self,
        secret: &Secret<C::CallerKey>,
        edit: impl Fn(&mut Envelope, u32, Wrap) -> Result<()>,
    ) -> Result<u32> {
        let (held, _) = self.load_held().await?;
        let keys = match &held.sealed {
            Some(sealed) => sealed.keys.clone(),
            None if held.head.generation == 0 && !self.access.borrow().plain => self.vault_anew().await?.keys,
            None => return Err(not_encrypted()),
        };
        let wrap = Wrap::new(&self.cipher, &keys, secret, self.kdf).await?;
        self.edit_envelope(|envelope, own| match envelope.key == keys.id {
            true => edit(envelope, own, wrap.clone()),
            false => Err(Error::new(ErrorKind::Locked, "the collection was encrypted anew: open it again")),
        })
        .await?;
        Ok(wrap.id)
    }

    /// Commits another envelope around the same data. `edit` gets the id of the own wrap, too.
    async fn edit_envelope(&self, edit: impl Fn(&mut Envelope, u32) -> Result<()>) -> Result<()> {
        self.persist(async || {
            let (held, manifest) = self.load_held().await?;
            let own = self.access.borrow().vault.as_ref().map_or(0, |vault| vault.wrap);
            let Some(sealed) = &held.sealed else {
                if held.head.generation > 0 || self.access.borrow().plain {
                    return Err(not_encrypted());
                }
                let mut vault = self.vault_anew().await?; // nothing is written yet
                edit(&mut vault.envelope, own)?;
                self.access.borrow_mut().vault = Some(vault);
                return Ok(());
            };
            let mut sealed = sealed.clone();
            edit(&mut sealed.envelope, own)?;
            let changes = Changes {
                expected_generation: held.head.generation,
                history: held.head.history,
                manifest,
                ..Changes::default()
            };
            self.commit_sealed(changes, sealed).await.map(drop)
        })
        .await
    }
}

fn push(envelope: &mut Envelope, wrap: Wrap) -> Result<()> {
    if envelope.wraps.len() >= MAX_WRAPS {
        return Err(Error::invalid_argument(format!("{MAX_WRAPS} keys open the collection already")));
    }
    envelope.wraps.push(wrap);
    Ok(())
}

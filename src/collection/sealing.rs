//! Collections that are encrypted at rest: other secrets, and from plain to encrypted and back.

use async_lock::MutexGuard;

use super::Collection;
use crate::error::Result;
use crate::generation::{Draft, Generation};
use crate::model::Embedder;
use crate::seal::Secret;
use crate::seal::cipher::Cipher;
use crate::store::sealed::{KeyInfo, SealedStore};
use crate::store::{Store, Work};
use crate::task::Task;

impl<S: Store, C: Cipher, E: Embedder> Collection<SealedStore<S, C>, E> {
    /// The secrets that open the collection; none where it is plain.
    ///
    /// # Errors
    /// [`Closed`](crate::error::ErrorKind::Closed), and the store's errors.
    pub async fn keys(&self) -> Result<Vec<KeyInfo>> {
        self.check_open()?;
        self.store.keys().await
    }

    /// Lets `to` open the collection in the place of what this value was opened with: see [`SealedStore::change_key`].
    ///
    /// # Errors
    /// As [`SealedStore::change_key`], and [`Closed`](crate::error::ErrorKind::Closed).
    pub async fn change_key(&self, to: Secret<C::CallerKey>) -> Result<()> {
        let _call = self.foreground.enter();
        self.begin().await?;
        let _turn = self.turn_to_write().await;
        self.check_open()?;
        self.store.change_key(to).await
    }

    /// Lets `secret` open the collection, too; returns its id.
    ///
    /// # Errors
    /// As [`SealedStore::add_key`], and [`Closed`](crate::error::ErrorKind::Closed).
    pub async fn add_key(&self, secret: Secret<C::CallerKey>) -> Result<u32> {
        let _call = self.foreground.enter();
        self.begin().await?;
        let _turn = self.turn_to_write().await;
        self.check_open()?;
        self.store.add_key(secret).await
    }

    /// Lets the secret of this id no longer open the collection.
    ///
    /// # Errors
    /// As [`SealedStore::remove_key`], and [`Closed`](crate::error::ErrorKind::Closed).
    pub async fn remove_key(&self, id: u32) -> Result<()> {
        let _call = self.foreground.enter();
        let _turn = self.turn_to_write().await;
        self.check_open()?;
        self.store.remove_key(id).await
    }

    /// Encrypts a plain collection: see [`SealedStore::encrypt`]. Searches go on meanwhile; what writes waits, in other tabs for
    /// some seconds: then this begins anew.
    ///
    /// # Errors
    /// As [`SealedStore::encrypt`], and [`Closed`](crate::error::ErrorKind::Closed).
    pub async fn encrypt(&self, secret: Secret<C::CallerKey>, task: &impl Task) -> Result<()> {
        let _others = self.alone(task).await?;
        self.begin().await?;
        let _turn = task.unless_aborted(self.turn_to_write()).await?;
        self.check_open()?;
        self.store.encrypt(secret, task).await
    }

    /// Makes an encrypted collection plain: see [`SealedStore::decrypt`]. Searches go on meanwhile; what writes waits, as for
    /// [`Collection::encrypt`].
    ///
    /// # Errors
    /// As [`SealedStore::decrypt`], and [`Closed`](crate::error::ErrorKind::Closed).
    pub async fn decrypt(&self, task: &impl Task) -> Result<()> {
        let _others = self.alone(task).await?;
        self.begin().await?;
        let _turn = task.unless_aborted(self.turn_to_write()).await?;
        self.check_open()?;
        self.store.decrypt(task).await
    }

    /// Commits a collection without documents where nothing was committed yet. What opens it has to be stored: else the next one
    /// who opens it makes a new one, as they open it.
    async fn begin(&self) -> Result<()> {
        let empty =
            |generation: &Generation| (generation.number() == 0).then(|| (Draft::new(generation), ()));
        self.commit(|generation| Ok(empty(generation))).await.map(drop)
    }

    /// Waits until no tab works in the background, and keeps all from beginning: their commits would overtake those of a
    /// conversion. Asked for before the writer's turn, since background work asks for them in this order, and by no foreground
    /// call, which that work steps aside for.
    async fn alone(&self, task: &impl Task) -> Result<Vec<S::Guard>> {
        let mut guards = Vec::new();
        for work in Work::ALL.iter().filter(|work| **work != Work::Writing) {
            guards.push(task.unless_aborted(self.store.exclusive(*work)).await?);
        }
        Ok(guards)
    }

    /// The writer's turn, in this tab and among all.
    async fn turn_to_write(&self) -> (MutexGuard<'_, ()>, S::Guard) {
        let writer = self.writer.lock().await;
        (writer, self.store.exclusive(Work::Writing).await)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

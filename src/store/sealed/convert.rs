//! From plain to encrypted and back.
//!
//! Parts are written in their new form beside the old ones, some at a time, by commits that leave everything as it is; the last
//! commit has the new manifest take the place of the old one and deletes all old parts. So readers see the one or the other, and
//! whatever interrupts it, nothing is lost. Parts in the new form that nobody needs are deleted by the next attempt; plain ones of
//! an encrypted collection already by the next commit.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::access::Vault;
use super::records::{SEALED, seal_part, stored_name};
use super::{Held, Sealed, SealedStore, not_encrypted};
use crate::error::{Error, ErrorKind, Result};
use crate::seal::Secret;
use crate::seal::cipher::Cipher;
use crate::store::{Changes, Head, Part, Store};
use crate::task::{Phase, Progress, Task};

/// A unit of bytes, which is small in tests, so that they need no large parts.
const MIB: usize = if cfg!(test) { 1 << 10 } else { 1 << 20 };
/// How many bytes are written in one commit, about.
const BYTES_PER_COMMIT: usize = 8 * MIB;
/// As long as parts are so small together, more of them are read at once.
const BYTES_PER_READ: usize = MIB;

/// How often a change that another writer overtook is made again.
const ATTEMPTS: usize = 8;

/// How many parts are read at once at most.
const MOST_PER_READ: usize = 32;

impl<S: Store, C: Cipher> SealedStore<S, C> {
    /// Encrypts a plain collection. Others who have it open get [`ErrorKind::Locked`] from then on.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for one that is encrypted; [`ErrorKind::StoreConflict`] where others do not stop writing;
    /// [`ErrorKind::Aborted`]; the store's errors. The collection is then as it was.
    pub async fn encrypt(&self, secret: Secret<C::CallerKey>, task: &impl Task) -> Result<()> {
        let vault = self.new_vault(&secret).await?;
        self.persist(async || {
            let (held, manifest) = self.load_held().await?;
            match (&held.sealed, held.head.generation) {
                (Some(_), _) => Err(encrypted_already()),
                (None, 0) if self.access.borrow().plain => Ok(()),
                (None, 0) => Err(encrypted_already()),
                (None, _) => self.convert(&held, manifest, Some(&vault), task).await,
            }
        })
        .await?;
        let mut access = self.access.borrow_mut();
        (access.plain, access.secret, access.vault) = (false, None, Some(vault));
        Ok(())
    }

    /// Makes an encrypted collection plain. Others who have it open get [`ErrorKind::NotEncrypted`] from then on.
    ///
    /// # Errors
    /// [`ErrorKind::NotEncrypted`] for one that is plain; otherwise as [`SealedStore::encrypt`].
    pub async fn decrypt(&self, task: &impl Task) -> Result<()> {
        self.persist(async || {
            let (held, manifest) = self.load_held().await?;
            match (&held.sealed, held.head.generation) {
                (None, 0) if !self.access.borrow().plain => Ok(()),
                (None, _) => Err(not_encrypted()),
                (Some(_), _) => self.convert(&held, manifest, None, task).await,
            }
        })
        .await?;
        let mut access = self.access.borrow_mut();
        (access.plain, access.secret, access.vault) = (true, None, None);
        Ok(())
    }

    /// Begins anew where another writer was faster.
    pub(super) async fn persist(&self, attempt: impl AsyncFn() -> Result<()>) -> Result<()> {
        for number in 1.. {
            match attempt().await {
                Err(error) if error.kind() == ErrorKind::StoreConflict && number < ATTEMPTS => {}
                result => return result,
            }
        }
        unreachable!("the last attempt returns")
    }

    /// Writes everything anew: sealed with what is in the vault, or plain where there is none.
    async fn convert(
        &self,
        from: &Held<C::Key>,
        manifest: Vec<u8>,
        to: Option<&Vault<C::Key>>,
        task: &impl Task,
    ) -> Result<()> {
        let mut conversion = Conversion::new(self, from, manifest, to).await?;
        let written = conversion.write_parts(task).await;
        if let Err(error) = written {
            conversion.clean_up().await;
            return Err(error);
        }
        conversion.finish().await
    }
}

/// The first of some names that are in one folder: parts of another kind may be much larger.
fn alike(names: &[String]) -> &[String] {
    let folder = |name: &String| name.split('/').next().map(str::to_owned);
    let others = names.iter().position(|name| folder(name) != folder(&names[0]));
    &names[..others.unwrap_or(names.len())]
}

fn encrypted_already() -> Error {
    Error::invalid_argument("the collection is encrypted already; changeKey() changes its passphrase or key")
}

/// A conversion under way.
struct Conversion<'c, S, C: Cipher> {
    store: &'c SealedStore<S, C>,
    /// The head that the next commit expects.
    head: Head,
    manifest: Vec<u8>,
    /// What there is, if it is sealed.
    from: Option<Sealed<C::Key>>,
    /// What it is to be, if that is sealed.
    to: Option<Sealed<C::Key>>,
    /// The parts that there are.
    names: Vec<String>,
    /// The stored names of all that is to be gone once this is done.
    old: Vec<String>,
    /// What an earlier attempt left.
    left_over: Vec<String>,
    put: Vec<(String, Part)>,
    /// What was committed in the new form.
    staged: Vec<String>,
}

impl<'c, S: Store, C: Cipher> Conversion<'c, S, C> {
    async fn new(
        store: &'c SealedStore<S, C>,
        from: &Held<C::Key>,
        manifest: Vec<u8>,
        to: Option<&Vault<C::Key>>,
    ) -> Result<Self> {
        let stored = store.inner.part_names(from.head).await?;
        let (old, left_over): (Vec<_>, Vec<_>) =
            stored.into_iter().partition(|name| name.starts_with(SEALED) == from.sealed.is_some());
        let names = match &from.sealed {
            Some(sealed) => sealed.parts.keys().cloned().collect(),
            None => old.clone(),
        };
        let to = to.map(|vault| Sealed {
            keys: Rc::clone(&vault.keys),
            envelope: vault.envelope.clone(),
            parts: Rc::new(BTreeMap::new()),
            has_plain_copies: false,
        });
        Ok(Self {
            store,
            head: from.head,
            manifest,
            from: from.sealed.clone(),
            to,
            names,
            old,
            left_over,
            put: Vec::new(),
            staged: Vec::new(),
        })
    }

    /// Writes all parts in the new form but the last ones, which [`Conversion::finish`] writes.
    async fn write_parts(&mut self, task: &impl Task) -> Result<()> {
        let names = std::mem::take(&mut self.names);
        let (mut done, mut step, mut waiting) = (0, 1, 0);
        while done < names.len() {
            task.report(Progress { phase: Phase::Converting, done, total: names.len() });
            task.checkpoint().await?;
            if waiting >= BYTES_PER_COMMIT {
                self.stage().await?;
                waiting = 0;
            }
            let some = alike(&names[done..names.len().min(done + step)]);
            let mut bytes = 0;
            for (name, part) in some.iter().zip(self.read(some).await?) {
                // What is damaged stays damaged: a part that is not there.
                let Some(part) = part else { continue };
                bytes += part.len();
                self.put(name, part).await?;
            }
            (done, waiting) = (done + some.len(), waiting + bytes);
            let are_small = some.len() == step && bytes < BYTES_PER_READ;
            step = if are_small { (step * 2).min(MOST_PER_READ) } else { 1 };
        }
        task.report(Progress { phase: Phase::Converting, done, total: names.len() });
        Ok(())
    }

    async fn read(&self, names: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        match &self.from {
            Some(sealed) => self.store.read_sealed(self.head, sealed, names).await,
            None => self.store.inner.read(self.head, names).await,
        }
    }

    async fn put(&mut self, name: &str, part: Vec<u8>) -> Result<()> {
        let Some(to) = &mut self.to else {
            self.put.push((name.to_owned(), Rc::new(part)));
            return Ok(());
        };
        let (nonce, sealed) = seal_part(&self.store.cipher, &to.keys, self.head.history, name, &part).await?;
        Rc::make_mut(&mut to.parts).insert(name.to_owned(), nonce);
        self.put.push((stored_name(&to.keys, name)?, Rc::new(sealed)));
        Ok(())
    }

    /// Commits what waits, beside all that there is.
    async fn stage(&mut self) -> Result<()> {
        let put = std::mem::take(&mut self.put);
        self.staged.extend(put.iter().map(|(name, _)| name.clone()));
        self.commit_as_it_is(put, self.left_over.clone(), true).await?;
        self.left_over.clear(); // only now: where the commit fails they are there still
        Ok(())
    }

    /// Commits the old manifest again.
    async fn commit_as_it_is(
        &mut self,
        put: Vec<(String, Part)>,
        delete: Vec<String>,
        has_plain_copies: bool,
    ) -> Result<()> {
        let head = self.next_head();
        let manifest = match &mut self.from {
            Some(sealed) => {
                sealed.has_plain_copies = has_plain_copies;
                self.store.seal_manifest(head, sealed, self.manifest.clone()).await?
            }
            None => self.manifest.clone(),
        };
        self.commit(Changes { manifest, put, delete, ..Changes::default() }).await?;
        self.store.hold(Held { head, sealed: self.from.clone() });
        Ok(())
    }

    /// Has the new form take the place of the old one.
    async fn finish(mut self) -> Result<()> {
        let head = self.next_head();
        let manifest = match &self.to {
            Some(sealed) => self.store.seal_manifest(head, sealed, self.manifest.clone()).await?,
            None => self.manifest.clone(),
        };
        let put = std::mem::take(&mut self.put);
        let mut delete = std::mem::take(&mut self.old);
        delete.append(&mut self.left_over);
        let before = self.expect_either();
        let committed = self.commit(Changes { manifest, put, delete, ..Changes::default() }).await;
        if let Err(error) = committed {
            // It may have happened all the same, and only the answer been lost.
            if self.is_there(head).await {
                return Ok(());
            }
            self.expect_as_before(before);
            self.clean_up().await;
            return Err(error);
        }
        self.store.hold(Held { head, sealed: self.to });
        Ok(())
    }

    /// From now on either form may be there, whoever reads meanwhile. Returns whether it might be plain already.
    fn expect_either(&self) -> bool {
        let mut access = self.store.access.borrow_mut();
        if let Some(Sealed { keys, envelope, .. }) = &self.to {
            let wrap = envelope.wraps[0].id;
            access.vault =
                Some(Vault { keys: Rc::clone(keys), envelope: envelope.clone(), wrap, changes: Vec::new() });
        }
        std::mem::replace(&mut access.plain, true)
    }

    fn expect_as_before(&self, plain: bool) {
        let mut access = self.store.access.borrow_mut();
        access.plain = plain;
        if self.to.is_some() {
            access.vault = None;
        }
    }

    /// Whether the store holds the new form.
    async fn is_there(&self, head: Head) -> bool {
        let Ok((held, _)) = self.store.load_held().await else { return false };
        let is_new = held.sealed.is_some() == self.to.is_some();
        is_new && held.head.history == head.history && held.head.generation >= head.generation
    }

    /// Deletes what was written in the new form, as far as that goes.
    async fn clean_up(&mut self) {
        let mut delete = std::mem::take(&mut self.staged);
        if !delete.is_empty() {
            delete.append(&mut self.left_over);
            let _ = self.commit_as_it_is(Vec::new(), delete, false).await;
        }
    }

    async fn commit(&mut self, changes: Changes) -> Result<()> {
        let Head { generation, history } = self.head;
        let changes = Changes { expected_generation: generation, history, ..changes };
        self.head.generation = self.store.inner.commit(changes).await?;
        Ok(())
    }

    fn next_head(&self) -> Head {
        Head { generation: self.head.generation + 1, ..self.head }
    }
}

//! Indexes that are kept in a folder, so that what did not change is not embedded again.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use ibid::chunk::ChunkOptions;
use ibid::collection::{Collection, CollectionOptions, LocalGraphs};
use ibid::document::Document;
use ibid::encoder::bert::BertEmbedder;
use ibid::error::{Error, ErrorKind, Result};
use ibid::model::Embedder;
use ibid::seal::Secret;
use ibid::seal::cipher::KeyBytes;
use ibid::seal::native::NativeCipher;
use ibid::store::Store;
use ibid::store::directory::DirectoryStore;
use ibid::store::sealed::SealedStore;

use crate::ingest::{MemoryCollection, add_documents, add_folder, open, read_some, unreadable};
use crate::progress::ProgressTask;
use crate::secret::IndexSecret;

/// A collection in a folder, encrypted or not.
pub type KeptCollection<E> = Collection<KeptStore, E>;

type KeptStore = SealedStore<DirectoryStore, NativeCipher>;

/// The options that say where the index of a folder of documents is kept.
#[derive(clap::Args)]
pub struct IndexArgument {
    /// Keep the index in this folder: what has not changed since the last time is not embedded again.
    #[arg(long, value_name = "FOLDER")]
    index: Option<PathBuf>,
    /// Make the kept index anew.
    #[arg(long, requires = "index")]
    fresh: bool,
    #[command(flatten)]
    secret: IndexSecret,
}

/// A collection of documents, kept or not.
pub enum AnyCollection<E> {
    /// As long as the command runs.
    Memory(MemoryCollection<E>),
    /// In a folder.
    Kept(KeptCollection<E>),
}

impl IndexArgument {
    /// The documents below `folder`; or what `folder` itself holds, where that is an index.
    pub async fn open(&self, folder: &Path, model: BertEmbedder) -> Result<AnyCollection<BertEmbedder>> {
        if DirectoryStore::exists(folder) {
            if let Some(index) = &self.index {
                let message = format!(
                    "{} is an index itself: {} would be an index of an index",
                    folder.display(),
                    index.display()
                );
                return Err(Error::invalid_argument(message));
            }
            return Ok(AnyCollection::Kept(open_kept(folder, model, self.secret.read()?).await?));
        }
        let secret = self.secret.read()?;
        let Some(index) = &self.index else {
            if secret.is_some() {
                let message = "a passphrase of an index, and no index: --index says where it is";
                return Err(Error::invalid_argument(message));
            }
            let collection = open(model).await?;
            add_folder(&collection, folder).await?;
            return Ok(AnyCollection::Memory(collection));
        };
        let documents = read_some(folder)?;
        let collection = open_or_renew(index, model, secret, self.fresh).await?;
        update(&collection, documents).await?;
        Ok(AnyCollection::Kept(collection))
    }
}

/// The collection in `folder`; a new one where there is none.
async fn open_kept<E: Embedder>(
    folder: &Path,
    embedder: E,
    secret: Option<Secret<KeyBytes>>,
) -> Result<KeptCollection<E>> {
    open_or_renew(folder, embedder, secret, false).await
}

/// As [`open_kept`], with nothing in it where it is to be `fresh`. What was in it has to be opened by the secret all the same: else
/// a new one would be plain, or encrypted by a slip of the pen.
pub async fn open_or_renew<E: Embedder>(
    folder: &Path,
    embedder: E,
    secret: Option<Secret<KeyBytes>>,
    fresh: bool,
) -> Result<KeptCollection<E>> {
    let store = store(existing_or_new(folder)?, secret);
    if fresh && DirectoryStore::exists(folder) {
        store.load().await.map_err(|error| with_hint(error, folder))?;
        store.destroy().await?;
    }
    let chunking = ChunkOptions::for_model(embedder.info().max_tokens);
    let options = CollectionOptions { chunking: Some(chunking), ..CollectionOptions::default() };
    Collection::open_with(store, embedder, options).await.map_err(|error| with_hint(error, folder))
}

/// As [`open_kept`], without a model, which whoever copies what models have made does not need.
pub async fn open_without_model(
    folder: &Path,
    secret: Option<Secret<KeyBytes>>,
) -> Result<KeptCollection<BertEmbedder>> {
    let store = store(existing_or_new(folder)?, secret);
    Collection::open(store, CollectionOptions::default()).await.map_err(|error| with_hint(error, folder))
}

/// As [`open_without_model`], for a folder that has to hold an index.
pub async fn open_existing(
    folder: &Path,
    secret: Option<Secret<KeyBytes>>,
) -> Result<KeptCollection<BertEmbedder>> {
    if !DirectoryStore::exists(folder) {
        let message = format!("{} is no index; `ibid index` makes one", folder.display());
        return Err(Error::invalid_argument(message));
    }
    open_without_model(folder, secret).await
}

fn store(folder: &Path, secret: Option<Secret<KeyBytes>>) -> KeptStore {
    SealedStore::new(DirectoryStore::new(folder), NativeCipher, secret)
}

/// Says by which option an index is opened that needs a passphrase.
fn with_hint(error: Error, folder: &Path) -> Error {
    match error.kind() {
        ErrorKind::Locked => Error::new(
            ErrorKind::Locked,
            format!("{} is encrypted: --index-passphrase-file says what opens it", folder.display()),
        ),
        ErrorKind::NotEncrypted => Error::new(
            ErrorKind::NotEncrypted,
            format!(
                "{} is not encrypted, and needs no passphrase; `ibid encrypt` encrypts it",
                folder.display()
            ),
        ),
        _ => error,
    }
}

/// Refuses a folder with anything else in it than an index.
fn existing_or_new(folder: &Path) -> Result<&Path> {
    if DirectoryStore::exists(folder) || !folder.exists() {
        return Ok(folder);
    }
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    let is_ours = |name: &str| name == "parts" || name.ends_with("lock") || name == "head.partial";
    let mut others = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    match others.find(|name| !is_ours(name)) {
        Some(other) => {
            let message = format!("{} is no index: it holds {other:?}", folder.display());
            Err(Error::invalid_argument(message))
        }
        None => Ok(folder),
    }
}

/// What became of the documents of a folder.
pub struct Updated {
    /// How many there are.
    pub documents: usize,
    /// How many of them are new or have changed.
    pub changed: usize,
    /// How many are gone.
    pub removed: usize,
}

/// Makes a kept collection one of `documents`: what is new or has changed is embedded, what is gone is removed.
pub async fn update<E: Embedder>(
    collection: &KeptCollection<E>,
    documents: Vec<Document>,
) -> Result<Updated> {
    let (ids, changed) = add_documents(collection, documents).await?;
    let ids: HashSet<String> = ids.into_iter().collect();
    let listed = collection.list().await?;
    let gone: Vec<String> = listed.into_iter().map(|it| it.id).filter(|id| !ids.contains(id)).collect();
    let removed = collection.remove(&gone).await?;
    let task = ProgressTask::new();
    // Where the vectors are of another model, all of them are made anew.
    collection.reindex(&task).await?;
    collection.embed_backlog(&task).await?;
    collection.maintain(&LocalGraphs, &task).await?;
    Ok(Updated { documents: ids.len(), changed, removed })
}

//! Indexes that are kept in a folder, so that what did not change is not embedded again.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use ibid::chunk::ChunkOptions;
use ibid::collection::{Collection, CollectionOptions, LocalGraphs};
use ibid::encoder::bert::BertEmbedder;
use ibid::error::{Error, Result};
use ibid::model::Embedder;
use ibid::store::Store;
use ibid::store::directory::DirectoryStore;

use crate::ingest::{MemoryCollection, add_folder, open, unreadable};
use crate::progress::ProgressTask;

/// A collection in a folder.
pub type KeptCollection<E> = Collection<DirectoryStore, E>;

/// The options that say where the index of a folder of documents is kept.
#[derive(clap::Args)]
pub struct IndexArgument {
    /// Keep the index in this folder: what has not changed since the last time is not embedded again.
    #[arg(long, value_name = "FOLDER")]
    index: Option<PathBuf>,
    /// Make the kept index anew.
    #[arg(long, requires = "index")]
    fresh: bool,
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
            return Ok(AnyCollection::Kept(open_kept(folder, model).await?));
        }
        let Some(index) = &self.index else {
            let collection = open(model).await?;
            add_folder(&collection, folder).await?;
            return Ok(AnyCollection::Memory(collection));
        };
        let collection = open_or_renew(index, model, self.fresh).await?;
        update(&collection, folder).await?;
        Ok(AnyCollection::Kept(collection))
    }
}

/// The collection in `folder`; a new one where there is none.
pub async fn open_kept<E: Embedder>(folder: &Path, embedder: E) -> Result<KeptCollection<E>> {
    let chunking = ChunkOptions::for_model(embedder.info().max_tokens);
    let options = CollectionOptions { chunking: Some(chunking), ..CollectionOptions::default() };
    Collection::open_with(DirectoryStore::new(existing_or_new(folder)?), embedder, options).await
}

/// As [`open_kept`], with nothing in it where it is to be `fresh`.
pub async fn open_or_renew<E: Embedder>(
    folder: &Path,
    embedder: E,
    fresh: bool,
) -> Result<KeptCollection<E>> {
    if fresh && DirectoryStore::exists(folder) {
        DirectoryStore::new(folder).destroy().await?;
    }
    open_kept(folder, embedder).await
}

/// Refuses a folder with anything else in it than an index.
pub fn existing_or_new(folder: &Path) -> Result<&Path> {
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

/// Makes a kept collection what `folder` holds: what is new or has changed is embedded, what is gone is removed.
pub async fn update<E: Embedder>(collection: &KeptCollection<E>, folder: &Path) -> Result<Updated> {
    let (ids, changed) = add_folder(collection, folder).await?;
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

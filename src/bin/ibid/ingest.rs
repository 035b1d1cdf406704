//! Folders of documents as collections in memory.

use std::fs;
use std::path::{Path, PathBuf};

use ibid::chunk::ChunkOptions;
use ibid::collection::{Collection, CollectionOptions};
use ibid::document::{Document, MediaType};
use ibid::error::{Error, ErrorKind, Result};
use ibid::extract::formats::detect;
use ibid::model::Embedder;
use ibid::store::Store;
use ibid::store::memory::MemoryStore;

use crate::progress::ProgressTask;

/// A collection that lives as long as the command.
pub type MemoryCollection<E> = Collection<MemoryStore, E>;

/// An empty collection with a model.
pub async fn open<E: Embedder>(embedder: E) -> Result<MemoryCollection<E>> {
    let chunking = ChunkOptions::for_model(embedder.info().max_tokens);
    open_with(embedder, chunking).await
}

/// An empty collection with a model, whose documents are cut as `chunking` says.
pub async fn open_with<E: Embedder>(embedder: E, chunking: ChunkOptions) -> Result<MemoryCollection<E>> {
    Collection::open_with(
        MemoryStore::new(),
        embedder,
        CollectionOptions { chunking: Some(chunking), ..CollectionOptions::default() },
    )
    .await
}

/// Adds every document below `folder` that can be read, as [`add_documents`] does.
pub async fn add_folder<S: Store, E: Embedder>(
    collection: &Collection<S, E>,
    folder: &Path,
) -> Result<(Vec<String>, usize)> {
    add_documents(collection, read_some(folder)?).await
}

/// As [`read_folder`], one at least.
pub fn read_some(folder: &Path) -> Result<Vec<Document>> {
    let documents = read_folder(folder)?;
    match documents.is_empty() {
        true => {
            Err(Error::invalid_argument(format!("{} holds no document that can be read", folder.display())))
        }
        false => Ok(documents),
    }
}

/// Adds documents. Returns the ids of all, and how many were not there as they are.
pub async fn add_documents<S: Store, E: Embedder>(
    collection: &Collection<S, E>,
    documents: Vec<Document>,
) -> Result<(Vec<String>, usize)> {
    let task = ProgressTask::new();
    let added = collection.add(documents, &task).await?;
    let changed = added.iter().filter(|document| !document.unchanged).count();
    Ok((added.into_iter().map(|document| document.id).collect(), changed))
}

/// Every document below `folder` that can be read, under its path from there. Those that cannot are named on standard
/// error.
pub fn read_folder(folder: &Path) -> Result<Vec<Document>> {
    let mut paths = Vec::new();
    find_documents(folder, &mut paths)?;
    let mut documents = Vec::new();
    for path in paths {
        match read_document(folder, &path) {
            Ok(document) => documents.push(document),
            Err(error) => eprintln!("skipped: {error}"),
        }
    }
    Ok(documents)
}

/// The file at `path` as a document whose id is its path below `root`, if it can be read.
pub fn read_document(root: &Path, path: &Path) -> Result<Document> {
    let document = document_of_file(root, path, None)?;
    // One bad file must not spoil the rest of a folder.
    ibid::extract::extract(&document)?;
    Ok(document)
}

/// The file at `path` as a document whose id is its path below `root`: of the type that its content shows, else of the
/// `declared` one, else of the one that its name says. Its title is its own, or else its name.
pub fn document_of_file(root: &Path, path: &Path, declared: Option<&str>) -> Result<Document> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, error))?;
    let relative = path.strip_prefix(root).unwrap_or(path);
    let id =
        relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    let media_type =
        detect(&bytes, declared, Some(&id)).map_err(|error| error.within(format!("document {id:?}")))?;
    let file_name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Document { file_name, ..Document::new(id, "", media_type, bytes) })
}

/// Paths of all files below `folder` whose names are those of documents, in order of their names; hidden ones and links are passed over.
fn find_documents(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    let mut entries: Vec<_> =
        entries.collect::<std::io::Result<_>>().map_err(|error| unreadable(folder, error))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(|error| unreadable(&entry.path(), error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            find_documents(&entry.path(), paths)?;
        } else if kind.is_file() && MediaType::from_file_name(&name).is_some() {
            paths.push(entry.path());
        }
    }
    Ok(())
}

/// The error of a path that cannot be read.
pub fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("{} cannot be read", path.display())).with_source(error)
}

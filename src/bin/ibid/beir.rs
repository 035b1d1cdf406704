//! Test collections in the layout of BEIR (Thakur et al., 2021): corpus.jsonl, queries.jsonl, qrels.tsv.

use std::fs;
use std::path::Path;

use ibid::error::{Error, Result};
use ibid::evaluate::{Qrels, parse_qrels};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::ingest::unreadable;

/// A document of the corpus.
#[derive(Deserialize)]
pub struct CorpusLine {
    /// Its id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Its title; may be empty.
    #[serde(default)]
    pub title: String,
    /// Its text; may be empty.
    pub text: String,
}

/// A query.
#[derive(Deserialize)]
pub struct QueryLine {
    /// Its id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Its text.
    pub text: String,
}

/// Reads corpus.jsonl.
pub fn read_corpus(path: &Path) -> Result<Vec<CorpusLine>> {
    read_lines(path)
}

/// Reads queries.jsonl.
pub fn read_queries(path: &Path) -> Result<Vec<QueryLine>> {
    read_lines(path)
}

/// Reads qrels.tsv: query id, document id, relevance. The first line may be a header that names them.
pub fn read_qrels(path: &Path) -> Result<Qrels> {
    parse_qrels(&read(path)?).map_err(|error| error.within(path.display()))
}

/// Reads a file with one JSON object per line; an error names the line.
pub fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = read(path)?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| serde_json::from_str(line).map_err(|error| malformed(path, number, error)))
        .collect()
}

/// The text of a file, without the mark that some editors put before it.
pub fn read(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn malformed(path: &Path, line: usize, why: impl std::fmt::Display) -> Error {
    Error::invalid_argument(format!("{}, line {line}: {why}", path.display()))
}

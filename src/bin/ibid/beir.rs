//! Test collections in the layout of BEIR (Thakur et al., 2021): corpus.jsonl, queries.jsonl, qrels.tsv.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use ibid::error::{Error, Result};
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

/// Relevance by document, by query.
pub type Qrels = BTreeMap<String, HashMap<String, u32>>;

/// Reads corpus.jsonl.
pub fn read_corpus(path: &Path) -> Result<Vec<CorpusLine>> {
    read_lines(path)
}

/// Reads queries.jsonl.
pub fn read_queries(path: &Path) -> Result<Vec<QueryLine>> {
    read_lines(path)
}

/// Reads qrels.tsv: query id, document id, relevance; a heading line is passed over.
pub fn read_qrels(path: &Path) -> Result<Qrels> {
    let text = read(path)?;
    let mut qrels = Qrels::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        let judgement = match fields.as_slice() {
            [query, document, relevance] => {
                relevance.parse::<i64>().ok().map(|relevance| (*query, *document, relevance))
            }
            _ => None,
        };
        match judgement {
            Some((query, document, relevance)) => {
                let relevance = u32::try_from(relevance.max(0)).unwrap_or(u32::MAX);
                qrels.entry(query.to_owned()).or_default().insert(document.to_owned(), relevance);
            }
            None if number == 1 => {}
            None => {
                return Err(malformed(
                    path,
                    number,
                    "expected query id, document id and relevance, separated by tabs",
                ));
            }
        }
    }
    Ok(qrels)
}

fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = read(path)?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| serde_json::from_str(line).map_err(|error| malformed(path, number, error)))
        .collect()
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| unreadable(path, error))
}

fn malformed(path: &Path, line: usize, why: impl std::fmt::Display) -> Error {
    Error::invalid_argument(format!("{}, line {line}: {why}", path.display()))
}

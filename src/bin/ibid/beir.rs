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

/// Reads qrels.tsv: query id, document id, relevance. The first line may be a header that names them.
pub fn read_qrels(path: &Path) -> Result<Qrels> {
    parse_qrels(path, &read(path)?)
}

fn parse_qrels(path: &Path, text: &str) -> Result<Qrels> {
    let mut qrels = Qrels::new();
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).peekable();
    lines.next_if(|(_, line)| is_header(line));
    for (number, line) in lines {
        let (query, document, relevance) = parse_judgement(line).ok_or_else(|| {
            let expected = "expected query id, document id and relevance, a whole number, separated by tabs";
            malformed(path, number, expected)
        })?;
        qrels.entry(query.to_owned()).or_default().insert(document.to_owned(), relevance);
    }
    Ok(qrels)
}

/// What fields of qrels are called in headers, in lower case and without what joins words. BEIR's is `query-id`,
/// `corpus-id`, `score`.
const FIELD_NAMES: [&[&str]; 3] = [
    &["queryid", "qid", "query", "topicid", "topic"],
    &["corpusid", "documentid", "docid", "docno", "document", "doc", "passageid", "pid"],
    &["score", "relevance", "relevancy", "rel", "judgement", "judgment", "grade", "label"],
];

/// Whether a line names the fields, each in its place.
fn is_header(line: &str) -> bool {
    let name = |field: &str| field.trim().to_lowercase().replace(['-', '_', ' '], "");
    let names: Vec<_> = line.split('\t').map(name).collect();
    names.len() == FIELD_NAMES.len()
        && names.iter().zip(FIELD_NAMES).all(|(name, known)| known.contains(&name.as_str()))
}

/// Query, document and relevance; one below 0 says no more than 0 does.
fn parse_judgement(line: &str) -> Option<(&str, &str, u32)> {
    let fields: Vec<_> = line.split('\t').map(str::trim).collect();
    let &[query, document, relevance] = fields.as_slice() else { return None };
    let relevance: i64 = relevance.parse().ok()?;
    Some((query, document, u32::try_from(relevance.max(0)).unwrap_or(u32::MAX)))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Qrels> {
        parse_qrels(Path::new("folder/qrels.tsv"), text)
    }

    #[track_caller]
    fn assert_refused(text: &str, line: usize) {
        let error = parse(text).unwrap_err();
        let place = format!("folder/qrels.tsv, line {line}: expected query id");
        assert!(error.message().starts_with(&place), "{error}");
    }

    #[test]
    fn judgements_are_read_with_and_without_a_header() {
        let lines = "1\tlease\t2\n1\tsale\t-1\n\n2\tlease\t0\n";
        let qrels = parse(lines).unwrap();
        let expected = [
            ("1".to_owned(), HashMap::from([("lease".to_owned(), 2), ("sale".to_owned(), 0)])),
            ("2".to_owned(), HashMap::from([("lease".to_owned(), 0)])),
        ];
        assert_eq!(qrels, Qrels::from(expected));
        for header in ["query-id\tcorpus-id\tscore", "Query_ID\tdoc id\tRelevance", "qid\tdocno\trel"] {
            assert_eq!(parse(&format!("{header}\n{lines}")).unwrap(), qrels, "{header}");
            assert_eq!(parse(&format!("\n{header}\r\n{lines}")).unwrap(), qrels, "{header}");
        }
    }

    #[test]
    fn a_malformed_first_line_that_is_no_header_is_an_error() {
        for first in [
            "1 lease 2",
            "1\tlease",
            "1\tlease\thigh",
            "1\t0\tlease\t2",
            "query-id\tcorpus-id",
            "1\tlease\t1.5",
        ] {
            assert_refused(&format!("{first}\n1\tsale\t1\n"), 1);
        }
        assert_refused("corpus-id\tquery-id\tscore\n", 1);
    }

    #[test]
    fn a_header_is_the_first_line_only() {
        assert_refused("query-id\tcorpus-id\tscore\nquery-id\tcorpus-id\tscore\n", 2);
        assert_refused("1\tlease\t1\n\nquery-id\tcorpus-id\tscore\n", 3);
    }
}

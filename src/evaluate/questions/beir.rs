//! Questions in the layout of BEIR (Thakur et al., 2021).

use serde_json::Value;

use super::json::Fields;
use super::{At, BTreeMap, HashMap, Question, Questions, lines, wrong};
use crate::error::Result;

/// Relevance by document, by query.
pub type Qrels = BTreeMap<String, HashMap<String, u32>>;

impl Questions {
    /// Reads the content of `queries.jsonl`, an object with `_id` and `text` a line, and of `qrels.tsv` ([`parse_qrels`]). Queries
    /// without a relevant document are left out, as BEIR leaves them out.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) naming file, line and field, also where no query is left.
    pub fn from_beir(queries: &str, qrels: &str) -> Result<Self> {
        let qrels = parse_qrels(qrels).map_err(|error| error.within("qrels"))?;
        let queries = lines(queries).map(|(line, text)| {
            let at = At::Line(line);
            let value: Value = serde_json::from_str(text).map_err(|error| wrong(at, "JSON", error))?;
            let fields = Fields::of(&value, at)?;
            let id = fields.id()?.ok_or_else(|| wrong(at, "_id", "it is missing"))?;
            let documents = qrels.get(&id).cloned().unwrap_or_default();
            Ok((
                at,
                Question { id, text: fields.question()?, documents, passages: Vec::new(), answerable: true },
            ))
        });
        let queries: Vec<_> = queries.collect::<Result<_>>().map_err(|error| error.within("queries"))?;
        Self::checked(queries.into_iter().filter(|(_, question)| question.is_judged()).collect())
    }
}

/// Reads the content of `qrels.tsv`: query id, document id and relevance, separated by tabs. The first line may be a header that
/// names them.
///
/// # Errors
/// [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) naming the line.
pub fn parse_qrels(text: &str) -> Result<Qrels> {
    let mut qrels = Qrels::new();
    let mut lines = lines(text).peekable();
    lines.next_if(|(_, line)| is_header(line));
    for (number, line) in lines {
        let expected = "expected query id, document id and relevance, a whole number, separated by tabs";
        let (query, document, relevance) =
            parse_judgement(line).ok_or_else(|| wrong(At::Line(number), "judgement", expected))?;
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

/// Query, document and relevance.
fn parse_judgement(line: &str) -> Option<(&str, &str, u32)> {
    let fields: Vec<_> = line.split('\t').map(str::trim).collect();
    let &[query, document, relevance] = fields.as_slice() else { return None };
    Some((query, document, parse_grade(relevance)?))
}

/// A whole number as a grade; one below 0 says no more than 0 does.
pub(super) fn parse_grade(text: &str) -> Option<u32> {
    let grade: i64 = text.parse().ok()?;
    Some(u32::try_from(grade.max(0)).unwrap_or(u32::MAX))
}

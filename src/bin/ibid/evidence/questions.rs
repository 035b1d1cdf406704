//! Questions with the passages that answer them.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use ibid::document::Span;
use ibid::error::{Error, Result};
use ibid::evaluate::Piece;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::beir::read_lines;

/// A question, the document that answers it, and where.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// What is asked.
    pub question: String,
    /// The path of the document below its folder.
    pub document: String,
    answers: Vec<Answer>,
    #[serde(skip)]
    path: PathBuf,
}

/// A passage that answers, all or a part of the question.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Answer {
    /// By its text, exactly as it stands in the extracted text of the document.
    Quoted {
        text: String,
        /// Which occurrence of the text is meant, from 1; where there are several it must be said.
        occurrence: Option<usize>,
    },
    /// By its place, in UTF-8 bytes of the extracted text, where the text may not be quoted.
    Placed {
        start: usize,
        end: usize,
        /// The first sixteen hexadecimal digits of the SHA-256 of the passage.
        sha256: String,
    },
}

/// Reads a file of questions.
pub fn read_questions(path: &Path) -> Result<Vec<Question>> {
    let mut questions: Vec<Question> = read_lines(path)?;
    questions.iter_mut().for_each(|question| path.clone_into(&mut question.path));
    Ok(questions)
}

impl Question {
    /// The passages that answer, in characters.
    ///
    /// # Errors
    /// `InvalidArgument` where the document or a passage is not there, or a passage is not the only one.
    pub fn relevant(&self, texts: &HashMap<String, Characters>) -> Result<Vec<Piece<String>>> {
        let text =
            texts.get(&self.document).ok_or_else(|| self.wrong("its document is in none of the folders"))?;
        if self.answers.is_empty() {
            return Err(self.wrong("it has no answer"));
        }
        let piece = |answer: &Answer| {
            let span = answer.find(&text.text).map_err(|why| self.wrong(&why))?;
            Ok((self.document.clone(), text.range(span)))
        };
        self.answers.iter().map(piece).collect()
    }

    fn wrong(&self, why: &str) -> Error {
        let Self { path, question, .. } = self;
        Error::invalid_argument(format!("{}, {question:?}: {why}", path.display()))
    }
}

impl Answer {
    /// Where it is in `text`, or why it is not.
    fn find(&self, text: &str) -> Result<Span, String> {
        match self {
            Self::Quoted { text: wanted, occurrence } => {
                let found: Vec<usize> = text.match_indices(wanted.as_str()).map(|(at, _)| at).collect();
                let number = match (found.len(), occurrence) {
                    (1, None) => 1,
                    (several, None) => return Err(format!("{wanted:?} is there {several} times")),
                    (_, Some(number)) => *number,
                };
                let at = number.checked_sub(1).and_then(|number| found.get(number));
                let &start = at.ok_or_else(|| format!("{wanted:?} is there {} times", found.len()))?;
                Ok(Span::new(start, start + wanted.len()))
            }
            Self::Placed { start, end, sha256 } => {
                let passage =
                    text.get(*start..*end).ok_or_else(|| format!("{start} to {end} is no passage"))?;
                let hash = short_hash(passage);
                if hash == *sha256 {
                    Ok(Span::new(*start, *end))
                } else {
                    Err(format!("the hash of {start} to {end} is {hash}, not {sha256}"))
                }
            }
        }
    }
}

fn short_hash(passage: &str) -> String {
    Sha256::digest(passage).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A text whose offsets are counted in characters.
pub struct Characters {
    text: String,
    /// The byte at which each character begins.
    starts: Vec<usize>,
}

impl Characters {
    /// Counts the characters of `text`.
    pub fn new(text: String) -> Self {
        Self { starts: text.char_indices().map(|(at, _)| at).collect(), text }
    }

    /// A span in bytes as a range in characters.
    pub fn range(&self, span: Span) -> Range<usize> {
        let before = |byte: u32| self.starts.partition_point(|&start| start < byte as usize);
        before(span.start)..before(span.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relevant(line: &str, text: &str) -> Result<Vec<Piece<String>>> {
        let question: Question = serde_json::from_str(line).unwrap();
        question.relevant(&HashMap::from([("a.md".to_owned(), Characters::new(text.to_owned()))]))
    }

    fn asked(answers: &str) -> String {
        format!(r#"{{"question": "Why?", "document": "a.md", "answers": [{answers}]}}"#)
    }

    #[test]
    fn answers_are_found_by_their_text_or_their_place_and_counted_in_characters() {
        let text = "Öl und Öl und Gas";
        let quoted = asked(r#"{"text": "Gas"}, {"text": "Öl", "occurrence": 2}"#);
        assert_eq!(
            relevant(&quoted, text).unwrap(),
            [("a.md".to_owned(), 14..17), ("a.md".to_owned(), 7..9)]
        );
        let placed = asked(&format!(r#"{{"start": 16, "end": 19, "sha256": "{}"}}"#, short_hash("Gas")));
        assert_eq!(relevant(&placed, text).unwrap(), [("a.md".to_owned(), 14..17)]);
    }

    #[test]
    fn an_answer_that_is_not_there_or_not_the_only_one_is_an_error() {
        let text = "Öl und Öl und Gas";
        for (answers, message) in [
            (r#"{"text": "Öl"}"#, "\"Öl\" is there 2 times"),
            (r#"{"text": "Öl", "occurrence": 3}"#, "\"Öl\" is there 2 times"),
            (r#"{"text": "Öl", "occurrence": 0}"#, "\"Öl\" is there 2 times"),
            (r#"{"text": "Holz"}"#, "\"Holz\" is there 0 times"),
            (r#"{"start": 1, "end": 3, "sha256": ""}"#, "1 to 3 is no passage"),
            (r#"{"start": 16, "end": 19, "sha256": "0"}"#, "the hash of 16 to 19 is"),
            ("", "it has no answer"),
        ] {
            let error = relevant(&asked(answers), text).unwrap_err();
            assert!(error.message().contains(message), "{error}");
        }
    }
}

//! Files of questions, read into one type.
//!
//! | form | what it is |
//! | --- | --- |
//! | BEIR | `queries.jsonl` and `qrels.tsv` ([`Questions::from_beir`]) |
//! | JSON | an object a line, or one array of them ([`Questions::from_json`]) |
//! | CSV | a header and a row for each question and document that answers it ([`Questions::from_csv`]) |
//!
//! Every error is an [`InvalidArgument`](crate::error::ErrorKind::InvalidArgument) that names the line, from 1, and the field.

mod beir;
mod csv;
mod json;
mod passage;
mod table;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use super::ranking::Judgements;
use crate::error::{Error, Result};
pub use beir::{Qrels, parse_qrels};
pub use passage::{Passage, Wanted};

/// A question and what answers it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// Unique among its questions; its number, from 1, where the file names none.
    pub id: String,
    /// What is asked.
    pub text: String,
    /// The grade of each judged document; those of its passages have 1 where nothing else is said.
    pub documents: Judgements<String>,
    /// The passages that answer, all of them together; may be empty.
    pub passages: Vec<Passage>,
    /// Whether the collection has the answer. One that it has not has no relevant document and no passage.
    pub answerable: bool,
}

/// Questions in the order of their file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions(pub Vec<Question>);

impl Questions {
    /// Reads a file of questions by the end of its name: `.csv` and `.tsv` as CSV, everything else as JSON.
    ///
    /// # Errors
    /// Those of [`Questions::from_csv`] and [`Questions::from_json`].
    pub fn from_file(name: &str, text: &str) -> Result<Self> {
        let name = name.to_ascii_lowercase();
        if name.ends_with(".csv") || name.ends_with(".tsv") {
            Self::from_csv(text)
        } else {
            Self::from_json(text)
        }
    }

    /// Puts questions together with their lines and checks what no line tells alone.
    fn checked(questions: Vec<(At, Question)>) -> Result<Self> {
        if questions.is_empty() {
            return Err(Error::invalid_argument("there is no question"));
        }
        let mut ids = HashSet::new();
        for (at, question) in &questions {
            question.check().map_err(|error| error.within(at))?;
            if !ids.insert(question.id.as_str()) {
                return Err(wrong(*at, "id", format_args!("{:?} is there twice", question.id)));
            }
        }
        Ok(Self(questions.into_iter().map(|(_, question)| question).collect()))
    }
}

impl Question {
    /// Whether there is a document that answers.
    pub fn is_judged(&self) -> bool {
        self.documents.values().any(|grade| *grade > 0)
    }

    /// Gives the documents of passages a grade where they have none.
    fn with_documents_of_passages(mut self) -> Self {
        for passage in &self.passages {
            self.documents.entry(passage.document.clone()).or_insert(1);
        }
        self
    }

    fn check(&self) -> Result<()> {
        let wrong = |why: &str| Err(Error::invalid_argument(why));
        match self {
            _ if self.text.trim().is_empty() => wrong("question: it is empty"),
            _ if self.id.is_empty() => wrong("id: it is empty"),
            _ if self.documents.keys().any(String::is_empty) => wrong("document: an id is empty"),
            _ if self.answerable && self.documents.is_empty() => wrong(
                "documents: nothing answers the question; say \"answerable\": false where that is meant",
            ),
            _ if !self.answerable && self.is_judged() => {
                wrong("answerable: it is false, but there are documents that answer")
            }
            _ => Ok(()),
        }
    }
}

/// Where in a file something is, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Line(usize),
    /// Of an array.
    Item(usize),
}

impl fmt::Display for At {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(formatter, "line {line}"),
            Self::Item(item) => write!(formatter, "item {item}"),
        }
    }
}

/// The error of a field.
fn wrong(at: At, field: &str, why: impl fmt::Display) -> Error {
    Error::invalid_argument(format!("{at}: {field}: {why}"))
}

/// The text of a file without the mark that some editors put before it.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The lines of a text that are not blank, numbered from 1.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(without_mark(text).lines()).filter(|(_, line)| !line.trim().is_empty())
}

#[cfg(test)]
mod tests;

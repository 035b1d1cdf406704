//! What is measured with: documents, and questions from files.

use std::path::Path;

use ibid::document::{Document, MediaType};
use ibid::error::{Error, Result};
use ibid::evaluate::{Question, Questions};

use super::Arguments;
use crate::beir::{read, read_corpus};
use crate::ingest::read_folder;

/// Documents.
pub struct Material {
    /// Those that hold any text.
    pub documents: Vec<Document>,
    /// How many are empty.
    pub empty: usize,
}

impl Material {
    /// The corpus of a test collection, or every document below a folder.
    pub fn read(folder: &Path) -> Result<Self> {
        let corpus = folder.join("corpus.jsonl");
        if !corpus.exists() {
            let documents = read_folder(folder)?;
            return if documents.is_empty() {
                let message =
                    format!("{} has neither corpus.jsonl nor a document that can be read", folder.display());
                Err(Error::invalid_argument(message))
            } else {
                Ok(Self { documents, empty: 0 })
            };
        }
        let corpus = read_corpus(&corpus)?;
        let total = corpus.len();
        let full = corpus.into_iter().filter(|line| !line.text.trim().is_empty());
        let documents: Vec<_> =
            full.map(|line| Document::new(line.id, line.title, MediaType::Plain, line.text)).collect();
        let empty = total - documents.len();
        Ok(Self { documents, empty })
    }
}

/// The questions that the command line names, or those of the test collection.
pub fn read_questions(arguments: &Arguments) -> Result<Vec<Question>> {
    match &arguments.questions {
        Some(path) => {
            let name = path.to_string_lossy();
            let questions = Questions::from_file(&name, &read(path)?);
            Ok(questions.map_err(|error| error.within(&name))?.0)
        }
        None => {
            let folder = &arguments.folder;
            let queries = folder.join("queries.jsonl");
            if !queries.exists() {
                let message =
                    format!("{} has no queries.jsonl; name --questions or --known-items", folder.display());
                return Err(Error::invalid_argument(message));
            }
            let split = folder.join("qrels.tsv");
            // As BEIR publishes its collections.
            let qrels = if split.exists() { split } else { folder.join("qrels").join("test.tsv") };
            let questions = Questions::from_beir(&read(&queries)?, &read(&qrels)?);
            Ok(questions.map_err(|error| error.within(folder.display()))?.0)
        }
    }
}

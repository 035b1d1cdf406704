//! What is measured with: documents, questions, and the passages that answer.

use std::collections::HashMap;
use std::path::Path;

use ibid::document::{Document, Extracted, MediaType, Span};
use ibid::error::{Error, Result};
use ibid::evaluate::{Frequencies, Piece, Question, Questions, Source, Tokens, known_items};
use ibid::extract::extract;
use ibid::language::Language;

use super::Arguments;
use crate::beir::{read, read_corpus};
use crate::ingest::read_folder;

/// Documents and questions about them.
pub struct Material {
    /// The documents that hold any text.
    pub documents: Vec<Document>,
    /// How many documents are empty.
    pub empty: usize,
    /// The questions.
    pub questions: Vec<Question>,
    /// Of each question its passages in tokens.
    pub relevant: Vec<Vec<Piece<String>>>,
    /// The tokens of each document; none where no question has a passage.
    tokens: HashMap<String, Tokens>,
}

impl Material {
    /// Reads or makes what the command line names.
    pub fn read(arguments: &Arguments) -> Result<Self> {
        let (documents, empty) = read_documents(&arguments.folder)?;
        let questions = read_questions(arguments, &documents)?;
        let texts = match questions.iter().any(|question| !question.passages.is_empty()) {
            true => texts(&documents)?,
            false => HashMap::new(),
        };
        let tokens = texts.iter().map(|(id, text)| (id.clone(), Tokens::words(&text.text))).collect();
        let mut material = Self { documents, empty, questions, relevant: Vec::new(), tokens };
        let relevant: Result<_> = material.questions.iter().map(|it| material.passages(it, &texts)).collect();
        material.relevant = relevant?;
        Ok(material)
    }

    /// A span of a document in tokens.
    pub fn piece(&self, document: &str, span: Span) -> Option<Piece<String>> {
        Some((document.to_owned(), self.tokens.get(document)?.range(span)))
    }

    fn passages(
        &self,
        question: &Question,
        texts: &HashMap<String, Extracted>,
    ) -> Result<Vec<Piece<String>>> {
        let piece = |passage: &ibid::evaluate::Passage| {
            let missing = || Error::invalid_argument(format!("there is no document {:?}", passage.document));
            let text = texts.get(&passage.document).ok_or_else(missing)?;
            self.piece(&passage.document, passage.find(&text.text)?).ok_or_else(missing)
        };
        let passages = question.passages.iter().map(piece).collect::<Result<_>>();
        passages.map_err(|error| error.within(format_args!("question {:?}", question.id)))
    }
}

/// The corpus of a test collection, or every document below a folder; and how many of the corpus are empty.
fn read_documents(folder: &Path) -> Result<(Vec<Document>, usize)> {
    let corpus = folder.join("corpus.jsonl");
    if !corpus.exists() {
        let documents = read_folder(folder)?;
        return if documents.is_empty() {
            let message =
                format!("{} has neither corpus.jsonl nor a document that can be read", folder.display());
            Err(Error::invalid_argument(message))
        } else {
            Ok((documents, 0))
        };
    }
    let corpus = read_corpus(&corpus)?;
    let total = corpus.len();
    let full = corpus.into_iter().filter(|line| !line.text.trim().is_empty());
    let documents: Vec<_> =
        full.map(|line| Document::new(line.id, line.title, MediaType::Plain, line.text)).collect();
    let empty = total - documents.len();
    Ok((documents, empty))
}

fn read_questions(arguments: &Arguments, documents: &[Document]) -> Result<Vec<Question>> {
    if let Some(count) = arguments.known_items {
        return made(documents, count, arguments.seed);
    }
    match &arguments.questions {
        Some(path) => {
            let name = path.to_string_lossy();
            let questions = Questions::from_file(&name, &read(path)?);
            let Questions(questions) = questions.map_err(|error| error.within(&name))?;
            check(&questions, documents).map_err(|error| error.within(&name))?;
            Ok(questions)
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

/// Whether the documents that answer are there: a wrong name would look like a bad search.
fn check(questions: &[Question], documents: &[Document]) -> Result<()> {
    let known: HashMap<&str, ()> = documents.iter().map(|document| (document.id.as_str(), ())).collect();
    for question in questions {
        let mut relevant: Vec<&String> =
            question.documents.iter().filter(|(_, grade)| **grade > 0).map(|(id, _)| id).collect();
        relevant.sort();
        if let Some(missing) = relevant.into_iter().find(|id| !known.contains_key(id.as_str())) {
            let message = format!("question {:?}: there is no document {missing:?}", question.id);
            return Err(Error::invalid_argument(message));
        }
    }
    Ok(())
}

/// Questions that are made of the documents' own sentences.
fn made(documents: &[Document], count: usize, seed: u64) -> Result<Vec<Question>> {
    let texts = texts(documents)?;
    let mut sources: Vec<Source<'_>> = Vec::with_capacity(documents.len());
    let mut passages: Vec<(&str, Option<Language>)> = Vec::new();
    for document in documents {
        let Some(Extracted { text, blocks, .. }) = texts.get(&document.id) else { continue };
        let language = document.language.or_else(|| Language::detect(text));
        passages.extend(blocks.iter().filter_map(|block| Some((block.span.slice(text)?, language))));
        sources.push(Source {
            document: &document.id,
            text,
            parts: vec![Span::new(0, text.len())],
            language,
        });
    }
    let frequencies = Frequencies::of(passages);
    let questions = known_items(sources, |term| frequencies.idf(term), count, seed);
    if questions.is_empty() {
        return Err(Error::invalid_argument("no sentence of the documents makes a question"));
    }
    Ok(questions)
}

fn texts(documents: &[Document]) -> Result<HashMap<String, Extracted>> {
    documents.iter().map(|document| Ok((document.id.clone(), extract(document)?))).collect()
}

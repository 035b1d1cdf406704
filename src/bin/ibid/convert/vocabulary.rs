//! Which part of a vocabulary is needed, and what is lost with the rest.

use std::path::{Path, PathBuf};

use ibid::encoder::prune::{Alphabet, Needed, Pruned};
use ibid::error::{Error, Result};
use ibid::extract::extract;

use crate::ingest::{document_of_file, read_folder};

/// The options that say what of a vocabulary is needed. What either of them names stays.
#[derive(clap::Args)]
pub struct Vocabulary {
    /// Keep all pieces that occur in these documents, or in all below these folders: the smallest folder, exact for these texts.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    vocabulary_from: Vec<PathBuf>,
    /// Keep all pieces that are written in the letters of these languages, such as de,en: exact for all texts in these letters.
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    languages: Vec<String>,
}

impl Vocabulary {
    /// Whether anything may be left out.
    pub fn is_pruned(&self) -> bool {
        !self.vocabulary_from.is_empty() || !self.languages.is_empty()
    }

    /// What is needed; `None` for all of the vocabulary.
    pub fn read(&self) -> Result<Option<Needed>> {
        if !self.is_pruned() {
            return Ok(None);
        }
        let alphabet = (!self.languages.is_empty()).then(|| Alphabet::of(&self.languages)).transpose()?;
        let mut texts = Vec::new();
        for path in &self.vocabulary_from {
            read_texts(path, &mut texts)?;
        }
        Ok(Some(Needed { texts, alphabet }))
    }
}

/// Adds the texts and titles of a document, or of all below a folder.
fn read_texts(path: &Path, texts: &mut Vec<String>) -> Result<()> {
    let documents = if path.is_dir() {
        read_folder(path)?
    } else {
        vec![document_of_file(path.parent().unwrap_or(path), path, None)?]
    };
    if documents.is_empty() {
        return Err(Error::invalid_argument("it holds no document that can be read").within(path.display()));
    }
    for document in documents {
        let extracted = extract(&document).map_err(|error| error.within(path.display()))?;
        // A passage begins with its document's title, or its file's name.
        texts.extend([extracted.properties.title, document.file_name]);
        texts.push(extracted.text);
    }
    Ok(())
}

/// What a person has to know of a pruned model.
pub fn what_remains(pruned: &Pruned, megabytes_before: f64, vocabulary: &Vocabulary) -> String {
    let Pruned { rows, rows_before, .. } = pruned;
    let percent = 100.0 * *rows as f64 / *rows_before as f64;
    let inside = match (vocabulary.vocabulary_from.is_empty(), vocabulary.languages.join(", ")) {
        (true, languages) => format!("every text in the letters of {languages}"),
        (false, languages) if languages.is_empty() => {
            "the texts that were given, and others of their words".to_owned()
        }
        (false, languages) => {
            format!("the texts that were given, and every text in the letters of {languages}")
        }
    };
    format!(
        "vocabulary: {rows} of {rows_before} rows stay ({percent:.0} %); the folder had {megabytes_before:.1} MB.\n\
         inside: {inside}. Vectors and scores are the same as before, to the bit.\n\
         outside: words are cut into more and smaller pieces, or unknown where the vocabulary has no smaller ones, so their vectors \
         differ and less of what they mean is known; texts are longer in tokens. So may be words that begin a passage in the middle of \
         a sentence.\n\
         Collections that the whole model made need `reindex`: this one has another fingerprint."
    )
}

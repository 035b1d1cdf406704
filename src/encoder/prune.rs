//! Leaves out of a model's vocabulary what a deployment has no use for: of a multilingual model most of its size.
//!
//! What stays is closed under what the tokenizer looks at, so that texts inside it are split as before, and their vectors are the
//! same to the bit. Of Unigram these are all pieces that occur in a word, since any of them could be part of the best way through it
//! ([Kudo 2018](https://arxiv.org/abs/1804.10959)), and the least likely piece, by which unknown characters are scored; of WordPiece all
//! that a word begins or goes on with, of which it takes the longest.

mod alphabet;
mod tokenizer_file;

use std::borrow::Cow;

use safetensors::tensor::{Dtype, SafeTensors};

use crate::encoder::folder::{
    EmbeddingTask, FileDigest, FileDigests, MANIFEST_FILE, ModelFiles, ModelManifest, ModelTask,
    TOKENIZER_FILE, WEIGHTS_FILE, invalid,
};
use crate::encoder::tokenizer::SubwordTokenizer;
use crate::encoder::tokenizer::pair::PairTokenizer;
use crate::encoder::weights::{Tensor, WORDS, scale_name, serialize, step_name};
use crate::error::{Error, Result};

pub use alphabet::Alphabet;
use tokenizer_file::{Renumbering, TokenizerFile};

/// What of a vocabulary is needed.
#[derive(Clone, Debug, Default)]
pub struct Needed {
    /// Texts such as those that are to be embedded. All pieces that occur in their words stay.
    pub texts: Vec<String>,
    /// Letters; all pieces that are written in them stay, and all without any letter.
    pub alphabet: Option<Alphabet>,
}

/// A model with a part of its vocabulary.
#[derive(Clone, Debug)]
pub struct Pruned {
    /// Its folder.
    pub files: ModelFiles,
    /// How many rows the table of word embeddings had.
    pub rows_before: usize,
    /// How many it has now: one for each piece and special token that stays.
    pub rows: usize,
}

/// A model folder with the part of its vocabulary that is needed.
///
/// Special tokens, single characters and single bytes stay in any case. A text is inside if all pieces that occur in its words stay,
/// as those of `needed.texts`, the model's prefixes, and all texts written in `needed.alphabet` do: it has the same vector, to the bit.
/// In other texts words may become more and shorter pieces, so that their vectors differ; with Unigram no character becomes unknown that was
/// a piece, with WordPiece a word may, where a letter of it is known in longer pieces only. The model has a fingerprint of its own.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`](crate::error::ErrorKind::InvalidArgument) where nothing is needed,
/// [`ErrorKind::ModelUnsupported`](crate::error::ErrorKind::ModelUnsupported) for a tokenizer that merges pairs (BPE), and those of
/// [`ModelFiles::verify`] and [`SubwordTokenizer::from_json`].
pub fn prune(files: &ModelFiles, needed: &Needed) -> Result<Pruned> {
    if needed.texts.is_empty() && needed.alphabet.is_none() {
        return Err(Error::invalid_argument(
            "a vocabulary can be pruned to texts or languages, but neither is given",
        ));
    }
    let manifest = files.verify()?;
    let tokenizer = Splitter::load(&files.tokenizer, &manifest)?;
    let file = TokenizerFile::parse(&files.tokenizer)?;
    // Prefixes stand alone before an empty text, too.
    let texts =
        || needed.texts.iter().map(String::as_str).chain([""]).flat_map(|text| inputs(&manifest, text));

    let mut kept = tokenizer.single().occurring(texts())?;
    file.pieces_without_which_none_can_be_told(&mut kept);
    if let Some(alphabet) = &needed.alphabet {
        file.pieces_written_in(alphabet, &mut kept);
    }
    let renumbering = file.renumbering(&kept)?;
    let json = file.renumbered(&renumbering)?;
    let pruned = Splitter::load(&json, &manifest)?;
    for text in texts() {
        check(&text, &tokenizer, &pruned, &renumbering)?;
    }

    let weights = pick_rows(&files.weights, &renumbering.rows, &manifest)?;
    let (rows_before, rows) = (manifest.config.vocab_size, renumbering.rows.len());
    let mut manifest = ModelManifest {
        source: format!("{}; {rows} of {rows_before} rows of its vocabulary", manifest.source),
        files: FileDigests { tokenizer: FileDigest::of(&json), weights: FileDigest::of(&weights) },
        ..manifest
    };
    manifest.config.vocab_size = rows;
    let files = ModelFiles { manifest: manifest.to_json()?, tokenizer: json, weights };
    Ok(Pruned { files, rows_before, rows })
}

/// The tokenizer of a model, which takes what looks like a special token for one, or of pairs for text.
enum Splitter {
    Single(SubwordTokenizer),
    Pair(PairTokenizer),
}

impl Splitter {
    fn load(json: &[u8], manifest: &ModelManifest) -> Result<Self> {
        Ok(match manifest.task {
            ModelTask::Embedding(_) => Self::Single(SubwordTokenizer::from_json(json)?),
            ModelTask::PairScoring => Self::Pair(PairTokenizer::from_json(json)?),
        })
    }

    fn single(&self) -> &SubwordTokenizer {
        match self {
            Self::Single(tokenizer) => tokenizer,
            Self::Pair(pair) => pair.of_each(),
        }
    }
}

/// A text as the model takes it: alone, and behind each prefix, with which it may share a word.
fn inputs<'t>(manifest: &ModelManifest, text: &'t str) -> Vec<Cow<'t, str>> {
    let mut inputs = vec![Cow::Borrowed(text)];
    if let ModelTask::Embedding(EmbeddingTask { query_prefix, passage_prefix, .. }) = &manifest.task {
        let prefixes = [query_prefix, passage_prefix].into_iter().filter(|prefix| !prefix.is_empty());
        inputs.extend(prefixes.map(|prefix| Cow::Owned(format!("{prefix}{text}"))));
    }
    inputs
}

/// Checks that a text is made of the same pieces as before.
fn check(text: &str, before: &Splitter, after: &Splitter, renumbering: &Renumbering) -> Result<()> {
    let ids = |tokenizer: &Splitter| Ok(tokenizer.single().encode(text, usize::MAX)?.ids);
    let expected = ids(before)?.into_iter().map(|id| renumbering.new_id(id)).collect::<Option<Vec<u32>>>();
    if expected == Some(ids(after)?) {
        return Ok(());
    }
    let start: String = text.chars().take(40).collect();
    Err(Error::internal(format!("with the pruned vocabulary the text {start:?} is made of other pieces")))
}

/// The weights with some rows of the table of word embeddings, by their places.
fn pick_rows(weights: &[u8], rows: &[u32], manifest: &ModelManifest) -> Result<Vec<u8>> {
    let malformed = |what: &str| invalid(WEIGHTS_FILE, what);
    let source = SafeTensors::deserialize(weights)
        .map_err(|error| malformed("is not a whole safetensors file").with_source(error))?;
    let (size, of_table) =
        (manifest.config.vocab_size, [WORDS.to_owned(), step_name(WORDS), scale_name(WORDS)]);
    if let Some(row) = rows.iter().find(|row| **row as usize >= size) {
        let message = format!("the id {row} is not below config.vocab_size, {size}, of {MANIFEST_FILE}");
        return Err(invalid(TOKENIZER_FILE, message));
    }
    let mut tensors = Vec::new();
    for (name, view) in source.iter() {
        let (mut shape, mut data) = (view.shape().to_vec(), view.data().to_vec());
        if of_table.iter().any(|tensor| tensor == name) {
            let is_bytes_or_f32 = [Dtype::U8, Dtype::I8, Dtype::F32].contains(&view.dtype());
            if shape.first() != Some(&size) || !is_bytes_or_f32 {
                return Err(malformed(&format!("the tensor {name} has not {size} rows of U8, I8 or F32")));
            }
            let row_bytes = data.len() / size;
            let row = |row: &u32| &data[*row as usize * row_bytes..][..row_bytes];
            data = rows.iter().flat_map(row).copied().collect();
            shape[0] = rows.len();
        }
        tensors.push((name.to_owned(), Tensor { dtype: view.dtype(), shape, data }));
    }
    serialize(tensors)
}

#[cfg(test)]
mod tests;

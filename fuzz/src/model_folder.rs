//! Damaged model folders: loading gives a typed error or a model, and a model embeds or scores.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use ibid::encoder::bert::{BertEmbedder, BertScorer};
use ibid::encoder::convert::{ConvertOptions, convert};
use ibid::encoder::folder::ModelFiles;
use ibid::error::{Error, ErrorKind};
use ibid::model::{Embedder, PairScorer, Role, Tokenizer};
use ibid::task::Unattended;

use super::{edit, source};

/// Loads the folder that `data` describes.
pub fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    if let Ok((files, text)) = folder(&mut input) {
        load(files, &text);
    }
}

/// A folder after up to four changes, and a text for the model.
fn folder(input: &mut Unstructured) -> Result<(ModelFiles, String)> {
    let source = source::source(input)?;
    let mut files = convert(source, ConvertOptions::default()).expect("a sound source can be converted");
    for _ in 0..input.int_in_range(0..=4)? {
        match input.int_in_range(0..=2)? {
            0 => edit::json(input, &mut files.manifest)?,
            1 => edit::json_in(input, &mut files.tokenizer, TOKENIZER_PARTS)?,
            _ => edit::weights(input, &mut files.weights)?,
        }
    }
    Ok((files, input.arbitrary()?))
}

/// Loads the folder for both tasks and uses what was loaded.
pub(super) fn load(files: ModelFiles, text: &str) {
    match BertEmbedder::load_verified(files.clone()) {
        Ok(model) => embed(&model, text),
        Err(error) => check(&error),
    }
    match BertScorer::load_verified(files) {
        Ok(model) => score(&model, text),
        Err(error) => check(&error),
    }
}

fn embed(model: &BertEmbedder, text: &str) {
    if let Ok(spans) = model.token_spans(text) {
        assert!(spans.iter().all(|span| span.slice(text).is_some_and(|token| !token.is_empty())));
    }
    let texts = [text, "", LONG.as_str()];
    // A tokenizer that knows no unknown token may refuse a text.
    let Ok(embeddings) = pollster::block_on(model.embed(&texts, Role::Query, &Unattended)) else { return };
    for embedding in embeddings {
        assert_eq!(embedding.vector.len(), model.info().dimensions);
        assert!((1..=model.info().max_tokens).contains(&embedding.tokens));
    }
}

fn score(model: &BertScorer, text: &str) {
    let texts = [text, "", LONG.as_str()];
    let _ = pollster::block_on(model.score(text, &texts, &Unattended));
}

/// Where a tokenizer is not just a list of words.
const TOKENIZER_PARTS: &[&str] = &[
    "",
    "/added_tokens",
    "/normalizer",
    "/post_processor",
    "/post_processor/single",
    "/post_processor/pair",
    "/post_processor/special_tokens",
];

/// Longer than any model of a test takes.
static LONG: LazyLock<String> = LazyLock::new(|| "the tenant pays rent. ".repeat(14));

/// Checks that the error is about the folder.
pub(super) fn check(error: &Error) {
    let kinds = [ErrorKind::ModelInvalid, ErrorKind::ModelUnsupported];
    assert!(kinds.contains(&error.kind()), "{error:?}");
}

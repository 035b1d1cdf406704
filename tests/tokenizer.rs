//! The tokenizer of the default model splits real texts as the reference implementation does.

#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};

use ibid::encoder::tokenizer::SubwordTokenizer;
use ibid::model::Tokenizer;
use proptest::prelude::*;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn tokenizers() -> (SubwordTokenizer, tokenizers::Tokenizer) {
    let path = root().join("models/all-minilm-l6-v2/tokenizer.json");
    let json =
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `make model`", path.display()));
    let mut reference = tokenizers::Tokenizer::from_bytes(&json).unwrap();
    reference.with_truncation(None).unwrap().with_padding(None);
    (SubwordTokenizer::from_json(&json).unwrap(), reference)
}

#[track_caller]
fn agree(own: &SubwordTokenizer, reference: &tokenizers::Tokenizer, text: &str) {
    let expected = reference.encode(text, true).unwrap();
    assert_eq!(own.encode(text, usize::MAX).unwrap().ids, expected.get_ids(), "{text:?}");
    let expected = reference.encode(text, false).unwrap();
    let spans = own.token_spans(text).unwrap();
    let found: Vec<_> = spans.iter().map(|span| (span.start as usize, span.end as usize)).collect();
    assert_eq!(found, expected.get_offsets(), "{text:?}");
}

/// Every text file below `folder`.
fn texts(folder: PathBuf, all: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(path, all);
        } else if let Ok(text) = fs::read_to_string(path) {
            all.push(text);
        }
    }
}

#[test]
fn real_and_hostile_texts_are_split_as_by_the_reference() {
    let (own, reference) = tokenizers();
    let mut all = Vec::new();
    texts(root().join("tests/fixtures/documents"), &mut all);
    texts(root().join("tests/fixtures/hostile"), &mut all);
    assert!(all.len() > 5, "{}", all.len());
    for text in &all {
        agree(&own, &reference, text);
        text.lines().for_each(|line| agree(&own, &reference, line));
    }
}

#[test]
fn any_text_is_split_as_by_the_reference() {
    let (own, reference) = tokenizers();
    proptest!(|(text in any::<String>())| agree(&own, &reference, &text));
}

//! The f32 reference agrees with PyTorch, and the quantised encoder with the reference: on the default model and on tiny
//! ones with other options.

#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};

use ibid::encoder::bert::reference::{ReferenceEmbedder, ReferenceScorer};
use ibid::encoder::bert::{BertEmbedder, BertScorer};
use ibid::encoder::convert::{ConvertOptions, SourceFiles, convert};
use ibid::encoder::folder::{ModelFiles, Pooling};
use ibid::model::{Embedder, Embedding, PairScore, PairScorer, Role, Tokenizer};
use ibid::task::Unattended;
use serde::Deserialize;

/// The least cosine between an embedding of the reference and PyTorch's.
const PARITY: f32 = 0.9999;

#[derive(Deserialize)]
struct Expected {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    token_ids: Vec<u32>,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct ExpectedPairs {
    pairs: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    query: String,
    text: String,
    token_ids: Vec<u32>,
    token_type_ids: Vec<u32>,
    logit: f32,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn fixtures() -> PathBuf {
    root().join("tests/fixtures")
}

fn expected(file: &str) -> Vec<Row> {
    serde_json::from_slice::<Expected>(&fs::read(fixtures().join(file)).unwrap()).unwrap().rows
}

fn expected_pairs() -> Vec<Pair> {
    let json = fs::read(fixtures().join("tiny-cross-encoder/expected.json")).unwrap();
    serde_json::from_slice::<ExpectedPairs>(&json).unwrap().pairs
}

fn source(folder: PathBuf) -> SourceFiles {
    let files = SourceFiles::collect(|file| Ok(fs::read(folder.join(file)).ok()));
    files.unwrap_or_else(|error| panic!("{}: {error}; run `make model`", folder.display()))
}

fn files(model: &str) -> ModelFiles {
    let files = ModelFiles::read(root().join("models").join(model));
    files.unwrap_or_else(|error| panic!("{error}; run `scripts/prepare-model {model}`"))
}

fn minilm() -> BertEmbedder {
    BertEmbedder::load(files("all-minilm-l6-v2")).unwrap()
}

fn reference_minilm() -> ReferenceEmbedder {
    let source = source(root().join("models/source/all-minilm-l6-v2"));
    ReferenceEmbedder::load(source, ConvertOptions::default()).unwrap()
}

fn cls() -> ConvertOptions {
    ConvertOptions { pooling: Some(Pooling::Cls), ..Default::default() }
}

fn embed(model: &impl Embedder, texts: &[&str]) -> Vec<Embedding> {
    pollster::block_on(model.embed(texts, Role::Passage, &Unattended)).unwrap()
}

fn score(model: &impl PairScorer, query: &str, texts: &[&str]) -> Vec<PairScore> {
    pollster::block_on(model.score(query, texts, &Unattended)).unwrap()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    assert_eq!(a.len(), b.len());
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// The first words, to tell in a message which text it was.
fn start(text: &str) -> String {
    text.chars().take(40).collect()
}

fn agrees_with(model: &ReferenceEmbedder, rows: &[Row]) {
    for row in rows {
        let start = start(&row.text);
        assert_eq!(model.encode(&row.text, Role::Passage).unwrap().ids, row.token_ids, "tokens of {start:?}");
        let [found] = &embed(model, &[&row.text])[..] else { panic!("one text, one embedding") };
        let cosine = cosine(&found.vector, &row.embedding);
        assert!(cosine >= PARITY, "cosine {cosine} for {start:?}");
        assert_eq!(found.tokens, row.token_ids.len());
        let length = found.vector.iter().map(|x| x * x).sum::<f32>();
        assert!((length - 1.0).abs() < 1e-5, "length {length}");
    }
}

#[test]
fn the_reference_of_minilm_agrees_with_pytorch_alone_and_in_a_batch() {
    let (model, rows) = (reference_minilm(), expected("minilm-reference.json"));
    assert_eq!(rows.len(), 20);
    agrees_with(&model, &rows);

    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    // Several times over, so that one call needs several passes through the encoder.
    let texts = texts.repeat(4);
    let batch = embed(&model, &texts);
    assert!(batch.iter().map(|embedding| embedding.tokens).sum::<usize>() > 2 * 1024);
    for (embedding, row) in batch.iter().zip(rows.iter().cycle()) {
        assert!(cosine(&embedding.vector, &row.embedding) >= PARITY);
        let alone = &embed(&model, &[&row.text])[0];
        let difference = alone.vector.iter().zip(&embedding.vector).map(|(a, b)| (a - b).abs());
        assert!(difference.fold(0.0, f32::max) < 1e-5);
        assert_eq!((alone.tokens, alone.truncated), (embedding.tokens, embedding.truncated));
    }
}

#[test]
fn quantised_minilm_is_near_pytorch_alone_and_the_same_in_a_batch() {
    let (model, rows) = (minilm(), expected("minilm-reference.json"));
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let found = embed(&model, &texts);
    let cosines: Vec<f32> =
        found.iter().zip(&rows).map(|(found, row)| cosine(&found.vector, &row.embedding)).collect();
    let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
    let least = cosines.iter().copied().fold(1.0, f32::min);
    assert!(mean >= 0.995 && least >= 0.985, "mean {mean}, least {least}");
    for (found, row) in found.iter().zip(&rows) {
        assert_eq!(&embed(&model, &[&row.text])[0], found, "{:?}", start(&row.text));
        assert_eq!(found.tokens, row.token_ids.len());
    }
}

#[test]
fn only_texts_beyond_256_word_pieces_are_cut_and_say_so() {
    let model = minilm();
    let overhead = model.overhead(Role::Passage);
    assert_eq!((model.info().max_tokens, overhead), (256, 2));
    let fits = "word ".repeat(256 - overhead);
    let embeddings = embed(&model, &[&fits, &format!("{fits}word"), ""]);
    let seen: Vec<_> = embeddings.iter().map(|embedding| (embedding.tokens, embedding.truncated)).collect();
    assert_eq!(seen, [(256, false), (256, true), (2, false)]);
    assert_eq!(embeddings[0].vector, embeddings[1].vector);
}

#[test]
fn a_query_of_a_megabyte_costs_little_more_than_one_of_a_page() {
    let model = minilm();
    let page = "Who repairs the roof of the house? ".repeat(100);
    let book = page.repeat(300);
    let time = |text: &str| {
        let run = || {
            let start = std::time::Instant::now();
            model.encode(text, Role::Query).unwrap();
            start.elapsed()
        };
        (0..5).map(|_| run()).min().unwrap()
    };
    assert_eq!(model.encode(&book, Role::Query).unwrap(), model.encode(&page, Role::Query).unwrap());
    let (page_time, book_time) = (time(&page), time(&book));
    assert!(book_time < 20 * page_time, "{book_time:?} against {page_time:?}");
}

#[test]
fn tiny_cls_encoder_agrees_with_pytorch() {
    let source = source(fixtures().join("tiny-cls-encoder"));
    let rows = expected("tiny-cls-encoder/expected.json");
    let reference = ReferenceEmbedder::load(source.clone(), cls()).unwrap();
    assert_eq!((reference.info().dimensions, reference.info().max_tokens), (48, 64));
    agrees_with(&reference, &rows);

    let quantised = BertEmbedder::load(convert(source, cls()).unwrap()).unwrap();
    assert_ne!(quantised.info().fingerprint, reference.info().fingerprint);
    for row in &rows {
        let found = &embed(&quantised, &[&row.text])[0];
        let cosine = cosine(&found.vector, &row.embedding);
        assert!(cosine > 0.99, "cosine {cosine} for {:?}", start(&row.text));
    }
}

#[test]
fn tiny_cross_encoder_agrees_with_pytorch() {
    let source = source(fixtures().join("tiny-cross-encoder"));
    let reference = ReferenceScorer::load(source.clone(), ConvertOptions::default()).unwrap();
    let quantised = BertScorer::load(convert(source, ConvertOptions::default()).unwrap()).unwrap();
    for Pair { query, text, token_ids, token_type_ids, logit } in expected_pairs() {
        let encoded = reference.encode(&query, &text).unwrap();
        assert_eq!((&encoded.ids, &encoded.types), (&token_ids, &token_type_ids), "{:?}", start(&query));
        let [found] = score(&reference, &query, &[&text])[..] else { panic!("one text, one score") };
        assert!((found.logit - logit).abs() < 1e-4, "{} instead of {logit}", found.logit);
        assert_eq!(found.truncated, text.len() > 200, "{:?}", start(&query));
        let [found] = score(&quantised, &query, &[&text])[..] else { panic!("one text, one score") };
        assert!((found.logit - logit).abs() < 0.05, "{} instead of {logit}", found.logit);
    }
}

#[test]
fn the_scores_of_several_texts_are_those_of_each_alone_in_their_order() {
    let source = source(fixtures().join("tiny-cross-encoder"));
    let model = BertScorer::load(convert(source, ConvertOptions::default()).unwrap()).unwrap();
    let long = "the lease is for a year. ".repeat(20);
    let texts =
        ["the landlord repairs the roof", "", &long, "water", "the tenant pays the rent by the first day"];
    let texts = texts.repeat(12);
    let query = "who repairs the roof?";
    let scores = score(&model, query, &texts);
    assert_eq!(scores.len(), texts.len());
    for (text, found) in texts.iter().zip(&scores) {
        assert_eq!(score(&model, query, &[text]), [*found], "{:?}", start(text));
        assert_eq!(found.truncated, *text == long);
    }
    assert!(score(&model, query, &[]).is_empty());
}

#[test]
fn token_spans_of_minilm_point_at_the_words_they_came_from() {
    let model = minilm();
    let text = "Zürich 東京, naïve\u{c}café";
    let spans = model.token_spans(text).unwrap();
    let words: Vec<&str> = spans.iter().map(|span| span.slice(text).unwrap()).collect();
    assert_eq!(words[..3], ["Zürich", "東", "京"]);
    assert_eq!(words.len(), model.count_tokens(text).unwrap());
    assert_eq!(model.count_tokens(text).unwrap() + 2, model.encode(text, Role::Passage).unwrap().ids.len());
}

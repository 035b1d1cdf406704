//! The f32 encoder agrees with PyTorch, on the default model and on a tiny one with other options.

#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};

use ibid::model::bert::BertEmbedder;
use ibid::model::convert::{ConvertOptions, SourceFiles, convert};
use ibid::model::folder::{ModelFiles, Pooling};
use ibid::model::{Embedder, Embedding, Role, Tokenizer};
use serde::Deserialize;

/// The least cosine between an embedding and its reference.
const PARITY: f32 = 0.9999;

#[derive(Deserialize)]
struct Reference {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    token_ids: Vec<u32>,
    embedding: Vec<f32>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn reference(file: &str) -> Vec<Row> {
    let json = fs::read(root().join("tests/fixtures").join(file)).unwrap();
    serde_json::from_slice::<Reference>(&json).unwrap().rows
}

fn minilm() -> BertEmbedder {
    let folder = root().join("models/all-minilm-l6-v2");
    let files = ModelFiles::read(&folder).unwrap_or_else(|error| panic!("{error}; run `make model`"));
    BertEmbedder::load(files).unwrap()
}

fn tiny() -> BertEmbedder {
    let folder: PathBuf = root().join("tests/fixtures/tiny-cls-encoder");
    let source = SourceFiles::collect(|file| Ok(fs::read(folder.join(file)).ok())).unwrap();
    let options = ConvertOptions { pooling: Some(Pooling::Cls), ..Default::default() };
    BertEmbedder::load(convert(source, options).unwrap()).unwrap()
}

fn embed(model: &BertEmbedder, texts: &[&str]) -> Vec<Embedding> {
    pollster::block_on(model.embed(texts, Role::Passage)).unwrap()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    assert_eq!(a.len(), b.len());
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn agrees_with(model: &BertEmbedder, rows: &[Row]) {
    for row in rows {
        let start: String = row.text.chars().take(40).collect();
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
fn minilm_agrees_with_pytorch_alone_and_in_a_batch() {
    let (model, rows) = (minilm(), reference("minilm-reference.json"));
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
    let model = tiny();
    assert_eq!((model.info().dimensions, model.info().max_tokens), (48, 64));
    agrees_with(&model, &reference("tiny-cls-encoder/expected.json"));
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

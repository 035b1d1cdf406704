//! Models other than the default one answer as their originals do: ONNX files, and the program of a 4-bit file, whose answers
//! `tests/fixtures/originals` holds.

#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::Path;

use ibid::encoder::bert::{BertEmbedder, BertScorer};
use ibid::encoder::folder::ModelFiles;
use ibid::evaluate::rank_correlation;
use ibid::model::{Embedder, Embedding, PairScorer, Role};
use ibid::task::Unattended;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The least mean cosine to the original's vectors.
const MEAN_COSINE: f64 = 0.99;

/// The least rank correlation with the original's scores.
const RANK_CORRELATION: f64 = 0.98;

#[derive(Deserialize)]
struct Rows {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RoleName {
    Query,
    Passage,
}

#[derive(Deserialize)]
struct Row {
    role: RoleName,
    text: String,
    tokens: usize,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct Pairs {
    pairs: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    query: String,
    text: String,
    tokens: usize,
    logit: f32,
}

/// What the original of a model answers.
fn answers<T: DeserializeOwned>(model: &str) -> T {
    let path = root().join("tests/fixtures/originals").join(format!("{model}.json"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn files(model: &str) -> ModelFiles {
    let files = ModelFiles::read(root().join("models").join(model));
    files.unwrap_or_else(|error| panic!("{error}; run `scripts/prepare-model {model}`"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn embed(model: &BertEmbedder, row: &Row) -> Embedding {
    let role = match row.role {
        RoleName::Query => Role::Query,
        RoleName::Passage => Role::Passage,
    };
    pollster::block_on(model.embed(&[row.text.as_str()], role, &Unattended)).unwrap().remove(0)
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// The mean and the least cosine of the model's vectors to those of its original; the tokens are the same.
fn agreement(model: &BertEmbedder, rows: &[Row]) -> (f64, f64) {
    let cosines: Vec<f64> = rows
        .iter()
        .map(|row| {
            let found = embed(model, row);
            assert_eq!((found.tokens, found.truncated), (row.tokens, false), "{:?}", row.text);
            cosine(&found.vector, &row.embedding)
        })
        .collect();
    let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
    (mean, cosines.into_iter().fold(1.0, f64::min))
}

#[test]
fn bge_small_embeds_as_its_onnx_file_does() {
    let model = BertEmbedder::load(files("bge-small-en-v1.5")).unwrap();
    let Rows { rows } = answers("bge-small-en-v1.5");
    let (mean, least) = agreement(&model, &rows);
    println!("bge-small-en-v1.5: mean cosine {mean:.4}, least {least:.4}, {} texts", rows.len());
    assert!(mean >= MEAN_COSINE && least >= 0.98, "mean {mean}, least {least}");
}

#[test]
fn the_cross_encoder_ranks_as_its_onnx_file_does() {
    let model = BertScorer::load(files("ms-marco-minilm-l12-v2")).unwrap();
    let Pairs { pairs } = answers("ms-marco-minilm-l12-v2");
    let score = |pair: &Pair| {
        assert_eq!(model.encode(&pair.query, &pair.text).unwrap().ids.len(), pair.tokens, "{:?}", pair.query);
        pollster::block_on(model.score(&pair.query, &[pair.text.as_str()], &Unattended)).unwrap()[0].logit
    };
    let found: Vec<f32> = pairs.iter().map(score).collect();
    let expected: Vec<f32> = pairs.iter().map(|pair| pair.logit).collect();
    let correlation = rank_correlation(&found, &expected);
    let farthest = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!(
        "cross-encoder: rank correlation {correlation:.4}, logits {farthest:.2} apart at most, {} pairs",
        pairs.len()
    );
    assert!(correlation >= RANK_CORRELATION, "rank correlation {correlation}");
}

/// Needs `scripts/prepare-model multilingual-e5-small`, which `make models` runs, and this test after it.
#[test]
#[ignore = "a model of 86 MB"]
fn multilingual_e5_embeds_as_its_original_does_in_every_language() {
    let model = BertEmbedder::load(files("multilingual-e5-small")).unwrap();
    let Rows { rows } = answers("multilingual-e5-small");
    let (mean, least) = agreement(&model, &rows);
    println!("multilingual-e5-small: mean cosine {mean:.4}, least {least:.4}, {} texts", rows.len());
    assert!(mean >= MEAN_COSINE && least >= 0.98, "mean {mean}, least {least}");
}

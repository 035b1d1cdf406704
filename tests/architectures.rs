//! Encoders of other architectures agree with the libraries that they come from: the f32 reference nearly to the digit, the
//! quantised encoder as far as its integers go. The models are tiny, with random weights; `make.py` beside them wrote them and
//! what is expected.

#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::{Path, PathBuf};

use ibid::document::Span;
use ibid::encoder::bert::reference::{ReferenceEmbedder, ReferenceScorer};
use ibid::encoder::bert::{BertEmbedder, BertScorer};
use ibid::encoder::convert::{ConvertOptions, SourceFiles, convert};
use ibid::encoder::folder::{ModelManifest, Pooling};
use ibid::error::ErrorKind;
use ibid::model::{Embedder, Embedding, Input, PairScorer, Role, Tokenizer};
use ibid::task::Unattended;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Encoders with layers, and the longest text that each takes.
const ENCODERS: [(&str, usize); 5] =
    [("multilingual-bert", 64), ("xlm-roberta", 64), ("roberta", 64), ("distilbert", 64), ("mpnet", 160)];

/// Tables of word vectors: one in f32, and one in small integers in which tokens share rows and count differently.
const TABLES: [&str; 2] = ["model2vec", "model2vec-shared"];

/// The least cosine between the reference and what is expected.
const PARITY: f32 = 0.99999;

#[derive(Deserialize)]
struct Embedded {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    /// Those of a table's library are not told.
    token_ids: Option<Vec<u32>>,
    mean: Vec<f32>,
    cls: Option<Vec<f32>>,
}

#[derive(Deserialize)]
struct Scored {
    pairs: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    query: String,
    text: String,
    token_ids: Vec<u32>,
    logit: f32,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/architectures").join(name)
}

fn source(name: &str) -> SourceFiles {
    SourceFiles::collect(|file| Ok(fs::read(folder(name).join(file)).ok())).unwrap()
}

fn expected<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&fs::read(folder(name).join("expected.json")).unwrap()).unwrap()
}

fn pooled(pooling: Pooling) -> ConvertOptions {
    ConvertOptions { pooling: Some(pooling), ..Default::default() }
}

fn dimensions(dimensions: usize) -> ConvertOptions {
    ConvertOptions { dimensions: Some(dimensions), ..Default::default() }
}

fn quantised(name: &str, options: ConvertOptions) -> BertEmbedder {
    BertEmbedder::load(convert(source(name), options).unwrap()).unwrap()
}

fn manifest(name: &str, options: ConvertOptions) -> Value {
    serde_json::from_slice(&convert(source(name), options).unwrap().manifest).unwrap()
}

/// The source with fields of its `config.json` set.
fn with_config(name: &str, fields: &[(&str, Value)]) -> SourceFiles {
    let source = source(name);
    let mut config: Value = serde_json::from_slice(&source.config).unwrap();
    for (field, value) in fields {
        config[*field] = value.clone();
    }
    SourceFiles { config: serde_json::to_vec(&config).unwrap(), ..source }
}

fn embed<'t>(model: &impl Embedder, inputs: &[impl Into<Input<'t>> + Copy]) -> Vec<Embedding> {
    pollster::block_on(model.embed(inputs, Role::Passage, &Unattended)).unwrap()
}

fn score(model: &impl PairScorer, query: &str, text: &str) -> f32 {
    pollster::block_on(model.score(query, &[text], &Unattended)).unwrap()[0].logit
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// The vectors of `model` for the texts of `rows`, alone and all together, are within `least` of `wanted`.
fn agrees(what: &str, model: &impl Embedder, rows: &[Row], wanted: impl Fn(&Row) -> &[f32], least: f32) {
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let together = embed(model, &texts);
    for (row, found) in rows.iter().zip(&together) {
        let start: String = row.text.chars().take(30).collect();
        let cosine = cosine(&found.vector, wanted(row));
        assert!(cosine >= least, "{what}: cosine {cosine} for {start:?}");
        if let Some(ids) = &row.token_ids {
            assert_eq!(found.tokens, ids.len(), "{what}: {start:?}");
        }
        let alone = &embed(model, &[row.text.as_str()])[0].vector;
        let farthest = alone.iter().zip(&found.vector).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(farthest < 1e-5, "{what}: {start:?} alone differs by {farthest}");
    }
}

#[test]
fn encoders_agree_with_transformers() {
    for (name, limit) in ENCODERS {
        let Embedded { rows } = expected(name);
        for pooling in [Pooling::Mean, Pooling::Cls] {
            let what = format!("{name}, {pooling:?}");
            let wanted: fn(&Row) -> &[f32] = match pooling {
                Pooling::Mean => |row| &row.mean,
                Pooling::Cls => |row| row.cls.as_deref().unwrap(),
            };
            let reference = ReferenceEmbedder::load(source(name), pooled(pooling)).unwrap();
            assert_eq!((reference.info().dimensions, reference.info().max_tokens), (24, limit), "{what}");
            for row in &rows {
                let encoded = reference.encode(&row.text, Role::Passage).unwrap();
                assert_eq!(Some(&encoded.ids), row.token_ids.as_ref(), "{what}: {:?}", row.text);
                assert_eq!(encoded.truncated, row.text.len() > 500, "{what}: {:?}", row.text);
            }
            agrees(&what, &reference, &rows, wanted, PARITY);
            agrees(&what, &quantised(name, pooled(pooling)), &rows, wanted, 0.96);
        }
    }
}

#[test]
fn a_cross_encoder_of_xlm_roberta_agrees_with_transformers() {
    let Scored { pairs } = expected("xlm-roberta-reranker");
    let source = || source("xlm-roberta-reranker");
    let reference = ReferenceScorer::load(source(), ConvertOptions::default()).unwrap();
    let quantised = BertScorer::load(convert(source(), ConvertOptions::default()).unwrap()).unwrap();
    for Pair { query, text, token_ids, logit } in pairs {
        assert_eq!(reference.encode(&query, &text).unwrap().ids, token_ids, "{query:?}");
        let found = score(&reference, &query, &text);
        assert!((found - logit).abs() < 1e-3, "{found} instead of {logit}");
        let found = score(&quantised, &query, &text);
        assert!((found - logit).abs() < 0.25, "{found} instead of {logit}");
    }
}

#[test]
fn tables_of_word_vectors_agree_with_model2vec() {
    for name in TABLES {
        let Embedded { rows } = expected(name);
        // Those without a token that the table knows.
        let (null, rows): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.mean == [0.0; 24]);
        assert_eq!((null.len(), rows.len()), (2, 5), "{name}");
        let reference = ReferenceEmbedder::load(source(name), ConvertOptions::default()).unwrap();
        agrees(name, &reference, &rows, |row| &row.mean, PARITY);
        let quantised = quantised(name, ConvertOptions::default());
        agrees(name, &quantised, &rows, |row| &row.mean, 0.99);

        let info = quantised.info();
        assert_eq!((&*info.architecture, info.dimensions, info.max_tokens), ("model2vec", 24, 512));
        assert_eq!((quantised.overhead(Role::Query), quantised.count_tokens("the roof").unwrap()), (0, 2));
        for Row { text, .. } in null {
            assert_eq!(embed(&quantised, &[text.as_str()])[0].vector, [0.0; 24], "{name}: {text:?}");
        }
    }
}

#[test]
fn tokens_that_a_table_does_not_know_count_nothing() {
    let model = quantised("model2vec", ConvertOptions::default());
    let [known, mixed] = &embed(&model, &["the roof", "the 房东 roof 租客"])[..] else {
        panic!("two texts")
    };
    assert!(mixed.tokens > known.tokens);
    assert!(cosine(&known.vector, &mixed.vector) > 0.999_999);
}

/// Where parts are asked for, every token goes through the last layer, else the first one alone.
#[test]
fn the_first_token_has_the_same_vector_whether_the_others_are_computed_or_not() {
    let text = "The tenant pays the rent. Who repairs the slate roof?";
    let parts = [Span::new(0, 25), Span::new(26, 53)];
    for (name, _) in ENCODERS {
        let model = quantised(name, pooled(Pooling::Cls));
        let inputs = [Input { text: "roof", parts: &[] }, Input { text, parts: &[] }];
        let with_parts = [inputs[0], Input { text, parts: &parts }];
        let (first, all) = (embed(&model, &inputs), embed(&model, &with_parts));
        assert_eq!(all[1].parts.len(), 2 * 3, "{name}");
        assert_eq!([&first[0].vector, &first[1].vector], [&all[0].vector, &all[1].vector], "{name}");
    }
}

#[test]
fn the_manifest_tells_what_the_encoder_is() {
    let roberta = manifest("xlm-roberta", ConvertOptions::default());
    assert_eq!(roberta["architecture"], "xlm-roberta");
    // The rows of the padding and the one type are not kept.
    let config = &roberta["config"];
    assert_eq!((&config["max_position_embeddings"], &config["type_vocab_size"]), (&json!(64), &Value::Null));
    let mpnet = manifest("mpnet", ConvertOptions::default());
    assert_eq!(mpnet["config"]["relative_attention_num_buckets"], 32);
    let table = manifest("model2vec", ConvertOptions::default());
    assert_eq!(
        table["config"],
        json!({ "hidden_size": 24, "num_hidden_layers": 0, "vocab_size": table["config"]["vocab_size"] })
    );
}

#[test]
fn a_model_of_fewer_dimensions_has_the_first_components_of_the_whole_at_unit_length() {
    let text = "The tenant pays the rent.";
    let parts = [Span::new(0, 10)];
    for name in ["multilingual-bert", "mpnet", "model2vec"] {
        let (whole, cut) = (quantised(name, ConvertOptions::default()), quantised(name, dimensions(10)));
        assert_ne!(whole.info().fingerprint, cut.info().fingerprint);
        assert_eq!(cut.info().dimensions, 10);
        let input = Input { text, parts: &parts };
        let (whole, cut) = (&embed(&whole, &[input])[0], &embed(&cut, &[input])[0]);
        assert_eq!((cut.vector.len(), cut.parts.len()), (10, 2));
        assert!((cosine(&whole.vector[..10], &cut.vector) - 1.0).abs() < 1e-6);
        assert!((cut.vector.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
        assert_eq!(cut.parts, [whole.parts[0], whole.parts[1] & 0b11]);
    }
    assert_eq!(
        quantised("xlm-roberta", dimensions(24)).info().fingerprint,
        quantised("xlm-roberta", ConvertOptions::default()).info().fingerprint
    );
}

#[test]
fn dimensions_are_those_that_the_source_allows() {
    let refused = |source, options, kind, named: &str| {
        let error = convert(source, options).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(named), "{named:?} is not in: {error}");
    };
    let trained = || with_config("xlm-roberta", &[("matryoshka_dimensions", json!([8, 16]))]);
    refused(trained(), dimensions(10), ErrorKind::InvalidArgument, "[8, 16]");
    for dimensions in [8, 24].map(dimensions) {
        convert(trained(), dimensions).unwrap();
    }
    for number in [0, 25] {
        refused(source("xlm-roberta"), dimensions(number), ErrorKind::InvalidArgument, "from 1 to 24");
    }
    let scorer = source("xlm-roberta-reranker");
    refused(scorer, dimensions(8), ErrorKind::InvalidArgument, "pair scorer");

    let truncating = |dimensions: Value| {
        let prompts = serde_json::to_vec(&json!({ "truncate_dim": dimensions })).unwrap();
        SourceFiles { prompts: Some(prompts), ..source("xlm-roberta") }
    };
    let of_manifest = |source, options| {
        let manifest = ModelManifest::parse(&convert(source, options).unwrap().manifest).unwrap();
        manifest.embedding_task().unwrap().dimensions
    };
    assert_eq!(of_manifest(truncating(json!(16)), ConvertOptions::default()), 16);
    assert_eq!(of_manifest(truncating(Value::Null), ConvertOptions::default()), 24);
    assert_eq!(of_manifest(truncating(json!(16)), dimensions(8)), 8);
    let (named, options) = ("config_sentence_transformers.json", ConvertOptions::default());
    refused(truncating(json!(99)), options, ErrorKind::ModelInvalid, named);
}

#[test]
fn sources_that_are_not_what_their_architecture_says_are_refused() {
    let refused = |source, options, kind, named: &[&str]| {
        let error = convert(source, options).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        for part in named {
            assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
        }
    };
    let invalid = ErrorKind::ModelInvalid;
    let unsupported = ErrorKind::ModelUnsupported;
    let default = ConvertOptions::default;
    // Each with the name that its own layout has.
    let cases = [
        ("distilbert", "bert", "BertModel", "type_vocab_size"),
        ("xlm-roberta", "distilbert", "DistilBertModel", "dim"),
        ("xlm-roberta", "mpnet", "MPNetModel", "relative_attention_bias"),
        ("mpnet", "roberta", "RobertaModel", "type_vocab_size is missing"),
        ("xlm-roberta", "model2vec", "StaticModel", "embeddings"),
    ];
    for (name, model_type, class, named) in cases {
        let fields = [("model_type", json!(model_type)), ("architectures", json!([class]))];
        let error = convert(with_config(name, &fields), default()).unwrap_err();
        assert!(error.to_string().contains(named), "{named:?} is not in: {error}");
        assert_eq!(error.kind(), invalid, "{error}");
    }
    // A struct may be read from a list, too.
    let list = SourceFiles { config: br#"["mpnet", ["MPNetModel"]]"#.to_vec(), ..source("mpnet") };
    refused(list, default(), invalid, &["config.json", "object"]);
    let activation = with_config("distilbert", &[("activation", json!("relu"))]);
    refused(activation, default(), unsupported, &["config.json", "activation", "relu"]);
    let buckets = with_config("mpnet", &[("relative_attention_num_buckets", json!(64))]);
    refused(buckets, default(), unsupported, &["config.json", "relative_attention_num_buckets", "64"]);
    let positions = with_config("roberta", &[("max_position_embeddings", json!(2))]);
    refused(positions, default(), invalid, &["config.json", "max_position_embeddings"]);
    let table = source("model2vec");
    refused(table, pooled(Pooling::Cls), ErrorKind::InvalidArgument, &["mean"]);
}

//! What happens with model folders and sources that are damaged, wrong or unknown: a typed error that names the place.

#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::Path;

use half::{bf16, f16};
use ibid::encoder::bert::{BertEmbedder, BertScorer};
use ibid::encoder::convert::{ConvertOptions, SourceFiles, convert};
use ibid::encoder::folder::{FORMAT, FileDigest, ModelFiles, ModelManifest, ModelTask, Pooling};
use ibid::error::{Error, ErrorKind};
use ibid::model::{Embedder, Role};
use ibid::task::Unattended;
use proptest::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};

const PAGE: &[u8] = b"<!doctype html><title>404 Not Found</title><p>The page was not found on this server.";

fn source() -> SourceFiles {
    fixture("tiny-cls-encoder")
}

fn cross_encoder() -> SourceFiles {
    fixture("tiny-cross-encoder")
}

fn fixture(name: &str) -> SourceFiles {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    SourceFiles::collect(|file| Ok(fs::read(folder.join(file)).ok())).unwrap()
}

fn cls() -> ConvertOptions {
    ConvertOptions { name: "tiny".to_owned(), pooling: Some(Pooling::Cls), ..Default::default() }
}

fn files() -> ModelFiles {
    convert(source(), cls()).unwrap()
}

/// The JSON with the value at `pointer` replaced, or removed where it is `None`.
fn edit(json: &[u8], pointer: &str, value: Option<Value>) -> Vec<u8> {
    let mut root: Value = serde_json::from_slice(json).unwrap();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = root.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => parent.insert(key.to_owned(), value),
        None => parent.remove(key),
    };
    serde_json::to_vec(&root).unwrap()
}

/// The folder with other weights, and a manifest that vouches for them.
fn with_weights(weights: Vec<u8>) -> ModelFiles {
    let files = files();
    let digest = serde_json::to_value(FileDigest::of(&weights)).unwrap();
    ModelFiles {
        manifest: edit(&files.manifest, "/files/weights.safetensors", Some(digest)),
        weights,
        ..files
    }
}

/// A weights file whose tensors went through `change`, which may drop them or give other type, shape and data.
fn rewrite(
    weights: &[u8],
    change: impl Fn(&str, TensorView) -> Option<(String, Dtype, Vec<usize>, Vec<u8>)>,
) -> Vec<u8> {
    let tensors = SafeTensors::deserialize(weights).unwrap();
    let changed: Vec<_> = tensors.iter().filter_map(|(name, view)| change(name, view)).collect();
    let views = changed.iter().map(|(name, dtype, shape, data)| {
        (name.clone(), TensorView::new(*dtype, shape.clone(), data).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

fn unchanged(name: &str, view: TensorView) -> Option<(String, Dtype, Vec<usize>, Vec<u8>)> {
    Some((name.to_owned(), view.dtype(), view.shape().to_vec(), view.data().to_vec()))
}

fn without(weights: &[u8], tensor: &str) -> Vec<u8> {
    rewrite(weights, |name, view| if name == tensor { None } else { unchanged(name, view) })
}

fn flattened(weights: &[u8], tensor: &str) -> Vec<u8> {
    rewrite(weights, |name, view| {
        let (name, dtype, shape, data) = unchanged(name, view)?;
        let shape = if name == tensor { vec![shape.iter().product()] } else { shape };
        Some((name, dtype, shape, data))
    })
}

#[track_caller]
fn expect(error: Error, kind: ErrorKind, named: &[&str]) {
    assert_eq!(error.kind(), kind, "{error}");
    for part in named {
        assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
    }
}

#[track_caller]
fn load_fails(files: ModelFiles, kind: ErrorKind, named: &[&str]) {
    expect(BertEmbedder::load(files).unwrap_err(), kind, named);
}

#[track_caller]
fn convert_fails(source: SourceFiles, kind: ErrorKind, named: &[&str]) {
    expect(convert(source, cls()).unwrap_err(), kind, named);
}

#[test]
fn a_file_that_is_not_the_one_of_the_manifest_is_truncated_or_corrupt() {
    let whole = files();
    let length = whole.weights.len();

    let cut = ModelFiles { weights: whole.weights[..length - 7].to_vec(), ..whole.clone() };
    let (expected, found) = (format!("expected {length} bytes"), format!("found {} bytes", length - 7));
    load_fails(cut, ErrorKind::ModelFileTruncated, &["weights.safetensors", &expected, &found]);

    let mut flipped = whole.clone();
    flipped.weights[length / 2] ^= 1;
    let (expected, found) = (FileDigest::of(&whole.weights).sha256, FileDigest::of(&flipped.weights).sha256);
    load_fails(flipped, ErrorKind::ModelFileCorrupt, &["weights.safetensors", &expected, &found]);

    let page = ModelFiles { tokenizer: PAGE.to_vec(), ..whole.clone() };
    load_fails(page, ErrorKind::ModelFileTruncated, &["tokenizer.json"]);
    let page = ModelFiles { weights: PAGE.to_vec(), ..whole };
    load_fails(page, ErrorKind::ModelFileTruncated, &["weights.safetensors"]);
}

/// The weights with one byte range of a tensor overwritten.
fn patched(weights: &[u8], tensor: &str, at: usize, bytes: &[u8]) -> Vec<u8> {
    rewrite(weights, |name, view| {
        let (name, dtype, shape, mut data) = unchanged(name, view)?;
        if name == tensor {
            data[at..at + bytes.len()].copy_from_slice(bytes);
        }
        Some((name, dtype, shape, data))
    })
}

/// The weights with a tensor said to be of another type, and cut to `bytes`, the bytes of its numbers in that type.
fn retyped(weights: &[u8], tensor: &str, dtype: Dtype, bytes: usize) -> Vec<u8> {
    rewrite(weights, |name, view| {
        let numbers = view.shape().iter().product::<usize>();
        let (name, own, shape, mut data) = unchanged(name, view)?;
        if name != tensor {
            return Some((name, own, shape, data));
        }
        data.resize(numbers * bytes, 0);
        Some((name, dtype, shape, data))
    })
}

#[test]
fn weights_that_are_malformed_name_the_file_and_the_tensor() {
    let weights = files().weights;
    let key = "encoder.layer.1.attention.self.key.weight";
    let scale = "encoder.layer.1.attention.self.key.scale";
    let bias = "encoder.layer.1.attention.self.key.bias";
    let words = "embeddings.word_embeddings.weight";
    let step = "embeddings.word_embeddings.step";
    let norm = "embeddings.LayerNorm.weight";
    let positions = "embeddings.position_embeddings.weight";
    let cases = [
        (without(&weights, key), vec![key, "missing"]),
        (without(&weights, scale), vec![scale, "missing"]),
        (flattened(&weights, key), vec![key, "[2304]", "[48, 48]"]),
        (retyped(&weights, key, Dtype::F32, 4), vec![key, "F32", "I8"]),
        (retyped(&weights, key, Dtype::U8, 1), vec![key, "U8", "I8"]),
        (retyped(&weights, scale, Dtype::F16, 2), vec![scale, "F16", "F32"]),
        (retyped(&weights, bias, Dtype::I8, 1), vec![bias, "I8", "F32"]),
        (retyped(&weights, positions, Dtype::F32, 4), vec![positions, "F32", "F16"]),
        (patched(&weights, key, 100, &[64]), vec![key, "holds 64", "-63 to 63"]),
        (patched(&weights, key, 2303, &[192]), vec![key, "holds -64", "-63 to 63"]),
        (without(&weights, step), vec![step, "missing"]),
        (flattened(&weights, step), vec![step, "expected ["]),
        (flattened(&weights, words), vec![words, "expected ["]),
        (retyped(&weights, words, Dtype::I8, 1), vec![words, "I8", "U8"]),
        (retyped(&weights, step, Dtype::U8, 1), vec![step, "U8", "I8"]),
        (patched(&weights, step, 7, &[128]), vec![step, "holds -128", "-127 to 127"]),
        (patched(&weights, scale, 8, &f32::NAN.to_le_bytes()), vec![scale, "NaN"]),
        (patched(&weights, scale, 8, &f32::INFINITY.to_le_bytes()), vec![scale, "inf"]),
        (patched(&weights, scale, 8, &(-0.5f32).to_le_bytes()), vec![scale, "-0.5", "negative"]),
        (patched(&weights, norm, 0, &f32::NAN.to_le_bytes()), vec![norm, "NaN"]),
        (weights[..weights.len() - 4].to_vec(), vec!["whole safetensors file"]),
        (weights[..5].to_vec(), vec!["these 5 bytes"]),
        (PAGE.to_vec(), vec!["whole safetensors file"]),
        (Vec::new(), vec!["these 0 bytes"]),
    ];
    for (weights, named) in cases {
        load_fails(
            with_weights(weights),
            ErrorKind::ModelInvalid,
            &[&["weights.safetensors"], &named[..]].concat(),
        );
    }
}

#[test]
fn a_folder_of_an_older_format_is_refused_with_the_way_out() {
    for format in 1..FORMAT {
        let manifest = edit(&files().manifest, "/format", Some(json!(format)));
        let named = ["model.json", &format!("format {format}"), "convert the model again"];
        load_fails(ModelFiles { manifest, ..files() }, ErrorKind::ModelUnsupported, &named);
    }
}

#[test]
fn linear_layers_and_word_embeddings_are_quantised_positions_halved_and_nothing_else() {
    let files = files();
    let tensors = SafeTensors::deserialize(&files.weights).unwrap();
    let largest = |view: &TensorView| view.data().iter().map(|byte| byte.cast_signed().unsigned_abs()).max();
    for (name, view) in tensors.iter() {
        let linear = (name.contains(".dense.") || name.contains(".self.")) && name.ends_with(".weight");
        let expected = match name.split_once("embeddings.").map(|(_, part)| part) {
            Some("position_embeddings.weight") => Dtype::F16,
            Some("word_embeddings.weight") => Dtype::U8,
            Some("word_embeddings.step") => Dtype::I8,
            _ if linear => Dtype::I8,
            _ => Dtype::F32,
        };
        assert_eq!(view.dtype(), expected, "{name}");
        if linear {
            let scale = tensors.tensor(&name.replace(".weight", ".scale")).unwrap();
            assert_eq!(scale.shape(), &view.shape()[..1], "{name}");
            assert_eq!(largest(&view), Some(63), "{name}");
        }
    }
    let table = |part: &str| tensors.tensor(&format!("embeddings.word_embeddings.{part}")).unwrap();
    let [values, steps, scales] = ["weight", "step", "scale"].map(table);
    let rows = values.shape()[0];
    // Of 48 components two share a byte, and 16 a step.
    assert_eq!([values.shape(), steps.shape(), scales.shape()], [&[rows, 24][..], &[rows, 3], &[rows]]);
    assert_eq!(largest(&steps), Some(127));
}

#[test]
fn a_manifest_that_is_malformed_names_the_field() {
    let manifest = files().manifest;
    let cases = [
        (PAGE.to_vec(), "is not JSON"),
        (manifest[..manifest.len() / 2].to_vec(), "is not JSON"),
        (b"[]".to_vec(), "the top level"),
        (edit(&manifest, "/max_tokens", None), "max_tokens"),
        (edit(&manifest, "/max_tokens", Some(json!("many"))), "the field max_tokens"),
        (edit(&manifest, "/max_tokens", Some(json!(65))), "the field max_tokens is 65"),
        (edit(&manifest, "/max_tokens", Some(json!(2))), "the field max_tokens is 2"),
        (edit(&manifest, "/task/embedding/dimensions", Some(json!(384))), "task.embedding.dimensions is 384"),
        (edit(&manifest, "/task/embedding/pooling", None), "the field task.embedding"),
        (edit(&manifest, "/task", Some(json!({"translation": {}}))), "translation"),
        (edit(&manifest, "/task", None), "task"),
        (edit(&manifest, "/config/hidden_size", Some(json!(-1))), "the field config.hidden_size"),
        (edit(&manifest, "/config/hidden_size", Some(json!(131_073))), "config.hidden_size is 131073"),
        (edit(&manifest, "/config/intermediate_size", Some(json!(u64::MAX))), "config.intermediate_size is"),
        (edit(&manifest, "/config/num_attention_heads", Some(json!(5))), "config.num_attention_heads is 5"),
        (edit(&manifest, "/config/num_attention_heads", Some(json!(0))), "config.num_attention_heads is 0"),
        (edit(&manifest, "/config/layer_norm_eps", Some(json!(-1.0))), "config.layer_norm_eps is -1"),
        (edit(&manifest, "/files/tokenizer.json", None), "tokenizer.json"),
        (edit(&manifest, "/format", Some(json!("2"))), "the field format"),
    ];
    for (manifest, named) in cases {
        load_fails(ModelFiles { manifest, ..files() }, ErrorKind::ModelInvalid, &["model.json", named]);
    }
}

#[test]
fn sizes_that_the_files_do_not_have_fail_before_anything_is_allocated() {
    let manifest = files().manifest;
    let layers = edit(&manifest, "/config/num_hidden_layers", Some(json!(u64::MAX)));
    load_fails(ModelFiles { manifest: layers, ..files() }, ErrorKind::ModelInvalid, &["encoder.layer.2."]);
    let words = edit(&manifest, "/config/vocab_size", Some(json!(u64::MAX)));
    load_fails(ModelFiles { manifest: words, ..files() }, ErrorKind::ModelInvalid, &["word_embeddings"]);
    let few_words = edit(&manifest, "/config/vocab_size", Some(json!(100)));
    let named = ["tokenizer.json", "119", "100"];
    load_fails(ModelFiles { manifest: few_words, ..files() }, ErrorKind::ModelInvalid, &named);
}

#[test]
fn positions_that_no_text_reaches_are_left_out_and_change_nothing() {
    let limited = |tokens: usize| {
        let sentence = Some(json!({ "max_seq_length": tokens }).to_string().into_bytes());
        convert(SourceFiles { sentence, ..source() }, cls()).unwrap()
    };
    let rows = |files: &ModelFiles| {
        let tensors = SafeTensors::deserialize(&files.weights).unwrap();
        tensors.tensor("embeddings.position_embeddings.weight").unwrap().shape().to_vec()
    };
    let (short, long) = (limited(6), limited(1000));
    assert_eq!((rows(&short), rows(&long)), (vec![6, 48], vec![64, 48]));
    let embed = |files| {
        let model = BertEmbedder::load(files).unwrap();
        // Of more than six tokens.
        let text = ["the tenant pays rent and repairs the roof"];
        pollster::block_on(model.embed(&text, Role::Passage, &Unattended)).unwrap().remove(0)
    };
    let (short, long, half) = (embed(short), embed(long), embed(limited(32)));
    assert!(short.truncated && !long.truncated);
    assert_eq!(half.vector, long.vector);
}

#[test]
fn a_manifest_that_asks_for_what_is_unknown_is_unsupported() {
    let manifest = files().manifest;
    let cases = [
        ("/format", json!(FORMAT + 1)),
        ("/architecture", json!("electra")),
        ("/weights_format", json!("f32")),
        ("/task", json!("summarizing")),
        ("/task/embedding/pooling", json!("max")),
        ("/task/embedding/normalize", json!(false)),
        ("/config/hidden_act", json!("relu")),
    ];
    for (pointer, value) in cases {
        let (field, shown) = (pointer[1..].replace('/', "."), value.to_string());
        let files = ModelFiles { manifest: edit(&manifest, pointer, Some(value)), ..files() };
        load_fails(files, ErrorKind::ModelUnsupported, &["model.json", &field, &shown]);
    }
}

#[test]
fn a_missing_folder_names_its_path() {
    let error = ModelFiles::read("no/such/folder").unwrap_err();
    expect(error, ErrorKind::ModelFileMissing, &["no/such/folder", "model.json"]);
}

#[test]
fn the_manifest_alone_tells_what_to_fetch() {
    let files = files();
    let manifest = ModelManifest::parse(&files.manifest).unwrap();
    let found: Vec<_> = manifest.files.iter().map(|(file, digest)| (file, digest.bytes as usize)).collect();
    assert_eq!(
        found,
        [("tokenizer.json", files.tokenizer.len()), ("weights.safetensors", files.weights.len())]
    );
}

fn fingerprint(manifest: &[u8], tokenizer: &[u8]) -> String {
    ModelManifest::parse(manifest).unwrap().fingerprint(tokenizer).unwrap()
}

#[test]
fn the_fingerprint_depends_on_what_of_the_manifest_changes_vectors_and_on_nothing_else() {
    let ModelFiles { manifest, tokenizer, .. } = files();
    let weights = ModelManifest::parse(&manifest).unwrap().files.weights.sha256;
    let first = fingerprint(&manifest, &tokenizer);
    let same = [
        ("/name", json!("other")),
        ("/license", json!("MIT")),
        ("/source", json!("elsewhere")),
        ("/comment", json!("not read")),
        ("/files/tokenizer.json/sha256", json!("00")),
        ("/files/weights.safetensors/sha256", json!(weights.to_uppercase())),
    ];
    for (pointer, value) in same {
        assert_eq!(fingerprint(&edit(&manifest, pointer, Some(value)), &tokenizer), first, "{pointer}");
    }
    let other = [
        ("/max_tokens", json!(32)),
        ("/task/embedding/pooling", json!("mean")),
        ("/task/embedding/query_prefix", json!("query: ")),
        ("/task/embedding/passage_prefix", json!("passage: ")),
        ("/config/layer_norm_eps", json!(1e-5)),
        ("/files/weights.safetensors/sha256", json!("00")),
    ];
    for (pointer, value) in other {
        assert_ne!(fingerprint(&edit(&manifest, pointer, Some(value)), &tokenizer), first, "{pointer}");
    }
}

#[test]
fn the_fingerprint_depends_on_what_of_the_tokenizer_changes_vectors_and_on_nothing_else() {
    let ModelFiles { manifest, tokenizer, .. } = files();
    let first = fingerprint(&manifest, &tokenizer);
    let same = [
        ("/version", None),
        ("/padding", Some(json!({ "strategy": "BatchLongest" }))),
        ("/truncation", Some(json!({ "max_length": 8 }))),
        ("/decoder", None),
    ];
    for (pointer, value) in same {
        assert_eq!(fingerprint(&manifest, &edit(&tokenizer, pointer, value)), first, "{pointer}");
    }
    let other = [
        ("/model/vocab/zebra", Some(json!(5000))),
        ("/model/vocab/[UNK]", Some(json!(7))),
        ("/model/vocab/[UNK]", None),
        ("/model/max_input_chars_per_word", Some(json!(9))),
        ("/model/unk_token", Some(json!("[PAD]"))),
        ("/normalizer/lowercase", Some(json!(false))),
        ("/normalizer/strip_accents", Some(json!(false))),
        ("/pre_tokenizer/type", Some(json!("Whitespace"))),
        ("/post_processor/single", Some(json!([]))),
        ("/added_tokens", Some(json!([]))),
    ];
    for (pointer, value) in other {
        assert_ne!(fingerprint(&manifest, &edit(&tokenizer, pointer, value)), first, "{pointer}");
    }
}

/// Writes the same JSON differently each time: members in any order, white space and escapes anywhere.
fn write_differently(value: &Value, random: &mut impl FnMut(usize) -> usize, out: &mut String) {
    const SPACE: [&str; 4] = ["", " ", "\n\t", "\r\n  "];
    out.push_str(SPACE[random(4)]);
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            for last in (1..members.len()).rev() {
                members.swap(last, random(last + 1));
            }
            out.push('{');
            for (at, (name, member)) in members.into_iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                write_differently(&json!(name), random, out);
                out.push(':');
                write_differently(member, random, out);
            }
            out.push('}');
        }
        Value::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                write_differently(element, random, out);
            }
            out.push(']');
        }
        Value::String(text) => {
            out.push('"');
            for character in text.chars() {
                if random(3) == 0 || matches!(character, '"' | '\\' | '\0'..='\x1f') {
                    let mut units = [0; 2];
                    let escaped = character.encode_utf16(&mut units).iter();
                    out.extend(escaped.map(|unit| format!("\\u{unit:04x}")));
                } else {
                    out.push(character);
                }
            }
            out.push('"');
        }
        plain => out.push_str(&plain.to_string()),
    }
    out.push_str(SPACE[random(4)]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn files_that_are_only_formatted_differently_have_the_same_fingerprint(mut rng in any::<u64>()) {
        let ModelFiles { manifest, tokenizer, .. } = files();
        let tokenizer = edit(&tokenizer, "/model/vocab/\u{1f426}\"é\n", Some(json!(77)));
        let mut random = |below: usize| {
            rng = rng.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (rng >> 33) as usize % below
        };
        let [other_manifest, other_tokenizer] = [&manifest, &tokenizer].map(|file| {
            let mut written = String::new();
            write_differently(&serde_json::from_slice(file).unwrap(), &mut random, &mut written);
            written.into_bytes()
        });
        prop_assert_ne!(&other_tokenizer, &tokenizer);
        prop_assert_eq!(fingerprint(&other_manifest, &other_tokenizer), fingerprint(&manifest, &tokenizer));
    }
}

#[test]
fn a_source_of_another_kind_is_unsupported() {
    let cases = [
        ("/model_type", json!("megatron-bert")),
        ("/hidden_act", json!("gelu_new")),
        ("/position_embedding_type", json!("relative_key")),
    ];
    for (pointer, value) in cases {
        let shown = value.to_string();
        let config = edit(&source().config, pointer, Some(value));
        let source = SourceFiles { config, ..source() };
        convert_fails(source, ErrorKind::ModelUnsupported, &["config.json", &pointer[1..], &shown]);
    }
    let modules = br#"[{"type": "sentence_transformers.models.Dense", "path": "2_Dense"}]"#;
    let dense = SourceFiles { modules: Some(modules.to_vec()), ..source() };
    convert_fails(dense, ErrorKind::ModelUnsupported, &["modules.json", "models.Dense"]);

    let pooling = br#"{"pooling_mode_mean_tokens": false, "pooling_mode_max_tokens": true}"#;
    let pooled = SourceFiles { pooling: Some(pooling.to_vec()), ..source() };
    let error = convert(pooled, ConvertOptions::default()).unwrap_err();
    expect(error, ErrorKind::ModelUnsupported, &["1_Pooling/config.json", "max_tokens"]);
}

#[test]
fn an_architecture_that_is_not_supported_is_named() {
    let config = |model_type: &str, class: &str| {
        let config = edit(&source().config, "/model_type", Some(json!(model_type)));
        edit(&config, "/architectures", Some(json!([class])))
    };
    let cases = [
        ("electra", "ElectraModel"),
        ("modernbert", "ModernBertModel"),
        ("distilbert", "DistilBertForSequenceClassification"),
        ("xlm-roberta", "XLMRobertaForTokenClassification"),
        ("bert", "BertForTokenClassification"),
        ("bert", "RobertaModel"),
        ("model2vec", "BertModel"),
    ];
    for (model_type, class) in cases {
        let source = SourceFiles { config: config(model_type, class), ..source() };
        convert_fails(source, ErrorKind::ModelUnsupported, &["config.json", model_type, class, "BertModel"]);
    }
    let masked = SourceFiles { config: config("bert", "BertForMaskedLM"), ..source() };
    assert_eq!(convert(masked, cls()).unwrap().weights, files().weights);
}

#[test]
fn a_classifier_with_other_than_one_label_is_unsupported() {
    let labels = |count: usize| (0..count).map(|n| (n.to_string(), json!("LABEL"))).collect();
    let config = |pointer, value| edit(&cross_encoder().config, pointer, value);
    let cases = [
        (config("/id2label", Some(Value::Object(labels(3)))), "3 labels"),
        (config("/num_labels", Some(json!(2))), "2 labels"),
        (config("/id2label", None), "2 labels"),
    ];
    for (config, named) in cases {
        let source = SourceFiles { config, ..cross_encoder() };
        let error = convert(source, ConvertOptions::default()).unwrap_err();
        expect(error, ErrorKind::ModelUnsupported, &["config.json", "BertForSequenceClassification", named]);
    }
}

#[test]
fn a_pair_scorer_keeps_its_head_in_f32_and_is_no_embedder() {
    let files = convert(cross_encoder(), ConvertOptions::default()).unwrap();
    let manifest = ModelManifest::parse(&files.manifest).unwrap();
    assert_eq!((&manifest.task, manifest.max_tokens), (&ModelTask::PairScoring, 64));
    let source = cross_encoder().weights;
    let (source, tensors) =
        (SafeTensors::deserialize(&source).unwrap(), SafeTensors::deserialize(&files.weights).unwrap());
    let head = [
        ("pooler.dense.weight", "bert.pooler.dense.weight"),
        ("pooler.dense.bias", "bert.pooler.dense.bias"),
        ("classifier.weight", "classifier.weight"),
        ("classifier.bias", "classifier.bias"),
    ];
    for (name, source_name) in head {
        assert_eq!(tensors.tensor(name).unwrap(), source.tensor(source_name).unwrap(), "{name}");
    }

    load_fails(files, ErrorKind::ModelUnsupported, &["model.json", "pair-scoring", "embedding"]);
    let embedder = BertScorer::load(self::files()).unwrap_err();
    expect(embedder, ErrorKind::ModelUnsupported, &["model.json", "pair-scoring", "embedding"]);

    for name in ["classifier.weight", "bert.pooler.dense.bias"] {
        let source = SourceFiles { weights: without(&cross_encoder().weights, name), ..cross_encoder() };
        let error = convert(source, ConvertOptions::default()).unwrap_err();
        expect(error, ErrorKind::ModelInvalid, &["model.safetensors", name, "missing"]);
    }
    let error = convert(cross_encoder(), cls()).unwrap_err();
    expect(error, ErrorKind::InvalidArgument, &["pooling", "pair scorer"]);
}

#[test]
fn a_pair_scorer_without_a_second_token_type_is_invalid() {
    let source = cross_encoder();
    let table = "bert.embeddings.token_type_embeddings.weight";
    let weights = rewrite(&source.weights, |name, view| {
        let (name, dtype, mut shape, mut data) = unchanged(name, view)?;
        if name == table {
            shape[0] = 1;
            data.truncate(data.len() / 2);
        }
        Some((name, dtype, shape, data))
    });
    let config = edit(&source.config, "/type_vocab_size", Some(json!(1)));
    let files = convert(SourceFiles { weights, config, ..source }, ConvertOptions::default()).unwrap();
    let error = BertScorer::load(files).unwrap_err();
    expect(error, ErrorKind::ModelInvalid, &["tokenizer.json", "token type 1", "type_vocab_size is 1"]);
}

#[test]
fn a_damaged_source_names_the_file_and_the_place() {
    let query = "encoder.layer.0.attention.self.query.weight";
    let weights = |weights| SourceFiles { weights, ..source() };
    let cut = source().weights[..1000].to_vec();
    convert_fails(weights(cut), ErrorKind::ModelInvalid, &["model.safetensors"]);
    let missing = without(&source().weights, query);
    convert_fails(weights(missing), ErrorKind::ModelInvalid, &["model.safetensors", query, "missing"]);
    let flat = flattened(&source().weights, query);
    convert_fails(weights(flat), ErrorKind::ModelInvalid, &["model.safetensors", query, "[48, 48]"]);
    for (tensor, number) in [(query, f32::NAN), ("embeddings.LayerNorm.bias", f32::NEG_INFINITY)] {
        let broken = patched(&source().weights, tensor, 4, &number.to_le_bytes());
        convert_fails(
            weights(broken),
            ErrorKind::ModelInvalid,
            &["model.safetensors", tensor, &number.to_string()],
        );
    }

    let positions = "embeddings.position_embeddings.weight";
    let large = patched(&source().weights, positions, 4, &1e5f32.to_le_bytes());
    let named = ["model.safetensors", positions, "100000", "half precision"];
    convert_fails(weights(large), ErrorKind::ModelInvalid, &named);

    let config = |config| SourceFiles { config, ..source() };
    convert_fails(config(PAGE.to_vec()), ErrorKind::ModelInvalid, &["config.json", "is not JSON"]);
    let missing = edit(&source().config, "/hidden_size", None);
    convert_fails(config(missing), ErrorKind::ModelInvalid, &["config.json", "hidden_size"]);
    let none = edit(&source().config, "/hidden_size", Some(json!(0)));
    convert_fails(config(none), ErrorKind::ModelInvalid, &["config.json", "hidden_size is 0"]);
    let missing = edit(&source().config, "/model_type", None);
    convert_fails(config(missing), ErrorKind::ModelInvalid, &["config.json", "model_type"]);
    let page = SourceFiles { tokenizer: PAGE.to_vec(), ..source() };
    convert_fails(page, ErrorKind::ModelInvalid, &["tokenizer.json"]);

    let error = SourceFiles::collect(|file| Ok((file == "config.json").then(Vec::new))).unwrap_err();
    expect(error, ErrorKind::ModelFileMissing, &["tokenizer.json"]);

    let options = ConvertOptions { weights_sha256: Some("00ff".to_owned()), ..cls() };
    let found = FileDigest::of(&source().weights).sha256;
    let error = convert(source(), options).unwrap_err();
    expect(error, ErrorKind::ModelFileCorrupt, &["model.safetensors", "00ff", &found]);
}

#[test]
fn what_the_source_says_goes_to_the_manifest_and_options_override_it() {
    let says = SourceFiles {
        pooling: Some(br#"{"word_embedding_dimension": 48, "pooling_mode_cls_token": true}"#.to_vec()),
        sentence: Some(br#"{"max_seq_length": 32, "do_lower_case": false}"#.to_vec()),
        prompts: Some(br#"{"prompts": {"query": "query: ", "document": "passage: "}}"#.to_vec()),
        ..source()
    };
    let manifest = |options| ModelManifest::parse(&convert(says.clone(), options).unwrap().manifest).unwrap();
    let found = manifest(ConvertOptions::default());
    assert_eq!(found.max_tokens, 32);
    let found = found.embedding_task().unwrap();
    assert_eq!(found.pooling, Pooling::Cls);
    assert_eq!((&*found.query_prefix, &*found.passage_prefix), ("query: ", "passage: "));

    let (pooling, query_prefix) = (Some(Pooling::Mean), Some(String::new()));
    let found = manifest(ConvertOptions { pooling, query_prefix, ..Default::default() });
    let found = found.embedding_task().unwrap();
    assert_eq!((found.pooling, &*found.query_prefix), (Pooling::Mean, ""));
}

#[test]
fn names_with_a_prefix_and_half_precision_convert_to_the_same_model() {
    let text = ["the tenant pays rent"];
    let embed = |source| {
        let model = BertEmbedder::load(convert(source, cls()).unwrap()).unwrap();
        pollster::block_on(model.embed(&text, Role::Passage, &Unattended)).unwrap().remove(0).vector
    };
    let expected = embed(source());
    let stored = |prefix: &str, dtype, number: fn(f32) -> Vec<u8>| {
        let weights = rewrite(&source().weights, |name, view| {
            let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()));
            let data = values.flat_map(number).collect();
            Some((format!("{prefix}{name}"), dtype, view.shape().to_vec(), data))
        });
        embed(SourceFiles { weights, ..source() })
    };
    assert_eq!(stored("bert.", Dtype::F32, |x| x.to_le_bytes().to_vec()), expected);
    let halves = [
        stored("", Dtype::F16, |x| f16::from_f32(x).to_le_bytes().to_vec()),
        stored("", Dtype::BF16, |x| bf16::from_f32(x).to_le_bytes().to_vec()),
    ];
    for half in halves {
        let cosine: f32 = half.iter().zip(&expected).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.999 && half != expected, "cosine {cosine}");
    }
}

#[test]
fn prefixes_are_seen_by_the_model_and_counted_as_overhead() {
    let options = ConvertOptions { query_prefix: Some("the ".to_owned()), ..cls() };
    let model = BertEmbedder::load(convert(source(), options).unwrap()).unwrap();
    assert_eq!((model.overhead(Role::Query), model.overhead(Role::Passage)), (3, 2));
    let encoded = model.encode("tenant pays rent", Role::Query).unwrap();
    assert_eq!(encoded, model.encode("the tenant pays rent", Role::Passage).unwrap());
}

#[test]
fn special_tokens_without_a_row_or_room_in_the_model_are_refused() {
    let mut files = files();
    let ids = "/post_processor/special_tokens/[SEP]/ids";
    files.tokenizer = edit(&files.tokenizer, ids, Some(json!([120])));
    let error = BertEmbedder::load_verified(files).unwrap_err();
    expect(error, ErrorKind::ModelInvalid, &["tokenizer.json", "token id 120", "vocab_size is 120"]);

    // Around a pair there is room for them, but not around a query alone.
    let mut files = convert(cross_encoder(), ConvertOptions::default()).unwrap();
    let mut single = vec![json!({"SpecialToken": {"id": "[CLS]", "type_id": 0}}); 64];
    single.push(json!({"Sequence": {"id": "A", "type_id": 0}}));
    files.tokenizer = edit(&files.tokenizer, "/post_processor/single", Some(json!(single)));
    let error = BertScorer::load_verified(files).unwrap_err();
    expect(error, ErrorKind::ModelInvalid, &["max_tokens is 64", "special tokens alone take 64"]);
}

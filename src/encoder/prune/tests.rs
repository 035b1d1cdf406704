//! Pruned models split texts inside as the whole ones do, and embed them the same.

use pollster::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::encoder::bert::{BertEmbedder, BertScorer};
use crate::encoder::convert::{ConvertOptions, SourceFiles, convert};
use crate::error::ErrorKind;
use crate::model::{Embedder, PairScorer, Role};
use crate::task::Unattended;

/// The smallest source in the fixtures with a tokenizer of `change`'s making.
fn model(fixture: &str, change: impl FnOnce(&mut Value)) -> ModelFiles {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture);
    let mut source = SourceFiles::collect(|file| Ok(std::fs::read(folder.join(file)).ok())).unwrap();
    let mut tokenizer: Value = serde_json::from_slice(&source.tokenizer).unwrap();
    change(&mut tokenizer);
    source.tokenizer = serde_json::to_vec(&tokenizer).unwrap();
    convert(source, ConvertOptions { query_prefix: None, ..Default::default() }).unwrap()
}

fn word_pieces() -> ModelFiles {
    model("tiny-cls-encoder", |_| {})
}

/// Pieces such that one word has many ways, some unlikely; `z` and `é` are in no piece, bytes are spelled where `spelled`.
fn unigram(spelled: bool) -> ModelFiles {
    model("tiny-cls-encoder", |tokenizer| {
        let mut vocab = vec![json!(["<unk>", 0.0]), json!(["<s>", 0.0]), json!(["</s>", 0.0])];
        let scored = [
            ("▁", -3.0),
            ("a", -4.5),
            ("b", -5.25),
            ("c", -6.0),
            ("d", -9.5),
            ("ab", -6.5),
            ("bc", -7.0),
            ("abc", -8.0),
            ("cab", -8.5),
            ("▁a", -5.0),
            ("▁ab", -6.0),
            ("▁abcd", -12.0),
            ("dd", -30.125),
            ("東京", -7.0),
            ("東", -9.0),
            ("京", -9.25),
            ("zé", -11.0),
        ];
        vocab.extend(scored.map(|(piece, score)| json!([piece, score])));
        vocab.extend(["<0x7A>", "<0xC3>", "<0xA9>"].map(|piece| json!([piece, -20.0])));
        tokenizer["model"] =
            json!({"type": "Unigram", "unk_id": 0, "byte_fallback": spelled, "vocab": vocab});
        tokenizer["normalizer"] = json!({"type": "NFKC"});
        tokenizer["pre_tokenizer"] =
            json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true});
        tokenizer["post_processor"] = json!({"type": "RobertaProcessing", "cls": ["<s>", 1], "sep": ["</s>", 2], "trim_offsets": false, "add_prefix_space": false});
        let added = |id: u32, content: &str| json!({"id": id, "content": content, "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false});
        tokenizer["added_tokens"] = json!([added(1, "<s>"), added(2, "</s>"), added(23, "<mask>")]);
    })
}

fn needed(texts: &[&str]) -> Needed {
    Needed { texts: texts.iter().map(|text| (*text).to_owned()).collect(), alphabet: None }
}

fn vector(files: &ModelFiles, text: &str) -> Vec<u32> {
    let model = BertEmbedder::load(files.clone()).unwrap();
    let embedding = block_on(model.embed(&[text], Role::Passage, &Unattended)).unwrap().remove(0);
    embedding.vector.into_iter().map(f32::to_bits).collect()
}

/// Whether both embed a text the same, to the bit.
fn agree(pruned: &Pruned, whole: &ModelFiles, text: &str) -> bool {
    vector(&pruned.files, text) == vector(whole, text)
}

fn text_of(letters: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(letters), 0..14).prop_map(|parts| parts.concat())
}

const MANY: &[&str] =
    &["a", "b", "c", "d", "dd", " ", "zé", "z", "é", "東", "京", "東京", "<mask>", "x", "ab", "cab", "ｃ"];
const WORDS: &[&str] =
    &["the ", "tenant ", "pays ", "rents", "land", "roof", " ", "?", "[SEP]", "a", "東", "water", "ing"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn given_texts_and_others_of_their_words_have_the_same_vectors(texts in prop::collection::vec(text_of(MANY), 1..4), spelled: bool) {
        let whole = unigram(spelled);
        let pruned = prune(&whole, &Needed { texts: texts.clone(), alphabet: None }).unwrap();
        prop_assert!(pruned.rows <= pruned.rows_before);
        let words: Vec<&str> = texts.iter().flat_map(|text| text.split(' ')).rev().collect();
        for text in texts.iter().map(String::as_str).chain([&words.join(" ")[..]]) {
            prop_assert!(agree(&pruned, &whole, text), "{text:?}");
        }
    }

    #[test]
    fn word_pieces_of_given_texts_have_the_same_vectors(texts in prop::collection::vec(text_of(WORDS), 1..4)) {
        let whole = word_pieces();
        let pruned = prune(&whole, &Needed { texts: texts.clone(), alphabet: None }).unwrap();
        for text in &texts {
            prop_assert!(agree(&pruned, &whole, text), "{text:?}");
        }
    }

    #[test]
    fn every_text_in_the_letters_of_a_language_has_the_same_vector(text in text_of(&["a", "b", "c", "d", "AB", " ", "x", "z", ".", "<mask>"])) {
        let whole = unigram(false);
        let pruned = prune(&whole, &Needed { texts: Vec::new(), alphabet: Some(Alphabet::of(&["en"]).unwrap()) }).unwrap();
        prop_assert!(pruned.rows < pruned.rows_before);
        prop_assert!(agree(&pruned, &whole, &text), "{text:?}");
    }

    #[test]
    fn what_is_outside_is_split_too_and_knows_every_character_that_was_a_piece(text in text_of(&["a", "b", "c", "d", "東", "京", " "])) {
        let whole = unigram(false);
        let pruned = prune(&whole, &needed(&["b"])).unwrap();
        let tokenizer = SubwordTokenizer::from_json(&pruned.files.tokenizer).unwrap();
        let encoded = tokenizer.encode(&text, usize::MAX).unwrap();
        prop_assert!(encoded.ids.iter().all(|id| (*id as usize) < pruned.rows && *id != 0), "{:?}", encoded.ids);
    }
}

#[test]
fn less_is_kept_and_pieces_that_were_passed_over_stay() {
    let whole = unigram(false);
    let Pruned { files, rows, rows_before } = prune(&whole, &needed(&["abc"])).unwrap();
    let tokenizer: Value = serde_json::from_slice(&files.tokenizer).unwrap();
    let pieces: Vec<&str> = tokenizer["model"]["vocab"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry[0].as_str().unwrap())
        .collect();
    for piece in ["abc", "bc", "▁ab", "dd", "東", "<0xC3>"] {
        assert!(pieces.contains(&piece), "{piece} of {pieces:?}");
    }
    for piece in ["▁abcd", "cab", "東京", "zé"] {
        assert!(!pieces.contains(&piece), "{piece} of {pieces:?}");
    }
    assert_eq!((rows, rows_before), (pieces.len() + 1, 120), "and <mask>, which is no piece");
    assert!(files.weights.len() < whole.weights.len());
    assert_ne!(fingerprint(&files), fingerprint(&whole));
    assert!(
        String::from_utf8(files.manifest).unwrap().contains(&format!("{rows} of 120 rows of its vocabulary"))
    );
}

fn fingerprint(files: &ModelFiles) -> String {
    ModelManifest::parse(&files.manifest).unwrap().fingerprint(&files.tokenizer).unwrap()
}

#[test]
fn a_pruned_model_that_is_pruned_again_to_the_same_stays_as_it_is() {
    for whole in [unigram(true), word_pieces()] {
        let once = prune(&whole, &needed(&["abc the tenant", "dd 東京"])).unwrap();
        let twice = prune(&once.files, &needed(&["abc the tenant", "dd 東京"])).unwrap();
        assert_eq!(once.rows, twice.rows);
        assert_eq!(
            (&once.files.tokenizer, &once.files.weights),
            (&twice.files.tokenizer, &twice.files.weights)
        );
    }
}

#[test]
fn a_cross_encoder_takes_what_looks_like_a_special_token_for_text_as_before() {
    let whole = model("tiny-cross-encoder", |_| {});
    let texts = ["who repairs the [SEP] roof?", "the landlord repairs the roof"];
    let pruned = prune(&whole, &needed(&texts)).unwrap();
    let score = |files: &ModelFiles| {
        let model = BertScorer::load(files.clone()).unwrap();
        block_on(model.score(texts[0], &[texts[1], texts[0]], &Unattended)).unwrap()
    };
    assert!(pruned.rows < pruned.rows_before);
    assert_eq!(score(&pruned.files), score(&whole));
}

#[test]
fn what_cannot_be_pruned_is_refused() {
    let error = prune(&word_pieces(), &Needed::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let merged = model("tiny-cls-encoder", |tokenizer| {
        tokenizer["model"] = json!({"type": "BPE", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3}, "merges": []});
        tokenizer["added_tokens"] = json!([]);
    });
    let error = prune(&merged, &needed(&["a"])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelUnsupported, "{error}");
    let mut damaged = word_pieces();
    damaged.weights.pop();
    assert_eq!(prune(&damaged, &needed(&["a"])).unwrap_err().kind(), ErrorKind::ModelFileTruncated);
}

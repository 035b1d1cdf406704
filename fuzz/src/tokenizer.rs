//! Tokenizer files of every kind, sound and damaged: reading gives a typed error or a tokenizer, and a tokenizer splits
//! any text.

use arbitrary::{Result, Unstructured};
use ibid::encoder::tokenizer::SubwordTokenizer;
use ibid::encoder::tokenizer::pair::PairTokenizer;
use ibid::error::ErrorKind;
use ibid::model::Tokenizer;
use serde_json::{Value, json};

use super::edit;

/// Reads the file that `data` describes, and splits the text that it holds.
pub fn run(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((json, mut text)) = file(&mut input) else { return };
    // Now and then long enough to be taken in pieces.
    if input.ratio(1, 8).unwrap_or(false) {
        text = [&text, " the tenant\n"].concat().repeat(4500 / (text.len() + 12) + 1);
    }
    match SubwordTokenizer::from_json(&json) {
        Ok(tokenizer) => split(&tokenizer, &text),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ModelInvalid, "{error}"),
    }
    if let Ok(tokenizer) = PairTokenizer::from_json(&json)
        && let Ok(encoded) = tokenizer.encode(&text, &text, 32)
    {
        assert!(encoded.ids.len() <= tokenizer.special_tokens().max(32));
        assert_eq!(encoded.ids.len(), encoded.types.len());
    }
}

fn split(tokenizer: &SubwordTokenizer, text: &str) {
    // A text may be refused for a character that the vocabulary lacks, or because it grows out of proportion.
    let (Ok(spans), Ok(count)) = (tokenizer.token_spans(text), tokenizer.count_tokens(text)) else { return };
    assert_eq!(spans.len(), count);
    assert!(spans.iter().all(|span| span.slice(text).is_some_and(|token| !token.is_empty())));
    assert!(spans.windows(2).all(|pair| pair[0].start <= pair[1].start && pair[0].end <= pair[1].end));
    let whole = tokenizer.encode(text, usize::MAX).expect("it was split before");
    assert_eq!(whole.ids.len(), count + tokenizer.special_tokens());
    assert!(whole.ids.iter().all(|id| *id <= tokenizer.max_id()));
    let room = tokenizer.special_tokens() + 5;
    let cut = tokenizer.encode(text, room).expect("it was split before");
    assert_eq!((cut.truncated, cut.ids.len()), (whole.ids.len() > room, whole.ids.len().min(room)));
    let kept = cut.ids.len() - tokenizer.special_tokens() + tokenizer.leading_tokens();
    assert_eq!(cut.ids[..kept], whole.ids[..kept]);
}

/// A file after up to four changes, and a text.
pub(super) fn file(input: &mut Unstructured) -> Result<(Vec<u8>, String)> {
    let sound = json!({
        "version": "1.0",
        "added_tokens": added_tokens(input)?,
        "normalizer": steps(input, "normalizers", NORMALIZERS)?,
        "pre_tokenizer": steps(input, "pretokenizers", SPLITTERS)?,
        "post_processor": parsed(input.choose(POST_PROCESSORS)?),
        "model": parsed(input.choose(MODELS)?),
    });
    let mut json = sound.to_string().into_bytes();
    for _ in 0..input.int_in_range(0..=4)? {
        edit::json(input, &mut json)?;
    }
    Ok((json, input.arbitrary()?))
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).expect("they are JSON")
}

/// None of the steps, one, or a sequence of several.
fn steps(input: &mut Unstructured, field: &str, all: &[&str]) -> Result<Value> {
    let count = input.int_in_range(0..=3)?;
    let mut steps = (0..count).map(|_| Ok(parsed(input.choose(all)?))).collect::<Result<Vec<_>>>()?;
    Ok(match count {
        0 => Value::Null,
        1 => steps.remove(0),
        _ => json!({"type": "Sequence", field: steps}),
    })
}

fn added_tokens(input: &mut Unstructured) -> Result<Value> {
    let count = input.int_in_range(0..=3)?;
    let token = |_| {
        let content = input.choose(&["[SEP]", "<mask>", "  ", "the", "tenant pays", "e", "\n"])?;
        let [single_word, lstrip, rstrip, normalized, special] = input.arbitrary::<[bool; 5]>()?;
        Ok(
            json!({"id": 0, "content": content, "single_word": single_word, "lstrip": lstrip, "rstrip": rstrip,
            "normalized": normalized, "special": special}),
        )
    };
    (0..count).map(token).collect()
}

const NORMALIZERS: &[&str] = &[
    r#"{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}"#,
    r#"{"type": "BertNormalizer", "clean_text": false, "handle_chinese_chars": true, "strip_accents": true, "lowercase": false}"#,
    r#"{"type": "NFC"}"#,
    r#"{"type": "NFD"}"#,
    r#"{"type": "NFKC"}"#,
    r#"{"type": "NFKD"}"#,
    r#"{"type": "Lowercase"}"#,
    r#"{"type": "StripAccents"}"#,
    r#"{"type": "Strip", "strip_left": true, "strip_right": true}"#,
    r#"{"type": "Prepend", "prepend": "\u2581"}"#,
    r#"{"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}"#,
    r#"{"type": "Replace", "pattern": {"Regex": "\\s{2,}|[a-c]+"}, "content": "  the"}"#,
    r#"{"type": "Nmt"}"#,
    r#"{"type": "ByteLevel"}"#,
    // A map in which a tab becomes two letters.
    r#"{"type": "Precompiled", "precompiled_charsmap": "LAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAkNAAAAAACAYWIA"}"#,
];

const SPLITTERS: &[&str] = &[
    r#"{"type": "BertPreTokenizer"}"#,
    r#"{"type": "Whitespace"}"#,
    r#"{"type": "WhitespaceSplit"}"#,
    r#"{"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true}"#,
    r#"{"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": false}"#,
    r#"{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}"#,
    r#"{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}"#,
    r#"{"type": "Punctuation", "behavior": "MergedWithPrevious"}"#,
    r#"{"type": "Punctuation", "behavior": "MergedWithNext"}"#,
    r#"{"type": "Digits", "individual_digits": true}"#,
    r#"{"type": "CharDelimiterSplit", "delimiter": " "}"#,
    r#"{"type": "Split", "pattern": {"String": "e"}, "behavior": "Contiguous", "invert": true}"#,
];

const POST_PROCESSORS: &[&str] = &[
    r#"{"type": "BertProcessing", "sep": ["[SEP]", 1], "cls": ["[CLS]", 2]}"#,
    r#"{"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true, "add_prefix_space": true}"#,
    r#"{"type": "Sequence", "processors": [{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
        {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "<s>", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [0, 1], "tokens": ["<s>", "<t>"]}}}]}"#,
];

const MODELS: &[&str] = &[
    r###"{"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
        "vocab": {"[UNK]": 0, "[SEP]": 1, "[CLS]": 2, "the": 3, "t": 4, "##e": 5, "##en": 6, "##ant": 7, "é": 8, "##\u0301": 9}}"###,
    r#"{"type": "WordLevel", "unk_token": "<unk>", "vocab": {"<unk>": 0, "the": 1, "tenant": 2, "\u2581the": 3}}"#,
    r#"{"type": "Unigram", "unk_id": 0, "byte_fallback": true, "vocab": [["<unk>", 0], ["<s>", -1.5], ["\u2581", -3], ["\u2581the", -2],
        ["t", -4], ["e", -4], ["ten", -3.5], ["ant", -3], ["<0x41>", -9], ["<0xC3>", -9], ["<0xA9>", -9]]}"#,
    r#"{"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true, "end_of_word_suffix": "",
        "vocab": {"<unk>": 0, "t": 1, "h": 2, "e": 3, "th": 4, "the": 5, "\u0120": 6, "\u0120t": 7, "<0x41>": 8, "ee": 9},
        "merges": [["t", "h"], ["th", "e"], ["\u0120", "t"], ["e", "e"]]}"#,
    r###"{"type": "BPE", "unk_token": "<unk>", "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>", "ignore_merges": true,
        "vocab": {"<unk>": 0, "t": 1, "##h": 2, "th": 3, "##e</w>": 4, "the</w>": 5},
        "merges": ["#version: 0.2", "t ##h", "th ##e</w>"]}"###,
];

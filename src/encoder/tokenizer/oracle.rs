//! Tokenizers of many kinds against the reference implementation: the same ids, from the same places.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::byte_level::spelling;
use super::tests::{WORDS, awkward_text};
use super::*;

/// Pieces and ids of a vocabulary with `special` tokens, all beginnings of [`WORDS`] as `spell` writes them, and their
/// characters, each also behind `prefix`.
fn vocabulary(special: &[&str], prefix: &str, spell: impl Fn(&str) -> String) -> Vec<String> {
    let mut pieces: Vec<String> = special.iter().map(|&piece| piece.to_owned()).collect();
    for word in WORDS {
        let word = spell(word);
        for (at, c) in word.char_indices() {
            let end = at + c.len_utf8();
            pieces.extend([
                word[..end].to_owned(),
                c.to_string(),
                format!("{prefix}{c}"),
                format!("{prefix}{}", &word[at..]),
            ]);
        }
    }
    pieces.extend("abcdeinorstuvxyz0123456789.,!?'()-".chars().filter(|c| *c != 'x').map(String::from));
    let mut seen = std::collections::HashSet::new();
    pieces.retain(|piece| seen.insert(piece.clone()));
    pieces
}

fn ids(pieces: &[String]) -> Value {
    pieces
        .iter()
        .enumerate()
        .map(|(id, piece)| (piece.clone(), json!(id)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn word_piece() -> Value {
    let pieces = vocabulary(&["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], "##", str::to_lowercase);
    json!({"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
        "vocab": ids(&pieces)})
}

fn word_level() -> Value {
    let pieces = vocabulary(&["[UNK]", "[CLS]", "[SEP]"], "", str::to_owned);
    json!({"type": "WordLevel", "unk_token": "[UNK]", "vocab": ids(&pieces)})
}

fn unigram(byte_fallback: bool) -> Value {
    let mut pieces = vocabulary(&["<s>", "<pad>", "</s>", "<unk>", "▁"], "▁", str::to_owned);
    if byte_fallback {
        pieces.extend((0..=255).map(|byte| format!("<0x{byte:02X}>")));
    }
    let scores =
        pieces.iter().enumerate().map(|(at, piece)| json!([piece, -((at * 37 % 101) as f64) / 8.0 - 1.0]));
    json!({"type": "Unigram", "unk_id": 3, "vocab": scores.collect::<Value>(), "byte_fallback": byte_fallback})
}

/// A model whose merges make the beginnings of [`WORDS`], with and without a `space` before them.
fn byte_pair(space: &str, spell: fn(&str) -> String, options: Value) -> Value {
    let text = |name: &str| options[name].as_str().unwrap_or_default().to_owned();
    let (prefix, suffix) = (text("continuing_subword_prefix"), text("end_of_word_suffix"));
    let mut pieces: Vec<String> = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"].map(str::to_owned).to_vec();
    let mut merges = Vec::new();
    let words = WORDS.iter().flat_map(|word| [spell(word), format!("{space}{}", spell(word))]);
    for word in words.chain(["ten", "an", "ent", "en", "20", " ."].map(spell)) {
        let count = word.chars().count();
        let mut left = String::new();
        for (at, c) in word.chars().enumerate() {
            let own = format!(
                "{}{c}{}",
                if at > 0 { &prefix } else { "" },
                if at + 1 == count { &suffix } else { "" }
            );
            pieces.extend([own.clone(), c.to_string()]);
            if at > 0 {
                let merged = format!("{left}{}", &own[prefix.len()..]);
                merges.push((left, own));
                pieces.push(merged.clone());
                left = merged;
            } else {
                left = own;
            }
        }
    }
    if spell("é") != "é" {
        pieces.extend((0..=255).map(|byte| spelling(byte).to_string()));
    }
    if options["byte_fallback"] == json!(true) {
        pieces.extend((0..=255).map(|byte| format!("<0x{byte:02X}>")));
    }
    let mut seen = std::collections::HashSet::new();
    pieces.retain(|piece| seen.insert(piece.clone()));
    let mut model = json!({"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
        "vocab": ids(&pieces), "merges": merges});
    options.as_object().into_iter().flatten().for_each(|(name, value)| model[name] = value.clone());
    model
}

fn by_bytes(text: &str) -> String {
    text.bytes().map(spelling).collect()
}

fn added(tokens: &[(&str, Value)]) -> Value {
    let token = |(content, options): &(&str, Value)| {
        let mut token = json!({"id": 0, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true});
        options.as_object().into_iter().flatten().for_each(|(name, value)| token[name] = value.clone());
        token
    };
    tokens.iter().map(token).collect()
}

fn bert_processor() -> Value {
    json!({"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]})
}

fn roberta_processor(trim: bool, prefix: bool) -> Value {
    json!({"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": trim, "add_prefix_space": prefix})
}

fn file(added: Value, normalizer: Value, pre_tokenizer: Value, post_processor: Value, model: Value) -> Value {
    json!({"version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer, "post_processor": post_processor, "decoder": null, "model": model})
}

fn sequence(field: &str, steps: &[Value]) -> Value {
    json!({"type": "Sequence", field: steps})
}

/// The layout of SentencePiece's compiled maps, each node's children in a block of their own.
fn compiled_map(map: &[(&str, &str)]) -> String {
    let mut keys: Vec<(Vec<u8>, u32)> = Vec::new();
    let mut forms = String::new();
    for (key, form) in map {
        keys.push((key.as_bytes().to_vec(), forms.len() as u32));
        forms.push_str(form);
        forms.push('\0');
    }
    let mut units = vec![0_u32; 256];
    let mut open = vec![(0_usize, Vec::<u8>::new())];
    while let Some((at, prefix)) = open.pop() {
        let base = units.len();
        units.resize(base + 256, 0);
        units[at] |= ((at ^ base) as u32) << 10;
        for (key, form) in keys.iter().filter(|(key, _)| key.starts_with(&prefix)) {
            match key.get(prefix.len()) {
                None => {
                    units[at] |= 0x100;
                    units[base] = form | 1 << 31;
                }
                Some(byte) => {
                    let child = base ^ usize::from(*byte);
                    let next = [&prefix[..], &[*byte]].concat();
                    if !open.iter().any(|(_, prefix)| *prefix == next) {
                        units[child] = u32::from(*byte);
                        open.push((child, next));
                    }
                }
            }
        }
    }
    let mut bytes = (units.len() as u32 * 4).to_le_bytes().to_vec();
    bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    bytes.extend(forms.as_bytes());
    encode_base64(&bytes)
}

fn encode_base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().enumerate().fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        let digits = (0..=chunk.len()).map(|at| char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]));
        encoded.extend(digits.chain(std::iter::repeat_n('=', 3 - chunk.len())));
    }
    encoded
}

/// A character that [`precompiled`] removes.
const REMOVED: char = '\u{1}';

fn precompiled() -> Value {
    let map = [
        ("\u{1}", ""),
        ("\n", " "),
        ("\t", " "),
        ("\r", " "),
        ("\u{a0}", " "),
        ("\u{3000}", " "),
        ("™", "TM"),
        ("ﬁ", "fi"),
        ("Å", "Å"),
        ("a\u{301}", "á"),
        ("…", "..."),
        ("カ\u{3099}", "ガ"),
        ("½", "1⁄2"),
        ("\u{200b}", " "),
        ("e\u{308}", "e"),
        ("\u{338}", ""),
    ];
    json!({"type": "Precompiled", "precompiled_charsmap": compiled_map(&map)})
}

fn bert_normalizer(clean: bool, chinese: bool, accents: Value, lowercase: bool) -> Value {
    json!({"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese, "strip_accents": accents, "lowercase": lowercase})
}

/// Tokenizers that differ in every part.
fn kinds() -> Vec<(String, Value)> {
    let mut kinds = Vec::new();
    let mut add = |name: &str, file| kinds.push((name.to_owned(), file));
    let kind = |name: &str| json!({"type": name});
    let replace =
        |pattern: Value, content: &str| json!({"type": "Replace", "pattern": pattern, "content": content});
    let metaspace = |scheme: &str, split: bool| json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split});
    let byte_level = |prefix: bool, words: bool| json!({"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": true, "use_regex": words});
    let of_bert = added(&[
        ("[PAD]", json!({})),
        ("[UNK]", json!({})),
        ("[CLS]", json!({})),
        ("[SEP]", json!({})),
        ("[MASK]", json!({})),
    ]);
    let of_roberta = added(&[("<s>", json!({})), ("</s>", json!({})), ("<mask>", json!({"lstrip": true}))]);
    for (clean, chinese, accents, lowercase) in [
        (true, true, json!(null), true),
        (true, true, json!(null), false),
        (true, true, json!(false), true),
        (true, false, json!(true), false),
        (false, true, json!(null), true),
        (false, false, json!(false), false),
    ] {
        let name =
            format!("BERT, clean {clean}, Chinese {chinese}, accents {accents}, lowercase {lowercase}");
        let normalizer = bert_normalizer(clean, chinese, accents, lowercase);
        add(
            &name,
            file(of_bert.clone(), normalizer, kind("BertPreTokenizer"), bert_processor(), word_piece()),
        );
    }
    let of_mpnet = added(&[
        ("[SEP]", json!({})),
        ("[MASK]", json!({"lstrip": true})),
        ("tenant", json!({"normalized": true, "single_word": true, "special": false})),
    ]);
    add(
        "MPNet",
        file(
            of_mpnet,
            bert_normalizer(true, true, json!(null), true),
            kind("BertPreTokenizer"),
            roberta_processor(true, true),
            word_piece(),
        ),
    );
    let steps = [kind("NFD"), kind("Lowercase"), kind("StripAccents")];
    add(
        "whitespace",
        file(
            of_bert.clone(),
            sequence("normalizers", &steps),
            kind("Whitespace"),
            bert_processor(),
            word_piece(),
        ),
    );
    add("no steps", file(of_bert.clone(), json!(null), json!(null), bert_processor(), word_piece()));
    for form in ["NFC", "NFD", "NFKC", "NFKD"] {
        let steps = sequence("pretokenizers", &[kind("WhitespaceSplit"), metaspace("always", true)]);
        add(
            form,
            file(of_roberta.clone(), kind(form), steps, roberta_processor(false, true), unigram(false)),
        );
    }
    add(
        "XLM-R",
        file(
            of_roberta.clone(),
            sequence("normalizers", &[precompiled(), replace(json!({"Regex": " {2,}"}), " ")]),
            metaspace("always", true),
            roberta_processor(false, true),
            unigram(false),
        ),
    );
    add(
        "XLM-R of old",
        file(
            of_roberta.clone(),
            precompiled(),
            sequence(
                "pretokenizers",
                &[
                    kind("WhitespaceSplit"),
                    json!({"type": "Metaspace", "replacement": "▁", "add_prefix_space": true}),
                ],
            ),
            roberta_processor(false, true),
            unigram(true),
        ),
    );
    for scheme in ["first", "never", "always"] {
        let steps = sequence("pretokenizers", &[kind("Punctuation"), metaspace(scheme, scheme != "always")]);
        add(
            &format!("metaspace {scheme}"),
            file(of_roberta.clone(), precompiled(), steps, roberta_processor(false, true), unigram(true)),
        );
    }
    for (prefix, words, trim) in
        [(true, true, true), (false, true, true), (false, true, false), (true, false, true)]
    {
        let model =
            byte_pair("Ġ", by_bytes, json!({"continuing_subword_prefix": "", "end_of_word_suffix": ""}));
        add(
            &format!("RoBERTa, prefix {prefix}, words {words}, trim {trim}"),
            file(
                of_roberta.clone(),
                json!(null),
                byte_level(prefix, words),
                roberta_processor(trim, prefix),
                model,
            ),
        );
    }
    let spaces = json!({"normalized": true, "special": false});
    let of_modern_bert = added(&[
        ("  ", spaces.clone()),
        ("   ", spaces),
        ("|||IP|||", json!({"normalized": true, "special": false})),
        ("<s>", json!({})),
        ("<mask>", json!({"lstrip": true, "rstrip": true})),
    ]);
    let template = json!({"type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
        "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [0], "tokens": ["<s>"]}, "[SEP]": {"id": "[SEP]", "ids": [2, 2], "tokens": ["</s>", "</s>"]}}});
    let steps = sequence("processors", &[byte_level(true, true), template.clone()]);
    add(
        "ModernBERT",
        file(
            of_modern_bert,
            kind("NFC"),
            byte_level(false, true),
            steps,
            byte_pair("Ġ", by_bytes, json!({"ignore_merges": true})),
        ),
    );
    let steps = [json!({"type": "Prepend", "prepend": "▁"}), replace(json!({"String": " "}), "▁")];
    for (fallback, fuse) in [(true, true), (false, true), (false, false)] {
        let options = json!({"unk_token": "<unk>", "byte_fallback": fallback, "fuse_unk": fuse});
        add(
            &format!("SentencePiece's BPE, fallback {fallback}, fused {fuse}"),
            file(
                of_roberta.clone(),
                sequence("normalizers", &steps),
                json!(null),
                template.clone(),
                byte_pair("▁", str::to_owned, options),
            ),
        );
    }
    let steps = [
        kind("NFC"),
        replace(json!({"Regex": r"\s+"}), " "),
        kind("Lowercase"),
        replace(json!({"Regex": "``|''"}), "\""),
    ];
    for unknown in [json!(null), json!("<unk>")] {
        let options = json!({"unk_token": unknown, "end_of_word_suffix": "</w>"});
        add(
            "BPE with ends",
            file(
                of_roberta.clone(),
                sequence("normalizers", &steps),
                kind("BertPreTokenizer"),
                template.clone(),
                byte_pair("", str::to_owned, options),
            ),
        );
    }
    let options = json!({"unk_token": "<unk>", "continuing_subword_prefix": "##", "fuse_unk": true});
    add(
        "BPE with prefixes",
        file(
            of_roberta.clone(),
            kind("Nmt"),
            kind("WhitespaceSplit"),
            template.clone(),
            byte_pair("", str::to_owned, options),
        ),
    );
    let of_level = added(&[
        ("[CLS]", json!({"rstrip": true})),
        ("[SEP]", json!({"single_word": true})),
        ("PAYS", json!({"normalized": true, "rstrip": true, "special": false})),
        ("brand new", json!({"special": false})),
    ]);
    for behaviour in ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"] {
        let normalizer = sequence(
            "normalizers",
            &[
                json!({"type": "Strip", "strip_left": true, "strip_right": behaviour != "Removed"}),
                kind("Lowercase"),
            ],
        );
        let steps = [
            json!({"type": "Split", "pattern": {"String": "en"}, "behavior": behaviour, "invert": behaviour == "Contiguous"}),
            json!({"type": "Punctuation", "behavior": behaviour}),
            json!({"type": "Digits", "individual_digits": behaviour == "Isolated"}),
            json!({"type": "CharDelimiterSplit", "delimiter": " "}),
        ];
        add(
            &format!("word level, {behaviour}"),
            file(
                of_level.clone(),
                normalizer,
                sequence("pretokenizers", &steps),
                bert_processor(),
                word_level(),
            ),
        );
    }
    let steps = [
        json!({"type": "Split", "pattern": {"Regex": r"\s{2,}|-"}, "behavior": "Isolated", "invert": false}),
        kind("WhitespaceSplit"),
    ];
    add(
        "split by a simple expression",
        file(
            of_level,
            json!({"type": "ByteLevel"}),
            sequence("pretokenizers", &steps),
            bert_processor(),
            word_level(),
        ),
    );
    kinds
}

struct Pair {
    name: String,
    own: SubwordTokenizer,
    reference: tokenizers::Tokenizer,
}

impl Pair {
    fn new(name: &str, json: &[u8]) -> Self {
        let own = SubwordTokenizer::from_json(json).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut reference =
            tokenizers::Tokenizer::from_bytes(json).unwrap_or_else(|error| panic!("{name}: {error}"));
        reference.with_truncation(None).unwrap().with_padding(None);
        Self { name: name.to_owned(), own, reference }
    }

    /// What differs from the reference.
    fn difference(&self, text: &str) -> Option<String> {
        let expected = self.reference.encode(text, true).unwrap();
        let found = self.own.encode(text, usize::MAX).unwrap().ids;
        if found != expected.get_ids() {
            return Some(format!("{}: {text:?}\n{found:?}\n{:?}", self.name, expected.get_ids()));
        }
        if forgets_origins(text) {
            return None;
        }
        let expected = self.reference.encode(text, false).unwrap();
        let expected: Vec<_> =
            expected.get_offsets().iter().map(|(start, end)| (*start as u32, *end as u32)).collect();
        let found = self.own.origins(text, PIECE_BYTES).unwrap();
        (found != expected).then(|| format!("{}: {text:?}\n{found:?}\n{expected:?}", self.name))
    }

    /// What differs when the text is taken in pieces.
    fn difference_in_pieces(&self, text: &str, bytes: usize) -> Option<String> {
        let whole = self.own.encode_in_pieces(text, usize::MAX, usize::MAX).unwrap();
        let origins = self.own.origins(text, usize::MAX).unwrap();
        let same = self.own.encode_in_pieces(text, usize::MAX, bytes).unwrap() == whole
            && self.own.origins(text, bytes).unwrap() == origins;
        let pieces = || self.own.pipeline.pieces(text, bytes).collect::<Vec<_>>();
        (!same).then(|| format!("{}: {text:?} in {:?}", self.name, pieces()))
    }
}

/// Whether the reference takes the origin of each character for that of the one before: its compiled maps forget
/// characters that are removed from the beginning of what they are given.
fn forgets_origins(text: &str) -> bool {
    let mut rest = text;
    loop {
        if rest.starts_with([REMOVED, '\u{338}']) {
            return true;
        }
        match ["<s>", "</s>", "<mask>"].iter().filter_map(|token| Some(rest.find(token)? + token.len())).min()
        {
            Some(end) => rest = rest[end..].trim_start_matches(|_| false),
            None => return false,
        }
    }
}

fn pairs() -> &'static [Pair] {
    static PAIRS: std::sync::LazyLock<Vec<Pair>> = std::sync::LazyLock::new(|| {
        kinds().iter().map(|(name, json)| Pair::new(name, &serde_json::to_vec(json).unwrap())).collect()
    });
    &PAIRS
}

proptest! {
    #[test]
    fn tokens_and_their_places_are_those_of_the_reference(text in awkward_text()) {
        for pair in pairs() {
            prop_assert_eq!(pair.difference(&text), None);
        }
    }

    #[test]
    fn a_text_in_pieces_has_the_tokens_of_the_whole(text in awkward_text(), bytes in 1usize..40) {
        for pair in pairs() {
            prop_assert_eq!(pair.difference_in_pieces(&text, bytes), None);
        }
    }
}

/// Compares a tokenizer on a file of texts, one a line, or the strings in each line of JSON:
/// `IBID_TOKENIZER=tokenizer.json IBID_TEXTS=a.jsonl:b.txt cargo test --release oracle -- --ignored`.
#[test]
#[ignore = "compares a tokenizer and texts that the environment names"]
fn a_tokenizer_and_texts_of_ones_own() {
    let json = std::fs::read(std::env::var("IBID_TOKENIZER").unwrap()).unwrap();
    let pair = Pair::new("own", &json);
    let (mut texts, mut failures) = (0, 0);
    for path in std::env::var("IBID_TEXTS").unwrap().split(':') {
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let mut own = Vec::new();
            match serde_json::from_str(line) {
                Ok(value @ (Value::Object(_) | Value::Array(_))) => strings(&value, &mut own),
                _ => own.push(line.to_owned()),
            }
            for text in own {
                texts += 1;
                let differences = [pair.difference(&text), pair.difference_in_pieces(&text, 64)];
                for difference in differences.into_iter().flatten() {
                    failures += 1;
                    println!("{difference}");
                }
                assert!(failures < 5, "too many of {texts} texts differ");
            }
        }
    }
    println!("{texts} texts, {failures} differences");
    assert_eq!(failures, 0);
}

fn strings(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) => all.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| strings(value, all)),
        Value::Object(values) => values.values().for_each(|value| strings(value, all)),
        _ => {}
    }
}

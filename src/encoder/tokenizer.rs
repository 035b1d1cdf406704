//! The tokenizer of a model, read from `tokenizer.json`.
//!
//! Tokens and their places are those of the reference implementation, Hugging Face's
//! [tokenizers](https://github.com/huggingface/tokenizers), with which the tests compare it; the code is our own, a
//! fraction of its size and several times as fast. `Pipeline` is the way of a text through the steps that the file names.

mod added;
mod aligned;
mod bert;
mod byte_level;
mod categories;
mod cut;
mod file;
mod normalizer;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod oracle;
pub mod pair;
mod pattern;
mod pipeline;
mod precompiled;
mod splitter;
mod subwords;
mod template;
mod trie;
mod unicode;
mod vocabulary;

use self::aligned::Origin;
use self::file::{File, Part};
use self::pipeline::{Pipeline, Tokens};
use self::template::PostProcessor;
#[cfg(not(target_arch = "wasm32"))]
use crate::bit_set::BitSet;
use crate::document::Span;
use crate::encoder::folder::{TOKENIZER_FILE, invalid};
use crate::error::Result;
use crate::model::Tokenizer;

/// Text is tokenized in pieces of about this many bytes, so that the first tokens of a long text cost no more than
/// those of a short one, and so that what is known of each byte on the way stays small.
const PIECE_BYTES: usize = 4096;

/// A hieroglyph, which hardly a vocabulary has: a tokenizer without an unknown token fails on it.
const RARE: &str = "\u{13000}";

/// A text as a model takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The ids of the tokens, with the special ones around them.
    pub ids: Vec<u32>,
    /// For each token of a pair its type, as the file's template has it: mostly 0, and 1 for the second text. Of one text all are
    /// 0.
    pub types: Vec<u32>,
    /// Whether tokens at the end of the text were left out.
    pub truncated: bool,
}

/// A tokenizer without padding and truncation, which many `tokenizer.json` carry.
pub struct SubwordTokenizer {
    pipeline: Pipeline,
    post_processor: PostProcessor,
    /// The special tokens before a text, `[CLS]`.
    leading: Vec<u32>,
    /// The special tokens after a text, `[SEP]`.
    trailing: Vec<u32>,
    /// Whether what looks like a special token in a text is text.
    special_is_text: bool,
}

impl SubwordTokenizer {
    /// Reads the content of `tokenizer.json`.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) where it does not parse, names a step that is not
    /// supported, has no token for what its vocabulary lacks, or adds no special token before a text.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let tokenizer = Self::read(bytes)?;
        if tokenizer.leading.is_empty() {
            return Err(invalid(TOKENIZER_FILE, "its post-processor puts no special token before a text"));
        }
        Ok(tokenizer)
    }

    /// The same for a model that takes texts without special tokens around them, whatever the file says. An empty text has
    /// no token then.
    ///
    /// # Errors
    /// As [`Self::from_json`], but for the special token.
    pub fn without_special_tokens(bytes: &[u8]) -> Result<Self> {
        Ok(Self { leading: Vec::new(), trailing: Vec::new(), ..Self::read(bytes)? })
    }

    fn read(bytes: &[u8]) -> Result<Self> {
        let file = File::read(bytes)?;
        let post_processor = PostProcessor::read(Part::new("post-processor", &file.post_processor))?;
        let pipeline = Pipeline::new(file)?;
        pipeline.run(RARE, 0, &mut Tokens::new(false)).map_err(|error| {
            invalid(TOKENIZER_FILE, "fails on a text of one character").with_source(error)
        })?;
        let (leading, trailing) = post_processor.around();
        Ok(Self { pipeline, post_processor, leading, trailing, special_is_text: false })
    }

    /// The number of special tokens around a text.
    pub fn special_tokens(&self) -> usize {
        self.leading.len() + self.trailing.len()
    }

    /// The number of those that stand before it.
    pub fn leading_tokens(&self) -> usize {
        self.leading.len()
    }

    /// The highest token id. The post-processor may add tokens that are not in the vocabulary.
    pub fn max_id(&self) -> u32 {
        let added = self.leading.iter().chain(&self.trailing).copied();
        added.fold(self.pipeline.max_id(), u32::max)
    }

    /// The tokens of `text` with special ones, cut so that all together are at most `max_tokens`, which must leave
    /// room for the special ones. Takes time in proportion to what is kept, where the tokenizer looks at words alone and the text has
    /// white space between them; otherwise to the whole text.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where the tokenizer fails.
    pub fn encode(&self, text: &str, max_tokens: usize) -> Result<Encoded> {
        self.encode_in_pieces(text, max_tokens, PIECE_BYTES)
    }

    fn encode_in_pieces(&self, text: &str, max_tokens: usize, piece_bytes: usize) -> Result<Encoded> {
        let room = max_tokens.saturating_sub(self.special_tokens());
        let mut text_ids = self.first_ids(text, room.saturating_add(1), piece_bytes)?;
        let truncated = text_ids.len() > room;
        text_ids.truncate(room);
        let ids = [&self.leading[..], &text_ids, &self.trailing].concat();
        Ok(Encoded { types: vec![0; ids.len()], ids, truncated })
    }

    /// The ids of `text`, or the first of them, where they are at least `enough`.
    fn first_ids(&self, text: &str, enough: usize, piece_bytes: usize) -> Result<Vec<u32>> {
        let mut tokens = Tokens::new(self.special_is_text);
        for (start, piece) in self.pipeline.pieces(text, piece_bytes) {
            self.pipeline.run(piece, start, &mut tokens)?;
            if tokens.ids.len() >= enough {
                break;
            }
        }
        Ok(tokens.ids)
    }

    /// The ids of all pieces that occur in words of `texts` where they could be tokens: those that become tokens, and those that were
    /// passed over.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn occurring(&self, texts: impl IntoIterator<Item = impl AsRef<str>>) -> Result<BitSet> {
        let ids = self.max_id() as usize + 1;
        let mut tokens = Tokens::with_occurring(self.special_is_text, BitSet::new(ids));
        for text in texts {
            for (start, piece) in self.pipeline.pieces(text.as_ref(), PIECE_BYTES) {
                tokens.ids.clear();
                self.pipeline.run(piece, start, &mut tokens)?;
            }
        }
        Ok(tokens.into_occurring())
    }

    /// Where the tokens of `text` come from, as the reference implementation says.
    fn origins(&self, text: &str, piece_bytes: usize) -> Result<Vec<Origin>> {
        let mut tokens = Tokens::with_origins(self.special_is_text, self.post_processor.trim);
        for (start, piece) in self.pipeline.pieces(text, piece_bytes) {
            self.pipeline.run(piece, start, &mut tokens)?;
        }
        Ok(tokens.origins)
    }

    fn token_spans_in_pieces(&self, text: &str, piece_bytes: usize) -> Result<Vec<Span>> {
        Ok(tidy(text, self.origins(text, piece_bytes)?))
    }
}

impl Tokenizer for SubwordTokenizer {
    /// As the trait says. Tokens that share one character of the text (a Hangul syllable may be three) have the
    /// same span, so spans may overlap; neither their starts nor their ends ever decrease.
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        self.token_spans_in_pieces(text, PIECE_BYTES)
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        let mut tokens = Tokens::new(self.special_is_text);
        let mut count = 0;
        for (start, piece) in self.pipeline.pieces(text, PIECE_BYTES) {
            tokens.ids.clear();
            self.pipeline.run(piece, start, &mut tokens)?;
            count += tokens.ids.len();
        }
        Ok(count)
    }
}

impl std::fmt::Debug for SubwordTokenizer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SubwordTokenizer")
            .field("leading", &self.leading)
            .field("trailing", &self.trailing)
            .finish_non_exhaustive()
    }
}

/// Makes offsets into spans that keep the promises of [`Tokenizer::token_spans`], whatever normalisation did to them;
/// no token is dropped, so that their number stays right.
fn tidy(text: &str, origins: Vec<Origin>) -> Vec<Span> {
    let mut previous = (0, 0);
    let tidied = origins.into_iter().map(|(start, end)| {
        let (start, end) = (start as usize, end as usize);
        let start = text.floor_char_boundary(start.max(previous.0));
        let end = text.ceil_char_boundary(end.max(previous.1).max(start));
        // An empty span takes the character it stands before, or at the end of the text the one it stands behind.
        let end = if end > start { end } else { text.ceil_char_boundary(start + 1) };
        let start = if end > start { start } else { text.floor_char_boundary(start.saturating_sub(1)) };
        previous = (start, end);
        Span::new(start, end)
    });
    tidied.filter(|span| !span.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::error::ErrorKind;

    const TINY: &[u8] = include_bytes!("../../tests/fixtures/tiny-cls-encoder/tokenizer.json");

    /// Words that are pieces of the vocabularies here, with what they are made of.
    pub(super) const WORDS: &[&str] = &[
        "the", "tenant", "pays", "rent", "it's", "don't", "don", "Straße", "naïve", "12", "2024", "東京",
        "한국", "カタ", "fi", "...", "?!", "//",
    ];

    fn tiny() -> SubwordTokenizer {
        SubwordTokenizer::from_json(TINY).unwrap()
    }

    fn changed(change: impl FnOnce(&mut Value)) -> SubwordTokenizer {
        let mut value = serde_json::from_slice(TINY).unwrap();
        change(&mut value);
        SubwordTokenizer::from_json(&serde_json::to_vec(&value).unwrap()).unwrap()
    }

    /// Texts in which everything that tokenizers look at turns up, often side by side.
    pub(super) fn awkward_text() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            3 => prop::sample::select(WORDS).prop_map(|word| format!(" {word}")),
            1 => prop::sample::select(WORDS).prop_map(str::to_owned),
            1 => Just("the tenant ".to_owned()),
            1 => prop::sample::select(vec!["[SEP]", " [MASK] ", "<mask>", "  <mask>  ", "<s>", "</s>", "<unk>", "|||IP|||", "[MASK", "[CLS]  ", "PAYS ", " Pays", "brand new", "''", "``"])
                .prop_map(str::to_owned),
            1 => "[ .,\\[\\]/=<>_\t\r\n\u{b}\u{c}\u{85}\u{a0}\u{2028}\u{3000}\u{200b}\u{feff}\u{ad}\0\u{1}]{1,3}",
            1 => " {1,4}",
            1 => "[a\u{301}\u{338}\u{308}Åéßİﬁ™½e…\u{327}\u{302e}\u{1b44}\u{94d}]{1,4}",
            1 => "[東京漢\u{f900}\u{20000}한국カタ\u{3099}\u{1100}\u{1161}\u{11a8}]{1,4}",
            1 => "[👩\u{200d}👧🇨🇭\u{600}▁]{1,3}",
            1 => "[a-z]{90,120}",
            1 => any::<String>(),
        ];
        prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn spans_are_non_empty_in_the_text_and_never_go_back(text in awkward_text()) {
            let tokenizer = tiny();
            let spans = tokenizer.token_spans(&text).unwrap();
            prop_assert_eq!(spans.len(), tokenizer.count_tokens(&text).unwrap());
            for span in &spans {
                prop_assert!(span.slice(&text).is_some_and(|token| !token.is_empty()));
            }
            for pair in spans.windows(2) {
                prop_assert!(pair[0].start <= pair[1].start && pair[0].end <= pair[1].end);
            }
        }

        #[test]
        fn a_cut_text_keeps_its_first_tokens_between_the_special_ones(text in awkward_text(), max in 2usize..30) {
            let tokenizer = tiny();
            let whole = tokenizer.encode(&text, usize::MAX).unwrap().ids;
            let cut = tokenizer.encode_in_pieces(&text, max, 8).unwrap();
            prop_assert_eq!(cut.truncated, whole.len() > max);
            let kept = whole.len().min(max);
            prop_assert_eq!(&cut.ids[..kept - 1], &whole[..kept - 1]);
            prop_assert_eq!(&cut.ids[kept - 1..], &whole[whole.len() - 1..]);
        }
    }

    fn file(normalizer: &Value, splitter: &Value, model: &Value, added: &Value) -> SubwordTokenizer {
        let file = json!({
            "normalizer": normalizer, "pre_tokenizer": splitter, "model": model, "added_tokens": added,
            "post_processor": { "type": "RobertaProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0],
                "trim_offsets": true, "add_prefix_space": false },
        });
        SubwordTokenizer::from_json(&serde_json::to_vec(&file).unwrap()).unwrap()
    }

    fn special(id: u32, content: &str) -> Value {
        json!({ "id": id, "content": content, "special": true, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false })
    }

    #[test]
    fn a_character_in_single_bytes_has_its_own_span_each_time() {
        let model = |suffix: Value| {
            let pieces = ["<s>", "</s>", "<unk>", "<0xC3>", "<0xA9>", "<0x3C>", "<0x2F>", "<0x77>", "<0x3E>"];
            let vocab: serde_json::Map<String, Value> =
                (0..).zip(pieces).map(|(id, piece): (u32, _)| (piece.to_owned(), id.into())).collect();
            json!({ "type": "BPE", "vocab": vocab, "merges": [], "byte_fallback": true, "unk_token": "<unk>",
                "end_of_word_suffix": suffix })
        };
        let bert = json!({ "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": false, "lowercase": true });
        let plain = file(&Value::Null, &Value::Null, &model(Value::Null), &json!([]));
        assert_eq!(plain.token_spans("é").unwrap(), [Span::new(0, 2), Span::new(0, 2)]);
        // The suffix is spelled, too, and stands nowhere in the text.
        let suffixed = file(&bert, &json!({ "type": "BertPreTokenizer" }), &model(json!("</w>")), &json!([]));
        let spans = suffixed.token_spans("É é").unwrap();
        assert_eq!(spans.len(), suffixed.count_tokens("É é").unwrap());
        assert!(spans.iter().all(|span| span.slice("É é").is_some()));
    }

    #[test]
    fn an_added_token_is_numbered_behind_pieces_that_are_there_twice() {
        let vocab =
            json!([["<s>", 0.0], ["</s>", 0.0], ["a", -1.0], ["a", -2.0], ["b", -1.0], ["<unk>", 0.0]]);
        let model = json!({ "type": "Unigram", "unk_id": 5, "vocab": vocab });
        let tokenizer = file(&Value::Null, &Value::Null, &model, &json!([special(6, "<mask>")]));
        assert_eq!(tokenizer.encode("b<mask>", 9).unwrap().ids, [0, 4, 6, 1]);
    }

    #[test]
    fn tokens_that_take_white_space_are_found_in_a_long_run_of_it_at_once() {
        let wide = json!({ "id": 9, "content": "  ", "special": false, "single_word": false, "lstrip": true,
            "rstrip": true, "normalized": false });
        let vocab = json!({ "<s>": 0, "</s>": 1, "<unk>": 2, "a": 3 });
        let model = json!({ "type": "WordLevel", "vocab": vocab, "unk_token": "<unk>" });
        let tokenizer = file(&Value::Null, &json!({ "type": "WhitespaceSplit" }), &model, &json!([wide]));
        let text = format!("a{}a", " ".repeat(1 << 20));
        let ids = tokenizer.encode(&text, 1 << 22).unwrap().ids;
        assert_eq!((ids[1], ids[2], ids[ids.len() - 2]), (3, 4, 3));
    }

    #[test]
    fn a_list_of_added_tokens_that_is_none_is_refused() {
        for added in [json!({}), json!("x"), json!(7)] {
            let mut value: Value = serde_json::from_slice(TINY).unwrap();
            value["added_tokens"] = added;
            refused(&serde_json::to_vec(&value).unwrap());
        }
    }

    #[test]
    fn a_text_is_not_cut_where_a_changed_letter_is_looked_for() {
        let vocab = json!({ "<s>": 0, "</s>": 1, "<unk>": 2, "a": 3, "yb": 4, "x": 5, "b": 6 });
        let model = json!({ "type": "WordLevel", "vocab": vocab, "unk_token": "<unk>" });
        let replace = json!({ "type": "Replace", "pattern": { "String": "x " }, "content": "y" });
        let normalizer = json!({ "type": "Sequence", "normalizers": [{ "type": "Lowercase" }, replace] });
        let tokenizer = file(&normalizer, &json!({ "type": "WhitespaceSplit" }), &model, &json!([]));
        let text = format!("{}X b", "a ".repeat(20));
        let whole = tokenizer.encode_in_pieces(&text, 99, usize::MAX).unwrap();
        assert!(whole.ids.contains(&4));
        for bytes in 1..45 {
            assert_eq!(tokenizer.encode_in_pieces(&text, 99, bytes).unwrap(), whole, "{bytes}");
        }
    }

    #[test]
    fn padding_and_truncation_of_the_file_are_switched_off() {
        let tokenizer = changed(|json| {
            json["truncation"] = json!({"max_length": 4, "strategy": "LongestFirst", "stride": 0});
            json["padding"] = json!({"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": null,
                "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"});
        });
        for text in ["", "the tenant pays rent the tenant pays rent"] {
            assert_eq!(tokenizer.encode(text, 64).unwrap(), tiny().encode(text, 64).unwrap());
        }
    }

    #[test]
    fn a_tokenizer_that_may_look_across_a_cut_gets_the_whole_text() {
        let text = "the tenant ".repeat(10);
        let pieces = |tokenizer: &SubwordTokenizer| tokenizer.pipeline.pieces(&text, 8).count();
        assert!(pieces(&tiny()) > 1);
        let looks_left = changed(|json| json["added_tokens"][4]["lstrip"] = json!(true));
        assert!(pieces(&looks_left) > 1, "what it may take begins behind a gap");
        let looks_right = changed(|json| {
            json["added_tokens"][4]["rstrip"] = json!(true);
            json["added_tokens"][4]["content"] = json!("the tenant");
        });
        assert_eq!(pieces(&looks_right), 1);
        let no_splitter = changed(|json| json["pre_tokenizer"] = Value::Null);
        assert_eq!(pieces(&no_splitter), 1);
    }

    #[test]
    fn what_is_no_tokenizer_is_an_error_that_names_the_file() {
        let no_special_tokens = {
            let mut value: Value = serde_json::from_slice(TINY).unwrap();
            value["post_processor"] = Value::Null;
            serde_json::to_vec(&value).unwrap()
        };
        let no_unknown_token = {
            let mut value: Value = serde_json::from_slice(TINY).unwrap();
            value["model"]["unk_token"] = json!("[NONE]");
            serde_json::to_vec(&value).unwrap()
        };
        let half = &TINY[..TINY.len() / 2];
        for bytes in
            [b"<!doctype html><title>404</title>", &b"{}"[..], half, &no_special_tokens, &no_unknown_token]
        {
            refused(bytes);
        }
    }

    #[test]
    fn a_template_that_cannot_be_filled_is_an_error_that_names_the_file() {
        let cls = json!({"SpecialToken": {"id": "[CLS]", "type_id": 0}});
        let (a, b) =
            (json!({"Sequence": {"id": "A", "type_id": 0}}), json!({"Sequence": {"id": "B", "type_id": 0}}));
        let unknown = json!({"SpecialToken": {"id": "[START]", "type_id": 0}});
        let changes = [
            ("single", json!([unknown, a])),
            ("single", json!([cls, b])),
            ("pair", json!([cls, a, unknown, b])),
        ];
        for (template, pieces) in changes {
            let mut value: Value = serde_json::from_slice(TINY).unwrap();
            value["post_processor"][template] = pieces;
            refused(&serde_json::to_vec(&value).unwrap());
            value["post_processor"] = json!({"type": "Sequence", "processors": [value["post_processor"]]});
            refused(&serde_json::to_vec(&value).unwrap());
        }
    }

    #[track_caller]
    fn refused(bytes: &[u8]) {
        let error = SubwordTokenizer::from_json(bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelInvalid);
        assert!(error.message().starts_with("tokenizer.json: "), "{error}");
    }

    #[test]
    fn special_tokens_count_among_the_ids_even_if_they_are_not_in_the_vocabulary() {
        let tokenizer =
            changed(|json| json["post_processor"]["special_tokens"]["[SEP]"]["ids"] = json!([5000]));
        assert_eq!((tiny().max_id(), tokenizer.max_id()), (119, 5000));
    }
}

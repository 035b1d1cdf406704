//! The tokenizer of a model, read from `tokenizer.json` by the reference implementation, the `tokenizers` crate.

pub mod pair;

use serde_json::json;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{NormalizerWrapper, PostProcessorWrapper, PreTokenizerWrapper};

use crate::document::Span;
use crate::encoder::folder::{TOKENIZER_FILE, invalid};
use crate::error::{Error, Result};
use crate::model::Tokenizer;

/// Text is tokenized in pieces of about this many bytes, so that the first tokens of a long text cost no more than
/// those of a short one, and so that the tokenizer's own tables (some 20 bytes per byte of text) stay small.
const PIECE_BYTES: usize = 4096;

/// A hieroglyph, which hardly a vocabulary has: a tokenizer without an unknown token fails on it.
const RARE: &str = "\u{13000}";

/// A text as a model takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The ids of the tokens, with the special ones around them.
    pub ids: Vec<u32>,
    /// For each token the number of the text that it belongs to: 0, or 1 for the second of a pair.
    pub types: Vec<u32>,
    /// Whether tokens at the end of the text were left out.
    pub truncated: bool,
}

/// A tokenizer with padding and truncation switched off, which many `tokenizer.json` carry.
pub struct SubwordTokenizer {
    inner: tokenizers::Tokenizer,
    /// The special tokens before a text, `[CLS]`.
    leading: Vec<u32>,
    /// The special tokens after a text, `[SEP]`.
    trailing: Vec<u32>,
    /// Where a text may be cut without a change to its tokens; `None` where that is not known.
    breaks: Option<Breaks>,
}

impl SubwordTokenizer {
    /// Reads the content of `tokenizer.json`.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) where it does not parse, has no token for what
    /// its vocabulary lacks, or adds no special token before a text.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let mut inner = tokenizers::Tokenizer::from_bytes(bytes)
            .map_err(|error| invalid(TOKENIZER_FILE, "is not a tokenizer").with_source(error))?;
        inner.with_padding(None);
        inner.with_truncation(None).map_err(failed)?;
        inner.get_post_processor().map_or(Ok(()), check_templates)?;
        inner.encode_fast(RARE, false).map_err(unusable)?;
        let (leading, trailing) = special_tokens(&inner)?;
        if leading.is_empty() {
            return Err(invalid(TOKENIZER_FILE, "its post-processor puts no special token before a text"));
        }
        let breaks = Breaks::of(&inner);
        Ok(Self { inner, leading, trailing, breaks })
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
        self.inner.get_vocab(true).into_values().chain(added).max().unwrap_or_default()
    }

    /// The tokens of `text` with special ones, cut so that all together are at most `max_tokens`, which must leave
    /// room for the special ones. Takes time in proportion to what is kept, not to the whole text.
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
        let mut ids = Vec::new();
        for (_, piece) in self.pieces(text, piece_bytes) {
            ids.extend_from_slice(self.inner.encode_fast(piece, false).map_err(failed)?.get_ids());
            if ids.len() >= enough {
                break;
            }
        }
        Ok(ids)
    }

    fn token_spans_in_pieces(&self, text: &str, piece_bytes: usize) -> Result<Vec<Span>> {
        let mut spans = Vec::new();
        for (start, piece) in self.pieces(text, piece_bytes) {
            let encoding = self.inner.encode(piece, false).map_err(failed)?;
            spans.extend(encoding.get_offsets().iter().map(|offsets| (start + offsets.0, start + offsets.1)));
        }
        Ok(tidy(text, spans))
    }

    /// `text` in pieces of at least `piece_bytes` each but the last, with their offsets.
    fn pieces<'t>(&self, text: &'t str, piece_bytes: usize) -> impl Iterator<Item = (usize, &'t str)> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
            let length =
                self.breaks.as_ref().map_or(rest.len(), |breaks| breaks.first_after(rest, piece_bytes));
            let piece = (start, &rest[..length]);
            start += length;
            Some(piece)
        })
    }
}

impl Tokenizer for SubwordTokenizer {
    /// As the trait says. Tokens that share one character of the text (a Hangul syllable may be three) have the
    /// same span, so spans may overlap; neither their starts nor their ends ever decrease.
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        self.token_spans_in_pieces(text, PIECE_BYTES)
    }

    fn count_tokens(&self, text: &str) -> Result<usize> {
        self.pieces(text, PIECE_BYTES)
            .map(|(_, piece)| Ok(self.inner.encode_fast(piece, false).map_err(failed)?.len()))
            .sum()
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

/// The characters after which a text may be cut: BERT's normaliser and pre-tokenizer treat what is on either side of
/// them separately, whatever it is.
struct Breaks {
    /// The characters of added tokens, such as the brackets of `[SEP]`, which are looked for before anything is split.
    reserved: String,
    /// Whether the normaliser puts white space around Chinese characters.
    chinese: bool,
}

impl Breaks {
    /// `None` for a tokenizer that is not BERT's or has added tokens that look at their neighbours.
    fn of(tokenizer: &tokenizers::Tokenizer) -> Option<Self> {
        let Some(NormalizerWrapper::BertNormalizer(normalizer)) = tokenizer.get_normalizer() else {
            return None;
        };
        let Some(PreTokenizerWrapper::BertPreTokenizer(_)) = tokenizer.get_pre_tokenizer() else {
            return None;
        };
        let added = tokenizer.get_added_tokens_decoder();
        if added.values().any(|token| token.lstrip || token.rstrip || token.single_word || token.normalized) {
            return None;
        }
        let reserved = added.values().flat_map(|token| token.content.chars()).collect();
        Some(Self { reserved, chinese: normalizer.handle_chinese_chars })
    }

    /// The first place after at least `bytes` bytes where `text` may be cut, or its end.
    fn first_after(&self, text: &str, bytes: usize) -> usize {
        let from = text.floor_char_boundary(bytes);
        let tail = text[from..].char_indices();
        tail.map(|(at, c)| (from + at + c.len_utf8(), c))
            .find_map(|(end, c)| self.is_break(c).then_some(end))
            .unwrap_or(text.len())
    }

    fn is_break(&self, c: char) -> bool {
        // The normaliser deletes control characters, form feed among them, before it looks for white space.
        let white_space = c.is_whitespace() && (!c.is_control() || matches!(c, '\t' | '\n' | '\r'));
        (white_space || c.is_ascii_punctuation() || self.chinese && is_chinese(c))
            && !self.reserved.contains(c)
    }
}

/// Whether BERT's normaliser surely treats `c` as a word of its own: the block of unified ideographs.
fn is_chinese(c: char) -> bool {
    ('\u{4E00}'..='\u{9FFF}').contains(&c)
}

/// Checks what the tokenizers crate takes for granted when it fills a template, but checks for its own builder only.
fn check_templates(processor: &PostProcessorWrapper) -> Result<()> {
    match processor {
        PostProcessorWrapper::Sequence(sequence) => sequence.as_ref().iter().try_for_each(check_templates),
        PostProcessorWrapper::Template(template) => check_template(template),
        _ => Ok(()),
    }
}

fn check_template(template: &TemplateProcessing) -> Result<()> {
    let malformed = |what| invalid(TOKENIZER_FILE, format!("the template of its post-processor {what}"));
    TemplateProcessing::builder()
        .single(template.single.clone())
        .pair(template.get_pair().clone())
        .special_tokens(template.get_special_tokens().clone())
        .build()
        .map_err(|error| malformed("is malformed").with_source(error))?;
    let json = serde_json::to_value(&template.single)
        .map_err(|error| malformed("cannot be read").with_source(error))?;
    let mut pieces = json.as_array().into_iter().flatten();
    if pieces.any(|piece| piece.pointer("/Sequence/id") == Some(&json!("B"))) {
        return Err(malformed("for one text has a second one"));
    }
    Ok(())
}

/// The special tokens that the post-processor puts before and after a text.
fn special_tokens(tokenizer: &tokenizers::Tokenizer) -> Result<(Vec<u32>, Vec<u32>)> {
    let probe = tokenizer.encode("a", true).map_err(unusable)?;
    let marked = || probe.get_ids().iter().copied().zip(probe.get_special_tokens_mask());
    let leading: Vec<u32> = marked().take_while(|(_, special)| **special == 1).map(|(id, _)| id).collect();
    let trailing = marked().skip(leading.len()).skip_while(|(_, special)| **special == 0).map(|(id, _)| id);
    let trailing = trailing.collect();
    Ok((leading, trailing))
}

/// Makes offsets into spans that keep the promises of [`Tokenizer::token_spans`], whatever normalisation did to them;
/// no token is dropped, so that their number stays right.
fn tidy(text: &str, offsets: Vec<(usize, usize)>) -> Vec<Span> {
    let mut previous = (0, 0);
    let tidied = offsets.into_iter().map(|(start, end)| {
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

/// As [`failed`], while the file is being read.
fn unusable(error: tokenizers::Error) -> Error {
    invalid(TOKENIZER_FILE, "fails on a text of one character").with_source(error)
}

fn failed(error: tokenizers::Error) -> Error {
    Error::internal("the tokenizer failed").with_source(error)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::error::ErrorKind;

    const TINY: &[u8] = include_bytes!("../../tests/fixtures/tiny-cls-encoder/tokenizer.json");

    fn tiny() -> SubwordTokenizer {
        SubwordTokenizer::from_json(TINY).unwrap()
    }

    fn changed(change: impl FnOnce(&mut Value)) -> SubwordTokenizer {
        let mut value = serde_json::from_slice(TINY).unwrap();
        change(&mut value);
        SubwordTokenizer::from_json(&serde_json::to_vec(&value).unwrap()).unwrap()
    }

    /// Texts in which everything that the normaliser and the splitter look at turns up, often side by side.
    fn awkward_text() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("the tenant ".to_owned()),
            Just("[SEP]".to_owned()),
            Just("[MASK".to_owned()),
            "[ .,\\[\\]/=<>_\t\r\n\u{b}\u{c}\u{85}\u{a0}\u{2028}\u{3000}\u{200b}\u{feff}\u{ad}\0]{1,3}",
            "[a\u{301}\u{338}\u{308}Åéßİﬁ]{1,4}",
            "[東京漢\u{f900}\u{20000}한국カタ]{1,4}",
            "[👩\u{200d}👧🇨🇭]{1,3}",
            "[a-z]{90,120}",
            any::<String>(),
        ];
        prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn a_text_in_pieces_has_the_tokens_and_spans_of_the_whole(text in awkward_text(), piece in 1usize..40) {
            for strip_accents in [json!(null), json!(false)] {
                let tokenizer = changed(|json| json["normalizer"]["strip_accents"] = strip_accents);
                let whole = tokenizer.inner.encode(text.as_str(), true).unwrap();
                let encoded = tokenizer.encode_in_pieces(&text, usize::MAX, piece).unwrap();
                prop_assert_eq!(&encoded.ids[..], whole.get_ids());
                prop_assert!(!encoded.truncated);
                let spans = tokenizer.token_spans_in_pieces(&text, piece).unwrap();
                prop_assert_eq!(spans, tokenizer.token_spans_in_pieces(&text, usize::MAX).unwrap());
            }
        }

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
        assert!(tiny().pieces(&text, 8).count() > 1);
        let looks_left = changed(|json| json["added_tokens"][4]["lstrip"] = json!(true));
        assert_eq!(looks_left.pieces(&text, 8).count(), 1);
        let other_splitter = changed(|json| json["pre_tokenizer"] = json!({"type": "Whitespace"}));
        assert_eq!(other_splitter.pieces(&text, 8).count(), 1);
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

//! Two texts as one sequence of tokens, for models that look at a query and a text together.

use super::template::Item;
use super::{Encoded, PIECE_BYTES, SubwordTokenizer};
use crate::encoder::folder::{TOKENIZER_FILE, invalid};
use crate::error::{Error, Result};

/// A tokenizer of pairs. Both texts are data: a `[SEP]` that somebody typed is three tokens, or however many its
/// characters make, and never the special one.
#[derive(Debug)]
pub struct PairTokenizer {
    single: SubwordTokenizer,
    template: Template,
}

/// The special tokens around two texts, and which type tokens have.
#[derive(Debug, Default, PartialEq)]
struct Template {
    before: Special,
    between: Special,
    after: Special,
    /// The types of the two texts' own tokens.
    types: [u32; 2],
}

/// Special tokens that stand side by side.
#[derive(Debug, Default, PartialEq)]
struct Special {
    ids: Vec<u32>,
    types: Vec<u32>,
}

impl PairTokenizer {
    /// Reads the content of `tokenizer.json`.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) where it does not parse, or does not put
    /// special tokens around a pair, the first text before the second.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let mut single = SubwordTokenizer::from_json(bytes)?;
        single.special_is_text = true;
        single.pipeline.forget_special_tokens();
        let template = Template::of(&single.post_processor.pair)?;
        Ok(Self { single, template })
    }

    /// The tokenizer of each text of a pair, to which special tokens are text.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn of_each(&self) -> &SubwordTokenizer {
        &self.single
    }

    /// The number of special tokens around and between two texts.
    pub fn special_tokens(&self) -> usize {
        self.template.special_ids().count()
    }

    /// The number of special tokens around a query that stands alone.
    pub fn special_tokens_of_query(&self) -> usize {
        self.single.special_tokens()
    }

    /// The highest token id.
    pub fn max_id(&self) -> u32 {
        self.template.special_ids().fold(self.single.max_id(), u32::max)
    }

    /// The highest token type.
    pub fn max_type(&self) -> u32 {
        let Template { before, between, after, types } = &self.template;
        [&before.types, &between.types, &after.types, &types[..]]
            .into_iter()
            .flatten()
            .copied()
            .max()
            .unwrap_or(0)
    }

    /// The tokens of `query` and `text` with special ones, cut so that all together are at most `max_tokens`, which must
    /// leave room for the special ones. As in the transformers library, the longer of the two is cut first
    /// (`longest_first`), and an empty text is none: the query stands alone. Where both alone are longer than the model
    /// takes, an odd last token goes to the text. Takes time in proportion to what is kept.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`](crate::error::ErrorKind::Internal) where the tokenizer fails.
    pub fn encode(&self, query: &str, text: &str, max_tokens: usize) -> Result<Encoded> {
        if text.is_empty() {
            return self.single.encode(query, max_tokens);
        }
        let room = max_tokens.saturating_sub(self.special_tokens());
        let first_ids = |text| self.first_ids(text, room.saturating_add(1));
        let (mut query, mut text) = (first_ids(query)?, first_ids(text)?);
        let truncated = query.len() + text.len() > room;
        let (of_query, of_text) = longest_first(query.len(), text.len(), room);
        query.truncate(of_query);
        text.truncate(of_text);
        Ok(self.template.fill(&query, &text, truncated))
    }

    /// The first `most` ids of `text`.
    fn first_ids(&self, text: &str, most: usize) -> Result<Vec<u32>> {
        let mut ids = self.single.first_ids(text, most, PIECE_BYTES)?;
        ids.truncate(most);
        Ok(ids)
    }
}

impl Template {
    fn of(pair: &[Item]) -> Result<Self> {
        let mut template = Self::default();
        // How many of the texts have been met.
        let mut met = 0;
        for item in pair {
            match (item, met) {
                (Item::Special(id, kind), _) => {
                    let sides = [&mut template.before, &mut template.between, &mut template.after];
                    if let Some(side) = sides.into_iter().nth(met) {
                        side.ids.push(*id);
                        side.types.push(*kind);
                    }
                }
                (Item::First(kind), 0) | (Item::Second(kind), 1) => {
                    template.types[met] = *kind;
                    met += 1;
                }
                _ => return Err(not_a_pair()),
            }
        }
        if met != 2 || template.before.ids.is_empty() || template.between.ids.is_empty() {
            return Err(not_a_pair());
        }
        Ok(template)
    }

    fn special_ids(&self) -> impl Iterator<Item = u32> {
        let Self { before, between, after, .. } = self;
        [before, between, after].into_iter().flat_map(|special| &special.ids).copied()
    }

    fn fill(&self, query: &[u32], text: &[u32], truncated: bool) -> Encoded {
        let Template { before, between, after, types: [of_query, of_text] } = self;
        let (query_types, text_types) = (vec![*of_query; query.len()], vec![*of_text; text.len()]);
        Encoded {
            ids: [&before.ids[..], query, &between.ids, text, &after.ids].concat(),
            types: [&before.types[..], &query_types, &between.types, &text_types, &after.types].concat(),
            truncated,
        }
    }
}

fn not_a_pair() -> Error {
    invalid(
        TOKENIZER_FILE,
        "its post-processor does not put special tokens around a pair of texts, in their order",
    )
}

/// How many of two texts' tokens are kept where there is room for `room`: the longer loses tokens until both are of one
/// length, then both do.
fn longest_first(query: usize, text: usize, room: usize) -> (usize, usize) {
    let half = room / 2;
    if query + text <= room {
        (query, text)
    } else if query <= half {
        (query, room - query)
    } else if text <= half {
        (room - text, text)
    } else if query > text {
        (room - half, half)
    } else {
        (half, room - half)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use tokenizers::{TruncationDirection, TruncationParams, TruncationStrategy};

    use super::*;
    use crate::error::ErrorKind;

    const TINY: &[u8] = include_bytes!("../../../tests/fixtures/tiny-cross-encoder/tokenizer.json");

    fn tiny() -> PairTokenizer {
        PairTokenizer::from_json(TINY).unwrap()
    }

    /// What the tokenizers crate makes of a pair.
    fn reference(query: &str, text: &str, max_length: usize) -> Encoded {
        let mut tokenizer = tokenizers::Tokenizer::from_bytes(TINY).unwrap();
        tokenizer.set_encode_special_tokens(true);
        let truncation = |max_length| TruncationParams {
            max_length,
            strategy: TruncationStrategy::LongestFirst,
            stride: 0,
            direction: TruncationDirection::Right,
        };
        let whole = tokenizer.encode((query, text), true).unwrap().len();
        tokenizer.with_truncation(Some(truncation(max_length))).unwrap();
        let encoding = tokenizer.encode((query, text), true).unwrap();
        Encoded {
            ids: encoding.get_ids().to_vec(),
            types: encoding.get_type_ids().to_vec(),
            truncated: whole > max_length,
        }
    }

    proptest! {
        #[test]
        fn pairs_are_cut_as_by_the_reference(
            query in "[a-e .]{0,40}", text in "[a-e .\\[]{1,40}", max_tokens in 3usize..64,
        ) {
            let tokenizer = tiny();
            let lengths = [&query, &text].map(|text| tokenizer.first_ids(text, usize::MAX).unwrap().len());
            let room = max_tokens - tokenizer.special_tokens();
            let expected = reference(&query, &text, max_tokens);
            let found = tokenizer.encode(&query, &text, max_tokens).unwrap();
            if room % 2 == 1 && lengths.iter().all(|length| *length >= room) {
                // The crate stops at a word's end beyond the room, and which text is the longer one is then chance.
                prop_assert_eq!(found.ids.len(), expected.ids.len());
                prop_assert!(found.truncated);
            } else {
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn special_tokens_that_somebody_typed_are_text() {
        let tokenizer = tiny();
        let special = [2, 3];
        let encoded = tokenizer.encode("[SEP] the", "the [CLS] tenant [SEP]", 64).unwrap();
        let found: Vec<_> = encoded.ids.iter().filter(|id| special.contains(id)).collect();
        assert_eq!(found, [&2, &3, &3], "one [CLS] and two [SEP], those of the template");
        assert_eq!(tokenizer.encode("[SEP]", "", 64).unwrap().ids.iter().filter(|id| **id == 3).count(), 1);
    }

    #[test]
    fn special_tokens_are_text_also_where_the_vocabulary_has_them_as_pieces() {
        let pieces = json!([
            ["<s>", 0.0],
            ["</s>", 0.0],
            ["<unk>", 0.0],
            ["a", -1.0],
            ["b", -1.0],
            ["</", -2.0],
            ["s", -2.0],
            [">", -2.0]
        ]);
        let special = |id: u32, content: &str| {
            json!({ "id": id, "content": content, "special": true, "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false })
        };
        let file = json!({
            "model": { "type": "Unigram", "unk_id": 2, "vocab": pieces },
            "added_tokens": [special(0, "<s>"), special(1, "</s>")],
            "post_processor": { "type": "RobertaProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0],
                "trim_offsets": true, "add_prefix_space": false },
        });
        let bytes = serde_json::to_vec(&file).unwrap();
        let tokenizer = PairTokenizer::from_json(&bytes).unwrap();
        assert_eq!(tokenizer.encode("a</s>", "b", 64).unwrap().ids, [0, 3, 5, 6, 7, 1, 1, 4, 1]);
    }

    #[test]
    fn a_pair_of_megabytes_is_cut_without_being_tokenized() {
        let book = "the tenant pays rent ".repeat(200_000);
        let start = std::time::Instant::now();
        let encoded = tiny().encode(&book, &book, 64).unwrap();
        assert_eq!((encoded.ids.len(), encoded.truncated), (64, true));
        // Reading the tokenizer included; tokenizing the whole would take seconds.
        assert!(start.elapsed() < std::time::Duration::from_millis(500), "{:?}", start.elapsed());
    }

    #[test]
    fn a_tokenizer_that_does_not_keep_two_texts_apart_is_refused() {
        let pair = json!([{"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}}]);
        let no_separator = json!([{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}]);
        for pair in [pair, no_separator] {
            let mut json: Value = serde_json::from_slice(TINY).unwrap();
            json["post_processor"]["pair"] = pair;
            let error = PairTokenizer::from_json(&serde_json::to_vec(&json).unwrap()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ModelInvalid);
            assert!(error.message().starts_with("tokenizer.json: "), "{error}");
        }
    }
}

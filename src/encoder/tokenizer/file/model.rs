//! The model of a `tokenizer.json`, whose vocabulary may have hundreds of thousands of pieces: they are read into one
//! piece of memory, without a value of their own each.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::encoder::folder::{TOKENIZER_FILE, invalid};
use crate::encoder::tokenizer::subwords::Subwords;
use crate::encoder::tokenizer::subwords::byte_pair::{BytePair, Options, Pairs};
use crate::encoder::tokenizer::subwords::unigram::Unigram;
use crate::encoder::tokenizer::subwords::word_level::WordLevel;
use crate::encoder::tokenizer::subwords::word_piece::WordPiece;
use crate::encoder::tokenizer::vocabulary::{Pieces, Vocabulary};
use crate::error::{Error, Result};

/// Prefixes and suffixes are at most this long, in bytes.
const MAX_AFFIX: usize = 64;

/// What a model of any type may say.
#[derive(Default)]
pub(super) struct ModelFields {
    kind: Option<String>,
    vocabulary: Option<VocabularyField>,
    merges: Option<Pairs>,
    unk_token: Option<String>,
    unk_id: Option<u32>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    max_input_chars_per_word: Option<usize>,
    dropout: Option<f64>,
    fuse_unk: Option<bool>,
    byte_fallback: Option<bool>,
    ignore_merges: Option<bool>,
}

/// Pieces with what stands beside each.
struct VocabularyField {
    pieces: Pieces,
    numbers: Numbers,
}

enum Numbers {
    Ids(Vec<u32>),
    Scores(Vec<f64>),
}

impl ModelFields {
    /// The model that they describe.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) where something is missing or not supported.
    pub(super) fn build(mut self) -> Result<Subwords> {
        let kind = self.kind.take();
        match kind.as_deref().unwrap_or_else(|| self.guess_kind()) {
            "WordPiece" => self.word_piece(),
            "WordLevel" => self.word_level(),
            "Unigram" => self.unigram(),
            "BPE" => self.byte_pair(),
            other => Err(invalid(TOKENIZER_FILE, format!("its model of type {other:?} is not supported"))),
        }
    }

    /// Files of old do not name the type.
    fn guess_kind(&self) -> &'static str {
        match &self.vocabulary {
            Some(VocabularyField { numbers: Numbers::Scores(_), .. }) => "Unigram",
            _ if self.merges.is_some() => "BPE",
            _ if self.max_input_chars_per_word.is_some() => "WordPiece",
            _ => "WordLevel",
        }
    }

    fn word_piece(mut self) -> Result<Subwords> {
        let vocabulary = self.vocabulary()?;
        let unknown = self.unknown_id(&vocabulary)?;
        let prefix = self.continuing_subword_prefix.ok_or_else(|| missing("continuing_subword_prefix"))?;
        let longest = self.max_input_chars_per_word.ok_or_else(|| missing("max_input_chars_per_word"))?;
        Ok(Subwords::WordPiece(WordPiece::new(vocabulary, unknown, &prefix, longest)))
    }

    fn word_level(mut self) -> Result<Subwords> {
        let vocabulary = self.vocabulary()?;
        let unknown = self.unknown_id(&vocabulary)?;
        Ok(Subwords::WordLevel(WordLevel::new(vocabulary, unknown)))
    }

    fn unigram(self) -> Result<Subwords> {
        let Some(VocabularyField { pieces, numbers: Numbers::Scores(scores) }) = self.vocabulary else {
            return Err(missing("vocab, a list"));
        };
        let vocabulary = Vocabulary::numbered(&pieces)?;
        let unknown =
            self.unk_id.filter(|id| (*id as usize) < scores.len()).ok_or_else(|| missing("unk_id"))?;
        let byte_fallback = self.byte_fallback.unwrap_or(false);
        Ok(Subwords::Unigram(Unigram::new(vocabulary, scores, unknown, byte_fallback)))
    }

    fn byte_pair(mut self) -> Result<Subwords> {
        let vocabulary = self.vocabulary()?;
        let pairs = self.merges.ok_or_else(|| missing("merges"))?;
        if self.dropout.is_some_and(|dropout| dropout != 0.0) {
            return Err(invalid(
                TOKENIZER_FILE,
                "its model, a BPE with dropout, which is random, is not supported",
            ));
        }
        let affix = |affix: Option<String>, name| match affix.unwrap_or_default() {
            affix if affix.len() <= MAX_AFFIX => Ok(affix),
            _ => Err(invalid(TOKENIZER_FILE, format!("the {name} of its model is too long"))),
        };
        let options = Options {
            unknown: self.unk_token,
            prefix: affix(self.continuing_subword_prefix, "continuing_subword_prefix")?,
            suffix: affix(self.end_of_word_suffix, "end_of_word_suffix")?,
            fuse_unknown: self.fuse_unk.unwrap_or(false),
            byte_fallback: self.byte_fallback.unwrap_or(false),
            whole_words: self.ignore_merges.unwrap_or(false),
        };
        Ok(Subwords::BytePair(BytePair::new(vocabulary, &pairs, options)?))
    }

    /// The vocabulary of a model other than Unigram.
    fn vocabulary(&mut self) -> Result<Vocabulary> {
        match self.vocabulary.take() {
            Some(VocabularyField { pieces, numbers: Numbers::Ids(ids) }) => Vocabulary::new(&pieces, &ids),
            _ => Err(missing("vocab, an object")),
        }
    }

    fn unknown_id(&self, vocabulary: &Vocabulary) -> Result<u32> {
        let unknown = self.unk_token.as_deref().ok_or_else(|| missing("unk_token"))?;
        let message = || format!("its vocabulary lacks its unknown token, {unknown:?}");
        vocabulary.id(unknown).ok_or_else(|| invalid(TOKENIZER_FILE, message()))
    }
}

fn missing(field: &str) -> Error {
    invalid(TOKENIZER_FILE, format!("its model lacks {field}"))
}

impl<'de> Deserialize<'de> for ModelFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = ModelFields;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a model")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<ModelFields, M::Error> {
        let mut fields = ModelFields::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => fields.kind = map.next_value()?,
                "vocab" => fields.vocabulary = map.next_value()?,
                "merges" => fields.merges = map.next_value()?,
                "unk_token" => fields.unk_token = map.next_value()?,
                "unk_id" => fields.unk_id = map.next_value()?,
                "continuing_subword_prefix" => fields.continuing_subword_prefix = map.next_value()?,
                "end_of_word_suffix" => fields.end_of_word_suffix = map.next_value()?,
                "max_input_chars_per_word" => fields.max_input_chars_per_word = map.next_value()?,
                "dropout" => fields.dropout = map.next_value()?,
                "fuse_unk" => fields.fuse_unk = map.next_value()?,
                "byte_fallback" => fields.byte_fallback = map.next_value()?,
                "ignore_merges" => fields.ignore_merges = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(fields)
    }
}

impl<'de> Deserialize<'de> for VocabularyField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VocabularyVisitor)
    }
}

struct VocabularyVisitor;

impl<'de> Visitor<'de> for VocabularyVisitor {
    type Value = VocabularyField;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object of pieces and ids or a list of pieces and scores")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<VocabularyField, M::Error> {
        let mut pieces = Pieces::default();
        let mut ids = Vec::new();
        while map.next_key_seed(PieceInto(&mut pieces))?.is_some() {
            ids.push(map.next_value()?);
        }
        Ok(VocabularyField { pieces, numbers: Numbers::Ids(ids) })
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<VocabularyField, S::Error> {
        let mut pieces = Pieces::default();
        let mut scores = Vec::new();
        while let Some(score) = seq.next_element_seed(ScoredInto(&mut pieces))? {
            scores.push(score);
        }
        Ok(VocabularyField { pieces, numbers: Numbers::Scores(scores) })
    }
}

/// Reads a string into pieces.
struct PieceInto<'p>(&'p mut Pieces);

impl<'de> DeserializeSeed<'de> for PieceInto<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for PieceInto<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a piece")
    }

    fn visit_str<E: serde::de::Error>(self, piece: &str) -> Result<(), E> {
        self.0.push(piece.as_bytes()).ok_or_else(|| E::custom("the vocabulary is too large"))
    }
}

/// Reads a pair of a piece and a score.
struct ScoredInto<'p>(&'p mut Pieces);

impl<'de> DeserializeSeed<'de> for ScoredInto<'_> {
    type Value = f64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<f64, D::Error> {
        deserializer.deserialize_tuple(2, self)
    }
}

impl<'de> Visitor<'de> for ScoredInto<'_> {
    type Value = f64;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a piece and its score")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<f64, S::Error> {
        let length_error = || S::Error::invalid_length(1, &"a piece and its score");
        seq.next_element_seed(PieceInto(self.0))?.ok_or_else(length_error)?;
        seq.next_element()?.ok_or_else(length_error)
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a list of merges")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Pairs, S::Error> {
        let mut pairs = Pairs::default();
        while seq.next_element_seed(PairInto(&mut pairs.0))?.is_some() {}
        Ok(pairs)
    }
}

/// Reads a merge, `"a b"` or `["a", "b"]`, as two pieces.
struct PairInto<'p>(&'p mut Pieces);

impl<'de> DeserializeSeed<'de> for PairInto<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PairInto<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a merge of two pieces")
    }

    fn visit_str<E: serde::de::Error>(self, merge: &str) -> Result<(), E> {
        // The first line of the text file that the merges were once in.
        if merge.starts_with("#version") {
            return Ok(());
        }
        let pair = merge.split_once(' ').filter(|(_, right)| !right.contains(' '));
        let (left, right) = pair.ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(merge), &self))?;
        PieceInto(self.0).visit_str(left)?;
        PieceInto(self.0).visit_str(right)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        for at in 0..2 {
            let piece = seq.next_element_seed(PieceInto(self.0))?;
            piece.ok_or_else(|| S::Error::invalid_length(at, &"a merge of two pieces"))?;
        }
        Ok(())
    }
}

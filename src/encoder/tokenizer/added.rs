//! Tokens that are looked for in a text before it is split: `[SEP]`, `<mask>` and others that were added to a vocabulary.
//!
//! As the reference implementation finds
//! [added tokens](https://docs.rs/tokenizers/latest/tokenizers/tokenizer/struct.AddedToken.html): from left to right, at
//! each place the longest.

use std::collections::HashMap;

use serde_json::Value;

use super::aligned::Aligned;
use super::categories::is_word;
use super::file::Part;
use super::normalizer::Normalizer;
use super::trie::Trie;
use super::vocabulary::{Pieces, Vocabulary};
use crate::encoder::folder::{TOKENIZER_FILE, invalid};
use crate::error::Result;

/// The added tokens of a tokenizer.
pub(super) struct AddedTokens {
    /// Looked for in the text as it is.
    pub(super) raw: TokenSet,
    /// Looked for in the normalised text, as what normalisation makes of them.
    pub(super) normalized: TokenSet,
    max_id: u32,
}

/// Tokens to look for.
#[derive(Default)]
pub(super) struct TokenSet {
    tokens: Vec<Token>,
    /// The places of `tokens`; `None` for no tokens.
    trie: Option<Trie>,
    /// The bytes that a token begins with.
    begins: Vec<bool>,
}

/// A token as it is looked for.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// What is looked for.
    pub(super) content: String,
    id: u32,
    /// Not where a word character stands beside it.
    single_word: bool,
    /// It takes the white space before it, too.
    pub(super) left: bool,
    /// It takes the white space behind it, too.
    pub(super) right: bool,
    pub(super) special: bool,
    normalized: bool,
}

/// A part of a text: a token with its id, or what stands between tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) token: Option<u32>,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl AddedTokens {
    /// Reads the file's list. A token that is in the vocabulary has its id there; others have the next ones.
    ///
    /// # Errors
    /// [`ErrorKind::ModelInvalid`](crate::error::ErrorKind::ModelInvalid) where the list is malformed, or two tokens are
    /// the same when they are normalised.
    pub(super) fn read(list: &Value, vocabulary: &Vocabulary, normalizers: &[Normalizer]) -> Result<Self> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut places: HashMap<u32, usize> = HashMap::new();
        let mut new_ids: HashMap<String, u32> = HashMap::new();
        let mut next_id = vocabulary.size();
        if !list.is_null() && !list.is_array() {
            return Err(malformed("list"));
        }
        for value in list.as_array().into_iter().flatten() {
            let mut token = Token::read(Part::new("added token", value))?;
            if token.content.is_empty() {
                continue;
            }
            token.id = match vocabulary.id(&token.content).or_else(|| new_ids.get(&token.content).copied()) {
                Some(id) => id,
                None => {
                    new_ids.insert(token.content.clone(), next_id);
                    next_id = next_id.checked_add(1).ok_or_else(|| malformed("ids"))?;
                    next_id - 1
                }
            };
            match places.get(&token.id) {
                Some(place) => {
                    token.special |= tokens[*place].special && tokens[*place].content == token.content;
                    tokens[*place] = token;
                }
                None => {
                    places.insert(token.id, tokens.len());
                    tokens.push(token);
                }
            }
        }
        let max_id = tokens.iter().map(|token| token.id).max().unwrap_or(0);
        let (normalized, raw): (Vec<_>, Vec<_>) = tokens.into_iter().partition(|token| token.normalized);
        let normalized =
            normalized.into_iter().map(|token| token.normalise(normalizers)).collect::<Result<_>>()?;
        Ok(Self { raw: TokenSet::new(raw)?, normalized: TokenSet::new(normalized)?, max_id })
    }

    /// The highest id, 0 for none.
    pub(super) fn max_id(&self) -> u32 {
        self.max_id
    }
}

impl Token {
    fn read(part: Option<Part>) -> Result<Self> {
        let part = part.ok_or_else(|| malformed("list"))?;
        Ok(Self {
            content: part.text("content")?.to_owned(),
            id: 0,
            single_word: part.flag("single_word")?,
            left: part.flag("lstrip")?,
            right: part.flag("rstrip")?,
            special: part.flag("special")?,
            normalized: part.flag("normalized")?,
        })
    }

    /// Whether what stands beside it matters.
    pub(super) fn looks_around(&self) -> bool {
        self.left || self.right || self.single_word
    }

    fn normalise(mut self, normalizers: &[Normalizer]) -> Result<Self> {
        let (mut text, mut changes) = (Aligned::default(), Vec::new());
        text.begin(&self.content, 0, false);
        for normalizer in normalizers {
            normalizer
                .apply(&mut text, &mut changes)
                .map_err(|error| malformed("forms").with_source(error))?;
        }
        text.text().clone_into(&mut self.content);
        Ok(self)
    }
}

fn malformed(what: &str) -> crate::error::Error {
    invalid(TOKENIZER_FILE, format!("the {what} of its added tokens cannot be used"))
}

impl TokenSet {
    fn new(tokens: Vec<Token>) -> Result<Self> {
        if tokens.is_empty() {
            return Ok(Self::default());
        }
        let mut pieces = Pieces::default();
        let mut begins = vec![false; 256];
        for token in &tokens {
            let bytes = token.content.as_bytes();
            let first = bytes.first().ok_or_else(|| malformed("forms, of which one is empty,"))?;
            begins[usize::from(*first)] = true;
            pieces.push(bytes).ok_or_else(|| malformed("forms"))?;
        }
        let trie = Trie::new(&pieces, |at| at as u32)?;
        if trie.size() as usize != tokens.len() {
            return Err(malformed("forms, of which two are the same,"));
        }
        Ok(Self { tokens, trie: Some(trie), begins })
    }

    /// The tokens.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter()
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The sections of a text, the empty ones left out. Where `special_is_text`, special tokens are none.
    pub(super) fn sections(&self, text: &str, special_is_text: bool, sections: &mut Vec<Section>) {
        sections.clear();
        let mut add = |token, start, end| {
            if start < end {
                sections.push(Section { token, start, end });
            }
        };
        // Where the white space ends that was last looked over.
        let mut blank = 0;
        let (mut from, mut at) = (0, 0);
        while let Some((start, end, token)) = self.next(text, at) {
            at = end;
            if special_is_text && token.special || token.single_word && !stands_alone(text, start, end) {
                continue;
            }
            let start =
                if token.left && from < start { from + text[from..start].trim_end().len() } else { start };
            if token.right && blank < end {
                blank = text.len() - text[end..].trim_start().len();
            }
            let end = if token.right { blank } else { end };
            add(None, from, start);
            add(Some(token.id), start, end);
            from = end;
        }
        add(None, from, text.len());
    }

    /// The first token from byte `at` on, at one place the longest.
    fn next(&self, text: &str, at: usize) -> Option<(usize, usize, &Token)> {
        let trie = self.trie.as_ref()?;
        let bytes = text.as_bytes();
        (at..bytes.len()).filter(|start| self.begins[usize::from(bytes[*start])]).find_map(|start| {
            let (length, token) = trie.longest(Trie::ROOT, &bytes[start..])?;
            Some((start, start + length, &self.tokens[token as usize]))
        })
    }
}

/// Whether no word character stands beside a range.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    !text[..start].ends_with(is_word) && !text[end..].starts_with(is_word)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(tokens: &[(&str, Value)]) -> TokenSet {
        let plain = json!({"single_word": false, "lstrip": false, "rstrip": false, "special": false, "normalized": false});
        let list = tokens.iter().map(|(content, options)| {
            let mut token = plain.clone();
            token["content"] = json!(content);
            options.as_object().into_iter().flatten().for_each(|(name, value)| token[name] = value.clone());
            token
        });
        let vocabulary = Vocabulary::new(&Pieces::default(), &[]).unwrap();
        AddedTokens::read(&list.collect(), &vocabulary, &[]).unwrap().raw
    }

    fn sections(set: &TokenSet, text: &str, special_is_text: bool) -> Vec<(Option<u32>, String)> {
        let mut sections = Vec::new();
        set.sections(text, special_is_text, &mut sections);
        sections.iter().map(|section| (section.token, text[section.start..section.end].to_owned())).collect()
    }

    #[test]
    fn the_longest_token_is_found_with_the_white_space_that_it_takes() {
        let set = set(&[
            ("<m>", json!({"lstrip": true})),
            ("<m>>", json!({"rstrip": true})),
            ("ab", json!({"single_word": true})),
        ]);
        let expected = [
            (None, "x"),
            (Some(0), "  <m>"),
            (None, " "),
            (Some(1), "<m>>  "),
            (None, "abc "),
            (Some(2), "ab"),
        ];
        let expected = expected.map(|(token, text)| (token, text.to_owned()));
        assert_eq!(sections(&set, "x  <m> <m>>  abc ab", false), expected);
    }

    #[test]
    fn special_tokens_may_be_text() {
        let set = set(&[("[SEP]", json!({"special": true})), ("[X]", json!({}))]);
        let expected = [(None, "a[SEP]".to_owned()), (Some(1), "[X]".to_owned())];
        assert_eq!(sections(&set, "a[SEP][X]", true), expected);
    }

    #[test]
    fn two_tokens_of_one_form_are_an_error() {
        let vocabulary = Vocabulary::new(&Pieces::default(), &[]).unwrap();
        let token = |content| {
            json!({"content": content, "single_word": false, "lstrip": false, "rstrip": false,
            "special": false, "normalized": true})
        };
        let list = json!([token("A"), token("a")]);
        assert!(AddedTokens::read(&list, &vocabulary, &[Normalizer::Lowercase]).is_err());
        assert!(AddedTokens::read(&list, &vocabulary, &[]).is_ok());
    }
}

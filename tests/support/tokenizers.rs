//! Deterministic stand-ins for a model's tokenizer, shared by unit and integration tests.

use ibid::document::Span;
use ibid::error::Result;
use ibid::model::Tokenizer;

/// Cuts at white space, makes each ASCII punctuation mark a token, and cuts words in pieces of at most four bytes
/// (or one character). A word of more than `longest_word` bytes is a single token, as `[UNK]` is.
pub struct Pieces {
    pub longest_word: usize,
}

impl Default for Pieces {
    fn default() -> Self {
        Self { longest_word: usize::MAX }
    }
}

impl Tokenizer for Pieces {
    fn token_spans(&self, text: &str) -> Result<Vec<Span>> {
        let mut spans = Vec::new();
        let mut word_start = None;
        for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
            let is_mark = character.is_ascii_punctuation();
            if !is_mark && !character.is_whitespace() && !character.is_control() {
                word_start.get_or_insert(at);
                continue;
            }
            if let Some(start) = word_start.take() {
                self.word(text, start, at, &mut spans);
            }
            if is_mark {
                spans.push(Span::new(at, at + 1));
            }
        }
        Ok(spans)
    }
}

impl Pieces {
    fn word(&self, text: &str, start: usize, end: usize, spans: &mut Vec<Span>) {
        if end - start > self.longest_word {
            return spans.push(Span::new(start, end));
        }
        let mut piece = start;
        for (at, character) in text[start..end].char_indices() {
            if start + at + character.len_utf8() - piece > 4 {
                spans.push(Span::new(piece, start + at));
                piece = start + at;
            }
        }
        spans.push(Span::new(piece, end));
    }
}

//! The tokens of a text, made piece by piece and forgotten when the chunks have passed.

use std::collections::VecDeque;

use crate::document::Span;
use crate::error::Result;
use crate::extract::is_blank;
use crate::model::Tokenizer;

/// The most text that the tokenizer is given at once, in bytes.
pub(super) const PIECE_BYTES: usize = 16 << 10;

/// A sliding window over the tokens of a text.
///
/// Tokenizers are local to words, so a text that is cut at white space has the same tokens as the whole. Only a run
/// of [`PIECE_BYTES`] without white space is cut elsewhere; no chunk is that large, so a chunk that touches such a
/// cut begins or ends inside the run and is counted on its own.
pub(super) struct TokenWindow<'a, T: ?Sized> {
    pub(super) text: &'a str,
    pub(super) tokenizer: &'a T,
    spans: VecDeque<Span>,
    /// How far the text is tokenized.
    end: usize,
}

impl<'a, T: Tokenizer + ?Sized> TokenWindow<'a, T> {
    pub(super) fn new(text: &'a str, tokenizer: &'a T) -> Self {
        Self { text, tokenizer, spans: VecDeque::new(), end: 0 }
    }

    /// Forgets the tokens that end at or before `start`.
    pub(super) fn forget_before(&mut self, start: usize) {
        while self.spans.front().is_some_and(|span| span.end as usize <= start) {
            self.spans.pop_front();
        }
    }

    /// The farthest offset such that the text from `start` has at most `tokens` tokens (by the tokens of the whole
    /// text) and `bytes` bytes; at least the end of the first character.
    pub(super) fn reach(&mut self, start: usize, tokens: usize, bytes: usize) -> Result<usize> {
        let farthest = self.text.floor_char_boundary(start.saturating_add(bytes));
        let surplus = loop {
            let surplus = self.first_after(start) + tokens;
            if surplus < self.spans.len() || self.end >= farthest {
                break surplus;
            }
            self.tokenize_piece()?;
        };
        let by_tokens = self.spans.get(surplus).map_or(farthest, |span| span.start as usize);
        let first = self.text[start..].chars().next().map_or(0, char::len_utf8);
        Ok(self.text.floor_char_boundary(by_tokens.min(farthest)).max(start + first))
    }

    /// The start of the token `tokens` tokens before `end`, or of the first that is remembered.
    pub(super) fn back(&self, end: usize, tokens: usize) -> usize {
        let before = self.spans.partition_point(|span| (span.start as usize) < end);
        self.spans.get(before.saturating_sub(tokens)).map_or(end, |span| span.start as usize)
    }

    /// The number of tokens that are at least in part inside `span`.
    pub(super) fn touching(&mut self, span: Span) -> Result<usize> {
        while self.end < span.end as usize {
            self.tokenize_piece()?;
        }
        let before_end = self.spans.partition_point(|token| token.start < span.end);
        Ok(before_end.saturating_sub(self.first_after(span.start as usize)))
    }

    /// The number of tokens of the text of `span` on its own.
    pub(super) fn count(&mut self, span: Span) -> Result<usize> {
        let before = self.text[..span.start as usize].chars().next_back();
        let after = self.text[span.end as usize..].chars().next();
        if before.is_none_or(separates_tokens) && after.is_none_or(separates_tokens) {
            self.touching(span)
        } else {
            self.tokenizer.count_tokens(&self.text[span.range()])
        }
    }

    fn first_after(&self, start: usize) -> usize {
        self.spans.partition_point(|span| span.end as usize <= start)
    }

    fn tokenize_piece(&mut self) -> Result<()> {
        let end = end_of_piece(self.text, self.end);
        let base = self.end;
        let spans = self.tokenizer.token_spans(&self.text[base..end])?;
        self.spans
            .extend(spans.iter().map(|span| Span::new(base + span.start as usize, base + span.end as usize)));
        self.end = end;
        Ok(())
    }
}

/// Whether no token holds `character`, and those before it do not depend on those after it.
///
/// White space that is also a control character is left out, except tab and line ends: BERT removes control characters
/// before it looks for words, so that a form feed joins two words.
fn separates_tokens(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r') || (character.is_whitespace() && !character.is_control())
}

/// Where the piece that begins at `start` ends: after the last white space that is near enough.
fn end_of_piece(text: &str, start: usize) -> usize {
    let farthest = text.floor_char_boundary(start + PIECE_BYTES);
    if farthest == text.len() {
        return farthest;
    }
    let piece = &text[start..farthest];
    match piece.char_indices().rfind(|&(_, character)| separates_tokens(character)) {
        Some((at, character)) => start + at + character.len_utf8(),
        None => farthest,
    }
}

/// The end of a long prefix of `text` that has at most `limit` tokens on its own, and their number. It may be empty.
pub(super) fn fitting_prefix<T: Tokenizer + ?Sized>(
    text: &str,
    limit: usize,
    tokenizer: &T,
) -> Result<(usize, usize)> {
    let mut end = text.len();
    loop {
        let spans = tokenizer.token_spans(&text[..end])?;
        let Some(surplus) = spans.get(limit) else { return Ok((end, spans.len())) };
        // A prefix that ends inside a word may have more tokens than that part of the word had: count again.
        let shorter = (surplus.start as usize).min(end - 1);
        end = text[..text.floor_char_boundary(shorter)].trim_end_matches(is_blank).len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::tests::tokenizers::Pieces;

    #[test]
    fn tokens_are_the_same_by_the_piece_as_at_once() {
        let text = "Wörter, words and 言葉. ".repeat(10_000);
        let whole = Pieces::default().token_spans(&text).unwrap();
        let tokenizer = Pieces::default();
        let mut window = TokenWindow::new(&text, &tokenizer);
        assert_eq!(window.touching(Span::new(0, text.len())).unwrap(), whole.len());
        assert!(window.spans.iter().eq(&whole));
    }

    #[test]
    fn reach_ends_before_the_first_token_too_many() {
        let tokenizer = Pieces::default();
        let mut window = TokenWindow::new("one two, three", &tokenizer);
        let reached: Vec<_> = (0..7).map(|tokens| window.reach(0, tokens, 100).unwrap()).collect();
        assert_eq!(reached, [1, 4, 7, 9, 13, 14, 14]);
        assert_eq!(window.reach(4, 100, 3).unwrap(), 7);
    }

    #[test]
    fn a_span_inside_a_word_is_counted_on_its_own() {
        let tokenizer = Pieces { longest_word: 8 };
        let mut window = TokenWindow::new("abcdefghijkl m", &tokenizer);
        assert_eq!(window.count(Span::new(0, 14)).unwrap(), 2);
        assert_eq!(window.count(Span::new(4, 12)).unwrap(), 2);
        assert_eq!(window.count(Span::new(3, 14)).unwrap(), 2);
        assert_eq!(window.count(Span::new(5, 14)).unwrap(), 3);
    }

    #[test]
    fn a_prefix_fits_also_where_a_shorter_word_has_more_tokens() {
        let tokenizer = Pieces { longest_word: 8 };
        let text = "aaaabbbbcccc dddd";
        assert_eq!(fitting_prefix(text, 1, &tokenizer).unwrap(), (12, 1));
        assert_eq!(fitting_prefix(&text[..8], 1, &tokenizer).unwrap(), (4, 1));
        assert_eq!(fitting_prefix(text, 0, &tokenizer).unwrap(), (0, 0));
    }
}

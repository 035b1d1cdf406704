//! Spans counted in tokens, as the measures of chunking count them.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::document::Span;

/// The tokens of one text, in order, as spans of its bytes.
///
/// Ranges of them are what [`SpanScores`](super::SpanScores) and [`span_gain`](super::span_gain) take to count tokens rather than
/// characters: a long word then weighs as much as a short one, and white space and marks nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens(Vec<Span>);

impl Tokens {
    /// The words of `text`, by the boundaries of UAX #29; each character of scripts without spaces is one.
    pub fn words(text: &str) -> Self {
        let words = text.unicode_word_indices();
        Self(words.map(|(at, word)| Span::new(at, at + word.len())).collect())
    }

    /// Tokens of a model, in order and without overlap.
    pub fn of(spans: Vec<Span>) -> Self {
        Self(spans)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Which tokens `span` holds, or holds a part of, as a range of their places from 0.
    pub fn range(&self, span: Span) -> Range<usize> {
        let start = self.0.partition_point(|token| token.end <= span.start);
        let end = self.0.partition_point(|token| token.start < span.end);
        start..end.max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::SpanScores;

    #[test]
    fn a_span_is_the_tokens_that_it_holds_any_part_of() {
        let tokens = Tokens::words("The roof, at last!");
        assert_eq!(tokens.len(), 4);
        for (start, end, expected) in [
            (0, 18, 0..4),
            (0, 3, 0..1),
            (3, 4, 1..1),
            (5, 6, 1..2),
            (8, 10, 2..2),
            (2, 5, 0..2),
            (17, 18, 4..4),
        ] {
            assert_eq!(tokens.range(Span::new(start, end)), expected, "{start} to {end}");
        }
        assert_eq!(Tokens::of(vec![Span::new(0, 2), Span::new(2, 5)]).range(Span::new(2, 3)), 1..2);
    }

    #[test]
    fn long_words_weigh_no_more_than_short_ones() {
        let text = "a incomprehensibilities";
        let tokens = Tokens::words(text);
        let piece = |start, end| ("document", tokens.range(Span::new(start, end)));
        let scores = SpanScores::of(&[piece(0, 2)], &[piece(0, text.len())]);
        assert_eq!(scores, SpanScores { recall: 0.5, precision: 1.0, iou: 0.5 });
    }
}

//! Words in the place of a model's tokens.

use ibid::document::Span;

/// Where each word of a text is.
pub fn word_spans(text: &str) -> Vec<Span> {
    let start = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace().map(|word| Span::new(start(word), start(word) + word.len())).collect()
}

//! Sentences: cutting a text into them, and which of them hold the words of a query.
//!
//! Boundaries are those of [UAX #29](https://www.unicode.org/reports/tr29/), less those after abbreviations, ordinals and
//! enumerators and inside hard-wrapped lines, and more of them where structure ends a sentence without a full stop:
//! headings, items of lists, rows of tables. What has no end for long, such as source code or an enumeration, stays whole.

mod boundary;
mod lines;

use std::collections::HashMap;

use unicode_segmentation::UnicodeSegmentation;

use crate::document::Span;
use crate::order::Order;
use boundary::{is_boundary, is_opening};
pub(crate) use lines::begins_item;
use lines::{Shape, blocks};

/// Stands for white space after the first of a long run, in which UAX #29 would be looked up again and again.
pub(crate) const FILLER: char = '\0';

/// A sentence of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Where it is, in bytes of the text, without the white space around it.
    pub span: Span,
    /// Whether it says something: headings and mere marks do not.
    pub is_statement: bool,
    /// Whether it is nothing but marks that are no heading's: the rule of a table, a bracket or a fence of code.
    pub is_mark: bool,
}

/// The sentences of a text, in order. Between them is nothing but white space.
pub fn sentences(text: &str) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for block in blocks(text) {
        let whole = &text[block.range.clone()];
        let pieces = match block.shape {
            Shape::Prose => prose(whole),
            Shape::Heading | Shape::Row => vec![whole],
        };
        let mut start = block.range.start;
        for piece in pieces {
            let at = start + piece.len() - piece.trim_start().len();
            let said = piece.trim();
            let (is_heading, has_words) =
                (block.shape == Shape::Heading, said.contains(char::is_alphanumeric));
            let (is_statement, is_mark) = (!is_heading && has_words, !is_heading && !has_words);
            if !said.is_empty() {
                sentences.push(Sentence { span: Span::new(at, at + said.len()), is_statement, is_mark });
            }
            start += piece.len();
        }
    }
    sentences
}

/// Running text in pieces, each a sentence with the white space after it.
fn prose(text: &str) -> Vec<&str> {
    let mut start = 0;
    let ends = sentence_ends(text).chain([text.len()]);
    let pieces = ends.map(|end| &text[std::mem::replace(&mut start, end)..end]);
    pieces.filter(|piece| !piece.is_empty()).collect()
}

/// Where sentences of running text end, after the white space that follows them.
pub(crate) fn sentence_ends(text: &str) -> impl Iterator<Item = usize> {
    let (mut start, mut end) = (0, 0);
    text.split_sentence_bounds().filter_map(move |piece| {
        end += piece.len();
        // A bracket that opens right after a full stop is of the next sentence; UAX #29 takes it for one that closes.
        let at = start + text[start..end].trim_end_matches(is_opening).len();
        let is_end = is_boundary(&text[start..at], &text[at..]);
        is_end.then(|| start = at).map(|()| at)
    })
}

/// A word of a query where a text holds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SentenceWord {
    /// Where it is, in bytes of the text.
    pub span: Span,
    /// Which word it is. A word counts once in a sentence, however often it is there.
    pub word: usize,
    /// How much the word counts, above 0.
    pub weight: f32,
}

/// Of each sentence the share that it has in the weight of all words of a query, `total`: from 0 to 1.
pub fn shares(sentences: &[Sentence], matches: &[SentenceWord], total: f32) -> Vec<f32> {
    let mut words: Vec<HashMap<usize, f32>> = vec![HashMap::new(); sentences.len()];
    for &SentenceWord { span, word, weight } in matches {
        // A word that is cut by a boundary counts where it begins.
        let after = sentences.partition_point(|sentence| sentence.span.start <= span.start);
        if let Some(place) = after.checked_sub(1).filter(|_| weight > 0.0 && weight.is_finite()) {
            let most = words[place].entry(word).or_insert(weight);
            *most = most.max(weight);
        }
    }
    let share = |words: &HashMap<usize, f32>| {
        let share = sum(words) / total.max(f32::MIN_POSITIVE);
        // The share of nothing finite is no number.
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    };
    words.iter().map(share).collect()
}

/// The sum of weights in the order of words, so that it always has the same bits.
fn sum(weights: &HashMap<usize, f32>) -> f32 {
    let mut weights: Vec<_> = weights.iter().collect();
    weights.order_by_key(|(word, _)| **word);
    weights.into_iter().map(|(_, weight)| weight).sum()
}

#[cfg(test)]
mod tests;

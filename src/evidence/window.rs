//! Windows: of a passage that is longer than a second stage has time for, the part that answers, if any does.

use unicode_segmentation::UnicodeSegmentation;

use crate::document::Span;
use crate::sentences::{Sentence, SentenceWord, shares};

/// A passage, and what is known of it that tells where its best window is.
#[derive(Clone, Debug)]
pub struct WindowSource<'s> {
    /// Its text.
    pub text: &'s str,
    /// The tokens of the text, in order.
    pub tokens: &'s [Span],
    /// The [`sentences`](crate::sentences::sentences) of the text.
    pub sentences: &'s [Sentence],
    /// The words of the query in the text.
    pub words: &'s [SentenceWord],
    /// The weight of all words of the query.
    pub total: f32,
    /// The cosine of the query and each sentence; `None` where it is not known.
    pub cosines: Option<Vec<f32>>,
}

/// What a window is made of: a sentence, or where that is too long, a word of it, or where even that is, a part of it.
#[derive(Clone, Copy, Debug)]
struct Piece {
    span: Span,
    tokens: usize,
    cosine: f32,
}

impl WindowSource<'_> {
    /// Where the best window of at most `limit` tokens is, from 1; all of the text, where that is no longer.
    ///
    /// It is made of whole sentences and as many of them as fit; only of a sentence that is longer than the limit some of its words
    /// are taken. The best one has, by weight, the most words of the query, each counted once, and the sentence that is nearest
    /// to it in meaning. Of windows that are as good the one is taken whose sentences are nearer on average, then that with more
    /// occurrences of the words, then the first.
    pub fn window(&self, limit: usize) -> Span {
        let limit = limit.max(1);
        if self.tokens.len() <= limit {
            return Span::new(0, self.text.len());
        }
        let pieces = self.pieces(limit);
        let mut best: Option<(Span, [f32; 3])> = None;
        let (mut end, mut tokens) = (0, 0);
        for start in 0..pieces.len() {
            let before = end;
            while let Some(next) = pieces.get(end).filter(|next| tokens + next.tokens <= limit) {
                tokens += next.tokens;
                end += 1;
            }
            // Otherwise it is the end of the window before.
            if end > before {
                let window = &pieces[start..end];
                let worth = self.worth(window);
                if best.is_none_or(|(_, best)| worth > best) {
                    best = Some((span(window), worth));
                }
            }
            tokens -= pieces[start].tokens;
        }
        best.map_or(Span::new(0, self.text.len()), |(span, _)| span)
    }

    /// The text in pieces of at most `limit` tokens each.
    fn pieces(&self, limit: usize) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (place, &Sentence { span, .. }) in self.sentences.iter().enumerate() {
            let cosine = self.cosines.as_ref().and_then(|cosines| cosines.get(place)).copied().unwrap_or(0.0);
            let tokens = self.tokens_in(span).len();
            if tokens <= limit {
                pieces.push(Piece { span, tokens, cosine });
                continue;
            }
            for (at, word) in self.text[span.range()].split_word_bound_indices() {
                let start = span.start as usize + at;
                let word = Span::new(start, start + word.len());
                let parts = self.parts_of_word(word, span.end, limit);
                pieces.extend(parts.map(|(span, tokens)| Piece { span, tokens, cosine }));
            }
        }
        pieces
    }

    /// A word, or its parts where it has more than `limit` tokens; nothing of white space. The last token may reach into the next
    /// word, up to `end`.
    fn parts_of_word(&self, word: Span, end: u32, limit: usize) -> impl Iterator<Item = (Span, usize)> {
        self.tokens_in(word).chunks(limit).map(move |some| {
            let (start, end) = (self.begins(&some[0]) as usize, some[some.len() - 1].end.min(end) as usize);
            // A token of a byte-level model may be a part of a character.
            let (start, end) = (self.text.floor_char_boundary(start), self.text.ceil_char_boundary(end));
            (Span::new(start, end), some.len())
        })
    }

    /// The tokens that begin in a span.
    fn tokens_in(&self, span: Span) -> &[Span] {
        let first = self.tokens.partition_point(|token| self.begins(token) < span.start);
        let behind = self.tokens.partition_point(|token| self.begins(token) < span.end);
        &self.tokens[first..behind.max(first)]
    }

    /// Where a token begins, without the white space that some models put before words.
    fn begins(&self, token: &Span) -> u32 {
        let text = self.text.get(token.range()).unwrap_or_default();
        token.start + (text.len() - text.trim_start().len()) as u32
    }

    /// How good a window is: by words and the nearest sentence, by the mean nearness, by all occurrences of words.
    fn worth(&self, window: &[Piece]) -> [f32; 3] {
        let span = span(window);
        let within = |word: &&SentenceWord| span.start <= word.span.start && word.span.end <= span.end;
        let words: Vec<SentenceWord> = self.words.iter().filter(within).copied().collect();
        let whole = Sentence { span, is_statement: true, is_mark: false };
        let nearest = window.iter().map(|piece| piece.cosine).fold(f32::NEG_INFINITY, f32::max);
        let tokens = window.iter().map(|piece| piece.tokens).sum::<usize>().max(1) as f32;
        let mean = window.iter().map(|piece| piece.cosine * piece.tokens as f32 / tokens).sum();
        let occurrences = words.iter().map(|word| word.weight).sum();
        [shares(&[whole], &words, self.total)[0] + nearest, mean, occurrences]
    }
}

fn span(window: &[Piece]) -> Span {
    Span { start: window[0].span.start, end: window[window.len() - 1].span.end }
}

#[cfg(test)]
mod tests;

//! Which sentences of the hits answer.

use super::{Hit, Question, ReadHit};
use crate::document::{Span, utf16_len};
use crate::evidence::{EvidenceSentence, EvidenceSource, EvidenceSpan, choose, cosines};
use crate::generation::Generation;
use crate::index::{RowId, Search, TextMatcher};
use crate::language::Language;
use crate::model::Embedder;
use crate::sentences::SentenceWord;

use super::hit::HitEvidence;

/// The words of a query, each with how much it counts.
pub(super) struct Words(Vec<(String, f32)>);

impl Words {
    /// The words that are looked for in hits.
    pub fn of(search: &Search<'_, '_>) -> Self {
        Self(search.matched_terms().iter().map(|it| (it.term.clone(), it.weight())).collect())
    }

    /// The weight of all of them.
    pub fn total(&self) -> f32 {
        self.0.iter().map(|(_, weight)| weight).sum()
    }

    /// Where they are in a text.
    pub fn in_text(
        &self,
        matcher: &TextMatcher<'_>,
        language: Option<Language>,
        text: &str,
    ) -> Vec<SentenceWord> {
        let found = matcher.matches(language, text).into_iter().filter_map(|found| {
            let term = matcher.term(found.word);
            let word = self.0.iter().position(|(known, _)| known == term)?;
            let span = Span::new(found.span.start, found.span.end);
            Some(SentenceWord { span, word, weight: self.0[word].1 })
        });
        found.collect()
    }

    /// Where they are in the text of a hit.
    fn within(&self, hit: &Hit) -> Vec<SentenceWord> {
        let start = hit.chunk.span.start;
        let found = hit.matches.iter().filter_map(|found| {
            let word = self.0.iter().position(|(term, _)| *term == found.term)?;
            let span = Span { start: found.span.start - start, end: found.span.end - start };
            Some(SentenceWord { span, word, weight: self.0[word].1 })
        });
        found.collect()
    }
}

/// The hits, each with its evidence.
pub(super) fn with_evidence<E: Embedder>(
    generation: &Generation,
    read: Vec<(RowId, ReadHit)>,
    words: &Words,
    question: &Question<'_, E>,
) -> Vec<Hit> {
    let vector = question.vector(generation);
    let sources = read.iter().map(|(row, ReadHit { hit, sentences })| {
        let parts = generation.index.segment_of(*row).vectors().parts(row.row);
        EvidenceSource {
            document: &hit.document,
            span: hit.chunk.span,
            score: hit.score,
            sentences,
            words: words.within(hit),
            cosines: vector.and_then(|vector| cosines(vector, parts, sentences.len())),
        }
    });
    let evidence = choose(&sources.collect::<Vec<_>>(), words.total(), &question.options.evidence);
    let hits = read.into_iter().zip(evidence).map(|((_, ReadHit { mut hit, .. }), evidence)| {
        hit.evidence = evidence.iter().map(|found| in_document(&hit, found)).collect();
        hit
    });
    hits.collect()
}

/// Evidence of a hit where it is in the document.
fn in_document(hit: &Hit, EvidenceSpan { span, score, sentences }: &EvidenceSpan) -> HitEvidence {
    let (start, units) = (hit.chunk.span.start, hit.chunk.span_utf16.start);
    let moved = |span: &Span| Span { start: start + span.start, end: start + span.end };
    let utf16 = |bytes: u32| units + utf16_len(&hit.text[..bytes as usize]) as u32;
    let sentence = |it: &EvidenceSentence| EvidenceSentence { span: moved(&it.span), ..*it };
    HitEvidence {
        span: moved(span),
        span_utf16: Span { start: utf16(span.start), end: utf16(span.end) },
        score: *score,
        sentences: sentences.iter().map(sentence).collect(),
    }
}

//! Answers without a language model: the sentences that answer, word for word and no more of them than asked for.

use std::collections::HashSet;

use unicode_segmentation::UnicodeSegmentation;

use super::answer::clauses;
use crate::document::Span;
use crate::order::Order;

/// From how many words on a sentence is shortened to the clauses that answer.
const LONG: usize = 40;

/// The least words that a sentence is shortened to: fewer say nothing.
const LEAST: usize = 6;

/// A sentence that may be a part of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'c> {
    /// The id of its document.
    pub document: &'c str,
    /// Where it is, in bytes of the document's extracted text.
    pub span: Span,
    /// What it says.
    pub text: &'c str,
    /// How well it answers; comparable among the candidates of one question.
    pub score: f32,
    /// Where words of the question are in its document, in bytes, in order; others than its own do no harm.
    pub words: &'c [Span],
}

/// A part of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extract {
    /// Which of the candidates it is from.
    pub candidate: usize,
    /// Where it is, in bytes of the document's extracted text.
    pub span: Span,
}

/// The best of some sentences, with no more than `most` words in all, by the boundaries of UAX #29: documents in the order of
/// their best sentences, and sentences in that of their document. A long sentence is shortened to its clauses that have to
/// do with the question; what says the same as a better one is left out.
pub fn extract(candidates: &[Candidate<'_>], most: usize) -> Vec<Extract> {
    let mut ranked: Vec<usize> = (0..candidates.len()).collect();
    ranked.order_by(|a, b| candidates[*b].score.total_cmp(&candidates[*a].score).then(a.cmp(b)));
    let mut said = HashSet::new();
    let mut room = most;
    let mut chosen: Vec<Extract> = Vec::new();
    for candidate in ranked {
        let it = &candidates[candidate];
        if room == 0 {
            break;
        }
        let Some(span) = it.within(room).filter(|_| said.insert(sounds(it.text))) else { continue };
        room -= it.part(span).unicode_words().count();
        chosen.push(Extract { candidate, span });
    }
    let place = |document: &str| chosen.iter().position(|it| candidates[it.candidate].document == document);
    let mut ordered = chosen.clone();
    ordered.order_by_key(|it| (place(candidates[it.candidate].document), it.span.start));
    ordered
}

impl Candidate<'_> {
    /// What of it is shown where there is room for so many words; `None` where too little would be.
    fn within(&self, room: usize) -> Option<Span> {
        let count = self.text.unicode_words().count();
        if count <= room.min(LONG) {
            return Some(self.span);
        }
        let shorter = self.shortened(room.min(LONG));
        (self.part(shorter).unicode_words().count() >= LEAST.min(count)).then_some(shorter)
    }

    /// From the first clause that has a word of the question as far as there is room, or as to what comes before it, too, if
    /// the last such clause is not lost by it.
    fn shortened(&self, room: usize) -> Span {
        let clauses = clauses(self.text);
        let start = self.span.start as usize;
        let has_word = |clause: &&std::ops::Range<usize>| {
            let (from, to) = ((start + clause.start) as u32, (start + clause.end) as u32);
            self.words.iter().any(|word| word.start < to && from < word.end)
        };
        let last = clauses.iter().rfind(has_word).map_or(0, |it| it.end);
        let first = clauses.iter().find(has_word).map_or(0, |it| it.start);
        let begin = if self.text[..last].unicode_words().count() <= room { 0 } else { first };
        let ends = clauses.iter().map(|it| it.end).filter(|end| *end > begin);
        let fits = |end: &usize| self.text[begin..*end].unicode_words().count() <= room;
        let end = ends.filter(fits).max().unwrap_or_else(|| begin + words_end(&self.text[begin..], room));
        Span::new(start + begin, start + end)
    }

    /// What it says at a span of its document.
    fn part(&self, span: Span) -> &str {
        let at = |byte: u32| (byte - self.span.start) as usize;
        self.text.get(at(span.start)..at(span.end)).unwrap_or_default()
    }
}

/// Where the first `words` words of a text end.
fn words_end(text: &str, words: usize) -> usize {
    text.unicode_word_indices().take(words).last().map_or(0, |(at, word)| at + word.len())
}

/// A text as its words in small letters.
fn sounds(text: &str) -> String {
    text.unicode_words().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "The roof leaks. The landlord repairs it, and the tenant has to say so within ten days, \
        while the agency, whose office is on the second floor of the old brewery and which is closed on Mondays, keeps the \
        list of all damage that anybody in the house has ever told it about. Ask in May.";

    fn candidate<'c>(text: &'c str, score: f32, words: &'c [Span]) -> Candidate<'c> {
        let start = TEXT.find(text).unwrap();
        let span = Span::new(start, start + text.len());
        Candidate { document: "lease", span, text, score, words }
    }

    fn shown<'t>(candidates: &[Candidate<'t>], most: usize) -> Vec<&'t str> {
        extract(candidates, most).iter().map(|it| it.span.slice(TEXT).unwrap()).collect()
    }

    #[test]
    fn the_best_sentences_come_in_the_order_of_their_document() {
        let candidates = [candidate("Ask in May.", 0.9, &[]), candidate("The roof leaks.", 0.7, &[])];
        assert_eq!(shown(&candidates, 60), ["The roof leaks.", "Ask in May."]);
        assert_eq!(shown(&candidates, 4), ["Ask in May."]);
        let again = [candidates[0], Candidate { document: "copy", ..candidates[0] }];
        assert_eq!(extract(&again, 60).len(), 1);
        assert!(extract(&[], 60).is_empty() && extract(&candidates, 0).is_empty());
    }

    #[test]
    fn a_long_sentence_is_shortened_to_the_clauses_that_answer() {
        let sentence = &TEXT[16..TEXT.find(" Ask").unwrap()];
        let word = |word: &str| {
            let at = TEXT.find(word).unwrap();
            [Span::new(at, at + word.len())]
        };
        let tenant = word("tenant");
        let [shorter] = shown(&[candidate(sentence, 1.0, &tenant)], 60)[..] else { panic!() };
        assert!(shorter.starts_with("The landlord repairs it") && shorter.contains("ten days"), "{shorter}");
        assert!(shorter.unicode_words().count() <= LONG);
        let damage = word("damage");
        let [later] = shown(&[candidate(sentence, 1.0, &damage)], 60)[..] else { panic!() };
        assert!(later.contains("all damage"), "{later}");
        assert!(!later.contains("landlord"), "{later}");
    }

    proptest! {
        #[test]
        fn extracts_are_parts_of_candidates_within_the_words(
            texts in prop::collection::vec("([a-zé漢,;.] ?){0,40}", 0..6), most in 0usize..50, scores in prop::collection::vec(0f32..1.0, 6),
        ) {
            let words = [Span::new(3, 6)];
            let candidates: Vec<Candidate<'_>> = texts.iter().zip(&scores).enumerate().map(|(at, (text, score))| {
                let start = at * 1000;
                Candidate { document: "a", span: Span::new(start, start + text.len()), text, score: *score, words: &words }
            }).collect();
            let extracts = extract(&candidates, most);
            let shown = |it: &Extract| {
                let whole = candidates[it.candidate];
                assert!(whole.span.start <= it.span.start && it.span.end <= whole.span.end);
                let at = |byte: u32| (byte - whole.span.start) as usize;
                whole.text[at(it.span.start)..at(it.span.end)].unicode_words().count()
            };
            prop_assert!(extracts.iter().map(shown).sum::<usize>() <= most);
            prop_assert!(extracts.windows(2).all(|two| two[0].span.start < two[1].span.start));
        }
    }
}

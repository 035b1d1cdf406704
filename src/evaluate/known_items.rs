//! Questions that are made of the collection itself: of some of its sentences, what a person would type who looks for
//! that sentence and does not have its words at hand in order.
//!
//! Known-item questions of this kind (Azzopardi, de Rijke and Balog, *Building simulated queries for known-item topics*, SIGIR
//! 2007) need no judgements and compare settings on one's own documents. They share their words with the answer, which flatters
//! searches by words: between searches by words and by meaning they decide nothing.

use std::collections::{HashMap, HashSet};
use std::ops::{Range, RangeInclusive};

use unicode_segmentation::UnicodeSegmentation;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::questions::{Passage, Question, Wanted};
use crate::document::{Span, Utf16Index};
use crate::index::{Analyzer, Form, Side};
use crate::language::Language;
use crate::order::Order;
use crate::sentences::sentences;

/// How many words a question has at least and at most.
const WORDS: RangeInclusive<usize> = 4..=8;

/// How many words in a row a question may have in common with its sentence.
const MAX_RUN: usize = 3;

/// How long sentences are that are asked for, in words: shorter ones say too little, longer ones are lists.
const SENTENCE_WORDS: RangeInclusive<usize> = 8..=60;

/// The share of letters and white space in what is a sentence rather than program text, a table or a formula.
const LEAST_PROSE: f64 = 0.85;

/// A document of the collection.
#[derive(Clone, Debug)]
pub struct Source<'t> {
    /// Its id.
    pub document: &'t str,
    /// Its extracted text.
    pub text: &'t str,
    /// Where sentences are chosen from: the spans of its chunks, or one span of all the text, with which the questions do
    /// not depend on how the text is cut. What is no span of the text is passed over.
    pub parts: Vec<Span>,
    /// What it is written in; `None` where that is undecided.
    pub language: Option<Language>,
}

/// Up to `count` questions, each with the sentence that it is made of as its passage.
///
/// Which sentences are chosen depends on `seed`, the documents' ids and where the sentences stand: every document gives one before
/// any gives two. A question is the words of its sentence that tell most, by `idf` of their terms in folded case, in the order of
/// the text: four to eight, no more than three of them in a row as the sentence has them, and none that says little in its
/// language. Sentences that are there twice, or have too few such words, are left out, so that there may be fewer than `count`.
pub fn known_items<'t>(
    sources: impl IntoIterator<Item = Source<'t>>,
    idf: impl Fn(&str) -> f64,
    count: usize,
    seed: u64,
) -> Vec<Question> {
    let sources: Vec<Source<'t>> = sources.into_iter().collect();
    let mut times: HashMap<u64, u32> = HashMap::new();
    let mut candidates = Vec::new();
    for (place, source) in sources.iter().enumerate() {
        let mut found = Candidate::all(place, source, seed);
        found.iter().for_each(|it| *times.entry(it.said).or_default() += 1);
        found.retain(|it| it.is_prose);
        found.order_by_key(|it| (it.draw, it.span));
        candidates.extend((0_usize..).zip(found));
    }
    candidates.order_by_key(|(turn, it)| (*turn, it.draw, it.source, it.span));
    let unique = candidates.into_iter().filter(|(_, it)| times.get(&it.said) == Some(&1));
    unique.filter_map(|(_, it)| question(&sources[it.source], it.span, &idf)).take(count).collect()
}

/// A sentence that may be asked for.
struct Candidate {
    source: usize,
    span: Span,
    /// Its place in an order that has nothing to do with what it says.
    draw: u64,
    /// The same for sentences that say the same, but for case and white space.
    said: u64,
    is_prose: bool,
}

impl Candidate {
    /// Every statement in the parts of a document, each once.
    fn all(place: usize, source: &Source<'_>, seed: u64) -> Vec<Self> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for part in &source.parts {
            let Some(text) = part.slice(source.text) else { continue };
            for sentence in sentences(text).into_iter().filter(|it| it.is_statement) {
                let start = part.start as usize;
                let range = sentence.span.range();
                let span = Span::new(start + range.start, start + range.end);
                let new = seen.insert(span).then(|| span.slice(source.text)).flatten();
                found.extend(new.map(|said| Self {
                    source: place,
                    span,
                    draw: draw(source.document, span, seed),
                    said: xxh3_64(plain(said).as_bytes()),
                    is_prose: is_prose(said),
                }));
            }
        }
        found
    }
}

fn draw(document: &str, span: Span, seed: u64) -> u64 {
    let mut key = document.as_bytes().to_vec();
    key.extend(span.start.to_le_bytes());
    key.extend(span.end.to_le_bytes());
    xxh3_64_with_seed(&key, seed)
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn is_prose(sentence: &str) -> bool {
    let prose = sentence.chars().filter(|it| it.is_alphabetic() || it.is_whitespace()).count();
    SENTENCE_WORDS.contains(&sentence.unicode_words().count())
        && prose as f64 >= LEAST_PROSE * sentence.chars().count() as f64
}

/// A word of a sentence that says something.
struct Telling {
    written: String,
    idf: f64,
    /// Which words of the sentence it is, each time that it is there; never empty.
    places: Vec<Range<u32>>,
}

fn question(source: &Source<'_>, span: Span, idf: &impl Fn(&str) -> f64) -> Option<Question> {
    let sentence = span.slice(source.text)?;
    let telling = telling(sentence, source.language, idf);
    let wanted = (telling.len() / 2).clamp(*WORDS.start(), *WORDS.end());
    let words = chosen(&telling, wanted);
    if words.len() < *WORDS.start() {
        return None;
    }
    let place = Utf16Index::new(source.text).span(span);
    Some(Question {
        id: format!("{}#{}", source.document, place.start),
        text: words.join(" "),
        documents: HashMap::from([(source.document.to_owned(), 1)]),
        passages: vec![Passage { document: source.document.to_owned(), wanted: Wanted::Utf16(place) }],
        answerable: true,
    })
}

/// The words of a sentence that say something, in the order in which they are there first.
fn telling(sentence: &str, language: Option<Language>, idf: &impl Fn(&str) -> f64) -> Vec<Telling> {
    let analyzer = Analyzer::new(language);
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut words: Vec<Telling> = Vec::new();
    analyzer.analyze(sentence, Side::Query, &mut |token| {
        if token.form != Form::Word || analyzer.is_function_word(token.term) {
            return;
        }
        match numbers.get(token.term) {
            Some(number) => words[*number].places.push(token.place),
            None => {
                numbers.insert(token.term.to_owned(), words.len());
                let written = plain(&sentence[token.span]);
                words.push(Telling { written, idf: idf(token.term), places: vec![token.place] });
            }
        }
    });
    words
}

/// Up to `wanted` words in the order of the sentence, those that tell most first, without long runs of it.
fn chosen(telling: &[Telling], wanted: usize) -> Vec<&str> {
    let mut by_idf: Vec<usize> = (0..telling.len()).collect();
    by_idf.order_by(|a, b| telling[*b].idf.total_cmp(&telling[*a].idf));
    let mut taken: Vec<usize> = Vec::new();
    for number in by_idf {
        if taken.len() == wanted {
            break;
        }
        let at = taken.partition_point(|it| *it < number);
        taken.insert(at, number);
        if has_overlap(telling, &taken) || longest_run(telling, &taken) > MAX_RUN {
            taken.remove(at);
        }
    }
    taken.into_iter().map(|number| telling[number].written.as_str()).collect()
}

/// Whether two of some words share a part of the text, as pairs of characters do.
fn has_overlap(telling: &[Telling], numbers: &[usize]) -> bool {
    let first = |number: usize| &telling[number].places[0];
    numbers.windows(2).any(|pair| first(pair[1]).start < first(pair[0]).end)
}

/// How many of some words follow one right after the other anywhere in the sentence.
fn longest_run(telling: &[Telling], numbers: &[usize]) -> usize {
    // By where the runs end that the word before is in.
    let mut runs: HashMap<u32, usize> = HashMap::new();
    let mut longest = 0;
    for number in numbers {
        let places = telling[*number].places.iter();
        runs = places.map(|place| (place.end, 1 + runs.get(&place.start).copied().unwrap_or(0))).collect();
        longest = runs.values().copied().fold(longest, usize::max);
    }
    longest
}

/// In how many passages each term is.
#[derive(Clone, Debug, Default)]
pub struct Frequencies {
    passages: u32,
    of_terms: HashMap<String, u32>,
}

impl Frequencies {
    /// Counts the terms of passages, each with the language that it is in, as far as that is decided.
    pub fn of<'t>(passages: impl IntoIterator<Item = (&'t str, Option<Language>)>) -> Self {
        let mut found = Self::default();
        for (text, language) in passages {
            let mut terms = HashSet::new();
            Analyzer::new(language).analyze(text, Side::Query, &mut |token| {
                if token.form == Form::Word && !terms.contains(token.term) {
                    terms.insert(token.term.to_owned());
                }
            });
            found.passages += 1;
            terms.into_iter().for_each(|term| *found.of_terms.entry(term).or_default() += 1);
        }
        found
    }

    /// How much a term tells, above 0, as BM25 has it: `ln(1 + (N - n + 0.5) / (n + 0.5))`.
    pub fn idf(&self, term: &str) -> f64 {
        let with = f64::from(self.of_terms.get(term).copied().unwrap_or(0));
        ((f64::from(self.passages) - with + 0.5) / (with + 0.5)).ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEASE: &str = "# Lease\n\nThe Landlord repairs the roof, the gutters and the outer walls within fourteen days of \
        written notice. The Tenant may keep one cat, but any other animal requires written consent of the Landlord. Rent \
        is due on the third working day of each month by bank transfer to the account named below.\n\n| a | b |\n";

    fn source<'t>(document: &'t str, text: &'t str, language: Language) -> Source<'t> {
        Source { document, text, parts: vec![Span::new(0, text.len())], language: Some(language) }
    }

    fn items(sources: &[Source<'_>], count: usize, seed: u64) -> Vec<Question> {
        let frequencies = Frequencies::of(sources.iter().map(|it| (it.text, it.language)));
        known_items(sources.to_vec(), |term| frequencies.idf(term), count, seed)
    }

    fn answer<'t>(question: &Question, text: &'t str) -> &'t str {
        question.passages[0].find(text).unwrap().slice(text).unwrap()
    }

    #[track_caller]
    fn assert_typed(question: &Question, sentence: &str) {
        let words: Vec<&str> = question.text.split(' ').collect();
        assert!(WORDS.contains(&words.len()), "{:?}", question.text);
        let plain = plain(sentence);
        let said: Vec<&str> = plain.unicode_words().collect();
        for run in words.windows(MAX_RUN + 1) {
            assert!(!said.windows(MAX_RUN + 1).any(|it| it == run), "{run:?} is copied from {sentence:?}");
        }
        let mut rest = plain.as_str();
        for word in words {
            let at = rest.find(word).unwrap_or_else(|| panic!("{word:?} is not next in {sentence:?}"));
            rest = &rest[at + word.len()..];
        }
    }

    #[test]
    fn a_question_is_the_telling_words_of_a_sentence_in_its_order() {
        let source = source("lease", LEASE, Language::English);
        let idf = |term: &str| term.len() as f64;
        let questions = known_items([source], idf, 10, 1);
        assert_eq!(questions.len(), 3);
        for question in &questions {
            assert_typed(question, answer(question, LEASE));
        }
        let roof = questions.iter().find(|it| answer(it, LEASE).contains("roof")).unwrap();
        // Ten words tell something; the half of them that is longest.
        assert_eq!(roof.text, "landlord repairs gutters fourteen written");
        assert_eq!(roof.documents, HashMap::from([("lease".to_owned(), 1)]));
    }

    #[test]
    fn the_seed_decides_and_nothing_else() {
        let text: String = (0..40)
            .map(|n| format!("Clause {n} obliges every tenant on floor {n} to sweep staircase number {n} before winter begins. "))
            .collect();
        let source = [source("rules", &text, Language::English)];
        assert_eq!(items(&source, 5, 1), items(&source, 5, 1));
        assert_ne!(items(&source, 5, 1), items(&source, 5, 2));
        assert_eq!(items(&source, 5, 1), items(&source, 9, 1)[..5]);
        assert_eq!(items(&source, 0, 1), []);
    }

    #[test]
    fn every_document_gives_one_question_before_any_gives_two() {
        let texts = ["roof", "cellar", "garden", "staircase"].map(|place| {
            let sentence = |owner| {
                format!(
                    "The careful {owner} of building seven cleans the {place} every second Saturday morning. "
                )
            };
            ["landlord", "tenant", "neighbour"].map(sentence).concat()
        });
        let sources: Vec<_> = texts
            .iter()
            .zip(["a", "b", "c", "d"])
            .map(|(text, id)| source(id, text, Language::English))
            .collect();
        let questions = items(&sources, 8, 3);
        let documents = |questions: &[Question]| -> HashSet<String> {
            questions.iter().flat_map(|it| it.documents.keys().cloned()).collect()
        };
        assert_eq!(questions.len(), 8);
        assert_eq!((documents(&questions[..4]).len(), documents(&questions[4..]).len()), (4, 4));
    }

    #[test]
    fn a_sentence_that_is_there_twice_is_not_asked_for() {
        let said = "The Landlord repairs the roof and both gutters within fourteen days of notice.";
        let sources = [source("a", said, Language::English), source("b", said, Language::English)];
        assert_eq!(items(&sources, 5, 0), []);
        assert_eq!(items(&sources[..1], 5, 0).len(), 1);
        // The overlap of two chunks is no second sentence.
        let whole = Span::new(0, said.len());
        assert_eq!(items(&[Source { parts: vec![whole, whole], ..sources[0].clone() }], 5, 0).len(), 1);
    }

    #[test]
    fn what_is_no_prose_is_not_asked_for() {
        for text in [
            "",
            "Short one.",
            "# A heading of eight words is no statement here",
            "let x = foo(bar[0], 3) + {baz: 1}; // a b c d e f g h",
        ] {
            assert_eq!(items(&[source("a", text, Language::English)], 5, 0), [], "{text}");
        }
        let beyond =
            Source { parts: vec![Span::new(2, 900), Span::new(1, 3)], ..source("a", "é.", Language::None) };
        assert_eq!(items(&[beyond], 5, 0), []);
    }

    #[test]
    fn texts_without_spaces_are_asked_for_by_pairs_of_characters() {
        let text = "承租人应当在每月第三个工作日之前通过银行转账支付租金并保留所有付款凭证。";
        let questions = items(&[source("租约", text, Language::None)], 1, 0);
        assert_eq!(questions.len(), 1);
        assert_typed(&questions[0], text);
    }

    proptest! {
        #[test]
        fn every_question_can_be_typed_and_has_its_sentence(
            words in prop::collection::vec("[a-z]{1,9}|é|[A-Z]{2,4}|\\.|\n\n|und|the|😀|[0-9]{1,3}", 0..120),
            seed: u64,
        ) {
            let text = words.join(" ");
            for language in [Language::English, Language::German, Language::None] {
                for question in items(&[source("a", &text, language)], 6, seed) {
                    assert_typed(&question, answer(&question, &text));
                }
            }
        }
    }
}

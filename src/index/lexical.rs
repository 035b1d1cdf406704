//! BM25 over the live rows of all segments.

mod query;
mod resolve;
mod suggest;
mod texts;
mod widen;

use std::borrow::Borrow;

use roaring::RoaringBitmap;

use super::RowId;
use super::analyzer::Form;
use super::best::Best;
use super::postings::{Postings, PostingsBuilder};
use super::relevance::WordSignal;
use super::segment::Segment;
use crate::bit_set::BitSet;
use crate::language::Language;
use crate::order::Order;
use query::LexicalQuery;
use resolve::{FULL_WEIGHT, IndexLanguages, Resolved, Searched};

pub use resolve::MatchKind;
pub use suggest::{Suggestions, suggest};
pub use texts::{TextMatcher, WordMatch, without_overlaps};
use widen::Widener;
pub use widen::Widening;

/// The knobs of BM25 (Robertson and Zaragoza, 2009), in the form that Lucene computes since version 8: idf is
/// `ln(1 + (N - n + 0.5) / (n + 0.5))`, never negative, and the constant factor `k1 + 1` is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bm25 {
    /// How much a repeated term adds. 0: only whether it occurs counts; 1.5: the default; large values: the score
    /// grows almost linearly with the frequency. Finite, at least 0.
    pub k1: f32,
    /// How much long rows are held back. 0: not at all; 0.75: the default; 1: frequencies count in relation to the
    /// length. From 0 to 1.
    pub b: f32,
}

impl Default for Bm25 {
    fn default() -> Self {
        Self { k1: 1.5, b: 0.75 }
    }
}

impl Bm25 {
    pub(super) fn is_valid(self) -> bool {
        self.k1.is_finite() && self.k1 >= 0.0 && (0.0..=1.0).contains(&self.b)
    }
}

/// What a part of a word counts beside the word, and what all of them together count at most: a text that has them apart
/// comes after one that has the word.
const PART_BOOST: [f32; 2] = [0.5, 0.8];

/// What an identifier counts beside its parts.
const JOINED_BOOST: f32 = 2.0;

/// What a phrase counts beside its words: so much that a text which repeats them apart comes after one that quotes it.
const PHRASE_BOOST: f32 = 2.0;

/// A word or phrase of a query, and what it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct TermWeight {
    /// The word in folded case; of a phrase its words between quotation marks.
    pub term: String,
    /// How often the query has it; at least 1.
    pub occurrences: u32,
    /// The number of live rows that hold it in any form; for a phrase that of the rows in which it was found.
    pub rows: usize,
    /// How much its rarity counts, above 0; for a phrase the sum of its words', and so for several words that are looked
    /// for as one.
    pub idf: f32,
    /// What it counts beside words of the query as they are written: less for parts of words, more for phrases.
    pub boost: f32,
}

impl TermWeight {
    /// The most that the term can add to a score.
    pub fn weight(&self) -> f32 {
        self.occurrences as f32 * self.idf * self.boost
    }
}

/// What one word or phrase of a query adds to a score.
#[derive(Clone, Debug, PartialEq)]
pub struct TermScore {
    /// [`TermWeight::term`]
    pub term: String,
    /// What it adds.
    pub score: f32,
    /// The terms of the row that the word means, with how they are like it, by their order; none of a phrase.
    pub forms: Vec<(String, MatchKind)>,
}

/// BM25 scores, and what they are made of.
#[derive(Debug, Default)]
pub(super) struct LexicalScores {
    /// The words of the query that count, in their order, then the phrases of which [`Self::boost`] was told.
    pub(super) terms: Vec<TermWeight>,
    /// For each segment the score of each row; [`NO_SCORE`] where it is not eligible, or holds no word of the query.
    segments: Vec<Vec<f32>>,
    /// Where each phrase was found and how often, by row.
    found: Vec<Vec<(RowId, u32)>>,
    scoring: Scoring,
    query: LexicalQuery,
    /// What each word of the query means.
    resolved: Vec<Resolved>,
    /// The place in `resolved` of each of the words in `terms`.
    counted: Vec<usize>,
}

/// The BM25 scores of the rows that are `eligible`: for each segment a set of live rows. Statistics are those of all
/// live rows, eligible or not, so that neither a filter, nor a merge, nor a removed document that is still stored
/// changes a score.
///
/// The frequency of a word in a row is the sum of those of the terms that it means, each weighted by how like it is: they
/// are taken for one term, as in Lucene's query of synonyms.
///
/// # Panics
/// If a segment has no such row.
pub(super) fn score<Rows: Borrow<RoaringBitmap>>(
    segments: &[Segment],
    text: &str,
    bm25: Bm25,
    widening: Widening,
    eligible: &[Rows],
) -> LexicalScores {
    score_corpus(&Corpus::new(segments), known_languages(segments), text, bm25, widening, eligible)
}

/// The words of a query in some texts.
#[derive(Debug)]
pub(super) struct InTexts {
    postings: Postings,
    scores: LexicalScores,
}

impl InTexts {
    pub(super) fn matcher(&self) -> TextMatcher<'_> {
        self.scores.matcher(&[Some(&self.postings)])
    }

    /// What the words weigh.
    pub(super) fn terms(&self) -> &[TermWeight] {
        &self.scores.terms
    }
}

/// Looks for the words of a query in some texts, each with its language.
pub(super) fn score_texts(rows: &[(Option<Language>, &str)], text: &str, widening: Widening) -> InTexts {
    let mut postings = PostingsBuilder::default();
    (0..).zip(rows).for_each(|(row, (language, text))| postings.push_row(row, *language, [(1, *text)]));
    let postings = postings.build();
    let corpus = Corpus {
        rows: rows.len(),
        average_length: average(postings.total_length(), rows.len()),
        segments: vec![Some(Searched { postings: &postings, removed: None })],
    };
    let languages = IndexLanguages::new(rows.iter().map(|(language, _)| *language).collect());
    let scores = score_corpus(&corpus, languages, text, Bm25::default(), widening, &[] as &[RoaringBitmap]);
    drop(corpus);
    InTexts { postings, scores }
}

fn score_corpus<Rows: Borrow<RoaringBitmap>>(
    corpus: &Corpus<'_>,
    mut languages: IndexLanguages,
    text: &str,
    bm25: Bm25,
    widening: Widening,
    eligible: &[Rows],
) -> LexicalScores {
    let query = corpus.parse(text, &languages, widening);
    let mut resolved = resolve::resolve(&corpus.segments, &query, &mut languages);
    widen::widen(&corpus.segments, &query, &languages, widening, &mut resolved);
    let scoring = Scoring { bm25, average_length: corpus.average_length };
    let mut accumulator = Accumulator::new(scoring, corpus, &query);
    let mut scores = LexicalScores {
        terms: Vec::new(),
        segments: Vec::new(),
        found: Vec::new(),
        scoring,
        counted: (0..resolved.len()).filter(|at| resolved[*at].is_asked()).collect(),
        resolved,
        query,
    };
    for &at in &scores.counted {
        let weight = accumulator.add(corpus, &scores.resolved[at], at);
        scores.terms.push(weight);
    }
    let rows = accumulator.scores.into_iter().zip(eligible);
    scores.segments = rows.map(|(scores, eligible)| eligible_scores(scores, eligible.borrow())).collect();
    scores
}

/// The languages that live documents are in.
fn known_languages(segments: &[Segment]) -> IndexLanguages {
    IndexLanguages::new(segments.iter().flat_map(|segment| segment.languages().keys().copied()).collect())
}

impl Resolved {
    /// Whether the word is one of those that the query asks for: any word but function words beside better ones; of what
    /// else may be meant only what is there.
    fn is_asked(&self) -> bool {
        (self.word.form == Form::Word && !self.is_ignored) || self.counts()
    }
}

impl LexicalScores {
    /// The score of a row; `None` where it is not eligible, or holds no word of the query.
    pub(super) fn score(&self, row: RowId) -> Option<f32> {
        let score = self.segments.get(row.segment)?.get(row.row as usize);
        score.copied().filter(|score| has_score(*score))
    }

    /// Of each segment the rows with the best `count` scores and those that tie with the last of them, best first in
    /// each segment, equal scores by row.
    pub(super) fn best(&self, count: usize) -> impl Iterator<Item = (RowId, f32)> {
        self.segments.iter().enumerate().flat_map(move |(segment, scores)| {
            let mut best = Best::new(count);
            // Hardly any row is among the best, so several are passed over at once.
            for (chunk, rows) in scores.chunks(SCORES_AT_ONCE).zip((0..).step_by(SCORES_AT_ONCE)) {
                if chunk.iter().fold(false, |any, score| any | best.wants(*score)) {
                    let scored = (rows..).zip(chunk).filter(|(_, score)| has_score(**score));
                    scored.for_each(|(row, score)| best.offer(row, *score, *score));
                }
            }
            best.into_sorted().into_iter().map(move |(row, score)| (RowId { segment, row }, score))
        })
    }

    /// What a text of nothing but the words of the query, as they are written, would score at most.
    pub(super) fn most(&self) -> f32 {
        let words = self.terms.iter().zip(&self.counted);
        let written = words.filter(|(_, word)| self.resolved[**word].word.form == Form::Word);
        written.map(|(weight, _)| weight.weight()).sum()
    }

    /// How many phrases the query quotes.
    pub(super) fn phrases(&self) -> usize {
        self.query.phrases.len()
    }

    /// The rows of a segment that hold all words of a phrase of the query; rows of removed documents included.
    ///
    /// # Panics
    /// If there is no such segment or phrase; so it is with the other methods that take one.
    pub(super) fn rows_with_all(&self, segments: &[Segment], segment: usize, phrase: usize) -> RoaringBitmap {
        let Some(postings) = segments[segment].postings() else { return RoaringBitmap::new() };
        let rows = |word: &usize| {
            let lists = self.resolved[*word].lists[segment].iter();
            let postings = lists.flat_map(|list| postings.lexicons()[list.lexicon].list(list.place));
            postings.map(|posting| posting.row).collect::<RoaringBitmap>()
        };
        self.query.phrases[phrase].iter().map(rows).reduce(|all, rows| all & rows).unwrap_or_default()
    }

    /// What finds the words and phrases of the query in texts; `segments` are those that they were looked for in.
    pub(super) fn matcher<'q>(&'q self, segments: &[Option<&'q Postings>]) -> TextMatcher<'q> {
        TextMatcher::new(&self.resolved, &self.query.phrases, segments)
    }

    /// Adds to the scores of rows what a phrase of the query earns there. `found` says in which rows it is, and
    /// how often. A phrase is scored as a term whose idf is the sum of its words', as Lucene does it: that takes
    /// no count of the rows that hold the phrase, which a filter would change.
    pub(super) fn boost(&mut self, segments: &[Segment], phrase: usize, found: &[(RowId, u32)]) {
        let mut found: Vec<_> = found.iter().copied().filter(|(_, frequency)| *frequency > 0).collect();
        found.sort_unstable();
        let words = &self.query.phrases[phrase];
        let terms: Vec<&str> = words.iter().map(|word| self.resolved[*word].word.term.as_str()).collect();
        let weight = TermWeight {
            term: format!("\"{}\"", terms.join(" ")),
            occurrences: 1,
            rows: found.len(),
            idf: words.iter().map(|word| self.idf(*word)).sum(),
            boost: PHRASE_BOOST,
        };
        for &(RowId { segment, row }, frequency) in &found {
            if let Some(postings) = segments[segment].postings()
                && let Some(score) = self.segments[segment].get_mut(row as usize)
                && has_score(*score)
            {
                let length = postings.lengths()[row as usize];
                *score += self.scoring.score(weight.weight(), frequency * FULL_WEIGHT, length);
            }
        }
        self.terms.push(weight);
        self.found.push(found);
    }

    /// What the words of the query say of a chunk in `language`, of which `found` are all that it holds; repetitions count
    /// once, phrases and function words of the language not at all. `None` where no word counts.
    pub(super) fn signal(
        &self,
        language: Option<Language>,
        found: &[(usize, MatchKind)],
    ) -> Option<WordSignal> {
        let mut held = vec![0.0f32; self.resolved.len()];
        found.iter().for_each(|(word, kind)| held[*word] = held[*word].max(kind.share()));
        // In one of its forms, within several words that are written as one, or by its parts.
        let share = |word: usize| {
            let with_form = |form: Form| {
                let substitutes = self.query.substitutes[word].iter();
                let of_form = substitutes.filter(move |other| self.resolved[**other].word.form == form);
                of_form.map(|other| held[*other])
            };
            let joined = with_form(Form::Joined).fold(0.0, f32::max);
            let in_parts = with_form(Form::Part).sum::<f32>() / with_form(Form::Part).count().max(1) as f32;
            held[word].max(joined).max(in_parts * MatchKind::Part.share())
        };
        let words = self.terms.iter().zip(&self.counted);
        let counts = |resolved: &Resolved| {
            resolved.word.form == Form::Word && !resolved.ignored_in.contains(&language)
        };
        let words = words.filter(|(_, word)| counts(&self.resolved[**word]));
        WordSignal::of(words.map(|(weight, word)| (weight.idf, share(*word))))
    }

    /// The idf of a word of the query; 0 where it does not count.
    fn idf(&self, word: usize) -> f32 {
        self.counted.binary_search(&word).map_or(0.0, |place| self.terms[place].idf)
    }

    /// What each word and phrase of the query that a row holds adds to its score, in the order of [`Self::terms`]:
    /// together the whole score.
    pub(super) fn explain(&self, segments: &[Segment], at: RowId) -> Vec<TermScore> {
        let RowId { segment, row } = at;
        let Some(postings) = segments[segment].postings() else { return Vec::new() };
        let length = postings.lengths()[row as usize];
        let (words, phrases) = self.terms.split_at(self.counted.len());
        let in_words = words.iter().zip(&self.counted).filter_map(|(weight, word)| {
            let mut frequency = 0;
            let mut forms = Vec::new();
            for list in self.resolved[*word].lists[segment].iter().filter(|list| list.weight > 0) {
                let lexicon = &postings.lexicons()[list.lexicon];
                if let Some(posting) = lexicon.list(list.place).find(|posting| posting.row == row) {
                    frequency += list.weight.saturating_mul(posting.frequency);
                    forms.push((lexicon.term(list.place).0.to_owned(), list.kind));
                }
            }
            forms.order_by(|(a, first), (b, second)| first.cmp(second).then_with(|| a.cmp(b)));
            let score = self.scoring.score(weight.weight(), frequency, length);
            (frequency > 0).then(|| TermScore { term: weight.term.clone(), score, forms })
        });
        let in_phrases = phrases.iter().zip(&self.found).filter_map(|(weight, found)| {
            let place = found.binary_search_by_key(&at, |(row, _)| *row).ok()?;
            let score = self.scoring.score(weight.weight(), found[place].1 * FULL_WEIGHT, length);
            Some(TermScore { term: weight.term.clone(), score, forms: Vec::new() })
        });
        in_words.chain(in_phrases).collect()
    }
}

/// The live rows of all segments and their statistics.
struct Corpus<'s> {
    /// `None` for those whose postings are not in memory.
    segments: Vec<Option<Searched<'s>>>,
    rows: usize,
    average_length: f32,
}

impl<'s> Corpus<'s> {
    fn new(segments: &'s [Segment]) -> Self {
        let (mut rows, mut length) = (0, 0);
        let searched = |segment: &'s Segment| {
            let postings = segment.postings()?;
            rows += postings.rows();
            length += postings.total_length();
            let mut removed = None;
            for document in segment.removed() {
                let own = segment.tables().rows_of(document);
                let lengths = &postings.lengths()[own.start as usize..own.end as usize];
                rows -= own.len();
                length -= lengths.iter().map(|length| u64::from(*length)).sum::<u64>();
                removed.get_or_insert_with(|| BitSet::new(postings.rows())).insert_range(own);
            }
            Some(Searched { postings, removed })
        };
        let segments = segments.iter().map(searched).collect();
        Self { segments, rows, average_length: average(length, rows) }
    }

    /// The words of a query, with the parts of compounds that the index has.
    fn parse(&self, text: &str, languages: &IndexLanguages, widening: Widening) -> LexicalQuery {
        let query = LexicalQuery::parse(&languages.analyzer(), text);
        if !widening.compounds || query.words.len() > widen::MAX_WORDS {
            return query;
        }
        let widener = Widener::new(&self.segments, languages);
        let words = query.words.iter().enumerate();
        let parts: Vec<_> = words.filter_map(|(at, word)| Some((at, widener.split(word)?))).collect();
        query.with_parts(parts)
    }
}

/// The average length of rows, above 0: where all are of nothing but function words, each has the average.
fn average(length: u64, rows: usize) -> f32 {
    (length as f32 / rows.max(1) as f32).max(f32::MIN_POSITIVE)
}

/// How many scores are compared with a threshold together: some vectors of the processor.
const SCORES_AT_ONCE: usize = 16;

/// The sum of no scores. Unlike 0 it is no sum of scores, not even of those that vanish by rounding, and adding to it
/// is exact.
const NO_SCORE: f32 = -0.0;

fn has_score(sum: f32) -> bool {
    sum.to_bits() != NO_SCORE.to_bits()
}

/// The scores of those rows that are eligible, and [`NO_SCORE`] in place of the others'.
fn eligible_scores(scores: Vec<f32>, eligible: &RoaringBitmap) -> Vec<f32> {
    if eligible.len() == scores.len() as u64 {
        return scores;
    }
    let mut kept = vec![NO_SCORE; scores.len()];
    eligible
        .iter()
        .map(|row| row as usize)
        .filter(|row| *row < scores.len())
        .for_each(|row| kept[row] = scores[row]);
    kept
}

fn idf(rows: usize, rows_with_term: usize) -> f32 {
    let (all, with) = (rows as f64, rows_with_term as f64);
    (1.0 + (all - with + 0.5) / (with + 0.5)).ln() as f32
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Scoring {
    bm25: Bm25,
    average_length: f32,
}

impl Scoring {
    /// The part of a term's `weight` that its weighted frequency earns in a row of `length` terms.
    fn score(&self, weight: f32, frequency: u32, length: u32) -> f32 {
        earned(weight, frequency, self.damping(length))
    }

    /// The weighted frequency that earns half of a term's weight in a row of `length` terms.
    fn damping(&self, length: u32) -> f32 {
        let Bm25 { k1, b } = self.bm25;
        FULL_WEIGHT as f32 * k1 * (1.0 - b + b * length as f32 / self.average_length)
    }
}

fn earned(weight: f32, frequency: u32, damping: f32) -> f32 {
    let frequency = frequency as f32;
    weight * (frequency / (frequency + damping))
}

/// Adds up the scores of all rows, word by word.
struct Accumulator {
    scoring: Scoring,
    /// [`Scoring::damping`] of the lengths that nearly all rows have: there are far more postings than lengths.
    damping: Vec<f32>,
    /// For each segment the score of each row; [`NO_SCORE`] where no word occurs.
    scores: Vec<Vec<f32>>,
    /// The weighted frequencies of one word in the rows of a segment; 0 between uses.
    frequencies: Vec<u32>,
    /// The rows of all segments that hold the word, with its weighted frequency.
    holding: Vec<(u32, u32)>,
    /// The idf of each word so far, by its place in the query.
    idf: Vec<f32>,
    /// How many parts each word has.
    parts: Vec<usize>,
}

impl Accumulator {
    /// Lengths below this have their damping in the table: chunks of the longest models have 512 word pieces.
    const LENGTHS: u32 = 1024;

    fn new(scoring: Scoring, corpus: &Corpus<'_>, query: &LexicalQuery) -> Self {
        let rows = |segment: &Option<Searched<'_>>| segment.as_ref().map_or(0, |it| it.postings.rows());
        let parts_in =
            |others: &[usize]| others.iter().filter(|it| query.words[**it].form == Form::Part).count();
        Self {
            scoring,
            damping: (0..Self::LENGTHS).map(|length| scoring.damping(length)).collect(),
            scores: corpus.segments.iter().map(|segment| vec![NO_SCORE; rows(segment)]).collect(),
            frequencies: vec![0; corpus.segments.iter().map(rows).max().unwrap_or_default()],
            holding: Vec::new(),
            idf: vec![0.0; query.words.len()],
            parts: query.substitutes.iter().map(|others| parts_in(others)).collect(),
        }
    }

    /// Adds what a word of the query earns, the one at place `at`, and returns what it weighs. Words come before what stands
    /// for several of them.
    fn add(&mut self, corpus: &Corpus<'_>, resolved: &Resolved, at: usize) -> TermWeight {
        self.holding.clear();
        let mut ends = Vec::with_capacity(corpus.segments.len());
        let mut ignored = 0;
        for (number, segment) in corpus.segments.iter().enumerate() {
            if let Some(segment) = segment {
                ignored += self.collect(segment, &resolved.lists[number]);
            }
            ends.push(self.holding.len());
        }
        let word = &resolved.word;
        let rows = self.holding.len() + ignored;
        let own = idf(corpus.rows, rows);
        // What stands for several words says as much as all of them that are there.
        let together: f32 = word.stands_for.iter().map(|word| self.idf[*word]).sum();
        let idf = if word.form == Form::Joined { own.max(together) } else { own };
        self.idf[at] = if rows > 0 { idf } else { 0.0 };
        let boost = match word.form {
            Form::Part => {
                let siblings = word.stands_for.iter().map(|of| self.parts[*of]).max().unwrap_or(1);
                PART_BOOST[0].min(PART_BOOST[1] / siblings as f32)
            }
            Form::Joined => JOINED_BOOST,
            Form::Word | Form::Name => 1.0,
        };
        let weight = TermWeight { term: word.term.clone(), occurrences: word.occurrences, rows, idf, boost };
        let (most, mut start) = (weight.weight(), 0);
        for ((segment, scores), end) in corpus.segments.iter().zip(&mut self.scores).zip(ends) {
            let Some(segment) = segment else { continue };
            let lengths = segment.postings.lengths();
            for &(row, frequency) in &self.holding[start..end] {
                let row = row as usize;
                let length = lengths[row];
                let damping = self.damping.get(length as usize).copied();
                let damping = damping.unwrap_or_else(|| self.scoring.damping(length));
                scores[row] += earned(most, frequency, damping);
            }
            start = end;
        }
        weight
    }

    /// Collects the live rows of a segment that hold a term of some lists, with weighted frequencies. Returns how many rows
    /// hold it in languages where it does not count.
    fn collect(&mut self, segment: &Searched<'_>, lists: &[resolve::List]) -> usize {
        let Searched { postings, removed } = segment;
        let is_live = |row: u32| removed.as_ref().is_none_or(|removed| !removed.contains(row));
        let lexicon = |list: &resolve::List| &postings.lexicons()[list.lexicon];
        let passed_over = lists.iter().filter(|list| list.weight == 0);
        let ignored = passed_over.map(|list| segment.live_count(lexicon(list), list.place)).sum();
        let mut counted = lists.iter().filter(|list| list.weight > 0);
        let (first, second) = (counted.next(), counted.next());
        let Some(first) = first else { return ignored };
        let Some(second) = second else {
            let postings = lexicon(first).list(first.place).filter(|posting| is_live(posting.row));
            self.holding.extend(
                postings.map(|posting| (posting.row, posting.frequency.saturating_mul(first.weight))),
            );
            return ignored;
        };
        let start = self.holding.len();
        for list in [first, second].into_iter().chain(counted) {
            for posting in lexicon(list).list(list.place).filter(|posting| is_live(posting.row)) {
                let frequency = &mut self.frequencies[posting.row as usize];
                if *frequency == 0 {
                    self.holding.push((posting.row, 0));
                }
                *frequency = frequency.saturating_add(posting.frequency.saturating_mul(list.weight));
            }
        }
        for (row, frequency) in &mut self.holding[start..] {
            *frequency = std::mem::take(&mut self.frequencies[*row as usize]);
        }
        ignored
    }
}

#[cfg(test)]
mod tests;

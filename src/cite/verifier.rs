//! Verdicts about the sentences of an answer.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::answer::{Answer, AnswerSentence};
use super::features::{Features, SUPPORTED};
use super::judge::{Conflict, Judged, Said, Weights};
use super::numbers::quantities;
use super::quotes::{self, QuoteMatch};
use super::reason;
use super::source::{Prepared, Source, pairs};
use super::verdict::{Difference, Evidence, Quotation, SentenceVerdict, Verdict};
use super::words::Vocabulary;
use crate::document::Span;
use crate::index::Side;
use crate::language::Language;
use crate::order::Order;

/// From which coverage on a clause is found, from which on it is if its numbers are there, too, and from which on some of it
/// is.
const FOUND: f64 = 0.5;
const FOUND_WITH_NUMBERS: f64 = 0.3;
const PARTLY_FOUND: f64 = 0.35;

/// From which score on a sentence is supported whose clauses are all found.
const PLAUSIBLE: f64 = 0.3;

/// How much of its score a contradicted sentence keeps.
const CONTRADICTED: f64 = 0.25;

/// Holds answers against sources, as a whole or while they are written.
pub struct Verifier {
    vocabulary: Vocabulary,
    sources: Vec<Prepared>,
    /// The weight of each id of the sources.
    weights: Vec<f64>,
    /// The weight of words that no source has.
    unknown: f64,
    proper: HashSet<u32>,
    /// How many of the sources marks can name, from the first on.
    citable: usize,
    /// What was pushed so far, and how many of its sentences were given back.
    text: String,
    settled: usize,
}

/// What a set of sources says about a sentence.
struct Assessment {
    claims: Vec<Judged>,
    features: Features,
    score: f64,
    status: Status,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Supported,
    Contradicted,
    Partly,
    NotFound,
}

impl Verifier {
    /// For answers that cite `sources` by their numbers from 1 on.
    pub fn new(sources: &[Source<'_>]) -> Self {
        let mut vocabulary = Vocabulary::default();
        let sources: Vec<Prepared> =
            sources.iter().map(|source| Prepared::new(*source, &mut vocabulary)).collect();
        vocabulary.seal();
        let (weights, unknown) = weights(&sources, vocabulary.len());
        let proper = proper(&sources);
        Self {
            citable: sources.len(),
            vocabulary,
            sources,
            weights,
            unknown,
            proper,
            text: String::new(),
            settled: 0,
        }
    }

    /// The same where marks can name the first `citable` sources only; the others are what was found beside them.
    pub fn citing(mut self, citable: usize) -> Self {
        self.citable = citable.min(self.sources.len());
        self
    }

    /// What was pushed so far of the answer.
    pub fn pushed(&self) -> &str {
        &self.text
    }

    /// The verdicts about all sentences of an answer, in order.
    pub fn verify(&mut self, answer: &str) -> Vec<SentenceVerdict> {
        let answer = Answer::parse(answer, self.citable);
        (0..answer.sentences.len()).map(|at| self.judge(&answer, at)).collect()
    }

    /// Goes on with an answer that comes in pieces, cut anywhere. Gives the verdicts about the sentences that no further
    /// piece can change: those of paragraphs, items and rows that have ended.
    pub fn push(&mut self, piece: &str) -> Vec<SentenceVerdict> {
        self.text.push_str(piece);
        if !piece.contains('\n') {
            return Vec::new();
        }
        let end = self.text.rfind('\n').map_or(0, |at| at + 1);
        let answer = Answer::parse(&self.text[..end], self.citable);
        let is_closed = self.text[..end].trim_end_matches([' ', '\t', '\r', '\n']).len() + 1 < end
            && self.text[..end].lines().next_back().is_some_and(|line| line.trim().is_empty());
        let last = answer.last_block();
        let settled = answer.sentences.iter().filter(|it| is_closed || Some(it.block) != last).count();
        self.give(&answer, settled)
    }

    /// Ends an answer that came in pieces: the verdicts about the rest of its sentences. The next piece begins another answer.
    pub fn finish(&mut self) -> Vec<SentenceVerdict> {
        let text = std::mem::take(&mut self.text);
        let answer = Answer::parse(&text, self.citable);
        let rest = self.give(&answer, answer.sentences.len());
        self.settled = 0;
        rest
    }

    /// The verdicts about the sentences of the pieces so far that further pieces may still change.
    pub fn draft(&mut self) -> Vec<SentenceVerdict> {
        let answer = Answer::parse(&self.text, self.citable);
        (self.settled..answer.sentences.len()).map(|at| self.judge(&answer, at)).collect()
    }

    fn give(&mut self, answer: &Answer, until: usize) -> Vec<SentenceVerdict> {
        let from = self.settled;
        self.settled = until.max(from);
        (from..until).map(|at| self.judge(answer, at)).collect()
    }

    /// What is known of a claim, held against one evidence, for fitting the weights.
    pub fn features(&mut self, claim: &str) -> Features {
        let answer = Answer::parse(claim, 0);
        let all: Vec<usize> = (0..self.sources.len()).collect();
        // A claim is one sentence, whatever full stops it has.
        let spans: Vec<Span> =
            answer.sentences.iter().flat_map(|it| it.claims.iter().map(|claim| claim.span)).collect();
        let whole = Span::new(0, claim.len());
        let mut saids = BTreeMap::new();
        self.assess(&answer, whole, &spans, &vec![all.clone(); spans.len()], &all, &mut saids).features
    }

    fn judge(&mut self, answer: &Answer, at: usize) -> SentenceVerdict {
        let sentence = &answer.sentences[at];
        let known = |cited: &[u32]| -> Vec<usize> {
            cited
                .iter()
                .filter_map(|number| usize::try_from(*number).ok()?.checked_sub(1))
                .filter(|it| *it < self.citable)
                .collect()
        };
        let cited = known(&sentence.cited);
        let of_claims: Vec<Vec<usize>> = sentence.claims.iter().map(|claim| known(&claim.cited)).collect();
        let spans: Vec<Span> = sentence.claims.iter().map(|claim| claim.span).collect();
        let mut saids = BTreeMap::new();
        let own = (!cited.is_empty())
            .then(|| self.assess(answer, sentence.span, &spans, &of_claims, &cited, &mut saids));
        let quotation = self.quotation(answer, sentence, &cited);
        if let Some(own) = own.as_ref().filter(|own| own.status == Status::Supported)
            && !quotation.as_ref().is_some_and(|it| it.is_wrong)
        {
            return self.verdict(answer, sentence, Verdict::Supported, own, cited, Vec::new(), quotation);
        }
        // Which other sources say it, each alone; the best first.
        let mut others: Vec<(usize, Assessment)> = Vec::new();
        for source in (0..self.sources.len()).filter(|it| !cited.contains(it)) {
            let chosen = vec![vec![source]; spans.len()];
            others.push((source, self.assess(answer, sentence.span, &spans, &chosen, &[source], &mut saids)));
        }
        others.order_by(|a, b| rank(&b.1).total_cmp(&rank(&a.1)));
        let supporting: Vec<usize> =
            others.iter().filter(|it| it.1.status == Status::Supported).map(|it| it.0).collect();
        if let Some(quotation) = quotation.filter(|it| it.is_wrong) {
            let assessed = own.as_ref().or(others.first().map(|it| &it.1));
            if let Some(assessed) = assessed {
                let verdict = if quotation.elsewhere.is_empty() {
                    Verdict::QuoteAltered
                } else {
                    Verdict::Misattributed
                };
                let suggested = quotation.elsewhere.clone();
                return self.verdict(answer, sentence, verdict, assessed, cited, suggested, Some(quotation));
            }
        }
        if let (Some((_, best)), false) =
            (others.first().filter(|it| it.1.status == Status::Supported), supporting.is_empty())
        {
            let verdict = if sentence.cited.is_empty() || sentence.is_shared {
                Verdict::Uncited
            } else {
                Verdict::Misattributed
            };
            let near: Vec<usize> = others
                .iter()
                .filter(|it| it.1.status == Status::Supported && it.1.score >= best.score - 0.1)
                .map(|it| it.0)
                .collect();
            return self.verdict(answer, sentence, verdict, best, cited, near, None);
        }
        // Several sources together.
        let all: Vec<usize> = (0..self.sources.len()).collect();
        let together =
            self.assess(answer, sentence.span, &spans, &vec![all.clone(); spans.len()], &all, &mut saids);
        if together.status == Status::Supported && (cited.is_empty() || cited.len() < all.len()) {
            let places: Vec<usize> =
                together.claims.iter().filter_map(|it| it.place.map(|place| place.0)).collect();
            let mut missing: Vec<usize> = places.into_iter().filter(|it| !cited.contains(it)).collect();
            missing.dedup();
            if !missing.is_empty() && (cited.is_empty() || sentence.is_shared) {
                return self.verdict(answer, sentence, Verdict::Uncited, &together, cited, missing, None);
            }
        }
        // Whoever speaks of the same matter is believed.
        let best = others.into_iter().next().map(|it| it.1);
        let assessed = match (own, best) {
            (Some(own), Some(best))
                if own.status != Status::Contradicted
                    && best.status == Status::Contradicted
                    && own.features.worst_clause + 0.15 < best.features.worst_clause =>
            {
                best
            }
            (Some(own), _) => own,
            (None, Some(best)) => best,
            (None, None) => together,
        };
        let verdict = match assessed.status {
            Status::Contradicted => Verdict::Contradicted,
            Status::Partly => Verdict::Partly,
            Status::NotFound => Verdict::NotFound,
            Status::Supported => Verdict::Uncited,
        };
        self.verdict(answer, sentence, verdict, &assessed, cited, Vec::new(), None)
    }

    /// Holds the claims of a sentence against the sources chosen for each.
    fn assess(
        &mut self,
        answer: &Answer,
        whole: Span,
        spans: &[Span],
        chosen: &[Vec<usize>],
        all: &[usize],
        saids: &mut BTreeMap<Language, Said>,
    ) -> Assessment {
        let mut languages: Vec<Language> = Vec::new();
        for source in all {
            let language = self.sources[*source].language;
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
        for language in &languages {
            if !saids.contains_key(language) {
                let text = answer.said(whole).to_owned();
                let quantities = quantities(&text, Some(*language));
                let words = self.vocabulary.words(&text, *language, Side::Query, &quantities);
                saids.insert(
                    *language,
                    Said { text, words, quantities, is_german: *language == Language::German },
                );
            }
        }
        let weigh = |id: u32| self.weights.get(id as usize).copied().unwrap_or(self.unknown);
        let weights = Weights { of_id: &weigh, proper: &self.proper };
        let mut claims: Vec<Judged> = Vec::new();
        for (span, chosen) in spans.iter().zip(chosen) {
            let range = (span.start - whole.start) as usize..(span.end - whole.start) as usize;
            let mut best: Option<Judged> = None;
            for language in &languages {
                let of_language: Vec<usize> =
                    chosen.iter().copied().filter(|it| self.sources[*it].language == *language).collect();
                let Some(said) = saids.get(language).filter(|_| !of_language.is_empty()) else { continue };
                let judged = said.judge(&range, &self.sources, &of_language, &weights);
                if best.as_ref().is_none_or(|best| judged.coverage > best.coverage) {
                    best = Some(judged);
                }
            }
            claims.push(best.unwrap_or_default());
        }
        let features = self.features_of(&claims, all, saids);
        let status = status(&claims, features.score());
        let score = match status {
            Status::Supported => features.score().max(SUPPORTED),
            Status::Contradicted => features.score() * CONTRADICTED,
            _ => features.score().min(SUPPORTED - 0.01),
        };
        Assessment { claims, features, score, status }
    }

    fn features_of(&self, claims: &[Judged], all: &[usize], saids: &BTreeMap<Language, Said>) -> Features {
        let mut best = Features::default();
        for said in saids.values() {
            let of_language: Vec<&Prepared> = all
                .iter()
                .map(|it| &self.sources[*it])
                .filter(|it| saids.get(&it.language).is_some_and(|other| std::ptr::eq(other, said)))
                .collect();
            if of_language.is_empty() {
                continue;
            }
            let has = |id: u32| of_language.iter().any(|source| source.forms.contains(&id));
            let words: Vec<_> = said.words.words.iter().filter(|word| !word.is_light).collect();
            let weigh = |id: u32| self.weights.get(id as usize).copied().unwrap_or(self.unknown);
            let total: f64 = words.iter().map(|word| weigh(word.id)).sum();
            let held: f64 = words.iter().filter(|word| has(word.id)).map(|word| weigh(word.id)).sum();
            let count = words.iter().filter(|word| has(word.id)).count();
            let names = words.iter().filter(|word| word.is_name);
            let pairs: Vec<_> = pairs(&said.words.words).collect();
            let paired = pairs
                .iter()
                .filter(|pair| of_language.iter().any(|source| source.pairs.contains(pair)))
                .count();
            let overlap = share(count as f64, words.len() as f64);
            if overlap >= best.overlap {
                best.overlap = overlap;
                best.weighted_overlap = share(held, total);
                best.names = one_over(names.filter(|word| !has(word.id)).count());
                best.pairs = share(paired as f64, pairs.len() as f64);
            }
        }
        best.worst_clause = claims.iter().map(|claim| claim.support).fold(1.0, f64::min);
        let (all_numbers, found) =
            claims.iter().fold((0, 0), |sum, claim| (sum.0 + claim.numbers.0, sum.1 + claim.numbers.1));
        best.numbers = one_over(all_numbers - found);
        best
    }

    /// What becomes of the quotations of a sentence; the first that is wrong, or else the first.
    fn quotation(&self, answer: &Answer, sentence: &AnswerSentence, cited: &[usize]) -> Option<Quoted> {
        let said = answer.said(sentence.span);
        let mut first: Option<Quoted> = None;
        for range in quotes::quotations(said) {
            let text = &said[range.clone()];
            let find = |source: usize| quotes::find(text, &self.sources[source].plain);
            let is_exact = |source: &usize| matches!(find(*source), QuoteMatch::Exact { .. });
            let everywhere: Vec<usize> = (0..self.sources.len()).collect();
            let searched = if cited.is_empty() { &everywhere[..] } else { cited };
            let span = Span::new(
                sentence.span.start as usize + range.start,
                sentence.span.start as usize + range.end,
            );
            let mut quoted = Quoted {
                quotation: Quotation { span, source: None, found: QuoteMatch::Absent },
                elsewhere: Vec::new(),
                is_wrong: false,
            };
            if let Some(source) = searched.iter().find(|it| is_exact(it)) {
                quoted.quotation.source = Some(number(*source));
                quoted.quotation.found = find(*source);
            } else {
                quoted.elsewhere =
                    everywhere.iter().copied().filter(|it| !searched.contains(it) && is_exact(it)).collect();
                let altered = searched
                    .iter()
                    .map(|it| (*it, find(*it)))
                    .filter(|it| matches!(it.1, QuoteMatch::Altered { .. }));
                if let Some((source, found)) = altered.min_by_key(|it| changed(&it.1)) {
                    quoted.quotation.source = Some(number(source));
                    quoted.quotation.found = found;
                    quoted.is_wrong = true;
                }
                quoted.is_wrong |= !quoted.elsewhere.is_empty();
            }
            if quoted.is_wrong {
                return Some(quoted);
            }
            first = first.or(Some(quoted));
        }
        first
    }

    #[allow(clippy::too_many_arguments, reason = "what a verdict is made of")]
    fn verdict(
        &self,
        answer: &Answer,
        sentence: &AnswerSentence,
        verdict: Verdict,
        assessed: &Assessment,
        cited: Vec<usize>,
        suggested: Vec<usize>,
        quoted: Option<Quoted>,
    ) -> SentenceVerdict {
        let start = sentence.span.start as usize;
        let place = |range: &Range<usize>| Span::new(start + range.start, start + range.end);
        let said = |range: &Range<usize>| answer.said(place(range)).trim().to_owned();
        let difference = |conflict: &Conflict| Difference {
            kind: conflict.kind,
            span: place(&conflict.claimed),
            claimed: said(&conflict.claimed),
            source: number(conflict.source),
            source_span: conflict.found,
            found: self.sources[conflict.source].said(conflict.found).to_owned(),
        };
        let differences: Vec<Difference> =
            assessed.claims.iter().flat_map(|claim| claim.conflicts.iter().map(difference)).collect();
        let mut unsupported: Vec<Span> =
            assessed.claims.iter().flat_map(|claim| claim.missing.iter().map(place)).collect();
        let whole =
            sentence.claims.iter().zip(&assessed.claims).filter(|(_, judged)| judged.coverage < FOUND);
        unsupported.extend(whole.map(|(claim, _)| claim.span));
        if matches!(verdict, Verdict::Supported | Verdict::Misattributed | Verdict::Uncited) {
            unsupported.clear();
        }
        let mut evidence: Vec<Evidence> = Vec::new();
        for (source, passage) in assessed.claims.iter().filter_map(|claim| claim.place) {
            let span = self.sources[source].passages[passage].span;
            let it =
                Evidence { source: number(source), span, text: self.sources[source].said(span).to_owned() };
            if !evidence.contains(&it) {
                evidence.push(it);
            }
        }
        if verdict == Verdict::NotFound {
            evidence.clear();
        }
        let mut sources: Vec<u32> = match verdict {
            Verdict::Misattributed | Verdict::Uncited => suggested.iter().map(|it| number(*it)).collect(),
            _ => evidence.iter().map(|it| it.source).collect(),
        };
        sources.sort_unstable();
        sources.dedup();
        let mut verdict = SentenceVerdict {
            span: sentence.span,
            text: sentence.text.clone(),
            verdict,
            score: (assessed.score * 1e4).round() / 1e4,
            reason: String::new(),
            cited: sentence.cited.clone(),
            sources,
            suggested: suggested.into_iter().map(number).collect(),
            evidence,
            differences,
            unsupported,
            quotation: quoted.map(|it| it.quotation),
            features: assessed.features,
        };
        verdict.reason = reason::reason(&verdict, sentence, cited.len(), answer);
        verdict
    }
}

/// A quotation, and what follows from it.
struct Quoted {
    quotation: Quotation,
    /// The sources that have it, where those that are cited have not.
    elsewhere: Vec<usize>,
    is_wrong: bool,
}

fn changed(found: &QuoteMatch) -> usize {
    match found {
        QuoteMatch::Altered { changes, .. } => {
            changes.iter().filter(|it| it.kind != quotes::ChangeKind::Same).map(|it| it.text.len()).sum()
        }
        _ => 0,
    }
}

/// The number of a source, from 1 on.
fn number(source: usize) -> u32 {
    u32::try_from(source + 1).unwrap_or(u32::MAX)
}

fn status(claims: &[Judged], score: f64) -> Status {
    if claims.iter().any(|claim| !claim.conflicts.is_empty()) {
        return Status::Contradicted;
    }
    let is_found = |claim: &Judged| {
        let has_numbers = claim.numbers.0 > 0 && claim.numbers.1 == claim.numbers.0;
        claim.missing.is_empty()
            && (claim.support >= FOUND || (has_numbers && claim.coverage >= FOUND_WITH_NUMBERS))
    };
    if claims.iter().all(is_found) && score >= PLAUSIBLE {
        Status::Supported
    } else if claims.iter().any(|claim| is_found(claim) || claim.coverage >= PARTLY_FOUND) {
        Status::Partly
    } else {
        Status::NotFound
    }
}

/// By what sources are preferred: those that support, then those that contradict, then by score.
fn rank(assessed: &Assessment) -> f64 {
    let status = match assessed.status {
        Status::Supported => 4.0,
        Status::Contradicted => 2.0 * assessed.features.worst_clause,
        Status::Partly => assessed.features.worst_clause,
        Status::NotFound => 0.0,
    };
    status + assessed.features.score()
}

fn one_over(lacking: usize) -> f64 {
    1.0 / (1.0 + lacking as f64)
}

fn share(part: f64, of: f64) -> f64 {
    if of > 0.0 { part / of } else { 1.0 }
}

/// The weight of each id, by how few passages have it, and that of an id that none has.
fn weights(sources: &[Prepared], ids: usize) -> (Vec<f64>, f64) {
    let mut counts = vec![0_u32; ids];
    let passages = || sources.iter().flat_map(|source| &source.passages);
    for id in passages().flat_map(|passage| &passage.words.forms) {
        counts[*id as usize] += 1;
    }
    let total = passages().count() as f64;
    let weight = |count: f64| (1.0 + (total - count + 0.5) / (count + 0.5)).ln();
    (counts.into_iter().map(|count| weight(f64::from(count))).collect(), weight(1.0))
}

/// The ids that sources write with a capital wherever no sentence begins, German left out, whose nouns all have one.
fn proper(sources: &[Prepared]) -> HashSet<u32> {
    let (mut capital, mut small) = (HashSet::new(), HashSet::new());
    for source in sources.iter().filter(|it| it.language != Language::German) {
        for passage in &source.passages {
            let said = source.said(passage.span);
            for word in passage.words.words.iter().filter(|it| !it.is_light) {
                let first = said[word.span.clone()].chars().next().unwrap_or_default();
                if word.is_name {
                    capital.insert(word.id);
                } else if first.is_lowercase() {
                    small.insert(word.id);
                }
            }
        }
    }
    capital.retain(|id| !small.contains(id));
    capital
}

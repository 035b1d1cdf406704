//! Search equals a brute-force oracle over any sequence of adding, replacing, removing, embedding and merging.
//!
//! The oracle keeps every live chunk as plain words and numbers, and computes each formula of the documentation
//! literally: no postings, no segments, no heap. It uses the same precision, so that ties are the same ties.
//!
//! Of what words mean beside themselves it knows their forms. What else is there, it only has to be the same wherever
//! the rows are: before and after merges, and in an index that never held what was removed.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use ibid::document::{Chunk, MediaType, Metadata, Span};
use ibid::index::{
    DocumentRecord, Fusion, FusionMethod, Index, MatchKind, Mode, PartRef, Parts, Postings, Ranked, RowId,
    RunRef, Search, SearchQuery, Segment, SegmentBuilder, Tables, TermScore, VectorRun, Vectors, Widening,
    WordMatch, WordSignal, merge, suggest,
};
use ibid::language::Language;
use ibid::task::Unattended;
use pollster::block_on;
use proptest::prelude::*;

const K1: f32 = 1.5;
const B: f32 = 0.75;
/// Two scores may differ by this much through rounding.
const ROUNDING: f32 = 2e-6;
/// First what the oracle knows all about: two forms of one word, and words of one form. None of them is a function word in
/// any language. Then names, compounds, function words, and what joins them.
const WORDS: [&str; 17] = [
    "roof",
    "roofs",
    "wall",
    "rent",
    "lease",
    "key",
    "rents",
    "the",
    "IT",
    "der",
    "Dach",
    "Dächer",
    "Dachziegel",
    "Ziegel",
    "roof-wall",
    "AB-12",
    "keys",
];
const MODELLED: usize = 6;
/// The forms of one word in English and in German.
const FORMS: [&str; 2] = ["roof", "roofs"];
const LANGUAGES: [Option<Language>; 4] =
    [None, Some(Language::None), Some(Language::English), Some(Language::German)];
const NO_WIDENING: Widening = Widening { typos: false, compounds: false, prefix: false };
const DIMENSIONS: usize = 3;

/// The language of a document, and each of its chunks as numbers of words.
#[derive(Clone, Debug)]
struct Content {
    language: Option<Language>,
    chunks: Vec<Vec<usize>>,
}

type Vector = [i8; DIMENSIONS];

#[derive(Clone, Debug)]
enum Step {
    /// A segment of documents, by number; of a document that comes twice the first counts.
    Add(Vec<(u8, Content)>),
    Remove(u8),
    /// Vectors for consecutive rows of a segment, as far as it has rows.
    Embed {
        segment: usize,
        first_row: u32,
        vectors: Vec<Vector>,
    },
    /// Every segment that has a `true` at its place, and what happens between reading and replacing them.
    Merge {
        which: [bool; 6],
        meanwhile: Vec<Step>,
    },
}

/// Steps with the first `words` of [`WORDS`].
fn steps(words: usize) -> impl Strategy<Value = Vec<Step>> {
    let meanwhile = prop::collection::vec(change(words), 0..3);
    let merge = (prop::array::uniform6(prop::bool::weighted(0.7)), meanwhile);
    let step = prop_oneof![
        4 => change(words),
        1 => merge.prop_map(|(which, meanwhile)| Step::Merge { which, meanwhile }),
    ];
    prop::collection::vec(step, 1..12)
}

fn change(words: usize) -> impl Strategy<Value = Step> + Clone {
    let chunks = prop::collection::vec(prop::collection::vec(0..words, 0..6), 1..4);
    let content = (prop::sample::select(LANGUAGES.as_slice()), chunks)
        .prop_map(|(language, chunks)| Content { language, chunks });
    // Small integers: distinct vectors have clearly distinct cosines, equal ones have equal cosines.
    let vector = prop::array::uniform3(-3i8..=3);
    prop_oneof![
        3 => prop::collection::vec((0u8..12, content), 1..5).prop_map(Step::Add),
        1 => (0u8..12).prop_map(Step::Remove),
        3 => (0usize..6, 0u32..6, prop::collection::vec(vector, 1..8))
            .prop_map(|(segment, first_row, vectors)| Step::Embed { segment, first_row, vectors }),
    ]
}

fn unit(vector: Vector) -> Vec<f32> {
    let norm = vector.iter().map(|x| f32::from(*x).powi(2)).sum::<f32>().sqrt().max(1.0);
    vector.iter().map(|x| f32::from(*x) / norm).collect()
}

fn id(document: u8) -> String {
    format!("document {document:02}")
}

/// The index under test, and beside it what the oracle knows.
#[derive(Default)]
struct World {
    index: Index,
    /// By document and number of the chunk: its words, and its vector if it has one.
    chunks: BTreeMap<(String, usize), OracleChunk>,
    segments: u64,
    /// Whether segments are being merged.
    merging: bool,
}

#[derive(Clone)]
struct OracleChunk {
    language: Option<Language>,
    words: Vec<usize>,
    vector: Option<Vec<f32>>,
}

impl World {
    fn take(&mut self, step: Step) {
        match step {
            Step::Add(documents) => self.add(documents),
            Step::Remove(document) => {
                let had = self.chunks.len();
                self.forget(&id(document));
                assert_eq!(self.index.remove_document(&id(document)).is_some(), self.chunks.len() < had);
            }
            Step::Embed { segment, first_row, vectors } => self.embed(segment, first_row, &vectors),
            Step::Merge { which, meanwhile } => self.merge(which, meanwhile),
        }
    }

    fn forget(&mut self, document: &str) {
        self.chunks.retain(|(id, _), _| id != document);
    }

    fn add(&mut self, documents: Vec<(u8, Content)>) {
        self.segments += 1;
        let mut builder = SegmentBuilder::default();
        let mut added: HashSet<u8> = HashSet::new();
        for (document, Content { language, chunks }) in documents {
            if added.insert(document) {
                let chunk = |words| OracleChunk { language, words, vector: None };
                let chunks: Vec<_> = chunks.into_iter().map(chunk).collect();
                push(&mut builder, &id(document), &chunks);
                self.forget(&id(document));
                let numbered = (0..).zip(chunks);
                self.chunks.extend(numbered.map(|(number, chunk)| ((id(document), number), chunk)));
            }
        }
        self.index.insert_segment(self.segments, reread(&builder.build()), []).unwrap();
    }

    fn embed(&mut self, segment: usize, first_row: u32, vectors: &[Vector]) {
        let Some(target) = self.index.segments().get(segment) else { return };
        // A row that has a vector gets the new one, but not while its segment is merged: a collection embeds a chunk once.
        let takes = |row: &u32| !self.merging || target.backlog().contains(*row);
        let rows = first_row..target.tables().rows();
        let vectors: Vec<_> = rows
            .zip(vectors)
            .filter(|(row, _)| takes(row))
            .map(|(row, vector)| (row, unit(*vector)))
            .collect();
        for (row, vector) in &vectors {
            if target.live_rows().contains(*row) {
                let chunk = self.chunks.get_mut(&key(target, *row)).expect("a live row is a live chunk");
                chunk.vector = Some(vector.clone());
            }
        }
        let segment = target.id();
        if !vectors.is_empty() {
            let run =
                VectorRun::quantise_rows(vectors.iter().map(|(row, vector)| (u64::from(*row), vector, [])));
            self.index.insert_vectors(segment, &run.unwrap()).unwrap();
        }
    }

    fn merge(&mut self, which: [bool; 6], meanwhile: Vec<Step>) {
        let chosen = self.index.segments().iter().zip(which).filter(|(_, chosen)| *chosen);
        let sources: Vec<Segment> = chosen.map(|(segment, _)| segment.clone()).collect();
        let merged = block_on(merge(&sources, &Unattended)).unwrap();
        self.merging = true;
        meanwhile.into_iter().for_each(|step| self.take(step));
        self.merging = false;
        self.segments += 1;
        let (before, id) = (self.index.clone(), self.segments);
        self.index.replace_segments(id, &merged).unwrap();
        // Nothing that was removed before is left of anywhere.
        let documents = sources.iter().map(|source| source.live_documents().len()).sum::<u64>();
        assert_eq!(self.index.segment(id).unwrap().tables().documents().len() as u64, documents);
        assert_eq!(before.counts(), self.index.counts());
        self.check_same(&self.index, &before);
        self.check_reloads();
    }

    /// Checks that segments that are stored, and those that are read again, are those in memory.
    fn check_reloads(&self) {
        for reload in [reread, stored_anew] {
            let mut reloaded = Index::default();
            for segment in self.index.segments() {
                reloaded.insert_segment(segment.id(), reload(segment), segment.removed()).unwrap();
            }
            for (segment, again) in self.index.segments().iter().zip(reloaded.segments()) {
                assert_eq!((again.tables(), again.postings()), (segment.tables(), segment.postings()));
                assert_eq!((again.backlog(), again.embedded()), (segment.backlog(), segment.embedded()));
                for row in segment.live_rows() {
                    assert_eq!(again.vectors().dequantise(row), segment.vectors().dequantise(row));
                }
            }
            self.check_same(&reloaded, &self.index);
        }
    }

    /// An index that never held anything but what is left.
    fn rebuilt(&self) -> Index {
        let mut documents: BTreeMap<&str, Vec<OracleChunk>> = BTreeMap::new();
        for ((document, _), chunk) in &self.chunks {
            documents.entry(document).or_default().push(chunk.clone());
        }
        let mut builder = SegmentBuilder::default();
        documents.iter().for_each(|(document, chunks)| push(&mut builder, document, chunks));
        let vectors = (0..).zip(self.chunks.values());
        let vectors = vectors.filter_map(|(row, chunk)| Some((row, chunk.vector.as_ref()?, [])));
        let mut index = Index::default();
        index.insert_segment(1, builder.build(), []).unwrap();
        if self.chunks.values().any(|chunk| chunk.vector.is_some()) {
            index.insert_vectors(1, &VectorRun::quantise_rows(vectors).unwrap()).unwrap();
        }
        index
    }

    /// Cosine and BM25 score of each chunk, in the order of documents and chunks.
    fn scores(&self, words: &[usize], vector: &[f32]) -> Vec<(Option<f32>, Option<f32>)> {
        let query = quantised(vector, 8191.0);
        let dense = |chunk: &OracleChunk| chunk.vector.as_ref().map(|vector| stored(vector).dot(&query));
        let lexical = |chunk: &OracleChunk| {
            let scores = self.term_scores(words, chunk).into_iter().map(|term| term.score);
            scores.reduce(|sum, score| sum + score)
        };
        self.chunks.values().map(|chunk| (dense(chunk), lexical(chunk))).collect()
    }

    /// What each word of the query earns in a chunk, of those that it holds.
    fn term_scores(&self, words: &[usize], chunk: &OracleChunk) -> Vec<TermScore> {
        let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
        words.iter().for_each(|word| *asked.entry(WORDS[*word]).or_default() += 1);
        let score = |(word, times): (&str, usize)| {
            let score = times as f32 * self.idf(word) * self.saturation(chunk, word)?;
            Some(TermScore { term: word.to_owned(), score, forms: chunk.forms(word) })
        };
        asked.into_iter().filter_map(score).collect()
    }

    /// What the words of the query say of a chunk: which share of them it holds.
    fn word_signal(&self, words: &[usize], chunk: &OracleChunk) -> Option<WordSignal> {
        let asked: BTreeSet<&str> = words.iter().map(|word| WORDS[*word]).collect();
        let weights = |held: bool| -> f32 {
            let words = asked.iter().filter(|word| !held || chunk.frequency(word) > 0.0);
            words.map(|word| self.idf(word)).sum()
        };
        let share = || weights(true) / weights(false);
        (!asked.is_empty()).then(|| WordSignal { count: asked.len(), share: share() })
    }

    /// The rarity of a word, by the chunks that hold it in any form.
    fn idf(&self, word: &str) -> f32 {
        let count = self.chunks.len() as f64;
        let holding = self.chunks.values().filter(|chunk| chunk.frequency(word) > 0.0).count() as f64;
        (1.0 + (count - holding + 0.5) / (holding + 0.5)).ln() as f32
    }

    /// What the frequency of `word` earns in `chunk`; `None` where it does not occur.
    fn saturation(&self, chunk: &OracleChunk, word: &str) -> Option<f32> {
        let frequency = Some(chunk.frequency(word)).filter(|frequency| *frequency > 0.0)?;
        let words: usize = self.chunks.values().map(|chunk| chunk.words.len()).sum();
        let average = words as f32 / self.chunks.len() as f32;
        Some(frequency / (frequency + K1 * (1.0 - B + B * chunk.words.len() as f32 / average)))
    }

    /// The expected score of each chunk; `None` where it is not to be found.
    fn expected(&self, words: &[usize], vector: &[f32], mode: Mode, fusion: Fusion) -> Vec<Option<f32>> {
        let scores = self.scores(words, vector);
        let dense: Vec<_> = scores.iter().map(|(dense, _)| *dense).collect();
        let lexical: Vec<_> = scores.iter().map(|(_, lexical)| *lexical).collect();
        match (mode, fusion.method) {
            (Mode::Dense, _) => dense,
            (Mode::Lexical, _) => lexical,
            (Mode::Hybrid, FusionMethod::WeightedSum) => {
                let most = words.iter().map(|word| self.idf(WORDS[*word])).sum();
                weighted(&dense, &lexical, most, fusion.dense_weight)
            }
            (Mode::Hybrid, FusionMethod::ReciprocalRank { k }) => {
                reciprocal(&dense, &lexical, k, fusion.dense_weight)
            }
        }
    }

    /// Which of the oracle's chunks a hit is.
    fn number_of(&self, hit: &Ranked) -> usize {
        let key = key(self.index.segment_of(hit.row), hit.row.row);
        self.chunks.keys().position(|other| *other == key).expect("a hit is a live chunk")
    }

    /// Checks that two indexes find the same in each way, wherever their rows are: scores have the same bits.
    fn check_same(&self, one: &Index, other: &Index) {
        let vector = unit([3, -2, 1]);
        let widening = Widening { prefix: true, ..Widening::default() };
        for text in ["roof lease \"wall rent\"", "the rooof Dächer it", "AB 12 dachziegel roofwall ke"] {
            for mode in [Mode::Hybrid, Mode::Dense, Mode::Lexical] {
                let query = SearchQuery { mode, widening, ..SearchQuery::new(text, Some(&vector), 100) };
                let (hits, others) = (self.hits(one, query), self.hits(other, query));
                assert_eq!(hits.len(), others.len(), "hits for {text}");
                hits.iter().zip(others).for_each(|(hit, other)| assert_eq!(*hit, other, "for {text}"));
            }
        }
        for text in ["r", "the k", "rooof d"] {
            let [one, other] = [one, other].map(|index| suggest(index.segments(), text, 9));
            assert_eq!(one, other, "suggestions for {text}");
        }
    }

    fn hits(&self, index: &Index, query: SearchQuery<'_>) -> Vec<Found> {
        let mut search = Search::new(index, query).unwrap();
        search.score_words();
        search.score_vectors();
        let found = search.rank().0.into_iter().map(|hit| {
            let place = key(index.segment_of(hit.row), hit.row.row);
            let chunk = &self.chunks[&place];
            let matches = search.matcher().occurrences(chunk.language, &chunk.text());
            let words: Vec<_> = matches.iter().map(|found| (found.word, found.kind)).collect();
            let (terms, signal) = (search.explain_words(&hit), search.word_signal(chunk.language, &words));
            let hit = Ranked { row: RowId { segment: 0, row: 0 }, ..hit };
            Found { place, hit, terms, signal, matches }
        });
        found.collect()
    }
}

/// A hit, without the place where its row is.
#[derive(Debug, PartialEq)]
struct Found {
    place: (String, usize),
    hit: Ranked,
    terms: Vec<TermScore>,
    signal: Option<WordSignal>,
    matches: Vec<WordMatch>,
}

/// The document of a row and the number of the chunk in it.
fn key(segment: &Segment, row: u32) -> (String, usize) {
    let tables = segment.tables();
    let first_row = tables.rows_of(tables.chunks()[row as usize].document).start;
    (tables.document_of(row).id.clone(), (row - first_row) as usize)
}

/// What is stored of the vectors of a segment: a run of all of them.
fn runs(segment: &Segment) -> Vec<VectorRun> {
    let run = segment.vectors().run(segment.embedded());
    run.iter().map(|run| VectorRun::decode("run", &run.encode().unwrap()).unwrap()).collect()
}

fn parts(runs: &[VectorRun]) -> Parts {
    let runs = runs.iter().map(|run| RunRef::new(PartRef::default(), &run.rows)).collect();
    Parts { runs, ..Parts::default() }
}

/// A segment as another tab has it: read from what is stored, postings and vectors after the tables.
fn reread(segment: &Segment) -> Segment {
    let tables = Tables::decode("tables", &segment.tables().encode().unwrap()).unwrap();
    let postings = segment.postings().unwrap().encode().unwrap();
    let (rows, runs) = (tables.rows(), runs(segment));
    let read = Segment::stored(Arc::new(tables), parts(&runs)).unwrap();
    read.lazy_postings().set(Some(Arc::new(Postings::decode("postings", &postings).unwrap())));
    let mut vectors = Vectors::new(rows as usize);
    runs.iter().for_each(|run| vectors.insert_run(run).unwrap());
    read.lazy_vectors().set(Some(Arc::new(vectors)));
    read
}

/// A segment as the tab that wrote it has it, which reads nothing again.
fn stored_anew(segment: &Segment) -> Segment {
    segment.with_parts(parts(&runs(segment))).unwrap()
}

fn push(builder: &mut SegmentBuilder, document: &str, chunks: &[OracleChunk]) {
    let mut text = String::new();
    let mut spans = Vec::new();
    for chunk in chunks {
        let start = text.len();
        text.push_str(&chunk.text());
        spans.push(Span::new(start, text.len()));
    }
    let chunk = |span| Chunk { span, span_utf16: span, section: Vec::new(), tokens: 0, ..Chunk::default() };
    let record = DocumentRecord {
        id: document.to_owned(),
        title: String::new(),
        media_type: MediaType::Plain,
        metadata: Metadata::new(),
        language: chunks[0].language,
        content_hash: [0; 16],
        text_part: [0; 16],
        has_outline: false,
        is_estimated: false,
        text_bytes: text.len() as u64,
        text_utf16: text.len() as u64,
    };
    builder.push(record, &spans.into_iter().map(chunk).collect::<Vec<_>>(), &text).unwrap();
}

impl OracleChunk {
    fn text(&self) -> String {
        self.words.iter().flat_map(|word| [WORDS[*word], " "]).collect()
    }

    /// How often the chunk has a word, in whatever form: another form than that of the query counts 11 sixteenths.
    fn frequency(&self, word: &str) -> f32 {
        let sixteenths =
            self.words.iter().filter_map(|own| self.kind(WORDS[*own], word)).map(|kind| match kind {
                MatchKind::Exact => 16,
                _ => 11,
            });
        sixteenths.sum::<usize>() as f32 / 16.0
    }

    /// The forms in which the chunk has a word, the closest first.
    fn forms(&self, word: &str) -> Vec<(String, MatchKind)> {
        let own: BTreeSet<&str> = self.words.iter().map(|own| WORDS[*own]).collect();
        let kinds = own.into_iter().filter_map(|own| Some((own.to_owned(), self.kind(own, word)?)));
        let mut forms: Vec<_> = kinds.collect();
        forms.sort_by_key(|(_, kind)| *kind);
        forms
    }

    /// How one of the chunk's words is the word of a query. Documents of undecided language may be in each of those that
    /// others are in, or in any; in all of these both forms have one stem.
    fn kind(&self, own: &str, word: &str) -> Option<MatchKind> {
        let is_form = FORMS.contains(&own) && FORMS.contains(&word) && self.language != Some(Language::None);
        match own == word {
            true => Some(MatchKind::Exact),
            false => is_form.then_some(MatchKind::Stem),
        }
    }
}

/// A vector as integers and a scale.
struct Quantised {
    values: Vec<i64>,
    scale: f32,
}

impl Quantised {
    fn dot(&self, query: &Quantised) -> f32 {
        let sum: i64 = self.values.iter().zip(&query.values).map(|(a, b)| a * b).sum();
        sum as f32 * (self.scale * query.scale)
    }
}

fn quantised(vector: &[f32], levels: f32) -> Quantised {
    let scale = vector.iter().fold(0.0f32, |largest, x| largest.max(x.abs())) / levels;
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    Quantised { values: vector.iter().map(|x| (x * inverse).round_ties_even() as i64).collect(), scale }
}

/// A vector as it is stored: the scale leaves no error along the vector itself.
fn stored(vector: &[f32]) -> Quantised {
    let Quantised { values, .. } = quantised(vector, 254.0);
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        vector.iter().zip(&values).map(|(x, value)| of(f64::from(*x), *value as f64)).sum()
    };
    let square = sum(&|_, value| value * value);
    let scale = if square > 0.0 { (sum(&|x, value| x * value) / square) as f32 } else { 0.0 };
    Quantised { values, scale }
}

fn normalised(score: f32, among: &[f32]) -> f32 {
    let least = among.iter().copied().fold(f32::INFINITY, f32::min);
    let greatest = among.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    match greatest - least {
        width if width > 1e-6 => (score - least) / width,
        _ => 0.0,
    }
}

/// `most` is what the words of the query could earn.
fn weighted(dense: &[Option<f32>], lexical: &[Option<f32>], most: f32, weight: f32) -> Vec<Option<f32>> {
    let mut all_dense: Vec<f32> = dense.iter().copied().flatten().collect();
    // Cosines that are closer together than this count less.
    all_dense.extend(all_dense.iter().copied().reduce(f32::max).map(|greatest| greatest - 0.2));
    // 0 is what a chunk without any of the words scores; and one of the chunks usually has some of what they could earn.
    let usual = if all_dense.is_empty() { 0.0 } else { 0.2 * most };
    let all_lexical: Vec<f32> = lexical.iter().copied().flatten().chain([0.0, usual]).collect();
    let by_meaning: Vec<_> = dense.iter().map(|it| it.map(|score| normalised(score, &all_dense))).collect();
    let by_words: Vec<_> = lexical.iter().map(|it| it.map(|score| normalised(score, &all_lexical))).collect();
    fused(&by_meaning, &by_words, weight)
}

fn reciprocal(dense: &[Option<f32>], lexical: &[Option<f32>], k: f32, weight: f32) -> Vec<Option<f32>> {
    let summands = |scores: &[Option<f32>]| -> Vec<Option<f32>> {
        let summand = |number: usize| {
            let own = scores[number]?;
            // Chunks are in the order of ids, so that of two that tie the one before is ahead.
            let ahead = |(other, score): (usize, &Option<f32>)| {
                score.is_some_and(|score| score > own || (score == own && other < number))
            };
            let rank = 1 + scores.iter().enumerate().filter(|pair| ahead(*pair)).count();
            Some(2.0 / (k + rank as f32))
        };
        (0..scores.len()).map(summand).collect()
    };
    fused(&summands(dense), &summands(lexical), weight)
}

/// The weighted sum of what both arms say. A chunk without a vector has what the line of least squares says, through the
/// shares of those that words found and that have one, or of all that have one.
fn fused(dense: &[Option<f32>], lexical: &[Option<f32>], weight: f32) -> Vec<Option<f32>> {
    let weight = match (dense.iter().all(Option::is_none), lexical.iter().all(Option::is_none)) {
        (_, true) => 1.0,
        (true, false) => 0.0,
        _ => weight,
    };
    let shares = |only_found: bool| -> Vec<(f64, f64)> {
        let pairs = dense.iter().zip(lexical).filter(|(_, lexical)| !only_found || lexical.is_some());
        let pairs = pairs.filter_map(|(dense, lexical)| Some((lexical.unwrap_or(0.0), (*dense)?)));
        pairs.map(|(x, y)| (f64::from((1.0 - weight) * x), f64::from(weight * y))).collect()
    };
    let known = Some(shares(true)).filter(|known| !known.is_empty()).unwrap_or_else(|| shares(false));
    let one = |(dense, lexical): (&Option<f32>, &Option<f32>)| {
        dense.or(*lexical)?;
        let by_words = (1.0 - weight) * lexical.unwrap_or(0.0);
        let by_meaning = dense.map_or_else(|| expected_at(&known, by_words), |dense| weight * dense);
        Some(by_meaning + by_words)
    };
    dense.iter().zip(lexical).map(one).collect()
}

/// What the line of least squares through `points` says at `x`, within what they have; 0 where there are none.
fn expected_at(points: &[(f64, f64)], x: f32) -> f32 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    if points.is_empty() {
        return 0.0;
    }
    let (x_mean, y_mean) = (mean(|point| point.0), mean(|point| point.1));
    let variance: f64 = points.iter().map(|point| (point.0 - x_mean).powi(2)).sum();
    let covariance: f64 = points.iter().map(|point| (point.0 - x_mean) * (point.1 - y_mean)).sum();
    let slope = if variance / count > 1e-12 { covariance / variance } else { 0.0 };
    let least = points.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
    let greatest = points.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
    (y_mean + slope * (f64::from(x) - x_mean)).clamp(least, greatest) as f32
}

/// Checks a ranking: every score is the expected one, none is missing, and the order is that of scores, then of ids.
fn check(world: &World, found: &[Ranked], expected: &[Option<f32>], k: usize) -> Result<(), TestCaseError> {
    let mut best: Vec<f32> = expected.iter().copied().flatten().collect();
    best.sort_by(|a, b| b.total_cmp(a));
    prop_assert_eq!(found.len(), best.len().min(k));
    let close = |score: f32, expected: f32| (score - expected).abs() <= ROUNDING;
    let mut previous: Option<(f32, usize)> = None;
    for (hit, best) in found.iter().zip(best) {
        let number = world.number_of(hit);
        prop_assert!(
            expected[number].is_some_and(|expected| close(hit.score, expected)),
            "{:?} {:?}",
            hit,
            expected
        );
        prop_assert!(close(hit.score, best), "{:?} has not the score {}", hit, best);
        if let Some((score, before)) = previous {
            prop_assert!(
                score > hit.score || (score == hit.score && before < number),
                "{:?} is out of order",
                hit
            );
        }
        previous = Some((hit.score, number));
    }
    Ok(())
}

/// Checks what is said of why chunks are found by words.
fn check_terms(world: &World, words: &[usize], found: &[Found]) -> Result<(), TestCaseError> {
    let close = |a: f32, b: f32| (a - b).abs() <= ROUNDING;
    for Found { place, terms, signal, .. } in found {
        let chunk = &world.chunks[place];
        let expected = world.term_scores(words, chunk);
        let names = |terms: &[TermScore]| -> Vec<_> {
            terms.iter().map(|term| (term.term.clone(), term.forms.clone())).collect()
        };
        prop_assert_eq!(names(terms), names(&expected));
        prop_assert!(terms.iter().zip(&expected).all(|(term, expected)| close(term.score, expected.score)));
        match (signal, world.word_signal(words, chunk)) {
            (Some(found), Some(expected)) => {
                prop_assert_eq!(found.count, expected.count);
                prop_assert!(close(found.share, expected.share), "{:?} is not {:?}", found, expected);
            }
            (found, expected) => prop_assert_eq!(*found, expected),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn search_equals_the_oracle(
        steps in steps(MODELLED),
        words in prop::collection::vec(0..MODELLED, 0..4),
        vector in prop::array::uniform3(-3i8..=3),
        k in prop_oneof![0usize..8, Just(usize::MAX)],
    ) {
        let mut world = World::default();
        steps.into_iter().for_each(|step| world.take(step));
        let text: Vec<_> = words.iter().map(|word| WORDS[*word]).collect();
        let (text, vector) = (text.join(" "), unit(vector));
        for mode in [Mode::Hybrid, Mode::Dense, Mode::Lexical] {
            for fusion in [Fusion::WEIGHTED_SUM, Fusion::RECIPROCAL_RANK] {
                let widening = NO_WIDENING;
                let query = SearchQuery { mode, fusion, widening, ..SearchQuery::new(&text, Some(&vector), k) };
                let found = world.index.search(&query).unwrap();
                check(&world, &found, &world.expected(&words, &vector, mode, fusion), k)?;
            }
        }
        let query = SearchQuery { mode: Mode::Lexical, widening: NO_WIDENING, ..SearchQuery::new(&text, None, 100) };
        check_terms(&world, &words, &world.hits(&world.index, query))?;
        let counts = world.index.counts();
        let waiting = world.chunks.values().filter(|chunk| chunk.vector.is_none()).count();
        prop_assert_eq!((counts.chunks, counts.chunks_without_vector), (world.chunks.len(), waiting));
    }

    #[test]
    fn what_is_found_depends_on_nothing_but_what_is_left(steps in steps(WORDS.len())) {
        let mut world = World::default();
        steps.into_iter().for_each(|step| world.take(step));
        world.check_reloads();
        world.check_same(&world.index, &world.rebuilt());
    }
}
